"""What a register would show: by its own history in the season or lately, or as others do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise

from meters.reading import EXPORTS, Reading, Register, RegisterCode, shortest

YEAR = timedelta(days=365)
# Fewer days say nothing of a habit.
HISTORY_DAYS_MIN = 14


class Basis(StrEnum):
    """What an estimate rests on."""

    SEASON = "season"
    RECENT = "recent"
    ROUTE = "route"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a register would show on a day, and what that rests on."""

    register_id: int
    taken_on: date
    value: Decimal
    basis: Basis
    per_day: Decimal


def estimate(
    register: Register, readings: Sequence[Reading], day: date, *, recent_days: int
) -> Estimate | None:
    """
    Return what the register would show on a day, or none if its history is too short.

    The daily average of the same days of last year counts before that of recent days. Only
    actual readings make history; the estimate goes on from the newest reading of any kind.
    A demand register is believed to show what it showed last, and so is one of what is fed in:
    nothing is credited before somebody has looked, and then all of it is, whichever way it counts.

    :param readings: active readings before the day, in the order of their days.
    :param recent_days: how far back recent days reach.
    """
    before = [reading for reading in readings if reading.taken_on < day]
    if not before:
        return None
    last = before[-1]
    if register.code is RegisterCode.DEMAND or register.code in EXPORTS:
        return Estimate(register.id, day, last.value, Basis.RECENT, Decimal(0))
    rate, basis = season_use(register, before, last.taken_on, day), Basis.SEASON
    if rate is None:
        rate = recent_use(register, before, since=last.taken_on - timedelta(days=recent_days))
        basis = Basis.RECENT
    return None if rate is None else _going_on(register, last, day, rate, basis)


def estimate_by(
    register: Register,
    readings: Sequence[Reading],
    day: date,
    *,
    kwh_per_day: Decimal,
    basis: Basis,
) -> Estimate | None:
    """
    Return what the register would show on a day if it counts as others do.

    None if it was never read, or counts something else than what is drawn.

    :param kwh_per_day: what others count in a day.
    """
    before = [reading for reading in readings if reading.taken_on < day]
    if not before or not register.counts_consumption:
        return None
    return _going_on(register, before[-1], day, kwh_per_day / register.multiplier, basis)


def _going_on(
    register: Register, last: Reading, day: date, rate: Decimal, basis: Basis
) -> Estimate:
    turned = last.value + rate * (day - last.taken_on).days
    step = Decimal(1).scaleb(-register.decimals)
    value = turned.quantize(step, rounding=ROUND_HALF_UP) % register.span
    return Estimate(register.id, day, value, basis, rate)


def recent_use(
    register: Register, readings: Sequence[Reading], *, since: date | None = None
) -> Decimal | None:
    """
    Return how far the dial turned per day between the first and the last actual reading.

    :param since: readings before it don't count, unless there would be fewer than two left.
    """
    actual = _actual(readings)
    late = [reading for reading in actual if since is None or reading.taken_on >= since]
    used = late if len(late) > 1 else actual[-2:]
    if len(used) < 2:
        return None
    days = (used[-1].taken_on - used[0].taken_on).days
    if days < HISTORY_DAYS_MIN:
        return None
    return _turned(register, used) / days


def season_use(
    register: Register, readings: Sequence[Reading], start: date, end: date
) -> Decimal | None:
    """
    Return how far the dial turned per day in the same days of the year before.

    Between two readings it is taken to have turned evenly. None if the readings don't reach
    over all of those days.
    """
    actual = _actual(readings)
    first, last = start - YEAR, end - YEAR
    if len(actual) < 2 or actual[0].taken_on > first or actual[-1].taken_on < last:
        return None
    turned = _turned_by(register, actual, last) - _turned_by(register, actual, first)
    return turned / max((last - first).days, 1)


def usual_use(
    register: Register, readings: Sequence[Reading], start: date, end: date
) -> tuple[Decimal, Decimal] | None:
    """
    Return what the dial is used to turn in a day, at least and at most: lately, on average, and
    in the season.

    None if its history is too short to tell.
    """
    rates = (
        recent_use(register, readings[-2:]),
        recent_use(register, readings),
        season_use(register, readings, start, end),
    )
    known = [rate for rate in rates if rate is not None]
    return (min(known), max(known)) if known else None


def _actual(readings: Sequence[Reading]) -> list[Reading]:
    return [reading for reading in readings if not reading.is_estimated]


def _turned(register: Register, readings: Sequence[Reading]) -> Decimal:
    return sum((shortest(register, a.value, b.value) for a, b in pairwise(readings)), Decimal(0))


def _turned_by(register: Register, readings: Sequence[Reading], day: date) -> Decimal:
    """Return how far the dial had turned by a day, counted from the first reading."""
    turned = Decimal(0)
    for opening, closing in pairwise(readings):
        way = shortest(register, opening.value, closing.value)
        if closing.taken_on >= day:
            days = (closing.taken_on - opening.taken_on).days
            return turned + way * (day - opening.taken_on).days / days
        turned += way
    return turned
