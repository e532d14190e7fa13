"""What a file of readings says, before anybody has looked for its meters."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from config.refusal import Problem
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


class BadRow(NamedTuple):
    """A row that couldn't be read, and the meter it is about if that much could."""

    row: int
    serial: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """
    What was read from a file; a row may give several readings.

    :param layout: the layout's name, or the format's.
    :param headings: the headings of the file's columns, to write failed rows under.
    :param raw: gives rows as they stand in the file, each cell by its heading.
    """

    layout: str
    headings: Sequence[str]
    rows: int
    readings: Sequence[RawReading]
    bad_rows: Sequence[BadRow]
    raw: Callable[[Collection[int]], Mapping[int, Mapping[str, str]]]
