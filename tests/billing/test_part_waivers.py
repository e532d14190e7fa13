"""A part of a late charge is waived by two people, and stays waived whatever is counted again."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import books, cashier, closing, invariants, waivers
from billing.allocation import Credit, settle
from billing.ledger import Charge, ChargeKind
from billing.money import money
from billing.part_waiver import PartWaiver
from billing.part_waivers import lateness_of_bill
from billing.payment import NewPayment
from config import people
from config.database import reading
from config.people import Role
from tests.billing import town
from tests.billing.test_allocation import ORDER, TWO_PER_MILLE

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)
APRIL_5, APRIL_15, APRIL_25, MAY_5 = (
    date(2026, 4, 5),
    date(2026, 4, 15),
    date(2026, 4, 25),
    date(2026, 5, 5),
)


@pytest.fixture
def account(sessions):
    """Keep a household that owes 1000.00 since 16 March: a yuan a day, at 1 per mille."""
    with sessions.begin() as session:
        town.enact(session)
        people.add_user(session, login="wang", name="wang", password="x", roles=[Role.SUPERVISOR])
        account = town.settle_in(session, "A-100")["A-100"]
        town.bill(session, account, "1000.00", on=MARCH_1, due_on=MARCH_16)
        return account


def ask(sessions, amount="20.00", *, on=APRIL_15, bills=()):
    return waivers.ask_waiver(
        sessions,
        account_number="A-100",
        bills=bills,
        amount=None if amount is None else money(amount),
        by="li.wei",
        reason="our letter came late",
        today=on,
        now=town.at(on),
    )


def allow(sessions, asked, *, on=APRIL_15):
    with reading(sessions) as session:
        user = people.find_user(session, "wang")
    return waivers.waive(sessions, asked, by=user, reason="seen", today=on, now=town.at(on))[1]


def pay(sessions, account, amount, *, counts_from, on, reference="P-1"):
    new = NewPayment(account.id, "bank", reference, money(amount), counts_from)
    with sessions.begin() as session:
        made = books.receive(session, [new], posted_on=on, by="li.wei", now=town.at(on))
    return made.payment_ids[0]


def stands(sessions, account, on=MAY_5):
    """Return what lateness costs less what is waived, and what is owed."""
    with reading(sessions) as session:
        assert invariants.findings(session, today=on) == []
        entries = books.statement(session, account.id)
        owed = town.owed(session, account, as_of=on)
    late = sum(
        one.amount if one.credit == "late_charge" else -one.amount
        for one in entries
        if "late_charge" in (one.debit, one.credit)
    )
    return late, owed


def test_a_part_of_what_is_open_is_waived_by_a_second_person(sessions, account):
    assert allow(sessions, ask(sessions)) == 2_000

    assert stands(sessions, account) == (1_000, [("energy", 100_000), ("late_charge", 1_000)])


@pytest.mark.parametrize("amount", ["30.01", "0.00"])
def test_no_more_is_waived_than_is_open_and_not_nothing(sessions, account, amount):
    with pytest.raises(waivers.CannotWaiveError, match=r"late charges of 30.00 .* are open"):
        ask(sessions, amount)


def test_what_was_paid_meanwhile_is_not_waived_and_the_approval_still_waits(sessions, account):
    asked = ask(sessions)
    pay(sessions, account, "15.00", counts_from=APRIL_15, on=APRIL_15)
    with pytest.raises(waivers.CannotWaiveError, match=r"late charges of 15.00"):
        allow(sessions, asked)
    assert stands(sessions, account, on=APRIL_15)[0] == 3_000


def test_lateness_goes_on_from_the_day_of_the_waiver(sessions, account):
    allow(sessions, ask(sessions))
    with sessions.begin() as session:
        books.post_lateness(session, {account.id}, posted_on=APRIL_25)

    assert stands(sessions, account)[0] == 1_000 + 1_000


def test_the_late_charges_of_one_bill_are_waived_in_part_and_no_others(sessions, account):
    with sessions.begin() as session:
        other = town.bill(session, account, "500.00", on=MARCH_16, due_on=MARCH_26)
    allow(sessions, ask(sessions, "4.00", bills=[other.number]))

    # 20 days of 500.00 are 10.00, 30 days of 1000.00 are 30.00.
    assert stands(sessions, account)[1] == [
        ("energy", 100_000),
        ("energy", 50_000),
        ("late_charge", 3_000),
        ("late_charge", 600),
    ]
    with pytest.raises(waivers.CannotWaiveError, match=r"late charges of 6.00"):
        ask(sessions, "6.01", bills=[other.number])


def test_a_payment_of_an_earlier_day_leaves_nothing_to_pay_and_not_less(sessions, account):
    allow(sessions, ask(sessions))

    pay(sessions, account, "1000.00", counts_from=MARCH_26, on=MAY_5)

    # Ten days cost 10.00, and 20.00 of these days were waived.
    assert stands(sessions, account) == (0, [])


def test_a_payment_that_lowers_what_accrued_leaves_what_is_above_the_waiver(sessions, account):
    allow(sessions, ask(sessions, "12.00"))

    pay(sessions, account, "500.00", counts_from=MARCH_26, on=APRIL_15)

    # 10.00 for ten days of 1000.00, which are waived; then twenty of the 500.00 left, less 2.00.
    assert stands(sessions, account, on=APRIL_15) == (
        800,
        [("energy", 50_000), ("late_charge", 800)],
    )


def test_what_is_left_of_a_waiver_is_not_of_days_after_it(sessions, account):
    allow(sessions, ask(sessions, "29.00"))
    with sessions.begin() as session:
        books.post_lateness(session, {account.id}, posted_on=APRIL_25)

    pay(sessions, account, "900.00", counts_from=MARCH_26, on=MAY_5)

    # Ten days of 1000.00 and twenty of 100.00 are 12.00 by 15 April; ten more days cost 1.00.
    assert stands(sessions, account)[0] == 100


def test_a_payment_that_comes_back_lets_the_whole_waiver_hold_again(sessions, account):
    allow(sessions, ask(sessions))
    payment = pay(sessions, account, "1000.00", counts_from=MARCH_26, on=APRIL_25)
    assert stands(sessions, account, on=APRIL_25) == (0, [])

    with sessions.begin() as session:
        books.reverse_payments(session, [payment], posted_on=APRIL_25, reason="returned")
        books.post_lateness(session, {account.id}, posted_on=APRIL_25)

    assert stands(sessions, account)[0] == 4_000 - 2_000


def test_all_that_is_open_may_be_waived_after_a_part_of_it(sessions, account):
    allow(sessions, ask(sessions))
    assert allow(sessions, ask(sessions, None, on=APRIL_25), on=APRIL_25) == 2_000
    assert stands(sessions, account) == (0, [("energy", 100_000)])

    pay(sessions, account, "100.00", counts_from=MARCH_26, on=MAY_5)
    with sessions.begin() as session:
        books.post_lateness(session, {account.id}, posted_on=MAY_5)
    assert stands(sessions, account)[0] == 900, "ten days of 900.00 from the second waiver on"


def test_a_bill_says_of_the_rest_that_is_waived_no_more_than_the_rest(sessions, account):
    allow(sessions, ask(sessions))
    assert allow(sessions, ask(sessions, None)) == 1_000

    with reading(sessions) as session:
        (charge,) = books.open_charges(session, [account.id], as_of=APRIL_15)[account.id]
        found = lateness_of_bill(session, charge.bill_id)
    assert found.charged == 0
    assert sorted((one.is_part, one.amount) for one in found.waivers) == [
        (False, 1_000),
        (True, 2_000),
    ]


def test_parts_add_up(sessions, account):
    allow(sessions, ask(sessions, "12.00"))
    allow(sessions, ask(sessions, "10.00", on=APRIL_25), on=APRIL_25)
    assert stands(sessions, account)[0] == 4_000 - 2_200

    # By 15 April 20.00, of which 12.00 and 8.00 are waived; the other 2.00 of ten days later.
    pay(sessions, account, "500.00", counts_from=MARCH_26, on=APRIL_25)
    assert stands(sessions, account, on=APRIL_25)[0] == 2_500 - 2_200


def test_a_bill_that_is_cancelled_takes_its_lateness_and_the_waiver_with_it(sessions, account):
    with sessions.begin() as session:
        wrong = town.bill(session, account, "500.00", on=MARCH_16, due_on=MARCH_26)
    allow(sessions, ask(sessions, "4.00", bills=[wrong.number]))
    with sessions.begin() as session:
        reversal = town.a_bill(
            session, account, "-500.00", issued_on=APRIL_25, due_on=APRIL_25, reverses=wrong
        )
        books.post_bills(session, [reversal], posted_on=APRIL_25)

    assert stands(sessions, account, on=APRIL_25)[0] == 4_000


def test_a_month_is_closed_over_a_waiver_and_the_past_stays_as_it_was(sessions, account):
    with sessions.begin() as session:
        books.post_lateness(session, {account.id}, posted_on=APRIL_5)
    before = stands(sessions, account, on=APRIL_5)
    allow(sessions, ask(sessions))
    with reading(sessions) as session:
        assert town.owed(session, account, as_of=APRIL_5) == before[1]
    for month in reversed(closing.all_months(sessions, today=MAY_5)):
        if month.month.end <= MAY_5:
            closing.close_month(sessions, month.month, by="wang", today=MAY_5, now=town.at(MAY_5))
    cashier.pay(
        sessions,
        account_number="A-100",
        amount=money("1000"),
        channel="counter",
        reference="T-1",
        value_on=MARCH_26,
        by="li.wei",
        today=MAY_5,
        now=town.at(MAY_5),
    )
    assert stands(sessions, account) == (0, [])


days = st.integers(0, 60)


@given(
    st.lists(st.tuples(st.integers(1, 90_000), days), max_size=3),
    st.lists(st.tuples(st.integers(1, 5_000), days), min_size=1, max_size=2),
)
def test_what_is_waived_is_never_more_than_what_accrued_by_its_day(paid, waived):
    due = MARCH_16
    bill = Charge(1, 1, ChargeKind.ENERGY, 1, MARCH_1, due, 100_000, 100_000, due)
    day = lambda after: date.fromordinal(due.toordinal() + after)  # noqa: E731
    money_in = [Credit(no, amount, day(after)) for no, (amount, after) in enumerate(paid, 1)]
    parts = sorted(
        (PartWaiver(1, amount, day(after), "flood") for amount, after in waived),
        key=lambda one: one.late_until,
    )

    found = settle(
        money_in, [bill], rule=TWO_PER_MILLE, order=ORDER, posted_on=MAY_5, waivers={1: parts}
    )

    assert sum(one.amount for one in found.waived) <= sum(one.amount for one in parts)
    for late in found.late_charges:
        off = sum(one.amount for one in found.waived if one.charge_id == late.id)
        used = sum(one.amount for one in found.allocations if one.charge_id == late.id)
        assert off + used <= late.amount
        assert late.open == late.amount - off
