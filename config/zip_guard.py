"""Look into a workbook before anything opens it: what it unpacks to, and what is hidden in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812

from config.refusal import Problem

UNPACKED_MAX = 200 * 1024 * 1024
ENTRIES_MAX = 1_000
ROWS_MAX = 200_000
COLUMNS_MAX = 64
# The reader lays out every cell between the first and the last, 32 bytes each.
CELLS_MAX = 5_000_000
# No honest sheet packs 100 : 1; below a megabyte it does no harm.
_RATIO_MAX = 100
_RATIO_FLOOR = 1024 * 1024
_STEP = 1024 * 1024
_CARRY_MAX = 64 * 1024

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PLACE = re.compile(rb"<(?:\w+:)?c\s(?:[^<>]*?\s)?r=[\"']([A-Z]+)([0-9]+)[\"']")
_BARE = re.compile(rb"<(?:\w+:)?c(?:\s(?![^<>]*\br=)[^<>]*)?/?>")
_ROW = re.compile(rb"<(?:\w+:)?row\s(?:[^<>]*?\s)?r=[\"']([0-9]+)[\"']")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s(?:[^<>]*?\s)?r=[\"']([A-Z]+)([0-9]+)[\"'][^<>]*>\s*<(?:\w+:)?f[\s>/]"
)
_ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ROW_START = re.compile(rb"<(?:\w+:)?row[\s>/]")
_CELL_START = re.compile(rb"<(?:\w+:)?c[\s>/]")
_TAG = re.compile(rb"<(?:\w+:)?c\s[^<>]*>")
_ERROR = re.compile(rb"\st=[\"']e[\"']")

Place = tuple[int, int]
"""A cell's row and column, counted from 0."""


class BadZipError(Exception):
    """A workbook is not safe to open."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class SheetScan:
    """What a look at a sheet's XML showed, before any reader built it up in memory."""

    rows: int = 0
    columns: int = 0
    rows_counted: int = 0
    cells_in_row: int = 0
    formulas: set[Place] = field(default_factory=set)
    errors: set[Place] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Scan:
    """The parts of a workbook that say how it is put together, and a scan of each sheet."""

    parts: dict[str, bytes]
    sheets: dict[str, SheetScan]


