from datetime import date

import pytest

from billing import books, corrections, run, store
from billing.bill import BillKind
from billing.corrections import CannotCancelError
from billing.ledger import ChargeKind
from billing.money import money
from config import approval
from config.approval import OwnWorkError
from tests.billing.grid import CHIEF, CLERK, at, person, read, town
from tests.billing.test_run import FEBRUARY, MARCH, bill, issue

DAY = date(2026, 2, 10)


def ask(sessions, number):
    return corrections.ask_to_cancel(
        sessions, number, by=CLERK, reason="wrong reading", now=at(DAY)
    )


def cancel(sessions, number, by=CHIEF):
    return corrections.cancel(
        sessions, ask(sessions, number), by=person(by), reason="yes", today=DAY, now=at(DAY)
    )


def number_of(sessions, made):
    with sessions() as session:
        return store.bills(session, run_id=made.run_id)[0].number


def test_a_cancelled_bill_is_turned_round_by_a_document_that_names_it(sessions):
    accounts = town(sessions, A1=3000)
    made = bill(sessions)
    issue(sessions, made)
    number = number_of(sessions, made)

    reversal = cancel(sessions, number)

    assert (reversal.number, reversal.amount) == (f"R{number}", -money("1470.90"))
    with sessions() as session:
        original = store.find_bill(session, number)
        found = store.find_bill(session, reversal.number)
        lines = store.bill_lines(session, [original.id, found.id])
        owed = books.open_charges(session, [accounts["A1"].id], as_of=DAY)
        months = store.monthly_bills(session, [accounts["A1"].id], since=FEBRUARY, until=MARCH)
    assert original.cancelled_by_id == found.id
    assert (found.kind, found.reverses_id) == (BillKind.REVERSAL, original.id)
    assert [(line.code, line.quantity, line.price, line.amount) for line in lines[found.id]] == [
        (line.code, -line.quantity, line.price, -line.amount) for line in lines[original.id]
    ]
    assert owed == {}
    assert months == {}
    assert run.explain(sessions, reversal.number).same


def test_a_bill_is_asked_to_be_cancelled_once_while_the_request_waits(sessions):
    town(sessions, A1=3000)
    made = bill(sessions)
    issue(sessions, made)
    number = number_of(sessions, made)
    asked = ask(sessions, number)

    with pytest.raises(CannotCancelError, match=f"approval {asked} waits"):
        ask(sessions, number)

    with sessions.begin() as session:
        approval.decide(
            session, asked, by=person(CHIEF), accept=False, reason="look again", now=at(DAY)
        )
    assert ask(sessions, number) != asked


def test_the_next_run_bills_a_cancelled_period_anew(sessions):
    town(sessions, A1=3000)
    issue(sessions, bill(sessions))
    with sessions() as session:
        [first] = store.bills(session)
    cancel(sessions, first.number)

    again = bill(sessions)
    issue(sessions, again, today=DAY)

    with sessions() as session:
        [second] = store.bills(session, run_id=again.run_id)
        owed = books.open_charges(session, None, as_of=DAY)
    assert (second.revision, second.period, second.amount) == (2, first.period, first.amount)
    [[charge]] = owed.values()
    assert (charge.kind, charge.bill_id) == (ChargeKind.ENERGY, second.id)


def test_nobody_cancels_alone(sessions):
    town(sessions, A1=3000)
    made = bill(sessions)
    issue(sessions, made)

    with pytest.raises(OwnWorkError):
        cancel(sessions, number_of(sessions, made), by=CLERK)


def test_a_bill_with_others_after_it_is_not_cancelled_before_them(sessions):
    town(sessions, A1=100)
    first = bill(sessions)
    issue(sessions, first)
    with sessions.begin() as session:
        read(session, "A1", MARCH, 200)
    bill(sessions, MARCH)

    with pytest.raises(CannotCancelError, match="others after it \\(2026-02-01 to 2026-03-01\\)"):
        ask(sessions, number_of(sessions, first))


def test_what_is_cancelled_or_cancels_cannot_be_cancelled(sessions):
    town(sessions, A1=100)
    made = bill(sessions)
    issue(sessions, made)
    number = number_of(sessions, made)
    cancel(sessions, number)

    with pytest.raises(CannotCancelError, match="cancelled already"):
        ask(sessions, number)
    with pytest.raises(CannotCancelError, match="cancels another bill"):
        ask(sessions, f"R{number}")
    with pytest.raises(CannotCancelError, match="there is no bill 7"):
        ask(sessions, "7")
