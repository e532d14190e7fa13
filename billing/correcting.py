"""Corrections as documents and as money: kept, found, posted. A store of the books."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from billing.book_rows import payment_values
from billing.correction import CorrectedBill, Correction, Fault, Finding
from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.money import Money
from billing.payment import CREDIT_NOTE, NewPayment
from billing.posting import designate, lock_accounts, post, standing
from billing.recount import settle_since
from billing.refunding import take_back
from billing.tables import BillRow, ChargeRow, CorrectionRow, EntryRow, PaymentRow
from config.database import among, in_chunks, next_ids
from config.people import POLICY
from meters.period import Period
from meters.reading import plain

_REVERSAL = aliased(CorrectionRow)
_REVERSED = aliased(CorrectionRow)
_CORRECTIONS = (
    select(CorrectionRow, _REVERSED.number, _REVERSAL.number)
    .outerjoin(_REVERSED, _REVERSED.id == CorrectionRow.reverses_id)
    .outerjoin(_REVERSAL, _REVERSAL.reverses_id == CorrectionRow.id)
)
_PARTS = ("", "tax of ")
"""What stands before a correction's name in the texts of its entries: of its energy, and tax."""


@dataclass(frozen=True, slots=True)
class IssuedCorrection:
    """A correction with a number: below zero a credit note, above it a bill that is due."""

    id: int
    number: str
    account_id: int
    service_point_id: int
    fault: Fault
    period: Period
    measure: tuple[Decimal, ...]
    kwh: Decimal
    amount: Money
    tax: Money
    issued_on: date
    due_on: date
    issued_by: str
    reason: str
    bills: tuple[CorrectedBill, ...]
    after_bill_id: int | None = None
    """The newest bill or draft of the service point then: later ones count its energy in."""
    reverses: str | None = None
    """The number of the correction that it cancels, if it does."""
    cancelled_by: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionFor:
    """For whom a correction is issued, by whose word, and when it is due."""

    account_id: int
    service_point_id: int
    supply_class: str
    approval_id: int
    number: str
    issued_on: date
    due_on: date
    issued_by: str
    reason: str


def add_correction(
    session: Session,
    what: CorrectionFor,
    finding: Finding,
    made: Correction,
    *,
    charges: Sequence[tuple[int, date]],
) -> IssuedCorrection:
    """
    Keep a correction, post it, and return it.

    What is owed more is a charge like a bill's. What was owed too much is the customer's money,
    counting from the day the first of the bills fell due, so that nobody pays for the lateness of
    what was never owed.

    :param charges: ids and due days of the bills' own charges, the oldest first.
    """
    lock_accounts(session, {what.account_id})
    (id_,) = next_ids(session, CorrectionRow, 1)
    after = _newest_bill(session, what.service_point_id)
    session.add(_row(id_, what, finding, made, after))
    session.flush()
    if made.amount > 0:
        _charge(session, what, made)
    elif made.amount < 0:
        _credit(session, what, made, charges)
    found = find_correction(session, what.number)
    assert found is not None, "it was added a moment ago"
    return found


def _newest_bill(session: Session, point_id: int) -> int | None:
    return session.scalar(select(func.max(BillRow.id)).where(BillRow.service_point_id == point_id))


def _row(
    id_: int, what: CorrectionFor, finding: Finding, made: Correction, after_bill_id: int | None
) -> CorrectionRow:
    return CorrectionRow(
        id=id_,
        number=what.number,
        account_id=what.account_id,
        service_point_id=what.service_point_id,
        approval_id=what.approval_id,
        fault=finding.fault,
        period_start=finding.period.start,
        period_end=finding.period.end,
        kwh=made.kwh,
        amount=made.amount,
        tax=made.tax,
        issued_on=what.issued_on,
        due_on=what.due_on,
        issued_by=what.issued_by,
        reason=what.reason,
        facts=_facts(finding, made),
        after_bill_id=after_bill_id,
    )


def find_correction(session: Session, number: str) -> IssuedCorrection | None:
    """Return the correction with the number, or none."""
    found = _found(session, _CORRECTIONS.where(CorrectionRow.number == number))
    return found[0] if found else None


def corrections_of(session: Session, account_id: int) -> list[IssuedCorrection]:
    """Return an account's corrections, the newest first."""
    query = _CORRECTIONS.where(CorrectionRow.account_id == account_id)
    return _found(session, query.order_by(CorrectionRow.issued_on.desc(), CorrectionRow.id.desc()))


