"""One digest of the books, to tell whether two ways of getting there came to the same."""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from billing.tables import (
    AccountRow,
    BillIssueRow,
    BillLineRow,
    BillRow,
    ChargeRow,
    EntryRow,
    PaymentRow,
)
from config.database import canonical


def books_digest(session: Session) -> str:
    """
    Return a digest of bills, lines, charges, entries and payments.

    It leaves out instants and the ids of rows, and doesn't depend on the order of rows: the same
    acts give the same digest on every database, in whatever chunks they were done.
    """
    whole = sha256()
    for query in _facts():
        total, count = 0, 0
        for row in session.execute(query.execution_options(yield_per=10_000)):
            total += int.from_bytes(sha256(canonical(list(row)).encode()).digest(), "big")
            count += 1
        # A sum forgets the order of rows, but not how often one is there.
        whole.update(f"{count} {total % 2**256:064x}\n".encode())
    return whole.hexdigest()


def _facts() -> Iterator[Executable]:
    """Yield a query for each kind of row; other rows are named by what people call them."""
    yield _bills()
    yield _lines()
    yield _charges()
    yield _payments()
    yield _entries()


def _bills() -> Executable:
    return (
        select(
            AccountRow.number,
            BillIssueRow.number,
            BillIssueRow.issued_on,
            BillIssueRow.due_on,
            BillRow.kind,
            BillRow.revision,
            BillRow.period_start,
            BillRow.period_end,
            BillRow.kwh,
            BillRow.amount,
            BillRow.tax,
        )
        .select_from(BillRow)
        .join(AccountRow, AccountRow.id == BillRow.account_id)
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
    )


def _lines() -> Executable:
    return (
        select(
            AccountRow.number,
            BillRow.period_start,
            BillRow.kind,
            BillRow.revision,
            BillLineRow.no,
            BillLineRow.code,
            BillLineRow.quantity,
            BillLineRow.price,
            BillLineRow.amount,
        )
        .select_from(BillLineRow)
        .join(BillRow, BillRow.id == BillLineRow.bill_id)
        .join(AccountRow, AccountRow.id == BillRow.account_id)
    )


def _charges() -> Executable:
    return (
        select(
            AccountRow.number,
            BillIssueRow.number,
            ChargeRow.kind,
            ChargeRow.supply_class,
            ChargeRow.raised_on,
            ChargeRow.due_on,
            ChargeRow.late_until,
            ChargeRow.amount,
            ChargeRow.open,
        )
        .select_from(ChargeRow)
        .join(AccountRow, AccountRow.id == ChargeRow.account_id)
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == ChargeRow.bill_id)
    )


def _payments() -> Executable:
    return (
        select(
            AccountRow.number,
            PaymentRow.channel,
            PaymentRow.external_ref,
            PaymentRow.method,
            PaymentRow.payer,
            PaymentRow.text,
            PaymentRow.amount,
            PaymentRow.open,
            PaymentRow.value_on,
            PaymentRow.posted_on,
            PaymentRow.received_by,
        )
        .select_from(PaymentRow)
        .outerjoin(AccountRow, AccountRow.id == PaymentRow.account_id)
    )


def _entries() -> Executable:
    return (
        select(
            AccountRow.number,
            EntryRow.posted_on,
            EntryRow.value_on,
            EntryRow.debit,
            EntryRow.credit,
            EntryRow.amount,
            EntryRow.text,
            ChargeRow.kind,
            ChargeRow.due_on,
            ChargeRow.late_until,
            BillIssueRow.number,
            PaymentRow.channel,
            PaymentRow.external_ref,
        )
        .select_from(EntryRow)
        .outerjoin(AccountRow, AccountRow.id == EntryRow.account_id)
        .outerjoin(ChargeRow, ChargeRow.id == EntryRow.charge_id)
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == EntryRow.bill_id)
        .outerjoin(PaymentRow, PaymentRow.id == EntryRow.payment_id)
    )
