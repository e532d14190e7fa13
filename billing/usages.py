"""Read the usages of a file that is priced without a database: facts, or every problem of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.facts import Facts, Suspended
from billing.intervals import PLACES, Intervals
from billing.time_of_use import Odd
from config.table import TableReader
from meters.interval import clock_of, minutes_of, zone_of
from meters.period import Period
from meters.reading import TIME_OF_USE

_DAYS = ("start", "end")
_NUMBERS = {
    "kwh",
    "reactive_kvarh",
    "export_kwh",
    "demand_kw",
    "contracted_kw",
    "capacity_kva",
    "year_kwh",
    "season_kwh",
    "registers",
    "export_registers",
    "demands_kw",
    "suspended",
    "past_demands_kw",
    "intervals",
    "export_intervals",
}
_HOUR = 60
YEAR_MAX = 2999
"""Whoever means a later day has mistyped the year."""
LEAST = -1_000_000_000
"""A usage is negative when it sets an estimate right that was too high."""


class BadUsagesError(Exception):
    """A file of usages cannot be priced; the message lists every problem, one a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class NamedUsage:
    """Facts to be priced, the id by which the answer names them, and the class they are of."""

    id: str
    facts: Facts
    group: str = ""


def parse_usages(name: str, rows: Sequence[Any], registers: Sequence[str] = ()) -> list[NamedUsage]:
    """
    Return the usages that a file lists.

    :param rows: mappings with exact decimals; numbers may also be texts, days are 2026-01-31.
    :param registers: that the tariff has besides those that every tariff may price.
    :raises BadUsagesError: with every problem of the file.
    """
    problems: list[str] = []
    found = [
        _usage(_reader(f"{name}: usage {_id(row, at)}", row, problems), at, registers)
        for at, row in enumerate(rows, start=1)
    ]
    if problems:
        raise BadUsagesError(problems)
    return [usage for usage in found if usage is not None]


def parse_facts(reader: TableReader, registers: Sequence[str] = ()) -> Facts | None:
    """Return the facts of a table, or none when a problem was reported."""
    before = len(reader.problems)
    start, end = reader.day("start"), reader.day("end")
    if end <= start and len(reader.problems) == before:
        reader.wrong("end", f"{end} isn't after {start}", "the end is the first day not billed")
    period = Period(start, max(start, end))
    days_are_sound = len(reader.problems) == before
    counted = _registers(reader, "registers", registers)
    fed_in = _registers(reader, "export_registers", registers)
    intervals = _intervals(reader, "intervals", period, days_are_sound=days_are_sound)
    export = _intervals(reader, "export_intervals", period, days_are_sound=days_are_sound)
    measured = None if intervals is None else intervals.demand_kw(period)
    facts = Facts(
        period=period,
        kwh=_kwh(reader, counted, intervals),
        export_kwh=_export_kwh(reader, fed_in, export),
        export_registers=fed_in,
        export_intervals=export,
        registers=counted,
        reactive_kvarh=reader.number_or_none("reactive_kvarh"),
        demand_kw=reader.number_or_none("demand_kw") if "demand_kw" in reader else measured,
        demands_kw=_registers(reader, "demands_kw", registers),
        contracted_kw=reader.number_or_none("contracted_kw"),
        capacity_kva=reader.number_or_none("capacity_kva"),
        suspended=tuple(_suspended(part) for part in reader.tables("suspended", named_by="")),
        household_size=reader.whole_or_none("household_size", least=1),
        year_kwh=reader.number("year_kwh", Decimal(0), least=LEAST),
        year_months=reader.whole("year_months", 12, least=1),
        household_months=reader.whole("household_months", 12),
        household_before=tuple(map(_household, reader.tables("household_before", named_by=""))),
        past_demands=_past_demands(reader),
        season_kwh=reader.number_or_none("season_kwh", least=LEAST),
        season_months=reader.whole_or_none("season_months", least=1),
        intervals=intervals,
        event_days=frozenset(reader.days("event_days")),
    )
    return facts if len(reader.problems) == before else None


def _kwh(
    reader: TableReader, registers: Mapping[str, Decimal], intervals: Intervals | None
) -> Decimal:
    """Return the energy that is written, or else the sum of the intervals or the registers."""
    if intervals is None:
        if "kwh" not in reader and not registers and "intervals" not in reader:
            reader.wrong("kwh", "is missing", "give kwh, the kWh of registers, or intervals")
        return reader.number("kwh", sum(registers.values(), Decimal(0)), least=LEAST)
    return _sum_of(reader, "kwh", intervals)


def _export_kwh(
    reader: TableReader, registers: Mapping[str, Decimal], intervals: Intervals | None
) -> Decimal:
    """Return the energy fed in that is written, or else the sum of its intervals or registers."""
    if intervals is not None:
        return _sum_of(reader, "export_kwh", intervals)
    return reader.number("export_kwh", sum(registers.values(), Decimal(0)))


def _sum_of(reader: TableReader, key: str, intervals: Intervals) -> Decimal:
    total = intervals.kwh(intervals.period)
    written = reader.number(key, total, least=LEAST)
    if written != total:
        reader.wrong(key, f"has {written}, and the intervals sum to {total}", f"leave {key} out")
    return written


