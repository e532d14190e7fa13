"""When nobody knows whether a message was taken: news in any order, and asking the provider."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from notices import dispatch, store
from notices.outbox import State
from notices.simulator import Simulator
from notices.sms import Unsure
from notices.tables import OutboxRow
from tests.arrears import street
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


def outbox_ids(sessions):
    with sessions() as session:
        return list(session.scalars(select(OutboxRow.id).order_by(OutboxRow.id)))


def hear(sessions, key, status, provider_id="SM1", code="", *, minutes=1):
    now = office.at(REMINDED) + timedelta(minutes=minutes)
    return dispatch.status(
        sessions, key=key, provider_id=provider_id, status=status, code=code, now=now
    )


def test_a_message_that_never_reached_the_telephone_is_followed_by_a_letter(
    sessions, accounts, simulator, tmp_path
):
    office.prepare(sessions, REMINDED)
    office.send(sessions, simulator, REMINDED)
    key = outbox_ids(sessions)[0]
    provider_id = simulator.messages[0].sid
    assert hear(sessions, key, "undelivered", provider_id, "30003") is State.FAILED
    assert office.prepare(sessions, REMINDED + DAY).letters == 1
    assert office.prepare(sessions, REMINDED + DAY).letters == 0
    assert office.print_due(sessions, tmp_path, REMINDED + DAY).letters == 1
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "done")]


def test_who_has_paid_meanwhile_gets_no_letter_after_the_message(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    office.send(sessions, simulator, REMINDED)
    hear(sessions, outbox_ids(sessions)[0], "undelivered", simulator.messages[0].sid)
    street.pay(sessions, accounts["A-100"], "301.00", on=REMINDED)
    assert office.prepare(sessions, REMINDED + DAY).letters == 0


def test_a_busy_provider_gets_the_message_later(sessions, simulator):
    with sessions.begin() as session:
        office.found(session, "A-100", mobiles={"A-100": "+8613800020429"})
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    assert office.send(sessions, simulator, REMINDED).waiting == 1
    assert office.send(sessions, simulator, REMINDED).sent == 0
    later = office.at(REMINDED) + timedelta(minutes=1)
    came = dispatch.send(sessions, office.gateway(simulator), today=REMINDED, now=later)
    assert came.sent == 1
    assert len(simulator.messages) == 1


def test_an_error_after_the_message_was_taken_is_settled_by_asking(sessions, simulator):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", mobiles={"A-100": "+8613800050001"})
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    assert office.send(sessions, simulator, REMINDED).unknown == 1
    assert states(sessions) == ["unknown"]
    later = office.at(REMINDED) + timedelta(minutes=1)
    dispatch.send(sessions, office.gateway(simulator), today=REMINDED, now=later)
    assert states(sessions) == ["delivered"]
    assert len(simulator.messages) == 1
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "done")]


def test_an_error_before_the_message_was_taken_is_settled_by_asking_long_enough_after(
    sessions, simulator
):
    with sessions.begin() as session:
        office.found(session, "A-100", mobiles={"A-100": "+8613800050000"})
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    assert office.send(sessions, simulator, REMINDED).unknown == 1
    for minutes, state in ((1, "unknown"), (9, "unknown")):
        now = office.at(REMINDED) + timedelta(minutes=minutes)
        dispatch.send(sessions, office.gateway(simulator), today=REMINDED, now=now)
        assert states(sessions) == [state]
    requests = simulator.requests
    now = office.at(REMINDED) + timedelta(minutes=11)
    came = dispatch.send(sessions, office.gateway(simulator), today=REMINDED, now=now)
    # Back in the queue, posted once more, and the provider fails once more.
    assert (came.unknown, simulator.requests) == (1, requests + 1)
    assert simulator.messages == []


def test_a_provider_that_cannot_be_asked_leaves_it_unknown(sessions, accounts):
    class Down:
        def send(self, message):
            return Unsure("no answer")

        def find(self, to, text, *, since):
            return None

    office.prepare(sessions, REMINDED)
    for minutes in (0, 5, 30):
        now = office.at(REMINDED) + timedelta(minutes=minutes)
        dispatch.send(sessions, Down(), today=REMINDED, now=now)
    assert states(sessions) == ["unknown", "unknown"]


@pytest.mark.parametrize(
    "order",
    [
        ["queued", "sent", "delivered"],
        ["delivered", "sent", "queued"],
        ["sent", "delivered", "sent", "delivered", "delivered"],
    ],
    ids=["in order", "backwards", "doubled"],
)
def test_news_may_come_in_any_order_and_twice(sessions, accounts, simulator, order):
    office.prepare(sessions, REMINDED)
    office.send(sessions, simulator, REMINDED)
    key = outbox_ids(sessions)[0]
    for status in order:
        hear(sessions, key, status, simulator.messages[0].sid)
    assert states(sessions)[0] == "delivered"
    told = office.told(sessions)[0]
    with sessions() as session:
        events = store.events(session, told.id)
    assert [str(one.state) for one in events][-1] == "delivered"
    assert len({str(one.state) for one in events}) == len(events)


def test_news_of_another_message_are_not_believed(sessions, accounts, simulator):
    office.prepare(sessions, REMINDED)
    office.send(sessions, simulator, REMINDED)
    key = outbox_ids(sessions)[0]
    assert hear(sessions, key, "failed", "SM-of-somebody-else") is None
    assert hear(sessions, 4711, "failed") is None
    assert hear(sessions, key, "teleported", simulator.messages[0].sid) is None
    assert states(sessions)[0] == "sent"


def test_news_that_are_quicker_than_the_answer_settle_the_message(sessions, accounts):
    heard = []

    class Quick:
        def send(self, message):
            heard.append(
                dispatch.status(
                    sessions,
                    key=message.key,
                    provider_id=f"SM{message.key}",
                    status="delivered",
                    now=office.at(REMINDED),
                )
            )
            return Unsure("the answer was lost")

        def find(self, to, text, *, since):
            return []

    office.prepare(sessions, REMINDED)
    came = dispatch.send(sessions, Quick(), today=REMINDED, now=office.at(REMINDED))
    assert heard == [State.DELIVERED, State.DELIVERED]
    assert came.sent == 2
    assert states(sessions) == ["delivered", "delivered"]
    assert steps(sessions, accounts["A-100"]) == [("sms_reminder", "done")]
