"""Corrections as documents and as money: kept, found, posted. A store of the books."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.book_rows import payment_values
from billing.correction import CorrectedBill, Correction, Fault, Finding
from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.money import Money
from billing.payment import CREDIT_NOTE, NewPayment
from billing.posting import designate, lock_accounts, post
from billing.recount import settle_since
from billing.tables import ChargeRow, CorrectionRow, PaymentRow
from config.database import in_chunks, next_ids
from config.people import POLICY
from meters.period import Period
from meters.reading import plain


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
    session.add(_row(id_, what, finding, made))
    session.flush()
    if made.amount > 0:
        _charge(session, what, made)
    elif made.amount < 0:
        _credit(session, what, made, charges)
    found = find_correction(session, what.number)
    assert found is not None, "it was added a moment ago"
    return found


def _row(id_: int, what: CorrectionFor, finding: Finding, made: Correction) -> CorrectionRow:
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
    )


def find_correction(session: Session, number: str) -> IssuedCorrection | None:
    """Return the correction with the number, or none."""
    found = _found(session, select(CorrectionRow).where(CorrectionRow.number == number))
    return found[0] if found else None


def corrections_of(session: Session, account_id: int) -> list[IssuedCorrection]:
    """Return an account's corrections, the newest first."""
    query = select(CorrectionRow).where(CorrectionRow.account_id == account_id)
    return _found(session, query.order_by(CorrectionRow.issued_on.desc(), CorrectionRow.id.desc()))


def corrections_over(session: Session, point_id: int, period: Period) -> list[str]:
    """Return the numbers of a service point's corrections that share days with a period."""
    query = select(CorrectionRow.number).where(
        CorrectionRow.service_point_id == point_id,
        CorrectionRow.period_start < period.end,
        CorrectionRow.period_end > period.start,
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
        ).where(CorrectionRow.service_point_id.in_(some))
        for account_id, point_id, start, end in session.execute(query):
            found.setdefault((account_id, point_id), []).append(Period(start, end))
    return found


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
    parts = ((Book.REVENUE, made.amount - made.tax, ""), (Book.TAX, made.tax, "tax of "))
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
            }
            for one in made.bills
        ],
    }


def _found(session: Session, query: Select[Any]) -> list[IssuedCorrection]:
    return [_issued(row, row.facts) for row in session.scalars(query)]


def _issued(row: CorrectionRow, facts: Mapping[str, Any]) -> IssuedCorrection:
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
    )


def _bill(facts: Mapping[str, Any]) -> CorrectedBill:
    return CorrectedBill(
        facts["number"],
        Period(date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"])),
        Decimal(facts["kwh"]),
        facts["amount"],
        Decimal(facts["right_kwh"]),
        facts["right_amount"],
    )
