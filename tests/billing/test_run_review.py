"""What a run leaves alone, and what it holds for a second person."""

from dataclasses import replace
from datetime import date

import pytest

from billing import books, run, store
from billing.money import money
from billing.trial_run import try_run
from config.approval import OwnWorkError
from config.database import reading
from meters.reading import ReadingKind
from tests.billing.grid import CHIEF, CLERK, at, read, settle, town
from tests.billing.test_run import FEBRUARY, bill, issue


def test_what_fails_is_parked_with_its_reason_and_the_rest_is_billed(sessions):
    town(sessions, A1=120, A2=130, A3=140)
    with sessions.begin() as session:
        settle(session, {"B1": "residential_beijing", "B2": "no_such_tariff"})
        settle(session, {"B3": "residential_tou_zhejiang", "B4": "agricultural"})
        settle(session, {"B5": "au_residential"})
        for number in ("B2", "B3", "B4", "B5"):
            read(session, number, FEBRUARY, 100)
        office = store.customers(session, [1])[1].office_id
        lone = replace(store.customers(session, [1])[1], number="L", office_id=office)
        [customer] = store.add_customers(session, [lone]).values()
        account = store.find_accounts(session, ["A1"])["A1"]
        store.add_accounts(session, [replace(account, number="L", customer_id=customer)])

    made = bill(sessions)

    assert (made.eligible, made.billed, made.parked) == (9, 3, 6)
    with sessions() as session:
        parked = {one.account_id: one for one in store.parked_in(session, made.run_id)}
        numbers = {
            account.number: parked[account.id]
            for account in store.accounts(session, parked).values()
        }
    assert {number: one.code for number, one in numbers.items()} == {
        "B1": "missing_reading",
        "B2": "no_tariff",
        "B3": "not_priced",
        "B4": "tariff_class",
        "B5": "tariff_currency",
        "L": "no_supply",
    }
    assert "no reading on 2026-02-01" in numbers["B1"].message
    assert "is in AUD, and this house bills in CNY" in numbers["B5"].message
    assert all(one.remedy for one in parked.values())


def test_what_was_parked_is_billed_once_it_can_be(sessions):
    town(sessions, A1=120)
    with sessions.begin() as session:
        settle(session, {"B1": "residential_beijing"})
    bill(sessions)
    with sessions.begin() as session:
        read(session, "B1", FEBRUARY, 100)

    again = bill(sessions)

    assert (again.eligible, again.billed, again.parked) == (1, 1, 0)


def test_bills_that_look_wrong_wait_for_a_second_person(sessions):
    town(sessions, A1=120, A2=20000, A3=25000)

    made = bill(sessions)
    assert made.held == 2
    assert issue(sessions, made).issued == 1
    second, third = run.held(sessions, made.run_id)
    assert second.rule == "large_household_bill"
    assert "12,423.60" not in second.message
    assert "20000 kWh in 31 days" in second.message

    with pytest.raises(OwnWorkError):
        run.settle_held(
            sessions, made.run_id, accept=[second.bill_id], by=CLERK, reason="ok", now=at(FEBRUARY)
        )
    settled = run.settle_held(
        sessions,
        made.run_id,
        accept=[second.bill_id],
        leave_out=[third.bill_id],
        by=CHIEF,
        reason="the second is a dormitory, the third was read wrongly",
        now=at(FEBRUARY),
    )

    assert (settled.billed, settled.parked, settled.held, settled.eligible) == (2, 1, 0, 3)
    again = issue(sessions, made)
    assert again.issued == 2
    with sessions() as session:
        numbers = [one.number for one in store.bills(session, run_id=made.run_id)]
        [parked] = store.parked_in(session, made.run_id)
    assert numbers == ["20260201010000001", "20260201010000002"]
    assert parked.code == "left_out"
    assert bill(sessions).billed == 1  # what was left out can be drawn up anew
    with pytest.raises(run.NotReadyError, match="look at the list again"):
        run.settle_held(
            sessions, made.run_id, accept=[third.bill_id], by=CHIEF, reason="ok", now=at(FEBRUARY)
        )


def test_a_bill_far_above_the_own_mean_is_held(sessions):
    town(sessions, A1=100)
    for month in range(2, 6):
        day = date(2026, month, 1)
        issue(sessions, bill(sessions, day))
        with sessions.begin() as session:
            read(session, "A1", date(2026, month + 1, 1), 100 * month + 900 * (month == 5))

    made = bill(sessions, date(2026, 6, 1))

    [held] = run.held(sessions, made.run_id)
    assert held.rule == "far_above_own_mean"
    assert "own mean 3.3 a day, 4 bills" in held.message


