"""What the law says of claims, on real books: billed too late, disputed and paid under protest."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from arrears import deadlines, disputes, store
from arrears.case import DisputeState
from arrears.review import review
from arrears.standings import standings
from arrears.step import StepKind
from arrears.switches import When
from billing import books
from billing import store as master
from billing.tables import BillRow
from config import dated
from notices.circumstances import circumstances
from tests.arrears import street
from tests.arrears.shipped import CONFIG

DUE = street.DUE
DAY = street.DAY
LATE = """
[back_billing]
months = 12
bars = "{bars}"
article = "SLC 21BA"
"""
PROTEST = """
[protest]
months = 6
article = "s. 56 (1), proviso"
"""


def enact(sessions, words):
    """Let the law of the market say something more."""
    text = (CONFIG / "markets/cn/2024-06-01.toml").read_text("utf-8") + words
    file = dated.DatedFile("markets/cn", date(2026, 1, 1), text, dated.digest_of(text))
    with sessions.begin() as session:
        street.put_in_force(session, file)


def reach_back(sessions, account, days):
    """Let the account's newest bill be for a month that began so many days before its issue."""
    with sessions.begin() as session:
        bill = master.bills(session, account_id=account.id)[-1]
        start = bill.issued_on - timedelta(days=days)
        session.execute(
            update(BillRow)
            .where(BillRow.id == bill.id)
            .values(period_start=start, period_end=start + 30 * DAY)
        )


def stand(sessions, account, day):
    with sessions() as session:
        found = standings(session, [account.id], today=day, new_grade="B")
        return found[account.id].standing


@pytest.mark.parametrize(("days", "is_barred"), [(366, True), (365, False), (360, False)])
def test_a_bill_that_reaches_back_too_far_rests_and_is_not_asked_for(
    sessions, account, days, is_barred
):
    enact(sessions, LATE.format(bars="claim"))
    reach_back(sessions, account, days)
    day = DUE + 3 * DAY
    standing = stand(sessions, account, day)
    assert bool(standing.barred) is is_barred
    assert (not standing.debts) is is_barred
    with sessions() as session:
        told = circumstances(session, [account.id], today=day)[account.id]
    assert (not told.overdue) is is_barred
    found = review(sessions, today=day, now=street.at(day), dry_run=True)
    assert [one.kind for one in found.proposals] == ([] if is_barred else ["sms_reminder"])
    said = [stop.message for one in found.quiet for stop in one.stopped_by]
    assert said == (
        ["a bill rests: 10.00 of it is for energy used more than 12 months before (SLC 21BA)"]
        if is_barred
        else []
    )


def test_what_was_billed_too_late_for_a_cut_may_be_asked_for(sessions, account):
    enact(sessions, LATE.format(bars="cut"))
    reach_back(sessions, account, 400)
    (debt,) = stand(sessions, account, DUE + DAY).debts
    assert (debt.amount, debt.too_late) == (30_000, 30_000)
    reach_back(sessions, account, 380)
    (debt,) = stand(sessions, account, DUE + DAY).debts
    assert debt.too_late == 15_000, "fifteen of thirty days"


def test_the_first_bill_of_a_period_was_in_time_whatever_came_after(sessions, account):
    enact(sessions, LATE.format(bars="cut"))
    reach_back(sessions, account, 400)
    with sessions.begin() as session:
        (first,) = master.bills(session, account_id=account.id)
        street.bill(session, account, "340.00", due=DUE)
        second = master.bills(session, account_id=account.id)[-1]
        own = {"period_start": first.period.start, "period_end": first.period.end, "revision": 2}
        session.execute(update(BillRow).where(BillRow.id == second.id).values(own))
        assert master.billed_before(session, [second]) == {second.id: first.amount}
    assert [one.too_late for one in stand(sessions, account, DUE + DAY).debts] == [30_000, 4_000]


@pytest.mark.parametrize(("paid", "state"), [("300.00", "open"), ("299.99", "lapsed")])
def test_a_dispute_paid_for_under_protest_waits_for_a_person(sessions, account, paid, state):
    enact(sessions, PROTEST)
    street.pay(sessions, account, "300.00", on=DUE - DAY, reference="the first bill")
    with sessions.begin() as session:
        street.bill(session, account, "900.00", due=DUE + 30 * DAY)
    with sessions() as session:
        number = master.bills(session, account_id=account.id)[-1].number
    opened, ends = DUE + 40 * DAY, DUE + 50 * DAY
    disputes.dispute(
        sessions, "A-100", number, note="too much", ends_on=ends, by="wu.gang",
        today=opened, now=street.at(opened),
    )  # fmt: skip
    street.pay(sessions, account, paid, on=opened + DAY)
    with sessions.begin() as session:
        deadlines.lapse(session, when=When(ends + DAY, street.at(ends + DAY), "policy"))
    with sessions() as session:
        charges = books.open_charges(session, [account.id], as_of=ends)[account.id]
        (found,) = store.disputes_of(session, account.id)
    assert found.state is DisputeState(state)
    standing = stand(sessions, account, ends + DAY)
    assert sum(one.amount for one in standing.debts) == sum(one.open for one in charges)
    assert [one.is_under_protest for one in standing.contested] == [True] * (state == "open")


def test_what_is_disputed_is_not_asked_for_in_a_notice_about_the_rest(sessions, account):
    with sessions.begin() as session:
        street.bill(session, account, "50.00", due=DUE + DAY)
        bills = master.bills(session, account_id=account.id)
    number = next(one.number for one in bills if one.amount == 30_000)
    disputes.dispute(
        sessions, "A-100", number, note="too much", ends_on=DUE + 60 * DAY, by="wu.gang",
        today=DUE + DAY, now=street.at(DUE + DAY),
    )  # fmt: skip
    street.night(sessions, DUE + 4 * DAY)
    (step,) = street.steps(sessions, account)
    assert (step.kind, step.amount) == (StepKind.SMS_REMINDER, 5_000)
    with sessions() as session:
        told = circumstances(session, [account.id], today=DUE + 4 * DAY)[account.id]
    assert [one.open for one in told.overdue] == [5_000]
