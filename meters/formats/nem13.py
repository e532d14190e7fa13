"""
NEM13: accumulated readings of Australian meters, as meter data providers send them.

A file is `100` header, `250` reading records, `550` service orders, `900` end; a `250` holds the
previous and the current reading of a register. Source: AEMO, Meter Data File Format Specification
NEM12 and NEM13. Direction `E` is energy taken from the grid, `I` energy fed into it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from config.refusal import Problem
from config.table_file import File
from meters.formats import nem
from meters.formats.raw import BadRow, RawReading, ReadFile
from meters.reading import ReadingKind, RegisterCode

NAME = "nem13"
VERSION = "NEM13"
_FOLLOWS = {
    "": ("100",),
    "100": ("250", "900"),
    "250": ("250", "550", "900"),
    "550": ("250", "550", "900"),
    "900": ("100",),
}
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
_NMI = re.compile(r"[A-Z0-9]{10}")
_QUALITY = re.compile(r"(?:A|N|[EFS][0-9]{2})")
# kWh and kvarh are what registers count here; other units would have to be converted.
_UNITS = {"KWH": False, "KVARH": True}


_Wanted = tuple[str, int, Callable[[str], bool], str]


def _wanted(field: str, is_right: Callable[[str], bool], right: str) -> _Wanted:
    return field, _AT[field], is_right, right


# What a field has to be, and how that is said.
_WANTED = (
    _wanted("NMI", nem.fits(_NMI), "10 capital letters and digits"),
    _wanted("RegisterID", bool, "the register's mark"),
    _wanted("MeterSerialNumber", bool, "the meter's number"),
    _wanted("DirectionIndicator", {"I", "E"}.__contains__, "I or E"),
    _wanted("PreviousRegisterRead", nem.fits(_NUMBER), "digits"),
    _wanted("PreviousRegisterReadDateTime", nem.is_moment, "YYYYMMDDhhmmss"),
    _wanted("PreviousQualityMethod", nem.fits(_QUALITY), "A, N or E, F, S with a method"),
    _wanted("CurrentRegisterRead", nem.fits(_NUMBER), "digits"),
    _wanted("CurrentRegisterReadDateTime", nem.is_moment, "YYYYMMDDhhmmss"),
    _wanted("CurrentQualityMethod", nem.fits(_QUALITY), "A, N or E, F, S with a method"),
    _wanted("Quantity", nem.fits(_QUANTITY), "a number"),
    _wanted("NextScheduledReadDate", nem.if_any(nem.is_day), "YYYYMMDD or nothing"),
    _wanted("UpdateDateTime", nem.if_any(nem.is_moment), "YYYYMMDDhhmmss"),
    _wanted("MSATSLoadDateTime", nem.if_any(nem.is_moment), "YYYYMMDDhhmmss"),
)


class _Bad(NamedTuple):
    """A field that isn't what the format wants."""

    field: str
    message: str
    remedy: str


def read(file: File) -> ReadFile:
    """
    Read a NEM13 file; each `250` record is a row and gives two readings.

    :raises RefusedFileError: with the line of everything that breaks the format.
    """
    problems: list[Problem] = []
    records = list(nem.records(file, problems))
    order = nem.Order(VERSION, _FOLLOWS)
    for line, cells in records:
        problems += order.check(line, cells)
    problems += order.end()
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
    return ReadFile(NAME, HEADINGS, rows, readings, bad_rows, nem.raw_of(file, HEADINGS))


def _broken_fields(line: int, cells: Sequence[str]) -> list[Problem]:
    if not _FIELDS_MIN <= len(cells) <= len(HEADINGS):
        what = f"the 250 record has {len(cells)} fields"
        return [nem.broken(line, what, f"{len(HEADINGS)} are wanted; look for an extra comma")]
    return [
        nem.broken(line, f"{bad.field}: {bad.message}", bad.remedy) for bad in _bad_fields(cells)
    ]


def _bad_fields(cells: Sequence[str]) -> Iterator[_Bad]:
    """Find fields that no reader of the format should accept."""
    for field, at, is_right, right in _WANTED:
        text = cells[at] if at < len(cells) else ""
        if not is_right(text):
            yield _Bad(field, f"has {text[:40]!r}", f"{right} is wanted")


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
