"""
NEM13: accumulated readings of Australian meters, as meter data providers send them.

A file is `100` header, `250` reading records, `550` service orders, `900` end; a `250` holds the
previous and the current reading of a register. Source: AEMO, Meter Data File Format Specification
NEM12 and NEM13. Direction `E` is energy taken from the grid, `I` energy fed into it.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from config.cells import FIELD_MAX
from config.refusal import Problem
from config.table_file import File
from meters.formats.raw import BadRow, RawReading, ReadFile
from meters.reading import ReadingKind, RegisterCode

NAME = "nem13"
HEADINGS = (
    "RecordIndicator",
    "NMI",
    "NMIConfiguration",
    "RegisterID",
    "NMISuffix",
    "MDMDataStreamIdentifier",
    "MeterSerialNumber",
    "DirectionIndicator",
    "PreviousRegisterRead",
    "PreviousRegisterReadDateTime",
    "PreviousQualityMethod",
    "PreviousReasonCode",
    "PreviousReasonDescription",
    "CurrentRegisterRead",
    "CurrentRegisterReadDateTime",
    "CurrentQualityMethod",
    "CurrentReasonCode",
    "CurrentReasonDescription",
    "Quantity",
    "UOM",
    "NextScheduledReadDate",
    "UpdateDateTime",
    "MSATSLoadDateTime",
)
"""The fields of a `250` record. The last three may be empty, the very last may be left out."""

_FIELDS_MIN = len(HEADINGS) - 1
_AT = {name: at for at, name in enumerate(HEADINGS)}
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_QUANTITY = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_MOMENT = re.compile(r"[0-9]{14}")
_DAY = re.compile(r"[0-9]{8}")
_NMI = re.compile(r"[A-Z0-9]{10}")
_QUALITY = re.compile(r"(?:A|N|[EFS][0-9]{2})")
# kWh and kvarh are what registers count here; other units would have to be converted.
_UNITS = {"KWH": False, "KVARH": True}


class _Bad(NamedTuple):
    """A field that isn't what the format wants."""

    field: str
    message: str
    remedy: str


def is_nem(head: str) -> str | None:
    """Return the version that the first line of a file names, such as NEM13, or none."""
    found = re.match(r"\s*100,\s*(NEM1[23])\b", head, re.IGNORECASE)
    return found[1].upper() if found else None


def read(file: File) -> ReadFile:
    """
    Read a NEM13 file; each `250` record is a row and gives two readings.

    :raises RefusedFileError: with the line of everything that breaks the format.
    """
    problems: list[Problem] = []
    records = list(_records(file, problems))
    problems += _order(records)
    readings: list[RawReading] = []
    bad_rows: list[BadRow] = []
    rows = 0
    for line, cells in records:
        if cells[0] != "250":
            continue
        rows += 1
        broken = list(_broken_fields(line, cells))
        problems += broken
        found = [] if broken else _readings(line, cells)
        if isinstance(found, BadRow):
            bad_rows.append(found)
        else:
            readings += found
    if not rows and not problems:
        problems.append(Problem(0, "no_rows", "there is no 250 record", "look for the right file"))
    if problems:
        raise file.refuse(*sorted(problems, key=lambda one: one.row)[:1000])
    return ReadFile(NAME, HEADINGS, rows, readings, bad_rows, _raw_of(records))


