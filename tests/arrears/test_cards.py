"""Which card a customer is judged by, how long a knock-out lasts, and how far an expert goes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.behaviour import Behaviour, Event
from arrears.credit import GRADES, Grade, Tier, tier_of
from arrears.grading import assess, moved
from arrears.indicators import indicator, measure
from arrears.scorecard import BadScorecardError, parse_scorecard
from tests.arrears.shipped import table_of

NAME = "policies/credit/2026-12-01"
AS_OF = date(2027, 7, 1)
CARD = parse_scorecard(NAME, table_of(NAME))
KNOWN = Behaviour(date(2020, 1, 1))
BIG = replace(KNOWN, capacity_kva=Decimal(630))


def graded(behaviour, previous=None, *, is_new=False, adjusted=0):
    """Return what the shipped file makes of a customer."""
    card = CARD.card_for(behaviour, is_new=is_new)
    found = measure(behaviour, as_of=AS_OF)
    return card, assess(card, found, previous=previous, is_new=is_new, adjusted=adjusted)


@pytest.mark.parametrize(
    ("behaviour", "is_new", "key"),
    [
        (KNOWN, False, ""),
        (KNOWN, True, "new_customers"),
        (BIG, False, "large_users"),
        (BIG, True, "new_customers"),
        (replace(KNOWN, capacity_kva=Decimal(314)), False, ""),
        (
            replace(
                KNOWN, monthly_kwh=tuple((date(2027, m, 1), Decimal(500_000)) for m in (1, 2, 3))
            ),
            False,
            "large_users",
        ),
    ],
)
def test_the_file_says_who_is_judged_by_which_card(behaviour, is_new, key):
    assert CARD.card_for(behaviour, is_new=is_new).key == key


def test_what_a_card_leaves_out_is_as_in_the_file_s_own():
    for card in CARD.others:
        assert card.knock_outs == CARD.knock_outs
        assert card.least_scores == CARD.least_scores
        assert sum(one.most for one in card.weighings) == 100
        assert CARD.named(card.key) is card
    assert CARD.named("") is CARD


@given(st.sampled_from([0, 30, 100]), st.integers(0, 12))
def test_a_new_customer_is_scored_and_stays_in_the_middle(security, late):
    behaviour = replace(KNOWN, security=security * 100, average_bill=1000, months_late=(late,) * 2)
    _, found = graded(behaviour, is_new=True)
    assert found.score is not None
    if not any(limit.rule != "new_customer" for limit in found.limits):
        assert found.tier is Tier.MIDDLE
    else:
        assert tier_of(found.grade) is not Tier.LOW


@pytest.mark.parametrize(
    ("event", "on", "rule"),
    [
        (Event.THEFT, date(2025, 7, 2), "theft"),
        (Event.THEFT, date(2025, 7, 1), None),
        (Event.BREACH, date(2026, 7, 2), "breach"),
        (Event.BREACH, date(2026, 7, 1), None),
        (Event.BROKEN_PROMISE, date(2027, 1, 1), "broken_promise"),
    ],
)
def test_a_knock_out_lasts_for_its_term(event, on, rule):
    _, found = graded(replace(KNOWN, events=((event, on),)))
    assert [limit.rule for limit in found.limits] == ([rule] if rule else [])
    assert (found.tier is Tier.HIGH) == (rule is not None)


def test_arrears_of_three_months_hold_the_grade_down_for_a_year():
    was = (0,) * 11 + (3,)
    _, found = graded(replace(KNOWN, months_late=was))
    assert [limit.rule for limit in found.limits] == ["three_months_of_arrears"]
    _, found = graded(replace(KNOWN, months_late=(0,) * 12))
    assert found.limits == ()


@given(st.sampled_from(GRADES), st.integers(-2, 2))
def test_an_expert_moves_the_grade_by_notches_and_never_beyond_the_ends(grade, notches):
    after = moved(grade, notches)
    assert GRADES.index(after) == min(8, max(0, GRADES.index(grade) - notches))


def test_an_expert_s_word_neither_lifts_a_knock_out_nor_jumps_two_tiers():
    thief = replace(KNOWN, events=((Event.THEFT, date(2027, 1, 1)),))
    _, found = graded(thief, adjusted=2)
    assert found.grade is Grade.CCC
    by_points = graded(KNOWN)[1]
    assert graded(KNOWN, adjusted=-1)[1].grade is moved(by_points.grade, -1)
    points = [indicator("on_time_share", Decimal(1)), indicator("months_in_arrears", Decimal(0))]
    lifted = assess(CARD, points, previous=Grade.CC, is_new=False, adjusted=2)
    assert lifted.tier is not Tier.LOW
    assert lifted.adjusted == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"applies": []}, "applies: is empty"),
        ({"name": "new_customers"}, "card new_customers: is weighed twice"),
        ({"knock_out": [{"name": "x", "indicator": "months_in_arrears", "term_months": 3,
                         "ceiling": "C", "source": "-"}]}, "it wants one of months_since_"),
        ({"adjustment": {"notches": 3, "months": 12}}, "at most 2 are wanted"),
        ({"applies": [{"capacity": 5}]}, "capacity: nobody knows this word"),
        ({"indicator": []}, "0 points together; 100 are wanted"),
    ],
)  # fmt: skip
def test_a_bad_card_of_a_file_is_refused(change, said):
    table = table_of(NAME)
    table["card"][1] |= change
    with pytest.raises(BadScorecardError, match=said):
        parse_scorecard(NAME, table)
