"""What a file of readings says, before anybody has looked for its meters."""

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from typing import NamedTuple, overload

from config.refusal import Problem
from meters.interval import PLACES
from meters.reading import ReadingKind, RegisterCode


class RawReading(NamedTuple):
    """
    A reading as a row of a file gives it.

    :param point: the number of the service point, where the file names it.
    :param code: what the register counts; none if the file only has the register's own mark.
    :param mark: how the file calls the register; of parts with a slash between them, any will do.
    :param says: the quantity that the file itself gives, and the value since which it counts.
    """

    row: int
    serial: str
    taken_on: date
    value: Decimal
    kind: ReadingKind
    code: RegisterCode | None
    mark: str = ""
    point: str = ""
    says: tuple[Decimal, Decimal] | None = None


class Columns(Sequence[RawReading]):
    """
    Readings of a table by columns, which take a fifth of the room; each is made when asked for.

    None of them names its service point, or has a mark or a quantity of its own.

    :ivar rows, serials, days, kinds, codes: what each reading has in its place.
    :ivar values: in millionths; below every one that a dial shows where it can't be told so.
    """

    __slots__ = ("_strange", "codes", "days", "kinds", "rows", "serials", "values")

    def __init__(self) -> None:
        self.rows = array("l")
        self.serials: list[str] = []
        self.days: list[date] = []
        self.values = array("q")
        self.kinds: list[ReadingKind] = []
        self.codes: list[RegisterCode] = []
        self._strange: dict[int, Decimal] = {}

    def extend(
        self,
        rows: Iterable[int],
        serials: Iterable[str],
        days: Iterable[date],
        values: list[Decimal],
        kinds: Iterable[ReadingKind],
        codes: Iterable[RegisterCode],
    ) -> None:
        """Add so many readings."""
        scaled = [_EXACT.scaleb(value, PLACES) for value in values]
        wholes = list(map(int, scaled))
        if wholes != scaled or max(map(abs, wholes), default=0) >= _MOST:
            for at, value in enumerate(values):
                if wholes[at] != scaled[at] or abs(wholes[at]) >= _MOST:
                    self._strange[len(self.values) + at] = value
                    wholes[at] = -_MOST
        self.rows.extend(rows)
        self.serials.extend(serials)
        self.days.extend(days)
        self.values.extend(wholes)
        self.kinds.extend(kinds)
        self.codes.extend(codes)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> RawReading: ...
    @overload
    def __getitem__(self, at: slice) -> list[RawReading]: ...
    def __getitem__(self, at: int | slice) -> RawReading | list[RawReading]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        value = self._strange.get(at)
        if value is None:
            value = Decimal(self.values[at]).scaleb(-PLACES)
        own = self.rows[at], self.serials[at], self.days[at], value, self.kinds[at], self.codes[at]
        return RawReading(*own)


# Three digits more than a dial has, with its decimals.
_MOST = 10**18
# A cell is 1,000 characters at most: nothing is rounded where a number is scaled.
_EXACT = Context(prec=2_000)


class RawDay(NamedTuple):
    """
    A day of intervals as a file gives it, from midnight to midnight by the clock of the zone.

    :param rows: the rows that it was made of; the first is the one it is called by.
    :param serial: the meter's number; empty where the file names only the service point.
    :param amounts: in millionths of a kWh (kvarh), as in `meters.interval.IntervalDay`.
    :param overlaps: how many intervals the file gives twice, and not the same.
    """

    rows: Sequence[int]
    serial: str
    point: str
    mark: str
    code: RegisterCode
    zone: str
    day: date
    minutes: int
    amounts: Sequence[int]
    flags: str
    overlaps: int = 0

    @property
    def row(self) -> int:
        """The row by which it is called."""
        return self.rows[0]


@dataclass(frozen=True, slots=True)
class ChannelSum:
    """
    What a file of intervals has of one channel, in the file's own unit.

    :param first_at: when the first interval begins, and `last_at` when the last one ends.
    """

    name: str
    unit: str
    intervals: int
    total: Decimal
    first_at: datetime
    last_at: datetime


class BadRow(NamedTuple):
    """A row that couldn't be read, and the meter it is about if that much could."""

    row: int
    serial: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """
    What was read from a file; a row may give several readings, and several rows a day.

    :param layout: the layout's name, or the format's.
    :param headings: the headings of the file's columns, to write failed rows under.
    :param raw: gives rows as they stand in the file, each cell by its heading.
    :param days: days of intervals.
    :param channels: what the file has of each channel of intervals.
    """

    layout: str
    headings: Sequence[str]
    rows: int
    readings: Sequence[RawReading]
    bad_rows: Sequence[BadRow]
    raw: Callable[[Collection[int]], Mapping[int, Mapping[str, str]]]
    days: Sequence[RawDay] = ()
    channels: Sequence[ChannelSum] = ()
