"""From the readings of a service point's registers to its usage in a period."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from meters.interval import Channel, IntervalDay, Series
from meters.period import Period
from meters.reading import (
    ImplausibleUsageError,
    Part,
    Reading,
    Register,
    RegisterCode,
    Usage,
    plain,
    usage_between,
)

MISSING_READING = "missing_reading"


class Dial(NamedTuple):
    """A register during one installation of its meter, and what is believable there."""

    register: Register
    installed_on: date
    removed_on: date | None
    kwh_per_day_max: Decimal

    def is_in_place(self, day: date) -> bool:
        """Test whether the meter counts from this day on; on the day it is removed it doesn't."""
        return self.installed_on <= day and (self.removed_on is None or day < self.removed_on)

    def may_be_read(self, day: date) -> bool:
        """Test whether the meter could be read on the day; the day it is removed is the last."""
        return self.installed_on <= day and (self.removed_on is None or day <= self.removed_on)


@dataclass(frozen=True, slots=True)
class Stream:
    """A channel during one installation of its meter, and the days that are kept of it."""

    channel: Channel
    installed_on: date
    removed_on: date | None
    days: Sequence[IntervalDay]


@dataclass(frozen=True, slots=True)
class UsageProblem:
    """Why the usage of a period can't be told, and what would help."""

    code: str
    message: str
    remedy: str


Readings = Mapping[int, Sequence[Reading]]
"""The active readings of each register by its id, in the order of their days."""
Openings = Mapping[tuple[str, RegisterCode], Reading]
"""Readings that a period goes on from, whatever the dials show that day, by meter and register."""


def measure(
    service_point_id: int,
    period: Period,
    dials: Sequence[Dial],
    readings: Readings,
    streams: Sequence[Stream] = (),
    openings: Openings = MappingProxyType({}),
) -> Usage | UsageProblem:
    """
    Return what was used at a service point in a period, or why it can't be told.

    Each register is read where the period begins or its meter was installed, and where the
    period ends or its meter was removed; so an exchange inside the period loses nothing. What a
    meter has as intervals counts if no interval is missing, and its registers bear witness.
    """
    series, gaps = _series(streams, period)
    by_intervals = {one.serial for one in series}
    parts: list[Part] = []
    for dial in dials:
        inside = _time_of(dial.installed_on, dial.removed_on, period)
        if inside is None:
            continue
        found = _part(dial, inside, _known(dial.register, inside.start, readings, openings))
        if not isinstance(found, UsageProblem):
            parts.append(found)
        elif found.code != MISSING_READING or dial.register.serial not in by_intervals:
            return gaps.get(dial.register.serial, found)
    read = {part.serial for part in parts}
    unknown = [problem for serial, problem in gaps.items() if serial not in read]
    differs = [problem for one in parts if (problem := _witness(one, series)) is not None]
    if unknown or differs:
        return (*unknown, *differs)[0]
    if not parts and not series:
        return UsageProblem(
            "no_meter",
            f"no meter was installed at the service point in {period}",
            "install a meter with its opening reading, or end the supply",
        )
    return Usage(service_point_id, period, tuple(parts), series)


def _series(
    streams: Sequence[Stream], period: Period
) -> tuple[tuple[Series, ...], dict[str, UsageProblem]]:
    """
    Return what meters have as intervals in a period, and what they lack, by their numbers.

    A meter is left to its registers if a channel of it lacks an interval.
    """
    whole: list[Series] = []
    gaps: dict[str, UsageProblem] = {}
    for stream in streams:
        inside = _time_of(stream.installed_on, stream.removed_on, period)
        if inside is None:
            continue
        channel = stream.channel
        days = tuple(one for one in stream.days if one.day in inside)
        missing = inside.days - len(days) + sum(one.missing > 0 for one in days)
        if missing:
            gaps[channel.serial] = _gap(channel, days, inside, missing)
        else:
            whole.append(Series(channel.code, channel.serial, channel.mark, channel.zone, days))
    return tuple(one for one in whole if one.serial not in gaps), gaps


def _gap(
    channel: Channel, days: Sequence[IntervalDay], inside: Period, missing: int
) -> UsageProblem:
    known = {one.day for one in days if not one.missing}
    first = next(
        day for at in range(inside.days) if (day := inside.start + timedelta(at)) not in known
    )
    return UsageProblem(
        MISSING_READING,
        f"meter {channel.serial} channel {channel.mark} lacks intervals on {missing} days of "
        f"{inside}, first on {first}",
        "take in the intervals that are missing",
    )


