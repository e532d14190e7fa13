from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing import books, invariants
from billing.ledger import BackdatedError, Book
from billing.payment import NewDemand, NewPayment
from billing.supply import SupplyClass
from config.database import reading
from tests.billing import town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)
APRIL_1 = date(2026, 4, 1)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


@pytest.fixture
def a100(accounts):
    return accounts["A-100"]


def pay(session, account, amount, on, *, value_on=None, reference=None, designated=()):
    new = NewPayment(
        account.id if account else None,
        "counter",
        reference or f"{on}-{amount}",
        amount,
        value_on or on,
        designated=designated,
    )
    return books.receive(session, [new], posted_on=on, by="li.wei", now=town.at(on))


def charges(session, account, as_of):
    return books.open_charges(session, [account.id], as_of=as_of).get(account.id, [])


def amounts(session, account, as_of):
    return [(str(one.kind), one.open) for one in charges(session, account, as_of)]


def test_a_bill_is_owed_from_the_day_it_is_posted(sessions, a100):
    with sessions.begin() as session:
        bill = town.bill(session, a100, "113.00", on=MARCH_1, due_on=MARCH_16, tax="13.00")

    with reading(sessions) as session:
        (charge,) = charges(session, a100, MARCH_1)
        assert (charge.bill_id, charge.amount, charge.open) == (bill.id, 11_300, 11_300)
        assert (charge.due_on, charge.late_from) == (MARCH_16, MARCH_16)
        assert charges(session, a100, date(2026, 2, 28)) == []
        balance = books.trial_balance(session, as_of=MARCH_1)
        assert balance[Book.RECEIVABLE] == (11_300, 0)
        assert (balance[Book.REVENUE], balance[Book.TAX]) == ((0, 10_000), (0, 1_300))


def test_every_posting_raises_the_accounts_number(sessions, accounts):
    one, other = accounts["A-100"], accounts["A-200"]
    with sessions.begin() as session:
        before = books.lock_accounts(session, [one.id, other.id])
        town.bill(session, one, "10.00", on=MARCH_1, due_on=MARCH_16)
        after = books.lock_accounts(session, [one.id, other.id])

    assert after[one.id] > before[one.id]
    assert after[other.id] == before[other.id]


