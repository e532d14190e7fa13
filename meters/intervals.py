"""The store's half for intervals: channels of meters, and the days that are kept of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from config.database import add_rows, among, in_chunks, next_ids
from meters.interval import Channel, IntervalDay, pack, unpack
from meters.period import Period
from meters.reading import RegisterCode
from meters.tables import (
    InstallationRow,
    IntervalChannelRow,
    IntervalDayRow,
    MeterRow,
    ServicePointRow,
)
from meters.usage import Stream

_ONE_DAY = timedelta(days=1)
# Rows built in memory before they are written.
_ROWS_AT_ONCE = 20_000
_CODES = {str(code): code for code in RegisterCode}


@dataclass(frozen=True, slots=True)
class Place:
    """A meter at a service point from a day on, until it is removed."""

    meter_id: int
    serial: str
    point: str
    service_point_id: int
    installed_on: date
    removed_on: date | None
    kwh_per_day_max: Decimal

    def is_on(self, day: date) -> bool:
        """Test whether the meter counts on the day; on the day it is removed it doesn't."""
        return self.installed_on <= day and (self.removed_on is None or day < self.removed_on)


class NewChannel(NamedTuple):
    """A channel that a meter's file has, by the mark that the file gives it."""

    meter_id: int
    mark: str
    code: RegisterCode
    zone: str


class NewDay(NamedTuple):
    """A day to be added to a channel; one that corrects another names it, with a reason."""

    channel_id: int
    day: date
    minutes: int
    amounts: Sequence[int]
    flags: str
    batch_id: int | None = None
    row: int | None = None
    replaces: IntervalDay | None = None
    reason: str | None = None


def find_places(
    session: Session,
    *,
    serials: Collection[str] = (),
    points: Collection[str] = (),
    office_ids: Collection[int] = (),
) -> list[Place]:
    """
    Return where meters of these numbers, or at service points of these numbers, are or were.

    :param office_ids: only at service points of these offices; of any if there are none.
    """
    found: dict[tuple[int, date], Place] = {}
    for column, numbers in ((MeterRow.serial, serials), (ServicePointRow.number, points)):
        for some in in_chunks(sorted(numbers)):
            conditions: list[ColumnElement[bool]] = [among(column, some)]
            if office_ids:
                conditions.append(ServicePointRow.office_id.in_(sorted(office_ids)))
            for place in _places(session, conditions):
                found[place.meter_id, place.installed_on] = place
    return list(found.values())


def _places(session: Session, conditions: Iterable[ColumnElement[bool]]) -> Iterable[Place]:
    query = (
        select(
            MeterRow.id,
            MeterRow.serial,
            ServicePointRow.number,
            ServicePointRow.id,
            InstallationRow.installed_on,
            InstallationRow.removed_on,
            ServicePointRow.kwh_per_day_max,
        )
        .join(InstallationRow, InstallationRow.meter_id == MeterRow.id)
        .join(ServicePointRow, ServicePointRow.id == InstallationRow.service_point_id)
        .where(*conditions)
        .order_by(InstallationRow.installed_on, MeterRow.id)
    )
    return (Place(*row) for row in session.execute(query))


def channels_of_meters(session: Session, meter_ids: Collection[int]) -> list[Channel]:
    """Return the channels of meters, in the order of their marks."""
    found = [
        _channel(row, serial)
        for some in in_chunks(sorted(meter_ids))
        for row, serial in session.execute(
            select(IntervalChannelRow, MeterRow.serial)
            .join(MeterRow, MeterRow.id == IntervalChannelRow.meter_id)
            .where(among(IntervalChannelRow.meter_id, some))
        )
    ]
    return sorted(found, key=lambda one: (one.serial, one.mark))


def _channel(row: IntervalChannelRow, serial: str) -> Channel:
    return Channel(row.id, row.meter_id, serial, row.mark, _CODES[row.code], row.zone)


def add_channels(session: Session, channels: Iterable[NewChannel]) -> dict[tuple[int, str], int]:
    """Add the channels that aren't there yet; return the ids of all by meter and mark."""
    wanted = {(one.meter_id, one.mark): one for one in channels}
    kept = channels_of_meters(session, {meter_id for meter_id, _ in wanted})
    ids = {(one.meter_id, one.mark): one.id for one in kept}
    new = [one for key, one in sorted(wanted.items()) if key not in ids]
    fresh = next_ids(session, IntervalChannelRow, len(new))
    rows = [
        {"id": id_, **one._asdict(), "code": one.code.value}
        for id_, one in zip(fresh, new, strict=True)
    ]
    add_rows(session, IntervalChannelRow, rows)
    return ids | {(one.meter_id, one.mark): id_ for id_, one in zip(fresh, new, strict=True)}


def add_days(session: Session, days: Iterable[NewDay]) -> int:
    """Add days, and return how many they are; a second one of a day is refused by the table."""
    count = 0
    rows: list[dict[str, Any]] = []
    for one in days:
        rows.append(_values(one))
        count += 1
        if len(rows) == _ROWS_AT_ONCE:
            add_rows(session, IntervalDayRow, rows)
            rows = []
    add_rows(session, IntervalDayRow, rows)
    return count


def _values(one: NewDay) -> dict[str, Any]:
    old = one.replaces
    return {
        "channel_id": one.channel_id,
        "day": one.day,
        "revision": 0 if old is None else old.revision + 1,
        "minutes": one.minutes,
        "total": Decimal(sum(one.amounts)).scaleb(-6),
        "amounts": pack(one.amounts),
        "flags": one.flags,
        "batch_id": one.batch_id,
        "row": one.row,
        "replaces_id": None if old is None else old.id,
        "reason": one.reason,
    }


