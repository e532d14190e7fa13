"""Workbooks: taken in only after a look inside, and written so that nothing in them runs."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from defusedxml import ElementTree
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from config.cells import RISKY, Cell, Mark
from config.refusal import Problem
from config.zip_guard import BadZipError, Scan, SheetScan, look_into

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TITLE = re.compile(r"[\[\]:*?/\\]")
_HEAD = {
    "font": Font(bold=True, color="FFFFFF"),
    "fill": PatternFill("solid", fgColor="1F4E79"),
    "alignment": Alignment(vertical="center", wrap_text=True),
    "border": Border(bottom=Side("thin", color="1F4E79")),
}
_WIDTH_MAX = 60
TEMPLATE_ROWS = 2_000
"""Rows of a template that are checked while they are typed."""
_BARS_MAX = 40
"""More bars than these nobody tells apart."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that we wrote ourselves, such as `SUM(A2:A9)`; a text never becomes one."""

    text: str

    def __str__(self) -> str:
        return self.text


_Chart = LineChart | BarChart
Value = str | int | Decimal | date | datetime | bool | Formula | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's cells, from A1 on; every row has as many as the widest."""

    rows: Sequence[Sequence[Cell]]
    is_1904: bool


class Entry(StrEnum):
    """What may be typed into a column of a sheet that is to be filled in."""

    DAY = "day"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    """
    A column of a sheet to be written.

    :param width: in characters; by default as wide as what is in it.
    :param format: an Excel number format such as `#,##0.00`.
    :param entry: what a spreadsheet is to accept there, or the words to choose from.
    """

    text: str
    width: int | None = None
    format: str | None = None
    entry: Entry | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    A sheet to be written: its headings, then its rows.

    :param charted: columns, the first being 1, that a line chart beside the rows draws over
        the first column.
    :param blank: how many empty rows below are to be filled in.
    :param stacked: columns that bars beside the rows stack up, and how many of the first rows are
        drawn.
    """

    title: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Value]]
    charted: Sequence[int] = ()
    blank: int = 0
    stacked: tuple[Sequence[int], int] = ((), 0)


def read_grid(data: bytes) -> Grid | Problem:
    """Return the cells of a workbook's first visible sheet, or why it isn't opened."""
    try:
        scan = look_into(data)
        names, is_1904 = _sheets(scan)
        return _read(data, names, scan, is_1904=is_1904)
    except BadZipError as bad:
        return bad.problem


def _sheets(scan: Scan) -> tuple[dict[str, str], bool]:
    """Return the path of each sheet by its name, and whether days are counted from 1904."""
    try:
        book = ElementTree.fromstring(scan.parts["xl/workbook.xml"])
        relations = ElementTree.fromstring(scan.parts["xl/_rels/workbook.xml.rels"])
    except (LookupError, ElementTree.ParseError, ValueError) as problem:
        raise BadZipError(_corrupt(problem)) from problem
    targets = {one.get("Id"): str(one.get("Target")) for one in relations}
    paths = {
        str(sheet.get("name")): _path(targets.get(sheet.get(_RELATION), ""))
        for sheet in book.iter(f"{_MAIN}sheet")
    }
    about = book.find(f"{_MAIN}workbookPr")
    return paths, about is not None and about.get("date1904") in ("1", "true")


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _read(data: bytes, paths: dict[str, str], scan: Scan, *, is_1904: bool) -> Grid | Problem:
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            visible = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible is SheetVisibleEnum.Visible
                and paths.get(sheet.name) in scan.sheets
            ]
            if not visible:
                return Problem(0, "no_rows", "the workbook has no sheet to see", "unhide the table")
            rows: list[list[Any]] = book.get_sheet_by_name(visible[0]).to_python(
                skip_empty_area=False
            )
    except (CalamineError, ValueError, OverflowError) as problem:
        return _corrupt(problem)
    except BaseException as problem:
        # The reader's own panic is no Exception; an interruption by the user isn't ours to catch.
        if type(problem).__name__ != "PanicException":
            raise
        return _corrupt(problem)
    _mark(rows, scan.sheets[paths[visible[0]]])
    return Grid(rows, is_1904)


def _mark(rows: list[list[Any]], scan: SheetScan) -> None:
    for places, mark in ((scan.formulas, Mark.FORMULA), (scan.errors, Mark.ERROR)):
        for row, column in places:
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = mark


def _corrupt(problem: BaseException) -> Problem:
    what = f"the workbook is damaged ({problem})"
    return Problem(0, "corrupt", what, "open it, save it again and send it once more")


def write_table(path: Path, sheet: Sheet, *, delimiter: str = ",") -> None:
    """Write one sheet, as a workbook if the path ends in .xlsx and else as CSV in UTF-8."""
    if path.suffix.lower() == ".xlsx":
        write_workbook(path, [sheet])
        return
    # The mark at the beginning tells Excel that it is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([_harmless(heading.text) for heading in sheet.headings])
        writer.writerows([_harmless(value) for value in row] for row in sheet.rows)


def _harmless(value: Value) -> Value:
    """Return a CSV cell that a spreadsheet doesn't take for a formula; see `cells.read_text`."""
    if not isinstance(value, str) or not value.startswith(RISKY) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """
    Write sheets with a frozen, styled heading; no text in them can become a formula.

    Characters that a workbook cannot hold are left out.
    """
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    book.save(path)


