"""Files of tables: recognized by what they are, decoded strictly, refused by line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.encoding import encoding_of
from config.file_type import FileType, recognize
from config.refusal import Problem, RefusedFileError
from config.table_file import Table, open_file, read_table

HEAD = "meter_id,reading_date,reading\n"


def table(folder: Path, content: str | bytes, name: str = "readings.csv", **more: str) -> Table:
    """Return a file of readings as a table."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(open_file(path), kind="readings", layout=more.get("layout"))


def refusal(folder: Path, content: str | bytes, name: str = "readings.csv", **more: str) -> str:
    """Return why a file is refused."""
    with pytest.raises(RefusedFileError) as error:
        list(table(folder, content, name, **more).rows())
    return str(error.value)


@given(st.text(st.characters(codec="gb18030"), min_size=1).filter(lambda text: "\0" not in text))
def test_a_text_in_utf_8_is_always_known_as_such(text: str) -> None:
    assert encoding_of(text.encode()) == ("utf-8-sig" if text[0] == "\ufeff" else "utf-8")
    assert encoding_of(text.encode("utf-8-sig")) == "utf-8-sig"


@pytest.mark.parametrize("text", ["表号,示数\n", "王小明,娄底,12.50\n", "联通,移动\n", "㐀㐁𠮷\n"])
def test_a_chinese_text_is_known_in_each_of_its_encodings(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        found = encoding_of(text.encode(encoding))
        assert isinstance(found, str)
        assert text.encode(encoding).decode(found) == text


def test_two_files_joined_are_refused_and_not_read_as_nonsense() -> None:
    found = encoding_of("王小明\n".encode() + "李四\n".encode("gb18030"))
    assert isinstance(found, Problem)
    assert (found.row, found.code) == (2, "encoding")


def test_a_long_text_is_checked_to_its_end() -> None:
    text = "读数" * 700_000
    assert encoding_of(text.encode()) == "utf-8"
    found = encoding_of(text.encode() + b"\n\xff\xff")
    assert isinstance(found, Problem)
    assert found.row == 2


@pytest.mark.parametrize(
    ("data", "suffix", "found"),
    [
        (b"a,b\n", ".csv", FileType.TEXT),
        (b"a,b\n", ".dat7", FileType.TEXT),
        (b"<?xml version='1.0'?>", ".xml", FileType.XML),
        (b"PK\x03\x04", ".xlsx", FileType.WORKBOOK),
        (b"PK\x03\x04", ".csv", "wrong_type"),
        (b"PK\x03\x04", ".zip", "wrong_type"),
        (b"a,b\n", ".xlsx", "wrong_type"),
        (b"<html>", ".xls", "wrong_type"),
        (b"%PDF-1.7", ".csv", "wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls", "wrong_type"),
    ],
)
def test_a_file_is_what_is_in_it_and_not_what_it_is_called(
    data: bytes, suffix: str, found: object
) -> None:
    told = recognize(data, suffix)
    assert (told.code if isinstance(told, Problem) else told) == found


def test_rows_are_called_by_the_line_they_begin_on(tmp_path: Path) -> None:
    text = HEAD + '"M1","2026-10-31","1"\n\n"M\n2","2026-10-31","1"\nM3,2026-10-31,1\n'
    found = [(row.number, len(row.problems)) for row in table(tmp_path, text).rows()]
    assert found == [(2, 0), (4, 1), (6, 0)]


def test_rows_are_shown_again_as_they_stand_in_the_file(tmp_path: Path) -> None:
    found = table(tmp_path, HEAD + "M1,soon, 1 \nM2,2026-10-31,2,3\n")
    assert found.raw([2, 3, 9]) == {
        2: {"meter_id": "M1", "reading_date": "soon", "reading": " 1 "},
        3: {"meter_id": "M2", "reading_date": "2026-10-31", "reading": "2", "#4": "3"},
    }


def test_a_quote_that_is_not_closed_does_not_swallow_the_rest(tmp_path: Path) -> None:
    text = HEAD + 'M1,2026-10-31,1\nM2,"2026-10-31,2\nM3,2026-10-31,3\n'
    assert refusal(tmp_path, text).startswith("readings.csv:3: the row breaks off")


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    assert "no row below the heading" in refusal(tmp_path, HEAD + "\n  \n,,\n")
    assert "the file is empty" in refusal(tmp_path, "")


def test_the_layout_is_found_by_the_headings_or_named(tmp_path: Path) -> None:
    assert table(tmp_path, HEAD + "M1,2026-10-31,1\n").layout.name == "readings_simple"
    chinese = "表号,抄表日期,示数\nM1,2026-10-31,1\n".encode("gb18030")
    assert table(tmp_path, chinese).layout.name == "handheld"
    told = refusal(tmp_path, HEAD + "M1,2026-10-31,1\n", layout="handheld")
    assert "readings.csv:1: there is no column for serial (layout handheld)" in told


def test_a_header_that_nobody_knows_is_refused_with_the_nearest_layout(tmp_path: Path) -> None:
    told = refusal(tmp_path, "meter_id,reading_date,readng\nM1,2026-10-31,1\n")
    assert "readings.csv:1: there is no column for value (layout readings_simple;" in told
    assert "nobody knows the column 'readng'; did you mean reading?" in told


def test_too_large_a_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config import table_file

    monkeypatch.setattr(table_file, "TEXT_BYTES_MAX", 2 * 1024 * 1024)
    assert "3 MiB; at most 2 MiB are taken" in refusal(tmp_path, HEAD + "x" * 3 * 1024 * 1024)
