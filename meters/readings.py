"""The store's lower half: dials, the readings kept of them, and meters by their numbers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import repeat, starmap
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from config.database import add_columns, add_rows, among, in_chunks, plain_rows, with_ids
from meters.formats.raw import Columns
from meters.judge import Meter
from meters.plain import Plain, Shown, Standing
from meters.reading import Reading, ReadingKind, Register, RegisterCode
from meters.tables import (
    InstallationRow,
    MeterRow,
    ReadingRow,
    RegisterRow,
    ServicePointRow,
)
from meters.usage import Dial

_KINDS = {str(kind): kind for kind in ReadingKind}
_CODES = {str(code): code for code in RegisterCode}
# Rows built in memory before they are written.
_ROWS_AT_ONCE = 50_000


# Columns of the table, not of its row's class: what is read by the thousand costs half.
_R = cast("Table", ReadingRow.__table__).c
_ACTIVE = (
    select(
        _R.register_id,
        _R.taken_on,
        _R.value,
        _R.kind,
        _R.id,
        _R.batch_id,
        _R.row,
        _R.revision,
    )
    .where(
        with_ids(_R.register_id),
        _R.taken_on.between(bindparam("since"), bindparam("until")),
    )
    .order_by(_R.register_id, _R.taken_on, _R.revision)
)


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to be added; one that corrects another names it, with a reason."""

    register_id: int
    taken_on: date
    value: Decimal
    kind: ReadingKind = ReadingKind.ACTUAL
    batch_id: int | None = None
    row: int | None = None
    revision: int = 0
    replaces_id: int | None = None
    reason: str | None = None


def add_readings(session: Session, readings: Iterable[NewReading]) -> int:
    """Add readings, and return how many they are; a second one of a day is refused by the table."""
    count = 0
    rows: list[dict[str, Any]] = []
    for reading in readings:
        rows.append(
            {
                "register_id": reading.register_id,
                "taken_on": reading.taken_on,
                "revision": reading.revision,
                "value": reading.value,
                "kind": reading.kind.value,
                "batch_id": reading.batch_id,
                "row": reading.row,
                "replaces_id": reading.replaces_id,
                "reason": reading.reason,
            }
        )
        if len(rows) == _ROWS_AT_ONCE:
            add_rows(session, ReadingRow, rows)
            count += len(rows)
            rows = []
    add_rows(session, ReadingRow, rows)
    return count + len(rows)


def active_readings(
    session: Session,
    register_ids: Collection[int],
    *,
    since: date | None = None,
    until: date | None = None,
) -> dict[int, list[Reading]]:
    """
    Return the readings of registers that hold, in the order of their days.

    :param until: the last day that counts.
    """
    days = {"since": since or date.min, "until": until or date.max}
    found: dict[int, list[Reading]] = {}
    for some in in_chunks(sorted(register_ids)):
        for register_id, taken_on, value, kind, *more in plain_rows(
            session, _ACTIVE, ids=some, **days
        ):
            readings = found.setdefault(register_id, [])
            # Revisions follow each other, and the newest holds.
            if readings and readings[-1].taken_on == taken_on:
                readings.pop()
            readings.append(Reading(register_id, taken_on, value, _KINDS[kind], *more))
    return found


def standings(
    session: Session, serials: Collection[str], *, office_ids: Collection[int] = ()
) -> Iterator[Standing]:
    """
    Yield the registers of the meters that have these numbers, one for every installation.

    :param office_ids: as in `find_meters`.
    """
    query = (
        select(
            MeterRow.serial,
            RegisterRow.id,
            RegisterRow.code,
            RegisterRow.digits,
            RegisterRow.decimals,
            type_coerce(InstallationRow.multiplier, BigInteger),
            InstallationRow.installed_on,
            InstallationRow.removed_on,
            type_coerce(ServicePointRow.kwh_per_day_max, BigInteger),
        )
        .join(RegisterRow, RegisterRow.meter_id == MeterRow.id)
        .join(InstallationRow, InstallationRow.meter_id == MeterRow.id)
        .join(ServicePointRow, ServicePointRow.id == InstallationRow.service_point_id)
        .where(among(MeterRow.serial, serials))
    )
    if office_ids:
        query = query.where(ServicePointRow.office_id.in_(sorted(office_ids)))
    yield from starmap(Standing, plain_rows(session, query))


def newest_shown(
    session: Session, register_ids: Collection[int], *, since: date
) -> dict[int, list[Shown]]:
    """Return the active readings of registers from a day on, in the order of their days."""
    query = (
        select(
            ReadingRow.register_id,
            ReadingRow.taken_on,
            ReadingRow.revision,
            type_coerce(ReadingRow.value, BigInteger),
            ReadingRow.kind,
        )
        .where(among(ReadingRow.register_id, register_ids))
        .where(ReadingRow.taken_on >= since)
        .order_by(ReadingRow.register_id, ReadingRow.taken_on, ReadingRow.revision)
    )
    found: dict[int, list[Shown]] = {}
    for row in starmap(Shown, plain_rows(session, query)):
        shown = found.get(row[0])
        if shown is None:
            found[row[0]] = [row]
        elif shown[-1][1] == row[1]:
            shown[-1] = row  # A later revision of the day.
        else:
            shown.append(row)
    return found


def add_plain(session: Session, readings: Columns, plain: Plain, *, batch_id: int | None) -> None:
    """Add readings of a table that are new."""
    places = plain.places
    columns: dict[str, Iterable[Any]] = {
        "register_id": plain.register_ids,
        "taken_on": map(readings.days.__getitem__, places),
        "revision": repeat(0),
        "value": map(readings.values.__getitem__, places),
        "kind": map(str, map(readings.kinds.__getitem__, places)),
        "batch_id": repeat(batch_id),
        "row": map(readings.rows.__getitem__, places),
    }
    add_columns(session, ReadingRow, columns, len(places))