def _intervals(
    reader: TableReader, key: str, period: Period, *, days_are_sound: bool
) -> Intervals | None:
    table = reader.table(key, required=False)
    if key not in reader or not days_are_sound:
        return None
    minutes, kwh = table.whole("minutes", least=1), table.numbers("kwh")
    before = len(table.problems)
    zone = _zone(table)
    table.finish()
    if _HOUR % minutes:
        table.wrong("minutes", f"has {minutes}", "a divisor of the hour such as 15, 30 or 60")
        return None
    odd = _odd(zone, period, minutes)
    changed = sum(len(starts) - 24 * _HOUR // minutes for _, starts in odd)
    wanted = period.days * 24 * _HOUR // minutes + changed
    if len(kwh) != wanted:
        right = f"{period.days} days have {wanted} intervals of {minutes} minutes"
        table.wrong("kwh", f"has {len(kwh)} numbers", right)
    if any(number < 0 or number != round(number, PLACES) for number in kwh):
        at = next(at for at, one in enumerate(kwh) if one < 0 or one != round(one, PLACES))
        right = f"energy that was drawn, with at most {PLACES} decimals"
        table.wrong("kwh", f"number {at + 1} is {kwh[at]}", right)
    if len(table.problems) > before:
        return None
    return Intervals(period, minutes, tuple(int(number.scaleb(PLACES)) for number in kwh), odd)


def _zone(table: TableReader) -> str | None:
    """Return the clock that the days go by; none for one that never changes."""
    if "zone" not in table:
        return None
    zone = table.text("zone")
    try:
        zone_of(zone)
    except (LookupError, ValueError, OSError):
        table.wrong("zone", f"{zone!r} is no clock", "a place such as Europe/Berlin is wanted")
        return None
    return zone


def _odd(zone: str | None, period: Period, minutes: int) -> Odd:
    """Return the days on which the clock changes, and how it counts their intervals."""
    if zone is None:
        return ()
    days = (period.start + timedelta(at) for at in range(period.days))
    return tuple(
        (day, clock_of(zone, day, minutes)) for day in days if minutes_of(zone, day) != 24 * _HOUR
    )


def _past_demands(reader: TableReader) -> dict[date, Decimal] | None:
    """Return the highest demands of months before, by the first day of each."""
    if "past_demands_kw" not in reader:
        return None
    table = reader.table("past_demands_kw")
    found = {}
    for month in table:
        try:
            found[date.fromisoformat(f"{month}-01")] = table.number(month)
        except ValueError:
            table.wrong(month, "is no month", "a month such as 2026-01 is wanted")
    return found


def _household(reader: TableReader) -> tuple[int, int]:
    found = reader.whole("size", least=1), reader.whole("months", least=1)
    reader.finish()
    return found


def _usage(reader: TableReader, at: int, registers: Sequence[str]) -> NamedUsage | None:
    identity = reader.text("id", str(at))
    group = reader.text("class") if "class" in reader else ""
    facts = parse_facts(reader, registers)
    reader.finish()
    return None if facts is None else NamedUsage(identity, facts, group)


def _id(row: Any, at: int) -> str:
    return str(row.get("id", at)) if isinstance(row, Mapping) else str(at)


def _registers(reader: TableReader, key: str, own: Sequence[str]) -> dict[str, Decimal]:
    table = reader.table(key, required=False)
    known = (*map(str, TIME_OF_USE), *own)
    for word in table:
        if word not in known:
            table.wrong(word, "is no register", f"known are {', '.join(known)}")
    return {word: table.number(word, least=LEAST) for word in table if word in known}


def _suspended(reader: TableReader) -> Suspended:
    found = Suspended(reader.number("kva"), reader.whole("days", least=1))
    reader.finish()
    return found


def _reader(where: str, row: Any, problems: list[str]) -> TableReader:
    """Return a reader of the row, texts of JSON read as what they stand for where they can be."""
    if not isinstance(row, Mapping):
        problems.append(f"{where}: has {row!r}; a mapping of keys to values is wanted")
        row = {"start": date.min, "end": date.max, "kwh": 0}
    values = dict(row)
    reader = TableReader(where, values, problems)
    if "id" in values:
        values["id"] = str(values["id"])
    for key in _DAYS:
        if not isinstance(values.get(key), date):
            values[key] = _day(reader, key, values.get(key))
    values |= {key: _numbers(values[key]) for key in values.keys() & _NUMBERS}
    if isinstance(values.get("event_days"), list):
        values["event_days"] = [
            one if isinstance(one, date) else _day(reader, "event_days", one)
            for one in values["event_days"]
        ]
    return reader


def _day(reader: TableReader, key: str, value: Any) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        day = date.max
    if day.year <= YEAR_MAX:
        return day
    what = "is missing" if value is None else f"has {value!r}"
    reader.wrong(key, what, "a day such as 2026-01-31 is wanted")
    return date.min if key == "start" else date.max


def _numbers(value: Any) -> Any:
    """Return a value with every text in it that is a number as that number."""
    if isinstance(value, Mapping):
        return {key: _numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return _number(value)


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return number if number.is_finite() else value
