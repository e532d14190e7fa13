"""While payments may be on their way nothing goes out; and many are not allowed unseen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from arrears import approval as doors
from arrears import disconnection, freshness
from arrears.step import StepKind, StepState
from config import approval as approvals
from config import batch, dated
from config.batch import Batch, Kind
from tests.arrears import street
from tests.arrears.shipped import CONFIG
from tests.billing import town

DUE = street.DUE
DAY = street.DAY
SOURCES = """
[payment_sources.bank]
takes = "statement"
hours = 30
"""


@pytest.fixture
def guarded(sessions, account):
    """Put a policy into force that names a source of payments, and return the account."""
    text = (CONFIG / "policies/dunning/2024-06-01.toml").read_text("utf-8")
    text = text.replace("[notice_days]", SOURCES + "\n[notice_days]", 1)
    day = date(2026, 1, 1)
    file = dated.DatedFile("policies/dunning", day, text, dated.digest_of(text))
    with sessions.begin() as session:
        street.put_in_force(session, file)
    return account


def bring(sessions, day, digest, *, accepted=1, refused=0):
    rows = accepted + refused
    made = Batch(
        None, Kind.STATEMENT, "day.xml", digest, "camt", rows, accepted, 0, refused, day, "bank"
    )
    with sessions.begin() as session:
        batch.add(session, made, now=street.at(day))


def test_a_statement_that_is_brought_late_is_as_old_as_its_own_day(sessions, guarded):
    made = Batch(None, Kind.STATEMENT, "a", "7" * 64, "camt", 1, 1, 0, 0, DUE, "bank")
    for day, own in ((DUE, DUE - 3 * DAY), (DUE + DAY, DUE)):
        one = replace(made, digest=own.isoformat(), received_on=day, told_until=own)
        with sessions.begin() as session:
            batch.add(session, one, now=street.at(day))
    assert late(sessions, DUE + DAY) == []
    (one,) = late(sessions, DUE + 3 * DAY)
    # The end of the day by the market's clock: midnight in China is 16:00 UTC.
    assert one.last_at == datetime(DUE.year, DUE.month, DUE.day, 16, tzinfo=UTC)


def late(sessions, day):
    with sessions() as session:
        return freshness.late_sources(session, today=day, now=street.at(day))


def test_a_source_is_late_until_a_file_of_it_comes_that_holds_something(sessions, guarded):
    assert "never came" in str(late(sessions, DUE)[0])
    bring(sessions, DUE, "1" * 64, accepted=0, refused=2)
    assert late(sessions, DUE), "a file of which nothing was accepted brought nothing"
    bring(sessions, DUE, "2" * 64, accepted=0, refused=0)
    assert late(sessions, DUE) == [], "a statement without a payment says that all is well"
    assert late(sessions, DUE + DAY) == []
    (one,) = late(sessions, DUE + 2 * DAY)
    assert one.last_at == street.at(DUE)
    assert "30 hours are borne" in str(one)


def test_nobody_is_cut_while_a_source_is_late(sessions, guarded):
    day = street.until_cut_is_ordered(sessions, guarded)
    cut = street.steps(sessions, guarded)[-1]
    bring(sessions, day - 5 * DAY, "3" * 64)

    def done():
        return disconnection.done(
            sessions,
            cut.id,
            by="crew",
            today=day,
            now=street.at(day),
            second_notice_at=street.at(day, hour=3),
        )

    with pytest.raises(disconnection.MayNotCutError, match="payments of bank tell all up to"):
        done()
    bring(sessions, day, "4" * 64)
    assert done().state is StepState.DONE


def test_a_policy_without_sources_keeps_nothing_back(sessions, account):
    assert late(sessions, DUE) == []


def test_the_shipped_policy_wants_a_statement_or_a_list_of_payments_within_eighty_hours(
    sessions, account
):
    day = date(2026, 12, 7)
    (one,) = late(sessions, day)
    assert "payments of money never came; 80 hours are borne" in str(one)
    for kind, digest, came in (
        (Kind.PAYMENTS, "5" * 64, day),
        (Kind.STATEMENT, "6" * 64, day + 7 * DAY),
    ):
        made = Batch(None, kind, "file", digest, "plain", 1, 1, 0, 0, came, "till")
        with sessions.begin() as session:
            batch.add(session, made, now=street.at(came))
        assert late(sessions, came + 3 * DAY) == [], "a weekend"
        assert late(sessions, came + 4 * DAY), "a weekend and two days"


def test_under_the_shipped_policy_what_nobody_decides_on_is_taken_back(sessions):
    due = date(2026, 12, 1)
    with sessions.begin() as session:
        street.enact(session)
        account = town.settle_in(session, "A-100")["A-100"]
        street.bill(session, account, "300.00", due=due)

    def notices():
        return [
            (str(one.state), one.proposed_on - due)
            for one in street.steps(sessions, account)
            if one.kind is StepKind.DISCONNECTION_NOTICE
        ]

    for after in (3, 19, 45, 59):
        street.night(sessions, due + after * DAY)
        street.work(sessions, due + after * DAY, approve=False)
    assert notices() == [("proposed", 45 * DAY)], "fourteen days are borne"
    street.night(sessions, due + 60 * DAY)
    assert notices() == [("withdrawn", 45 * DAY), ("proposed", 60 * DAY)]


def ask_many(sessions, many):
    with sessions.begin() as session:
        user = street.officer(session)
        return user, [
            approvals.ask(
                session,
                act=approvals.Act.DISCONNECT,
                subject=f"account {no}",
                summary="cut",
                facts={},
                maker="policy",
                needed=2,
                now=street.at(DUE),
            )
            for no in range(many)
        ]


def say_yes(sessions, user, ids):
    return doors.decide_all(
        sessions, ids, accept=True, by=user, reason="seen", today=DUE, now=street.at(DUE)
    )


def test_many_at_once_want_a_sample_opened_that_nobody_can_choose(sessions, account):
    user, ids = ask_many(sessions, 40)
    with pytest.raises(approvals.UnseenError) as refused:
        say_yes(sessions, user, ids)
    wanted = refused.value.unseen
    assert len(wanted) == 4
    assert approvals.sample(ids[::-1], by=user) == list(wanted), "asking again draws the same"
    for key in wanted[:-1]:
        with sessions.begin() as session:
            approvals.look(session, key, by=user, now=street.at(DUE))
    with pytest.raises(approvals.UnseenError) as still:
        say_yes(sessions, user, ids)
    assert still.value.unseen == wanted[-1:]
    with sessions.begin() as session:
        approvals.look(session, wanted[-1], by=user, now=street.at(DUE))
        approvals.look(session, wanted[-1], by=user, now=street.at(DUE) + timedelta(hours=1))
    done = say_yes(sessions, user, ids)
    assert {one.approval.missing for one in done} == {1}


def test_a_few_at_once_and_a_no_want_no_sample(sessions, account):
    user, ids = ask_many(sessions, 11)
    assert len(say_yes(sessions, user, ids[:10])) == 10
    with sessions() as session:
        other = street.officer(session, 1)
    refused = doors.decide_all(
        sessions, ids, accept=False, by=other, reason="no", today=DUE, now=street.at(DUE)
    )
    assert len(refused) == 11


def test_the_kinds_of_steps_a_person_reports_are_those_no_machine_does():
    from arrears.step import IN_PERSON

    assert {
        StepKind.VISIT,
        StepKind.SECOND_NOTICE,
        StepKind.LEGAL,
    } == IN_PERSON
