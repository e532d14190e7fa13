"""What pricing goes by: a period's usage, the supply's terms, what the year held before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from billing.intervals import NO_EVENTS, PLACES, Intervals, Registers
from billing.money import EXACT
from billing.time_of_use import Calendar
from meters.period import Period


class Suspended(NamedTuple):
    """
    Capacity that was out of use for some days of a period.

    `lasts_days` is how long the suspension is from its first to its last day, in this period and
    outside of it; none says that these days are all of it.
    """

    kva: Decimal
    days: int
    lasts_days: int | None = None


MICRO = Decimal("0.000001")
"""Quantities keep six decimals, as demand is printed on real bills."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What one supply used in a period, and what else decides the price.

    Energies are kWh (kvarh), demands kW, capacity kVA. `billing_period` is the period the bill is
    for, of which `period` may be a part. `year_kwh` is what the calendar year of the period's
    first day had used before; `year_months` for how many of its months limits per year count, and
    `household_months` for how many the allowance of a large household does; `household_before` are
    the sizes that it had earlier in the year, and for how many months. `past_demands` are the
    highest demands of months before, by the first day of each; none says that nobody knows them.

    `season_kwh` is what the tariff's season of the period's first day had used before; none says
    that nobody knows. `season_months` is for how many of its months limits per season count; none
    says for all of them.

    Where there are `intervals`, they are those of the whole billing period and sum to its kWh, as
    `export_intervals` do to what was fed in; `export_registers` are what registers counted of it.
    `event_days` are days that calendars didn't know of when they were written.
    """

    period: Period
    kwh: Decimal
    registers: Registers = field(default_factory=dict)
    billing_period: Period | None = None
    reactive_kvarh: Decimal | None = None
    export_kwh: Decimal = Decimal(0)
    export_registers: Registers = field(default_factory=dict)
    demand_kw: Decimal | None = None
    demands_kw: Registers = field(default_factory=dict)
    contracted_kw: Decimal | None = None
    capacity_kva: Decimal | None = None
    suspended: tuple[Suspended, ...] = ()
    household_size: int | None = None
    year_kwh: Decimal = Decimal(0)
    year_months: int = 12
    household_months: int = 12
    household_before: tuple[tuple[int, int], ...] = ()
    past_demands: Mapping[date, Decimal] | None = None
    season_kwh: Decimal | None = None
    season_months: int | None = None
    intervals: Intervals | None = None
    export_intervals: Intervals | None = None
    event_days: frozenset[date] = NO_EVENTS

    @property
    def whole(self) -> Period:
        """The period the bill is for."""
        return self.billing_period or self.period

    @property
    def is_whole(self) -> bool:
        """Test whether the period is all that the bill is for."""
        return self.billing_period is None or self.billing_period == self.period

    def kwh_until(self, day: date) -> Decimal:
        """Return the kWh from the period's start up to a day in it: as recorded, or by days."""
        if self.intervals is not None:
            return self.intervals.kwh(Period(self.period.start, day))
        return _share(self.kwh, (day - self.period.start).days, self.period.days)

    def year_kwh_at(self, day: date) -> Decimal:
        """Return what the calendar year of a day in the period had used before that day."""
        new_year = date(day.year, 1, 1)
        if new_year > self.period.start:
            return self.kwh_until(day) - self.kwh_until(new_year)
        return self.year_kwh + self.kwh_until(day)

    def part(self, period: Period) -> "Facts":
        """
        Return the facts of a part of the period, energy as recorded or shared out evenly by days.

        The energies of neighboring parts sum exactly to those of the whole. Demand, contract and
        capacity stay what they are: what is owed for them goes by the days.
        """
        if period == self.period:
            return self
        after_new_year = period.start.year > self.period.start.year
        return replace(
            self,
            period=period,
            billing_period=self.whole,
            kwh=self.kwh_until(period.end) - self.kwh_until(period.start),
            registers={code: self._cut(kwh, period) for code, kwh in self.registers.items()},
            reactive_kvarh=(
                None if self.reactive_kvarh is None else self._cut(self.reactive_kvarh, period)
            ),
            export_kwh=(
                self._cut(self.export_kwh, period)
                if self.export_intervals is None
                else self.export_intervals.kwh(period)
            ),
            export_registers={
                code: self._cut(kwh, period) for code, kwh in self.export_registers.items()
            },
            year_kwh=self.year_kwh_at(period.start),
            year_months=12 if after_new_year else self.year_months,
            household_months=12 if after_new_year else self.household_months,
            household_before=() if after_new_year else self.household_before,
        )

    def kwh_by(self, calendar: Calendar | None) -> Registers:
        """Return the energy by register: by a calendar if it was recorded, else as metered."""
        if calendar is None or self.intervals is None:
            return self.registers
        return self.intervals.kwh_by(calendar, self.period, self.event_days)

    def export_by(self, calendar: Calendar | None) -> Registers:
        """Return what was fed in by register: by a calendar if it was recorded, or as metered."""
        if calendar is None or self.export_intervals is None:
            return self.export_registers
        return self.export_intervals.kwh_by(calendar, self.period, self.event_days)

    def demands_by(self, calendar: Calendar | None, period: Period) -> Registers:
        """Return the highest demand by register in a period, or as the meter kept it."""
        if calendar is None or self.intervals is None:
            return self.demands_kw
        return self.intervals.demands_kw(calendar, period, self.event_days)

    def _cut(self, energy: Decimal, period: Period) -> Decimal:
        days, start = self.period.days, self.period.start
        until = _share(energy, (period.end - start).days, days)
        return until - _share(energy, (period.start - start).days, days)


