"""Debt of former years against its targets, the ceiling of bad debt, and our own past to learn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears import figures, old_debt
from arrears.assessing import months_later
from arrears.behaviour import Behaviour
from arrears.card_debt import Sample
from arrears.old_debt import BadTargetError, Target, Whose
from arrears.own_history import HORIZON_MONTHS, days_of, own_history
from billing.money import money
from tests.arrears import street
from tests.billing import town

DAY = date(2027, 3, 31)


@pytest.fixture
def accounts(sessions):
    """Give two offices: N owes 300 of 2026, of which 100 came in; S owes 900 of 2025 and 2027."""
    with sessions.begin() as session:
        street.enact(session)
        north = town.settle_in(session, "N-1", "N-2")
        south = town.settle_in(session, "S-1", office="south")
        street.bill(session, north["N-1"], "300.00", due=date(2026, 12, 16))
        street.bill(session, north["N-2"], "500.00", due=date(2027, 2, 16))
        street.bill(session, south["S-1"], "700.00", due=date(2025, 6, 16))
        street.bill(session, south["S-1"], "200.00", due=date(2027, 3, 16))
    street.pay(sessions, north["N-1"], "100.00", on=date(2027, 2, 1))
    return north | south


def lines(sessions, by):
    """Return the debt of former years by whom it is looked after."""
    with sessions() as session:
        found = old_debt.old_debt(session, as_of=DAY, by=by)
    return {one.name: (one.opening, one.recovered, one.target, one.reached) for one in found}


def test_recovery_of_old_debt_is_told_against_the_newest_target(sessions, accounts):
    for amount in (100, 200):
        new = Target(2027, Whose.OFFICE, "north", money(amount))
        old_debt.set_target(sessions, new, by="wang", now=street.at(DAY))
    found = lines(sessions, Whose.OFFICE)
    # Of the 100.00 that came in, 14.10 met the late charge, which is no old debt.
    came = money("85.90")
    assert found["north"] == (money(300), came, money(200), 43)
    assert found["south"] == (money(700), 0, None, None)
    assert found["all"] == (money(1000), came, money(200), 43)
    by_collector = lines(sessions, Whose.COLLECTOR)
    assert by_collector == {
        "none": (money(1000), came, None, None),
        "all": (money(1000), came, None, None),
    }
    bad = Target(2027, Whose.OFFICE, " ", -1)
    with pytest.raises(BadTargetError) as refused:
        old_debt.set_target(sessions, bad, by="wang", now=street.at(DAY))
    assert "name" in str(refused.value)
    assert "amount" in str(refused.value)


def test_more_bad_debt_than_the_policy_allows_is_told(sessions, accounts):
    with sessions() as session:
        ceiling = figures.bad_debt_ceiling(session, as_of=DAY)
        found = {one.group: one for one in figures.kpis(session, as_of=DAY, by="office")}
        assert figures.bad_debt_ceiling(session, as_of=date(2026, 6, 1)) is None
    assert ceiling == 5
    assert found["south"].is_over(ceiling)
    assert not found["north"].is_over(ceiling)
    assert not found["south"].is_over(None)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60), st.integers(1, 24))
def test_what_a_card_learns_from_was_known_before_the_months_it_is_judged_on(until, months, unseen):
    learnt, judged = days_of(until, months=months, unseen=unseen)
    assert (len(learnt), len(judged)) == (months, unseen)
    assert list(learnt) == sorted(learnt)
    assert all((one + timedelta(days=1)).day == 1 for one in (*learnt, *judged))
    assert months_later(learnt[-1], HORIZON_MONTHS) <= judged[0]
    assert months_later(judged[-1], HORIZON_MONTHS) <= until


def test_our_own_customers_are_samples_with_what_became_of_them(sessions):
    dues = [months_later(date(2026, 1, 16), month) for month in range(14)]
    with sessions.begin() as session:
        street.enact(session)
        found = town.settle_in(session, "GOOD", "LATER", "NOW", "NEVER")
    for no, due in enumerate(dues):
        with sessions.begin() as session:
            for name in ("GOOD", "LATER", "NOW"):
                street.bill(session, found[name], "100.00", due=due)
        for name, paid in (("GOOD", 14), ("LATER", 11)):
            if no < paid:
                street.pay(sessions, found[name], "100.00", on=due)
    with sessions() as session:
        history = own_history(session, until=date(2027, 3, 15), months=2, unseen=1)
    assert history.unseen_days == (date(2026, 11, 30),)
    assert history.seen_days == (date(2026, 7, 31), date(2026, 8, 31))
    outcomes = {one.name: one.is_bad for one in (*history.seen, *history.unseen)}
    assert outcomes == {
        "C-GOOD 2026-07-31": False,
        "C-LATER 2026-07-31": False,
        "C-GOOD 2026-08-31": False,
        "C-LATER 2026-08-31": False,
        "C-GOOD 2026-11-30": False,
        "C-LATER 2026-11-30": True,
    }
    for one in history.seen:
        assert all(bill.due_on <= one.as_of for bill in one.behaviour.bills)


def test_customers_whom_one_thing_tells_apart_whole_leave_no_nine_grades():
    pytest.importorskip("sklearn")
    from arrears.learning import NothingToLearnError, learn

    day = date(2026, 6, 30)
    people = [
        Sample(
            str(no), Behaviour(date(2020, 1, 1), months_late=(no % 2,) * 12), day, no % 2 > 0, {}
        )
        for no in range(600)
    ]
    with pytest.raises(NothingToLearnError, match="too few different scores for nine grades"):
        learn(people, name="card", title="card")