def standing_at(session: Session, point_id: int) -> list[IssuedCorrection]:
    """Return a service point's corrections that nothing has cancelled, the earliest first."""
    query = _CORRECTIONS.where(
        CorrectionRow.service_point_id == point_id,
        CorrectionRow.reverses_id.is_(None),
        _REVERSAL.id.is_(None),
    )
    return _found(session, query.order_by(CorrectionRow.id))


def corrections_of_bill(session: Session, point_id: int, number: str) -> list[IssuedCorrection]:
    """Return the corrections of a service point that stand and name a bill, the earliest first."""
    found = standing_at(session, point_id)
    return [one for one in found if number in {bill.number for bill in one.bills}]


def corrections_over(session: Session, point_id: int, period: Period) -> list[str]:
    """Return the numbers of a service point's corrections that share days with a period."""
    query = select(CorrectionRow.number).where(
        CorrectionRow.service_point_id == point_id,
        CorrectionRow.period_start < period.end,
        CorrectionRow.period_end > period.start,
        *_standing(),
    )
    return sorted(session.scalars(query))


def corrected_periods(
    session: Session, point_ids: Collection[int]
) -> dict[tuple[int, int], list[Period]]:
    """Return the periods that corrections are over, by account and service point."""
    found: dict[tuple[int, int], list[Period]] = {}
    for some in in_chunks(sorted(point_ids)):
        query = select(
            CorrectionRow.account_id,
            CorrectionRow.service_point_id,
            CorrectionRow.period_start,
            CorrectionRow.period_end,
        ).where(among(CorrectionRow.service_point_id, some), *_standing())
        for account_id, point_id, start, end in session.execute(query):
            found.setdefault((account_id, point_id), []).append(Period(start, end))
    return found


def uncounted_kwh(
    session: Session, newest: Mapping[tuple[int, int], tuple[int, int]]
) -> dict[tuple[int, int], Decimal]:
    """
    Return the energy of a year that corrections changed and no bill has counted yet.

    A bill that is drawn up after a correction was issued counts it in what the year used before.

    :param newest: by account and service point, the id of the newest bill and the year of its end.
    """
    found: dict[tuple[int, int], Decimal] = {}
    for some in in_chunks(sorted({point for _, point in newest})):
        query = select(CorrectionRow).where(
            among(CorrectionRow.service_point_id, some), CorrectionRow.after_bill_id.is_not(None)
        )
        for row in session.scalars(query):
            key = (row.account_id, row.service_point_id)
            bill_id, year = newest.get(key, (0, 0))
            if row.after_bill_id is not None and bill_id and bill_id <= row.after_bill_id:
                more = _kwh_in(year, map(_bill, row.facts["bills"]))
                found[key] = found.get(key, Decimal(0)) + more
    return found


def _kwh_in(year: int, bills: Iterable[CorrectedBill]) -> Decimal:
    own = (one for one in bills if (one.period.end - timedelta(1)).year == year)
    return sum((one.right_kwh - one.kwh for one in own), Decimal(0))


