"""Grades: the same behavior always gives the same grade, and anyone can check it by hand."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.assessing import months_later
from arrears.behaviour import Behaviour, DueBill
from arrears.credit import GRADES, Assessed, Grade, Tier, tier_of
from arrears.grading import advice, assess, missing_points
from arrears.indicators import CATALOGUE, Indicator, measure
from arrears.scorecard import BadScorecardError, parse_scorecard
from billing.money import money
from tests.arrears.shipped import scorecard, table_of

AS_OF = date(2026, 7, 1)
FILE = Path(__file__).parents[1] / "cases" / "credit" / "scores.toml"
CASES = tomllib.loads(FILE.read_text("utf-8"), parse_float=Decimal)["case"]
GRADE = st.sampled_from(GRADES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_behavior_gives_the_grade_of_the_table(case: dict[str, Any]) -> None:
    behaviour = behaviour_of(case)
    is_new = months_later(behaviour.customer_since, scorecard().new_months) > AS_OF
    previous = Grade(case["previous"]) if "previous" in case else None
    found = assess(scorecard(), measure(behaviour, as_of=AS_OF), previous=previous, is_new=is_new)
    expect = case["expect"]
    assert found.score == expect.get("score")
    assert found.grade == expect["grade"]
    assert found.tier == expect["tier"]
    assert [limit.rule for limit in found.limits] == expect.get("limits", [])


def behaviour_of(case: dict[str, Any]) -> Behaviour:
    """Return the behavior that a table describes: twelve bills, the first ones paid late."""
    late, open_months = case.get("late", []), case.get("open_months", 0)
    bills = []
    for no in range(12):
        due_on = months_later(date(2025, 6, 20), no + 1) - timedelta(days=10)
        days = late[no] if no < len(late) else -1
        is_open = no >= 12 - open_months
        settled_on = None if is_open else due_on + timedelta(days=days)
        bills.append(DueBill(due_on, settled_on, no < case.get("returned", 0)))
    usage = [Decimal(kwh) for kwh in case.get("usage", [300, 300])]
    return Behaviour(
        customer_since=case["since"],
        bills=tuple(bills),
        overdue=money(case.get("overdue", 0)),
        months_in_arrears=open_months,
        average_bill=money(300),
        monthly_kwh=tuple(
            (date(year, month, 1), kwh)
            for year, kwh in ((2025, usage[0]), (2026, usage[1]))
            for month in (5, 6, 7)
        ),
        broken_plans=case.get("broken_plans", 0),
        is_protected=case.get("protected", False),
    )


def test_nine_grades_lie_in_three_tiers() -> None:
    assert [tier_of(grade) for grade in GRADES] == [
        *[Tier.LOW] * 3,
        *[Tier.MIDDLE] * 3,
        *[Tier.HIGH] * 3,
    ]


def values() -> st.SearchStrategy[dict[str, Decimal | None]]:
    """Return strategies for the values of every indicator, missing ones among them."""
    number = st.one_of(st.none(), st.decimals(0, 100, places=2))
    return st.fixed_dictionaries(dict.fromkeys(CATALOGUE, number))


def indicators(found: dict[str, Decimal | None]) -> list[Indicator]:
    return [Indicator(name, value, CATALOGUE[name].unit, "") for name, value in found.items()]


def graded(found: dict[str, Decimal | None], previous: Grade | None) -> Assessed:
    return assess(scorecard(), indicators(found), previous=previous, is_new=False)


@given(values(), st.one_of(st.none(), GRADE))
def test_the_same_values_give_the_same_grade_in_any_order(
    found: dict[str, Decimal | None], previous: Grade | None
) -> None:
    turned = dict(reversed(found.items()))
    assert graded(found, previous) == graded(turned, previous)


@given(values(), GRADE)
def test_nobody_jumps_two_tiers_upward(found: dict[str, Decimal | None], previous: Grade) -> None:
    result = graded(found, previous)
    assert not (tier_of(previous) is Tier.HIGH and result.tier is Tier.LOW)
    assert result.score is not None
    assert 0 <= result.score <= 100


@given(values())
def test_following_all_advice_gives_the_full_score(found: dict[str, Decimal | None]) -> None:
    result = graded(found, None)
    assert result.score is not None
    gains = sum(one.gain for one in advice(scorecard(), result))
    assert result.score + gains == 100


@given(values())
def test_the_points_that_are_missing_lead_to_the_next_grade(
    found: dict[str, Decimal | None],
) -> None:
    result = graded(found, None)
    missing = missing_points(scorecard(), result)
    if missing is not None and result.score is not None:
        better, points = missing
        reached = result.score + points
        assert GRADES.index(better) == GRADES.index(result.grade) - 1
        assert reached >= dict(scorecard().least_scores)[better]


@given(st.lists(st.integers(0, 120), min_size=1, max_size=12), st.integers(0, 11))
def test_paying_a_bill_later_never_raises_the_score(late: list[int], at: int) -> None:
    at %= len(late)
    later = [days + (10 if no == at else 0) for no, days in enumerate(late)]
    case = {"since": date(2020, 1, 1)}
    scores = [
        assess(
            scorecard(),
            measure(behaviour_of({**case, "late": days}), as_of=AS_OF),
            previous=None,
            is_new=False,
        ).score
        for days in (late, later)
    ]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[1] <= scores[0]


def test_advice_says_what_would_raise_the_grade_the_greatest_gain_first() -> None:
    behaviour = behaviour_of({"since": date(2020, 1, 1), "late": [45] * 12})
    found = assess(scorecard(), measure(behaviour, as_of=AS_OF), previous=None, is_new=False)
    first = advice(scorecard(), found)[0]
    assert (first.indicator, first.wanted, first.gain) == ("on_time_share", "at least 0.95", 30)
    assert missing_points(scorecard(), found) == (Grade.CCC, 5)


def test_being_protected_has_no_weight() -> None:
    assert "protected" not in {weighing.indicator for weighing in scorecard().weighings}


def test_a_bad_scorecard_is_refused_once_with_everything_that_is_wrong() -> None:
    table = table_of("policies/credit/2024-06-01")
    table["grades"]["AA"] = 99
    table["indicator"][0]["name"] = "on_time_shares"
    table["indicator"][1]["bands"].pop()
    table["indicator"][2]["wait"] = 3
    table["indicator"].append(table["indicator"][3])
    table["knock_out"][0]["ceiling"] = "D"
    with pytest.raises(BadScorecardError) as refused:
        parse_scorecard("policies/credit/bad", table)
    said = str(refused.value)
    for part in (
        "each must be below the one before",
        "on_time_shares",
        "the last band is for all others",
        "wait: nobody knows this word",
        "arrears_depth: is weighed twice",
        "115 points together; 100 are wanted",
        "ceiling: has 'D'",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 11, 15), 12, date(2027, 11, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later
