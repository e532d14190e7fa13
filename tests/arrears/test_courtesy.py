"""A message before the due date: it tells of the bill, urges nobody, and stops for who pays."""

from datetime import date

import pytest

from arrears import invariants, store
from arrears.step import StepKind, StepState
from config import dated
from notices import dispatch, stationery
from notices import store as outbox
from tests.arrears import street
from tests.arrears.shipped import CONFIG
from tests.billing import town

DUE = street.DUE
DAY = street.DAY


@pytest.fixture
def coming(sessions):
    """Give A-100 a bill of 300.00 that falls due on 16 March, under the policy by segments."""
    text = (CONFIG / "policies/dunning/cn/2024-06-01.toml").read_text("utf-8")
    text = text.replace("hours = 80", "hours = 80000")
    day = date(2026, 1, 1)
    file = dated.DatedFile("policies/dunning", day, text, dated.digest_of(text))
    with sessions.begin() as session:
        street.enact(session)
        street.put_in_force(session, file)
        account = town.settle_in(session, "A-100")["A-100"]
        street.bill(session, account, "300.00", due=DUE)
    return account


def prepared(sessions, day):
    dispatch.prepare(sessions, with_stationery=stationery.read(None), today=day, now=street.at(day))
    with sessions() as session:
        return outbox.notices(session, limit=9)


def test_the_message_comes_three_days_before_and_the_reminder_in_its_time(sessions, coming):
    day = DUE - 5 * DAY
    while day <= DUE + 3 * DAY:
        found = street.night(sessions, day)
        if day == DUE - 3 * DAY:
            (one,) = found.proposals
            assert (one.kind, one.amount, one.overdue) == (StepKind.COURTESY_REMINDER, 30_000, 0)
            assert one.reasons[0] == f"300.00 falls due on {DUE}"
        street.work(sessions, day)
        day += DAY
    steps = street.steps(sessions, coming)
    assert [(step.kind, step.done_on) for step in steps] == [
        (StepKind.COURTESY_REMINDER, DUE - 3 * DAY),
        (StepKind.SMS_REMINDER, DUE + 3 * DAY),
    ]
    with sessions() as session:
        assert invariants.findings(session, today=day) == []


def test_it_says_what_falls_due_and_when(sessions, coming):
    day = DUE - 3 * DAY
    street.night(sessions, day)
    (notice,) = prepared(sessions, day)
    assert notice.kind == "courtesy_reminder"
    assert "300.00" in notice.text
    assert "3月16日" in notice.text or "2026-03-16" in notice.text, notice.text


def test_who_pays_before_it_is_sent_gets_none_and_the_case_closes(sessions, coming):
    day = DUE - 3 * DAY
    street.night(sessions, day)
    street.pay(sessions, coming, "300.00", on=day)
    (step,) = street.steps(sessions, coming)
    assert step.state is StepState.WITHDRAWN
    assert prepared(sessions, day) == []
    with sessions() as session:
        assert store.open_cases(session) == {}


def test_one_for_a_due_date_and_the_case_is_watched_until_then(sessions, coming):
    for n in range(3, -1, -1):
        street.night(sessions, DUE - n * DAY)
        street.work(sessions, DUE - n * DAY)
    assert len(street.steps(sessions, coming)) == 1
    with sessions() as session:
        assert store.open_cases(session), "not closed before it is paid or overdue"
