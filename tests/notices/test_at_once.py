"""Several offices at once: each customer is told once, whoever is quicker."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.lease import BusyError
from notices.simulator import Simulator
from tests.arrears import street
from tests.notices import office
from tests.notices.office import DAY, DUE, SID, TOKEN

REMINDED = DUE + 3 * DAY
CUSTOMERS = 30
OFFICES = 4


@pytest.fixture
def accounts(sessions):
    """Return accounts whose reminders are decided, half of them without a telephone."""
    numbers = [f"A-{at}" for at in range(100, 100 + CUSTOMERS)]
    with sessions.begin() as session:
        found = office.found(session, *numbers)
        for number in numbers[::2]:
            office.set_customer(session, found[number], mobile=None)
    office.night(sessions, REMINDED)
    return found


def at_once(act):
    """Let several offices act at the same moment, and return what each of them got."""
    with ThreadPoolExecutor(OFFICES) as pool:
        return [one.result() for one in [pool.submit(act) for _ in range(OFFICES)]]


def test_what_several_write_is_written_once(sessions, accounts):
    found = at_once(lambda: office.prepare(sessions, REMINDED))
    assert sum(one.messages for one in found) == CUSTOMERS // 2
    assert sum(one.letters for one in found) == CUSTOMERS // 2
    assert len(office.told(sessions)) == CUSTOMERS


def test_what_several_send_is_sent_once(sessions, accounts):
    office.prepare(sessions, REMINDED)
    clock = office.at(REMINDED)
    with Simulator(SID, TOKEN, clock=lambda: clock, sends_callbacks=False) as simulator:
        found = at_once(lambda: office.send(sessions, simulator, REMINDED))
        assert sum(one.sent for one in found) == CUSTOMERS // 2
        assert set(Counter(one.to for one in simulator.messages).values()) == {1}
        assert len(simulator.messages) == CUSTOMERS // 2


def test_what_several_print_is_printed_once(sessions, accounts, tmp_path):
    office.prepare(sessions, REMINDED)

    def try_to_print():
        try:
            return office.print_due(sessions, tmp_path, REMINDED)
        except BusyError:
            return None

    batches = [one for one in at_once(try_to_print) if one is not None]
    assert sum(one.letters for one in batches) == CUSTOMERS // 2
    assert len({one.number for one in batches}) == len(batches)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        one.path.name for one in batches
    )


def test_a_payment_at_the_same_moment_is_before_the_message_or_after_it(sessions, accounts):
    office.prepare(sessions, REMINDED)
    clock = office.at(REMINDED)
    some = list(accounts.values())[1::2]
    with Simulator(SID, TOKEN, clock=lambda: clock, sends_callbacks=False) as simulator:
        with ThreadPoolExecutor(2) as pool:
            paying = pool.submit(
                lambda: [
                    street.pay(sessions, one, "400.00", on=REMINDED, reference=one.number)
                    for one in some
                ]
            )
            sending = pool.submit(lambda: office.send(sessions, simulator, REMINDED))
            paying.result()
            came = sending.result()
        assert came.sent + came.cancelled == CUSTOMERS // 2
        assert len(simulator.messages) == came.sent
