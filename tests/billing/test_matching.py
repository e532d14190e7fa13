"""Whose money in suspense may be: what speaks for whom, and how sure that is."""

from datetime import date

import pytest

from billing import books, cashier
from billing.matching import Sign
from billing.payment import NewPayment
from config.database import reading
from tests.billing import town

MARCH_1, MARCH_16 = date(2026, 3, 1), date(2026, 3, 16)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        found = town.settle_in(session, "0100012345", "0100067890")
        town.bill(session, found["0100012345"], "123.45", on=MARCH_1, due_on=MARCH_16)
        town.bill(session, found["0100067890"], "88.00", on=MARCH_1, due_on=MARCH_16)
        town.bill(session, found["0100067890"], "12.00", on=MARCH_1, due_on=MARCH_16)
        return found


def whose(sessions, amount, *, payer="", text="", reference="B-1"):
    new = NewPayment(None, "bank", reference, amount, MARCH_1, payer=payer, text=text)
    with sessions.begin() as session:
        books.receive(session, [new], posted_on=MARCH_1, by="li.wei", now=town.at(MARCH_1))
    with reading(sessions) as session:
        (waiting,) = cashier.suspense(session)
        found = cashier.suggestions(session, [waiting], today=MARCH_1)
        return [(one.number, one.confidence, one.signs) for one in found[waiting.id]]


@pytest.mark.parametrize("text", ["pay 0100012346 thanks", "0100021345"])
def test_a_number_with_one_slip_is_recognized(sessions, accounts, text):
    assert whose(sessions, 500, text=text) == [("0100012345", 50, (Sign.NUMBER,))]


def test_the_payers_name_and_what_is_owed(sessions, accounts):
    found = whose(sessions, 12_345, payer="Customer 0100012345")
    assert found == [("0100012345", 85, (Sign.NAME, Sign.BALANCE))]


def test_the_amount_of_one_bill_among_several(sessions, accounts):
    assert whose(sessions, 8_800) == [("0100067890", 35, (Sign.BILL,))]


def test_all_that_is_owed_says_more_than_one_bill(sessions, accounts):
    assert whose(sessions, 10_000) == []  # no bill is open over the sum, nothing leads there


def test_two_who_are_equally_likely_are_half_sure_at_most(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["0100012345"], "88.00", on=MARCH_1, due_on=MARCH_16)
    found = whose(sessions, 8_800)
    assert [(number, sure) for number, sure, _ in found] == [
        ("0100012345", 35),
        ("0100067890", 35),
    ]


def test_who_has_paid_for_an_account_before_is_remembered(sessions, accounts):
    new = NewPayment(accounts["0100067890"].id, "bank", "B-0", 100, MARCH_1, payer="Uncle Wang")
    with sessions.begin() as session:
        books.receive(session, [new], posted_on=MARCH_1, by="li.wei", now=town.at(MARCH_1))

    found = whose(sessions, 777, payer="Uncle Wang")

    assert found == [("0100067890", 40, (Sign.HABIT,))]
