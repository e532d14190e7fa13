"""Whatever kills the sender: nobody is told twice, and nobody is forgotten."""

import signal
from collections import Counter
from datetime import timedelta

import pytest

from notices import dispatch
from notices.outbox import State
from notices.simulator import Simulator
from tests.mortal import PROCESSES
from tests.notices import killed_send, office
from tests.notices.killed_send import REMINDED
from tests.notices.office import SID, TOKEN

CUSTOMERS = 25  # more than are claimed at once


def killed_at(url, origin, now, *, lives, after_post):
    how = {"lives": lives, "after_post": after_post}
    child = PROCESSES.Process(target=killed_send.send, args=(url, origin, now), kwargs=how)
    child.start()
    child.join()
    return child.exitcode


@pytest.mark.slow
def test_a_sender_killed_at_any_point_tells_each_customer_once(sessions, database_url):
    with sessions.begin() as session:
        office.found(session, *(f"A-{at}" for at in range(100, 100 + CUSTOMERS)))
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    now = office.at(REMINDED)
    with Simulator(SID, TOKEN, clock=lambda: now, sends_callbacks=False) as simulator:
        for lives, after_post in ((3, True), (0, False), (7, False), (0, True)):
            code = killed_at(
                database_url, simulator.origin, now, lives=lives, after_post=after_post
            )
            assert code == -signal.SIGKILL
            assert "unknown" not in {one.state for one in office.told(sessions)}
            assert State.SENDING in {one.state for one in office.told(sessions)}
            now += timedelta(minutes=15)
        dispatch.send(sessions, office.gateway(simulator), today=REMINDED, now=now)
        dispatch.send(sessions, office.gateway(simulator), today=REMINDED, now=now)
        assert Counter(one.to for one in simulator.messages) == {
            f"+86138001{at:05d}": 1 for at in range(CUSTOMERS)
        }
    assert {str(one.state) for one in office.told(sessions)} <= {"sent", "delivered"}
