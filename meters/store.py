"""The meters room's way to its rows: sets of values in, sets of values out, never a commit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.database import add_rows, among, in_chunks, next_ids
from meters.fingerprint import fingerprints
from meters.intervals import last_interval_days, monthly_intervals, streams_of_points
from meters.period import Period
from meters.point import NewMeter, NewRegister, NewServicePoint, Route, ServicePoint
from meters.reading import ReadingKind, Usage, plain
from meters.readings import (
    NewReading,
    active_readings,
    add_readings,
    by_register,
    dials_of_points,
)
from meters.tables import (
    InstallationRow,
    MeterRow,
    PremiseRow,
    ReadingRow,
    RegisterRow,
    RouteRow,
    ServicePointRow,
)
from meters.usage import Openings, UsageProblem, complete_days, kwh_by_day, measure

__all__ = (
    "POINTS_AT_ONCE",
    "NewMeter",
    "NewRegister",
    "NewServicePoint",
    "Route",
    "ServicePoint",
    "TakenError",
    "add_service_points",
    "digest_of",
    "find_points",
    "find_service_points",
    "fingerprints",
    "install_again",
    "install_meters",
    "last_reading_days",
    "meter_ids",
    "monthly_kwh",
    "point_ids",
    "points_of_route",
    "remove_meters",
    "routes",
    "service_points",
    "usage_of",
)

POINTS_AT_ONCE = 2_000
# How far back the newest complete reading is looked for: nearly always in the first, last of all
# everywhere.
_WINDOWS = (timedelta(days=100), timedelta(days=400), None)


class TakenError(Exception):
    """A number is in use already; the text names all of them."""


def routes(session: Session) -> list[Route]:
    """Return every route in the order of its code."""
    rows = session.scalars(select(RouteRow))
    found = [Route(row.id, row.code, row.name, row.office_id) for row in rows]
    return sorted(found, key=lambda route: route.code)


def service_points(session: Session, ids: Collection[int]) -> dict[int, ServicePoint]:
    """Return service points by their ids."""
    return {
        point.id: point
        for some in in_chunks(sorted(ids))
        for point in _points(session, among(ServicePointRow.id, some))
    }


def find_service_points(session: Session, numbers: Collection[str]) -> dict[str, ServicePoint]:
    """Return the service points that have these numbers."""
    return {
        point.number: point
        for some in in_chunks(sorted(numbers))
        for point in _points(session, among(ServicePointRow.number, some))
    }


def points_of_route(session: Session, code: str) -> list[ServicePoint]:
    """Return a route's service points in walking order."""
    found = _points(session, RouteRow.code == code)
    return sorted(found, key=lambda point: (point.walk_order, point.number))


def find_points(session: Session, text: str) -> list[int]:
    """Return the ids of the service points that a point's or a meter's number means."""
    of_point = select(ServicePointRow.id).where(ServicePointRow.number == text)
    of_meter = (
        select(InstallationRow.service_point_id)
        .join(MeterRow, MeterRow.id == InstallationRow.meter_id)
        .where(MeterRow.serial == text)
    )
    return sorted({*session.scalars(of_point), *session.scalars(of_meter)})


def point_ids(session: Session) -> list[int]:
    """Return the ids of every service point, in order."""
    return list(session.scalars(select(ServicePointRow.id).order_by(ServicePointRow.id)))


def _points(session: Session, condition: object) -> Iterable[ServicePoint]:
    query = (
        select(ServicePointRow, PremiseRow.address, RouteRow.code)
        .join(PremiseRow, PremiseRow.id == ServicePointRow.premise_id)
        .outerjoin(RouteRow, RouteRow.id == ServicePointRow.route_id)
        .where(condition)  # type: ignore[arg-type]
    )
    for row, address, code in session.execute(query):
        yield ServicePoint(
            row.id,
            row.number,
            address,
            code,
            row.walk_order,
            row.office_id,
            row.kwh_per_day_max,
        )


