"""How money comes in and is taken back: payments and deposits, with `billing.books` as face."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from billing.allocation import Settlement
from billing.book_rows import payment_values
from billing.ledger import Book, ChargeKind, Entry
from billing.payment import NewPayment, Payment
from billing.posting import designate, lock_accounts, post
from billing.recount import settle_since
from billing.refunding import take_back
from billing.tables import ChargeRow, EntryRow, PaymentRow
from config.database import among, in_chunks, lock, next_ids


@dataclass(frozen=True, slots=True)
class Received:
    """What posting payments did: their ids in the order given, and what each account settled."""

    payment_ids: tuple[int, ...]
    settled: Mapping[int, Settlement]


def receive(
    session: Session,
    new: Sequence[NewPayment],
    *,
    posted_on: date,
    by: str,
    now: datetime,
    batch_id: int | None = None,
) -> Received:
    """
    Post payments and settle with them what is open; money of unknown owners goes to suspense.

    :raises sqlalchemy.exc.IntegrityError: if a channel has given the reference before.
    """
    account_ids = {one.account_id for one in new if one.account_id is not None}
    lock_accounts(session, account_ids)
    ids = next_ids(session, PaymentRow, len(new))
    pairs = list(zip(ids, new, strict=True))
    rows = [
        payment_values(payment_id, one, posted_on, by=by, now=now, batch_id=batch_id)
        for payment_id, one in pairs
    ]
    post(session, [_arrival(*pair, posted_on) for pair in pairs], payments=rows)
    designate(session, {payment_id: one.designated for payment_id, one in pairs})
    since: dict[int, date] = {}
    for one in new:
        if one.account_id is not None:
            since[one.account_id] = min(since.get(one.account_id, one.value_on), one.value_on)
    settled = settle_since(session, since, posted_on=posted_on)
    return Received(tuple(ids), settled)


def _arrival(payment_id: int, one: NewPayment, posted_on: date) -> Entry:
    return Entry(
        account_id=one.account_id,
        posted_on=posted_on,
        value_on=one.value_on,
        debit=Book.CASH,
        credit=Book.SUSPENSE if one.account_id is None else Book.ON_ACCOUNT,
        amount=one.amount,
        text=f"{one.channel} {one.reference}",
        payment_id=payment_id,
    )


def raise_money(
    session: Session, new: NewPayment, *, debit: Book, posted_on: date, by: str, now: datetime
) -> int:
    """
    Put on account what the books themselves owe a customer, and return the payment's id.

    What it settles is the caller's to do, and so is to hold the account.

    :param debit: the book that it comes from.
    """
    (payment_id,) = next_ids(session, PaymentRow, 1)
    entry = Entry(
        account_id=new.account_id,
        posted_on=posted_on,
        value_on=new.value_on,
        debit=debit,
        credit=Book.ON_ACCOUNT,
        amount=new.amount,
        text=new.text,
        payment_id=payment_id,
    )
    row = payment_values(payment_id, new, posted_on, by=by, now=now)
    post(session, [entry], payments=[row])
    return payment_id


def assign(
    session: Session, owners: Mapping[int, int], *, posted_on: date
) -> dict[int, Settlement]:
    """
    Give payments in suspense to accounts and settle with them what is open there.

    :param owners: the account id of each payment id; every payment is in suspense.
    """
    lock_payments(session, owners)
    lock_accounts(session, set(owners.values()))
    entries = []
    since: dict[int, date] = {}
    for payment in payments(session, owners).values():
        assert payment.is_in_suspense, "only money in suspense is given to an account"
        entries.append(
            Entry(
                account_id=owners[payment.id],
                posted_on=posted_on,
                value_on=payment.value_on,
                debit=Book.SUSPENSE,
                credit=Book.ON_ACCOUNT,
                amount=payment.amount,
                text=f"{payment.channel} {payment.reference}",
                payment_id=payment.id,
            )
        )
        owner = owners[payment.id]
        since[owner] = min(since.get(owner, payment.value_on), payment.value_on)
        session.execute(
            update(PaymentRow)
            .where(PaymentRow.id == payment.id)
            .values(account_id=owners[payment.id])
            .execution_options(synchronize_session=False)
        )
    post(session, entries)
    return settle_since(session, since, posted_on=posted_on)


def reverse_payments(
    session: Session, payment_ids: Collection[int], *, posted_on: date, reason: str
) -> set[int]:
    """
    Undo all that payments did: what they had settled is open again, with its old due date.

    Lateness is counted again as if the money had never come, and other money on the accounts is
    used for what is open again. What was refunded of a payment is owed as a fee, due at once.
    Returns the accounts touched. What has been undone before stays as it is.
    """
    lock_accounts(session, _owners(session, payment_ids))
    lock_payments(session, payment_ids)
    # One of them may have been given to an account while we waited.
    account_ids = _owners(session, payment_ids)
    lock_accounts(session, account_ids)
    since: dict[int, date] = {}
    for one in payments(session, payment_ids).values():
        if one.account_id is not None:
            since[one.account_id] = min(since.get(one.account_id, one.value_on), one.value_on)
    take_back(session, payment_ids, posted_on=posted_on, reason=reason)
    settle_since(session, since, posted_on=posted_on)
    return account_ids


def lock_payments(session: Session, payment_ids: Collection[int]) -> None:
    """Hold the payments' rows until the transaction ends; hold those of their accounts first."""
    lock(session, PaymentRow, payment_ids)


