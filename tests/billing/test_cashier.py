import threading
from dataclasses import replace
from datetime import date

import pytest

from billing import books, cashier, store
from billing.incoming import Fate, Incoming, Known, judge
from billing.money import money
from config import journal
from config.database import reading
from tests.billing import town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)
APRIL_1 = date(2026, 4, 1)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


def pay(sessions, number="A-100", amount="100.00", *, on=MARCH_1, by="li.wei", **facts):
    return cashier.pay(
        sessions,
        account_number=number,
        amount=money(amount),
        channel=facts.pop("channel", "counter"),
        reference=facts.pop("reference", "T-1"),
        value_on=facts.pop("value_on", on),
        by=by,
        today=on,
        now=town.at(on),
        **facts,
    )


def test_a_receipt_says_what_the_money_did(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "1000.00", on=MARCH_1, due_on=MARCH_16)

    receipt = pay(sessions, amount="1100.00", on=MARCH_26)

    assert receipt.account_id == accounts["A-100"].id
    assert (receipt.late_charge, receipt.on_account) == (1_000, 9_000)
    assert [amount for _, amount in receipt.settled] == [1_000, 100_000]
    with reading(sessions) as session:
        (note,) = journal.notes(session, subject=f"payment {receipt.number}")
        assert (note.by, note.act) == ("li.wei", "take payment")


def test_the_same_receipt_twice_is_told_by_whom_and_when(sessions, accounts):
    pay(sessions, by="li.wei")

    with pytest.raises(cashier.AlreadyReceivedError) as told:
        pay(sessions, on=MARCH_16, by="wang.min", amount="120.00")

    assert "taken by li.wei on 2026-03-01" in str(told.value)
    with reading(sessions) as session:
        assert books.on_account(session, None, as_of=APRIL_1) == {accounts["A-100"].id: 10_000}


@pytest.mark.parametrize("numbers", [("A-100", "A-100"), ("A-100", "A-200")])
def test_two_clerks_at_the_same_moment_post_one_receipt_once(sessions, accounts, numbers):
    outcomes = []
    gate = threading.Barrier(len(numbers))

    def clerk(number, by):
        gate.wait()
        try:
            outcomes.append(pay(sessions, number, by=by))
        except cashier.AlreadyReceivedError as told:
            outcomes.append(told)

    clerks = [
        threading.Thread(target=clerk, args=(number, by))
        for number, by in zip(numbers, ("li.wei", "wang.min"), strict=True)
    ]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    (receipt,) = [one for one in outcomes if isinstance(one, cashier.Receipt)]
    (told,) = [one for one in outcomes if isinstance(one, cashier.AlreadyReceivedError)]
    assert receipt.received_by in str(told)
    with reading(sessions) as session:
        assert sum(books.on_account(session, None, as_of=MARCH_1).values()) == 10_000
        assert len(books.statement(session, receipt.account_id)) == 1


def test_many_payments_at_once_lose_nothing(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "1000.00", on=MARCH_1, due_on=MARCH_16)

    def clerk(till):
        for at in range(5):
            pay(sessions, amount="30.00", reference=f"{till}-{at}")

    clerks = [threading.Thread(target=clerk, args=(till,)) for till in range(4)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_1) == [("energy", 40_000)]


def test_the_customer_says_which_bill_is_meant(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "100.00", on=MARCH_1, due_on=MARCH_16)
        later = town.bill(session, accounts["A-100"], "80.00", on=MARCH_1, due_on=MARCH_26)

    receipt = pay(sessions, amount="80.00", designated=[later.number])

    assert [amount for _, amount in receipt.settled] == [8_000]
    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_1) == [("energy", 10_000)]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"amount": "0.00"}, cashier.BadPaymentError),
        ({"amount": "-5.00"}, cashier.BadPaymentError),
        ({"value_on": MARCH_16}, cashier.BadPaymentError),
        ({"value_on": date(2025, 11, 28)}, cashier.BadPaymentError),
        ({"value_on": date(1900, 1, 1)}, cashier.BadPaymentError),
        ({"value_on": date(1, 1, 1)}, cashier.BadPaymentError),
        ({"reference": " "}, cashier.BadPaymentError),
        ({"reference": "1" * 141}, cashier.BadPaymentError),
        ({"channel": "c" * 33}, cashier.BadPaymentError),
        ({"channel": "credit_note"}, cashier.BadPaymentError),
        ({"channel": " Deposit_Released"}, cashier.BadPaymentError),
        ({"number": "A-999"}, cashier.UnknownAccountError),
        ({"designated": ["B-1"]}, cashier.UnknownBillError),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(sessions, accounts, facts, error):
    with pytest.raises(error):
        pay(sessions, **facts)

    with reading(sessions) as session:
        assert books.newest_posting(session) is None


def test_money_counts_from_a_quarter_back_at_most_and_not_before_the_account(sessions, accounts):
    pay(sessions, value_on=date(2025, 11, 29))
    with pytest.raises(cashier.BadPaymentError, match="ask for it to be waived"):
        pay(sessions, value_on=date(2025, 11, 28), reference="T-2")

    with sessions.begin() as session:
        town.settle_in(session, "A-300", office="south", opened_on=date(2026, 2, 1))
    with pytest.raises(cashier.BadPaymentError, match="was opened on 2026-02-01"):
        pay(sessions, "A-300", value_on=date(2026, 1, 31), reference="T-3")
    pay(sessions, "A-300", value_on=date(2026, 2, 1), reference="T-4")


