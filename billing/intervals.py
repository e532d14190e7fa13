"""Energy by the interval, and what it comes to by days and by a calendar's registers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import compress
from typing import TypeAlias

from billing.time_of_use import MINUTES_A_DAY, Calendar, Odd, slots_of
from meters.period import Period

PLACES = 6
"""Intervals are kept in whole millionths of a kWh."""

Registers: TypeAlias = Mapping[str, Decimal]
"""Energy or demand by register."""

NO_EVENTS: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Intervals:
    """
    The kWh of every interval of a period, in millionths, from midnight of its first day.

    :param minutes: how long each is; a divisor of the hour.
    :param odd: the days on which the clock changes, and which minute of the day it shows as each
        of their intervals begins; every other day has 24 hours.
    """

    period: Period
    minutes: int
    micro_kwh: tuple[int, ...]
    odd: Odd = ()

    def __post_init__(self) -> None:
        assert len(self.micro_kwh) == self._before(self.period.end), "every interval is there"

    def _before(self, day: date) -> int:
        """Return how many intervals there are before a day."""
        a_day = MINUTES_A_DAY // self.minutes
        more = sum(len(starts) - a_day for one, starts in self.odd if one < day)
        return (day - self.period.start).days * a_day + more

    def within(self, period: Period) -> tuple[int, ...]:
        """Return the intervals of some of the days."""
        if period == self.period:
            return self.micro_kwh
        assert self.period.covers(period), "only what was recorded can be asked for"
        return self.micro_kwh[self._before(period.start) : self._before(period.end)]

    def kwh(self, period: Period) -> Decimal:
        """Return the energy of some of the days."""
        return _major(sum(self.within(period)))

    def kwh_by(
        self, calendar: Calendar, period: Period, events: frozenset[date] = NO_EVENTS
    ) -> dict[str, Decimal]:
        """Return the energy of some of the days by the registers of a calendar."""
        some = self.within(period)
        slots = slots_of(calendar, period, self.minutes, events, self.odd)
        return {register: _major(sum(compress(some, chosen))) for register, chosen in slots.items()}

    def demand_kw(self, period: Period) -> Decimal:
        """Return the highest mean load of an interval in some of the days."""
        return self._load(max(self.within(period), default=0))

    def demands_kw(
        self, calendar: Calendar, period: Period, events: frozenset[date] = NO_EVENTS
    ) -> dict[str, Decimal]:
        """Return the highest mean load of an interval of each of a calendar's registers."""
        some = self.within(period)
        slots = slots_of(calendar, period, self.minutes, events, self.odd)
        return {
            register: self._load(max(compress(some, chosen))) for register, chosen in slots.items()
        }

    def _load(self, micro_kwh: int) -> Decimal:
        return _major(micro_kwh * (60 // self.minutes))


def fits(calendar: Calendar, minutes: int) -> bool:
    """Test whether registers change only where an interval of so many minutes ends."""
    return all(edge % minutes == 0 for edge in calendar.edges)


def _major(micro: int) -> Decimal:
    return Decimal(micro).scaleb(-PLACES)