def write_template(path: Path, title: str, headings: Sequence[Heading]) -> None:
    """Write an empty workbook to be filled in; its headings say what may be typed below them."""
    write_workbook(path, [Sheet(title, headings, (), blank=TEMPLATE_ROWS)])


def _write(book: Workbook, sheet: Sheet) -> None:
    page = book.create_sheet(_TITLE.sub(" ", _printable(sheet.title))[:31] or "Sheet")
    rows = [[_safe(value) for value in row] for row in sheet.rows]
    for at, heading in enumerate(sheet.headings):
        column = page.column_dimensions[get_column_letter(at + 1)]
        column.width = heading.width or _width(heading.text, rows, at)
        # What is typed below the rows gets the form of its column; no empty cell is written for it.
        if sheet.blank and heading.format is not None:
            column.number_format = heading.format
    page.freeze_panes = "A2"
    if sheet.headings:
        page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.headings))}{len(rows) + 1}"
    page.append([_heading(page, heading.text) for heading in sheet.headings])
    formats = [heading.format for heading in sheet.headings]
    for row in rows:
        page.append([_cell(page, value, form) for value, form in _pair(row, formats)])
    for at, heading in enumerate(sheet.headings, start=1):
        if heading.entry is not None:
            rule = _rule(heading.entry)
            letter = get_column_letter(at)
            rule.add(f"{letter}2:{letter}{len(rows) + sheet.blank + 1}")
            page.data_validations.append(rule)
    _draw(page, sheet, len(rows))


def _draw(page: Any, sheet: Sheet, rows: int) -> None:
    """Put the charts of a sheet beside its rows."""
    place = f"{get_column_letter(len(sheet.headings) + 2)}2"
    if sheet.charted and rows:
        page.add_chart(_chart(page, sheet, LineChart(), sheet.charted, rows), place)
    columns, drawn = sheet.stacked
    if drawn:
        bars = BarChart(barDir="bar", grouping="stacked", overlap=100)
        page.add_chart(_chart(page, sheet, bars, columns, min(drawn, _BARS_MAX)), place)


def _chart(page: Any, sheet: Sheet, chart: _Chart, columns: Sequence[int], rows: int) -> _Chart:
    chart.title, chart.width, chart.height = _printable(sheet.title), 28, 11
    for column in columns:
        values = Reference(page, min_col=column, min_row=1, max_row=rows + 1)
        chart.add_data(values, titles_from_data=True)
    chart.set_categories(Reference(page, min_col=1, min_row=2, max_row=rows + 1))
    return chart


_DAY = "Type a day: 2026-10-31. 请输入日期。"
_NUMBER_WANTED = "At least 0, please. 请输入不小于 0 的数。"
_TEXT_WANTED = "Type a text. 请输入文字。"
# The first day of 2000, as a spreadsheet counts days.
_FIRST_DAY = "36526"


def _rule(entry: Entry | tuple[str, ...]) -> DataValidation:
    """Return what a spreadsheet checks as somebody types."""
    if isinstance(entry, tuple):
        words = ",".join(entry)
        rule = DataValidation("list", formula1=f'"{words}"', allow_blank=True)
        rule.error = "Choose a word from the list. 请从列表中选择。"
        return rule
    match entry:
        case Entry.DAY:
            return DataValidation(
                "date", operator="greaterThan", formula1=_FIRST_DAY, error=_DAY, allow_blank=True
            )
        case Entry.NUMBER:
            return DataValidation(
                "decimal",
                operator="greaterThanOrEqual",
                formula1="0",
                error=_NUMBER_WANTED,
                allow_blank=True,
            )
        case Entry.TEXT:
            return DataValidation(
                "textLength",
                operator="lessThan",
                formula1="1000",
                error=_TEXT_WANTED,
                allow_blank=True,
            )


def _pair(row: Sequence[Value], formats: Sequence[str | None]) -> list[tuple[Value, str | None]]:
    missing = len(row) - len(formats)
    return list(zip(row, [*formats, *[None] * missing], strict=False))


def _heading(page: Any, text: str) -> Any:
    cell = _text_cell(page, _printable(text))
    for name, style in _HEAD.items():
        setattr(cell, name, style)
    return cell


def _cell(page: Any, value: Value, form: str | None) -> Any:
    if isinstance(value, Formula):
        return _formula_cell(page, value, form)
    if isinstance(value, str):
        return _text_cell(page, value) if value.startswith(RISKY) else value
    if form is None or value is None:
        return value
    cell = WriteOnlyCell(page, cast("Any", value))
    cell.number_format = form
    return cell


def _formula_cell(page: Any, formula: Formula, form: str | None) -> Any:
    cell = WriteOnlyCell(page, f"={formula.text}")
    cell.data_type = "f"
    if form is not None:
        cell.number_format = form
    return cell


def _text_cell(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, text)
    # openpyxl makes a formula of whatever begins with "="; say that it is a text, and let Excel
    # keep it one when somebody edits the cell.
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _safe(value: Value) -> Value:
    if isinstance(value, str):
        return _printable(value)
    # A workbook has no time zones: it shows the moment as it stands, in UTC.
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _printable(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def _width(heading: str, rows: Sequence[Sequence[Value]], at: int) -> int:
    texts = [heading, *(str(row[at]) for row in rows[:200] if at < len(row))]
    return min(max(map(_columns, texts)) + 2, _WIDTH_MAX)


def _columns(text: str) -> int:
    # A Chinese character is as wide as two Latin ones.
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
