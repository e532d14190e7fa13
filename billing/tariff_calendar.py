"""Read what the parts of a tariff name: its seasons, its own registers, and its calendars."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from billing.component import Season
from billing.time_of_use import MINUTES_A_DAY, Calendar, DayKind, Window, hours_of
from config.table import TableReader
from meters.reading import TIME_OF_USE, RegisterCode

REGISTER_WORDS: Mapping[str, tuple[str, str]] = {
    RegisterCode.SHARP: ("sharp", "尖"),
    RegisterCode.PEAK: ("peak", "峰"),
    RegisterCode.FLAT: ("flat", "平"),
    RegisterCode.VALLEY: ("valley", "谷"),
    RegisterCode.DEEP_VALLEY: ("deep valley", "深谷"),
}
"""The registers that every tariff may price, and what their lines call them."""

Part = TypeVar("Part")

MONTHS = frozenset(range(1, 13))
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_WEEKEND = (6, 7)


@dataclass(frozen=True, slots=True)
class Known:
    """What the parts of a tariff may name: seasons, registers and calendars."""

    seasons: Mapping[str, Season]
    registers: Mapping[str, tuple[str, str]]
    calendars: Mapping[str, Calendar]

    def season(self, reader: TableReader) -> Season | None:
        """Return the season that a part names, or none if it holds all year."""
        return self._named(reader, "season", self.seasons, "under [seasons]")

    def calendar(self, reader: TableReader, registers: tuple[str, ...]) -> Calendar | None:
        """Return the calendar that counts a part's registers, or none."""
        found = self._named(reader, "calendar", self.calendars, "a [[calendar]]")
        if found is not None and not registers:
            reader.wrong("calendar", "isn't needed", "it counts for prices by register")
        return found

    def register(self, reader: TableReader, key: str) -> str:
        """Return the register that a key names."""
        word = reader.text(key)
        if word and word not in self.registers:
            reader.wrong(key, f"{word!r} is no register", f"known are {', '.join(self.registers)}")
        return word

    @staticmethod
    def _named(reader: TableReader, key: str, known: Mapping[str, Part], where: str) -> Part | None:
        if key not in reader:
            return None
        name = reader.text(key)
        if name not in known:
            names = ", ".join(known) or "none"
            reader.wrong(key, f"{name!r} is not {where}", f"known there: {names}")
        return known.get(name)


def known(reader: TableReader) -> Known:
    """Return the seasons, registers and calendars that a tariff file defines."""
    named = Known(_seasons(reader), {**REGISTER_WORDS, **_registers(reader)}, {})
    calendars = [_calendar(part, named) for part in reader.tables("calendar")]
    twice = [name for name, count in Counter(one.name for one in calendars).items() if count > 1]
    if twice:
        reader.wrong("calendar", f"{', '.join(twice)}: is there twice", "give each its own name")
    return Known(named.seasons, named.registers, {one.name: one for one in calendars})


def _seasons(reader: TableReader) -> dict[str, Season]:
    """Return the seasons of a tariff by name; a month is in one at most."""
    named = reader.table("seasons", required=False)
    found = {name: Season(name, frozenset(named.wholes(name))) for name in named}
    for season in found.values():
        if not season.months or not season.months <= MONTHS:
            named.wrong(season.name, f"has {sorted(season.months)}", "months are 1 to 12")
    twice = Counter(month for season in found.values() for month in season.months)
    if any(count > 1 for count in twice.values()):
        months = [month for month, count in twice.items() if count > 1]
        named.wrong("months", f"{months} are in two seasons", "put each month in one season")
    return found


def _registers(reader: TableReader) -> dict[str, tuple[str, str]]:
    named = reader.table("registers", required=False)
    found = {}
    for word in named:
        if word in set(RegisterCode) - set(TIME_OF_USE):
            named.wrong(word, "is another kind of register", "give times of use other words")
        part = named.table(word)
        found[word] = (part.text("en"), part.text("zh"))
        part.finish()
    return found


def _calendar(reader: TableReader, named: Known) -> Calendar:
    calendar = Calendar(
        name=reader.text("name"),
        windows=tuple(_window(part, named) for part in reader.tables("window", named_by="")),
        otherwise=named.register(reader, "otherwise") if "otherwise" in reader else None,
        weekend=frozenset(reader.wholes("weekend", _WEEKEND)),
        holidays=frozenset(reader.days("holidays")),
        event_days=frozenset(reader.days("event_days")),
    )
    if not calendar.weekend <= set(range(1, 8)):
        reader.wrong("weekend", f"has {sorted(calendar.weekend)}", "Monday is 1, Sunday is 7")
    gap = next(_gaps(calendar), None)
    if gap is not None:
        reader.wrong("window", f"none holds {gap}", "say with `otherwise` which register counts")
    reader.finish()
    return calendar


def _window(reader: TableReader, named: Known) -> Window:
    season = named.season(reader)
    months = frozenset(reader.wholes("months")) if season is None else season.months
    if season is not None and "months" in reader:
        reader.wholes("months")
        reader.wrong("months", "stand beside a season", "give one of them")
    if not months <= MONTHS:
        reader.wrong("months", f"has {sorted(months)}", "months are 1 to 12")
    days = frozenset(reader.choices("days", DayKind))
    register = named.register(reader, "register")
    spans = _spans(reader)
    reader.finish()
    return Window(register, months or None, days or None, spans)


def _spans(reader: TableReader) -> tuple[tuple[int, int], ...]:
    """Return the hours of a window in minutes; hours over midnight are the ends of each day."""
    if "hours" not in reader:
        return ((0, MINUTES_A_DAY),)
    spans: list[tuple[int, int]] = []
    for text in reader.texts("hours"):
        match = _HOURS.fullmatch(text)
        start, end = (0, 0) if match is None else _minutes(*map(int, match.groups()))
        if start == end or max(start, end) > MINUTES_A_DAY:
            reader.wrong("hours", f"has {text!r}", 'hours such as "08:00-11:30" are wanted')
        elif start < end:
            spans.append((start, end))
        else:
            spans += [(start, MINUTES_A_DAY), (0, end)] if end else [(start, MINUTES_A_DAY)]
    return tuple(spans)


def _minutes(hour: int, minute: int, end_hour: int, end_minute: int) -> tuple[int, int]:
    return 60 * hour + minute, 60 * end_hour + end_minute


def _gaps(calendar: Calendar) -> Iterator[str]:
    for month, kind in product(sorted(MONTHS), _kinds(calendar)):
        for start, _, register in hours_of(calendar, month, frozenset({kind})):
            if register is None:
                yield f"on a {kind} of month {month} at {start // 60:02}:{start % 60:02}"


def _kinds(calendar: Calendar) -> tuple[DayKind, ...]:
    """Return the kinds of days that a calendar has; an event day is one of them besides."""
    always = (DayKind.WEEKDAY, DayKind.WEEKEND)
    return (*always, DayKind.HOLIDAY) if calendar.holidays else always


def occurring(calendar: Calendar, months: frozenset[int] | None) -> frozenset[str]:
    """Return the registers that a calendar counts in some months, or in any."""
    kinds = [frozenset({kind}) for kind in _kinds(calendar)]
    if any(DayKind.EVENT in (window.days or ()) for window in calendar.windows):
        kinds += [frozenset({kind, DayKind.EVENT}) for kind in _kinds(calendar)]
    return frozenset(
        register
        for month in months or MONTHS
        for kind in kinds
        for _, _, register in hours_of(calendar, month, kind)
        if register is not None
    )