def add_service_points(session: Session, points: Sequence[NewServicePoint]) -> dict[str, int]:
    """
    Add service points with their premises and routes, and return their ids by number.

    :raises TakenError: if a number is in use.
    """
    taken = find_service_points(session, [point.number for point in points])
    if taken:
        raise TakenError(f"service points {', '.join(sorted(taken))} are there already")
    route_ids = _route_ids(session, points)
    premise_ids = next_ids(session, PremiseRow, len(points))
    ids = next_ids(session, ServicePointRow, len(points))
    add_rows(
        session,
        PremiseRow,
        [
            {"id": premise_id, "address": point.address}
            for premise_id, point in zip(premise_ids, points, strict=True)
        ],
    )
    add_rows(
        session,
        ServicePointRow,
        [
            {
                "id": point_id,
                "number": point.number,
                "premise_id": premise_id,
                "route_id": None if point.route_code is None else route_ids[point.route_code],
                "walk_order": point.walk_order,
                "office_id": point.office_id,
                "kwh_per_day_max": point.kwh_per_day_max,
            }
            for point_id, premise_id, point in zip(ids, premise_ids, points, strict=True)
        ],
    )
    return {point.number: point_id for point_id, point in zip(ids, points, strict=True)}


def _route_ids(session: Session, points: Sequence[NewServicePoint]) -> dict[str, int]:
    """Return the ids of the points' routes, adding those that are new."""
    offices = {point.route_code: point.office_id for point in points if point.route_code}
    known = {route.code: route.id for route in routes(session)}
    new = sorted(set(offices) - set(known))
    ids = next_ids(session, RouteRow, len(new))
    rows = [
        {"id": route_id, "code": code, "name": code, "office_id": offices[code]}
        for route_id, code in zip(ids, new, strict=True)
    ]
    add_rows(session, RouteRow, rows)
    return known | dict(zip(new, ids, strict=True))


def meter_ids(session: Session, serials: Collection[str]) -> dict[str, int]:
    """Return the ids of the meters that have these numbers."""
    return {
        serial: meter_id
        for some in in_chunks(sorted(serials))
        for serial, meter_id in session.execute(
            select(MeterRow.serial, MeterRow.id).where(among(MeterRow.serial, some))
        )
    }


def install_meters(session: Session, meters: Sequence[NewMeter]) -> dict[str, int]:
    """
    Add meters that are new to the house, each installed and with its opening readings.

    Returns their ids by serial number.

    :raises TakenError: if a serial number is in use.
    """
    counts = Counter(meter.serial for meter in meters)
    taken = {serial for serial, count in counts.items() if count > 1} | set(
        meter_ids(session, counts)
    )
    if taken:
        raise TakenError(f"meters {', '.join(sorted(taken))} are there already")
    ids = next_ids(session, MeterRow, len(meters))
    pairs = list(zip(ids, meters, strict=True))
    add_rows(session, MeterRow, [{"id": id_, "serial": meter.serial} for id_, meter in pairs])
    add_rows(
        session,
        InstallationRow,
        [
            {
                "service_point_id": meter.service_point_id,
                "meter_id": meter_id,
                "installed_on": meter.installed_on,
                "removed_on": None,
                "multiplier": meter.multiplier,
            }
            for meter_id, meter in pairs
        ],
    )
    _add_registers(session, pairs)
    return {meter.serial: meter_id for meter_id, meter in pairs}


def _add_registers(session: Session, meters: Sequence[tuple[int, NewMeter]]) -> None:
    registers = [
        (meter_id, meter, register) for meter_id, meter in meters for register in meter.registers
    ]
    ids = next_ids(session, RegisterRow, len(registers))
    add_rows(
        session,
        RegisterRow,
        [
            {
                "id": register_id,
                "meter_id": meter_id,
                "code": register.code.value,
                "mark": register.mark,
                "digits": register.digits,
                "decimals": register.decimals,
            }
            for register_id, (meter_id, _, register) in zip(ids, registers, strict=True)
        ],
    )
    add_readings(
        session,
        (
            NewReading(
                register_id,
                meter.installed_on,
                register.opening,
                ReadingKind.ACTUAL,
                meter.batch_id,
                meter.row,
            )
            for register_id, (_, meter, register) in zip(ids, registers, strict=True)
        ),
    )


def install_again(
    session: Session, installations: Sequence[tuple[int, int, date, Decimal]]
) -> None:
    """Let meters that were removed count again: each id, the point, from when, the multiplier."""
    names = ("meter_id", "service_point_id", "installed_on", "multiplier")
    rows = [dict(zip(names, one, strict=True)) | {"removed_on": None} for one in installations]
    add_rows(session, InstallationRow, rows)


