"""What is asked for before a bill, and set off when the bill comes. A store of the books."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from billing.bill import IssuedBill
from billing.book_rows import payment_values
from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.money import Money
from billing.payment import SET_OFF, NewPayment
from billing.posting import designate, lock_accounts, post
from billing.recount import settle_since
from billing.tables import (
    AccountRow,
    AccountTermRow,
    AdvanceRow,
    ChargeRow,
    EntryRow,
    PaymentRow,
)
from config.database import among, in_chunks, next_ids
from config.people import POLICY

_ADVANCES = select(AdvanceRow, ChargeRow.open).join(ChargeRow, ChargeRow.id == AdvanceRow.charge_id)


@dataclass(frozen=True, slots=True)
class Advance:
    """
    A part of a month's energy that an account was asked for before the bill.

    `by_bills` are the numbers of the bills whose energy it was reckoned from.
    """

    number: str
    account_id: int
    month: date
    no: int
    amount: Money
    raised_on: date
    due_on: date
    open: Money
    is_set_off: bool
    by_bills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewAdvance:
    """A part to be asked for: by the bills with these numbers, for a supply of this class."""

    account_id: int
    supply_class: str
    month: date
    no: int
    amount: Money
    due_on: date
    by_bills: tuple[str, ...]


def settling_in_parts(session: Session) -> list[int]:
    """Return the accounts that ever agreed to settle a month in several parts, in order."""
    query = (
        select(AccountTermRow.account_id)
        .join(AccountRow, AccountRow.id == AccountTermRow.account_id)
        .where(AccountTermRow.settlements > 1, AccountRow.closed_on.is_(None))
        .distinct()
    )
    return sorted(session.scalars(query))


def asked_for(session: Session, account_ids: Collection[int], month: date) -> set[tuple[int, int]]:
    """Return the parts of a month that were asked for: accounts, and which part."""
    found: set[tuple[int, int]] = set()
    for some in in_chunks(sorted(account_ids)):
        query = select(AdvanceRow.account_id, AdvanceRow.no).where(
            among(AdvanceRow.account_id, some), AdvanceRow.month == month
        )
        found |= {(account_id, no) for account_id, no in session.execute(query)}
    return found


def advances_of(session: Session, account_id: int) -> list[Advance]:
    """Return what an account was asked for before its bills, the newest first."""
    query = _ADVANCES.where(AdvanceRow.account_id == account_id).order_by(AdvanceRow.id.desc())
    return [_advance(row, open_) for row, open_ in session.execute(query)]


def find_advance(session: Session, number: str) -> Advance | None:
    """Return the part that was asked for under a number, or none."""
    found = session.execute(_ADVANCES.where(AdvanceRow.number == number)).one_or_none()
    return None if found is None else _advance(*found)


def _advance(row: AdvanceRow, open_: Money) -> Advance:
    return Advance(
        row.number,
        row.account_id,
        row.month,
        row.no,
        row.amount,
        row.raised_on,
        row.due_on,
        open_,
        row.payment_id is not None,
        tuple(row.facts["bills"]),
    )


def ask(session: Session, new: Sequence[NewAdvance], *, posted_on: date, by: str) -> list[str]:
    """Ask for parts of a month: each is a charge of its own. Return their numbers."""
    if not new:
        return []
    account_ids = {one.account_id for one in new}
    lock_accounts(session, account_ids)
    charge_ids = next_ids(session, ChargeRow, len(new))
    ids = next_ids(session, AdvanceRow, len(new))
    numbers = [f"A{id_:08d}" for id_ in ids]
    charges, entries = [], []
    for one, charge_id, number in zip(new, charge_ids, numbers, strict=True):
        charges.append(_charge(one, charge_id, posted_on))
        entries.append(_entry(one, charge_id, number, posted_on))
    post(session, entries, charges=charges)
    session.add_all(
        _row(one, id_, charge_id, number, posted_on, by)
        for one, id_, charge_id, number in zip(new, ids, charge_ids, numbers, strict=True)
    )
    session.flush()
    settle_since(session, dict.fromkeys(account_ids, posted_on), posted_on=posted_on)
    return numbers


def waiting_for(session: Session, account_id: int, end: date) -> Money:
    """Return what the next bill of an account, whose days go up to the end, will set off."""
    return sum(row.amount for row in _waiting(session, {account_id: end}))


def set_off_against(
    session: Session, bill_ids: Collection[int], *, as_of: date
) -> dict[int, list[tuple[str, Money]]]:
    """Return what of each bill was settled by parts set off, with their numbers, as of a day."""
    signed = case((EntryRow.debit == Book.ON_ACCOUNT, EntryRow.amount), else_=-EntryRow.amount)
    found: dict[int, list[tuple[str, Money]]] = {}
    for some in in_chunks(sorted(bill_ids)):
        query = (
            select(ChargeRow.bill_id, AdvanceRow.number, func.sum(signed))
            .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
            .join(AdvanceRow, AdvanceRow.payment_id == EntryRow.payment_id)
            .where(
                among(ChargeRow.bill_id, some),
                ChargeRow.kind == ChargeKind.ENERGY,
                or_(EntryRow.debit == Book.ON_ACCOUNT, EntryRow.credit == Book.ON_ACCOUNT),
                EntryRow.posted_on <= as_of,
            )
            .group_by(ChargeRow.bill_id, AdvanceRow.number)
            .order_by(AdvanceRow.number)
        )
        for bill_id, number, amount in session.execute(query):
            if amount:
                found.setdefault(bill_id, []).append((number, int(amount)))
    return found


def charges_of_months(session: Session, account_ids: Collection[int], *, before: date) -> set[int]:
    """Return the charges of the accounts' parts of months that began before a day."""
    found: set[int] = set()
    for some in in_chunks(sorted(account_ids)):
        query = select(AdvanceRow.charge_id).where(
            among(AdvanceRow.account_id, some), AdvanceRow.month < before
        )
        found |= set(session.scalars(query))
    return found