def look_into(data: bytes) -> Scan:
    """
    Unpack a workbook bit by bit, keeping nothing, and return what is worth knowing of it.

    :raises BadZipError: at the first thing that no honest workbook has.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            sheets = {}
            parts = {}
            for entry in entries:
                if _is_sheet(entry.filename):
                    sheets[entry.filename] = _scan_sheet(_unpacked(archive, entry))
                elif entry.filename.endswith((".xml", ".rels")):
                    content = _check_markup(b"".join(_unpacked(archive, entry)))
                    if entry.filename in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
                        parts[entry.filename] = content
                else:
                    for _ in _unpacked(archive, entry):
                        pass
            return Scan(parts, sheets)
    except (BadZipFile, ZlibError, EOFError, OSError, ValueError, NotImplementedError) as problem:
        raise _bad(
            "corrupt", f"the workbook is damaged ({problem})", "open it, save it again, resend it"
        ) from problem


def _check_directory(entries: list[ZipInfo]) -> None:
    """Judge by the table of contents alone, before anything is unpacked."""
    names = [entry.filename for entry in entries]
    if len(entries) > ENTRIES_MAX:
        raise _bad(
            "zip_entries", f"{len(entries)} parts are packed in it", "save it in Excel again"
        )
    if any(_escapes(name) for name in names):
        raise _bad("zip_path", "a part of it has a path that leads out", "don't open it; ask why")
    if any(entry.flag_bits & 1 for entry in entries):
        raise _bad("encrypted", "the workbook is locked with a password", "save it without one")
    if any(_is_bomb(entry) for entry in entries) or _total(entries) > UNPACKED_MAX:
        raise _bad("zip_bomb", "it would unpack to far too much", "don't open it; ask who made it")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise _bad("not_xlsx", "it is a zip but no .xlsx workbook", "send the workbook itself")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _bad("macro", "the workbook has macros in it", "save it as .xlsx, without macros")
    if len(set(names)) != len(names):
        raise _bad("corrupt", "the workbook has a part twice", "save it in Excel again")


def _escapes(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]


def _is_bomb(entry: ZipInfo) -> bool:
    packed = max(entry.compress_size, 1)
    return entry.file_size > _RATIO_FLOOR and entry.file_size / packed > _RATIO_MAX


def _total(entries: list[ZipInfo]) -> int:
    return sum(entry.file_size for entry in entries)


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/") and name.endswith(".xml")


def _unpacked(archive: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    # The table of contents may lie: zipfile stops at the size it claims and then finds that the
    # checksum doesn't fit.
    with archive.open(entry) as stream:
        while step := stream.read(_STEP):
            yield step


def _check_markup(content: bytes) -> bytes:
    start = content[:4]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start:
        raise _bad("xml_dtd", "a part of it is in UTF-16, as no Excel writes it", "save it again")
    if _DOCTYPE.search(content):
        raise _bad("xml_dtd", "a part of it declares its own entities", "don't open it; ask why")
    return content


def _scan_sheet(steps: Iterator[bytes]) -> SheetScan:
    scan = SheetScan()
    carry = b""
    for at, step in enumerate(steps):
        content = _check_markup(carry + step) if at == 0 else carry + step
        if _DOCTYPE.search(content):
            raise _bad("xml_dtd", "a sheet declares its own entities", "don't open it; ask why")
        cut = content.rfind(b"<c")
        carry = content[cut:] if cut >= 0 and len(content) - cut < _CARRY_MAX else b""
        _scan_step(scan, content[: len(content) - len(carry)])
    _scan_step(scan, carry)
    return scan


def _scan_step(scan: SheetScan, content: bytes) -> None:
    places = _PLACE.findall(content)
    columns = {letters for letters, _ in places}
    rows = {int(row) for row in _ROW.findall(content)} | {int(row) for _, row in places}
    scan.columns = max([scan.columns, *map(_number, columns)])
    scan.rows = max([scan.rows, *rows])
    if _BARE.search(content):
        _count_step(scan, content)
    _check_size(scan)
    scan.formulas |= {_place(*found) for found in _FORMULA.findall(content)}
    if b't="e"' in content or b"t='e'" in content:
        for tag in _TAG.findall(content):
            if _ERROR.search(tag) and (found := _PLACE.search(tag)):
                scan.errors.add(_place(found[1], found[2]))


def _count_step(scan: SheetScan, content: bytes) -> None:
    """Count the cells of each row, where they don't say in which column they stand."""
    if _ANY_FORMULA.search(content):
        raise _bad("formula", "a formula doesn't say where it stands", "paste values, then save")
    before, *rows = _ROW_START.split(content)
    scan.cells_in_row += len(_CELL_START.findall(before))
    for row in rows:
        scan.columns = max(scan.columns, scan.cells_in_row)
        scan.cells_in_row = len(_CELL_START.findall(row))
    scan.columns = max(scan.columns, scan.cells_in_row)
    scan.rows_counted += len(rows)
    scan.rows = max(scan.rows, scan.rows_counted)


def _check_size(scan: SheetScan) -> None:
    if scan.columns > COLUMNS_MAX:
        raise _bad(
            "too_many_columns",
            f"a cell stands in column {scan.columns}",
            f"at most {COLUMNS_MAX} columns are taken; delete what is right of the table",
        )
    if scan.rows > ROWS_MAX + 1 or scan.rows * scan.columns > CELLS_MAX:
        raise _bad(
            "too_many_rows",
            f"a cell stands in row {scan.rows}",
            f"at most {ROWS_MAX} rows are taken; delete what is below the table, or send CSV",
        )


def _place(letters: bytes, row: bytes) -> Place:
    return int(row) - 1, _number(letters) - 1


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + letter - 64
    return number


def _bad(code: str, message: str, remedy: str) -> BadZipError:
    return BadZipError(Problem(0, code, message, remedy))
