from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing import agreeing, books, cashier, customers, names, store
from billing.customer import CustomerKind
from billing.history import Event, history_of
from billing.supply import PaymentMode, SupplyClass, Terms
from config import approval
from config.database import reading
from tests.billing import grid
from tests.billing.grid import CHIEF, CLERK, at, person, town
from tests.billing.test_moving import FEBRUARY, TODAY, acted, issued, of, supplies_of

MARCH = date(2026, 3, 1)


def test_terms_are_agreed_by_a_second_person_and_hold_from_their_day(sessions):
    town(sessions, A1=310)
    wanted = agreeing.Wanted(TODAY, credit_days=5, settlements=3)
    ask = {"account_number": "A1", "by": CLERK, "reason": "asked", "today": TODAY, "now": at(TODAY)}

    asked = agreeing.ask_terms(sessions, wanted=wanted, **ask)
    with pytest.raises(customers.RefusedActError, match="waits for a decision"):
        agreeing.ask_terms(sessions, wanted=wanted, **ask)
    decided = {"reason": "", "today": TODAY, "now": at(TODAY)}
    with pytest.raises(approval.OwnWorkError):
        agreeing.agree(sessions, asked, by=person(CLERK), **decided)
    account = agreeing.agree(sessions, asked, by=person(CHIEF), **decided)

    assert (account.credit_days, account.settlements) == (5, 3)
    with reading(sessions) as session:
        before = store.accounts(session, [account.id], on=TODAY - timedelta(1))[account.id]
    assert (before.credit_days, before.settlements) == (15, 1)


def test_paying_before_use_is_agreed_for_a_service_point(sessions):
    town(sessions, A1=310)
    wanted = agreeing.Wanted(TODAY, payment_mode=PaymentMode.PREPAID, service_point="PA1")
    ask = {"account_number": "A1", "by": CLERK, "reason": "asked", "today": TODAY, "now": at(TODAY)}

    asked = agreeing.ask_terms(sessions, wanted=wanted, **ask)
    agreeing.agree(sessions, asked, by=person(CHIEF), reason="", today=TODAY, now=at(TODAY))

    assert [one.payment_mode for one in supplies_of(sessions, "A1")] == ["postpaid", "prepaid"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (agreeing.Wanted(FEBRUARY, credit_days=5), "is past"),
        (agreeing.Wanted(TODAY, credit_days=15), "has these terms already"),
        (agreeing.Wanted(TODAY, credit_days=400), "write 0 to 365"),
        (agreeing.Wanted(TODAY, settlements=0), "write 1 to 10"),
        (agreeing.Wanted(TODAY, payment_mode=PaymentMode.PREPAID), "say at which service point"),
        (agreeing.Wanted(TODAY, discount_percent=Decimal(2)), "write both, or 0 for neither"),
        (
            agreeing.Wanted(TODAY, discount_percent=Decimal(21), discount_days=7),
            "write 0 to 20, with at most 2 decimals",
        ),
        (
            agreeing.Wanted(TODAY, discount_percent=Decimal(1), discount_days=16),
            "write 0 to 15, the days of credit",
        ),
        (
            agreeing.Wanted(TODAY, discount_percent=Decimal(1), discount_days=7),
            r"the billing policy must say first, under \[discount\]",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused(sessions, wanted, text):
    town(sessions, A1=310)

    with pytest.raises(customers.RefusedActError, match=text):
        agreeing.ask_terms(
            sessions,
            account_number="A1",
            wanted=wanted,
            by=CLERK,
            reason="?",
            today=TODAY,
            now=at(TODAY),
        )


def opened(**facts):
    return customers.NewAccount(**{"number": "N1", "customer": "C-9", "opened_on": TODAY} | facts)


def test_an_account_is_opened_for_a_new_customer_and_another_for_a_known_one(sessions):
    town(sessions, A1=310)
    new = {"name": "王伟", "office": "north", "mobile": "138 0013 8000"}
    own = {"by": CLERK, "today": TODAY, "now": at(TODAY)}

    first = customers.open_account(sessions, opened(**new), **own)
    second = customers.open_account(sessions, opened(number="N2", credit_days=30), **own)

    assert (first.customer_id, second.credit_days) == (second.customer_id, 30)
    with reading(sessions) as session:
        customer = store.customers(session, [first.customer_id])[first.customer_id]
    assert (customer.name, customer.mobile, customer.kind) == (
        "王伟",
        "+8613800138000",
        CustomerKind.PERSON,
    )


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "say the name of a new one"),
        ({"name": "王伟"}, "there is north"),
        ({"name": "王伟", "office": "north", "mobile": "12"}, "no mobile number"),
        ({"number": "A1", "customer": "A1"}, "is there already"),
        ({"customer": "A1", "name": "王伟"}, "change the name first"),
        ({"customer": "A1", "opened_on": MARCH}, "hasn't come yet"),
    ],
)
def test_an_account_that_cannot_be_opened_is_refused(sessions, facts, text):
    town(sessions, A1=310)

    with pytest.raises(customers.RefusedActError, match=text):
        customers.open_account(sessions, opened(**facts), by=CLERK, today=TODAY, now=at(TODAY))