def set_off(session: Session, bills: Sequence[IssuedBill], *, posted_on: date) -> None:
    """
    Set off against bills what was asked for before them: it becomes money of the customer.

    A part is set off by the first bill whose days go up to the day on which it was asked for.
    What is set off settles those bills first; what was asked for too much stays on account.
    """
    ends: dict[int, date] = {}
    for bill in bills:
        ends[bill.account_id] = max(bill.period.end, ends.get(bill.account_id, bill.period.end))
    waiting = _waiting(session, ends)
    if waiting:
        _set_off(session, waiting, _charges(session, [bill.id for bill in bills]), posted_on)


def set_off_rest(session: Session, account_id: int, *, posted_on: date) -> Money:
    """
    Set off what no bill will, of an account that is supplied no more; return how much that was.

    A part that was asked for before anybody knew that the customer had left is for nothing.
    """
    waiting = _waiting(session, {account_id: posted_on})
    if waiting:
        lock_accounts(session, {account_id})
        _set_off(session, waiting, {}, posted_on)
        settle_since(session, {account_id: posted_on}, posted_on=posted_on)
    return sum(row.amount for row in waiting)


def _set_off(
    session: Session,
    waiting: Sequence[AdvanceRow],
    charges: Mapping[int, Sequence[int]],
    posted_on: date,
) -> None:
    """Give parts back as the customer's money, for the charges of some accounts first."""
    ids = next_ids(session, PaymentRow, len(waiting))
    midnight = datetime.combine(posted_on, time(), UTC)
    payments, entries = [], []
    for payment_id, row in zip(ids, waiting, strict=True):
        new = NewPayment(row.account_id, SET_OFF, row.number, row.amount, posted_on)
        payments.append(payment_values(payment_id, new, posted_on, by=POLICY, now=midnight))
        entries.append(_back(row, payment_id, posted_on))
    post(session, entries, payments=payments)
    for payment_id, row in zip(ids, waiting, strict=True):
        row.payment_id = payment_id
        designate(session, {payment_id: charges.get(row.account_id, [row.charge_id])})
    session.flush()


def _back(row: AdvanceRow, payment_id: int, posted_on: date) -> Entry:
    return Entry(
        account_id=row.account_id,
        posted_on=posted_on,
        value_on=posted_on,
        debit=Book.ADVANCE,
        credit=Book.ON_ACCOUNT,
        amount=row.amount,
        text=f"set off {row.number}",
        payment_id=payment_id,
    )


def _waiting(session: Session, ends: dict[int, date]) -> list[AdvanceRow]:
    found: list[AdvanceRow] = []
    for some in in_chunks(sorted(ends)):
        query = select(AdvanceRow).where(
            among(AdvanceRow.account_id, some), AdvanceRow.payment_id.is_(None)
        )
        rows = session.scalars(query.order_by(AdvanceRow.id))
        found += [row for row in rows if row.raised_on <= ends[row.account_id]]
    return found


def _charges(session: Session, bill_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for some in in_chunks(sorted(bill_ids)):
        query = select(ChargeRow.id, ChargeRow.account_id).where(
            among(ChargeRow.bill_id, some), ChargeRow.kind == ChargeKind.ENERGY
        )
        for charge_id, account_id in session.execute(query.order_by(ChargeRow.id)):
            found.setdefault(account_id, []).append(charge_id)
    return found


def _charge(one: NewAdvance, charge_id: int, posted_on: date) -> Charge:
    return Charge(
        id=charge_id,
        account_id=one.account_id,
        kind=ChargeKind.ENERGY,
        bill_id=None,
        raised_on=posted_on,
        due_on=one.due_on,
        amount=one.amount,
        open=one.amount,
        late_from=one.due_on,
        supply_class=one.supply_class,
    )


def _entry(one: NewAdvance, charge_id: int, number: str, posted_on: date) -> Entry:
    return Entry(
        account_id=one.account_id,
        posted_on=posted_on,
        value_on=posted_on,
        debit=Book.RECEIVABLE,
        credit=Book.ADVANCE,
        amount=one.amount,
        text=f"on account {number}",
        charge_id=charge_id,
    )


def _row(one: NewAdvance, id_: int, charge_id: int, number: str, posted_on: date, by: str) -> Any:
    return AdvanceRow(
        id=id_,
        number=number,
        account_id=one.account_id,
        charge_id=charge_id,
        payment_id=None,
        month=one.month,
        no=one.no,
        amount=one.amount,
        raised_on=posted_on,
        due_on=one.due_on,
        raised_by=by,
        facts={"bills": list(one.by_bills)},
    )
