"""Ageing: by days overdue, by the year it was raised in, and always the whole of what is owed."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.ageing import age, in_sum, labels
from billing.ledger import Charge, ChargeKind
from billing.money import Money, money

AS_OF = date(2026, 6, 30)
DAYS = st.dates(date(2023, 1, 1), date(2027, 12, 31))


def charge(due_on: date, left: Money, raised_on: date | None = None) -> Charge:
    raised = raised_on or due_on - timedelta(days=15)
    return Charge(1, 1, ChargeKind.ENERGY, 1, raised, due_on, max(left, 1), left, due_on)


@pytest.mark.parametrize(
    ("days_overdue", "bucket"),
    [
        (-10, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, ">120"),
        (1000, ">120"),
    ],
)
def test_a_debt_lies_in_the_bucket_of_its_days(days_overdue: int, bucket: str) -> None:
    found = age([charge(AS_OF - timedelta(days=days_overdue), 500)], as_of=AS_OF)
    assert found.buckets[labels().index(bucket)] == 500
    assert found.total == 500
    assert found.overdue == (500 if days_overdue > 0 else 0)


def test_a_supplier_may_cut_the_buckets_as_he_likes() -> None:
    assert labels((15, 45)) == ("current", "1-15", "16-45", ">45")
    charges = [charge(AS_OF - timedelta(days=days), 100) for days in (0, 15, 16, 45, 46)]
    assert age(charges, as_of=AS_OF, edges=(15, 45)).buckets == (100, 100, 200, 100)


@pytest.mark.parametrize(
    ("raised_on", "of"),
    [
        (date(2026, 6, 1), "this_month"),
        (date(2026, 5, 31), "this_year"),
        (date(2026, 1, 1), "this_year"),
        (date(2025, 12, 31), "former_years"),
        (date(2024, 6, 15), "former_years"),
    ],
)
def test_a_debt_is_of_this_month_this_year_or_a_former_one(raised_on: date, of: str) -> None:
    found = age([charge(raised_on + timedelta(days=15), 700, raised_on)], as_of=AS_OF)
    assert getattr(found, of) == 700
    assert found.this_month + found.this_year + found.former_years == found.total


def test_what_is_paid_is_not_the_oldest_debt() -> None:
    found = age([charge(date(2026, 1, 15), 0), charge(date(2026, 6, 15), 90)], as_of=AS_OF)
    assert (found.oldest_due_on, found.oldest_days) == (date(2026, 6, 15), 15)
    assert found.charges_overdue == 1


@given(st.lists(st.tuples(DAYS, st.integers(0, 10**12))), DAYS)
def test_both_sortings_sum_to_what_is_owed(owed: list[tuple[date, int]], as_of: date) -> None:
    charges = [charge(due_on, left) for due_on, left in owed]
    found = age(charges, as_of=as_of)
    assert found.total == sum(left for _, left in owed)
    assert found.this_month + found.this_year + found.former_years == found.total


@given(st.lists(st.tuples(DAYS, st.integers(0, 10**9))), st.integers(0, 30), DAYS)
def test_ageing_apart_and_in_sum_is_the_same(
    owed: list[tuple[date, int]], cut: int, as_of: date
) -> None:
    charges = [charge(due_on, left) for due_on, left in owed]
    apart = [age(charges[:cut], as_of=as_of), age(charges[cut:], as_of=as_of)]
    assert in_sum(apart) == age(charges, as_of=as_of)


@given(st.lists(st.tuples(DAYS, st.integers(1, 10**9)), min_size=1), DAYS, st.integers(0, 400))
def test_money_only_grows_older(owed: list[tuple[date, int]], as_of: date, days: int) -> None:
    charges = [charge(due_on, left) for due_on, left in owed]
    now, later = age(charges, as_of=as_of), age(charges, as_of=as_of + timedelta(days=days))
    for at in range(len(now.buckets)):
        assert sum(later.buckets[at:]) >= sum(now.buckets[at:])


CASES = json.loads((Path(__file__).parents[1] / "cases/ageing/cases.json").read_text("utf-8"))


@pytest.mark.parametrize("day", CASES["as_of"])
def test_buckets_are_those_of_independent_programs(day: str) -> None:
    for customer in CASES["customers"]:
        bills = {bill["no"]: bill for bill in customer["invoices"]}
        expected = customer["expected"][day]
        charges = [
            charge(
                date.fromisoformat(bills[item["no"]]["due"]),
                money(item["open"]),
                date.fromisoformat(bills[item["no"]]["billed"]),
            )
            for item in expected["open_items"]
        ]
        found = age(charges, as_of=date.fromisoformat(day))
        assert found.buckets == _buckets(expected["buckets"]), f"{customer['id']} on {day}"
        assert found.total == money(expected["open_total"])


def _buckets(expected: dict[str, str]) -> tuple[Money, ...]:
    names: Sequence[str] = ("current", "30_days", "60_days", "90_days", "120_days", "older")
    return tuple(money(expected[name]) for name in names)
