"""The ageing of an independent ledger, rebuilt from our books on three days, long after."""

import json
from datetime import date

import pytest

from billing import books, cashier, invariants
from billing.money import money
from config.database import reading
from tests import corpora
from tests.billing import town


@pytest.mark.slow
def test_what_was_open_on_past_days_is_what_an_independent_ledger_says(sessions, database_kind):
    corpus = json.loads(corpora.corpus("ageing", "cases.json").read_text("utf-8"))
    # On PostgreSQL a third will do here: there, the report of arrears ages every one of them.
    some = corpus["customers"][:: 1 if database_kind == "sqlite" else 3]
    customers = {one["id"]: one for one in some}
    with sessions.begin() as session:
        # The other ledger knows no late charges. It knows no payment in advance either: none of
        # its customers pays more than is owed, so ours never keeps any money on account.
        town.enact(session, late_charge=False)
        accounts = town.settle_in(session, *customers)
    numbers = _post(sessions, accounts, customers)

    with reading(sessions) as session:
        assert books.on_account(session, None, as_of=date.max) == {}
        for day in corpus["as_of"]:
            as_of = date.fromisoformat(day)
            open_ = books.open_charges(session, None, as_of=as_of)
            for number, customer in customers.items():
                expected = customer["expected"][day]["open_items"]
                found = open_.get(accounts[number].id, [])
                assert [(numbers[one.bill_id], one.due_on, one.open) for one in found] == [
                    (item["no"], date.fromisoformat(item["due"]), money(item["open"]))
                    for item in expected
                ], (number, day)
            total = sum(one.open for found in open_.values() for one in found)
            assert books.receivable(session, as_of=as_of) == total
        assert invariants.findings(session, today=date(2026, 11, 21)) == []


def _post(sessions, accounts, customers):
    """Post bills and payments in the order of their days and return the bills' numbers by id."""
    events = sorted(
        [
            (one["billed"], 0, number, one["due"], one["amount"], one["no"])
            for number, customer in customers.items()
            for one in customer["invoices"]
        ]
        + [
            (one["date"], 1, number, "", one["amount"], f"{number}-{at}")
            for number, customer in customers.items()
            for at, one in enumerate(customer["payments"])
        ]
    )
    numbers = {}
    for day, is_payment, number, due, amount, name in events:
        on = date.fromisoformat(day)
        if is_payment:
            cashier.pay(
                sessions,
                account_number=number,
                amount=money(amount),
                channel="counter",
                reference=name,
                value_on=on,
                by="li.wei",
                today=on,
                now=town.at(on),
            )
            continue
        with sessions.begin() as session:
            made = town.bill(
                session, accounts[number], amount, on=on, due_on=date.fromisoformat(due)
            )
        numbers[made.id] = name
    return numbers