def active_days(
    session: Session, channel_ids: Collection[int], period: Period
) -> dict[int, list[IntervalDay]]:
    """Return the days of channels that hold in a period, in their order."""
    query = (
        select(IntervalDayRow)
        .where(IntervalDayRow.day >= period.start, IntervalDayRow.day < period.end)
        .order_by(IntervalDayRow.channel_id, IntervalDayRow.day, IntervalDayRow.revision)
    )
    found: defaultdict[int, list[IntervalDay]] = defaultdict(list)
    for some in in_chunks(sorted(channel_ids)):
        for row in session.scalars(query.where(among(IntervalDayRow.channel_id, some))):
            days = found[row.channel_id]
            # Revisions follow each other, and the newest holds.
            if days and days[-1].day == row.day:
                days.pop()
            days.append(_day(row))
    return dict(found)


def _day(row: IntervalDayRow) -> IntervalDay:
    amounts = unpack(row.amounts)
    return IntervalDay(
        row.channel_id,
        row.day,
        row.minutes,
        amounts,
        row.flags,
        row.id,
        row.revision,
        row.batch_id,
        row.row,
    )


def day_totals(
    session: Session, channel_ids: Collection[int], period: Period
) -> dict[int, dict[date, Decimal]]:
    """Return what passed through channels on each day of a period, without their intervals."""
    columns = IntervalDayRow.channel_id, IntervalDayRow.day, IntervalDayRow.total
    query = (
        select(*columns)
        .where(IntervalDayRow.day >= period.start, IntervalDayRow.day < period.end)
        .order_by(IntervalDayRow.revision)
    )
    found: defaultdict[int, dict[date, Decimal]] = defaultdict(dict)
    for some in in_chunks(sorted(channel_ids)):
        for channel_id, day, total in session.execute(
            query.where(among(IntervalDayRow.channel_id, some))
        ):
            found[channel_id][day] = total
    return dict(found)


def streams_of_points(
    session: Session, point_ids: Collection[int], period: Period
) -> dict[int, list[Stream]]:
    """Return the channels of service points that have a day in a period, with those days."""
    channels = channels_by_point(session, point_ids)
    ids = {channel.id for some in channels.values() for channel, _ in some}
    days = active_days(session, ids, period) if ids else {}
    return {
        point: [
            Stream(channel, place.installed_on, place.removed_on, days[channel.id])
            for channel, place in some
            if channel.id in days
        ]
        for point, some in channels.items()
    }


def last_interval_days(
    session: Session, point_ids: Collection[int], *, until: date
) -> dict[int, date]:
    """Return up to which day every channel of a service point has intervals, if it has any."""
    channels = channels_by_point(session, point_ids)
    ids = sorted({channel.id for some in channels.values() for channel, _ in some})
    query = select(IntervalDayRow.channel_id, func.max(IntervalDayRow.day))
    query = query.where(IntervalDayRow.day < until).group_by(IntervalDayRow.channel_id)
    last: dict[int, date] = {}
    for some in in_chunks(ids):
        last |= {
            id_: day + _ONE_DAY
            for id_, day in session.execute(query.where(among(IntervalDayRow.channel_id, some)))
        }
    return {
        point: min(days)
        for point, some in channels.items()
        if (days := [last[channel.id] for channel, _ in some if channel.id in last])
    }


def monthly_intervals(
    session: Session, point_ids: Collection[int], period: Period
) -> dict[int, list[tuple[date, Decimal]]]:
    """Return what service points drew in each calendar month of which no day is missing."""
    channels = channels_by_point(session, point_ids)
    drawn = {
        point: [channel.id for channel, _ in some if channel.code is RegisterCode.TOTAL]
        for point, some in channels.items()
    }
    ids = {id_ for some in drawn.values() for id_ in some}
    totals = day_totals(session, ids, period) if ids else {}
    return {point: _months([totals.get(id_, {}) for id_ in own]) for point, own in drawn.items()}


def _months(channels: Iterable[Mapping[date, Decimal]]) -> list[tuple[date, Decimal]]:
    sums: defaultdict[date, Decimal] = defaultdict(Decimal)
    for days in channels:
        for day, kwh in days.items():
            sums[day] += kwh
    found: defaultdict[date, list[Decimal]] = defaultdict(list)
    for day, kwh in sums.items():
        found[(day.replace(day=1) + timedelta(days=32)).replace(day=1)].append(kwh)
    return [
        (end, sum(kwhs, Decimal(0)))
        for end, kwhs in sorted(found.items())
        if len(kwhs) == (end - (end - _ONE_DAY).replace(day=1)).days
    ]


def channels_by_point(
    session: Session, point_ids: Collection[int]
) -> dict[int, list[tuple[Channel, Place]]]:
    """Return the channels of each service point, with the time their meters were there."""
    found: defaultdict[int, list[tuple[Channel, Place]]] = defaultdict(list)
    for some in in_chunks(sorted(point_ids)):
        has_channels = MeterRow.id.in_(select(IntervalChannelRow.meter_id))
        places = list(_places(session, [among(ServicePointRow.id, some), has_channels]))
        channels = channels_of_meters(session, {place.meter_id for place in places})
        of_meter: Mapping[int, list[Channel]] = _by_meter(channels)
        for place in places:
            for channel in of_meter[place.meter_id]:
                found[place.service_point_id].append((channel, place))
    return dict(found)


def _by_meter(channels: Iterable[Channel]) -> dict[int, list[Channel]]:
    found: defaultdict[int, list[Channel]] = defaultdict(list)
    for channel in channels:
        found[channel.meter_id].append(channel)
    return found
