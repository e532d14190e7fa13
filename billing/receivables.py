"""
What was billed and what was settled in a span of days, account by account.

Reading only: reports above this room are made of it. Every figure comes from the entries by the
day on which they were posted, as in `billing.lookback`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from billing.ledger import Book, ChargeKind
from billing.money import Money
from billing.tables import BillIssueRow, BillRow, ChargeRow, EntryRow


@dataclass(frozen=True, slots=True)
class Moves:
    """
    What moved on an account's receivable in a span of days.

    `billed` is what was raised less what was cancelled; `settled` what was paid or otherwise met,
    `settled_former` the part of it that met charges of former years. `written_off` is what was
    given up, less what of it was recovered; it is settled only when it is paid. `discounts` were
    taken off bills that were paid early, `discounts_former` off those of former years.
    """

    billed: Money
    settled: Money
    settled_former: Money
    written_off: Money = 0
    discounts: Money = 0
    discounts_former: Money = 0


def moves(session: Session, *, since: date, until: date, year_begins: date) -> dict[int, Moves]:
    """
    Return what moved on each account's receivable in [since, until), late charges left out.

    :param year_begins: charges raised before this day are those of former years.
    """
    raises = EntryRow.debit == Book.RECEIVABLE
    is_reversal = EntryRow.reverses_id.is_not(None)
    # An entry that raises the receivable without reversing anything, or undoes such a one.
    is_own = (raises & ~is_reversal) | (~raises & is_reversal)
    signed = case((raises, EntryRow.amount), else_=-EntryRow.amount)
    is_loss, is_discount = _touches(Book.BAD_DEBT), _touches(Book.DISCOUNT)
    billed = case((is_loss | is_discount, 0), (is_own, signed), else_=0)
    settled = case((is_loss | is_discount | is_own, 0), else_=-signed)
    discount = case((is_discount, -signed), else_=0)
    is_former = ChargeRow.raised_on < year_begins
    query = (
        select(
            EntryRow.account_id,
            func.sum(billed),
            func.sum(settled),
            func.sum(case((is_former, settled), else_=0)),
            func.sum(case((is_loss, -signed), else_=0)),
            func.sum(discount),
            func.sum(case((is_former, discount), else_=0)),
        )
        .join(ChargeRow, ChargeRow.id == EntryRow.charge_id)
        .where(
            _touches(Book.RECEIVABLE),
            ChargeRow.kind != ChargeKind.LATE_CHARGE,
            EntryRow.posted_on >= since,
            EntryRow.posted_on < until,
        )
        .group_by(EntryRow.account_id)
    )
    return {
        account_id: Moves(*map(int, sums))
        for account_id, *sums in session.execute(query)
        if account_id is not None
    }


def _touches(book: Book) -> ColumnElement[bool]:
    return or_(EntryRow.debit == book, EntryRow.credit == book)


def energy_billed(session: Session, *, since: date, until: date) -> dict[int, Decimal]:
    """Return the kWh of each account's bills issued in [since, until), less those cancelled."""
    # What cancels a bill has its kWh below zero.
    query = (
        select(BillRow.account_id, func.sum(BillRow.kwh))
        .join(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
        .where(BillIssueRow.issued_on >= since, BillIssueRow.issued_on < until)
        .group_by(BillRow.account_id)
    )
    return {account_id: kwh for account_id, kwh in session.execute(query) if kwh}
