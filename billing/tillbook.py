"""Tills: opened, counted, closed. A store: it commits nothing and decides nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from billing.ledger import Book
from billing.money import Money
from billing.tables import EntryRow, PaymentRow, TillCountRow, TillRow
from config.database import lock

CASH = "cash"
"""The method of a payment that lies in the till."""
COUNTER = "counter"
"""The channel of money that is taken by a person."""


@dataclass(frozen=True, slots=True)
class Till:
    """A cashier's day. `counted` is none while the till is open."""

    id: int
    cashier: str
    day: date
    opening: Money
    counted: Money | None = None
    expected: Money | None = None
    note: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Test whether money may still be put into it."""
        return self.counted is None

    @property
    def difference(self) -> Money | None:
        """What was counted less what should be there; none while the till is open."""
        if self.counted is None or self.expected is None:
            return None
        return self.counted - self.expected


def add_till(session: Session, cashier: str, day: date, opening: Money, *, now: datetime) -> int:
    """
    Open a till and return its id.

    :raises sqlalchemy.exc.IntegrityError: if the cashier has one that day.
    """
    row = TillRow(cashier=cashier, day=day, opening=opening, opened_at=now)
    session.add(row)
    session.flush()
    return row.id


def add_count(
    session: Session,
    till_id: int,
    *,
    counted: Money,
    expected: Money,
    note: str,
    by: str,
    now: datetime,
) -> None:
    """Close a till with what was counted in it."""
    session.add(
        TillCountRow(
            till_id=till_id,
            counted=counted,
            expected=expected,
            note=note,
            closed_by=by,
            closed_at=now,
        )
    )
    session.flush()


def hold_till(session: Session, till_id: int) -> None:
    """Hold a till's row until the transaction ends: nothing is taken while it is counted."""
    lock(session, TillRow, [till_id])


def find_till(session: Session, cashier: str, day: date) -> Till | None:
    """Return a cashier's till of a day, or none."""
    found = tills(session, since=day, until=day, cashiers=[cashier])
    return found[0] if found else None


def tills(
    session: Session, *, since: date, until: date, cashiers: Collection[str] | None = None
) -> list[Till]:
    """Return the tills of the days from `since` to `until`, both included, the newest first."""
    query = (
        select(TillRow, TillCountRow)
        .outerjoin(TillCountRow, TillCountRow.till_id == TillRow.id)
        .where(TillRow.day >= since, TillRow.day <= until)
        .order_by(TillRow.day.desc(), TillRow.cashier)
    )
    if cashiers is not None:
        query = query.where(TillRow.cashier.in_(cashiers))
    return [_till(row, count) for row, count in session.execute(query)]


def _till(row: TillRow, count: TillCountRow | None) -> Till:
    if count is None:
        return Till(row.id, row.cashier, row.day, row.opening)
    return Till(
        row.id,
        row.cashier,
        row.day,
        row.opening,
        count.counted,
        count.expected,
        count.note,
        count.closed_by,
        count.closed_at,
    )


def taken(session: Session, cashier: str, day: date) -> dict[str, tuple[Money, int]]:
    """
    Return what a cashier took over the counter on a day and hasn't given back on it, by method.

    Each with the number of payments.
    """
    back = aliased(EntryRow)
    query = (
        select(PaymentRow.method, func.sum(PaymentRow.amount), func.count())
        .outerjoin(
            back,
            (back.payment_id == PaymentRow.id)
            & (back.credit == Book.CASH)
            & back.reverses_id.is_not(None)
            & (back.posted_on == day),
        )
        .where(
            PaymentRow.received_by == cashier,
            PaymentRow.posted_on == day,
            PaymentRow.channel == COUNTER,
            back.id.is_(None),
        )
        .group_by(PaymentRow.method)
    )
    return {method: (int(amount), count) for method, amount, count in session.execute(query)}
