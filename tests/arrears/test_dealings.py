"""What is agreed in cases: promises, disputes, duties, who looks after them, and what runs out."""

from datetime import date, timedelta

import pytest

from arrears import collectors, disputes, duties, holds, promises, store
from arrears.case import (
    DISPUTE_MOVES,
    PROMISE_MOVES,
    DisputeState,
    Promise,
    PromiseState,
)
from arrears.step import StepKind, StepState
from billing import store as master
from config import approval as approvals
from config import dated
from config.law import DutyKind
from tests.arrears import street
from tests.arrears.shipped import CONFIG

DUE = street.DUE
DAY = street.DAY


def bill_of(sessions, account):
    with sessions() as session:
        return master.bills(session, account_id=account.id)[-1].number


def take(sessions, amount, day, due_on):
    return promises.take(
        sessions,
        "A-100",
        amount=amount,
        due_on=due_on,
        by="wu.gang",
        today=day,
        now=street.at(day),
    )


def contest(sessions, account, day, until):
    return disputes.dispute(
        sessions,
        "A-100",
        bill_of(sessions, account),
        note="the meter runs too fast",
        ends_on=until,
        by="wu.gang",
        today=day,
        now=street.at(day),
    )


def kinds(sessions, account):
    return [step.kind for step in street.steps(sessions, account)]


def promise_of(sessions, account):
    with sessions() as session:
        return store.promises_of(session, account.id)[0]


def test_a_promise_holds_the_account_and_keeping_it_lifts_the_hold(sessions, account):
    day = DUE + 4 * DAY
    street.live(sessions, account, DUE, day)
    take(sessions, 30_000, day, day + 20 * DAY)
    street.live(sessions, account, day + DAY, day + 15 * DAY)
    assert kinds(sessions, account) == [StepKind.SMS_REMINDER], "silence until the day"
    street.pay(sessions, account, "500.00", on=day + 16 * DAY)
    street.night(sessions, day + 17 * DAY)
    assert promise_of(sessions, account).state is PromiseState.KEPT
    with sessions() as session:
        assert store.holds(session, [account.id], on=day + 17 * DAY) == {}


def test_a_broken_promise_lets_everything_go_on_the_day_after(sessions, account):
    day = DUE + 4 * DAY
    street.live(sessions, account, DUE, day)
    until = date(2026, 4, 5)  # a holiday; the hold ends with it all the same
    take(sessions, 30_000, day, until)
    street.live(sessions, account, day + DAY, until)
    assert kinds(sessions, account) == [StepKind.SMS_REMINDER]
    street.live(sessions, account, until + DAY, until + DAY)
    assert promise_of(sessions, account).state is PromiseState.BROKEN
    assert kinds(sessions, account) == [StepKind.SMS_REMINDER, StepKind.LETTER]


def test_promises_that_cannot_be_are_refused_in_words(sessions, account):
    day = DUE + 4 * DAY
    street.live(sessions, account, DUE, day)
    with pytest.raises(promises.BadPromiseError, match=r"up to 300\.00 is overdue"):
        take(sessions, 30_001, day, day)
    with pytest.raises(promises.BadPromiseError, match="is past"):
        take(sessions, 100, day, day - DAY)
    take(sessions, 100, day, day)
    with pytest.raises(promises.BadPromiseError, match="open already"):
        take(sessions, 100, day, day)
    for no in (1, 2):
        street.night(sessions, day + no * 2 * DAY - DAY)
        if no == 1:
            take(sessions, 100, day + DAY, day + DAY)
    with pytest.raises(promises.BadPromiseError, match="2 promises were broken"):
        take(sessions, 100, day + 4 * DAY, day + 9 * DAY)


@pytest.mark.parametrize(
    ("still", "days", "state"),
    [
        (20_000, 0, PromiseState.KEPT),
        (20_001, 0, PromiseState.OPEN),
        (20_001, 1, PromiseState.BROKEN),
        (0, 9, PromiseState.KEPT),
    ],
)
def test_a_promise_is_kept_once_so_much_of_what_was_owed_is_paid(still, days, state):
    made = Promise(1, 1, 10_000, 30_000, DUE, DUE + 5 * DAY, 1, "wu", PromiseState.OPEN)
    assert made.judged(still, made.due_on + timedelta(days=days)) is state