def _standing() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a correction that cancels none and that none cancels."""
    cancelled = select(_REVERSAL.id).where(_REVERSAL.reverses_id == CorrectionRow.id).exists()
    return CorrectionRow.reverses_id.is_(None), ~cancelled


def reverse_correction(
    session: Session, was: IssuedCorrection, what: CorrectionFor
) -> IssuedCorrection:
    """
    Keep the document that cancels a correction, undo what was posted on it, and return it.

    What had been paid on it is the customer's again, from the days on which it was paid; what had
    been settled with a credit is owed again, and its lateness is counted again from those days.
    """
    lock_accounts(session, {what.account_id})
    (id_,) = next_ids(session, CorrectionRow, 1)
    turned = Correction(tuple(map(_turned, was.bills)), -was.kwh, -was.amount, -was.tax)
    finding = Finding(was.fault, was.period, was.measure)
    row = _row(id_, what, finding, turned, _newest_bill(session, what.service_point_id))
    row.reverses_id = was.id
    session.add(row)
    session.flush()
    _undo(session, was, what)
    found = find_correction(session, what.number)
    assert found is not None, "it was added a moment ago"
    return found


def _turned(one: CorrectedBill) -> CorrectedBill:
    return replace(
        one,
        kwh=one.right_kwh,
        amount=one.right_amount,
        right_kwh=one.kwh,
        right_amount=one.amount,
    )


def _undo(session: Session, was: IssuedCorrection, what: CorrectionFor) -> None:
    texts = [f"{text}correction {was.number}" for text in _PARTS]
    named = select(EntryRow.charge_id, EntryRow.payment_id).where(
        EntryRow.account_id == was.account_id, EntryRow.text.in_(texts)
    )
    rows = session.execute(named).all()
    raised = {row.charge_id for row in rows} - {None}
    noted = {row.payment_id for row in rows} - {None}
    late = select(ChargeRow.id).where(ChargeRow.for_charge_id.in_(raised))
    on_charges = standing(session, EntryRow.charge_id, raised | set(session.scalars(late)))
    entries = (*on_charges, *standing(session, EntryRow.payment_id, noted))
    days = [one.value_on for one in entries if one.debit is Book.ON_ACCOUNT]
    on = what.issued_on
    take_back(session, noted, posted_on=on, reason=f"reversal {what.number}", also=on_charges)
    settle_since(session, {was.account_id: min((*days, on))}, posted_on=on)


def _charge(session: Session, what: CorrectionFor, made: Correction) -> None:
    (charge_id,) = next_ids(session, ChargeRow, 1)
    charge = Charge(
        id=charge_id,
        account_id=what.account_id,
        kind=ChargeKind.ENERGY,
        bill_id=None,
        raised_on=what.issued_on,
        due_on=what.due_on,
        amount=made.amount,
        open=made.amount,
        late_from=what.due_on,
        supply_class=what.supply_class,
    )
    post(session, _entries(what, made, Book.RECEIVABLE, charge_id=charge_id), charges=[charge])
    settle_since(session, {what.account_id: what.issued_on}, posted_on=what.issued_on)


def _credit(
    session: Session,
    what: CorrectionFor,
    made: Correction,
    charges: Sequence[tuple[int, date]],
) -> None:
    (payment_id,) = next_ids(session, PaymentRow, 1)
    counts_from = min([what.issued_on, *(due_on for _, due_on in charges)])
    new = NewPayment(what.account_id, CREDIT_NOTE, what.number, -made.amount, counts_from)
    midnight = datetime.combine(what.issued_on, time(), UTC)
    row = payment_values(payment_id, new, what.issued_on, by=POLICY, now=midnight)
    entries = _entries(what, made, Book.ON_ACCOUNT, payment_id=payment_id)
    post(session, entries, payments=[row])
    designate(session, {payment_id: [charge_id for charge_id, _ in charges]})
    settle_since(session, {what.account_id: counts_from}, posted_on=what.issued_on)


def _entries(what: CorrectionFor, made: Correction, book: Book, **names: int) -> list[Entry]:
    whole, tax = _PARTS
    parts = ((Book.REVENUE, made.amount - made.tax, whole), (Book.TAX, made.tax, tax))
    return [
        Entry(
            account_id=what.account_id,
            posted_on=what.issued_on,
            value_on=what.issued_on,
            debit=book if amount > 0 else other,
            credit=other if amount > 0 else book,
            amount=abs(amount),
            text=f"{text}correction {what.number}",
            **names,
        )
        for other, amount, text in parts
        if amount
    ]


def _facts(finding: Finding, made: Correction) -> dict[str, Any]:
    return {
        "measure": [plain(one) for one in finding.measure],
        "bills": [
            {
                "number": one.number,
                "start": one.period.start.isoformat(),
                "end": one.period.end.isoformat(),
                "kwh": plain(one.kwh),
                "amount": one.amount,
                "right_kwh": plain(one.right_kwh),
                "right_amount": one.right_amount,
                "right_tax": one.right_tax,
            }
            for one in made.bills
        ],
    }


def _found(session: Session, query: Select[*tuple[Any, ...]]) -> list[IssuedCorrection]:
    return [_issued(*row) for row in session.execute(query)]


def _issued(row: CorrectionRow, reverses: str | None, cancelled_by: str | None) -> IssuedCorrection:
    facts = row.facts
    return IssuedCorrection(
        row.id,
        row.number,
        row.account_id,
        row.service_point_id,
        Fault(row.fault),
        Period(row.period_start, row.period_end),
        tuple(Decimal(one) for one in facts["measure"]),
        row.kwh,
        row.amount,
        row.tax,
        row.issued_on,
        row.due_on,
        row.issued_by,
        row.reason,
        tuple(_bill(one) for one in facts["bills"]),
        row.after_bill_id,
        reverses,
        cancelled_by,
    )


def _bill(facts: Mapping[str, Any]) -> CorrectedBill:
    return CorrectedBill(
        facts["number"],
        Period(date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"])),
        Decimal(facts["kwh"]),
        facts["amount"],
        Decimal(facts["right_kwh"]),
        facts["right_amount"],
        facts.get("right_tax"),
    )
