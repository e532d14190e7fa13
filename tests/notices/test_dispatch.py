"""Telling customers on real databases: once, at the right hour, and never one who has paid."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from arrears import holds
from arrears import store as casebook
from arrears.case import EventKind
from arrears.holds import HoldReason
from billing.customer import Language
from config import dated
from config.database import reading
from notices import dispatch, store
from notices.notice import Channel, NoticeKind
from notices.outbox import State
from notices.simulator import Simulator
from notices.tables import NoticeRow, OutboxRow
from tests.arrears import street
from tests.arrears.shipped import CONFIG
from tests.notices import office
from tests.notices.office import DAY, DUE, SID, TOKEN

REMINDED = DUE + 3 * DAY


@pytest.fixture
def simulator():
    with Simulator(SID, TOKEN, clock=lambda: office.at(REMINDED), sends_callbacks=False) as it:
        yield it


@pytest.fixture
def accounts(sessions):
    """Return two accounts whose reminders are decided."""
    with sessions.begin() as session:
        found = office.found(session, "A-100", "A-200")
    office.night(sessions, REMINDED)
    return found


def states(sessions):
    return [str(one.state) for one in office.told(sessions)]


def steps(sessions, account):
    return [(str(one.kind), str(one.state)) for one in street.steps(sessions, account)]


def test_a_reminder_is_written_word_for_word_and_queued(sessions, accounts):
    prepared = office.prepare(sessions, REMINDED)
    assert (prepared.messages, prepared.letters, prepared.problems) == (2, 0, ())
    first, second = office.told(sessions)
    assert first.text == (
        "【澄湖供电】Customer A-100：您的电费户号A-100截至2026年3月19日已逾期未缴300.90 元"
        "（含违约金0.90 元），请于2026年3月26日前缴清。如已缴费请忽略。咨询电话95598。"
    )
    assert (first.kind, first.channel, first.state) == (
        NoticeKind.SMS_REMINDER,
        Channel.SMS,
        State.QUEUED,
    )
    assert (first.principal, first.late_charge, first.segments) == (30_000, 90, 2)
    assert (first.mobile, second.mobile) == ("+8613800100000", "+8613800100001")


def test_the_same_steps_twice_are_one_notice(sessions, accounts):
    office.prepare(sessions, REMINDED)
    again = office.prepare(sessions, REMINDED)
    assert (again.messages, again.letters) == (0, 0)
    assert len(office.told(sessions)) == 2


def test_the_step_is_done_when_the_message_is_sent_and_not_before(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "approved")]
    came = office.send(sessions, simulator, REMINDED)
    assert came.sent == 2
    assert [one.body for one in simulator.messages] == [one.text for one in office.told(sessions)]
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "done")]
    with sessions() as session:
        done, *_ = casebook.timeline(session, accounts["A-100"].id)
    assert (done.kind, done.facts["notice"]) == (EventKind.DONE, office.told(sessions)[0].number)


def test_what_was_sent_is_not_sent_again(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    office.send(sessions, simulator, REMINDED)
    office.prepare(sessions, REMINDED)
    assert office.send(sessions, simulator, REMINDED).sent == 0
    assert len(simulator.messages) == 2


def test_paid_a_second_ago_no_message(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    street.pay(sessions, accounts["A-100"], "301.00", on=REMINDED)
    came = office.send(sessions, simulator, REMINDED)
    assert (came.sent, came.cancelled) == (1, 1)
    assert [one.to for one in simulator.messages] == ["+8613800100001"]
    assert states(sessions) == ["cancelled", "sent"]
    assert office.told(sessions)[0].reason == "the step is withdrawn"


def test_a_posting_nobody_has_looked_at_yet_stops_the_message_too(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    with sessions.begin() as session:
        street.bill(session, accounts["A-100"], "50.00", due=REMINDED + 15 * DAY, raised=REMINDED)
    came = office.send(sessions, simulator, REMINDED)
    assert came.cancelled == 1
    assert office.told(sessions)[0].reason == "something was posted since it was written"
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "stale")]


def test_after_a_part_payment_the_customer_is_told_the_new_amount(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    street.pay(sessions, accounts["A-100"], "100.00", on=REMINDED)
    assert office.send(sessions, simulator, REMINDED).cancelled == 1
    assert office.prepare(sessions, REMINDED).messages == 1
    assert office.send(sessions, simulator, REMINDED).sent == 1
    own = [one for one in office.told(sessions) if one.mobile == "+8613800100000"]
    assert [(str(one.state), one.principal) for one in own] == [
        ("cancelled", 30_000),
        ("sent", 20_090),
    ]


def test_on_hold_the_message_waits_and_goes_when_the_hold_ends(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    holds.place(
        sessions,
        "A-100",
        reason=HoldReason.DISPUTE,
        note="meter doubted",
        owner="zhao.min",
        ends_on=REMINDED + DAY,
        by="zhao.min",
        today=REMINDED,
        now=office.at(REMINDED),
    )
    came = office.send(sessions, simulator, REMINDED)
    assert came.sent == 1
    assert "+8613800100000" not in [one.to for one in simulator.messages]


def test_a_message_goes_out_under_a_hold_that_its_level_bears(sessions, simulator):
    text = (CONFIG / "policies/dunning/2024-06-01.toml").read_text("utf-8")
    bearing = text.replace(
        'step = "sms_reminder"', 'step = "sms_reminder"\nholds = ["none", "plan"]'
    )
    file = dated.DatedFile("policies/dunning", DUE, bearing, dated.digest_of(bearing))
    with sessions.begin() as session:
        office.found(session, "A-100", "A-200")
        street.put_in_force(session, file)
    office.night(sessions, REMINDED)
    for number, reason in (("A-100", HoldReason.PLAN), ("A-200", HoldReason.AUTHORITY)):
        holds.place(
            sessions,
            number,
            reason=reason,
            note="agreed",
            ends_on=REMINDED + DAY,
            by="zhao.min",
            today=REMINDED,
            now=office.at(REMINDED),
        )
    assert office.prepare(sessions, REMINDED).messages == 1
    assert office.send(sessions, simulator, REMINDED).sent == 1
    assert [one.to for one in simulator.messages] == ["+8613800100000"]


def test_in_the_quiet_hours_nothing_is_sent(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    for hour in (7, 21, 23):
        assert office.send(sessions, simulator, REMINDED, hour=hour).sent == 0
    assert simulator.messages == []
    assert office.send(sessions, simulator, REMINDED + DAY, hour=8).sent == 2


def test_a_message_lives_no_longer_than_the_hours_it_may_arrive_in(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    office.send(sessions, simulator, REMINDED, hour=20)
    assert {one.validity for one in simulator.messages} == {3600}


def test_a_number_gets_no_more_messages_a_day_than_the_supplier_allows(sessions, simulator):
    numbers = [f"A-{at}" for at in range(100, 105)]
    with sessions.begin() as session:
        office.found(session, *numbers, mobiles=dict.fromkeys(numbers, "+8613800100000"))
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    came = office.send(sessions, simulator, REMINDED)
    assert (came.sent, came.waiting) == (office.STATIONERY.supplier.daily_cap, 3)
    assert office.send(sessions, simulator, REMINDED).sent == 0
    assert office.send(sessions, simulator, REMINDED + DAY).sent == 2


def test_who_opted_out_is_written_to_on_paper(sessions, accounts, simulator):
    dispatch.opt_out(sessions, "+8613800100000", is_out=True, said="STOP", now=office.at(REMINDED))
    prepared = office.prepare(sessions, REMINDED)
    assert (prepared.messages, prepared.letters) == (1, 1)
    letter = office.told(sessions, Channel.PAPER)[0]
    assert (letter.kind, letter.title) == (NoticeKind.LETTER, "催费通知书")


def test_who_opts_out_after_the_message_was_written_gets_none(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    dispatch.opt_out(sessions, "+8613800100000", is_out=True, said="退订", now=office.at(REMINDED))
    assert (office.send(sessions, simulator, REMINDED).failed) == 1
    assert [one.to for one in simulator.messages] == ["+8613800100001"]
    assert office.prepare(sessions, REMINDED).letters == 1


def test_what_is_no_mobile_number_opts_nothing_out(sessions, accounts):
    for number in ("abc", "", "+86 571 8800 0000", "１３８"):
        with pytest.raises(dispatch.BadMobileError, match=r"write it like \+8613800138000"):
            dispatch.opt_out(sessions, number, is_out=True, said="x", now=office.at(REMINDED))


def test_a_number_is_known_however_it_is_written(sessions, accounts):
    dispatch.opt_out(sessions, "138 0010 0000", is_out=True, said="x", now=office.at(REMINDED))
    prepared = office.prepare(sessions, REMINDED)
    assert (prepared.messages, prepared.letters) == (1, 1)


def test_who_opts_in_again_gets_messages_again(sessions, accounts, simulator):
    for is_out in (True, False):
        dispatch.opt_out(
            sessions, "+8613800100000", is_out=is_out, said="", now=office.at(REMINDED)
        )
    assert office.prepare(sessions, REMINDED).messages == 2


def test_who_has_no_telephone_is_written_to(sessions):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100")
        office.set_customer(session, accounts["A-100"], mobile=None)
    office.night(sessions, REMINDED)
    assert office.prepare(sessions, REMINDED).letters == 1


@pytest.mark.parametrize(("ending", "is_out"), [("21610", True), ("21211", False)])
def test_a_refused_message_falls_back_to_paper(sessions, simulator, tmp_path, ending, is_out):
    mobile = f"+86138000{ending}"
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", mobiles={"A-100": mobile})
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    assert office.send(sessions, simulator, REMINDED).failed == 1
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "approved")]
    assert office.prepare(sessions, REMINDED).letters == 1
    assert office.prepare(sessions, REMINDED).letters == 0
    with sessions() as session:
        assert (mobile in store.opted_out(session, [mobile])) == is_out
    assert office.print_due(sessions, tmp_path, REMINDED).letters == 1
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "done")]


def test_one_customer_gets_one_notice_for_all_accounts_at_a_level(sessions):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", "A-200", "A-300")
        office.one_customer(session, accounts["A-100"], accounts["A-200"])
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    both, other = office.told(sessions)
    assert "A-100和A-200" in both.text
    assert both.principal == 60_000
    assert "A-300" in other.text


def test_if_one_of_the_accounts_has_paid_the_notice_is_written_anew(sessions, simulator):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", "A-200")
        office.one_customer(session, *accounts.values())
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    street.pay(sessions, accounts["A-100"], "301.00", on=REMINDED)
    assert office.send(sessions, simulator, REMINDED).cancelled == 1
    assert office.prepare(sessions, REMINDED).messages == 1
    assert office.send(sessions, simulator, REMINDED).sent == 1
    assert "户号A-200截至" in simulator.messages[0].body


def test_a_customer_is_written_to_in_their_own_language(sessions):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100")
        office.set_customer(session, accounts["A-100"], language=Language.ENGLISH)
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    (told,) = office.told(sessions)
    assert told.text.startswith("Chenghu Power: account A-100 is overdue by CNY 300.90")
    assert told.language == "en"


def test_a_name_that_no_font_has_stops_that_letter_and_no_other(sessions):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", "A-200")
        for number, name in (("A-100", "张𬎆"), ("A-200", "李玥")):
            office.set_customer(session, accounts[number], name=name, mobile=None)
    office.night(sessions, REMINDED)
    prepared = office.prepare(sessions, REMINDED)
    assert prepared.letters == 1
    (problem,) = prepared.problems
    assert problem.account_id == accounts["A-100"].id
    assert "𬎆 (U+2C386)" in problem.message
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "approved")]
    with sessions.begin() as session:
        office.set_customer(session, accounts["A-100"], name="张炜")
    assert office.prepare(sessions, REMINDED).letters == 1


def test_the_database_itself_lets_no_notice_be_changed(sessions, accounts):
    office.prepare(sessions, REMINDED)
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(update(NoticeRow).values(text="nothing is owed"))
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(update(OutboxRow).values(mobile="+1"))


def test_what_waits_is_counted_by_channel_and_state(sessions, accounts):
    office.prepare(sessions, REMINDED)
    second = office.told(sessions)[1]
    with sessions() as session:
        assert store.count_by_state(session) == {(Channel.SMS, State.QUEUED): 2}
        assert store.notices(session, account_id=accounts["A-200"].id) == [second]
        assert store.find_notice(session, second.number) == second
        assert store.find_notice(session, "DN1") is None


def test_a_late_charge_in_a_notice_has_no_energy_of_its_own(sessions):
    with sessions.begin() as session:
        account = office.found(session, "A-100", due=DUE - 60 * DAY)["A-100"]
        street.bill(session, account, "300.00", due=DUE)
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)

    with reading(sessions) as session:
        kept = store.kept_notices(session, [one.id for one in office.told(sessions)])
    rows = {
        (one.what, one.kwh is None) for notice in kept.values() for one in notice.notice.charges
    }
    assert rows == {("energy", False), ("late_charge", True)}
