"""What a cell of a table says: ids, texts, numbers and days, read strictly and never guessed."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any


class Mark(Enum):
    """A workbook's cell that holds no value that could be read."""

    FORMULA = "formula"
    ERROR = "error"


Cell = str | int | float | bool | date | datetime | time | timedelta | Mark
Reader = Callable[[Cell], Any]


class DateStyle(StrEnum):
    """The order of day, month and year; year first is understood whatever the style."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


class CellError(Exception):
    """A cell does not say what its column is for."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


FIELD_MAX = 1_000
"""The longest cell that is read, in characters."""

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

# Excel keeps 15 digits of a number; an id beyond that has been damaged by typing it as one.
_WHOLE_MAX = 10**15
_DIGITS_MAX = 30
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_SPACES = "\u00a0\u2007\u202f\u3000\u2009\u200a"
# Full-width forms of ASCII, as a Chinese keyboard writes them. Nothing else is folded: NFKC would
# turn a raised 2 into a plain one and a reading of 12500² into 125002.
_FOLD: Mapping[int, int | str | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **{ord(c): None for c in _INVISIBLE},
    **{ord(c): " " for c in _SPACES},
}
_EDGES = " \t" + _INVISIBLE + _SPACES
# C0 and C1 controls, and what turns the direction of writing round.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_TIME = r"(?:[T ](?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})"
    r"|(\d{4})年(\d{1,2})月(\d{1,2})日)" + _TIME,
    re.ASCII,
)
_CLOCK = re.compile(
    r"[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:(Z)|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII)
# Days that a bare number in a workbook may mean: 1954 to 2119.
_SERIALS = range(20_000, 80_001)
_EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}


def fold(text: str) -> str:
    """Return the text with full-width letters made plain and what cannot be seen left out."""
    if text.isascii():
        return text.strip()
    return text.translate(_FOLD).strip()


def same(text: str) -> str:
    """Return what two headings or words have in common when they mean the same."""
    return " ".join(fold(text).replace("_", " ").casefold().split())


def is_blank(cell: Cell) -> bool:
    """Test whether nothing is in the cell."""
    return isinstance(cell, str) and not cell.strip(_EDGES + "\r\n")


