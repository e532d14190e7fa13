"""Whether what is kept of a period is still what it was: told without measuring it again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias, cast

from sqlalchemy import BigInteger, Table, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from config.database import in_chunks, plain_rows, with_ids
from meters.period import Period
from meters.tables import (
    InstallationRow,
    IntervalChannelRow,
    MeterRow,
    ReadingRow,
    RegisterRow,
    ServicePointRow,
)

Wanted: TypeAlias = tuple[int, Period]
"""A service point and a period."""
_Rows: TypeAlias = list[tuple[Any, ...]]
_BYTES = 8

_REGISTER, _METER, _INSTALLED, _POINT, _READING, _CHANNEL = (
    cast("Table", table.__table__).c
    for table in (
        RegisterRow,
        MeterRow,
        InstallationRow,
        ServicePointRow,
        ReadingRow,
        IntervalChannelRow,
    )
)
# All that `meters.usage.measure` goes by of a dial, and nothing else.
_DIALS = (
    select(
        _INSTALLED.service_point_id,
        _REGISTER.id,
        _REGISTER.code,
        _REGISTER.digits,
        _METER.serial,
        type_coerce(_INSTALLED.multiplier, BigInteger),
        _INSTALLED.installed_on,
        _INSTALLED.removed_on,
        type_coerce(_POINT.kwh_per_day_max, BigInteger),
    )
    .join(_METER.id.table, _METER.id == _INSTALLED.meter_id)
    .join(_REGISTER.id.table, _REGISTER.meter_id == _METER.id)
    .join(_POINT.id.table, _POINT.id == _INSTALLED.service_point_id)
    .where(with_ids(_INSTALLED.service_point_id))
    .order_by(_INSTALLED.service_point_id, _INSTALLED.installed_on, _REGISTER.id)
)
_READINGS = (
    select(
        _READING.register_id,
        _READING.taken_on,
        _READING.revision,
        type_coerce(_READING.value, BigInteger),
        _READING.kind,
    )
    .where(
        with_ids(_READING.register_id),
        _READING.taken_on.between(bindparam("since"), bindparam("until")),
    )
    .order_by(_READING.register_id, _READING.taken_on, _READING.revision)
)
_METERED = (
    select(_INSTALLED.service_point_id)
    .join(_CHANNEL.id.table, _CHANNEL.meter_id == _INSTALLED.meter_id)
    .where(with_ids(_INSTALLED.service_point_id))
    .distinct()
)


def fingerprints(session: Session, wanted: Collection[Wanted]) -> dict[Wanted, int]:
    """
    Return a number of 64 bits for all that the usage of each point and period is measured by.

    While it is the same, so is the usage; where it is another, the usage has to be measured again
    to know. Points that have intervals get none: theirs are always measured. A number holds in
    one database only, and says nothing in another.
    """
    found: dict[Wanted, int] = {}
    for some in in_chunks(sorted(wanted, key=lambda one: (one[0], one[1].start, one[1].end))):
        points = sorted({point for point, _ in some})
        metered = {point for (point,) in plain_rows(session, _METERED, ids=points)}
        dials: defaultdict[int, _Rows] = defaultdict(list)
        for row in plain_rows(session, _DIALS, ids=points):
            dials[row[0]].append(row)
        readings = _readings(session, [row[1] for own in dials.values() for row in own], some)
        for point, period in some:
            if point not in metered:
                found[point, period] = _fingerprint(dials[point], readings, period)
    return found


def _readings(
    session: Session, register_ids: Sequence[int], wanted: Sequence[Wanted]
) -> dict[int, _Rows]:
    """Return the rows of each register's readings in all of the periods, revisions and all."""
    since = min(period.start for _, period in wanted)
    until = max(period.end for _, period in wanted)
    found: defaultdict[int, _Rows] = defaultdict(list)
    for ids in in_chunks(sorted(set(register_ids))):
        for row in plain_rows(session, _READINGS, ids=ids, since=since, until=until):
            found[row[0]].append(row)
    return found


def _fingerprint(dials: _Rows, readings: dict[int, _Rows], period: Period) -> int:
    taken = [
        (register_id, day.toordinal(), *shown)
        for _, register_id, *_ in dials
        for _, day, *shown in readings.get(register_id, ())
        if period.start <= day <= period.end
    ]
    digest = blake2b(repr((dials, taken)).encode(), digest_size=_BYTES).digest()
    return int.from_bytes(digest, signed=True)