def _records(file: File, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
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


def _order(records: Sequence[tuple[int, list[str]]]) -> Iterator[Problem]:
    """Find records that stand where the format has no place for them."""
    follows = {
        "": ("100",),
        "100": ("250", "900"),
        "250": ("250", "550", "900"),
        "550": ("250", "550", "900"),
        "900": ("100",),
    }
    before = ""
    for line, cells in records:
        indicator = cells[0]
        if indicator not in follows:
            yield _broken(line, f"{indicator[:10]!r} is no NEM13 record", "known are 100 to 900")
            continue
        if indicator not in follows[before]:
            after = f"after a {before}" if before else "at the beginning"
            remedy = f"{' or '.join(follows[before])} is wanted; ask for the file again"
            yield _broken(line, f"a {indicator} record stands {after}", remedy)
        if indicator == "100" and (len(cells) < 5 or cells[1].strip().upper() != "NEM13"):
            yield _broken(line, "the header isn't that of a NEM13 file", "100,NEM13,… is wanted")
        before = indicator
    if before != "900":
        last = records[-1][0] if records else 0
        yield _broken(last, "the file breaks off before its 900 record", "ask for it again")


def _broken(line: int, message: str, remedy: str) -> Problem:
    return Problem(line, "format", message, remedy)


def _broken_fields(line: int, cells: Sequence[str]) -> list[Problem]:
    if not _FIELDS_MIN <= len(cells) <= len(HEADINGS):
        what = f"the 250 record has {len(cells)} fields"
        return [_broken(line, what, f"{len(HEADINGS)} are wanted; look for an extra comma")]
    return [_broken(line, f"{bad.field}: {bad.message}", bad.remedy) for bad in _bad_fields(cells)]


def _bad_fields(cells: Sequence[str]) -> Iterator[_Bad]:
    """Find fields that no reader of the format should accept."""
    wanted: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("NMI", _fits(_NMI), "10 capital letters and digits"),
        ("RegisterID", bool, "the register's mark"),
        ("MeterSerialNumber", bool, "the meter's number"),
        ("DirectionIndicator", {"I", "E"}.__contains__, "I or E"),
        ("PreviousRegisterRead", _fits(_NUMBER), "digits"),
        ("PreviousRegisterReadDateTime", _is_moment, "YYYYMMDDhhmmss"),
        ("PreviousQualityMethod", _fits(_QUALITY), "A, N or E, F, S with a method"),
        ("CurrentRegisterRead", _fits(_NUMBER), "digits"),
        ("CurrentRegisterReadDateTime", _is_moment, "YYYYMMDDhhmmss"),
        ("CurrentQualityMethod", _fits(_QUALITY), "A, N or E, F, S with a method"),
        ("Quantity", _fits(_QUANTITY), "a number"),
        ("NextScheduledReadDate", lambda text: not text or _is_day(text), "YYYYMMDD or nothing"),
        ("UpdateDateTime", lambda text: not text or _is_moment(text), "YYYYMMDDhhmmss"),
        ("MSATSLoadDateTime", lambda text: not text or _is_moment(text), "YYYYMMDDhhmmss"),
    )
    for field, is_right, right in wanted:
        text = cells[_AT[field]] if _AT[field] < len(cells) else ""
        if not is_right(text):
            yield _Bad(field, f"has {text[:40]!r}", f"{right} is wanted")


def _fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _is_moment(text: str) -> bool:
    return _MOMENT.fullmatch(text) is not None and _is_real(text, "%Y%m%d%H%M%S")


def _is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None and _is_real(text, "%Y%m%d")


def _is_real(text: str, form: str) -> bool:
    try:
        # Naive on purpose: the format has the meter's own clock, and only the day is used.
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def _readings(line: int, cells: Sequence[str]) -> list[RawReading] | BadRow:
    def of(field: str) -> str:
        return cells[_AT[field]]

    unit = of("UOM").strip().upper()
    serial = of("MeterSerialNumber").strip()
    if unit not in _UNITS:
        problem = Problem(
            line, "unit", f"{of('UOM')[:20]!r} can't be taken in", f"send {' or '.join(_UNITS)}"
        )
        return BadRow(line, serial, (problem,))
    if "N" in (of("PreviousQualityMethod"), of("CurrentQualityMethod")):
        problem = Problem(line, "missing", "a reading has quality N: there is none", "read it")
        return BadRow(line, serial, (problem,))
    code = _code(of("DirectionIndicator"), is_reactive=_UNITS[unit])
    previous, current = Decimal(of("PreviousRegisterRead")), Decimal(of("CurrentRegisterRead"))
    both = (("Previous", previous, None), ("Current", current, (Decimal(of("Quantity")), previous)))
    return [
        RawReading(
            row=line,
            serial=serial,
            taken_on=_day_of(of(f"{which}RegisterReadDateTime")),
            value=value,
            kind=_kind(of(f"{which}QualityMethod")),
            code=code,
            mark=f"{of('RegisterID').strip()}/{of('NMISuffix').strip()}",
            point=of("NMI"),
            says=says,
        )
        for which, value, says in both
    ]


def _code(direction: str, *, is_reactive: bool) -> RegisterCode | None:
    if is_reactive:
        return RegisterCode.REACTIVE
    return RegisterCode.EXPORT if direction == "I" else None


def _kind(quality: str) -> ReadingKind:
    # Substituted and final substituted values were worked out, as estimates are.
    return ReadingKind.ACTUAL if quality.startswith("A") else ReadingKind.ESTIMATED


def _day_of(moment: str) -> date:
    return date(int(moment[:4]), int(moment[4:6]), int(moment[6:8]))


def _raw_of(
    records: Sequence[tuple[int, list[str]]],
) -> Callable[[Collection[int]], Mapping[int, Mapping[str, str]]]:
    def raw(numbers: Collection[int]) -> dict[int, dict[str, str]]:
        wanted = set(numbers)
        return {
            line: dict(zip(HEADINGS, cells, strict=False))
            for line, cells in records
            if line in wanted
        }

    return raw
