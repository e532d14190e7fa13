"""What brings a customer to the next review for a fresh grade, and that the history says so."""

from datetime import date

import pytest

from arrears import promises, store
from arrears.promises import BadPromiseError
from billing import books
from billing.money import money
from billing.payment import NewPayment
from tests.arrears import street

DUE, DAY = street.DUE, street.DAY
GRADED = date(2026, 4, 20)
HEARD = date(2026, 4, 25)
LATENESS = {"worst_days_late": "0", "months_in_arrears": "0"}


def history(sessions, account):
    """Return days and reasons of a customer's assessments, the oldest first."""
    with sessions() as session:
        return [
            (one.as_of, one.reason, one.grade)
            for one in store.assessments_of(session, account.customer_id)[::-1]
        ]


def heard(sessions, account, value_on, *, amount="300.00", on=HEARD):
    """Take in money that counts from a day and of which a file tells later."""
    new = NewPayment(account.id, "bank", f"{value_on}-{amount}", money(amount), value_on)
    with sessions.begin() as session:
        books.receive(session, [new], posted_on=on, by="bank", now=street.at(on))


def test_money_that_was_there_in_time_and_is_heard_of_late_gives_a_fresh_grade(sessions, account):
    street.night(sessions, GRADED)
    as_late = history(sessions, account)
    heard(sessions, account, DUE)

    street.night(sessions, HEARD + DAY)

    (*before, last) = history(sessions, account)
    assert before == as_late
    assert last[:2] == (HEARD + DAY, "paid_in_time")
    with sessions() as session:
        values = store.assessments(session, [account.customer_id])[account.customer_id].indicators
    assert {name: values[name] for name in LATENESS} == LATENESS
    # Once is enough: the assessment knows of it.
    street.night(sessions, HEARD + 2 * DAY)
    assert history(sessions, account)[-1] == last


@pytest.mark.parametrize(
    ("value_on", "graded_on"),
    [(DUE + DAY, GRADED), (DUE, DUE)],
    ids=["the money was late", "the assessment knew of no lateness"],
)
def test_other_money_leaves_the_grade_to_the_calendar(sessions, account, value_on, graded_on):
    street.night(sessions, graded_on)
    before = history(sessions, account)
    heard(sessions, account, value_on)

    street.night(sessions, HEARD + DAY)

    assert history(sessions, account) == before


def test_a_broken_promise_gives_a_fresh_grade_at_the_next_review(sessions, account):
    street.night(sessions, GRADED)
    taken = {"amount": money(300), "by": "li", "today": GRADED, "now": street.at(GRADED)}
    promises.take(sessions, "A-100", due_on=HEARD, **taken)
    with pytest.raises(BadPromiseError):
        promises.take(sessions, "A-100", due_on=HEARD, **taken)
    street.night(sessions, HEARD)
    kept_yet = history(sessions, account)

    street.night(sessions, HEARD + DAY)  # finds the promise broken
    street.night(sessions, HEARD + 2 * DAY)

    new = history(sessions, account)[len(kept_yet) :]
    assert new[0][:2] == (HEARD + DAY, "promise_broken")
    assert {reason for _, reason, _ in new} == {"promise_broken"}
    street.night(sessions, HEARD + 3 * DAY)
    assert history(sessions, account)[len(kept_yet) :] == new


def test_a_promise_that_is_kept_leaves_the_grade_alone(sessions, account):
    street.night(sessions, GRADED)
    promises.take(
        sessions,
        "A-100",
        amount=money(300),
        due_on=HEARD,
        by="li",
        today=GRADED,
        now=street.at(GRADED),
    )
    street.pay(sessions, account, "400.00", on=HEARD)
    before = history(sessions, account)

    street.night(sessions, HEARD + DAY)
    street.night(sessions, HEARD + 2 * DAY)

    assert history(sessions, account) == before
