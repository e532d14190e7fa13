"""
Readings in a table: one to a row, or a row for each meter with a column for each register.

A row whose register is `interval` is an interval: it begins at the moment of the row, and its
value is the energy of the interval in kWh.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from config.layout import Layout, LayoutError
from config.refusal import Problem
from config.rows import Block, Row
from config.table_file import File, read_table
from meters.formats.raw import BadRow, ChannelSum, Columns, RawDay, ReadFile
from meters.formats.slots import Slots, Stamped
from meters.interval import MICRO, Flag, zone_of
from meters.reading import ReadingKind, RegisterCode

KIND = "readings"
_CODES = {str(code): code for code in RegisterCode}
_KINDS = {str(kind): kind for kind in ReadingKind}
_INTERVALS = {
    "interval": RegisterCode.TOTAL,
    "interval_export": RegisterCode.EXPORT,
    "interval_reactive": RegisterCode.REACTIVE,
}
_FLAGS = {"estimated": Flag.ESTIMATED}


class _Interval(NamedTuple):
    """A row that is an interval; how long it is shows in its neighbors."""

    row: int
    at: datetime
    kwh: Decimal
    flag: Flag


@dataclass(slots=True)
class _Found:
    """What was found in a table so far."""

    rows: int = 0
    readings: Columns = field(default_factory=Columns)
    bad_rows: list[BadRow] = field(default_factory=list)
    intervals: defaultdict[tuple[str, str], list[_Interval]] = field(
        default_factory=lambda: defaultdict(list)
    )


def read(file: File, *, layout: str | None, zone: str, folder: Path | None = None) -> ReadFile:
    """
    Read a table of readings by a layout.

    :param layout: its name; without one it is recognized by the headings.
    :param zone: the clock of moments that don't say how far from UTC they are.
    :raises RefusedFileError: if the table can't be read at all.
    :raises LayoutError: if the layout doesn't lead to readings.
    """
    table = read_table(file, kind=KIND, layout=layout, folder=folder)
    _check(table.layout)
    found = _Found()
    for some in table.blocks():
        if isinstance(some, Row):
            _take(some, found, zone)
        elif not _take_columns(some, found):
            for row in some.rows():
                _take(row, found, zone)
    days, bad_days, sums = _days(found.intervals, zone)
    found.bad_rows += bad_days
    own = table.layout.name, table.names, found.rows
    return ReadFile(*own, found.readings, found.bad_rows, table.raw, days, sums)


def _take_columns(block: Block, found: _Found) -> bool:
    """Add rows that are all readings of registers; if they aren't, nothing is done."""
    fields, count = block.fields, len(block.numbers)
    words = fields.get("register", ["total"] * count)
    if not _CODES.keys() >= set(words):
        return False
    days: Sequence[date] = fields["taken_on"]
    if any(isinstance(day, datetime) for day in set(days)):
        days = list(map(_day, days))
    kinds = map(_KINDS.__getitem__, fields.get("kind", ["actual"] * count))
    codes = map(_CODES.__getitem__, words)
    own = block.numbers, fields["serial"], days, list(fields["value"])
    found.readings.extend(*own, kinds, codes)
    found.rows += count
    return True


def _take(row: Row, found: _Found, zone: str) -> None:
    number, fields, problems, spread = row
    found.rows += 1
    if problems:
        found.bad_rows.append(BadRow(number, fields.get("serial", ""), problems))
        return
    word = fields.get("register", "total")
    if not spread and word not in _CODES:
        one = _interval(number, fields, zone)
        if isinstance(one, BadRow):
            found.bad_rows.append(one)
        else:
            found.intervals[fields["serial"], word].append(one)
        return
    values = spread or {word: fields["value"]}
    count = len(values)
    kinds = [_KINDS[fields.get("kind", "actual")]] * count
    same = [number] * count, [fields["serial"]] * count, [_day(fields["taken_on"])] * count
    codes = [_CODES[one] for one in values]
    found.readings.extend(*same, list(values.values()), kinds, codes)


def _day(taken_on: date | datetime) -> date:
    return taken_on.date() if isinstance(taken_on, datetime) else taken_on


def _interval(row: int, fields: Mapping[str, Any], zone: str) -> _Interval | BadRow:
    moment = _moment(fields["taken_on"], zone)
    if moment is None:
        what = f"{fields['taken_on']} comes twice or never, on the day that clocks change"
        remedy = "write how far from UTC it is, such as 02:00+02:00"
        problem = Problem(row, "date_ambiguous", what, remedy)
        return BadRow(row, fields["serial"], (problem,))
    if fields["value"] < 0:
        problem = Problem(row, "negative", "the interval is below zero", "correct it")
        return BadRow(row, fields["serial"], (problem,))
    return _Interval(row, moment, fields["value"], _FLAGS.get(fields.get("kind", ""), Flag.ACTUAL))


def _moment(at: date | datetime, zone: str) -> datetime | None:
    """Return the moment; none if the clock shows it twice or never."""
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)  # noqa: DTZ001
    if at.tzinfo is not None:
        return at
    first, second = (at.replace(tzinfo=zone_of(zone), fold=fold) for fold in (0, 1))
    return first if first.utcoffset() == second.utcoffset() else None


def _days(
    intervals: Mapping[tuple[str, str], Sequence[_Interval]], zone: str
) -> tuple[list[RawDay], list[BadRow], list[ChannelSum]]:
    days: list[RawDay] = []
    bad: list[BadRow] = []
    sums: list[ChannelSum] = []
    for (serial, mark), some in intervals.items():
        seconds = _seconds(some)
        slots = Slots(point="", serial=serial, mark=mark, code=_INTERVALS[mark], zone=zone)
        found, rest = slots.days(_stamped(some, seconds))
        days += found
        bad += rest
        sums.append(_sum(f"{serial}/{mark}", some, seconds))
    return days, bad, sums


def _seconds(some: Sequence[_Interval]) -> int:
    """Return how long the intervals are: as far as most of them are from the next."""
    starts = sorted({one.at for one in some})
    gaps = Counter(int((b - a).total_seconds()) for a, b in pairwise(starts))
    return gaps.most_common(1)[0][0] if gaps else 0


def _stamped(some: Sequence[_Interval], seconds: int) -> Iterator[Stamped]:
    for one in some:
        yield Stamped(one.row, one.at, seconds, one.kwh * MICRO, one.flag)


def _sum(name: str, some: Sequence[_Interval], seconds: int) -> ChannelSum:
    starts = [one.at for one in some]
    total = sum((one.kwh for one in some), Decimal(0))
    last = max(starts) + timedelta(seconds=seconds)
    return ChannelSum(name, "kWh", len(some), total, min(starts), last)


def _check(layout: Layout) -> None:
    """Refuse a layout that can't give readings, before it meets the first row."""
    fields = {column.field: column for column in layout.columns}
    wanted = {"serial", "taken_on"} if layout.spread else {"serial", "taken_on", "value"}
    problems = [f"column: {field} is missing" for field in sorted(wanted - set(fields))]
    for name, known in (("register", {**_CODES, **_INTERVALS}), ("kind", _KINDS)):
        column = fields.get(name)
        codes = set((column.values or {}).values()) if column else set()
        strange = sorted(codes - set(known))
        problems += [f"{name}: {code} is none of {', '.join(known)}" for code in strange]
    words = [column.field for column in layout.spread.columns] if layout.spread else []
    problems += [f"spread: {word} is no register" for word in words if word not in _CODES]
    if problems:
        raise LayoutError("\n".join(f"layouts/{layout.name}: {problem}" for problem in problems))
