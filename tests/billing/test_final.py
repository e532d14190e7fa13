from datetime import date
from decimal import Decimal

import pytest

from billing import cashier, customers, final, invariants, run, store
from billing.money import money
from config import approval
from config.approval import OwnWorkError
from config.database import reading
from meters.reading import RegisterCode
from tests.billing.grid import CHIEF, CLERK, at, person, town
from tests.billing.test_moving import FEBRUARY, TODAY, issued, of

ASKED = {"account_number": "A1", "by": CLERK, "reason": "left", "today": TODAY, "now": at(TODAY)}
DECIDED = {"reason": "", "today": TODAY, "now": at(TODAY)}


def deposit(sessions, amount):
    cashier.pay_deposit(
        sessions,
        account_number="A1",
        amount=money(amount),
        channel="counter",
        reference="deposit",
        value_on=FEBRUARY,
        by="cashier",
        today=FEBRUARY,
        now=at(FEBRUARY),
    )


def leave(sessions, kwh="410"):
    readings = {RegisterCode.TOTAL: Decimal(kwh)}
    customers.move_out(sessions, **of("A1", readings=readings))


# January's 310 kWh were billed with 151.37; the last 100 kWh come to 48.83.
@pytest.mark.parametrize(
    ("held", "given_back", "due"),
    [("500", "299.80", "0"), ("100", None, "100.20"), ("200.20", None, "0")],
)
def test_the_final_bill_sets_the_deposit_off_and_the_rest_goes_back_or_is_due(
    sessions, held, given_back, due
):
    accounts = town(sessions, A1=310)
    issued(sessions, FEBRUARY)
    deposit(sessions, held)
    leave(sessions)

    asked, found = final.ask_final(sessions, payee="Li Na, 6222", **ASKED)
    assert (found.billed, found.owed) == (money("48.83"), money("151.37"))
    with pytest.raises(OwnWorkError):
        final.settle(sessions, asked, by=person(CLERK), **DECIDED)
    made = final.settle(sessions, asked, by=person(CHIEF), **DECIDED)

    assert [(one.period.start, one.amount) for one in made.bills] == [(FEBRUARY, money("48.83"))]
    assert made.deposit == money(held)
    assert (None if made.refund is None else made.refund.amount) == (
        given_back and money(given_back)
    )
    assert made.due == money(due)
    with reading(sessions) as session:
        assert invariants.findings(session, today=TODAY) == []
        (report, _) = store.runs(session)
        assert (report.state, report.issued, report.started_by) == ("issued", 1, CLERK)
        account = accounts["A1"].id
        assert len(store.bills(session, account_id=account)) == 2


def test_a_final_bill_of_what_is_billed_already_only_settles(sessions):
    town(sessions, A1=310)
    customers.move_out(sessions, **of("A1", on=FEBRUARY))
    issued(sessions, FEBRUARY)
    deposit(sessions, "151.37")

    asked, found = final.ask_final(sessions, **ASKED)
    made = final.settle(sessions, asked, by=person(CHIEF), **DECIDED)

    assert (found.drafts, made.bills, made.due, made.refund) == ((), (), 0, None)


def test_who_is_supplied_still_gets_no_final_bill(sessions):
    town(sessions, A1=310)

    with pytest.raises(final.CannotSettleError, match="let the customer move out first"):
        final.look(sessions, "A1", today=TODAY)


def test_money_left_over_wants_somebody_to_go_to(sessions):
    town(sessions, A1=310)
    deposit(sessions, "500")
    leave(sessions)

    with pytest.raises(final.CannotSettleError, match=r"299\.80 would be given back; say to whom"):
        final.ask_final(sessions, **ASKED)


def test_a_final_bill_that_would_differ_by_now_is_asked_for_again(sessions):
    town(sessions, A1=310)
    leave(sessions)
    asked, _ = final.ask_final(sessions, **ASKED)
    issued(sessions, FEBRUARY)

    with pytest.raises(final.CannotSettleError, match="refuse it and ask again"):
        final.settle(sessions, asked, by=person(CHIEF), **DECIDED)
    with pytest.raises(final.CannotSettleError, match="waits for a decision"):
        final.ask_final(sessions, **ASKED)


def test_money_that_comes_while_it_waits_is_not_given_back_unseen(sessions):
    town(sessions, A1=310)
    issued(sessions, FEBRUARY)
    deposit(sessions, "500")
    leave(sessions)
    asked, _ = final.ask_final(sessions, payee="Zhang", **ASKED)
    cashier.pay(
        sessions,
        account_number="A1",
        amount=money("9000"),
        channel="counter",
        reference="late",
        value_on=TODAY,
        by="cashier",
        today=TODAY,
        now=at(TODAY),
    )

    with pytest.raises(final.CannotSettleError, match=r"an open amount of 151\.37, and it is 0"):
        final.settle(sessions, asked, by=person(CHIEF), **DECIDED)
    with reading(sessions) as session:
        assert approval.find(session, asked).state == "waiting"


def test_who_is_settled_already_is_not_settled_again(sessions):
    town(sessions, A1=310)
    customers.move_out(sessions, **of("A1", on=FEBRUARY))
    issued(sessions, FEBRUARY)
    deposit(sessions, "151.37")
    asked, _ = final.ask_final(sessions, **ASKED)
    final.settle(sessions, asked, by=person(CHIEF), **DECIDED)

    with pytest.raises(final.CannotSettleError, match="is settled: nothing is open"):
        final.ask_final(sessions, **ASKED)


def test_drafts_that_wait_are_issued_first(sessions):
    town(sessions, A1=310)
    read_on = date(2026, 2, 1)
    run.bill(sessions, cycle=None, until=read_on, by=CLERK, today=read_on, now=at(read_on))
    leave(sessions)

    with pytest.raises(final.CannotSettleError, match="have its run issued first"):
        final.ask_final(sessions, **ASKED)
