"""The review on real databases: what is decided is written once, and money ends it."""

import pytest
from sqlalchemy import func, select

from arrears import crediting, decide, review, store
from arrears.case import EventKind
from arrears.credit_file import ItemKind
from arrears.review import ReviewOrderError
from arrears.step import StepKind, StepState
from arrears.tables import AssessmentRow, CaseEventRow, CaseRow, StepRow
from billing import books
from billing import store as master
from billing.payment import NewPayment
from config.lease import BusyError, holding
from tests.arrears import street
from tests.billing import town

DUE = street.DUE
DAY = street.DAY


def log(sessions, account):
    return [
        (str(step.proposed_on), step.kind, step.state) for step in street.steps(sessions, account)
    ]


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


def test_one_accounts_failure_stops_nobody_elses_review(sessions, account, monkeypatch):
    with sessions.begin() as session:
        other = master.find_accounts(session, ["A-200"])["A-200"]
        street.bill(session, other, "200.00", due=DUE)
    look = decide.look_again

    def broken(standing, rules, *, today):
        if standing.account_id == other.id:
            raise KeyError("a row nobody thought of")
        return look(standing, rules, today=today)

    monkeypatch.setattr(decide, "look_again", broken)
    day = DUE + 3 * DAY
    dry = review.review(sessions, today=day, now=street.at(day), dry_run=True)
    real = street.night(sessions, day)

    for found in (dry, real):
        assert [one.account_number for one in found.proposals] == ["A-100"]
        (failed,) = found.failed
        assert failed.account_number == "A-200"
        assert "could not be decided: KeyError" in failed.stopped_by[0].message
    assert street.steps(sessions, other) == []
    monkeypatch.undo()
    again = street.night(sessions, day + DAY)
    assert [one.account_number for one in again.proposals] == ["A-200"]


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


def test_a_review_that_was_killed_goes_on_where_it_stopped(sessions, account):
    day = DUE + 3 * DAY
    with sessions.begin() as session:
        more = town.settle_in(session, *(f"K-{no}" for no in range(5)))
        for one in more.values():
            street.bill(session, one, "100.00", due=DUE)

    def kill(done, _of):
        if done == 3:
            raise KeyboardInterrupt

    def run(**how):
        return review.review(sessions, today=day, now=street.at(day), chunk=1, **how)

    with pytest.raises(KeyboardInterrupt):
        run(progress=kill)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(StepRow)) == 3
    found = run()
    assert (found.reviewed, len(found.proposals)) == (6, 3)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(StepRow)) == 6
    assert run().is_repeat


def test_the_chunk_makes_no_difference(sessions, account):
    with sessions.begin() as session:
        for no in range(4):
            one = town.settle_in(session, f"K-{no}")[f"K-{no}"]
            street.bill(session, one, "100.00", due=DUE - no * DAY)

    def dry(chunk):
        day = DUE + 10 * DAY
        return review.review(sessions, today=day, now=street.at(day), dry_run=True, chunk=chunk)

    assert dry(1) == dry(2) == dry(2000)


def test_one_review_runs_at_a_time(sessions, account):
    with holding(sessions, "review"), pytest.raises(BusyError):
        street.night(sessions, DUE)


@pytest.mark.slow
def test_a_grade_falls_when_another_month_is_overdue_and_rises_by_the_calendar(sessions, account):
    with sessions.begin() as session:
        for no in (1, 2, 3):
            street.bill(session, account, "300.00", due=DUE + no * 30 * DAY)
    day = DUE
    while day < DUE + 100 * DAY:
        street.night(sessions, day)
        day += DAY
    with sessions() as session:
        history = store.assessments_of(session, account.customer_id)
    assert [one.reason for one in reversed(history)] == ["first", *["arrears"] * 4]
    assert history[0].tier == "high"
    assert history[0].indicators["months_in_arrears"] == "4"
    street.pay(sessions, account, "5000.00", on=day)
    street.night(sessions, DUE + 200 * DAY)
    with sessions() as session:
        newest = store.assessments(session, [account.customer_id])[account.customer_id]
    assert newest.reason == "calendar"
    assert newest.previous == history[0].grade


def test_what_is_put_on_file_or_taken_back_calls_for_a_grade_at_once(sessions, account):
    paid = street.pay(sessions, account, "300.00", on=DUE - DAY)
    street.night(sessions, DUE)
    crediting.record(
        sessions,
        "A-100",
        ItemKind.THEFT,
        title="case 17",
        holds_from=DUE,
        by="li",
        today=DUE,
        now=street.at(DUE, hour=9),
    )
    street.night(sessions, DUE + DAY)
    street.take_back(sessions, paid, account, on=DUE + 2 * DAY)
    street.night(sessions, DUE + 2 * DAY)
    street.night(sessions, DUE + 3 * DAY)
    quiet = street.night(sessions, DUE + 4 * DAY)
    with sessions() as session:
        history = store.assessments_of(session, account.customer_id)
    told = [(one.as_of, one.reason) for one in reversed(history)]
    assert told[:3] == [
        (DUE, "first"),
        (DUE + DAY, "file_changed"),
        (DUE + 2 * DAY, "payment_returned"),
    ]
    assert history[0].indicators["months_since_theft"] == "0"
    assert quiet.assessed == 0, "what happened is looked at once"