def test_only_the_disputed_bill_rests(sessions, account):
    with sessions.begin() as session:
        street.bill(session, account, "200.00", due=DUE + 2 * DAY)
    day = DUE + DAY
    found = None
    with sessions() as session:
        numbers = [bill.number for bill in master.bills(session, account_id=account.id)]
    found = disputes.dispute(
        sessions,
        "A-100",
        numbers[0],
        note="not mine",
        ends_on=day + 30 * DAY,
        by="wu.gang",
        today=day,
        now=street.at(day),
    )
    street.live(sessions, account, day, DUE + 5 * DAY)
    (step,) = street.steps(sessions, account)
    assert (step.amount, step.proposed_on) == (20_000, DUE + 5 * DAY)
    settled = disputes.settle(
        sessions,
        found.dispute_ids[0],
        DisputeState.REJECTED,
        by="li",
        today=DUE + 6 * DAY,
        now=street.at(DUE + 6 * DAY),
    )
    assert settled.state is DisputeState.REJECTED
    with sessions() as session:
        assert store.open_disputes(session, [account.id]) == {}
        assert store.resting_charges(session, [account.id], on=DUE + 6 * DAY) == {}


def test_a_dispute_withdraws_what_rested_on_the_bill_and_lapses_by_itself(cut_is_ordered):
    sessions, account, day = cut_is_ordered
    assert contest(sessions, account, day, day + 5 * DAY).ended == 1
    assert street.steps(sessions, account)[-1].state is StepState.WITHDRAWN
    with pytest.raises(disputes.BadDisputeError, match="in dispute already"):
        contest(sessions, account, day, day + 5 * DAY)
    street.night(sessions, day + 3 * DAY)
    assert street.steps(sessions, account)[-1].state is StepState.WITHDRAWN
    street.night(sessions, day + 6 * DAY)
    with sessions() as session:
        (one,) = store.disputes_of(session, account.id)
    assert one.state is DisputeState.LAPSED
    street.night(sessions, day + 7 * DAY)
    newest = street.steps(sessions, account)[-1]
    assert newest.kind is StepKind.DISCONNECTION_NOTICE, "it goes on; the old notice is too old"
    assert newest.proposed_on == day + 7 * DAY, "the 15th day after the service of the old one"


def test_what_the_customer_was_right_about_never_counts_again(sessions, account):
    day = DUE + 4 * DAY
    street.live(sessions, account, DUE, day)
    found = contest(sessions, account, day, day + 5 * DAY)
    with sessions() as session:
        assert store.open_cases(session, [account.id]), "its case stays open while it is disputed"
    disputes.settle(
        sessions,
        found.dispute_ids[0],
        DisputeState.UPHELD,
        by="li",
        today=day,
        now=street.at(day),
    )
    street.live(sessions, account, day + DAY, day + 20 * DAY)
    assert kinds(sessions, account) == [StepKind.SMS_REMINDER]
    with sessions() as session:
        assert store.open_cases(session, [account.id]) == {}


def test_bad_disputes_are_refused_in_words(sessions, account):
    with pytest.raises(disputes.BadDisputeError, match="is past"):
        contest(sessions, account, DUE, DUE - DAY)
    with pytest.raises(disputes.BadDisputeError, match="none of this number"):
        disputes.dispute(
            sessions,
            "A-100",
            "nothing",
            note="x",
            ends_on=DUE,
            by="li",
            today=DUE,
            now=street.at(DUE),
        )
    with pytest.raises(disputes.BadDisputeError, match="say one of upheld, rejected"):
        disputes.settle(sessions, 1, DisputeState.LAPSED, by="li", today=DUE, now=street.at(DUE))


def test_a_hold_for_ever_is_refused(sessions, account):
    for ends_on in (DUE - DAY, DUE + 367 * DAY, date(9999, 12, 31)):
        with pytest.raises(holds.BadHoldError, match=r"is past|more than a year away"):
            holds.place(
                sessions,
                "A-100",
                reason=holds.HoldReason.HARDSHIP,
                note="ill",
                ends_on=ends_on,
                by="li",
                today=DUE,
                now=street.at(DUE),
            )


