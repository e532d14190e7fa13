"""Visits: what a collector brings home, and that nobody is called on who has paid."""

import pytest

from arrears import store, visits
from arrears.step import StepKind, StepState
from arrears.visits import NoVisitError, VisitOutcome
from billing import books
from billing.payment import NewPayment
from billing.supply import SupplyClass
from tests.arrears import street
from tests.billing import town


@pytest.fixture
def shop(sessions, account):
    with sessions.begin() as session:
        shop = town.settle_in(session, "B-1", supply_class=SupplyClass.COMMERCIAL)["B-1"]
        street.bill(session, shop, "5000.00", due=street.DUE)
    return shop


def made(sessions, step_id, day, outcome=VisitOutcome.REFUSED, **facts):
    return visits.made(
        sessions,
        step_id,
        outcome=outcome,
        note="the shop was open",
        by="wu.gang",
        today=day,
        now=street.at(day),
        **facts,
    )


def until_visit(sessions, shop):
    day = street.DUE
    while True:
        day += 3 * street.DAY
        street.night(sessions, day)
        for step in street.steps(sessions, shop):
            if step.kind is StepKind.VISIT:
                return day, step
        street.work(sessions, day, approve=False)


def test_a_visit_is_made_and_remembered(sessions, shop):
    day, visit = until_visit(sessions, shop)
    with pytest.raises(NoVisitError, match="on which day"):
        made(sessions, visit.id, day, VisitOutcome.PROMISED)
    promised_on = day + 5 * street.DAY
    found = made(sessions, visit.id, day, VisitOutcome.PROMISED, promised_on=promised_on)
    assert (found.state, found.done_on) == (StepState.DONE, day)
    with sessions() as session:
        newest = store.timeline(session, shop.id)[0]
    assert newest.facts["promised_on"] == str(promised_on)
    with pytest.raises(NoVisitError, match="visit is done"):
        made(sessions, visit.id, day)


def test_nobody_is_called_on_who_has_paid(sessions, shop):
    day, visit = until_visit(sessions, shop)
    with sessions.begin() as session:
        new = NewPayment(shop.id, "counter", "1", 900000, day)
        books.receive(session, [new], posted_on=day, by="till", now=street.at(day))
    assert made(sessions, visit.id, day).state is StepState.WITHDRAWN


def test_only_a_visit_can_be_made(sessions, shop):
    street.night(sessions, street.DUE + 3 * street.DAY)
    reminder = street.steps(sessions, shop)[0]
    with pytest.raises(NoVisitError, match="sms_reminder is approved"):
        made(sessions, reminder.id, street.DUE)
    with pytest.raises(NoVisitError, match="there is none"):
        made(sessions, 999, street.DUE)
