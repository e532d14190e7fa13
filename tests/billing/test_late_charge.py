import json
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.late_charge import accrued
from billing.ledger import Charge, ChargeKind
from billing.money import money
from config.law import Cap, CrossYearMode, LateCharge, LateRate, MonthCount
from tests import corpora

CASES = tomllib.loads(Path("tests/cases/late_charge/cases.toml").read_text("utf-8"))
RESIDENTIAL = LateRate(Decimal(1), Decimal(1))
OTHERS = LateRate(Decimal(2), Decimal(3))


def monthly(facts):
    return LateRate(Decimal(0), Decimal(0), Decimal(facts["percent_a_month"]))


def rule_of(facts):
    return LateCharge(
        rates=() if "percent_a_month" in facts else (("residential", RESIDENTIAL),),
        other=monthly(facts) if "percent_a_month" in facts else OTHERS,
        cross_year_mode=CrossYearMode(facts["cross_year_mode"]),
        floor=money(facts.get("floor", 0)),
        cap=Cap(facts.get("cap", "none")),
        article="art. 98",
        months=MonthCount(facts.get("months", "begun")),
    )


RULES = {name: rule_of(facts) for name, facts in CASES["rules"].items()}


def debt(due_on, amount, supply_class="industrial", open_=None):
    return Charge(
        id=1,
        account_id=1,
        kind=ChargeKind.ENERGY,
        bill_id=1,
        raised_on=due_on - timedelta(days=15),
        due_on=due_on,
        amount=amount,
        open=amount if open_ is None else open_,
        late_from=due_on,
        supply_class=supply_class,
    )


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_what_lateness_costs(case):
    total = sum(
        accrued(
            debt(date.fromisoformat(due), money(amount), case["class"]),
            until=case["paid"],
            rule=RULES[case["rule"]],
        )
        for due, amount in case["debts"]
    )

    assert total == money(case["late_charge"])


@pytest.mark.parametrize("example", ["E1a", "E1b"])
def test_the_two_published_answers_to_the_same_question(example):
    examples = json.loads(corpora.corpus("domain", "examples.json").read_text("utf-8"))
    (found,) = [one for one in examples if one["id"] == example]
    facts = found["in"]

    total = sum(
        accrued(
            debt(date.fromisoformat(due), money(amount)),
            until=date.fromisoformat(facts["paid"]),
            rule=RULES[facts["cross_year_mode"]],
        )
        for _, amount, due in facts["debts"]
    )

    assert total == money(str(found["out"]))


def test_a_late_charge_bears_no_late_charge():
    charge = replace(debt(date(2026, 1, 1), 1000), kind=ChargeKind.LATE_CHARGE, for_charge_id=2)

    assert accrued(charge, until=date(2026, 12, 1), rule=RULES["split_at_year_end"]) == 0


def test_a_law_that_changes_does_not_reach_back_to_what_fell_due_before():
    old, day = RULES["split_at_year_end"], date(2026, 7, 5)
    dear = replace(old, rates=(), other=monthly({"percent_a_month": "10"}), since=day, earlier=old)
    before, after = debt(day - timedelta(1), money(100)), debt(day, money(100))
    end = date(2026, 7, 31)

    assert accrued(before, until=end, rule=dear) == accrued(before, until=end, rule=old)
    assert accrued(after, until=end, rule=dear) == money(10)


def test_what_is_settled_no_longer_costs():
    charge = debt(date(2026, 1, 1), 100_000, open_=0)

    assert accrued(charge, until=date(2026, 12, 1), rule=RULES["split_at_year_end"]) == 0


def test_the_floor_is_asked_for_once():
    rule = RULES["with_floor"]
    charge = debt(date(2026, 3, 15), money(100), "residential")
    first = accrued(charge, until=date(2026, 3, 18), rule=rule)
    later = replace(charge, late_from=date(2026, 3, 18), late_charged=first)

    assert first == money(1)
    assert accrued(later, until=date(2026, 3, 20), rule=rule) == money("0.20")


def test_what_was_part_paid_in_the_old_year_costs_the_prior_year_rate_for_its_whole_span():
    # 1,000 due on 21 December; half of it is paid ten days late, the rest ten days later.
    rule = RULES["whole_span"]
    charge = debt(date(2025, 12, 21), money(1000))
    first = accrued(charge, until=date(2025, 12, 31), rule=rule)
    rest = replace(charge, open=money(500), late_from=date(2025, 12, 31), late_charged=first)

    assert first == money(20)
    # Twenty days at three per mille, of which ten were charged at two.
    assert accrued(rest, until=date(2026, 1, 10), rule=rule) == money(20)


days = st.integers(0, 1500)
UNCAPPED = ["whole_span", "split_at_year_end", "months_begun", "months_full"]


@given(days, days, st.integers(1, 10**9), st.sampled_from(UNCAPPED))
def test_counting_in_two_steps_costs_what_one_step_costs(first, more, amount, name):
    rule = RULES[name]
    charge = debt(date(2024, 6, 30), amount)
    between = charge.due_on + timedelta(days=first)
    until = between + timedelta(days=more)
    one = accrued(charge, until=between, rule=rule)
    two = accrued(
        replace(charge, late_from=max(charge.due_on, between), late_charged=one),
        until=until,
        rule=rule,
    )

    assert abs(one + two - accrued(charge, until=until, rule=rule)) <= 1


@given(days, st.integers(1, 10**9))
def test_a_day_more_never_costs_less(late, amount):
    charge = debt(date(2024, 6, 30), amount)
    until = charge.due_on + timedelta(days=late)

    for rule in RULES.values():
        assert accrued(charge, until=until, rule=rule) <= accrued(
            charge, until=until + timedelta(days=1), rule=rule
        )
