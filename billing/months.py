"""
Which months are closed, and what a day's seal is over: the store of closing.

A day is sealed once, when it is over. What is posted into a month that was opened again comes
later than its seals; it is sealed by a chain of its own when the month is closed once more, so
that neither breaks the seals nor escapes them.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.month import ControlTotals, Month, MonthAct, month_of
from billing.tables import EntryRow, MonthRow
from config import seal
from config.finding import Finding

LEDGER = "ledger"
"""The name under which the ledger's days are sealed."""
ALL_SEALED = "no entry stands on a day that was sealed without it"


class ClosedDayError(Exception):
    """A month is closed or a day sealed, and takes no more postings; the message says which."""


def month_acts(session: Session, month: Month | None = None) -> list[MonthAct]:
    """Return how months were closed and opened again, the oldest month and act first."""
    query = select(MonthRow).order_by(MonthRow.month, MonthRow.no)
    if month is not None:
        query = query.where(MonthRow.month == month.first)
    return [_act(row) for row in session.scalars(query)]


def newest_acts(session: Session) -> dict[Month, MonthAct]:
    """Return the newest act on each month that was ever closed, in the order of the months."""
    return {act.month: act for act in month_acts(session)}


def add_month_act(
    session: Session,
    month: Month,
    totals: ControlTotals,
    *,
    is_closed: bool,
    by: str,
    on: date,
    now: datetime,
    reason: str,
) -> MonthAct:
    """
    Close a month or open it again, and return the act.

    :raises sqlalchemy.exc.IntegrityError: if somebody does so at the same moment.
    """
    newest = select(func.max(MonthRow.no)).where(MonthRow.month == month.first)
    row = MonthRow(
        month=month.first,
        no=(session.scalar(newest) or 0) + 1,
        is_closed=is_closed,
        done_on=on,
        done_by=by,
        done_at=now,
        reason=reason,
        entries_until=session.scalar(select(func.max(EntryRow.id))) or 0,
        totals=totals.facts(),
    )
    session.add(row)
    session.flush()
    return _act(row)


def hold_month(session: Session, month: Month) -> None:
    """Let postings into a month that was opened again wait until the transaction ends."""
    rows = select(MonthRow.id).where(MonthRow.month == month.first)
    session.execute(rows.order_by(MonthRow.no).with_for_update())


def refuse_closed(session: Session, days: Collection[date]) -> None:
    """
    Refuse to post on days that are sealed, or of a month that is closed.

    :raises ClosedDayError: naming the first of them, and what to do.
    """
    if not days:
        return
    sealed = seal.sealed_until(session, LEDGER)
    months = _held_acts(session, {month_of(day) for day in days})
    for day in sorted(days):
        act = months.get(month_of(day))
        if act is not None and act.is_closed:
            raise ClosedDayError(
                f"{act.month} is closed and {day} takes no more postings; post on a later day "
                f"and say by the value date from when it counts, or have the month opened again"
            )
        if act is None and sealed is not None and day <= sealed:
            raise ClosedDayError(
                f"the books are closed up to {sealed} and {day} takes no more postings; post on a "
                f"later day and say by the value date from when it counts"
            )


def days_posted(session: Session, *, since: date | None, until: date) -> list[date]:
    """Return the days after `since` and before `until` on which anything was posted, in order."""
    query = select(EntryRow.posted_on).where(EntryRow.posted_on < until).distinct()
    if since is not None:
        query = query.where(EntryRow.posted_on > since)
    return sorted(session.scalars(query))


def day_facts(session: Session, day: date) -> Iterator[list[Any]]:
    """
    Yield all that each entry of a day says, in the order of their ids: what its seal is over.

    What was posted after the month was opened again is left to that opening's own seals.
    """
    openings = [act for act in month_acts(session, month_of(day)) if not act.is_closed]
    yield from _facts(session, day, until=openings[0].entries_until if openings else None)


def seal_days(session: Session, *, until: date, now: datetime) -> list[seal.Seal]:
    """Seal every day before `until` that has entries and isn't sealed, and return the seals."""
    since = seal.sealed_until(session, LEDGER)
    days = days_posted(session, since=since, until=until)
    made = [seal.seal_day(session, LEDGER, day, rows=day_facts, now=now) for day in days]
    return [one for one in made if one is not None]