def remove_meters(session: Session, removed_on: Mapping[int, date]) -> None:
    """End the installation in which each meter is in place, on the day given for its id."""
    for meter_id, day in removed_on.items():
        session.execute(
            update(InstallationRow)
            .where(InstallationRow.meter_id == meter_id, InstallationRow.removed_on.is_(None))
            .values(removed_on=day)
        )


def last_reading_days(
    session: Session, point_ids: Collection[int], *, until: date
) -> dict[int, date]:
    """
    Return the newest day on which every register then in place was read, up to a day.

    A service point that has no such day isn't in the answer.
    """
    found: dict[int, date] = {}
    for some in in_chunks(sorted(point_ids), POINTS_AT_ONCE):
        dials = dials_of_points(session, some)
        for window in _WINDOWS:
            open_ones = {point: dials[point] for point in some if point not in found}
            since = None if window is None else until - window
            readings = active_readings(session, by_register(open_ones), since=since, until=until)
            for point, own in open_ones.items():
                days = complete_days(own, readings)
                if days:
                    found[point] = days[-1]
        for point, day in last_interval_days(session, some, until=until).items():
            found[point] = max(day, found.get(point, day))
    return found


def usage_of(
    session: Session,
    wanted: Collection[tuple[int, Period]],
    openings: Mapping[tuple[int, Period], Openings] = MappingProxyType({}),
) -> dict[tuple[int, Period], Usage | UsageProblem]:
    """
    Return the usage of each service point in its period, or why it can't be told.

    :param openings: readings that periods go on from, in the place of the dials' of that day.
    """
    periods: dict[int, list[Period]] = defaultdict(list)
    for point, period in wanted:
        periods[point].append(period)
    found: dict[tuple[int, Period], Usage | UsageProblem] = {}
    for some in in_chunks(sorted(periods), POINTS_AT_ONCE):
        whole = Period(
            min(period.start for point in some for period in periods[point]),
            max(period.end for point in some for period in periods[point]),
        )
        dials = dials_of_points(session, some)
        readings = active_readings(
            session,
            by_register(dials),
            since=whole.start,
            until=whole.end,
        )
        streams = streams_of_points(session, some, whole)
        for point in some:
            own, of_intervals = dials.get(point, ()), streams.get(point, ())
            for period in periods[point]:
                begun = openings.get((point, period), MappingProxyType({}))
                found[point, period] = measure(point, period, own, readings, of_intervals, begun)
    return found


def monthly_kwh(
    session: Session, point_ids: Collection[int], *, since: date, until: date
) -> dict[int, list[tuple[date, Decimal]]]:
    """
    Return the energy drawn from one complete reading to the next, by the day of the later one.

    Days are those from `since` to `until`, both counted. A period of which the usage can't be
    told is left out.
    """
    found: dict[int, list[tuple[date, Decimal]]] = {}
    for some in in_chunks(sorted(point_ids), POINTS_AT_ONCE):
        dials = dials_of_points(session, some)
        readings = active_readings(
            session, by_register(dials), since=since - _WINDOWS[0], until=until
        )
        for point in some:
            months = kwh_by_day(point, dials.get(point, ()), readings)
            found[point] = [(day, kwh) for day, kwh in months if since <= day]
        metered = monthly_intervals(session, some, Period(since - _WINDOWS[0], until))
        for point, months in metered.items():
            found[point] = found[point] or [(day, kwh) for day, kwh in months if since <= day]
    return found


def digest_of(session: Session) -> str:
    """
    Return a digest of every reading ever kept, without the database's own numbers.

    Equal readings give equal digests on every database, whatever the order they came in.
    """
    query = select(
        MeterRow.serial,
        RegisterRow.code,
        ReadingRow.taken_on,
        ReadingRow.revision,
        ReadingRow.value,
        ReadingRow.kind,
    ).where(ReadingRow.register_id == RegisterRow.id, RegisterRow.meter_id == MeterRow.id)
    total = 0
    for serial, code, day, revision, value, kind in session.execute(
        query.execution_options(yield_per=10_000)
    ):
        line = f"{serial}\t{code}\t{day}\t{revision}\t{plain(value)}\t{kind}"
        # Databases sort texts in different orders; a sum doesn't care.
        total += int.from_bytes(sha256(line.encode()).digest())
    return f"{total % 2**256:064x}"
