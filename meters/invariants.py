"""What must always hold of readings and installations, checked on a live database."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from config.batch import BatchRow, Kind
from config.finding import Finding
from meters.interval import PLACES, intervals_in, unpack
from meters.orders import OPEN, OrderKind, orders
from meters.tables import (
    InstallationRow,
    IntervalChannelRow,
    IntervalDayRow,
    MeterRow,
    ReadingRow,
    RegisterRow,
)

Check = Callable[[Session, date], Iterator[Finding]]


def findings(session: Session, *, today: date) -> list[Finding]:
    """Return every offence against what must always hold of the meters room."""
    return [found for check in _CHECKS.values() for found in check(session, today)]


def _one_active_reading(session: Session, _today: date) -> Iterator[Finding]:
    """Each revision replaces the one before, so that one reading of a day holds."""
    old = aliased(ReadingRow)
    query = (
        select(ReadingRow, old)
        .outerjoin(old, old.id == ReadingRow.replaces_id)
        .where(ReadingRow.revision > 0)
        .where(
            or_(
                old.id.is_(None),
                old.register_id != ReadingRow.register_id,
                old.taken_on != ReadingRow.taken_on,
                old.revision != ReadingRow.revision - 1,
            )
        )
    )
    for row, _ in session.execute(query):
        yield Finding(
            "one active reading per register and day",
            f"reading {row.id}",
            "it is a correction that doesn't replace the reading before it of the same day",
        )


def _one_point_at_a_time(session: Session, _today: date) -> Iterator[Finding]:
    """A meter's installations follow each other and never overlap."""
    times: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
    query = select(
        InstallationRow.meter_id,
        InstallationRow.installed_on,
        InstallationRow.removed_on,
        InstallationRow.id,
    )
    for meter_id, start, end, id_ in session.execute(query):
        times[meter_id].append((start, end or date.max, id_))
    for meter_id, own in times.items():
        for (_, end, before), (start, _, after) in pairwise(sorted(own)):
            if start < end:
                yield Finding(
                    "a meter serves one point at a time",
                    f"meter {meter_id}",
                    f"installations {before} and {after} overlap",
                )


def _readings_of_an_installed_meter(session: Session, _today: date) -> Iterator[Finding]:
    """A reading is of a day on which its meter was installed somewhere."""
    inside: ColumnElement[bool] = (
        select(InstallationRow.id)
        .where(
            InstallationRow.meter_id == RegisterRow.meter_id,
            InstallationRow.installed_on <= ReadingRow.taken_on,
            or_(
                InstallationRow.removed_on.is_(None),
                InstallationRow.removed_on >= ReadingRow.taken_on,
            ),
        )
        .exists()
    )
    query = (
        select(ReadingRow.id, MeterRow.serial, ReadingRow.taken_on)
        .join(RegisterRow, RegisterRow.id == ReadingRow.register_id)
        .join(MeterRow, MeterRow.id == RegisterRow.meter_id)
        .where(~inside)
    )
    for id_, serial, day in session.execute(query):
        yield Finding(
            "a reading is of an installed meter",
            f"reading {id_}",
            f"meter {serial} was not installed on {day}",
        )


def _no_reading_of_the_future(session: Session, today: date) -> Iterator[Finding]:
    query = select(ReadingRow.id, ReadingRow.taken_on).where(ReadingRow.taken_on > today)
    for id_, day in session.execute(query):
        what = f"it is of {day}, after today"
        yield Finding("no reading of the future", f"reading {id_}", what)


def _one_active_day(session: Session, _today: date) -> Iterator[Finding]:
    """Each revision of a day of intervals replaces the one before."""
    old = aliased(IntervalDayRow)
    query = (
        select(IntervalDayRow.id)
        .outerjoin(old, old.id == IntervalDayRow.replaces_id)
        .where(IntervalDayRow.revision > 0)
        .where(
            or_(
                old.id.is_(None),
                old.channel_id != IntervalDayRow.channel_id,
                old.day != IntervalDayRow.day,
                old.revision != IntervalDayRow.revision - 1,
            )
        )
    )
    for id_ in session.scalars(query):
        what = "it is a correction that doesn't replace the intervals before it of the same day"
        yield Finding("one active day of a channel", f"intervals {id_}", what)


def _intervals_add_up(session: Session, _today: date) -> Iterator[Finding]:
    """A day of n hours has n hours of intervals, and its total is their sum."""
    query = select(IntervalDayRow, IntervalChannelRow.zone).join(
        IntervalChannelRow, IntervalChannelRow.id == IntervalDayRow.channel_id
    )
    for row, zone in session.execute(query.execution_options(yield_per=5_000)):
        amounts = unpack(row.amounts)
        is_whole = len(amounts) == intervals_in(zone, row.day, row.minutes)
        has_flags = len(row.flags) in (1, len(amounts))
        if not is_whole or not has_flags or Decimal(sum(amounts)).scaleb(-PLACES) != row.total:
            what = f"{len(amounts)} intervals of {row.minutes} minutes don't make the day's total"
            yield Finding("intervals of a day add up", f"intervals {row.id}", what)


def _rows_add_up(session: Session, _today: date) -> Iterator[Finding]:
    """A batch of readings has a reading for accepted rows and never for refused ones alone."""
    rows = select(ReadingRow.batch_id, func.count(func.distinct(ReadingRow.row)).label("rows"))
    kept = rows.where(ReadingRow.batch_id.is_not(None)).group_by(ReadingRow.batch_id).subquery()
    query = (
        select(BatchRow, func.coalesce(kept.c.rows, 0))
        .outerjoin(kept, kept.c.batch_id == BatchRow.id)
        .where(BatchRow.kind == Kind.READINGS)
    )
    for batch, count in session.execute(query):
        if batch.accepted + batch.doubted + batch.refused != batch.rows:
            what = "accepted, doubted and refused rows don't add up to the file's"
            yield Finding("the rows of a batch add up", f"batch {batch.id}", what)
        if count > batch.accepted + batch.doubted:
            what = f"{count} rows gave readings, and {batch.accepted} were accepted"
            yield Finding("the rows of a batch add up", f"batch {batch.id}", what)


def _one_open_order(session: Session, _today: date) -> Iterator[Finding]:
    """A service point has at most one open order of a kind."""
    seen: dict[tuple[int, OrderKind], int] = {}
    for order in orders(session, states=OPEN):
        key = order.service_point_id, order.kind
        if key in seen:
            what = f"orders {seen[key]} and {order.id} to {order.kind} it are both open"
            subject = f"service point {order.service_point_id}"
            yield Finding("one open order of a kind", subject, what)
        seen[key] = order.id


_CHECKS: dict[str, Check] = {
    "one active reading per register and day": _one_active_reading,
    "a meter serves one point at a time": _one_point_at_a_time,
    "a reading is of an installed meter": _readings_of_an_installed_meter,
    "no reading of the future": _no_reading_of_the_future,
    "one active day of a channel": _one_active_day,
    "intervals of a day add up": _intervals_add_up,
    "the rows of a batch add up": _rows_add_up,
    "one open order of a kind": _one_open_order,
}
CHECKS = list(_CHECKS)
"""The names of the checks."""
