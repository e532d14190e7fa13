"""The ageing report on real databases: any day, to the cent, the same as independent programs."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from arrears import ageing_report, review
from arrears.groups import Grouping
from billing import books
from billing import store as master
from billing.money import major, money
from billing.payment import NewPayment
from billing.supply import SupplyClass
from tests.arrears import street
from tests.billing import town

pytestmark = pytest.mark.slow

CASES = json.loads((Path(__file__).parents[1] / "cases/ageing/cases.json").read_text("utf-8"))
CUSTOMERS = CASES["customers"]
NAMES = ("current", "30_days", "60_days", "90_days", "120_days", "older")


@pytest.fixture
def books_of_the_cases(sessions):
    """Post every bill and payment of the cases, each on its own day."""
    return keep_books(sessions, CUSTOMERS)


@pytest.fixture
def books_of_some(sessions):
    """Post the bills and payments of some of the cases."""
    return keep_books(sessions, CUSTOMERS[::5])


def keep_books(sessions, customers):
    acts = defaultdict(list)
    for customer in customers:
        for bill in customer["invoices"]:
            acts[date.fromisoformat(bill["billed"])].append((customer["id"], bill))
        for no, payment in enumerate(customer["payments"]):
            day = date.fromisoformat(payment["date"])
            acts[day].append((customer["id"], {**payment, "ref": f"{customer['id']}-{no}"}))
    with sessions.begin() as session:
        town.enact(session, late_charge=False)
        accounts = town.settle_in(session, *(one["id"] for one in customers))
        for day in sorted(acts):
            post(session, accounts, day, acts[day])
    return sessions


def post(session, accounts, day, acts):
    bills = [
        town.a_bill(
            session,
            accounts[number],
            act["amount"],
            issued_on=day,
            due_on=date.fromisoformat(act["due"]),
        )
        for number, act in acts
        if "due" in act
    ]
    books.post_bills(session, bills, posted_on=day)
    payments = [
        NewPayment(accounts[number].id, "bank", act["ref"], money(act["amount"]), day)
        for number, act in acts
        if "ref" in act
    ]
    books.receive(session, payments, posted_on=day, by="bank", now=town.at(day))


def test_every_account_ages_as_independent_programs_say_on_every_day(books_of_the_cases):
    for day in CASES["as_of"]:
        report = review.ageing(books_of_the_cases, as_of=date.fromisoformat(day))
        rows = {row.account_number: row for row in report.rows}
        assert report.total.total == report.receivable
        for customer in CUSTOMERS:
            expected = tuple(money(customer["expected"][day]["buckets"][name]) for name in NAMES)
            row = rows.get(customer["id"])
            found = row.ageing.buckets if row is not None else (0,) * len(NAMES)
            assert found == expected, f"{customer['id']} on {day}"


def test_the_buckets_are_the_receivable_on_every_past_month(books_of_some):
    day = date(2025, 6, 1)
    while day <= date(2026, 11, 21):
        report = review.ageing(books_of_some, as_of=day)
        assert report.total.total == report.receivable
        total = report.total
        assert total.this_month + total.this_year + total.former_years == report.receivable
        day += timedelta(days=28)


def test_credit_on_account_stands_in_a_column_of_its_own(sessions):
    day = date(2026, 3, 1)
    with sessions.begin() as session:
        town.enact(session)
        account = town.settle_in(session, "A-1")["A-1"]
        new = NewPayment(account.id, "counter", "1", 5000, day)
        books.receive(session, [new], posted_on=day, by="till", now=town.at(day))
    report = review.ageing(sessions, as_of=day)
    assert (report.on_account, report.receivable, report.total.total) == (5000, 0, 0)
    assert report.rows[0].on_account == 5000


def sums_of(page, heading):
    """Work out a column of the workbook as a spreadsheet would: its formulas' cells, summed."""
    headings = [cell.value for cell in page[1]]
    at = headings.index(heading) + 1
    values = [page.cell(row, at).value for row in range(2, page.max_row)]
    total = page.cell(page.max_row, at).value
    return values, total


