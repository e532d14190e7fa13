"""When a price holds: which register the calendar counts in, by month, kind of day and minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from meters.period import Period

MINUTES_A_DAY = 24 * 60
Odd: TypeAlias = tuple[tuple[date, tuple[int, ...]], ...]
"""Days on which the clock changes, and the minute it shows as each of their intervals begins."""

ONE_DAY = timedelta(1)


class DayKind(StrEnum):
    """What a day is for a calendar; an event day is a weekday, weekend or holiday besides."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Window:
    """
    Times at which a register counts: some months, kinds of days and hours, or all of them.

    :param hours: from a minute of the day up to another, without the latter.
    """

    register: str
    months: frozenset[int] | None
    days: frozenset[DayKind] | None
    hours: tuple[tuple[int, int], ...]

    def holds(self, month: int, kinds: frozenset[DayKind], minute: int) -> bool:
        """Test whether a minute of such a day of the month is in the window."""
        return (
            (self.months is None or month in self.months)
            and (self.days is None or not self.days.isdisjoint(kinds))
            and any(start <= minute < end for start, end in self.hours)
        )


# Compared by identity: a calendar is read once from its file, and asked for very often.
@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """
    Which register counts when: the first window that holds, or else `otherwise`.

    :param weekend: days of the week, Monday being 1.
    """

    name: str
    windows: tuple[Window, ...]
    otherwise: str | None
    weekend: frozenset[int]
    holidays: frozenset[date]
    event_days: frozenset[date]

    @property
    def registers(self) -> tuple[str, ...]:
        """The registers that may count, in the order of the file."""
        rest = () if self.otherwise is None else (self.otherwise,)
        return tuple(dict.fromkeys((*(window.register for window in self.windows), *rest)))

    @property
    def edges(self) -> tuple[int, ...]:
        """The minutes of the day at which another register may begin to count."""
        inner = {minute for window in self.windows for span in window.hours for minute in span}
        return tuple(sorted({0, *inner} - {MINUTES_A_DAY}))

    def kinds_of(self, day: date, events: frozenset[date]) -> frozenset[DayKind]:
        """Return what a day is; a holiday is neither weekday nor weekend."""
        if day in self.holidays:
            kind = DayKind.HOLIDAY
        elif day.isoweekday() in self.weekend:
            kind = DayKind.WEEKEND
        else:
            kind = DayKind.WEEKDAY
        is_event = day in self.event_days or day in events
        return frozenset({kind, DayKind.EVENT} if is_event else {kind})

    def register_at(self, month: int, kinds: frozenset[DayKind], minute: int) -> str | None:
        """Return the register that counts at a minute, or none where the calendar has a gap."""
        found = (one.register for one in self.windows if one.holds(month, kinds, minute))
        return next(found, self.otherwise)


@lru_cache(maxsize=4096)
def hours_of(
    calendar: Calendar, month: int, kinds: frozenset[DayKind]
) -> tuple[tuple[int, int, str | None], ...]:
    """Return the registers of such a day in order, each from a minute up to another."""
    return tuple(
        (start, end, calendar.register_at(month, kinds, start))
        for start, end in pairwise((*calendar.edges, MINUTES_A_DAY))
    )


@lru_cache(maxsize=1024)
def slots_of(
    calendar: Calendar, period: Period, minutes: int, events: frozenset[date], odd: Odd = ()
) -> Mapping[str, bytes]:
    """
    Return for each register which intervals of a period it counts: a byte each, 1 or 0.

    :param minutes: how long an interval is; a register changes only where one ends.
    :param odd: days on which the clock changes.
    """
    order: list[str | None] = []
    shown = dict(odd)
    for ahead in range(period.days):
        day = period.start + ahead * ONE_DAY
        kinds = calendar.kinds_of(day, events)
        if day in shown:
            order += [calendar.register_at(day.month, kinds, minute) for minute in shown[day]]
            continue
        for start, end, register in hours_of(calendar, day.month, kinds):
            order += [register] * ((end - start) // minutes)
    return {
        register: bytes(one == register for one in order)
        for register in calendar.registers
        if register in order
    }