def _share(whole: Decimal, part: int, parts: int) -> Decimal:
    """Return part/parts of the whole to six decimals; nothing is lost between neighbors."""
    if part == parts:
        return whole
    return rounded(EXACT.divide(EXACT.multiply(whole, Decimal(part)), Decimal(parts)))


def rounded(quantity: Decimal) -> Decimal:
    """Return the quantity to six decimals, half up."""
    return EXACT.quantize(quantity, MICRO)


def kept(quantity: Decimal) -> Decimal:
    """Return the quantity as it can be kept: itself, unless it has more than six decimals."""
    exponent = quantity.as_tuple().exponent
    return quantity if isinstance(exponent, int) and exponent >= -PLACES else rounded(quantity)


@lru_cache(maxsize=4096)
def months_in(period: Period) -> tuple[int, int]:
    """
    Return how many months a period is, as a fraction in which a day counts by its month's length.

    From a day of a month to the same day of the next is one month; days beyond whole months count
    by the length of the month they begin: 5 January to 7 February is 1 + 2/28.

    >>> months_in(Period(date(2026, 1, 5), date(2026, 2, 7)))
    (30, 28)
    """
    whole = 12 * (period.end.year - period.start.year) + period.end.month - period.start.month
    if _months_later(period.start, whole) > period.end:
        whole -= 1
    reached = _months_later(period.start, whole)
    days = (_months_later(period.start, whole + 1) - reached).days
    rest = (period.end - reached).days
    return (whole, 1) if not rest else (whole * days + rest, days)


def months_into_year(period: Period) -> tuple[Decimal, Decimal]:
    """
    Return how many months of the year had passed by the start and by the end of a period.

    The period is in one year; by its end at New Year twelve have.
    """
    is_to_new_year = period.end.year > period.start.year
    by_end = Decimal(12) if is_to_new_year else _months_passed(period.end)
    return _months_passed(period.start), by_end


def _months_passed(day: date) -> Decimal:
    above, below = months_in(Period(date(day.year, 1, 1), day))
    return EXACT.divide(Decimal(above), Decimal(below))


def season_of(months: frozenset[int], day: date) -> Period:
    """
    Return the season that a day is in: the months around it that follow each other.

    It may go over New Year. The months are not all twelve, and the day's is one of them.
    """
    start, end = day.replace(day=1), _months_later(day.replace(day=1), 1)
    while (before := months_before(start, 1)).month in months:
        start = before
    while end.month in months:
        end = _months_later(end, 1)
    return Period(start, end)


def months_before(day: date, months: int) -> date:
    """Return the first day of the month so many months before a day's own."""
    return _months_later(day.replace(day=1), -months)


def _months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of its month if that has no such."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), 1 if month == 11 else month + 2, 1)
    last = (first_of_next - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))


@lru_cache(maxsize=4096)
def pieces(
    period: Period, months: frozenset[int] | None = None, *, by_year: bool = False
) -> tuple[Period, ...]:
    """
    Return the parts of the period that lie in the months, cut at every New Year if asked to.

    :param months: calendar months; none stands for all of them.
    """
    starts = [
        date(year, month, 1)
        for year in range(period.start.year, period.end.year + 1)
        for month in range(1, 13)
        if (by_year and month == 1)
        or (months is not None and (month in months) != ((month - 2) % 12 + 1 in months))
    ]
    parts = period.split(starts)
    return tuple(part for part in parts if months is None or part.start.month in months)
