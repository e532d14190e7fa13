"""How bills become money: the writing of charges, of which `billing.books` is the face."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.bill import BillKind, IssuedBill
from billing.book_rows import payment_values
from billing.incoming import BillOwed
from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.payment import CREDIT_NOTE, NewPayment
from billing.posting import lock_accounts, post, standing, undo, use_credit
from billing.tables import BillIssueRow, ChargeRow, EntryRow, PaymentRow
from config.database import in_chunks, next_ids
from config.in_force import market_on
from config.people import POLICY


def post_bills(session: Session, bills: Sequence[IssuedBill], *, posted_on: date) -> None:
    """
    Post issued bills, and use the money on account to settle them.

    Each raises a charge; one for less than nothing is money on account; one that reverses another
    undoes all that was posted on it and sets free what had been paid.
    """
    lock_accounts(session, {bill.account_id for bill in bills})
    regular = [bill for bill in bills if bill.kind is not BillKind.REVERSAL]
    _raise_charges(session, [bill for bill in regular if bill.amount > 0], posted_on)
    _credit(session, [bill for bill in regular if bill.amount < 0], posted_on)
    for bill in bills:
        if bill.kind is BillKind.REVERSAL:
            _undo_bill(session, bill, posted_on)
    use_credit(
        session,
        {bill.account_id for bill in bills},
        posted_on=posted_on,
        market=market_on(session, posted_on),
    )


def charges_of_bills(session: Session, bill_ids: Collection[int]) -> dict[int, int]:
    """Return the id of the energy charge that each of the bills raised, by the bill's id."""
    found: dict[int, int] = {}
    for some in in_chunks(sorted(bill_ids)):
        query = select(ChargeRow.bill_id, ChargeRow.id).where(
            ChargeRow.bill_id.in_(some), ChargeRow.kind == ChargeKind.ENERGY
        )
        found |= {bill_id: charge_id for bill_id, charge_id in session.execute(query) if bill_id}
    return found


def bills_of_charges(session: Session, charge_ids: Collection[int]) -> dict[int, int]:
    """Return the id of the bill behind each of the charges, late charges included."""
    found: dict[int, int] = {}
    for some in in_chunks(sorted(charge_ids)):
        query = select(ChargeRow.id, ChargeRow.bill_id).where(ChargeRow.id.in_(some))
        found |= {charge_id: bill_id for charge_id, bill_id in session.execute(query) if bill_id}
    return found


def find_bills_owed(session: Session, numbers: Collection[str]) -> dict[str, BillOwed]:
    """Return whose each of the bills is and the charge it raised, by the bill's number."""
    found: dict[str, BillOwed] = {}
    for some in in_chunks(sorted(set(numbers))):
        query = (
            select(BillIssueRow.number, ChargeRow.account_id, ChargeRow.id)
            .join(ChargeRow, ChargeRow.bill_id == BillIssueRow.bill_id)
            .where(BillIssueRow.number.in_(some), ChargeRow.kind == ChargeKind.ENERGY)
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


def _credit(session: Session, bills: Sequence[IssuedBill], posted_on: date) -> None:
    """Post bills for less than nothing: the customer's money, used like any other."""
    ids = next_ids(session, PaymentRow, len(bills))
    rows = []
    entries: list[Entry] = []
    for bill, payment_id in zip(bills, ids, strict=True):
        note = NewPayment(bill.account_id, CREDIT_NOTE, bill.number, -bill.amount, posted_on)
        midnight = datetime.combine(posted_on, time(), UTC)
        rows.append(payment_values(payment_id, note, posted_on, by=POLICY, now=midnight))
        entries += _bill_entries(bill, Book.ON_ACCOUNT, posted_on, payment_id=payment_id)
    post(session, entries, payments=rows)


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


def _undo_bill(session: Session, bill: IssuedBill, posted_on: date) -> None:
    """Undo what was posted on the bill that this one reverses, late charges and all."""
    was = bill.reverses_id
    assert was is not None, "a reversal names the bill that it reverses"
    charge_ids = session.scalars(select(ChargeRow.id).where(ChargeRow.bill_id == was)).all()
    found = standing(session, EntryRow.charge_id, charge_ids)
    noted = session.scalars(
        select(PaymentRow.id)
        .join(BillIssueRow, BillIssueRow.number == PaymentRow.external_ref)
        .where(PaymentRow.channel == CREDIT_NOTE, BillIssueRow.bill_id == was)
    ).all()
    found += standing(session, EntryRow.payment_id, noted)
    undo(session, found, posted_on=posted_on, reason=f"reversal {bill.number}", bill_id=bill.id)
