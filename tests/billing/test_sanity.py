"""Which bills a rule holds for a second person, and what it says of them."""

from decimal import Decimal

import pytest

from billing.sanity import BadBillingPolicyError, History, doubt, parse_billing_policy
from config import dated
from tests.billing.test_bill import draw


def policy():
    [file] = [file for file in dated.shipped() if file.subject == "policies/billing"]
    return parse_billing_policy(file.name, file.table)


@pytest.mark.parametrize(
    ("used", "history", "rule"),
    [
        ("300", History(), None),
        ("300", History(3, Decimal(300), 90), None),
        ("600", History(3, Decimal(300), 90), "far_above_own_mean"),
        ("600", History(2, Decimal(200), 60), None),
        ("60", History(3, Decimal(30), 90), None),
        ("0", History(6, Decimal(1800), 180), "nothing_used"),
        ("0", History(6, Decimal(180), 180), None),
        ("-10", History(6, Decimal(180), 180), "negative"),
        ("9000", History(), "large_household_bill"),
    ],
)
def test_the_shipped_rules_hold_what_looks_wrong(used, history, rule):
    found = doubt(draw(total=used), history, policy())
    assert (found and found[0]) == rule


def test_a_held_bill_says_why():
    _, message = doubt(draw(total="620"), History(3, Decimal(300), 90), policy())

    assert message == (
        "far more than usual: 302.75 for 620 kWh in 31 days (20.0 a day; own mean 3.3 a day, "
        "3 bills)"
    )


@pytest.mark.parametrize(
    ("used", "history", "peers", "rule"),
    [
        ("2100", History(), History(59, Decimal(11800), 1770), "far_above_peers"),
        ("2000", History(), History(59, Decimal(11800), 1770), None),
        ("2100", History(), History(19, Decimal(3800), 570), None),  # too few say nothing
        ("2100", History(3, Decimal(6000), 90), History(59, Decimal(11800), 1770), None),
        ("2100", History(), None, None),
    ],
)
def test_who_has_no_history_is_compared_with_others_of_the_class(used, history, peers, rule):
    found = doubt(draw(total=used), history, policy(), peers)
    assert (found and found[0]) == rule


def test_a_bill_held_for_what_others_use_says_what_they_do():
    peers = History(59, Decimal(11800), 1770)

    _, message = doubt(draw(total="2100"), History(), policy(), peers)

    assert message == (
        "far more than others of its class: 1,025.43 for 2100 kWh in 31 days (67.7 a day; "
        "no history; mean of its class 6.7 a day, 59 bills)"
    )


def test_a_policy_is_refused_with_all_its_problems():
    table = {
        "title": "t",
        "reading_age_days_max": -1,
        "history_days": 400,
        "hold": [{"name": "x", "text": "y", "kwh_form": 3}],
    }
    with pytest.raises(BadBillingPolicyError) as refused:
        parse_billing_policy("policies/billing/2026-01-01", table)

    assert str(refused.value).splitlines() == [
        (
            "policies/billing/2026-01-01: reading_age_days_max: has -1; a whole number of at "
            "least 0 "
            "is wanted"
        ),
        (
            "policies/billing/2026-01-01: hold x: amount_from: is missing, like every other "
            "condition; give one at least"
        ),
        (
            "policies/billing/2026-01-01: hold x: kwh_form: nobody knows this word; did you mean "
            "kwh_from?"
        ),
    ]
