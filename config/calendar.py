"""Which days are business days: weekends, announced holidays, and workdays swapped for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from config.table import TableReader

ONE_DAY = timedelta(days=1)


class BadCalendarError(Exception):
    """A calendar file does not describe a calendar; the message lists every problem."""


class Weekday(StrEnum):
    """The days of the week, in the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEKDAYS = tuple(Weekday)


class DayEvent(StrEnum):
    """What no calendar can foresee of a day, so that a person enters it."""

    EXTREME_COLD = "extreme_cold"
    EXTREME_HEAT = "extreme_heat"
    STORM = "storm"
    AUTHORITY_ORDER = "authority_order"


def weekday_of(day: date) -> Weekday:
    """Return the weekday of a day."""
    return _WEEKDAYS[day.weekday()]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days nobody works although it is a weekday, and the weekend days that are worked."""

    name: str
    weekend: frozenset[Weekday]
    holidays: Mapping[date, str]
    workdays: frozenset[date]
    announced: frozenset[int]
    country: str | None = None
    region: str | None = None
    events: Mapping[date, frozenset[DayEvent]] = field(default_factory=dict)

    def has_event(self, kinds: Iterable[DayEvent], first: date, last: date) -> bool:
        """Test whether one of these events was entered for a day of a span, both ends included."""
        wanted = set(kinds)
        days = (last - first).days + 1
        return any(wanted & self.events.get(first + n * ONE_DAY, _NOTHING) for n in range(days))

    def is_business_day(self, day: date) -> bool:
        """Test whether offices are open on the day."""
        if day in self.workdays:
            return True
        return day not in self.holidays and weekday_of(day) not in self.weekend

    def is_holiday(self, day: date) -> bool:
        """Test whether the day is an announced holiday; an ordinary weekend isn't one."""
        return day in self.holidays

    def roll_forward(self, day: date) -> date:
        """Return the day itself if it is a business day, else the next one."""
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def add_business_days(self, day: date, days: int) -> date:
        """Return the day that is so many business days later; the day itself isn't counted."""
        for _ in range(days):
            day = self.roll_forward(day + ONE_DAY)
        return day

    def business_days_between(self, since: date, until: date) -> int:
        """Return how many business days come after `since`, up to and with `until`."""
        days = (until - since).days
        return sum(self.is_business_day(since + n * ONE_DAY) for n in range(1, days + 1))

    def warnings(self, years: Iterable[int]) -> tuple[str, ...]:
        """Return a sentence for each year whose holidays aren't announced in this calendar."""
        missing = sorted(set(years) - self.announced)
        return tuple(
            f"calendar {self.name}: the holidays of {year} are not announced yet, only weekends "
            f"are known; add [[year]] {year} to the calendar file once they are published"
            for year in missing
        )


_NOTHING: frozenset[DayEvent] = frozenset()


def weekends_only(name: str) -> Calendar:
    """Return a calendar that knows no holidays, only Saturdays and Sundays."""
    return Calendar(name, WEEKEND, {}, frozenset(), frozenset())


def parse_calendar(name: str, table: Mapping[str, Any]) -> Calendar:
    """
    Return the calendar that a file's table describes.

    :raises BadCalendarError: with every problem of the file, one a line.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    reader.text("title")
    weekend = frozenset(reader.choices("weekend", Weekday, WEEKEND))
    country = reader.text("country") if "country" in reader else None
    region = reader.text("region") if "region" in reader else None
    holidays: dict[date, str] = {}
    workdays: set[date] = set()
    announced: set[int] = set()
    for year in reader.tables("year", named_by="year"):
        announced.add(_take_year(year, holidays, workdays))
    reader.finish()
    problems += (
        f"{name}: {day} is a holiday and a workday; it can only be one of them"
        for day in sorted(workdays & holidays.keys())
    )
    if problems:
        raise BadCalendarError("\n".join(problems))
    return Calendar(
        name, weekend, holidays, frozenset(workdays), frozenset(announced), country, region
    )


def _take_year(reader: TableReader, holidays: dict[date, str], workdays: set[date]) -> int:
    year = reader.whole("year", least=1900)
    reader.text("source")
    for period in reader.tables("holidays"):
        name = period.text("name")
        first, last = period.day("first"), period.day("last")
        if last < first or first.year != year or last.year != year:
            period.wrong("first, last", f"{first} to {last}", f"a span inside {year} is wanted")
        else:
            holidays.update((first + n * ONE_DAY, name) for n in range((last - first).days + 1))
        period.finish()
    swapped = reader.days("workdays")
    if any(day.year != year for day in swapped):
        reader.wrong("workdays", "has a day of another year", f"only days of {year} are wanted")
    workdays.update(swapped)
    reader.finish()
    return year


WEEKEND = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})
