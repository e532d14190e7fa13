"""From a served notice to a cut and back: nothing is cut that the law or a payment forbids."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from arrears import disconnection, holds, review, store
from arrears.case import EventKind
from arrears.holds import HoldReason
from arrears.step import StepKind, StepState
from billing import books
from billing.payment import NewPayment
from billing.tables import SupplyRow
from config import approval as approvals
from meters import orders
from meters.orders import OrderState
from tests.arrears import street

DUE = street.DUE
DAY = street.DAY


@pytest.mark.slow
def test_the_whole_way_to_a_cut_and_back(sessions, account):
    street.live(sessions, account, DUE, date(2026, 5, 20))
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


def test_who_moves_in_is_not_cut_for_the_debt_of_who_lived_there_before(cut_is_ordered):
    sessions, account, day = cut_is_ordered
    cut = street.steps(sessions, account)[-1]
    with sessions.begin() as session:
        session.execute(
            update(SupplyRow).where(SupplyRow.account_id == account.id).values(ends_on=day)
        )
    assert review.reassess(sessions, [account.id], today=day, now=street.at(day)) == 1
    assert street.steps(sessions, account)[-1].state is StepState.WITHDRAWN
    with sessions() as session:
        assert [order.state for order in orders.orders(session)] == [OrderState.RECALLED]
        (said, *_) = [
            one.facts["reason"]
            for one in store.timeline(session, account.id)
            if one.step_id == cut.id and one.kind is EventKind.WITHDRAWN
        ]
    assert "the account has no supply (nothing to cut)" in said


def test_payment_recalls_an_order_to_cut(cut_is_ordered):
    sessions, account, day = cut_is_ordered
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


def test_a_crew_at_the_door_leaves_who_has_paid_a_minute_ago(cut_is_ordered):
    sessions, account, day = cut_is_ordered
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
def test_no_cut_without_the_second_notice_half_an_hour_before(cut_is_ordered, minutes):
    sessions, account, day = cut_is_ordered
    cut = street.steps(sessions, account)[-1]
    told = None if minutes is None else street.at(day) - timedelta(minutes=minutes)
    with pytest.raises(disconnection.MayNotCutError, match=r"30 minutes before .*art\. 67"):
        disconnection.done(
            sessions, cut.id, by="crew", today=day, now=street.at(day), second_notice_at=told
        )


def test_service_is_proved_once_and_only_of_what_was_printed(notice_is_asked):
    sessions, account, day = notice_is_asked
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


def test_what_the_meter_itself_reports_is_taken_over(cut_is_ordered):
    sessions, account, day = cut_is_ordered
    with sessions.begin() as session:
        (order,) = orders.orders(session)
        orders.move(session, [order.id], OrderState.DONE, by="ami", on=day, now=street.at(day))
    assert disconnection.settle(sessions, today=day, now=street.at(day)) == 1
    assert street.steps(sessions, account)[-1].state is StepState.DONE


def test_an_order_that_failed_is_given_anew_while_the_law_allows_it(cut_is_ordered):
    sessions, account, day = cut_is_ordered
    with sessions.begin() as session:
        (order,) = orders.orders(session)
        orders.move(session, [order.id], OrderState.FAILED, by="crew", on=day, now=street.at(day))
    disconnection.settle(sessions, today=day, now=street.at(day))
    assert street.steps(sessions, account)[-1].state is StepState.WITHDRAWN
    again = street.night(sessions, day + 3 * DAY)
    assert [one.kind for one in again.proposals] == [StepKind.DISCONNECTION]


def test_a_hold_recalls_the_cut_and_rests_the_case(cut_is_ordered):
    sessions, _account, day = cut_is_ordered
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


def test_a_crew_may_not_cut_on_the_eve_of_a_day_off(cut_is_ordered):
    sessions, account, day = cut_is_ordered
    while day.weekday() != 4:
        day += DAY
    street.night(sessions, day)
    cut = street.steps(sessions, account)[-1]
    assert (cut.kind, cut.state) == (StepKind.DISCONNECTION, StepState.APPROVED)
    with pytest.raises(disconnection.MayNotCutError, match="days off and their eves"):
        disconnection.done(
            sessions,
            cut.id,
            by="crew",
            today=day,
            now=street.at(day),
            second_notice_at=street.at(day, hour=3),
        )
    assert street.steps(sessions, account)[-1].state is StepState.APPROVED
