"""How bills become money: the writing of charges, of which `billing.books` is the face."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from billing.advances import set_off
from billing.bill import BillKind, IssuedBill
from billing.book_rows import payment_values
from billing.discounts import offer
from billing.incoming import BillOwed
from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.money import Money
from billing.payment import CREDIT_NOTE, NewPayment
from billing.posting import (
    designate,
    lock_accounts,
    open_now,
    post,
    raise_late_charges,
    standing,
)
from billing.recount import settle_since
from billing.refunding import take_back
from billing.tables import BillIssueRow, BillRow, ChargeRow, EntryRow, PaymentRow
from config.database import among, in_chunks, next_ids
from config.in_force import market_on
from config.people import POLICY

_CORRECTED_MAX = 60
"""Bills that one correction can reach back over: five years of months."""


def post_bills(session: Session, bills: Sequence[IssuedBill], *, posted_on: date) -> None:
    """
    Post issued bills, charge open principal for its lateness, and use the money on account.

    Each bill raises a charge, and what was asked for before it is set off. One for less than
    nothing is money on account: if it takes back energy that was billed too high, the money counts
    from the day those bills fell due, so that nobody pays for the lateness of what was never owed.
    One that reverses another undoes all that was posted on it and sets free what had been paid,
    from the days on which it was paid.
    """
    account_ids = {bill.account_id for bill in bills}
    lock_accounts(session, account_ids)
    regular = [bill for bill in bills if bill.kind is not BillKind.REVERSAL]
    _raise_charges(session, [bill for bill in regular if bill.amount > 0], posted_on)
    since = dict.fromkeys(account_ids, posted_on)
    notes = [_note(session, bill, posted_on) for bill in regular if bill.amount < 0]
    _credit(session, notes, posted_on)
    offer(session, regular, posted_on=posted_on)
    set_off(session, regular, posted_on=posted_on)
    for note in notes:
        since[note.bill.account_id] = min(since[note.bill.account_id], note.counts_from)
    for bill in bills:
        if bill.kind is BillKind.REVERSAL:
            freed = _undo_bill(session, bill, posted_on)
            since[bill.account_id] = min(since[bill.account_id], freed)
    settle_since(session, since, posted_on=posted_on)
    _charge_lateness(session, account_ids, posted_on)


def _charge_lateness(session: Session, account_ids: Collection[int], posted_on: date) -> None:
    """Post what has accrued on the accounts' open principal up to the day."""
    overdue = open_now(session, account_ids, due_before=posted_on)
    raise_late_charges(
        session,
        overdue,
        until=dict.fromkeys(overdue, posted_on),
        posted_on=posted_on,
        market=market_on(session, posted_on),
    )


@dataclass(frozen=True, slots=True)
class _Note:
    """A bill for less than nothing, as a payment: from when it counts, and for what first."""

    bill: IssuedBill
    payment_id: int
    counts_from: date
    charges: tuple[int, ...]


def _note(session: Session, bill: IssuedBill, posted_on: date) -> _Note:
    (payment_id,) = next_ids(session, PaymentRow, 1)
    counts_from, charges, left = posted_on, [], -bill.amount
    # Only energy taken back corrects what was billed before; energy fed in is earned today.
    for charge_id, due_on, amount in _billed_before(session, bill) if bill.kwh < 0 else ():
        charges.append(charge_id)
        counts_from = min(counts_from, due_on)
        left -= amount
        if left <= 0:
            break
    return _Note(bill, payment_id, counts_from, tuple(charges))


def _billed_before(session: Session, bill: IssuedBill) -> list[tuple[int, date, Money]]:
    """Return the charges of the bills before a bill of the same supply, the newest first."""
    reversal = aliased(BillRow)
    query = (
        select(ChargeRow.id, ChargeRow.due_on, ChargeRow.amount)
        .join(BillRow, BillRow.id == ChargeRow.bill_id)
        .outerjoin(reversal, reversal.reverses_id == BillRow.id)
        .where(
            BillRow.service_point_id == bill.service_point_id,
            BillRow.account_id == bill.account_id,
            BillRow.period_start < bill.period.end,
            ChargeRow.kind == ChargeKind.ENERGY,
            reversal.id.is_(None),
        )
        .order_by(BillRow.period_end.desc(), BillRow.id.desc())
        .limit(_CORRECTED_MAX)
    )
    return [(charge_id, due_on, amount) for charge_id, due_on, amount in session.execute(query)]


def charges_of_bills(session: Session, bill_ids: Collection[int]) -> dict[int, int]:
    """Return the id of the energy charge that each of the bills raised, by the bill's id."""
    found: dict[int, int] = {}
    for some in in_chunks(sorted(bill_ids)):
        query = select(ChargeRow.bill_id, ChargeRow.id).where(
            among(ChargeRow.bill_id, some), ChargeRow.kind == ChargeKind.ENERGY
        )
        found |= {bill_id: charge_id for bill_id, charge_id in session.execute(query) if bill_id}
    return found


