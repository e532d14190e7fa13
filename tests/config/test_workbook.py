"""Workbooks: looked into before they are opened, and written so that nothing in them runs."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from config import zip_guard
from config.cells import Mark
from config.refusal import Problem
from config.workbook import (
    TEMPLATE_ROWS,
    Entry,
    Grid,
    Heading,
    Sheet,
    read_grid,
    write_table,
    write_template,
    write_workbook,
)

RISKY = ['=HYPERLINK("http://x")', "+1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1"]


def saved(*rows: list[object]) -> bytes:
    """Return a workbook as Excel would save it."""
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook in which a part says something else."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w") as after:
        for entry in before.namelist():
            content = before.read(entry)
            after.writestr(entry, content.replace(old, new) if entry == name else content)
    return file.getvalue()


def test_cells_are_read_as_what_they_are() -> None:
    grid = read_grid(saved(["表号", "日期", "示数"], ["M1", date(2026, 10, 31), 12500.6]))
    assert isinstance(grid, Grid)
    assert list(grid.rows[0]) == ["表号", "日期", "示数"]
    assert grid.rows[1][2] == 12500.6
    assert not grid.is_1904


def test_a_formula_is_marked_and_its_stored_value_is_not_believed() -> None:
    grid = read_grid(saved(["a", "b"], [1, "=1+1"], [2, 3]))
    assert isinstance(grid, Grid)
    assert grid.rows[1][1] is Mark.FORMULA
    assert grid.rows[2][1] == 3


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 cut off", "corrupt"),
        (changed(saved(["a"]), "xl/workbook.xml", b"<work", b"<?xml encoding='x'?><w"), "corrupt"),
        (changed(saved(["a"]), SHEET, b"<sheetData>", b"<sheetData"), "corrupt"),
        (changed(saved(["a"]), SHEET, b'r="A1"', b'r="XFD1"'), "too_many_columns"),
        (changed(saved(["a"]), SHEET, b'r="1"', b'r="900000"'), "too_many_rows"),
        (changed(saved(["a"]), SHEET, b"<worksheet", b"<!DOCTYPE x><worksheet"), "xml_dtd"),
        (changed(saved(["a"]), "xl/workbook.xml", b"<workbook", b"<!ENTITY a 'b'>"), "xml_dtd"),
        (changed(saved(["a"]), "[Content_Types].xml", b"<Types", b"<!doctype x><Types"), "xml_dtd"),
    ],
)
def test_what_would_harm_a_reader_is_refused_before_it_is_opened(data: bytes, code: str) -> None:
    found = read_grid(data)
    assert isinstance(found, Problem)
    assert (found.code, bool(found.remedy)) == (code, True)


def test_a_sheet_that_unpacks_to_far_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_guard, "UNPACKED_MAX", 1_000)
    found = read_grid(saved(["a"] * 50))
    assert isinstance(found, Problem)
    assert found.code == "zip_bomb"


def test_a_large_sheet_is_scanned_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[f"M{at}", at, "=1+1" if at % 7 == 0 else 2] for at in range(200)]
    data = saved(*rows)
    whole = read_grid(data)
    for step in (61, 257, 1024):
        monkeypatch.setattr(zip_guard, "_STEP", step)
        pieces = read_grid(data)
        assert isinstance(pieces, Grid)
        assert pieces == whole
    assert isinstance(whole, Grid)
    assert sum(row[2] is Mark.FORMULA for row in whole.rows) == 29


def test_no_text_becomes_a_formula_and_unprintable_characters_are_left_out(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out.xlsx"
    headings = [Heading("=Name", 20), Heading("Amount", format="#,##0.00"), Heading("At")]
    moment = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    rows = [[text, Decimal("12.50"), moment] for text in [*RISKY, "a\x0bb", "plain"]]
    write_workbook(path, [Sheet("a/b: [c]", headings, rows)])

    sheet = load_workbook(path).active
    assert sheet is not None
    cells = list(sheet.iter_rows())
    assert {cell.data_type for cell in cells[0]} == {"s"}
    assert [row[0].data_type for row in cells[1:]] == ["s"] * 7
    assert cells[6][0].value == "ab"
    assert cells[1][1].number_format == "#,##0.00"
    assert (sheet.freeze_panes, sheet.title) == ("A2", "a b   c ")
    assert sheet.column_dimensions["A"].width == 20
    assert read_grid(path.read_bytes()) is not None


def test_what_is_typed_into_a_template_has_the_form_of_its_column(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    headings = [Heading("Meter", 18, "@", Entry.TEXT), Heading("Note"), Heading("At", 9, "0.00")]
    write_template(path, "Readings", headings)

    sheet = load_workbook(path).active
    assert sheet is not None
    columns = [sheet.column_dimensions[letter] for letter in "ABC"]
    assert [column.number_format for column in columns] == ["@", "General", "0.00"]
    assert sheet["A1"].font.bold
    assert sheet.max_row == 1  # An empty cell is not worth its place in the file.
    (rule,) = sheet.data_validations.dataValidation
    assert str(rule.sqref) == f"A2:A{TEMPLATE_ROWS + 1}"


def test_a_csv_cell_that_begins_like_a_formula_is_made_a_text(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    rows = [[text, "-5.00"] for text in RISKY]
    write_table(path, Sheet("x", [Heading("a"), Heading("b")], rows))
    lines = path.read_text("utf-8-sig").splitlines()
    # A number alone is no formula, and stays one.
    bare = [line.lstrip('"') for line in lines[1:] if not line.startswith("+1")]
    assert len(bare) == len(RISKY) - 1
    assert all(line.startswith("'") for line in bare)
    assert all(line.endswith(",-5.00") for line in lines[1:])