def last_actual_days(
    session: Session, register_ids: Collection[int], *, until: date
) -> dict[int, date]:
    """Return the newest day on which somebody looked at each register, up to a day."""
    query = (
        select(ReadingRow.register_id, func.max(ReadingRow.taken_on))
        .where(ReadingRow.kind != ReadingKind.ESTIMATED.value, ReadingRow.taken_on <= until)
        .group_by(ReadingRow.register_id)
    )
    found: dict[int, date] = {}
    for some in in_chunks(sorted(register_ids)):
        rows = session.execute(query.where(among(ReadingRow.register_id, some)))
        found |= {id_: day for id_, day in rows}  # noqa: C416
    return found


def revisions(session: Session, register_id: int, day: date) -> list[tuple[Reading, str | None]]:
    """Return every reading of a register on a day, the replaced ones too, with their reasons."""
    query = (
        select(ReadingRow)
        .where(ReadingRow.register_id == register_id, ReadingRow.taken_on == day)
        .order_by(ReadingRow.revision)
    )
    return [(_reading(row), row.reason) for row in session.scalars(query)]


def dials_of_points(session: Session, point_ids: Collection[int]) -> dict[int, list[Dial]]:
    """Return the dials of each service point, of every meter ever installed there."""
    found: dict[int, list[Dial]] = defaultdict(list)
    for some in in_chunks(sorted(point_ids)):
        for dial, _ in _dials(session, among(InstallationRow.service_point_id, some)):
            found[dial.register.service_point_id].append(dial)
    return found


def dials_of_registers(session: Session, register_ids: Collection[int]) -> dict[int, list[Dial]]:
    """Return the dials of each register, one for every installation of its meter."""
    found: dict[int, list[Dial]] = defaultdict(list)
    for some in in_chunks(sorted(register_ids)):
        for dial, _ in _dials(session, among(RegisterRow.id, some)):
            found[dial.register.id].append(dial)
    return found


def find_meters(
    session: Session, serials: Collection[str], *, office_ids: Collection[int] = ()
) -> dict[str, Meter]:
    """
    Return the meters that have these numbers.

    :param office_ids: only meters at service points of these offices; of any if there are none.
    """
    found: dict[str, list[tuple[Dial, tuple[str, str]]]] = defaultdict(list)
    for some in in_chunks(sorted(serials)):
        conditions: list[ColumnElement[bool]] = [among(MeterRow.serial, some)]
        if office_ids:
            conditions.append(ServicePointRow.office_id.in_(sorted(office_ids)))
        for dial, names in _dials(session, *conditions):
            found[dial.register.serial].append((dial, names))
    return {serial: _meter(serial, dials) for serial, dials in found.items()}


def _dials(
    session: Session, *conditions: ColumnElement[bool]
) -> Iterable[tuple[Dial, tuple[str, str]]]:
    """Yield dials, each with its register's mark and the number of its service point."""
    for row in plain_rows(session, _dial_query().where(*conditions)):
        register_id, code, mark, digits, decimals, *rest = row
        meter_id, serial, point_id, multiplier, installed_on, removed_on, most, number = rest
        register = Register(
            register_id, meter_id, serial, _CODES[code], digits, decimals, point_id, multiplier
        )
        yield Dial(register, installed_on, removed_on, most), (mark, number)


def _dial_query() -> Select[*tuple[Any, ...]]:
    register, meter, installed, point = (
        cast("Table", table.__table__)
        for table in (RegisterRow, MeterRow, InstallationRow, ServicePointRow)
    )
    return (
        select(
            register.c.id,
            register.c.code,
            register.c.mark,
            register.c.digits,
            register.c.decimals,
            meter.c.id,
            meter.c.serial,
            installed.c.service_point_id,
            installed.c.multiplier,
            installed.c.installed_on,
            installed.c.removed_on,
            point.c.kwh_per_day_max,
            point.c.number,
        )
        .select_from(register)
        .join(meter, meter.c.id == register.c.meter_id)
        .join(installed, installed.c.meter_id == meter.c.id)
        .join(point, point.c.id == installed.c.service_point_id)
        .order_by(installed.c.installed_on, meter.c.id, register.c.id)
    )


def _meter(serial: str, dials: Sequence[tuple[Dial, tuple[str, str]]]) -> Meter:
    by_code: dict[RegisterCode, list[Dial]] = {}
    marks: dict[str, RegisterCode] = {}
    for dial, (mark, _) in dials:
        by_code.setdefault(dial.register.code, []).append(dial)
        if mark:
            marks[mark] = dial.register.code
    points = frozenset(number for _, (_, number) in dials)
    return Meter(dials[0][0].register.meter_id, serial, by_code, marks, points)


def _reading(row: ReadingRow) -> Reading:
    return Reading(
        row.register_id,
        row.taken_on,
        row.value,
        _KINDS[row.kind],
        row.id,
        row.batch_id,
        row.row,
        row.revision,
    )


def dials_in_place(
    session: Session, point_ids: Collection[int], day: date
) -> dict[int, list[Dial]]:
    """Return the dials that are in place at each service point on a day."""
    return {
        point: [dial for dial in some if dial.is_in_place(day)]
        for point, some in dials_of_points(session, point_ids).items()
    }


def by_register(dials: Mapping[int, Sequence[Dial]]) -> set[int]:
    """Return the ids of the registers that the dials belong to."""
    return {dial.register.id for some in dials.values() for dial in some}
