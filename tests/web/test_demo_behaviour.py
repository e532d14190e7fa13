"""How the demo's customers pay: by habit, by what they were told, and never twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.demo import behaviour, people
from web.demo.behaviour import Contact, Debtor, OpenItem, Paid, Way
from web.demo.profiles import Payer

SEED = "chenghu"
ISSUED = date(2026, 3, 5)
DUE = date(2026, 3, 25)
SERVED = people.subscribers(SEED, 600, first_day=date(2025, 8, 1))
BILL = OpenItem(raised_on=ISSUED, due_on=DUE, amount=12_345, open=12_345)


def of(payer: Payer) -> list[people.Subscriber]:
    return [each for each in SERVED if each.payer is payer]


def days_until_paid(payer: Payer, *contacts: tuple[date, Contact]) -> list[int]:
    return [
        (behaviour.pays_on(SEED, Debtor(each, [BILL], contacts), BILL) - ISSUED).days
        for each in of(payer)
    ]


def month_of_payments(debtor: Debtor) -> list[Paid]:
    """Let ninety days pass; what is paid is taken off what is open."""
    paid: list[Paid] = []
    for n in range(1, 91):
        today = ISSUED + timedelta(days=n)
        yesterday = today - timedelta(days=1)
        for one in behaviour.payments(SEED, [debtor], since=yesterday, today=today):
            paid.append(one)
            debtor = replace(debtor, items=_settle(debtor.items, one.amount))
    return paid


def _settle(items: Sequence[OpenItem], amount: int) -> list[OpenItem]:
    left, settled = amount, []
    for item in items:
        part = min(left, item.open)
        left -= part
        settled.append(replace(item, open=item.open - part))
    return settled


def test_the_prompt_pay_before_the_due_day() -> None:
    assert max(days_until_paid(Payer.PROMPT)) <= 20


def test_habits_differ_as_their_names_say() -> None:
    slow, chronic = days_until_paid(Payer.SLOW), days_until_paid(Payer.CHRONIC)
    assert 20 < min(slow) <= max(slow) < min(chronic) + 10
    assert min(days_until_paid(Payer.BROKE)) > max(chronic)


@pytest.mark.parametrize("payer", [Payer.FORGETFUL, Payer.SLOW, Payer.CHRONIC])
def test_the_stronger_the_contact_the_more_of_them_pay(payer: Payer) -> None:
    told_on = ISSUED + timedelta(days=22)
    means = [
        sum(days) / len(days)
        for contact in (None, Contact.SMS, Contact.NOTICE, Contact.CUT)
        if (days := days_until_paid(payer, *([(told_on, contact)] if contact else [])))
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] > means[-1]


def test_a_message_before_the_bill_moves_nobody() -> None:
    before = (ISSUED - timedelta(days=3), Contact.CUT)
    assert days_until_paid(Payer.CHRONIC, before) == days_until_paid(Payer.CHRONIC)


@given(st.sampled_from(SERVED), st.integers(1, 10**8))
def test_nobody_pays_a_bill_twice(subscriber: people.Subscriber, amount: int) -> None:
    bill = replace(BILL, amount=amount, open=amount)
    paid = sum(one.amount for one in month_of_payments(Debtor(subscriber, [bill])))
    if subscriber.payer is Payer.AHEAD:
        assert amount <= paid < amount + 10_000
    else:
        assert paid in {0, amount, amount * 60 // 100}


def test_money_under_way_is_not_paid_again() -> None:
    for each in of(Payer.PROMPT)[:20]:
        assert not month_of_payments(Debtor(each, [BILL], under_way=BILL.amount))


def test_what_was_paid_at_a_weekend_keeps_its_own_date() -> None:
    monday, friday = date(2026, 3, 16), date(2026, 3, 13)
    debtors = [Debtor(each, [BILL]) for each in SERVED]
    paid = list(behaviour.payments(SEED, debtors, since=friday, today=monday))
    value_days = {one.value_on for one in paid if one.way is not Way.COUNTER}
    assert value_days == {date(2026, 3, 14), date(2026, 3, 15), monday}
    assert all(one.value_on == monday for one in paid if one.way is Way.COUNTER)


def test_some_transfers_name_no_account_or_a_wrong_one() -> None:
    late = ISSUED + timedelta(days=60)
    transfers = [
        one
        for n in range(1, 60)
        for one in behaviour.payments(
            SEED,
            [Debtor(each, [BILL]) for each in SERVED],
            since=late,
            today=ISSUED + timedelta(days=n),
        )
        if one.way is Way.BANK
    ]
    nameless = [one for one in transfers if one.account_number not in one.reference]
    assert 0 < len(nameless) < len(transfers) // 10
