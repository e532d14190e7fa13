"""
Readings in a table: one to a row, or a row for each meter with a column for each register.

A row whose register is `interval` is an interval: it begins at the moment of the row, and its
value is the energy of the interval in kWh.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from config.layout import Layout, LayoutError
from config.refusal import Problem
from config.table_file import File, read_table
from meters.formats.raw import BadRow, ChannelSum, RawDay, RawReading, ReadFile
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
    readings: list[RawReading] = []
    bad_rows: list[BadRow] = []
    intervals: defaultdict[tuple[str, str], list[_Interval]] = defaultdict(list)
    count = 0
    for number, fields, problems, spread in table.rows():
        count += 1
        if problems:
            bad_rows.append(BadRow(number, fields.get("serial", ""), problems))
        elif spread:
            readings += (
                _reading(number, fields, value, RegisterCode(word))
                for word, value in spread.items()
            )
        elif (code := _CODES.get(fields.get("register", "total"))) is not None:
            readings.append(_reading(number, fields, fields["value"], code))
        else:
            found = _interval(number, fields, zone)
            if isinstance(found, BadRow):
                bad_rows.append(found)
            else:
                intervals[fields["serial"], fields["register"]].append(found)
    days, bad_days, sums = _days(intervals, zone)
    bad_rows += bad_days
    name, names = table.layout.name, table.names
    return ReadFile(name, names, count, readings, bad_rows, table.raw, days, sums)


def _reading(row: int, fields: Mapping[str, Any], value: Any, code: RegisterCode) -> RawReading:
    kind = _KINDS[fields.get("kind", "actual")]
    taken_on = fields["taken_on"]
    day = taken_on.date() if isinstance(taken_on, datetime) else taken_on
    return RawReading(row, fields["serial"], day, value, kind, code)


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
    for field, known in (("register", {**_CODES, **_INTERVALS}), ("kind", _KINDS)):
        column = fields.get(field)
        codes = set((column.values or {}).values()) if column else set()
        strange = sorted(codes - set(known))
        problems += [f"{field}: {code} is none of {', '.join(known)}" for code in strange]
    words = [column.field for column in layout.spread.columns] if layout.spread else []
    problems += [f"spread: {word} is no register" for word in words if word not in _CODES]
    if problems:
        raise LayoutError("\n".join(f"layouts/{layout.name}: {problem}" for problem in problems))