@pytest.mark.parametrize("workers", [1, 2])
def test_a_first_bill_far_above_those_of_others_is_held(sessions, workers):
    others = {f"A{number:02d}": 100 for number in range(25)}
    town(sessions, **others)
    issue(sessions, bill(sessions))
    march = date(2026, 3, 1)
    with sessions.begin() as session:
        settle(session, {"B1": "residential_beijing", "B2": "residential_beijing"})
        for number in others:
            read(session, number, march, 200)
        read(session, "B1", march, 2500)
        read(session, "B2", march, 150)

    made = bill(sessions, march, workers=workers)

    [held] = run.held(sessions, made.run_id)
    assert held.rule == "far_above_peers"
    assert held.message.endswith("(42.4 a day; no history; mean of its class 3.2 a day, 25 bills)")


def test_what_is_held_is_not_settled_without_a_reason(sessions):
    town(sessions, A1=20000)
    made = bill(sessions)
    [held] = run.held(sessions, made.run_id)

    for answer in ({"accept": [held.bill_id]}, {"leave_out": [held.bill_id]}):
        with pytest.raises(run.NotReadyError, match="say why"):
            run.settle_held(sessions, made.run_id, **answer, by=CHIEF, reason=" ", now=at(FEBRUARY))

    assert run.held(sessions, made.run_id) == [held]


def test_an_estimate_is_billed_and_the_next_reading_sets_it_right(sessions):
    town(sessions, A1=100)
    with sessions.begin() as session:
        settle(session, {"B1": "residential_beijing"})
        read(session, "B1", FEBRUARY, 300, kind=ReadingKind.ESTIMATED)
    made = bill(sessions)
    issue(sessions, made)
    before_due = date(2026, 2, 20)
    with sessions.begin() as session:
        read(session, "A1", before_due, 200)
        read(session, "B1", before_due, 250)

    corrected = bill(sessions, before_due)

    [held] = run.held(sessions, corrected.run_id)
    assert held.rule == "negative"
    assert held.amount == money("-24.42")
    accept = {"accept": [held.bill_id], "by": CHIEF, "reason": "true", "now": at(before_due)}
    run.settle_held(sessions, corrected.run_id, **accept)
    issue(sessions, corrected)
    with sessions() as session:
        account = store.find_accounts(session, ["B1"])["B1"]
        first, second = store.bills(session, account_id=account.id)
        owed = books.open_charges(session, [account.id], as_of=before_due)[account.id]
    assert (first.is_estimated, second.is_estimated) == (True, False)
    assert [charge.open for charge in owed] == [money("146.49") - money("24.42")]


def test_a_draft_that_a_later_one_goes_on_from_is_not_left_out_before_it(sessions):
    town(sessions, A1=20000)
    with sessions.begin() as session:
        read(session, "A1", date(2026, 3, 1), 40000)
    first, second = bill(sessions), bill(sessions, date(2026, 3, 1))
    [early], [late] = run.held(sessions, first.run_id), run.held(sessions, second.run_id)

    def leave_out(made, draft):
        words = {"by": CHIEF, "reason": "a wrong reading", "now": at(FEBRUARY)}
        run.settle_held(sessions, made.run_id, leave_out=[draft.bill_id], **words)

    with pytest.raises(run.NotReadyError, match="leave those out first"):
        leave_out(first, early)
    leave_out(second, late)
    leave_out(first, early)
    assert bill(sessions).billed == 1


def test_a_run_that_is_only_tried_says_what_a_run_then_makes(sessions):
    town(sessions, A1=310, A2=310, A3=90_000)
    with sessions.begin() as session:
        settle(session, {"A4": "residential_beijing"})

    tried = try_run(sessions, cycle=None, until=FEBRUARY, today=FEBRUARY, chunk=2)

    with reading(sessions) as session:
        assert store.runs(session) == []
    made = bill(sessions)
    assert (tried.bills, tried.amount) == (made.billed, made.amount)
    assert [(one.amount, one.rule) for one in tried.held] == [
        (one.amount, one.rule) for one in run.held(sessions, made.run_id)
    ]
    assert len(tried.parked) == made.parked == 1
    again = try_run(sessions, cycle=None, until=FEBRUARY, today=FEBRUARY)
    assert (again.bills, len(again.parked)) == (0, 1), "what is drawn up isn't drawn up twice"


def test_a_run_that_cannot_be_is_not_tried(sessions):
    town(sessions, A1=310)
    with pytest.raises(run.NotReadyError, match="wait for the day"):
        try_run(sessions, cycle=None, until=FEBRUARY, today=date(2026, 1, 31))
    with pytest.raises(run.NotReadyError, match="check the route's code"):
        try_run(sessions, cycle="R99", until=FEBRUARY, today=FEBRUARY)