def test_cases_are_transferred_and_a_leaver_hands_everything_over(sessions, account):
    day = DUE + 4 * DAY
    street.live(sessions, account, DUE, day)
    first, second, _ = street.OFFICERS

    def hand(act, *args, to):
        return act(sessions, *args, to=to, by="boss", today=day, now=street.at(day))

    assert hand(collectors.transfer, ["A-100"], to=first) == 1
    holds.place(
        sessions,
        "A-100",
        reason=holds.HoldReason.HARDSHIP,
        note="ill",
        ends_on=day + 9 * DAY,
        by=first,
        today=day,
        now=street.at(day),
    )
    moved = hand(collectors.hand_over, first, to=second)
    assert (moved.cases, moved.answered_for) == (1, 1)
    with sessions() as session:
        (case,) = store.open_cases(session).values()
        (hold,) = store.holds_of(session, account.id)
        assert (case.collector, hold.owner) == (second, second)
        events = [event.facts for event in store.timeline(session, account.id)]
    assert {"from": first, "to": second} in events
    with pytest.raises(collectors.BadTransferError, match="nobody of this name"):
        hand(collectors.transfer, ["A-100"], to="ghost")
    with pytest.raises(collectors.BadTransferError, match="A-200: has no open case"):
        hand(collectors.transfer, ["A-200"], to=first)
    with pytest.raises(collectors.BadTransferError, match="somebody else"):
        hand(collectors.hand_over, first, to=first)


def test_a_duty_is_on_record_with_its_case(sessions, account):
    day = DUE + 4 * DAY
    street.live(sessions, account, DUE, day)

    def done(number, on=day, note="by letter"):
        duties.done(
            sessions,
            number,
            DutyKind.OFFER_PAYMENT_PLAN,
            done_on=on,
            note=note,
            by="li",
            today=day,
            now=street.at(day),
        )

    done("A-100")
    with sessions() as session:
        (case,) = store.open_cases(session).values()
        (kept,) = store.duties_done(session, [case.id])[case.id]
    assert (kept.kind, kept.done_on) == (DutyKind.OFFER_PAYMENT_PLAN, day)
    for number, on, note, said in (
        ("A-200", day, "x", "no open case"),
        ("A-100", day + DAY, "x", "to come"),
        ("A-100", day, " ", "is empty"),
    ):
        with pytest.raises(duties.BadDutyError, match=said):
            done(number, on, note)


def test_what_nobody_decides_on_runs_out_and_is_decided_anew(sessions, account):
    day = date(2026, 1, 1)
    text = (CONFIG / "policies/dunning/2024-06-01.toml").read_text("utf-8")
    text = text.replace("[notice_days]", "approval_days_max = 30\n[notice_days]", 1)
    with sessions.begin() as session:
        file = dated.DatedFile("policies/dunning", day, text, dated.digest_of(text))
        street.put_in_force(session, file)
    day = street.until_asked(sessions, account, StepKind.DISCONNECTION_NOTICE)
    with sessions() as session:
        (asked,) = approvals.waiting(session)
    street.night(sessions, day + 30 * DAY)
    with sessions() as session:
        assert approvals.find(session, asked.id).state is approvals.State.WAITING
    street.night(sessions, day + 31 * DAY)
    with sessions() as session:
        assert approvals.find(session, asked.id).state is approvals.State.WITHDRAWN
        (again,) = approvals.waiting(session)
    assert again.id != asked.id, "the facts of today, asked for anew"


def test_every_state_leads_only_where_the_table_says():
    for states, moves, ends in (
        (DisputeState, DISPUTE_MOVES, {"upheld", "rejected", "lapsed"}),
        (PromiseState, PROMISE_MOVES, {"kept", "broken"}),
    ):
        assert moves.keys() == set(states)
        assert {str(one) for one in states if not moves[one]} == ends
        assert moves[states("open")] == set(states) - {states("open")}
