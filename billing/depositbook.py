"""Deposits in the books: asked for, paid, bearing interest, released; `books` is the face."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from billing.book_rows import payment_values
from billing.interestbook import interest_earned, post_interest
from billing.ledger import Book, Entry
from billing.lookback import balances
from billing.money import Money
from billing.payment import RELEASED, DepositDemand, NewDemand, NewPayment
from billing.posting import chunks_of, lock_accounts, post
from billing.receiving import raise_money
from billing.recount import settle_since
from billing.tables import (
    DepositDemandRow,
    DepositRow,
    EntryRow,
    PaymentRow,
)
from config.database import add_rows, among, next_ids


@dataclass(frozen=True, slots=True)
class Released:
    """What became money on account: the security that was held, and what it had earned."""

    deposit: Money
    interest: Money


def demand_deposits(session: Session, new: Sequence[NewDemand]) -> list[int]:
    """Add demands for security and return their ids, in the order given."""
    ids = next_ids(session, DepositDemandRow, len(new))
    add_rows(
        session,
        DepositDemandRow,
        [
            {
                "id": demand_id,
                "number": f"D{demand_id:08d}",
                "account_id": one.account_id,
                "amount": one.amount,
                "demanded_on": one.demanded_on,
                "due_on": one.due_on,
                "demanded_by": one.demanded_by,
                "reason": one.reason,
            }
            for one, demand_id in zip(new, ids, strict=True)
        ],
    )
    return ids


def deposit_demands(
    session: Session, account_ids: Collection[int] | None
) -> dict[int, list[DepositDemand]]:
    """Return what security the accounts, or all, were asked for, the earliest first."""
    found: dict[int, list[DepositDemand]] = {}
    # What came in as security, less what was taken back of it; it may have been used since.
    standing_ = case(
        (and_(EntryRow.credit == Book.DEPOSIT, EntryRow.debit == Book.CASH), EntryRow.amount),
        (and_(EntryRow.debit == Book.DEPOSIT, EntryRow.credit == Book.CASH), -EntryRow.amount),
        else_=0,
    )
    paid = (
        select(DepositRow.demand_id, func.sum(standing_).label("paid"))
        .join(EntryRow, EntryRow.payment_id == DepositRow.payment_id)
        .group_by(DepositRow.demand_id)
        .subquery()
    )
    for some in chunks_of(account_ids):
        query = (
            select(DepositDemandRow, paid.c.paid)
            .outerjoin(paid, paid.c.demand_id == DepositDemandRow.id)
            .order_by(DepositDemandRow.demanded_on, DepositDemandRow.id)
        )
        if some is not None:
            query = query.where(among(DepositDemandRow.account_id, some))
        for row, amount in session.execute(query):
            found.setdefault(row.account_id, []).append(_demand(row, int(amount or 0)))
    return found


def receive_deposit(
    session: Session,
    new: NewPayment,
    *,
    demand_id: int | None,
    posted_on: date,
    by: str,
    now: datetime,
) -> int:
    """
    Post a payment that is held as security, and return its id.

    :param demand_id: the demand that it answers, if it answers one.
    :raises sqlalchemy.exc.IntegrityError: if the channel has given the reference before.
    """
    assert new.account_id is not None, "security is somebody's"
    lock_accounts(session, {new.account_id})
    (payment_id,) = next_ids(session, PaymentRow, 1)
    entry = Entry(
        account_id=new.account_id,
        posted_on=posted_on,
        value_on=new.value_on,
        debit=Book.CASH,
        credit=Book.DEPOSIT,
        amount=new.amount,
        text=f"deposit by {new.channel} {new.reference}",
        payment_id=payment_id,
    )
    row = payment_values(payment_id, new, posted_on, by=by, now=now)
    post(session, [entry], payments=[row])
    deposit = {
        "payment_id": payment_id,
        "account_id": new.account_id,
        "demand_id": demand_id,
        "amount": new.amount,
    }
    add_rows(session, DepositRow, [deposit])
    return payment_id


def held_as_security(session: Session, payment_id: int) -> Money:
    """Return how much of a payment came in as security, in minor units; nothing if none did."""
    query = select(DepositRow.amount).where(DepositRow.payment_id == payment_id)
    return session.scalar(query) or 0


def release_deposit(
    session: Session, account_id: int, reference: str, *, posted_on: date, by: str, now: datetime
) -> Released:
    """
    Turn an account's security, and what it earned, into money on account, and settle with it.

    Returns how much security that was, and the interest on it, in minor units.

    :param reference: under which the money is booked, once.
    :raises billing.interest.UnknownRateError: if interest is due and its rate isn't known.
    """
    lock_accounts(session, {account_id})
    amount = balances(session, Book.DEPOSIT, [account_id], as_of=date.max).get(account_id, 0)
    if amount <= 0:
        return Released(0, 0)
    earned = interest_earned(session, [account_id], until=posted_on).get(account_id)
    interest = 0
    if earned is not None and earned.due:
        interest = earned.due
        post_interest(session, account_id, earned, reference, posted_on, by=by, now=now)
    new = NewPayment(account_id, RELEASED, reference, amount, posted_on, text="deposit released")
    raise_money(session, new, debit=Book.DEPOSIT, posted_on=posted_on, by=by, now=now)
    settle_since(session, {account_id: posted_on}, posted_on=posted_on)
    return Released(amount, interest)


def _demand(row: DepositDemandRow, paid: Money) -> DepositDemand:
    return DepositDemand(
        id=row.id,
        number=row.number,
        account_id=row.account_id,
        amount=row.amount,
        paid=paid,
        demanded_on=row.demanded_on,
        due_on=row.due_on,
        demanded_by=row.demanded_by,
        reason=row.reason,
    )
