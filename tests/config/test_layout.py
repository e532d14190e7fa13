"""The language of layouts: what a file may say, and what a row of a table then means."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.layout import Layout, LayoutError, parse_layout
from config.rows import Row, RowReader, find_columns

PACKAGED = Path(__file__).parents[2] / "config" / "layouts"

SIMPLE = """
kind = "payments"
[[column]]
field = "account"
type = "id"
names = ["account", "户号"]
[[column]]
field = "paid_on"
type = "date"
names = ["paid on"]
[[column]]
field = "amount"
type = "number"
names = ["amount", "金额"]
[[column]]
field = "method"
type = "code"
names = ["method"]
default = "现金"
[column.values]
"现金" = "cash"
bank = "bank"
[[column]]
field = "note"
names = ["note"]
optional = true
[[column]]
field = "agent"
constant = "post office"
"""


def layout(text: str = SIMPLE, **more: Any) -> Layout:
    """Return the layout that a text describes."""
    return parse_layout("trial", tomllib.loads(text, parse_float=Decimal) | more)


def read(headings: list[str], *cells: object, of: Layout | None = None) -> Row:
    """Return what a row of such a table says."""
    asked = of or layout()
    places = find_columns(asked, headings)
    assert isinstance(places, dict), places
    row = RowReader(asked, places, len(headings))(2, list(cells))  # type: ignore[arg-type]
    assert row is not None
    return row


def refused(headings: list[str], of: Layout | None = None) -> list[str]:
    """Return what is wrong with the headings."""
    places = find_columns(of or layout(), headings)
    assert isinstance(places, list)
    return [str(problem) for problem in places]


def test_columns_are_found_by_any_of_their_names_in_any_order() -> None:
    row = read(["金额", " Paid_On ", "户号"], "12.50", "2026-03-01", "A-1")
    assert row.fields == {
        "account": "A-1",
        "paid_on": date(2026, 3, 1),
        "amount": Decimal("12.50"),
        "method": "cash",
        "agent": "post office",
    }
    assert row.problems == ()


def test_a_missing_column_is_named_with_what_it_may_be_called() -> None:
    assert refused(["account", "paid on"]) == [
        "there is no column for amount; call it amount or 金额"
    ]


def test_an_unknown_column_is_refused_and_never_passed_on() -> None:
    (problem,) = refused(["account", "paid on", "ammount", "amount"])
    assert problem.startswith("nobody knows the column 'ammount'; take it out")
    easy = layout(ignore_other_columns=True)
    row = read(["account", "paid on", "ammount", "amount"], "A", "2026-03-01", "x", "1", of=easy)
    assert "ammount" not in row.fields


def test_two_columns_of_one_meaning_are_refused() -> None:
    (problem,) = refused(["account", "户号", "paid on", "amount"])
    assert "two columns could be account: account and 户号" in problem


def test_our_own_columns_of_a_mended_file_are_passed_over() -> None:
    row = read(["account", "paid on", "amount", "!message"], "A", "2026-03-01", "1", "bad")
    assert row.problems == ()


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    row = read(["account", "paid on", "amount", "method"], "", "soon", "1e5", "cheque")
    assert [(problem.row, problem.code) for problem in row.problems] == [
        (2, "missing"),
        (2, "date_format"),
        (2, "number_format"),
        (2, "unknown_value"),
    ]
    assert str(row.problems[3]) == "method: 'cheque' means nothing here; write one of 现金, bank"


def test_an_empty_cell_takes_the_default_and_an_optional_one_is_left_out() -> None:
    row = read(["account", "paid on", "amount", "method", "note"], "A", "2026-03-01", "1", "-", "")
    assert row.fields["method"] == "cash"
    assert "note" not in row.fields


def test_a_row_with_too_few_or_too_many_cells_is_refused() -> None:
    headings = ["account", "paid on", "amount"]
    for cells in (["A", "2026-03-01"], ["A", "2026-03-01", "1", "2"]):
        assert "field_count" in {problem.code for problem in read(headings, *cells).problems}
    assert read(headings, "A", "2026-03-01", "1", "", " ").problems == ()


def test_blank_rows_and_rows_without_what_they_are_for_are_left_out() -> None:
    asked = layout(skip_rows_without="amount")
    places = find_columns(asked, ["account", "paid on", "amount"])
    assert isinstance(places, dict)
    reader = RowReader(asked, places, 3)
    assert reader(2, ["", " ", "\u3000"]) is None
    assert reader(3, ["A", "", "-"]) is None


def test_without_headings_positions_tell() -> None:
    asked = layout(
        """
        kind = "payments"
        header_row = 0
        [[column]]
        field = "account"
        type = "id"
        position = 3
        """
    )
    places = find_columns(asked, [])
    assert places == {"account": 2}


def test_columns_can_be_spread_into_records() -> None:
    asked = layout(
        """
        kind = "readings"
        [[column]]
        field = "serial"
        type = "id"
        names = ["meter"]
        [spread]
        into = "register"
        value = "value"
        [[spread.column]]
        word = "peak"
        names = ["峰"]
        [[spread.column]]
        word = "valley"
        names = ["谷"]
        """
    )
    row = read(["meter", "峰", "谷"], "M1", "10", "", of=asked)
    assert (row.fields, row.spread) == ({"serial": "M1"}, {"peak": Decimal(10)})
    assert read(["meter", "谷"], "M1", "-", of=asked).problems[0].code == "missing"
    assert refused(["meter"], asked) == ["no column holds values; give one of 峰, 谷"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind = 'x'", "column: there is none"),
        ("delimitr = 'tab'\n" + SIMPLE, "did you mean delimiter"),
        (SIMPLE + "[[column]]\nfield='account'\nnames=['b']", "account stands there twice"),
        (SIMPLE + "[[column]]\nfield='b'", "say where it stands"),
        (SIMPLE + "[[column]]\nfield='b'\nnames=['b']\ntype='code'", "goes with"),
        ("decimal = 'comma'\nthousands = 'comma'\n" + SIMPLE, "must be a point or a comma"),
        ("header_row = 0\n" + SIMPLE, "without a header row it wants a position"),
        ("skip_rows_without = 'x'\n" + SIMPLE, "x is no field"),
        ("dates = 'ydm'\n" + SIMPLE, "choose one of ymd, dmy, mdy"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_its_remedy(text: str, problem: str) -> None:
    with pytest.raises(LayoutError, match=problem):
        layout(text)


@pytest.mark.parametrize("path", sorted(PACKAGED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_layout_can_be_read(path: Path) -> None:
    found = parse_layout(path.stem, tomllib.loads(path.read_text("utf-8"), parse_float=Decimal))
    assert found.kind in {"readings", "exchanges", "customers", "payments"}
