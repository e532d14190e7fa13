"""Customers are measured in sets: each stands as he would alone, and for any number of workers."""

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears import assessing, review, store
from arrears.assessing import assessed
from arrears.grading import assess
from arrears.indicators import measure
from arrears.rules import in_force
from billing import books
from billing import store as master
from billing.ledger import Book
from billing.payment import NewPayment
from billing.supply import SupplyClass
from config import people
from tests.arrears import street
from tests.billing import town

TODAY = date(2026, 12, 31)
YEAR = timedelta(days=365)
FIRST = date(2026, 1, 16)
NUMBERS = count(1)

# Of each bill: after how many days it is paid if ever, and what comes of that.
bills = st.tuples(
    st.none() | st.integers(-10, 120), st.sampled_from(["stays", "part", "returned", "written off"])
)
streets = st.lists(st.lists(bills, max_size=11), min_size=2, max_size=5)


def live(sessions, histories):
    """Let a street of new accounts be billed monthly, and pay or not; return the accounts."""
    numbers = [f"S-{next(NUMBERS):04}" for _ in histories]
    classes = [SupplyClass.RESIDENTIAL, SupplyClass.INDUSTRIAL]
    with sessions.begin() as session:
        accounts = [
            town.settle_in(session, number, supply_class=classes[at % 2])[number]
            for at, number in enumerate(numbers)
        ]
        acts = []
        for account, history in zip(accounts, histories, strict=True):
            for month, (after, ends) in enumerate(history):
                due = FIRST.replace(month=month + 1)
                acts.append((due - timedelta(days=15), account, due, "bill"))
                if after is not None:
                    acts.append((due + timedelta(days=after), account, due, ends))
        for on, account, due, what in sorted(acts, key=lambda one: (one[0], one[1].id)):
            act(session, account, due, what, min(on, TODAY))
    return accounts


def act(session, account, due, what, on):
    """Let one thing happen to an account."""
    if what == "bill":
        street.bill(session, account, f"{100 + due.month}.{account.id % 100:02}", due=due)
        return
    amount = 4_000 if what == "part" else 10_000
    new = NewPayment(account.id, "counter", f"{account.number}-{due}", amount, on)
    if what == "written off":
        owed = books.open_charges(session, [account.id], as_of=on).get(account.id, [])
        books.write_off(session, owed, posted_on=on, reason="gone")
        return
    received = books.receive(session, [new], posted_on=on, by="till", now=street.at(on))
    if what == "returned":
        books.reverse_payments(session, received.payment_ids, posted_on=on, reason="returned")


def met(session, account, *, until):
    """Return how bills were met, folded from the account's statement entry by entry."""
    entries = [
        one
        for one in books.statement(session, account.id)
        if one.posted_on <= until
        and Book.RECEIVABLE in (one.debit, one.credit)
        and Book.BAD_DEBT not in (one.debit, one.credit)
    ]
    found = []
    for charge in books.charges_ever(session, [account.id], until=until).get(account.id, ()):
        if charge.kind == "energy" and until - YEAR <= charge.due_on < until:
            own = [one for one in entries if one.charge_id == charge.id]
            raised, *rest = folded(own)
            if raised > 0:
                found.append((charge.id, charge.due_on, raised, *rest))
    return sorted(found, key=lambda one: (one[1], one[0]))


def folded(entries):
    """Return what was raised, when it was met if it was, and whether money was taken back."""
    undone = {one.reverses_id for one in entries}
    raised = settled = 0
    stands, is_returned = [], False
    for one in entries:
        raises, reverses = one.debit is Book.RECEIVABLE, one.reverses_id is not None
        if raises != reverses:
            raised += one.amount if raises else -one.amount
        else:
            settled += -one.amount if raises else one.amount
            is_returned |= raises
        if not raises and not reverses and one.id not in undone:
            stands.append(one.value_on)
    return raised, max(stands, default=None) if settled >= raised else None, is_returned


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(streets)
def test_a_set_says_of_each_customer_what_is_said_of_him_alone(sessions, histories):
    with sessions() as session:
        if people.find_user(session, street.OFFICERS[0]) is None:
            street.enact(session)
            session.commit()
    accounts = live(sessions, histories)
    ids = [one.customer_id for one in accounts]
    with sessions() as session:
        for until in (TODAY, date(2026, 7, 1)):
            together = books.payment_behaviour(
                session, [one.id for one in accounts], since=until - YEAR, until=until
            )
            assert {key: list(map(tuple, some)) for key, some in together.items()} == {
                one.id: rows for one in accounts if (rows := met(session, one, until=until))
            }
        rules = in_force(session, TODAY)
        at_once = assessed(session, dict.fromkeys(ids, "first"), rules, today=TODAY)
        alone = [assessed(session, {one: "first"}, rules, today=TODAY) for one in ids]
        plain = assessing.behaviour_of(session, ids, today=TODAY)
    assert at_once == [one for some in alone for one in some]
    for one in at_once:
        explained = assess(
            rules.card.named(one.card),
            measure(plain[one.customer_id], as_of=TODAY),
            previous=one.previous,
            is_new=one.is_new,
        )
        assert (one.score, one.grade) == (explained.score, explained.grade)
        assert dict(one.indicators) == {
            each.name: format(each.value, "f")
            for each in measure(plain[one.customer_id], as_of=TODAY)
            if each.value is not None
        }


@pytest.mark.slow
def test_the_number_of_workers_makes_no_difference(sessions, account):
    live(sessions, [[(5, "stays")] * 3, [(None, "stays")] * 4, [(40, "returned")] * 2])
    with sessions() as session:
        owners = master.customers_since(session, 0)
        reasons = dict.fromkeys(owners, "first")
        alone = assessed(session, reasons, in_force(session, TODAY), today=TODAY)
    review.review(sessions, today=TODAY, now=street.at(TODAY), workers=2, chunk=2)
    with sessions() as session:
        found = store.assessments(session, owners)
    assert {key: (one.score, one.grade, one.indicators) for key, one in found.items()} == {
        one.customer_id: (one.score, one.grade, one.indicators) for one in alone
    }
    assert len(found) > 2, "there was more than one chunk"