def test_a_file_cannot_date_money_back_beyond_a_quarter_or_the_account(accounts):
    young = replace(accounts["A-200"], opened_on=date(2026, 3, 10))
    rows = [
        Incoming(row, "app", f"B-{row}", 100, day, ((number,),))
        for row, (number, day) in enumerate(
            [
                ("A-100", date(1, 1, 1)),
                ("A-100", date(1900, 1, 1)),
                ("A-100", date(2025, 12, 23)),
                ("A-100", date(2025, 12, 24)),
                ("A-200", date(2026, 3, 9)),
            ]
        )
    ]

    found = judge(rows, Known(accounts | {"A-200": young}), today=MARCH_26)

    assert [(one.fate, one.code) for one in found] == [
        (Fate.REFUSED, "date_past"),
        (Fate.REFUSED, "date_past"),
        (Fate.SUSPENSE, "date_past"),
        (Fate.POSTED, ""),
        (Fate.SUSPENSE, "before_opening"),
    ]


def test_far_too_much_is_told_as_that(sessions, accounts):
    with pytest.raises(cashier.BadPaymentError, match="more than one payment can be"):
        pay(sessions, amount="100000000000.00")


def test_a_bill_of_somebody_else_cannot_be_designated(sessions, accounts):
    with sessions.begin() as session:
        other = town.bill(session, accounts["A-200"], "80.00", on=MARCH_1, due_on=MARCH_16)

    with pytest.raises(cashier.UnknownBillError, match="A-100"):
        pay(sessions, designated=[other.number])


def test_a_payment_is_taken_back_once_and_it_is_told_by_whom(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "100.00", on=MARCH_1, due_on=MARCH_16)
    receipt = pay(sessions)

    def reverse(by):
        return cashier.reverse(
            sessions,
            receipt.payment_id,
            by=by,
            reason="returned by the bank",
            today=MARCH_26,
            now=town.at(MARCH_26),
        )

    assert reverse("wang.min").account_ids == (accounts["A-100"].id,)
    with pytest.raises(cashier.AlreadyDoneError, match=r"2026-03-26 by wang\.min"):
        reverse("wang.min")
    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_26) == [("energy", 10_000)]


@pytest.mark.parametrize(
    ("by", "reason", "says"),
    [("li.wei", "typo", "somebody else must"), ("wang.min", " ", "say why")],
)
def test_a_payment_is_taken_back_by_another_person_who_says_why(
    sessions, accounts, by, reason, says
):
    receipt = pay(sessions, by="li.wei")

    with pytest.raises(cashier.BadPaymentError, match=says):
        cashier.reverse(
            sessions,
            receipt.payment_id,
            by=by,
            reason=reason,
            today=MARCH_16,
            now=town.at(MARCH_16),
        )

    with reading(sessions) as session:
        assert books.reversed_on(session, [receipt.payment_id]) == {}


def test_a_bills_credit_is_taken_back_by_cancelling_the_bill(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "-20.00", on=MARCH_1, due_on=MARCH_16)
        (credit,) = books.payments_of(session, accounts["A-100"].id)

    with pytest.raises(cashier.UnknownPaymentError, match="cancel the bill"):
        cashier.reverse(
            sessions, credit.id, by="li.wei", reason="?", today=MARCH_16, now=town.at(MARCH_16)
        )


def test_no_deposit_secures_an_account_that_is_closed(sessions, accounts):
    words = {"account_number": "A-100", "amount": 100, "today": MARCH_16, "now": town.at(MARCH_16)}
    with sessions.begin() as session:
        store.close_accounts(session, [accounts["A-100"].id], on=MARCH_1)

    with pytest.raises(cashier.BadPaymentError, match="A-100 is closed since 2026-03-01"):
        cashier.demand_deposit(sessions, due_on=MARCH_16, by="policy", reason="tier", **words)
    given = {"channel": "counter", "reference": "T-1", "value_on": MARCH_16, "by": "li.wei"}
    with pytest.raises(cashier.BadPaymentError, match="no deposit secures it"):
        cashier.pay_deposit(sessions, **given, **words)


def test_a_deposit_answers_the_oldest_demand(sessions, accounts):
    demand = cashier.demand_deposit(
        sessions,
        account_number="A-100",
        amount=30_000,
        due_on=MARCH_16,
        by="policy",
        reason="tier high",
        today=MARCH_1,
        now=town.at(MARCH_1),
    )
    receipt = cashier.pay_deposit(
        sessions,
        account_number="A-100",
        amount=30_000,
        channel="counter",
        reference="T-9",
        value_on=MARCH_1,
        by="li.wei",
        today=MARCH_1,
        now=town.at(MARCH_1),
    )

    assert (receipt.amount, receipt.on_account, receipt.settled) == (30_000, 0, ())
    with reading(sessions) as session:
        (found,) = books.deposit_demands(session, [accounts["A-100"].id])[accounts["A-100"].id]
        assert (found.number, found.is_met) == (demand.number, True)
        assert books.deposits_held(session, None, as_of=MARCH_1) == {accounts["A-100"].id: 30_000}
