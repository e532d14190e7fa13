"""The small parts of pages: charts that add up, lists that count honestly, statements."""

from datetime import date

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger import Book, Entry
from web import charts, listing
from web.charts import Bar, Pair
from web.statement import statement_lines


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=40))
def test_columns_stand_on_the_floor_inside_the_drawing_and_in_proportion(
    values: list[float],
) -> None:
    chart = charts.columns("test", [Bar(str(at), value) for at, value in enumerate(values)])
    most = max(values)
    for mark in chart.marks:
        assert mark.x >= 0
        assert mark.x + mark.width <= chart.width + 0.02
        assert mark.y >= charts.TOP - 0.02
        assert abs(mark.y + mark.height - chart.floor) < 0.02
        if most:
            share = mark.height / (chart.floor - charts.TOP)
            assert abs(share - mark.bar.value / most) < 0.001


@given(st.lists(st.integers(0, 10**9), max_size=12))
def test_the_slices_of_a_bar_fill_it_and_nothing_has_none(values: list[int]) -> None:
    found = charts.slices(
        [Bar(str(at), float(value)) for at, value in enumerate(values)], width=100
    )
    assert len(found) == sum(value > 0 for value in values)
    if found:
        assert abs(sum(one.width for one in found) - 100) < 0.5


def test_a_share_above_one_is_drawn_above_it_and_one_without_a_whole_not_at_all() -> None:
    chart = charts.pairs("test", [Pair("a", 10, 30, 3.0), Pair("b", 0, 5, None)])
    assert chart.marks[0].share_y == charts.TOP
    assert chart.high(1.0) > charts.TOP
    assert chart.line.count(",") == 1


def test_a_page_says_which_rows_it_shows_of_how_many() -> None:
    app = Flask("test")
    for asked, number, first, last in (("1", 1, 1, 50), ("3", 3, 101, 120), ("99", 3, 101, 120)):
        with app.test_request_context(query_string={"page": asked}):
            page = listing.cut(list(range(120)))
            assert (page.number, page.first, page.last, page.total) == (number, first, last, 120)
    with app.test_request_context():
        empty: listing.Page[int] = listing.cut([])
        assert (empty.number, empty.first, empty.last, empty.count) == (1, 0, 0, 1)


def test_a_whole_number_is_digits_and_not_too_many() -> None:
    for text, wanted in (("7", 7), ("007", 7), ("", None), ("-1", None), ("1.5", None),
                         ("٣", None), ("9" * 19, None), ("9" * 18, 10**18 - 1)):  # fmt: skip
        assert listing.whole_number(text) == wanted


def entry(debit: Book, credit: Book, amount: int) -> Entry:
    """Return an entry of one account."""
    day = date(2026, 5, 1)
    return Entry(
        account_id=1, posted_on=day, value_on=day, debit=debit, credit=credit, amount=amount,
        text="test", charge_id=1, payment_id=1,
    )  # fmt: skip


def test_a_statement_ends_with_what_is_owed_and_allocations_change_nothing() -> None:
    lines = statement_lines(
        [
            entry(Book.RECEIVABLE, Book.REVENUE, 10000),
            entry(Book.RECEIVABLE, Book.TAX, 1300),
            entry(Book.CASH, Book.ON_ACCOUNT, 5000),
            entry(Book.ON_ACCOUNT, Book.RECEIVABLE, 5000),
            entry(Book.RECEIVABLE, Book.LATE_CHARGE, 70),
        ]
    )
    assert [line.balance for line in lines] == [10000, 11300, 6300, 6300, 6370]
    assert [line.is_allocation for line in lines] == [False, False, False, True, False]