def test_a_payment_settles_the_oldest_bill_and_what_is_too_much_waits_for_the_next(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        received = pay(session, a100, 15_000, date(2026, 3, 10))
        (allocation,) = received.settled[a100.id].allocations
        assert allocation.amount == 10_000
        assert books.on_account(session, None, as_of=MARCH_16) == {a100.id: 5_000}

        town.bill(session, a100, "80.00", on=APRIL_1, due_on=date(2026, 4, 16))

    with reading(sessions) as session:
        assert amounts(session, a100, APRIL_1) == [("energy", 3_000)]
        assert books.on_account(session, [a100.id], as_of=APRIL_1) == {}
        # Yesterday is as it was.
        assert books.on_account(session, [a100.id], as_of=date(2026, 3, 31)) == {a100.id: 5_000}
        assert amounts(session, a100, MARCH_1) == [("energy", 10_000)]


def test_cancelling_a_bill_leaves_money_of_others_that_bears_its_number(sessions, a100):
    with sessions.begin() as session:
        wrong = town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        stranger = town.settle_in(session, "A-300", office="south")["A-300"]
        new = NewPayment(stranger.id, "credit_note", wrong.number, 5_000, MARCH_1)
        books.receive(session, [new], posted_on=MARCH_1, by="li.wei", now=town.at(MARCH_1))
        undone = town.a_bill(
            session, a100, "-100.00", issued_on=APRIL_1, due_on=APRIL_1, reverses=wrong
        )
        books.post_bills(session, [undone], posted_on=APRIL_1)

    with reading(sessions) as session:
        assert books.on_account(session, None, as_of=APRIL_1) == {stranger.id: 5_000}


def test_paying_late_posts_the_late_charge_and_settles_it_first(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "1000.00", on=MARCH_1, due_on=MARCH_16)
        pay(session, a100, 100_000, MARCH_26)

    with reading(sessions) as session:
        # Ten days at one per mille are 10.00; 990.00 of the payment are left for the bill.
        (left,) = charges(session, a100, MARCH_26)
        assert (left.open, left.late_from, left.late_charged) == (1_000, MARCH_26, 1_000)
        assert books.totals(session, since=MARCH_1, until=APRIL_1) == books.Totals(
            billed=100_000, late_charges=1_000, collected=100_000
        )


def test_paper_that_comes_late_costs_nothing_if_the_money_was_there_in_time(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "1000.00", on=MARCH_1, due_on=MARCH_16)
        pay(session, a100, 100_000, MARCH_26, value_on=MARCH_16)

    with reading(sessions) as session:
        assert charges(session, a100, MARCH_26) == []
        # The books knew of it only on the 26th.
        assert amounts(session, a100, date(2026, 3, 20)) == [("energy", 100_000)]
        (settled,) = books.payment_behaviour(session, [a100.id], since=MARCH_1, until=APRIL_1)[
            a100.id
        ]
        assert (settled.settled_on, settled.is_returned) == (MARCH_16, False)


def test_what_has_accrued_can_be_told_before_it_is_posted(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "1000.00", on=MARCH_1, due_on=MARCH_16)

    with reading(sessions) as session:
        assert books.late_charge_to(session, [a100.id], as_of=MARCH_16) == {a100.id: 0}
        assert books.late_charge_to(session, [a100.id], as_of=MARCH_26) == {a100.id: 1_000}


def test_other_classes_pay_another_rate(sessions, accounts):
    with sessions.begin() as session:
        works = town.settle_in(session, "B-1", supply_class=SupplyClass.INDUSTRIAL)["B-1"]
        town.bill(session, works, "1000.00", on=MARCH_1, due_on=MARCH_16)

    with reading(sessions) as session:
        assert books.late_charge_to(session, None, as_of=MARCH_26) == {works.id: 2_000}


def test_a_returned_payment_reopens_what_it_settled_with_its_old_due_date(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "1000.00", on=MARCH_1, due_on=MARCH_16)
        received = pay(session, a100, 101_000, MARCH_26)
        assert charges(session, a100, MARCH_26) == []

    with sessions.begin() as session:
        touched = books.reverse_payments(
            session, received.payment_ids, posted_on=APRIL_1, reason="returned by the bank"
        )

    assert touched == {a100.id}
    with reading(sessions) as session:
        open_ = charges(session, a100, APRIL_1)
        assert [(str(one.kind), one.open, one.due_on) for one in open_] == [
            ("energy", 100_000, MARCH_16),
            ("late_charge", 1_000, MARCH_26),
        ]
        assert books.on_account(session, None, as_of=APRIL_1) == {}
        assert books.totals(session, since=MARCH_1, until=date(2026, 5, 1)).collected == 0
        # Lateness counts on from where it had been charged to.
        assert open_[0].late_from == MARCH_26
        (settled,) = books.payment_behaviour(session, [a100.id], since=MARCH_1, until=APRIL_1)[
            a100.id
        ]
        assert (settled.settled_on, settled.is_returned) == (None, True)


def test_a_returned_payment_leaves_room_for_other_money(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        first = pay(session, a100, 10_000, date(2026, 3, 5))
        pay(session, a100, 4_000, date(2026, 3, 6))
        books.reverse_payments(
            session, first.payment_ids, posted_on=date(2026, 3, 9), reason="bounced"
        )

        assert amounts(session, a100, date(2026, 3, 9)) == [("energy", 6_000)]
        assert books.on_account(session, None, as_of=date(2026, 3, 9)) == {}


def _cancel(session, account, bill, *, on):
    undone = town.a_bill(session, account, "-50.00", issued_on=on, due_on=on, reverses=bill)
    books.post_bills(session, [undone], posted_on=on)


def test_nothing_is_taken_back_before_the_day_on_which_it_was_posted(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        received = pay(session, a100, 15_000, MARCH_16)
        later = town.bill(session, a100, "50.00", on=MARCH_26, due_on=APRIL_1)

    # It was taken on the 16th, and settled the later bill on the 26th.
    for day in (MARCH_1, MARCH_16):
        with pytest.raises(BackdatedError, match="on 2026-03-26 or"), sessions.begin() as session:
            books.reverse_payments(session, received.payment_ids, posted_on=day, reason="bounced")
        with pytest.raises(BackdatedError, match="on 2026-03-26 or"), sessions.begin() as session:
            _cancel(session, a100, later, on=day)

    with sessions.begin() as session:
        books.reverse_payments(session, received.payment_ids, posted_on=MARCH_26, reason="bounced")
    with reading(sessions) as session:
        assert invariants.findings(session, today=APRIL_1) == []


def test_reversing_twice_reverses_once(sessions, a100):
    with sessions.begin() as session:
        received = pay(session, a100, 10_000, MARCH_1)
        for _ in range(2):
            books.reverse_payments(
                session, received.payment_ids, posted_on=MARCH_16, reason="returned"
            )

        assert len(books.statement(session, a100.id)) == 2


def test_unknown_money_waits_in_suspense_until_somebody_knows_whose_it_is(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "1000.00", on=MARCH_1, due_on=MARCH_16)
        pay(session, None, 100_000, date(2026, 3, 10))
        (unknown,) = books.suspense(session)
        assert unknown.is_in_suspense
        books.assign(session, {unknown.id: a100.id}, posted_on=MARCH_26)

    with reading(sessions) as session:
        # It had been here since the 10th, so nothing was late.
        assert charges(session, a100, MARCH_26) == []
        assert books.suspense(session) == []
        assert [entry.credit for entry in books.statement(session, a100.id)] == [
            Book.REVENUE,
            Book.ON_ACCOUNT,
            Book.RECEIVABLE,
        ]


def test_a_bill_that_is_reversed_sets_its_money_free_for_the_right_one(sessions, a100):
    with sessions.begin() as session:
        wrong = town.bill(session, a100, "113.00", on=MARCH_1, due_on=MARCH_16, tax="13.00")
        pay(session, a100, 11_300, date(2026, 3, 10))

    with sessions.begin() as session:
        reversal = town.a_bill(
            session,
            a100,
            "-113.00",
            tax="-13.00",
            issued_on=APRIL_1,
            due_on=APRIL_1,
            reverses=wrong,
        )
        right = town.a_bill(
            session, a100, "90.40", tax="10.40", issued_on=APRIL_1, due_on=date(2026, 4, 16)
        )
        books.post_bills(session, [reversal, right], posted_on=APRIL_1)

    with reading(sessions) as session:
        assert charges(session, a100, APRIL_1) == []
        assert books.on_account(session, None, as_of=APRIL_1) == {a100.id: 2_260}
        assert books.totals(session, since=MARCH_1, until=date(2026, 5, 1)).billed == 9_040
        assert books.trial_balance(session, as_of=APRIL_1)[Book.TAX] == (1_300, 2_340)
        # A bill that was taken back says nothing of how the customer pays.
        found = books.payment_behaviour(session, None, since=MARCH_1, until=date(2026, 5, 1))
        assert [one.amount for one in found[a100.id]] == [9_040]


def test_a_bill_for_less_than_nothing_is_money_on_account(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "-20.00", tax="-2.30", on=MARCH_1, due_on=MARCH_16)
        assert books.on_account(session, None, as_of=MARCH_1) == {a100.id: 2_000}
        town.bill(session, a100, "50.00", on=APRIL_1, due_on=date(2026, 4, 16))

        assert amounts(session, a100, APRIL_1) == [("energy", 3_000)]
        assert books.totals(session, since=MARCH_1, until=date(2026, 5, 1)) == books.Totals(
            billed=3_000, late_charges=0, collected=0
        )


def test_a_bill_for_nothing_is_a_document_and_no_more(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "0.00", on=MARCH_1, due_on=MARCH_16)

        assert books.statement(session, a100.id) == []


def test_the_customer_may_designate_a_bill(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        later = town.bill(session, a100, "80.00", on=date(2026, 3, 2), due_on=MARCH_26)
        charge = books.charges_of_bills(session, [later.id])[later.id]
        pay(session, a100, 9_000, date(2026, 3, 5), designated=(charge,))

        assert amounts(session, a100, date(2026, 3, 5)) == [("energy", 9_000)]


def test_the_receivable_is_what_all_owe_on_any_day(sessions, accounts):
    with sessions.begin() as session:
        for account in accounts.values():
            town.bill(session, account, "100.00", on=MARCH_1, due_on=MARCH_16)
        pay(session, accounts["A-100"], 7_000, date(2026, 3, 5))

    with reading(sessions) as session:
        for day, amount in ((date(2026, 2, 1), 0), (MARCH_1, 20_000), (MARCH_16, 13_000)):
            assert books.receivable(session, as_of=day) == amount
            open_ = books.open_charges(session, None, as_of=day)
            assert sum(one.open for found in open_.values() for one in found) == amount


def test_a_deposit_is_held_and_settles_nothing(sessions, a100):
    with sessions.begin() as session:
        town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        demand = NewDemand(a100.id, 30_000, MARCH_1, MARCH_16, "policy", "tier high")
        (demand_id,) = books.demand_deposits(session, [demand])
        paid = books.receive_deposit(
            session,
            NewPayment(a100.id, "counter", "D-1", 20_000, date(2026, 3, 5)),
            demand_id=demand_id,
            posted_on=date(2026, 3, 5),
            by="li.wei",
            now=town.at(date(2026, 3, 5)),
        )

        assert books.deposits_held(session, None, as_of=MARCH_16) == {a100.id: 20_000}
        (found,) = books.deposit_demands(session, None)[a100.id]
        assert (found.paid, found.is_met) == (20_000, False)
        assert amounts(session, a100, MARCH_16) == [("energy", 10_000)]

        books.reverse_payments(session, [paid], posted_on=MARCH_16, reason="returned")
        assert books.deposits_held(session, None, as_of=MARCH_16) == {}
        assert books.deposit_demands(session, [a100.id])[a100.id][0].paid == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE ledger_entry SET amount = amount + 1",
        "DELETE FROM ledger_entry",
        "UPDATE charge SET due_on = '2027-01-01'",
        "UPDATE payment SET amount = 1",
        "DELETE FROM charge",
    ],
)
def test_the_database_refuses_to_change_what_was_posted(sessions, a100, tampering):
    with sessions.begin() as session:
        town.bill(session, a100, "100.00", on=MARCH_1, due_on=MARCH_16)
        pay(session, a100, 5_000, MARCH_1)

    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(text(tampering))


SEEN = {}


@pytest.mark.parametrize("numbers", [("A-1", "A-2"), ("A-2", "A-1")])
def test_the_same_acts_give_the_same_digest_on_every_database_in_any_order(sessions, numbers):
    with sessions.begin() as session:
        town.enact(session)
        for number in numbers:
            account = town.settle_in(session, number)[number]
            town.bill(session, account, "113.00", on=MARCH_1, due_on=MARCH_16, tax="13.00")
            pay(session, account, 5_000, MARCH_26, reference=f"{number}-1")
        pay(session, None, 700, MARCH_26)
        found = books.books_digest(session)
        pay(session, None, 701, MARCH_26)
        changed = books.books_digest(session)

    assert SEEN.setdefault("digest", found) == found
    assert changed != found
