"""The review on real databases: what is decided is written once, and money ends it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from arrears import approval, disconnection, holds, review, store
from arrears.case import EventKind
from arrears.holds import HoldReason
from arrears.review import ReviewOrderError
from arrears.step import StepKind, StepState
from arrears.tables import AssessmentRow, CaseEventRow, CaseRow, StepRow
from billing import books
from billing import store as master
from billing.payment import NewPayment
from billing.supply import SupplyClass
from config import approval as approvals
from config.approval import OwnWorkError
from meters import orders
from meters.orders import OrderState
from tests.arrears import street
from tests.billing import town

DUE = date(2026, 3, 16)
DAY = timedelta(days=1)


@pytest.fixture
def account(sessions):
    with sessions.begin() as session:
        street.enact(session)
        accounts = town.settle_in(session, "A-100", "A-200")
        street.bill(session, accounts["A-100"], "300.00", due=DUE)
    return accounts["A-100"]


def log(sessions, account):
    return [
        (str(step.proposed_on), step.kind, step.state) for step in street.steps(sessions, account)
    ]


def live(sessions, account, since, until):
    """Let review and office live through some days; notices are served the day after printing."""
    day = since
    while day <= until:
        street.night(sessions, day)
        street.serve(sessions, account, day)
        street.work(sessions, day)
        day += DAY


def test_a_night_with_nothing_overdue_decides_nothing(sessions, account):
    found = street.night(sessions, DUE)
    assert (found.reviewed, found.proposals, found.withdrawn) == (0, (), 0)
    assert found.assessed == 2


def test_a_reminder_is_decided_with_its_facts(sessions, account):
    found = street.night(sessions, DUE + 3 * DAY)
    (proposal,) = found.proposals
    assert (proposal.account_number, proposal.kind) == ("A-100", StepKind.SMS_REMINDER)
    assert (proposal.overdue, proposal.overdue_days) == (30000, 3)
    (step,) = street.steps(sessions, account)
    assert step.state is StepState.APPROVED
    assert step.facts["overdue"] == 30000
    assert step.facts["policy"] == "policies/dunning/2024-06-01"
    assert step.facts["market"] == "markets/cn/2024-06-01"
    assert step.posted_no == 1


def test_the_same_night_twice_changes_nothing(sessions, account):
    first = street.night(sessions, DUE + 3 * DAY)
    again = street.night(sessions, DUE + 3 * DAY)
    assert not first.is_repeat
    assert again.is_repeat
    assert (again.reviewed, again.assessed) == (first.reviewed, first.assessed)
    assert len(street.steps(sessions, account)) == 1


def test_a_past_day_cannot_be_decided_again(sessions, account):
    street.night(sessions, DUE + 3 * DAY)
    with pytest.raises(ReviewOrderError, match="dry run"):
        street.night(sessions, DUE + 2 * DAY)


def test_a_dry_run_says_the_same_and_writes_nothing(sessions, account):
    day = DUE + 3 * DAY

    def rows():
        with sessions() as session:
            tables = (StepRow, CaseRow, CaseEventRow, AssessmentRow)
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    dry = review.review(sessions, today=day, now=street.at(day), dry_run=True)
    assert rows() == [0, 0, 0, 0]
    real = street.night(sessions, day)
    assert dry.proposals == real.proposals
    assert (dry.reviewed, dry.assessed) == (real.reviewed, real.assessed)
    again = review.review(sessions, today=day, now=street.at(day), dry_run=True)
    assert again.proposals == ()
    assert [stop.code for stop in again.quiet[0].stopped_by] == ["pending"]


def test_a_review_catches_up_the_days_it_did_not_run(sessions, account):
    street.night(sessions, DUE)
    found = street.night(sessions, DUE + 20 * DAY)
    assert found.missed_days == 19
    assert [one.kind for one in found.proposals] == [StepKind.SMS_REMINDER]


def test_payment_ends_everything_at_once(sessions, account):
    street.night(sessions, DUE + 3 * DAY)
    street.pay(sessions, account, "400.00", on=DUE + 3 * DAY)
    assert log(sessions, account) == [("2026-03-19", "sms_reminder", "withdrawn")]
    with sessions() as session:
        assert store.open_cases(session) == {}
        kinds = [event.kind for event in store.timeline(session, account.id)]
    assert kinds == [
        EventKind.CLOSED,
        EventKind.WITHDRAWN,
        EventKind.PROPOSED,
        EventKind.OPENED,
    ]


def test_what_was_decided_before_a_payment_is_not_ready_until_it_was_looked_at(sessions, account):
    day = DUE + 3 * DAY
    street.night(sessions, day)
    with sessions.begin() as session:
        new = NewPayment(account.id, "counter", "1", 100, day)
        books.receive(session, [new], posted_on=day, by="till", now=street.at(day))
        ready = store.ready_steps(session, kinds=[StepKind.SMS_REMINDER], limit=10, today=day)
        assert ready == []
        assert store.stale_accounts(session) == [account.id]
    assert review.sweep(sessions, today=day, now=street.at(day)) == 0
    with sessions.begin() as session:
        ready = store.ready_steps(session, kinds=[StepKind.SMS_REMINDER], limit=10, today=day)
        now = master.accounts(session, [account.id])[account.id]
    assert [step.posted_no for step in ready] == [now.posted_no]


def test_the_whole_way_to_a_cut_and_back(sessions, account):
    live(sessions, account, DUE, date(2026, 5, 20))
    done = [(str(step.done_on), step.kind) for step in street.steps(sessions, account)]
    assert done == [
        ("2026-03-19", "sms_reminder"),
        ("2026-03-31", "letter"),
        ("2026-04-30", "disconnection_notice"),
        ("2026-05-08", "disconnection"),  # Saturday the 9th is worked, so Friday is no eve
    ]
    cut = street.steps(sessions, account)[-1]
    assert cut.state is StepState.DONE
    with sessions() as session:
        (order,) = orders.orders(session)
        assert (order.kind, order.state) == ("cut", OrderState.DONE)
        found = approvals.find(session, cut.approval_id)
    assert found.maker == "policy"
    assert len({vote.by for vote in found.votes if vote.accept}) == 2
    street.pay(sessions, account, "500.00", on=date(2026, 5, 21))
    street.work(sessions, date(2026, 5, 21))
    back = street.steps(sessions, account)[-1]
    assert (back.kind, back.state) == (StepKind.RECONNECTION, StepState.DONE)
    with sessions() as session:
        assert [order.kind for order in orders.orders(session)] == ["cut", "reconnect"]
    street.night(sessions, date(2026, 5, 22))
    with sessions() as session:
        assert store.open_cases(session) == {}


def until_notice_is_served(sessions, account):
    day = DUE
    while True:
        street.night(sessions, day)
        street.serve(sessions, account, day)
        street.work(sessions, day)
        if any(step.served_on for step in street.steps(sessions, account)):
            return day
        day += DAY


def until_cut_is_ordered(sessions, account):
    day = until_notice_is_served(sessions, account)
    while street.steps(sessions, account)[-1].kind is not StepKind.DISCONNECTION:
        day += DAY
        street.night(sessions, day)
    return day


def test_payment_recalls_an_order_to_cut(sessions, account):
    day = until_cut_is_ordered(sessions, account)
    cut = street.steps(sessions, account)[-1]
    assert cut.state is StepState.APPROVED
    street.pay(sessions, account, "500.00", on=day)
    assert street.steps(sessions, account)[-1].state is StepState.WITHDRAWN
    with sessions() as session:
        assert [order.state for order in orders.orders(session)] == [OrderState.RECALLED]
    with pytest.raises(disconnection.MayNotCutError, match="withdrawn"):
        disconnection.done(
            sessions, cut.id, by="crew", today=day, now=street.at(day), second_notice_at=None
        )


def test_a_crew_at_the_door_leaves_who_has_paid_a_minute_ago(sessions, account):
    day = until_cut_is_ordered(sessions, account)
    cut = street.steps(sessions, account)[-1]
    with sessions.begin() as session:
        new = NewPayment(account.id, "counter", "late", 50000, day)
        books.receive(session, [new], posted_on=day, by="till", now=street.at(day))
    found = disconnection.done(
        sessions,
        cut.id,
        by="crew",
        today=day,
        now=street.at(day),
        second_notice_at=street.at(day, hour=3),
    )
    assert found.state is StepState.WITHDRAWN


@pytest.mark.parametrize("minutes", [None, 10])
def test_no_cut_without_the_second_notice_half_an_hour_before(sessions, account, minutes):
    day = until_cut_is_ordered(sessions, account)
    cut = street.steps(sessions, account)[-1]
    told = None if minutes is None else street.at(day) - timedelta(minutes=minutes)
    with pytest.raises(disconnection.MayNotCutError, match=r"30 minutes before .*art\. 67"):
        disconnection.done(
            sessions, cut.id, by="crew", today=day, now=street.at(day), second_notice_at=told
        )


def test_a_hold_recalls_the_cut_and_rests_the_case(sessions, account):
    day = until_cut_is_ordered(sessions, account)
    placed = holds.place(
        sessions,
        "A-100",
        reason=HoldReason.HARDSHIP,
        note="in hospital",
        ends_on=day + 5 * DAY,
        by="wu.gang",
        today=day,
        now=street.at(day),
    )
    assert placed.ended == 1
    found = street.night(sessions, day + 2 * DAY)
    assert found.proposals == ()
    holds.lift(sessions, placed.hold_id, by="wu.gang", today=day + 3 * DAY, now=street.at(day))
    with pytest.raises(holds.BadHoldError, match="lifted before"):
        holds.lift(sessions, placed.hold_id, by="x", today=day + 3 * DAY, now=street.at(day))


def test_a_step_on_hold_waits_and_goes_on(sessions, account):
    day = DUE + 3 * DAY
    street.night(sessions, day)
    holds.place(
        sessions,
        "A-100",
        reason=HoldReason.PROMISE,
        note="pays on Friday",
        ends_on=day + DAY,
        by="wu.gang",
        today=day,
        now=street.at(day),
    )
    for later, ready in ((0, 0), (1, 0), (2, 1)):
        with sessions.begin() as session:
            found = store.ready_steps(
                session, kinds=list(StepKind), limit=10, today=day + later * DAY
            )
        assert len(found) == ready


def test_a_hold_needs_an_account_an_end_and_a_reason(sessions, account):
    for number, note, ends_on, said in (
        ("A-999", "x", DUE, "there is none"),
        ("A-100", " ", DUE, "say why"),
        ("A-100", "x", DUE - DAY, "past"),
    ):
        with pytest.raises(holds.BadHoldError, match=said):
            holds.place(
                sessions,
                number,
                reason=HoldReason.OTHER,
                note=note,
                ends_on=ends_on,
                by="wu.gang",
                today=DUE,
                now=street.at(DUE),
            )


def until_asked(sessions, account, kind):
    day = DUE
    while not any(step.kind is kind for step in street.steps(sessions, account)):
        street.night(sessions, day)
        street.work(sessions, day, approve=False)
        day += DAY
    return day - DAY


def test_a_notice_wants_two_people(sessions, account):
    day = until_asked(sessions, account, StepKind.DISCONNECTION_NOTICE)
    with sessions() as session:
        first, second = street.officer(session, 0), street.officer(session, 1)
        (asked,) = approvals.waiting(session)
    assert asked.needed == 2

    def approve(user):
        return approval.approve(
            sessions, asked.id, by=user, reason="seen", today=day, now=street.at(day)
        )

    assert approve(first).step.state is StepState.PROPOSED
    with pytest.raises(OwnWorkError):
        approve(first)
    assert approve(second).step.state is StepState.APPROVED


def test_one_no_refuses_a_notice_and_it_rests(sessions, account):
    day = until_asked(sessions, account, StepKind.DISCONNECTION_NOTICE)
    with sessions() as session:
        user = street.officer(session)
        (asked,) = approval.waiting(sessions, user)
    found = approval.refuse(
        sessions, asked.id, by=user, reason="old lady", today=day, now=street.at(day)
    )
    assert found.step.state is StepState.REFUSED
    quiet = street.night(sessions, day + 5 * DAY)
    assert [one.kind for one in quiet.proposals if one.kind is StepKind.DISCONNECTION_NOTICE] == []


def test_nobody_approves_a_notice_for_a_debt_that_was_paid_meanwhile(sessions, account):
    day = until_asked(sessions, account, StepKind.DISCONNECTION_NOTICE)
    with sessions.begin() as session:
        user = street.officer(session)
        (asked,) = approvals.waiting(session)
        new = NewPayment(account.id, "counter", "late", 50000, day)
        books.receive(session, [new], posted_on=day, by="till", now=street.at(day))
    found = approval.approve(
        sessions, asked.id, by=user, reason="seen", today=day, now=street.at(day)
    )
    assert found.step is None
    assert found.approval.state is approvals.State.WITHDRAWN


def test_a_deposit_that_is_approved_is_demanded(sessions, account):
    with sessions.begin() as session:
        shop = town.settle_in(session, "B-100", supply_class=SupplyClass.COMMERCIAL)["B-100"]
        street.bill(session, shop, "5000.00", due=DUE)
    day = until_asked(sessions, shop, StepKind.DEPOSIT_DEMAND)
    street.say_yes(sessions, day)
    with sessions() as session:
        (demand,) = books.deposit_demands(session, [shop.id])[shop.id]
    assert demand.amount == 1_000_000
    assert (demand.due_on - demand.demanded_on).days == 15
    assert "policies/dunning/2024-06-01" in demand.reason


def test_service_is_proved_once_and_only_of_what_was_printed(sessions, account):
    day = until_asked(sessions, account, StepKind.DISCONNECTION_NOTICE)
    notice = street.steps(sessions, account)[-1]

    def serve(step_id, on):
        return disconnection.served(
            sessions,
            step_id,
            served_on=on,
            method="by hand",
            by="wu",
            today=day,
            now=street.at(day),
        )

    with pytest.raises(disconnection.NotServableError, match="has to be printed"):
        serve(notice.id, day)
    street.work(sessions, day)
    with pytest.raises(disconnection.NotServableError, match="is wanted"):
        serve(notice.id, day + DAY)
    assert serve(notice.id, day).served_on == day
    with pytest.raises(disconnection.NotServableError, match="already"):
        serve(notice.id, day)
    with pytest.raises(disconnection.NotServableError, match="starts no clock"):
        serve(street.steps(sessions, account)[0].id, day)
    (due,) = disconnection.due(sessions, today=day)
    assert due.first_on >= day + 7 * DAY