def test_the_workbook_s_totals_are_formulas_that_agree(books_of_some, tmp_path):
    path = tmp_path / "ageing.xlsx"
    day = date(2026, 11, 21)
    report = review.ageing_workbook(books_of_some, path, as_of=day)
    book = load_workbook(path)
    page = book.worksheets[0]
    assert page.freeze_panes == "A2"
    assert page.max_row == len(report.rows) + 2
    for label, amount in zip(report.labels, report.total.buckets, strict=True):
        heading = "未逾期 current" if label == "current" else f"{label} 天 days"
        values, total = sums_of(page, heading)
        assert str(total).startswith("=SUM(")
        assert sum(Decimal(str(value)) for value in values) == major(amount)
    owed, _ = sums_of(page, "欠费合计 Owed")
    assert all(str(value).startswith("=SUM(D") for value in owed)
    years = book.worksheets[1]
    assert years.cell(years.max_row, 5).value == f"=SUM(E2:E{len(report.rows) + 1})"


def test_an_empty_ledger_has_an_empty_report(sessions, tmp_path):
    with sessions.begin() as session:
        street.enact(session)
    report = review.ageing_workbook(sessions, tmp_path / "none.xlsx", as_of=date(2026, 1, 1))
    assert (report.rows, report.receivable) == ((), 0)


def test_groups_sum_to_the_receivable_whatever_they_are_by(sessions, tmp_path):
    day = date(2026, 6, 1)
    with sessions.begin() as session:
        town.enact(session)
        homes = town.settle_in(session, "A-1", "A-2")
        mills = town.settle_in(session, "B-1", supply_class=SupplyClass.INDUSTRIAL, office="south")
        street.bill(session, homes["A-1"], "100.00", due=date(2026, 5, 16))
        street.bill(session, mills["B-1"], "700.00", due=date(2025, 12, 16))
        paid = NewPayment(homes["A-2"].id, "counter", "1", 5000, day)
        books.receive(session, [paid], posted_on=day, by="till", now=town.at(day))
    expected = {
        Grouping.CLASS: {"industrial": (70000, 0), "residential": (10000, 5000)},
        Grouping.OFFICE: {"north": (10000, 5000), "south": (70000, 0)},
        Grouping.ROUTE: {"none": (80000, 5000)},
        Grouping.CUSTOMER: {"C-A-1": (10000, 0), "C-A-2": (0, 5000), "C-B-1": (70000, 0)},
    }
    with sessions() as session:
        report = ageing_report.report(session, as_of=day)
        for by, wanted in expected.items():
            groups = ageing_report.grouped(session, report, by)
            found = {one.group: (one.ageing.total, one.on_account) for one in groups}
            assert found == wanted, by
            assert sum(one.ageing.total for one in groups) == report.receivable
            assert sum(one.on_account for one in groups) == report.on_account
            assert sum(one.accounts for one in groups) == len(report.rows)
        by_class = ageing_report.grouped(session, report, Grouping.CLASS)
    assert (by_class[0].ageing.former_years, by_class[1].ageing.former_years) == (70000, 0)
    path = tmp_path / "groups.xlsx"
    ageing_report.write_groups(report, by_class, path)
    page = load_workbook(path).worksheets[0]
    assert page.freeze_panes == "A2"
    total = next(row for row in page.iter_rows() if str(row[0].value).startswith("合计"))
    for cell in total[2:-1]:
        assert str(cell.value).startswith(f"=SUM({cell.column_letter}2:")
    headings = [cell.value for cell in page[1]]
    owed = headings.index("欠费合计 Owed")
    ledger = page.cell(total[0].row + 1, owed + 1).value
    assert ledger == major(report.receivable)
    shown = [page.cell(row, at).value for row in (2, 3) for at in range(4, owed + 1)]
    assert sum(Decimal(str(value)) for value in shown) == ledger
    assert page.cell(total[0].row + 2, owed + 1).value == f"={column(owed)}4-{column(owed)}5"


def column(at):
    """Return the letter of a column, the first being none."""
    return chr(ord("A") + at)


def test_the_class_is_that_of_the_day_not_of_today(sessions):
    changed, day = date(2026, 3, 1), date(2026, 6, 1)
    with sessions.begin() as session:
        town.enact(session)
        account = town.settle_in(session, "A-1")["A-1"]
        street.bill(session, account, "100.00", due=date(2026, 2, 16))
        old = master.supplies_of(session, [account.id])[account.id][0]
        new = replace(old, supply_class=SupplyClass.COMMERCIAL)
        master.change_supplies(session, [new], on=changed)
    with sessions() as session:
        found = [
            ageing_report.grouped(session, ageing_report.report(session, as_of=on), Grouping.CLASS)
            for on in (changed - timedelta(days=1), day)
        ]
    assert [[one.group for one in groups] for groups in found] == [["residential"], ["commercial"]]
