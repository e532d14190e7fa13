"""Figures of the receivable, by worked examples of others and by laws."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from arrears import figures, figures_report, kpi, store
from arrears.credit import Grade
from arrears.forecast import forecast, pay_curve
from arrears.kpi import (
    DEFINITIONS,
    collection_effectiveness,
    collection_rates,
    days_of_sales,
    loss_rates,
    provision,
    roll_rates,
    turnover,
)
from billing import books
from billing.ledger import Charge, ChargeKind
from billing.met import SettledCharge
from billing.money import money
from billing.tables import BillIssueRow, BillRow
from tests.arrears import street
from tests.billing import town

AS_OF = date(2026, 6, 30)
MONEY = st.integers(0, 10**9)


def test_collection_rates_of_a_published_exercise() -> None:
    # DOMAIN: a Chinese trade examination, 1,250,500 receivable of which 500,000 of former years.
    rates = collection_rates(money("1250500"), money("500000"), money("980000"), money("340000"))
    assert [str(rate) for rate in rates] == ["78.4", "85.3", "68.0"]


def test_what_is_taken_off_for_paying_early_is_neither_owed_nor_collected() -> None:
    # Open 200 when the year began and 1000 billed since; 2 and 18 were taken off for paying early.
    of = kpi.Receivable(
        *(money(amount) for amount in (200, 1000, 1078, 98, 102, 102, 1000)),
        sales_days=91,
        sales_opening=0,
        discounts=money(20),
        discounts_former=money(2),
    )
    found = kpi.figures(of)
    names = ("collection_rate", "collection_rate_current", "collection_rate_former")
    # 1078 of 1180, 980 of 982, 98 of 198.
    assert [str(found[name]) for name in names] == ["91.4", "99.8", "49.5"]


def test_days_sales_outstanding_of_a_published_manual() -> None:
    # A vendor's manual of receivables: a balance over the sales of three months, 90 days.
    sales = money(5538) + money(4566) + money(7570)
    assert str(days_of_sales(money(10869), sales, days=90)) == "55.35"


def test_a_provision_matrix_multiplied_out() -> None:
    # The rates and balances of the illustration to IFRS 9 (IE12): 580 in all.
    balances = [money(amount) for amount in (15_000, 7_500, 4_000, 2_500, 1_000)]
    rates = [Decimal(rate) for rate in ("0.003", "0.016", "0.036", "0.066", "0.106")]
    assert sum(provision(balances, rates)) == money(580)


def test_effectiveness_is_whole_when_only_what_is_not_due_is_open() -> None:
    assert collection_effectiveness(money(100), money(300), money(80), money(80)) == 100
    assert str(collection_effectiveness(money(100), money(300), money(120), money(80))) == "87.5"


def test_a_receivable_of_a_month_turns_twelve_times_a_year() -> None:
    assert turnover(money(300), money(100), money(100), days=90) == Decimal("12.17")


def test_nothing_to_divide_by_has_no_figure() -> None:
    assert collection_rates(0, 0, 0, 0) == (None, None, None)
    assert days_of_sales(money(5), 0, days=90) is None


def test_rolls_and_losses_of_a_steady_book() -> None:
    # Each month half of a bucket rolls on; the last keeps what it has and gets half of the third.
    months = [[800, 400, 200, 100 + 100 * at] for at in range(4)]
    rolls = roll_rates(months)
    assert rolls == (Decimal("0.5"),) * 3
    assert loss_rates(rolls, last=Decimal(1)) == (
        Decimal("0.125"),
        Decimal("0.25"),
        Decimal("0.5"),
        1,
    )


@given(st.lists(st.lists(MONEY, min_size=4, max_size=4), min_size=2, max_size=5))
def test_an_older_bucket_is_never_lost_less(months: list[list[int]]) -> None:
    rates = loss_rates(roll_rates(months), last=Decimal(1))
    assert list(rates) == sorted(rates)
    assert all(0 <= rate <= 1 for rate in rates)


def charge(due_on: date, amount: int) -> Charge:
    """Return an open charge."""
    return Charge(1, 1, ChargeKind.ENERGY, None, due_on, due_on, amount, amount, due_on)


def settled(days: list[int | None]) -> list[SettledCharge]:
    """Return bills due a year ago, settled so many days after their due day, or never."""
    due = AS_OF - timedelta(days=300)
    return [
        SettledCharge(at, due, 100, None if late is None else due + timedelta(days=late), False)
        for at, late in enumerate(days)
    ]


def test_cash_is_expected_as_late_as_it_was_before() -> None:
    # Half came in the first week after the due day, a quarter in the third, a quarter never.
    curve = pay_curve(settled([2, 3, 15, None]), as_of=AS_OF)
    found = forecast([charge(AS_OF, money(100))], curve, as_of=AS_OF)
    weeks = [week.expected for week in found.weeks]
    assert sum(weeks) == money(75)
    assert found.later == money(25)
    old = forecast([charge(AS_OF - timedelta(days=10), money(100))], curve, as_of=AS_OF)
    assert sum(week.expected for week in old.weeks) == money(50), "half of who is left pays"


@given(
    st.lists(st.one_of(st.none(), st.integers(-40, 250)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(-60, 400), MONEY), max_size=6),
)
def test_weeks_and_the_rest_are_what_is_open(
    days: list[int | None], open_now: list[tuple[int, int]]
) -> None:
    charges = [charge(AS_OF - timedelta(days=late), amount) for late, amount in open_now]
    found = forecast(charges, pay_curve(settled(days), as_of=AS_OF), as_of=AS_OF)
    assert sum(week.expected for week in found.weeks) + found.later == found.open
    assert all(week.expected >= 0 for week in found.weeks)


@pytest.fixture
def books_of_two(sessions):
    """Give two accounts: one with an old debt paid in part, one that pays."""
    with sessions.begin() as session:
        street.enact(session)
        accounts = town.settle_in(session, "A-100", "A-200")
        street.bill(session, accounts["A-100"], "500.00", due=date(2025, 10, 15))
    street.pay(sessions, accounts["A-100"], "340.00", on=date(2026, 3, 3))
    with sessions.begin() as session:
        street.bill(session, accounts["A-100"], "300.00", due=date(2026, 5, 15))
        street.bill(
            session, accounts["A-200"], "450.50", due=date(2026, 7, 5), raised=date(2026, 6, 20)
        )
    return accounts


def test_figures_of_a_day_come_from_the_books_of_that_day(sessions, books_of_two) -> None:
    with sessions() as session:
        found = figures.kpis(session, as_of=AS_OF, by="class")
        charges = books.open_charges(session, None, as_of=AS_OF)
        before = figures.kpis(session, as_of=date(2026, 2, 28))[-1]
        billed = session.scalars(
            select(BillRow.kwh).join(BillIssueRow).where(BillIssueRow.issued_on > date(2026, 3, 31))
        ).all()
    # Late charges are left out by definition.
    owed = sum(one.open for own in charges.values() for one in own if one.kind is ChargeKind.ENERGY)
    whole = found[-1]
    assert whole.group == "all"
    # Of the 340 paid, 139 days of late charges at 1 per mille came first: 69.50.
    assert (whole.of.opening, whole.of.settled_former) == (money(500), money("270.50"))
    assert whole.of.billed == money("750.50")
    assert whole.of.balance == owed
    assert str(whole.figures["collection_rate_former"]) == "54.1"
    assert whole.figures["collection_rate_current"] == 0
    assert set(whole.figures) == set(DEFINITIONS)
    assert sum(line.of.balance for line in found[:-1]) == owed
    assert len(billed) == 2
    assert whole.figures["energy_sold"] == sum(billed) > 0
    assert before.of.settled == 0
    assert before.of.sales_kwh == 0
    assert before.of.balance == money(500)


def test_what_is_set_aside_and_expected_covers_what_is_open(sessions, books_of_two) -> None:
    with sessions() as session:
        aside = figures.provision(session, as_of=AS_OF)
        cash = figures.expected_cash(session, as_of=AS_OF)
        receivable = books.receivable(session, as_of=AS_OF)
    assert sum(aside.balances) == cash.open == receivable
    assert aside.amounts[-1] == aside.balances[-1], "the oldest is set aside whole"


def test_the_workbook_carries_definitions_and_sums(sessions, books_of_two, tmp_path) -> None:
    path = tmp_path / "figures.xlsx"
    with sessions() as session:
        lines = figures.kpis(session, as_of=AS_OF, by="office")
        figures_report.write(path, lines, figures.provision(session, as_of=AS_OF))
    book = load_workbook(path)
    assert [sheet.freeze_panes for sheet in book] == ["A2"] * 3
    assert book.worksheets[1].max_row == len(DEFINITIONS) + 1
    assert str(book.worksheets[2].cell(book.worksheets[2].max_row, 5).value).startswith("=SUM(E2:")


def test_grades_migrate_from_one_day_to_another(sessions, books_of_two) -> None:
    street.night(sessions, date(2026, 3, 10))
    street.night(sessions, AS_OF)
    with sessions() as session:
        moves = figures.migration(session, since=date(2026, 3, 10), as_of=AS_OF)
        grades = store.grades_on(session, AS_OF)
    assert sum(moves.values()) == 2
    assert all(isinstance(grade, Grade) for grade in grades.values())
    assert sorted(after for _, after in moves) == sorted(set(grades.values()))