def payments(session: Session, payment_ids: Collection[int]) -> dict[int, Payment]:
    """Return the payments with these ids."""
    found: dict[int, Payment] = {}
    for some in in_chunks(sorted(payment_ids)):
        query = select(PaymentRow).where(among(PaymentRow.id, some)).order_by(PaymentRow.id)
        found |= _by_id(session, query)
    return found


def payments_of(session: Session, account_id: int) -> list[Payment]:
    """Return an account's payments, the newest first."""
    query = select(PaymentRow).where(PaymentRow.account_id == account_id)
    return list(
        _by_id(session, query.order_by(PaymentRow.posted_on.desc(), PaymentRow.id.desc())).values()
    )


def newest_payments(session: Session, *, limit: int) -> list[Payment]:
    """Return the payments that were posted last, the newest first."""
    query = select(PaymentRow).order_by(PaymentRow.posted_on.desc(), PaymentRow.id.desc())
    return list(_by_id(session, query.limit(limit)).values())


def find_payments(
    session: Session, channel: str, references: Collection[str]
) -> dict[str, Payment]:
    """Return the payments that came by a channel under these references."""
    found: dict[str, Payment] = {}
    for some in in_chunks(sorted(set(references))):
        query = select(PaymentRow).where(
            PaymentRow.channel == channel, PaymentRow.external_ref.in_(some)
        )
        found |= {one.reference: one for one in _by_id(session, query).values()}
    return found


def suspense(session: Session, *, limit: int | None = None) -> list[Payment]:
    """Return the money of which nobody knows yet whose it is, the oldest first."""
    query = (
        select(PaymentRow)
        .where(PaymentRow.account_id.is_(None), PaymentRow.open > 0)
        .order_by(PaymentRow.posted_on, PaymentRow.id)
        .limit(limit)
    )
    return list(_by_id(session, query).values())


def reversed_on(session: Session, payment_ids: Collection[int]) -> dict[int, date]:
    """Return the day on which each of the payments was taken back, if it was."""
    found: dict[int, date] = {}
    for some in in_chunks(sorted(payment_ids)):
        query = select(EntryRow.payment_id, EntryRow.posted_on).where(
            among(EntryRow.payment_id, some),
            EntryRow.credit == Book.CASH,
            EntryRow.reverses_id.is_not(None),
        )
        found |= {payment_id: day for payment_id, day in session.execute(query) if payment_id}
    return found


def accounts_of_batch(session: Session, batch_id: int) -> list[int]:
    """Return the ids of the accounts that payments of a file belong to, in order."""
    query = select(PaymentRow.account_id).where(PaymentRow.batch_id == batch_id).distinct()
    return sorted(one for one in session.scalars(query) if one is not None)


def late_charge_ids(session: Session, charge_ids: Collection[int]) -> set[int]:
    """Return which of the charges are for lateness."""
    found: set[int] = set()
    for some in in_chunks(sorted(charge_ids)):
        query = select(ChargeRow.id).where(
            among(ChargeRow.id, some), ChargeRow.kind == ChargeKind.LATE_CHARGE
        )
        found |= set(session.scalars(query))
    return found


def _owners(session: Session, payment_ids: Collection[int]) -> set[int]:
    found = payments(session, payment_ids).values()
    return {one.account_id for one in found if one.account_id is not None}


def _by_id(session: Session, query: Select[Any]) -> dict[int, Payment]:
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {row.id: _payment(row) for row in rows}


def _payment(row: PaymentRow) -> Payment:
    return Payment(
        id=row.id,
        account_id=row.account_id,
        channel=row.channel,
        reference=row.external_ref,
        amount=row.amount,
        open=row.open,
        value_on=row.value_on,
        posted_on=row.posted_on,
        method=row.method,
        payer=row.payer,
        text=row.text,
        received_by=row.received_by,
        received_at=row.received_at,
        batch_id=row.batch_id,
    )