def text_of(cell: Cell) -> str:
    """Return what a cell shows, for a person who looks at the row."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, float):
        return format(_decimal(cell), "f")
    if isinstance(cell, Mark):
        return f"#{cell.value}"
    return str(cell)


def read_text(cell: Cell) -> str:
    """Return a name or another free text, as it was written."""
    text = _plain(cell).strip(_EDGES)
    _refuse_controls(text)
    return _bare(text)


def read_id(cell: Cell) -> str:
    """Return a number or code that names something: folded, without what cannot be seen."""
    if type(cell) is str and len(cell) <= FIELD_MAX and cell.isalnum() and cell.isascii():
        return cell  # Nearly every one is plain.
    text = _plain(cell)
    _refuse_controls(text.strip(_EDGES))
    return _bare(fold(text))


def _bare(text: str) -> str:
    # We write '= for = into CSV files, so that a spreadsheet leaves it alone; read it back.
    return text[1:] if text[:1] == "'" and text[1:].startswith(RISKY) else text


def code_reader(values: Mapping[str, str]) -> Reader:
    """Return the reader of a column that has one of so many words, each meaning a code."""
    known = {same(word): code for word, code in values.items()}
    seen: dict[Cell, str] = {}

    def read(cell: Cell) -> str:
        found = seen.get(cell)
        if found is not None:
            return found
        word = read_id(cell)
        try:
            seen[cell] = known[same(word)]
            return seen[cell]
        except KeyError:
            raise CellError(
                "unknown_value", f"{word!r} means nothing here", f"write one of {_some(values)}"
            ) from None

    return read


def number_reader(*, decimal: str = ".", thousands: str = "") -> Reader:
    """Return the reader of a column of numbers, written with these marks."""
    fraction = rf"(?:{re.escape(decimal)}[0-9]+)?"
    plain = re.compile(rf"[+-]?[0-9]+{fraction}")
    mark = re.escape(thousands)
    grouped = re.compile(rf"[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+{fraction}") if mark else None
    sample = f"12{thousands}500{decimal}60"

    def read(cell: Cell) -> Decimal:
        if not isinstance(cell, str):
            return _number_cell(cell)
        if len(cell) <= _DIGITS_MAX and plain.fullmatch(cell):  # Nearly every one is.
            return Decimal(cell if decimal == "." else cell.replace(decimal, "."))
        text = cell if cell.isascii() else fold(cell)
        if len(text) <= _DIGITS_MAX:
            text = text.strip()
            if plain.fullmatch(text):
                return Decimal(text if decimal == "." else text.replace(decimal, "."))
            if grouped is not None and grouped.fullmatch(text):
                return Decimal(text.replace(thousands, "").replace(decimal, "."))
        _refuse_controls(cell.strip(_EDGES))
        raise CellError(
            "number_format", f"{_short(text)} isn't a number", f"write digits such as {sample}"
        )

    return read


def date_reader(style: DateStyle, *, is_1904: bool = False) -> Reader:
    """
    Return the reader of a column of days.

    :param is_1904: whether the workbook counts its days from 1904, as old Macs did.
    """
    seen: dict[Cell, date] = {}

    def read(cell: Cell) -> date:
        # A file has few different days and many rows.
        found = seen.get(cell)
        if found is None:
            found = _date(cell, style, is_1904=is_1904)
            if len(seen) < 10_000:
                seen[cell] = found
        return found

    return read


def moment_reader(style: DateStyle, *, is_1904: bool = False) -> Reader:
    """
    Return the reader of a column of days or moments: a day where no time of day is written.

    A moment without its distance from UTC has no time zone.
    """
    seen: dict[Cell, date | datetime] = {}

    def read(cell: Cell) -> date | datetime:
        found = seen.get(cell)
        if found is None:
            found = _moment(cell, _date(cell, style, is_1904=is_1904))
            if len(seen) < 10_000:
                seen[cell] = found
        return found

    return read


def _moment(cell: Cell, day: date) -> date | datetime:
    if isinstance(cell, datetime):
        return cell if cell.time() != time() else day
    found = _CLOCK.search(fold(cell)) if isinstance(cell, str) else None
    if found is None:
        return day
    hour, minute, second, utc, sign, hours, minutes = found.groups()
    zone = UTC if utc else None
    if sign:
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        if ahead >= timedelta(hours=24):
            raise CellError("date_format", f"{sign}{hours}:{minutes} is no time zone", "correct it")
        zone = timezone(-ahead if sign == "-" else ahead)
    at = time(int(hour), int(minute), int(second or 0), tzinfo=zone)
    return datetime.combine(day, at)


def _date(cell: Cell, style: DateStyle, *, is_1904: bool) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, str):
        return _date_of_text(cell, style)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in _SERIALS:
        return _EPOCHS[is_1904] + timedelta(days=int(cell))
    _refuse_mark(cell)
    raise CellError("date_format", f"{text_of(cell)} isn't a day", "write it like 2026-10-31")


def _date_of_text(cell: str, style: DateStyle) -> date:
    text = fold(cell)
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        year, month, day = (int(part) for part in found.groups() if part and part.isdigit())
        return _day(text, year, month, day)
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        _refuse_controls(cell.strip(_EDGES))
        raise CellError("date_format", f"{_short(text)} isn't a day", "write it like 2026-10-31")
    one, two, year = (int(found[group]) for group in (1, 3, 4))
    if style is DateStyle.YMD:
        raise CellError(
            "date_ambiguous",
            f"{text!r} could be two different days",
            "write the year first, like 2026-10-31, or use a layout that says dates = 'dmy'",
        )
    day, month = (one, two) if style is DateStyle.DMY else (two, one)
    return _day(text, year, month, day)


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError("date_format", f"there is no day {text}", "correct it") from None


def _plain(cell: Cell) -> str:
    _refuse_mark(cell)
    if isinstance(cell, str):
        if len(cell) > FIELD_MAX:
            raise CellError(
                "field_too_long",
                f"the cell has {len(cell)} characters",
                f"at most {FIELD_MAX} are taken; look for a missing quote",
            )
        return cell
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise CellError(
            "text_wanted", f"{text_of(cell)} isn't a text", "format the column as text in Excel"
        )
    if cell != int(cell) or abs(cell) >= _WHOLE_MAX:
        raise CellError(
            "lost_digits",
            f"{text_of(cell)} was typed as a number and may have lost digits",
            "format the column as text in Excel and type it again",
        )
    return str(int(cell))


def _number_cell(cell: Cell) -> Decimal:
    _refuse_mark(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise CellError(
            "number_format", f"{text_of(cell)} isn't a number", "type the number into the cell"
        )
    if abs(cell) >= _WHOLE_MAX:
        raise CellError(
            "lost_digits", f"{text_of(cell)} has lost digits in Excel", "type it again as text"
        )
    return _decimal(cell)


def _decimal(number: float) -> Decimal:
    # Excel shows 15 digits; what comes after them is what binary fractions leave behind.
    return Decimal(format(number, ".15g"))


def _refuse_mark(cell: Cell) -> None:
    if cell is Mark.FORMULA:
        raise CellError(
            "formula", "the cell holds a formula", "copy it and paste it as a value, then save"
        )
    if cell is Mark.ERROR:
        raise CellError("missing", "the cell shows an error", "type the value into the cell")


def _refuse_controls(text: str) -> None:
    found = _CONTROLS.search(text)
    if found:
        raise CellError(
            "control_characters",
            f"there is an unprintable character (U+{ord(found[0]):04X}) in {_short(text)}",
            "type the cell again",
        )


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _some(values: Mapping[str, str]) -> str:
    words = list(values)
    return ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
