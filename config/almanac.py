"""Find the calendar of a market: the supplier's own file, the packaged one, or weekends alone."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import holidays

from config import settings
from config.calendar import Calendar, parse_calendar, weekends_only

PACKAGED = Path(__file__).parent / "calendars"


def calendar_named(name: str, *, folder: Path | None = None) -> Calendar:
    """
    Return the calendar of that name from the supplier's folder, else from the package.

    A name without a file gives a calendar that knows weekends only, and warns of every year.

    :param folder: the supplier's folder; by default the one the environment names.
    :raises calendar.BadCalendarError: with every problem of the file.
    """
    own = folder or settings.from_environment().config
    folders = ([own / "calendars"] if own is not None else []) + [PACKAGED]
    found = (place / f"{name}.toml" for place in folders)
    path = next((path for path in found if path.is_file()), None)
    return weekends_only(name) if path is None else _read(path)


def with_guesses(calendar: Calendar, years: Iterable[int]) -> Calendar:
    """
    Return the calendar with its country's usual holidays in the years that aren't announced.

    They are guesses: swapped workdays are known only once they are published, and the calendar
    still warns of those years.
    """
    missing = sorted(set(years) - calendar.announced)
    if not missing or calendar.country is None:
        return calendar
    usual = holidays.country_holidays(calendar.country, subdiv=calendar.region, years=missing)
    guessed: dict[date, str] = {day: name for day, name in usual.items() if day.year in missing}
    return replace(calendar, holidays={**guessed, **calendar.holidays})


@lru_cache(maxsize=8)
def _read(path: Path) -> Calendar:
    table = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    return parse_calendar(f"calendars/{path.name}", table)
