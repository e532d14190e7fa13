"""Tills: opened, counted, closed, counted again. A store: it commits nothing, decides nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from billing.ledger import Book, Entry
from billing.money import Money
from billing.posting import post_one, standing, undo
from billing.tables import EntryRow, PaymentRow, TillCountRow, TillRecountRow, TillRow
from config import approval
from config.acts import Act
from config.approval import State
from config.database import among, in_chunks, lock

CASH = "cash"
"""The method of a payment that lies in the till."""
COUNTER = "counter"
"""The channel of money that is taken by a person."""


@dataclass(frozen=True, slots=True)
class Count:
    """
    What was counted in a till, and what of it was handed in: the rest stays there as change.

    `entry_id` is the difference in the ledger, and `state` how the word of the second person on it
    stands. `taken_back_on` is given once the count doesn't hold any more, with who said so and why.
    """

    id: int
    no: int
    counted: Money
    expected: Money
    handed_in: Money
    note: str
    closed_by: str
    closed_at: datetime
    entry_id: int | None = None
    approval_id: int | None = None
    state: State | None = None
    taken_back_on: date | None = None
    taken_back_by: str = ""
    reason: str = ""

    @property
    def difference(self) -> Money:
        """What was counted less what should be there: over above nothing, short below it."""
        return self.counted - self.expected

    @property
    def left(self) -> Money:
        """What stayed in the till."""
        return self.counted - self.handed_in


@dataclass(frozen=True, slots=True)
class Till:
    """A cashier's day, with every count of it, the first first. The last one holds, if any does."""

    id: int
    cashier: str
    day: date
    opening: Money
    note: str = ""
    counts: tuple[Count, ...] = ()

    @property
    def count(self) -> Count | None:
        """The count by which it is closed; none while it is open."""
        last = self.counts[-1] if self.counts else None
        return last if last is not None and last.taken_back_on is None else None

    @property
    def is_open(self) -> bool:
        """Test whether money may still be put into it."""
        return self.count is None

    @property
    def difference(self) -> Money | None:
        """What was counted less what should be there; none while the till is open."""
        return None if self.count is None else self.count.difference


def add_till(
    session: Session, cashier: str, day: date, opening: Money, *, note: str, now: datetime
) -> int:
    """
    Open a till and return its id.

    :raises sqlalchemy.exc.IntegrityError: if the cashier has one that day.
    """
    row = TillRow(cashier=cashier, day=day, opening=opening, note=note, opened_at=now)
    session.add(row)
    session.flush()
    return row.id


def add_count(
    session: Session,
    till: Till,
    *,
    counted: Money,
    expected: Money,
    handed_in: Money,
    note: str,
    approval_id: int | None,
    posted_on: date,
    by: str,
    now: datetime,
) -> None:
    """
    Close a till with what was counted in it, and post what differs.

    :param approval_id: the second person's word on the difference that was asked for.
    :raises ClosedDayError: if the month of `posted_on` is closed.
    """
    entry_id = None
    if counted != expected:
        entry_id = post_one(session, _difference(till, counted - expected, note, posted_on))
    session.add(
        TillCountRow(
            till_id=till.id,
            no=1 + max((one.no for one in till.counts), default=0),
            counted=counted,
            expected=expected,
            handed_in=handed_in,
            entry_id=entry_id,
            approval_id=approval_id,
            note=note,
            closed_by=by,
            closed_at=now,
        )
    )
    session.flush()


def _difference(till: Till, difference: Money, note: str, posted_on: date) -> Entry:
    """Return the entry by which the cash of the books is the cash that was counted."""
    is_short = difference < 0
    return Entry(
        account_id=None,
        posted_on=posted_on,
        value_on=till.day,
        debit=Book.OVER_SHORT if is_short else Book.CASH,
        credit=Book.CASH if is_short else Book.OVER_SHORT,
        amount=abs(difference),
        text=f"till {till.cashier} {till.day} {'short' if is_short else 'over'}: {note}",
    )


