"""What wasn't read: listed for each route before a bill run, and estimated from its own past."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

from config import dated, journal
from config.database import in_chunks, reading
from meters import store
from meters.estimate import Basis, Estimate, estimate, estimate_by, recent_use
from meters.intervals import last_interval_days
from meters.reading import ReadingKind, RegisterCode
from meters.readings import (
    NewReading,
    active_readings,
    add_readings,
    by_register,
    dials_in_place,
    last_actual_days,
)
from meters.rules import Rules, parse_rules
from meters.usage import Dial, Readings, complete_days

CHECKS = "policies/checks"
"""The subject of the policy files that say how readings are checked and estimated."""

HISTORY = timedelta(days=800)
# So many read registers of a route tell how much is used along it.
_NEIGHBORS_MIN = 3


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
        metered = last_interval_days(session, ids, until=until)
        for point in some:
            own = dials.get(point.id, [])
            is_metered = metered.get(point.id, date.min) >= since
            if not is_metered and not _is_read(own, readings, since, until):
                found += (_missing(point, dial, readings) for dial in own)
    return [one for one in found if one.last_read_on is None or one.last_read_on < since]


def unread(
    session: Session, *, route: str | None, today: date, days_max: int | None = None
) -> list[Missing]:
    """
    Return the registers that nobody has looked at for too long, in walking order.

    Estimates don't count: this is the alarm of a prolonged estimation.

    :param days_max: how many days are too long; by default as the policy of checks says.
    """
    if days_max is None:
        policy = dated.in_force(session, CHECKS, today)
        days_max = parse_rules(policy.name, policy.table).unread_days_max
    since = today - timedelta(days=days_max)
    found: list[Missing] = []
    for some in in_chunks(_points(session, route), store.POINTS_AT_ONCE):
        ids = [point.id for point in some]
        dials = dials_in_place(session, ids, today)
        newest = last_actual_days(session, by_register(dials), until=today)
        metered = last_interval_days(session, ids, until=today)
        for point in some:
            if metered.get(point.id, date.min) < since:
                for dial in dials.get(point.id, ()):
                    last = newest.get(dial.register.id)
                    if last is None or last < since:
                        register = dial.register
                        found.append(Missing(point, register.serial, str(register.code), last))
    return found


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
    classes: Mapping[int, str] | None = None,
) -> int:
    """
    Add estimated readings where meters weren't read, and return how many they are.

    A register without enough history of its own is taken to count as those that were read on its
    route do, or else by the profile of its class; without either it isn't estimated.

    :param route: the route's code; none for every service point.
    :param since: a service point that was read whole from this day on isn't estimated; by
        default only one read on the day itself.
    :param classes: the class of the supply at each service point.
    """
    with reading(sessions) as session:
        ids = sorted(point.id for point in _points(session, route))
    count = 0
    for some in in_chunks(ids, store.POINTS_AT_ONCE):
        with sessions.begin() as session:
            policy = dated.in_force(session, CHECKS, day)
            rules = parse_rules(policy.name, policy.table)
            made = list(_estimates(session, some, day, since or day, rules, classes or {}))
            count += add_readings(session, map(_estimated_reading, made))
            if made:
                subject = f"{len(made)} registers on {day}"
                facts = {"route": route, "bases": Counter(str(one.basis) for one in made)}
                journal.note(
                    session, by=by, act="estimate readings", subject=subject, facts=facts, now=now
                )
    return count


def _estimates(
    session: Session,
    point_ids: Sequence[int],
    day: date,
    since: date,
    rules: Rules,
    classes: Mapping[int, str],
) -> Iterator[Estimate]:
    dials = dials_in_place(session, point_ids, day)
    readings = active_readings(session, by_register(dials), since=day - HISTORY, until=day)
    wanting: list[tuple[int, Dial]] = []
    for point, own in dials.items():
        if _is_read(own, readings, since, day):
            continue
        for dial in own:
            known = readings.get(dial.register.id, ())
            if any(one.taken_on == day for one in known):
                continue
            made = estimate(dial.register, known, day, recent_days=rules.recent_days)
            if made is None:
                wanting.append((point, dial))
            else:
                yield made
    if wanting:
        recently = day - timedelta(days=rules.recent_days)
        others = _others(session, dials, readings, since=recently, rules=rules, classes=classes)
        yield from _as_others(wanting, others, readings, day)


@dataclass(frozen=True, slots=True)
class _Others:
    """What others use: those of a class along each route by register, and each class of supply."""

    routes: Mapping[int, str | None]
    rates: Mapping[tuple[str | None, str, RegisterCode], Sequence[Decimal]]
    classes: Mapping[int, str]
    profiles: Mapping[str, Sequence[Decimal]]

    def kwh_per_day(
        self, point: int, code: RegisterCode, day: date
    ) -> tuple[Decimal, Basis] | None:
        """Return what a register is taken to count in a day, and what that rests on, or none."""
        rates = self.rates.get((self.routes[point], self.classes.get(point, ""), code), ())
        if self.routes[point] is not None and len(rates) >= _NEIGHBORS_MIN:
            return sum(rates, Decimal(0)) / len(rates), Basis.ROUTE
        profile = self.profiles.get(self.classes.get(point, ""))
        if profile is None or code is not RegisterCode.TOTAL:
            return None
        return profile[day.month - 1], Basis.PROFILE


def _others(
    session: Session,
    dials: Mapping[int, Sequence[Dial]],
    readings: Readings,
    *,
    since: date,
    rules: Rules,
    classes: Mapping[int, str],
) -> _Others:
    points = store.service_points(session, list(dials))
    routes = {id_: one.route_code for id_, one in points.items()}
    rates: defaultdict[tuple[str | None, str, RegisterCode], list[Decimal]] = defaultdict(list)
    for point, own in dials.items():
        for dial in own:
            register = dial.register
            rate = recent_use(register, readings.get(register.id, ()), since=since)
            if rate is not None:
                rates[routes[point], classes.get(point, ""), register.code].append(
                    rate * register.multiplier
                )
    return _Others(routes, rates, classes, rules.profiles)


def _as_others(
    wanting: Sequence[tuple[int, Dial]], others: _Others, readings: Readings, day: date
) -> Iterator[Estimate]:
    """Yield estimates of registers without a history: by their route, or by their class."""
    for point, dial in wanting:
        register = dial.register
        found = others.kwh_per_day(point, register.code, day)
        # A household between factories doesn't draw what its connection can't carry.
        if found is not None and found[0] <= dial.kwh_per_day_max:
            known = readings.get(register.id, ())
            kwh, basis = found
            made = estimate_by(register, known, day, kwh_per_day=kwh, basis=basis)
            if made is not None:
                yield made


def _estimated_reading(made: Estimate) -> NewReading:
    return NewReading(made.register_id, made.taken_on, made.value, ReadingKind.ESTIMATED)
