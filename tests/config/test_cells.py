"""Cells are read strictly: what could mean two things, or nothing, is refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.cells import (
    Cell,
    CellError,
    DateStyle,
    Mark,
    code_reader,
    date_reader,
    number_reader,
    read_id,
    read_text,
)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("M1001", "M1001"),
        (" M1001\t", "M1001"),
        ("\u200bM1001\ufeff", "M1001"),
        ("Ｍ１００１", "M1001"),
        ("\u00a0M-1/2\u3000", "M-1/2"),
        (1001, "1001"),
        (1001.0, "1001"),
        ("'=cmd", "=cmd"),
        ("", ""),
    ],
)
def test_a_number_that_names_something_is_read_without_what_cannot_be_seen(
    cell: Cell, said: str
) -> None:
    assert read_id(cell) == said


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("\u202eM1001", "control_characters"),
        ("M10\n01", "control_characters"),
        ("M" * 1001, "field_too_long"),
        (12345678901234567, "lost_digits"),
        (1.5, "lost_digits"),
        (True, "text_wanted"),
        (date(2026, 1, 1), "text_wanted"),
        (Mark.FORMULA, "formula"),
        (Mark.ERROR, "missing"),
    ],
)
def test_a_number_that_may_have_been_damaged_is_refused(cell: Cell, code: str) -> None:
    with pytest.raises(CellError) as refusal:
        read_id(cell)
    assert (refusal.value.code, bool(refusal.value.remedy)) == (code, True)


def test_a_name_stays_as_it_was_written() -> None:
    assert read_text(" 王小明（先生） ") == "王小明（先生）"
    assert read_text("Li\u2028x") == "Li\u2028x"
    assert read_text("㐀㐁𠮷") == "㐀㐁𠮷"
    with pytest.raises(CellError, match=r"U\+001B"):
        read_text("\x1b[2J")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12500.60", "12500.60"),
        (" 12500.60 ", "12500.60"),
        ("１２５００．６０", "12500.60"),
        ("-5.00", "-5.00"),
        ("+5", "5"),
        (12500.6, "12500.6"),
        (12500.599999999999, "12500.6"),
        (0, "0"),
    ],
)
def test_a_number_is_read_exactly(cell: Cell, number: str) -> None:
    assert number_reader()(cell) == Decimal(number)


@pytest.mark.parametrize(
    "cell",
    [
        *("NaN", "sNaN", "Infinity", "1E9", "1e999999999", "0x30"),
        *("1_000", "1,000", "12.", ".5", "5-", "²", "12500²", "١٢", "¥5"),
        "1 000",
        "",
        "9" * 40,
        True,
        date(2026, 1, 1),
    ],
)
def test_what_only_a_programmer_calls_a_number_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError) as refusal:
        number_reader()(cell)
    assert refusal.value.code == "number_format"


def test_marks_inside_numbers_are_those_of_the_layout() -> None:
    german = number_reader(decimal=",", thousands=".")
    assert german("1.234.567,89") == Decimal("1234567.89")
    assert german("1234567,89") == Decimal("1234567.89")
    for wrong in ("1,234.5", "12.34,5", "1.2345"):
        with pytest.raises(CellError):
            german(wrong)


@given(st.decimals(-(10**12), 10**12, places=6))
def test_every_exact_number_comes_back(number: Decimal) -> None:
    assert number_reader()(format(number, "f")) == number
    comma = number_reader(decimal=",", thousands=".")
    assert comma(f"{number:,f}".translate(str.maketrans(",.", ".,"))) == number


OCTOBER = date(2026, 10, 31)


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-10-31", "2026/10/31", "2026.10.31", "20261031"),
        "2026年10月31日",
        "２０２６－１０－３１",
        "2026-10-31 08:15",
        "2026-10-31T23:59:59+08:00",
        " 2026-10-31 ",
        OCTOBER,
        datetime(2026, 10, 31, 8, 15),  # noqa: DTZ001
        46326,
        46326.0,
    ],
)
def test_a_day_that_begins_with_its_year_is_understood(cell: Cell) -> None:
    assert date_reader(DateStyle.YMD)(cell) == OCTOBER


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31/10/2026", "date_ambiguous"),
        ("10/31/2026", "date_ambiguous"),
        ("2026-13-01", "date_format"),
        ("2026-02-29", "date_format"),
        ("26-10-31", "date_format"),
        ("115-10-31", "date_format"),
        ("2026-10-31 24:00", "date_format"),
        ("2026-10-31T23:59:60", "date_format"),
        ("2026-10/31", "date_format"),
        ("yesterday", "date_format"),
        (99999999.0, "date_format"),
        (True, "date_format"),
        (Mark.FORMULA, "formula"),
    ],
)
def test_a_day_that_could_be_another_is_refused(cell: Cell, code: str) -> None:
    with pytest.raises(CellError) as refusal:
        date_reader(DateStyle.YMD)(cell)
    assert refusal.value.code == code


def test_the_order_of_day_and_month_is_that_of_the_layout() -> None:
    assert date_reader(DateStyle.DMY)("03/04/2026") == date(2026, 4, 3)
    assert date_reader(DateStyle.MDY)("03/04/2026") == date(2026, 3, 4)
    assert date_reader(DateStyle.DMY)("2026-04-03") == date(2026, 4, 3)


def test_days_of_an_old_mac_are_counted_from_1904() -> None:
    assert date_reader(DateStyle.YMD, is_1904=True)(44864) == OCTOBER


@given(st.dates(date(1955, 1, 1), date(2100, 1, 1)))
def test_every_day_comes_back_in_every_style(day: date) -> None:
    assert date_reader(DateStyle.YMD)(day.isoformat()) == day
    assert date_reader(DateStyle.DMY)(f"{day:%d.%m.%Y}") == day
    assert date_reader(DateStyle.MDY)(f"{day:%m/%d/%Y}") == day


def test_words_are_compared_as_people_write_them() -> None:
    read = code_reader({"Off peak": "valley", "总": "total"})
    assert [read(word) for word in ("off_peak", " OFF  PEAK ", "总")] == ["valley"] * 2 + ["total"]
    with pytest.raises(CellError, match="'峰' means nothing here"):
        read("峰")