def seal_opening(session: Session, month: Month, *, now: datetime) -> list[seal.Seal]:
    """Seal what was posted since the month was opened again, and return the seals."""
    openings = [act for act in month_acts(session, month) if not act.is_closed]
    if not openings:
        return []
    newest = openings[-1]
    query = (
        select(EntryRow.posted_on)
        .where(
            EntryRow.posted_on >= month.first,
            EntryRow.posted_on < month.end,
            EntryRow.id > newest.entries_until,
        )
        .distinct()
    )
    rows = _rows_of(openings, newest)
    book = _book_of(newest)
    made = [
        seal.seal_day(session, book, day, rows=rows, now=now)
        for day in sorted(session.scalars(query))
    ]
    return [one for one in made if one is not None]


def broken_seals(session: Session) -> Iterator[Finding]:
    """Yield the first broken day of each chain of seals, and entries that escaped them all."""
    yield from seal.broken(session, LEDGER, rows=day_facts)
    for month in newest_acts(session):
        openings = [act for act in month_acts(session, month) if not act.is_closed]
        for act in openings:
            rows = _rows_of(openings, act)
            yield from seal.broken(session, _book_of(act), rows=rows)


def unsealed(session: Session) -> Iterator[Finding]:
    """Yield the days before the newest seal on which entries stand that no seal is over."""
    sealed = seal.sealed_until(session, LEDGER)
    if sealed is None:
        return
    counted = (
        select(EntryRow.posted_on, func.count())
        .where(EntryRow.posted_on <= sealed)
        .group_by(EntryRow.posted_on)
        .order_by(EntryRow.posted_on)
    )
    acts = newest_acts(session)
    counts = seal.counts(session, LEDGER)
    for act in month_acts(session):
        if not act.is_closed:
            for day, rows in seal.counts(session, _book_of(act)).items():
                counts[day] = counts.get(day, 0) + rows
    for day, count in session.execute(counted):
        act_ = acts.get(month_of(day))
        if counts.get(day, 0) < count and (act_ is None or act_.is_closed):
            more = count - counts.get(day, 0)
            yield Finding(
                ALL_SEALED,
                f"{LEDGER} of {day}",
                f"{more} of its {count} entries are under no seal; compare with the backup of "
                f"that night",
            )


def _held_acts(session: Session, months: Collection[Month]) -> dict[Month, MonthAct]:
    """Return the newest act on each of the months; whoever closes one waits for us."""
    query = (
        select(MonthRow)
        .where(MonthRow.month.in_([month.first for month in months]))
        .order_by(MonthRow.month, MonthRow.no)
    )
    if session.get_bind().dialect.name == "postgresql":
        query = query.with_for_update(read=True)
    return {act.month: act for act in map(_act, session.scalars(query))}


def _rows_of(openings: list[MonthAct], act: MonthAct) -> Callable[[Session, date], Any]:
    """Return what gives the facts of a day that were posted after one opening, before the next."""
    later = [one.entries_until for one in openings if one.no > act.no]
    until = min(later, default=None)
    return lambda session, day: _facts(session, day, since=act.entries_until, until=until)


def _book_of(act: MonthAct) -> str:
    return f"{LEDGER} {act.month} {act.no}"


def _facts(
    session: Session, day: date, *, since: int | None = None, until: int | None = None
) -> Iterator[list[Any]]:
    query = select(*EntryRow.__table__.columns).where(EntryRow.posted_on == day)
    if since is not None:
        query = query.where(EntryRow.id > since)
    if until is not None:
        query = query.where(EntryRow.id <= until)
    rows = session.execute(query.order_by(EntryRow.id).execution_options(yield_per=10_000))
    for row in rows:
        yield list(row)


def _act(row: MonthRow) -> MonthAct:
    return MonthAct(
        row.id,
        Month(row.month),
        row.no,
        row.is_closed,
        row.done_on,
        row.done_by,
        row.done_at,
        row.reason,
        row.entries_until,
        ControlTotals.from_facts(row.totals),
    )
