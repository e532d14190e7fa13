"""
NEM12: interval data of Australian meters, as meter data providers send them.

A file is `100` header, `200` channels, each with a `300` record for every day, `400` records that
say which intervals of the day above are of which quality, `500` visits, `900` end. Source: AEMO,
Meter Data File Format Specification NEM12 and NEM13. All of it is in market time, ten hours ahead
of UTC the whole year, so that a day always has 24 hours.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from config.refusal import Problem
from config.table_file import File
from meters.formats import nem
from meters.formats.mending import record_text
from meters.formats.raw import BadRow, ChannelSum, RawDay, ReadFile
from meters.interval import DAY_MINUTES, MICRO, Flag, midnight, same_flags
from meters.reading import RegisterCode

NAME = "nem12"
VERSION = "NEM12"
ZONE = "UTC+10:00"

LENGTHS = ("5", "15", "30")
# What has to stand behind the intervals: the quality; reason, description and moments may follow.
_BEHIND = range(1, 6)
_FOLLOWS = {
    "": ("100",),
    "100": ("200", "900"),
    "200": ("300",),
    "300": ("200", "300", "400", "500", "900"),
    "400": ("200", "300", "400", "500", "900"),
    "500": ("200", "300", "500", "900"),
    "900": ("100",),
}
_NUMBER = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")
_NMI = re.compile(r"[A-Za-z0-9]{1,10}")
_SUFFIX = re.compile(r"[A-Za-z0-9]{2}")
_QUALITY = re.compile(r"(?:A|N|[EFS](?:[0-9]{2})?)")
# Thousandths of the unit in a thousandth of a kWh: what an amount in the file is in millionths.
_UNITS = {
    "WH": MICRO // 1000,
    "KWH": MICRO,
    "MWH": MICRO * 1000,
    "VARH": MICRO // 1000,
    "KVARH": MICRO,
    "MVARH": MICRO * 1000,
}
# The first letter of the suffix (AEMO, National Metering Identifier): energy drawn, energy fed
# in, and reactive energy in either direction.
_CODES = {
    ("E", False): RegisterCode.TOTAL,
    ("B", False): RegisterCode.EXPORT,
    ("Q", True): RegisterCode.REACTIVE,
    ("K", True): RegisterCode.REACTIVE,
}


class _Channel(NamedTuple):
    """The channel that a `200` record opens."""

    nmi: str
    suffix: str
    serial: str
    unit: str
    minutes: int

    @property
    def name(self) -> str:
        return f"{self.nmi}/{self.suffix}"

    @property
    def places(self) -> int:
        return DAY_MINUTES // self.minutes

    @property
    def code(self) -> RegisterCode | None:
        is_reactive = self.unit.upper().endswith("VARH")
        return _CODES.get((self.suffix[:1].upper(), is_reactive))


@dataclass(slots=True)
class _Day:
    """A `300` record, and the qualities that `400` records below it give."""

    line: int
    channel: _Channel
    day: date
    values: list[Decimal | None]
    quality: str
    flags: list[str] = field(default_factory=list)
    said: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Sum:
    """What was found of a channel so far."""

    unit: str
    intervals: int = 0
    total: Decimal = Decimal(0)
    first: date = date.max
    last: date = date.min


@dataclass(slots=True)
class _Found:
    """What is being read."""

    problems: list[Problem] = field(default_factory=list)
    days: list[RawDay] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    sums: dict[str, _Sum] = field(default_factory=dict)
    rows: int = 0
    channel: _Channel | None = None
    open: _Day | None = None


def read(file: File) -> ReadFile:
    """
    Read a NEM12 file; each `300` record is a row and gives a day of a channel.

    :raises RefusedFileError: with the line of everything that breaks the format.
    """
    found = _Found()
    order = nem.Order(VERSION, _FOLLOWS)
    for line, cells in nem.records(file, found.problems):
        found.problems += order.check(line, cells)
        if cells[0] != "400":
            _close(found)
        match cells[0]:
            case "200":
                found.channel = _channel(line, cells, found.problems)
            case "300":
                found.rows += 1
                found.open = _day(line, cells, found)
            case "400":
                found.problems += _quality(line, cells, found.open)
    _close(found)
    found.problems += order.end()
    if not found.rows and not found.problems:
        what = "there is no 300 record"
        found.problems.append(Problem(0, "no_rows", what, "look for the right file"))
    if found.problems:
        raise file.refuse(*sorted(found.problems, key=lambda one: one.row)[:1000])
    sums = [_channel_sum(name, one) for name, one in found.sums.items()]
    return ReadFile(NAME, (), found.rows, (), found.bad_rows, _raw_of(file), found.days, sums)


def _raw_of(file: File) -> Callable[[Collection[int]], Mapping[int, Mapping[str, str]]]:
    """Return what gives days as they stand in the file, with the records they stand among."""

    def raw(numbers: Collection[int]) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        above = {"100": "", "200": "", "400": ""}
        own = dict(above)
        for line, cells in nem.records(file, []) if numbers else ():
            text = record_text(cells)
            if cells[0] in ("100", "200"):
                above[cells[0]] = text
            elif cells[0] == "300":
                own = {**above, "300": text}
                if line in numbers:
                    found[line] = own
            elif cells[0] == "400":
                own["400"] += f"{text}\n"
        return found

    return raw


def _channel(line: int, cells: Sequence[str], problems: list[Problem]) -> _Channel | None:
    if not 9 <= len(cells) <= 10:
        what = f"the 200 record has {len(cells)} fields"
        problems.append(nem.broken(line, what, "10 are wanted; look for an extra comma"))
        return None
    texts = [cell.strip() for cell in cells]
    bad = [
        nem.broken(line, f"{name}: has {text[:40]!r}", f"{right} is wanted")
        for name, text, is_right, right in (
            ("NMI", texts[1], nem.fits(_NMI), "up to 10 letters and digits"),
            ("NMISuffix", texts[4], nem.fits(_SUFFIX), "such as E1"),
            ("UOM", texts[7], bool, "a unit such as kWh"),
            ("IntervalLength", texts[8], LENGTHS.__contains__, " or ".join(LENGTHS)),
        )
        if not is_right(text)
    ]
    problems += bad
    return None if bad else _Channel(texts[1], texts[4], texts[6], texts[7], int(texts[8]))


def _day(line: int, cells: Sequence[str], found: _Found) -> _Day | None:
    channel = found.channel
    if channel is None:
        return None  # Its 200 record is what is broken.
    behind = len(cells) - 2 - channel.places
    if behind not in _BEHIND:
        what = f"the 300 record has {len(cells)} fields"
        remedy = (
            f"{channel.places} intervals of {channel.minutes} minutes and {_BEHIND[-1]} fields "
            f"behind them are wanted; look whether the 200 record has the right IntervalLength"
        )
        found.problems.append(nem.broken(line, what, remedy))
        return None
    quality = cells[2 + channel.places].strip()
    values = cells[2 : 2 + channel.places]
    bad = list(_bad_fields(line, cells[1], values, quality))
    found.problems += bad
    if bad:
        return None
    day = date(int(cells[1][:4]), int(cells[1][4:6]), int(cells[1][6:8]))
    numbers = [Decimal(value) if value else None for value in map(str.strip, values)]
    return _Day(line, channel, day, numbers, quality, [quality[:1]] * channel.places)


def _bad_fields(line: int, day: str, values: Sequence[str], quality: str) -> Iterator[Problem]:
    """Find fields of a `300` record that no reader of the format should accept."""
    if not nem.is_day(day):
        yield nem.broken(line, f"IntervalDate: has {day[:40]!r}", "YYYYMMDD is wanted")
    if quality != "V" and not _QUALITY.fullmatch(quality):
        what = f"QualityMethod: has {quality[:40]!r}"
        yield nem.broken(line, what, "A, N, V or E, F, S with a method is wanted")
    for at, value in enumerate(values, start=1):
        text = value.strip()
        if not _NUMBER.fullmatch(text) and (text or quality not in ("N", "V")):
            what = f"IntervalValue{at}: has {text[:40]!r}"
            yield nem.broken(line, what, "a number is wanted")


def _quality(line: int, cells: Sequence[str], day: _Day | None) -> Iterator[Problem]:
    """Note the quality that a `400` record gives to some intervals, or yield what is wrong."""
    if day is None:
        return
    texts = [cell.strip() for cell in cells[1:4]]
    if len(cells) > 6 or len(texts) < 3 or not _QUALITY.fullmatch(texts[2]):
        what = "the 400 record isn't StartInterval, EndInterval, QualityMethod, reason"
        yield nem.broken(line, what, "such as 400,1,20,F14,76,")
        return
    start, end = (int(text) if text.isascii() and text.isdigit() else 0 for text in texts[:2])
    if start != day.said + 1 or not start <= end <= day.channel.places:
        what = f"the 400 record is about intervals {texts[0][:9]} to {texts[1][:9]}"
        remedy = f"from {day.said + 1} up to {day.channel.places} are to be told of"
        day.problems.append(nem.broken(line, what, remedy))
        return
    day.flags[start - 1 : end] = texts[2][:1] * (end - start + 1)
    day.said = end


def _close(found: _Found) -> None:
    """Note the day that is open, now that all of it was read."""
    day, found.open = found.open, None
    if day is None:
        return
    channel = day.channel
    _count(day, found.sums)
    problems = tuple(_problems(day))
    if problems:
        found.bad_rows.append(BadRow(day.line, channel.serial or channel.nmi, problems))
        return
    assert channel.code is not None, "a channel that counts nothing is a problem"
    amounts = _amounts(day, _UNITS[channel.unit.upper()])
    found.days.append(
        RawDay(
            rows=(day.line,),
            serial=channel.serial,
            point=channel.nmi,
            mark=channel.suffix,
            code=channel.code,
            zone=ZONE,
            day=day.day,
            minutes=channel.minutes,
            amounts=amounts,
            flags=same_flags(day.flags),
        )
    )


def _amounts(day: _Day, unit: int) -> list[int]:
    pairs = zip(day.values, day.flags, strict=True)
    return [
        int(value * unit) if value is not None and flag != Flag.MISSING else 0
        for value, flag in pairs
    ]


def _problems(day: _Day) -> Iterator[Problem]:
    """Find why a day can't be taken in although its record is in order."""
    line, channel = day.line, day.channel
    yield from day.problems
    if day.quality == "V" and day.said < channel.places and not day.problems:
        what = f"the 300 record has quality V, and 400 records tell of {day.said} intervals"
        remedy = f"{channel.places} are to be told of; ask for the file again"
        yield nem.broken(line, what, remedy)
    unit = _UNITS.get(channel.unit.upper())
    if unit is None:
        remedy = f"send {' or '.join(_UNITS)}"
        yield Problem(line, "unit", f"{channel.unit[:20]!r} can't be taken in", remedy)
        return
    if channel.code is None:
        what = f"channel {channel.suffix} in {channel.unit} is not one that is billed"
        yield Problem(line, "unknown_register", what, "E and B count kWh, Q and K kvarh")
    if any(value is not None and value * unit % 1 for value in day.values):
        what = "an interval has more than 6 decimals of a kWh"
        yield Problem(line, "too_many_decimals", what, "send what the meter shows")
    if any(value is not None and value < 0 for value in day.values):
        yield Problem(line, "negative", "an interval is below zero", "ask the meter data provider")
    if any(v is None and f != Flag.MISSING for v, f in zip(day.values, day.flags, strict=True)):
        yield Problem(line, "missing", "an interval is empty", "it wants a value, or quality N")


def _count(day: _Day, sums: dict[str, _Sum]) -> None:
    one = sums.setdefault(day.channel.name, _Sum(day.channel.unit))
    one.intervals += day.channel.places
    one.total += sum((value for value in day.values if value is not None), Decimal(0))
    one.first, one.last = min(one.first, day.day), max(one.last, day.day)


def _channel_sum(name: str, one: _Sum) -> ChannelSum:
    def at(day: date) -> datetime:
        return midnight(ZONE, day)

    last = at(one.last + timedelta(days=1))
    return ChannelSum(name, one.unit, one.intervals, one.total, at(one.first), last)
