"""What NEM12 and NEM13 have in common: numbered records in an order, and how they are written."""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from config.cells import FIELD_MAX
from config.refusal import Problem
from config.table_file import File

Record = tuple[int, list[str]]
"""The line of a record and its fields."""
_MOMENT = re.compile(r"[0-9]{14}")
_DAY = re.compile(r"[0-9]{8}")


def version_of(head: str) -> str | None:
    """
    Return the version that a file's first line names, such as NEM13, or none.

    A file without its first line is known by its records.
    """
    found = re.match(r"\s*100,\s*(NEM1[23])\b", head, re.IGNORECASE)
    if found:
        return found[1].upper()
    headless = re.match(r"\s*(?:(200|300)|(250|550)),[A-Za-z0-9]+,", head)
    if headless is None:
        return None
    return "NEM12" if headless[1] else "NEM13"


def records(file: File, problems: list[Problem]) -> Iterator[Record]:
    """Yield the records of a file that aren't blank; what can't be one goes to the problems."""
    reader = csv.reader(file.lines(), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
            if any(len(cell) > FIELD_MAX for cell in cells):
                what = "a field is far too long"
                problems.append(Problem(reader.line_num, "field_too_long", what, "send it again"))
    except csv.Error as error:
        what = f"the record breaks off: {error}"
        problems.append(Problem(reader.line_num, "quotes", what, "look for an open quote"))


class Order:
    """
    Finds records that stand where the format has no place for them, one after the other.

    :param follows: which records may come after each; after "" comes the first.
    """

    def __init__(self, version: str, follows: Mapping[str, Sequence[str]]) -> None:
        self._version = version
        self._follows = follows
        self._before = ""
        self._line = 0

    def check(self, line: int, cells: Sequence[str]) -> Iterator[Problem]:
        """Yield what is wrong with the place of the next record."""
        indicator, follows = cells[0], self._follows
        self._line = line
        if indicator not in follows:
            remedy = f"known are {min(filter(None, follows))} to {max(follows)}"
            yield broken(line, f"{indicator[:10]!r} is no {self._version} record", remedy)
            return
        if indicator not in follows[self._before]:
            after = f"after a {self._before}" if self._before else "at the beginning"
            remedy = f"{' or '.join(follows[self._before])} is wanted; ask for the file again"
            yield broken(line, f"a {indicator} record stands {after}", remedy)
        if indicator == "100" and (len(cells) < 5 or cells[1].strip().upper() != self._version):
            what = f"the header isn't that of a {self._version} file"
            yield broken(line, what, f"100,{self._version},… is wanted")
        self._before = indicator

    def end(self) -> Iterator[Problem]:
        """Yield what is missing at the end."""
        if self._before != "900":
            what = "the file breaks off before its 900 record"
            yield broken(self._line, what, "ask for it again")


def broken(line: int, message: str, remedy: str) -> Problem:
    """Return what breaks the format, and where."""
    return Problem(line, "format", message, remedy)


def fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Return a test whether a field is written as the pattern says."""
    return lambda text: pattern.fullmatch(text) is not None


def if_any(is_right: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return a test whether a field is right, or has nothing."""
    return lambda text: not text or is_right(text)


# A file has few different days and many records.
@lru_cache(maxsize=4096)
def is_moment(text: str) -> bool:
    """Test whether a field is a moment, YYYYMMDDhhmmss."""
    return _MOMENT.fullmatch(text) is not None and _is_real(text, "%Y%m%d%H%M%S")


@lru_cache(maxsize=4096)
def is_day(text: str) -> bool:
    """Test whether a field is a day, YYYYMMDD."""
    return _DAY.fullmatch(text) is not None and _is_real(text, "%Y%m%d")


def _is_real(text: str, form: str) -> bool:
    try:
        # Naive on purpose: the format has the meter's own clock, and only the day is used.
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def raw_of(
    file: File, headings: Sequence[str]
) -> Callable[[Collection[int]], Mapping[int, Mapping[str, str]]]:
    """Return what gives records as they stand in the file, by their lines."""

    def raw(numbers: Collection[int]) -> dict[int, dict[str, str]]:
        wanted = set(numbers)
        if not wanted:
            return {}
        return {
            line: dict(zip(headings, cells, strict=False))
            for line, cells in records(file, [])
            if line in wanted
        }

    return raw
