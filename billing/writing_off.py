"""Debts given up, and got back all the same: the bad-debt book. A store of the books."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from billing.ledger import Book, Charge, Entry
from billing.money import Money
from billing.posting import chunks_of, credits_now, lock_accounts, post
from billing.tables import ChargeRow, EntryRow
from config.database import among

touches_bad_debt = or_(EntryRow.debit == Book.BAD_DEBT, EntryRow.credit == Book.BAD_DEBT)
"""Whether an entry writes a debt off, or takes that back."""


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What is written off of a charge and still claimed, off the books of what is owed."""

    charge_id: int
    due_on: date
    amount: Money


def write_off(
    session: Session, charges: Sequence[Charge], *, posted_on: date, reason: str
) -> Money:
    """
    Write off what is open of charges and return how much that was; their accounts' rows are held.

    The claim itself isn't given up (账销案存): what is paid later can be booked by `recover`.
    """
    entries = [
        Entry(
            account_id=one.account_id,
            posted_on=posted_on,
            value_on=posted_on,
            debit=Book.BAD_DEBT,
            credit=Book.RECEIVABLE,
            amount=one.open,
            text=f"written off: {reason}",
            charge_id=one.id,
            bill_id=one.bill_id,
        )
        for one in charges
        if one.open > 0
    ]
    post(session, entries)
    return sum(entry.amount for entry in entries)


def written_off(
    session: Session, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, list[WrittenOff]]:
    """Return what stood written off for each account on a day, the oldest due first."""
    signed = case((EntryRow.debit == Book.BAD_DEBT, EntryRow.amount), else_=-EntryRow.amount)
    found: dict[int, list[WrittenOff]] = {}
    for some in chunks_of(account_ids):
        query = (
            select(ChargeRow.account_id, ChargeRow.id, ChargeRow.due_on, func.sum(signed))
            .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
            .where(touches_bad_debt, EntryRow.posted_on <= as_of)
            .group_by(ChargeRow.account_id, ChargeRow.id, ChargeRow.due_on)
            .having(func.sum(signed) != 0)
            .order_by(ChargeRow.account_id, ChargeRow.due_on, ChargeRow.id)
        )
        if some is not None:
            query = query.where(among(EntryRow.account_id, some))
        for account_id, charge_id, due_on, amount in session.execute(query):
            found.setdefault(account_id, []).append(WrittenOff(charge_id, due_on, int(amount)))
    return found


def recover(session: Session, account_id: int, *, posted_on: date) -> Money:
    """
    Use an account's money for what was written off, the oldest due first; return how much.

    The charge comes back and is settled at once, by entries that name the payment: should the
    payment be taken back, the debt stands written off again.
    """
    lock_accounts(session, [account_id])
    debts = written_off(session, [account_id], as_of=posted_on).get(account_id, [])
    left = {one.charge_id: one.amount for one in debts}
    entries: list[Entry] = []
    for credit in credits_now(session, [account_id]).get(account_id, []):
        money = credit.open
        for charge_id, amount in left.items():
            part = min(amount, money)
            if part > 0:
                money -= part
                left[charge_id] -= part
                entries += _recovery(account_id, charge_id, credit.payment_id, part, posted_on)
    post(session, entries)
    return sum(one.amount for one in entries if one.debit is Book.ON_ACCOUNT)


def _recovery(
    account_id: int, charge_id: int, payment_id: int, amount: Money, posted_on: date
) -> list[Entry]:
    return [
        Entry(
            account_id=account_id,
            posted_on=posted_on,
            value_on=posted_on,
            debit=debit,
            credit=credit,
            amount=amount,
            text="recovered after write-off",
            charge_id=charge_id,
            payment_id=payment_id,
        )
        for debit, credit in (
            (Book.RECEIVABLE, Book.BAD_DEBT),
            (Book.ON_ACCOUNT, Book.RECEIVABLE),
        )
    ]