def take_back_count(
    session: Session, count: Count, *, posted_on: date, by: str, reason: str
) -> None:
    """
    Take back the count of a till: it is open again, and what was posted of it is undone.

    :raises BackdatedError: if it was posted on a later day.
    """
    session.add(
        TillRecountRow(count_id=count.id, taken_back_on=posted_on, taken_back_by=by, reason=reason)
    )
    session.flush()
    if count.entry_id is not None:
        entries = standing(session, EntryRow.id, [count.entry_id])
        undo(session, entries, posted_on=posted_on, reason=f"counted again: {reason}")


def hold_till(session: Session, till_id: int) -> None:
    """Hold a till's row until the transaction ends: nothing is taken while it is counted."""
    lock(session, TillRow, [till_id])


def find_till(session: Session, cashier: str, day: date) -> Till | None:
    """Return a cashier's till of a day, or none."""
    found = tills(session, since=day, until=day, cashiers=[cashier])
    return found[0] if found else None


def till_of_approval(session: Session, approval_id: int) -> Till | None:
    """Return the till whose difference an approval is about, or none."""
    query = (
        select(TillRow.cashier, TillRow.day)
        .join(TillCountRow, TillCountRow.till_id == TillRow.id)
        .where(TillCountRow.approval_id == approval_id)
    )
    found = session.execute(query).first()
    return None if found is None else find_till(session, found.cashier, found.day)


def last_closed(session: Session, cashier: str, *, before: date) -> Till | None:
    """Return a cashier's newest till of before a day that was closed, or none."""
    query = (
        select(func.max(TillRow.day))
        .join(TillCountRow, TillCountRow.till_id == TillRow.id)
        .outerjoin(TillRecountRow, TillRecountRow.count_id == TillCountRow.id)
        .where(TillRow.cashier == cashier, TillRow.day < before, TillRecountRow.count_id.is_(None))
    )
    day = session.scalar(query)
    return None if day is None else find_till(session, cashier, day)


def waiting(session: Session, *, until: date) -> list[Till]:
    """Return the tills of the days before `until` whose difference waits for a second person."""
    asked = approval.waiting(session, act=Act.TILL_DIFFERENCE)
    found = [till_of_approval(session, one.id) for one in asked]
    return [one for one in found if one is not None and one.day < until]


def tills(
    session: Session, *, since: date, until: date, cashiers: Collection[str] | None = None
) -> list[Till]:
    """Return the tills of the days from `since` to `until`, both included, the newest first."""
    query = (
        select(TillRow)
        .where(TillRow.day >= since, TillRow.day <= until)
        .order_by(TillRow.day.desc(), TillRow.cashier)
    )
    if cashiers is not None:
        query = query.where(TillRow.cashier.in_(cashiers))
    rows = session.scalars(query).all()
    counts = _counts(session, [row.id for row in rows])
    return [
        Till(row.id, row.cashier, row.day, row.opening, row.note, tuple(counts.get(row.id, ())))
        for row in rows
    ]


def _counts(session: Session, till_ids: Collection[int]) -> dict[int, list[Count]]:
    found: dict[int, list[tuple[TillCountRow, TillRecountRow | None]]] = {}
    for some in in_chunks(sorted(till_ids)):
        query = (
            select(TillCountRow, TillRecountRow)
            .outerjoin(TillRecountRow, TillRecountRow.count_id == TillCountRow.id)
            .where(among(TillCountRow.till_id, some))
            .order_by(TillCountRow.no)
        )
        for row, back in session.execute(query):
            found.setdefault(row.till_id, []).append((row, back))
    asked = [row.approval_id for own in found.values() for row, _ in own if row.approval_id]
    states = {key: one.state for key, one in approval.find_all(session, asked).items()}
    return {
        key: [_count(row, back, states.get(row.approval_id or 0)) for row, back in own]
        for key, own in found.items()
    }


def _count(row: TillCountRow, back: TillRecountRow | None, state: State | None) -> Count:
    return Count(
        row.id,
        row.no,
        row.counted,
        row.expected,
        row.handed_in,
        row.note,
        row.closed_by,
        row.closed_at,
        row.entry_id,
        row.approval_id,
        state,
        back.taken_back_on if back else None,
        back.taken_back_by if back else "",
        back.reason if back else "",
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