def bills_of_charges(session: Session, charge_ids: Collection[int]) -> dict[int, int]:
    """Return the id of the bill behind each of the charges, late charges included."""
    found: dict[int, int] = {}
    for some in in_chunks(sorted(charge_ids)):
        query = select(ChargeRow.id, ChargeRow.bill_id).where(among(ChargeRow.id, some))
        found |= {charge_id: bill_id for charge_id, bill_id in session.execute(query) if bill_id}
    return found


def find_bills_owed(session: Session, numbers: Collection[str]) -> dict[str, BillOwed]:
    """Return whose each of the bills is and the charge it raised, by the bill's number."""
    found: dict[str, BillOwed] = {}
    for some in in_chunks(sorted(set(numbers))):
        query = (
            select(BillIssueRow.number, ChargeRow.account_id, ChargeRow.id)
            .join(ChargeRow, ChargeRow.bill_id == BillIssueRow.bill_id)
            .where(among(BillIssueRow.number, some), ChargeRow.kind == ChargeKind.ENERGY)
        )
        found |= {
            number: BillOwed(account_id, charge_id)
            for number, account_id, charge_id in session.execute(query)
        }
    return found


def _raise_charges(session: Session, bills: Sequence[IssuedBill], posted_on: date) -> None:
    ids = next_ids(session, ChargeRow, len(bills))
    charges = [
        Charge(
            id=charge_id,
            account_id=bill.account_id,
            kind=ChargeKind.ENERGY,
            bill_id=bill.id,
            raised_on=posted_on,
            due_on=bill.due_on,
            amount=bill.amount,
            open=bill.amount,
            late_from=bill.due_on,
            supply_class=bill.supply_class,
        )
        for bill, charge_id in zip(bills, ids, strict=True)
    ]
    entries = [
        entry
        for bill, charge_id in zip(bills, ids, strict=True)
        for entry in _bill_entries(bill, Book.RECEIVABLE, posted_on, charge_id=charge_id)
    ]
    post(session, entries, charges=charges)


def _credit(session: Session, notes: Sequence[_Note], posted_on: date) -> None:
    """Post bills for less than nothing: the customer's money, used like any other."""
    rows = []
    entries: list[Entry] = []
    for note in notes:
        bill = note.bill
        new = NewPayment(bill.account_id, CREDIT_NOTE, bill.number, -bill.amount, note.counts_from)
        midnight = datetime.combine(posted_on, time(), UTC)
        rows.append(payment_values(note.payment_id, new, posted_on, by=POLICY, now=midnight))
        entries += _bill_entries(bill, Book.ON_ACCOUNT, posted_on, payment_id=note.payment_id)
    post(session, entries, payments=rows)
    designate(session, {note.payment_id: note.charges for note in notes})


def _bill_entries(bill: IssuedBill, book: Book, posted_on: date, **names: int) -> list[Entry]:
    """Return the entries of a bill; a part below zero is turned round."""
    parts = ((Book.REVENUE, bill.amount - bill.tax, ""), (Book.TAX, bill.tax, "tax of "))
    return [
        Entry(
            account_id=bill.account_id,
            posted_on=posted_on,
            value_on=posted_on,
            debit=book if amount > 0 else other,
            credit=other if amount > 0 else book,
            amount=abs(amount),
            text=f"{what}bill {bill.number}",
            bill_id=bill.id,
            **names,
        )
        for other, amount, what in parts
        if amount
    ]


def _undo_bill(session: Session, bill: IssuedBill, posted_on: date) -> date:
    """
    Undo what was posted on the bill that this one reverses, late charges and all.

    Returns the first day from which money that is set free counts, or else the day of posting.
    """
    was = bill.reverses_id
    assert was is not None, "a reversal names the bill that it reverses"
    charge_ids = session.scalars(select(ChargeRow.id).where(ChargeRow.bill_id == was)).all()
    found = standing(session, EntryRow.charge_id, charge_ids)
    noted = session.scalars(
        select(PaymentRow.id)
        .join(BillIssueRow, BillIssueRow.number == PaymentRow.external_ref)
        .where(
            PaymentRow.channel == CREDIT_NOTE,
            PaymentRow.account_id == bill.account_id,
            BillIssueRow.bill_id == was,
        )
    ).all()
    noted_entries = standing(session, EntryRow.payment_id, noted)
    days = [one.value_on for one in (*found, *noted_entries) if one.debit is Book.ON_ACCOUNT]
    take_back(
        session,
        noted,
        posted_on=posted_on,
        reason=f"reversal {bill.number}",
        bill_id=bill.id,
        also=found,
    )
    return min((*days, posted_on))
