"""What wasn't read: listed for each route before a bill run, and estimated from its own past."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from config import dated, journal
from config.database import in_chunks, reading
from meters import store
from meters.estimate import Estimate, estimate
from meters.reading import ReadingKind
from meters.readings import (
    NewReading,
    active_readings,
    add_readings,
    by_register,
    dials_in_place,
)
from meters.rules import Rules, parse_rules
from meters.usage import Dial, Readings, complete_days

CHECKS = "policies/checks"
"""The subject of the policy files that say how readings are checked and estimated."""

HISTORY = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Missing:
    """A register that wasn't read, and when it last was."""

    point: store.ServicePoint
    serial: str
    code: str
    last_read_on: date | None


def missing(session: Session, *, route: str | None, since: date, until: date) -> list[Missing]:
    """
    Return the registers of service points that weren't read whole, in walking order.

    :param route: the route's code; none for every service point.
    :param since: the first day that counts, and `until` the last.
    """
    points = _points(session, route)
    found: list[Missing] = []
    for some in in_chunks(points, store.POINTS_AT_ONCE):
        ids = [point.id for point in some]
        dials = dials_in_place(session, ids, until)
        readings = active_readings(session, by_register(dials), since=until - HISTORY, until=until)
        for point in some:
            own = dials.get(point.id, [])
            if not _is_read(own, readings, since, until):
                found += (_missing(point, dial, readings) for dial in own)
    return [one for one in found if one.last_read_on is None or one.last_read_on < since]


def _missing(point: store.ServicePoint, dial: Dial, readings: Readings) -> Missing:
    register = dial.register
    days = [one.taken_on for one in readings.get(register.id, ())]
    return Missing(point, register.serial, str(register.code), max(days, default=None))


def _points(session: Session, route: str | None) -> list[store.ServicePoint]:
    if route is not None:
        return store.points_of_route(session, route)
    found = store.service_points(session, store.point_ids(session)).values()
    return sorted(found, key=lambda one: (one.route_code or "", one.walk_order, one.number))


def _is_read(dials: Sequence[Dial], readings: Readings, since: date, until: date) -> bool:
    return any(since <= day <= until for day in complete_days(dials, readings))


def estimate_missing(
    sessions: sessionmaker[Session],
    *,
    route: str | None,
    day: date,
    by: str,
    now: datetime,
    since: date | None = None,
) -> int:
    """
    Add estimated readings where meters weren't read, and return how many they are.

    A register without enough history of its own isn't estimated.

    :param route: the route's code; none for every service point.
    :param since: a service point that was read whole from this day on isn't estimated; by
        default only one read on the day itself.
    """
    with reading(sessions) as session:
        ids = sorted(point.id for point in _points(session, route))
    count = 0
    for some in in_chunks(ids, store.POINTS_AT_ONCE):
        with sessions.begin() as session:
            policy = dated.in_force(session, CHECKS, day)
            rules = parse_rules(policy.name, policy.table)
            made = list(_estimates(session, some, day, since or day, rules))
            count += add_readings(session, map(_estimated_reading, made))
            if made:
                subject = f"{len(made)} registers on {day}"
                facts = {"route": route, "bases": Counter(str(one.basis) for one in made)}
                journal.note(
                    session, by=by, act="estimate readings", subject=subject, facts=facts, now=now
                )
    return count


def _estimates(
    session: Session, point_ids: Sequence[int], day: date, since: date, rules: Rules
) -> Iterator[Estimate]:
    dials = dials_in_place(session, point_ids, day)
    readings = active_readings(session, by_register(dials), since=day - HISTORY, until=day)
    for own in dials.values():
        if not _is_read(own, readings, since, day):
            yield from _estimates_of(own, readings, day, rules)


def _estimates_of(
    dials: Sequence[Dial], readings: Readings, day: date, rules: Rules
) -> Iterator[Estimate]:
    for dial in dials:
        own = readings.get(dial.register.id, ())
        if all(one.taken_on != day for one in own):
            made = estimate(dial.register, own, day, recent_days=rules.recent_days)
            if made is not None:
                yield made


def _estimated_reading(made: Estimate) -> NewReading:
    return NewReading(made.register_id, made.taken_on, made.value, ReadingKind.ESTIMATED)
