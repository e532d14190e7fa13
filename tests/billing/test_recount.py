"""What lateness costs follows from the days money counts from, not from the order of posting."""

from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from billing import books, closing, invariants
from billing.payment import NewPayment
from billing.supply import SupplyClass
from config import database
from config.acts import Act
from config.database import reading
from migrations import schema
from tests.billing import town

MARCH_1, MARCH_16 = date(2026, 3, 1), date(2026, 3, 16)
TODAY = date(2026, 5, 5)


@pytest.fixture
def account(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100")["A-100"]


def bill(sessions, account, amount="1000.00", *, on=MARCH_1, due_on=MARCH_16, kwh=100):
    with sessions.begin() as session:
        return town.bill(session, account, amount, on=on, due_on=due_on, kwh=kwh)


def pay(sessions, account, amount, *, counts_from, on=None, reference=None):
    new = NewPayment(
        account.id, "bank", reference or f"{counts_from} {amount}", amount, counts_from
    )
    posted_on = on or counts_from
    with sessions.begin() as session:
        made = books.receive(
            session, [new], posted_on=posted_on, by="li.wei", now=town.at(posted_on)
        )
    return made.payment_ids[0]


def charged(sessions, account):
    """Return what stands in the books for lateness: raised and not taken back."""
    with reading(sessions) as session:
        assert invariants.findings(session, today=TODAY) == []
        entries = books.statement(session, account.id)
    return sum(one.amount for one in entries if one.credit == "late_charge") - sum(
        one.amount for one in entries if one.debit == "late_charge"
    )


def test_a_payment_that_was_made_in_time_takes_back_what_was_charged_meanwhile(sessions, account):
    bill(sessions, account)
    with sessions.begin() as session:
        books.post_lateness(session, {account.id}, posted_on=date(2026, 4, 15))
    assert charged(sessions, account) == 3_000  # 30 days at 1 per mille of 1000.00

    pay(sessions, account, 100_000, counts_from=MARCH_16, on=date(2026, 4, 16))

    assert charged(sessions, account) == 0
    with reading(sessions) as session:
        assert books.open_charges(session, [account.id], as_of=TODAY) == {}


def test_a_part_paid_earlier_lowers_the_lateness_of_its_part_only(sessions, account):
    bill(sessions, account)
    pay(sessions, account, 50_000, counts_from=date(2026, 4, 15))  # 30 days of 1000.00: 30.00
    assert charged(sessions, account) == 3_000

    # 600.00 were paid ten days after the due day: 10 days of 1000.00, then 20 of 410.00 (of the
    # 600.00 the late charge takes 10.00).
    pay(sessions, account, 60_000, counts_from=date(2026, 3, 26), on=date(2026, 4, 20))

    assert charged(sessions, account) == 1_000 + 820


def test_what_the_bank_takes_back_is_counted_as_if_it_had_never_come(sessions, account):
    bill(sessions, account)
    bounced = pay(sessions, account, 60_000, counts_from=date(2026, 3, 26))
    pay(sessions, account, 20_000, counts_from=date(2026, 4, 5))
    assert charged(sessions, account) == 1_000 + 410

    with sessions.begin() as session:
        books.reverse_payments(
            session, [bounced], posted_on=date(2026, 4, 20), reason="returned by the bank"
        )

    # 20 days of 1000.00 up to the payment that stayed; the rest accrues from there.
    assert charged(sessions, account) == 2_000
    with reading(sessions) as session:
        late = books.late_charge_to(session, [account.id], as_of=date(2026, 4, 25))
    assert late == {account.id: 20 * 82}


def test_energy_billed_too_high_costs_no_lateness_when_it_is_taken_back(sessions, account):
    bill(sessions, account)  # 1000.00, of which 200.00 were never used
    pay(sessions, account, 50_000, counts_from=date(2026, 3, 26))
    assert charged(sessions, account) == 1_000

    bill(sessions, account, "-200.00", on=date(2026, 4, 15), due_on=date(2026, 4, 15), kwh=-400)

    # Ten days of the 800.00 that were owed, then twenty of 308.00 by the day of the correction.
    assert charged(sessions, account) == 800 + 616
    with reading(sessions) as session:
        owed = town.owed(session, account, as_of=TODAY)
    assert owed == [("energy", 30_800), ("late_charge", 616)]


def test_a_credit_for_energy_fed_in_counts_from_its_own_day(sessions, account):
    bill(sessions, account)

    bill(sessions, account, "-200.00", on=date(2026, 3, 26), due_on=date(2026, 3, 26), kwh=50)

    assert charged(sessions, account) == 1_000
    with reading(sessions) as session:
        assert town.owed(session, account, as_of=TODAY) == [("energy", 81_000)]


def test_what_was_waived_stays_waived_when_lateness_is_counted_again(sessions, account):
    bill(sessions, account)
    with sessions.begin() as session:
        waived = waive(session, account, on=date(2026, 4, 15))
    assert waived == 3_000
    assert charged(sessions, account) == 0

    pay(sessions, account, 10_000, counts_from=date(2026, 3, 26), on=date(2026, 4, 16))

    assert charged(sessions, account) == 0
    with reading(sessions) as session:
        late = books.late_charge_to(session, [account.id], as_of=date(2026, 4, 25))
    assert late == {account.id: 10 * 90}, "from the day of the waiver on, of what is open"


def waive(session, account, *, on):
    from config import approval

    asked = approval.ask(
        session,
        act=Act.WAIVE_LATE_CHARGE,
        subject="-",
        summary="-",
        facts={},
        maker="li.wei",
        now=town.at(on),
    )
    return books.waive_late_charges(
        session, account.id, None, approval_id=asked, by="wang.fang", reason="flood", posted_on=on
    )


def test_at_the_end_of_a_month_lateness_is_posted_once(sessions, account):
    bill(sessions, account)
    last = date(2026, 3, 31)

    for wanted in (1, 0):
        posted = closing.post_late_charges(
            sessions, by="wang.fang", today=last, now=town.at(last), chunk=1
        )
        assert posted == wanted

    assert charged(sessions, account) == 1_500


def test_at_issue_open_principal_is_charged_for_its_lateness(sessions, account):
    bill(sessions, account)

    bill(sessions, account, "50.00", on=date(2026, 4, 1), due_on=date(2026, 4, 16))

    assert charged(sessions, account) == 1_600


payments_made = st.lists(
    st.tuples(st.integers(1, 40_000), st.integers(-10, 40), st.booleans()), min_size=1, max_size=4
)


@settings(max_examples=10, phases=(Phase.explicit, Phase.generate))
@given(payments_made, st.data())
def test_the_order_in_which_payments_are_posted_does_not_matter(made, data):
    order = data.draw(st.permutations(range(len(made))))
    ends = [
        _final(made, sorted(range(len(made)), key=lambda at: (made[at][1], at))),
        _final(made, order),
    ]
    assert ends[0] == ends[1]


def _final(made, order):
    """Return what is charged for lateness and what is owed, payments posted in the order."""
    schema.metadata()
    sessions = database.sessions("sqlite://")
    database.create_all(database.engine_of(sessions))
    try:
        with sessions.begin() as session:
            town.enact(session)
            account = town.settle_in(session, "B-1", supply_class=SupplyClass.INDUSTRIAL)["B-1"]
        bill(sessions, account, "500.00")
        bill(sessions, account, "300.00", on=MARCH_16, due_on=date(2026, 3, 31))
        ids = {}
        for at in order:
            amount, days, _ = made[at]
            counts_from = MARCH_16 + timedelta(days=days)
            ids[at] = pay(
                sessions, account, amount, counts_from=counts_from, on=TODAY, reference=str(at)
            )
        back = [ids[at] for at, (_, _, is_returned) in enumerate(made) if is_returned]
        with sessions.begin() as session:
            books.reverse_payments(session, back, posted_on=TODAY, reason="returned")
            books.post_lateness(session, {account.id}, posted_on=TODAY)
        late = charged(sessions, account)
        with reading(sessions) as session:
            owed = sum(amount for _, amount in town.owed(session, account, as_of=TODAY))
            credit = books.on_account(session, [account.id], as_of=TODAY)
        return late, owed, credit
    finally:
        database.engine_of(sessions).dispose()


def test_money_given_to_its_owner_long_after_counts_from_the_day_it_came(sessions, account):
    bill(sessions, account)
    new = NewPayment(None, "bank", "unnamed", 100_000, MARCH_16)
    with sessions.begin() as session:
        made = books.receive(session, [new], posted_on=MARCH_16, by="li.wei", now=town.at(MARCH_16))
    with sessions.begin() as session:
        books.post_lateness(session, {account.id}, posted_on=date(2026, 4, 30))
    assert charged(sessions, account) > 0

    with sessions.begin() as session:
        books.assign(session, {made.payment_ids[0]: account.id}, posted_on=TODAY)

    assert charged(sessions, account) == 0
    with reading(sessions) as session:
        assert books.open_charges(session, [account.id], as_of=TODAY) == {}