def _witness(part: Part, series: Sequence[Series]) -> UsageProblem | None:
    """
    Return how a register contradicts the intervals of its meter, or none if it doesn't.

    A reading has a day and no time: it may have been taken at either end of it.
    """
    if part.code not in (RegisterCode.TOTAL, RegisterCode.EXPORT):
        return None
    own = [one for one in series if one.serial == part.serial and one.code is part.code]
    if not own or part.opening.is_estimated or part.closing.is_estimated:
        return None
    counted = sum((one.kwh for one in own), Decimal(0))
    a_day = sum((max(day.total for day in one.days) for one in own), Decimal(0))
    if abs(counted - part.kwh) <= 2 * (a_day + part.multiplier):
        return None
    return UsageProblem(
        "intervals_differ",
        f"meter {part.serial} has {plain(counted)} kWh as intervals from {part.opening.taken_on} "
        f"to {part.closing.taken_on}, and its register went on by {plain(part.kwh)}",
        "find out which is right: the multiplier, a reading, or the file of intervals",
    )


def _time_of(installed_on: date, removed_on: date | None, period: Period) -> Period | None:
    """Return the part of the period in which the meter counted."""
    end = period.end if removed_on is None else min(removed_on, period.end)
    start = max(installed_on, period.start)
    return Period(start, end) if start < end else None


def _known(
    register: Register, start: date, readings: Readings, openings: Openings
) -> dict[date, Reading]:
    known = {reading.taken_on: reading for reading in readings.get(register.id, ())}
    opening = openings.get((register.serial, register.code))
    if opening is not None and opening.taken_on == start:
        known[start] = opening._replace(register_id=register.id)
    return known


def _part(dial: Dial, inside: Period, known: Mapping[date, Reading]) -> Part | UsageProblem:
    for day in (inside.start, inside.end):
        if day not in known:
            return UsageProblem(
                MISSING_READING,
                f"{dial.register} has no reading on {day}",
                "settle its doubted reading if there is one, take one in, or let it be estimated",
            )
    # Actual readings on the way tell how often the dial went past zero; estimates don't.
    between = [
        reading
        for reading in known.values()
        if inside.start < reading.taken_on < inside.end and not reading.is_estimated
    ]
    try:
        return _chain(dial, [known[inside.start], *between, known[inside.end]])
    except ImplausibleUsageError as problem:
        return UsageProblem(
            "implausible_usage", str(problem), "correct the reading that is wrong, with a reason"
        )


def _chain(dial: Dial, readings: Sequence[Reading]) -> Part:
    most = dial.kwh_per_day_max
    steps = [
        usage_between(dial.register, opening, closing, kwh_per_day_max=most)
        for opening, closing in pairwise(readings)
    ]
    amounts = [step.kwh for step in steps]
    is_demand = dial.register.code is RegisterCode.DEMAND
    return Part(
        dial.register.code,
        dial.register.serial,
        readings[0],
        readings[-1],
        dial.register.multiplier,
        max(amounts) if is_demand else sum(amounts, Decimal(0)),
    )


def complete_days(dials: Sequence[Dial], readings: Readings) -> list[date]:
    """Return the days on which every register then in place was read, in order."""
    taken: dict[date, set[int]] = {}
    for dial in dials:
        for reading in readings.get(dial.register.id, ()):
            if dial.is_in_place(reading.taken_on):
                taken.setdefault(reading.taken_on, set()).add(dial.register.id)
    return sorted(day for day, ids in taken.items() if ids >= _in_place(dials, day))


def _in_place(dials: Iterable[Dial], day: date) -> set[int]:
    return {dial.register.id for dial in dials if dial.is_in_place(day)}


def kwh_by_day(
    service_point_id: int, dials: Sequence[Dial], readings: Readings
) -> list[tuple[date, Decimal]]:
    """
    Return the energy drawn between neighboring complete readings, by the day that closes it.

    Periods of which the usage can't be told are left out.
    """
    found = []
    for start, end in pairwise(complete_days(dials, readings)):
        usage = measure(service_point_id, Period(start, end), dials, readings)
        if isinstance(usage, Usage):
            found.append((end, usage.kwh))
    return found