def test_a_customer_takes_another_name_and_the_former_is_kept(sessions):
    accounts = town(sessions, A1=310)
    facts = acted(account_number="A1", reason="married")

    customers.rename(sessions, name="Li  Na", **facts)
    with pytest.raises(customers.RefusedActError, match="take a later day"):
        customers.rename(sessions, name="Li Nana", **facts)

    with reading(sessions) as session:
        known = names.names_of(session, accounts["A1"].customer_id)
        assert store.search(session, "Li Na")[0].account_number == "A1"
    assert [(one.starts_on, one.name) for one in known] == [
        (grid.START, "Customer A1"),
        (TODAY, "Li Na"),
    ]


def test_bills_keep_the_name_of_their_days(sessions):
    town(sessions, A1=310)
    issued(sessions, FEBRUARY)

    with pytest.raises(customers.RefusedActError, match="bear the name of then"):
        customers.rename(
            sessions, name="Li Na", **acted(date(2026, 1, 5), account_number="A1", reason="married")
        )


def test_an_account_is_closed_when_nothing_is_left_to_settle(sessions):
    accounts = town(sessions, A1=310)
    facts = acted(account_number="A1", reason="left")

    with pytest.raises(customers.RefusedActError, match=r"still supplied .* not billed to its end"):
        customers.close(sessions, **facts)
    customers.move_out(sessions, **of("A1", on=FEBRUARY))
    issued(sessions, FEBRUARY)
    with pytest.raises(customers.RefusedActError, match=r"151\.37 of account A1 is open"):
        customers.close(sessions, **facts)
    cashier.pay(
        sessions,
        account_number="A1",
        amount=15137,
        channel="counter",
        reference="1",
        value_on=TODAY,
        by="cashier",
        today=TODAY,
        now=at(TODAY),
    )
    closed = customers.close(sessions, **facts)

    assert closed.closed_on == TODAY
    with pytest.raises(customers.RefusedActError, match="closed already, since 2026-02-20"):
        customers.close(sessions, **facts)
    with pytest.raises(customers.RefusedActError, match="open another account"):
        customers.move_in(
            sessions,
            **acted(
                account_number="A1",
                service_point="PA1",
                terms=Terms(SupplyClass.RESIDENTIAL, "residential_beijing"),
            ),
        )
    with reading(sessions) as session:
        assert books.open_charges(session, [accounts["A1"].id], as_of=TODAY) == {}


def test_the_history_tells_what_happened_and_when(sessions):
    town(sessions, A1=310)
    customers.change(sessions, **of("A1", on=date(2026, 1, 11), to={"household_size": 6}))
    customers.move_out(sessions, **of("A1", on=FEBRUARY))
    with reading(sessions) as session:
        account = store.find_accounts(session, ["A1"])["A1"]
        supplies = store.supplies_of(session, [account.id])[account.id]
        found = history_of(
            account,
            supplies,
            {supplies[0].service_point_id: "PA1"},
            store.terms_of(session, account.id),
            [],
        )

    assert [(one.on, one.event) for one in found] == [
        (FEBRUARY, Event.MOVED_OUT),
        (date(2026, 1, 11), Event.CHANGED),
        (grid.START, Event.MOVED_IN),
        (grid.START, Event.OPENED),
    ]
    assert found[1].facts == {"household_size": (None, 6)}
