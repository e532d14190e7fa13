"""What a hand changes in a document, and the books don't know of, is named."""

import sqlite3
from contextlib import closing
from datetime import date

import pytest
from sqlalchemy import text

from billing import books, invariants, refunds
from billing.payment import NewDemand, NewPayment
from config.database import reading
from tests.billing import town
from tests.billing.test_bank import entry, part, take_in
from tests.billing.test_giving_back import account, approve, ask_refund, pay  # noqa: F401

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)


@pytest.fixture
def lived_in(sessions, account, tmp_path):  # noqa: F811
    """Keep books with a refund, a deposit that was asked for, a bank's file and two bills."""
    pay(sessions)
    approve(sessions, refunds.refund, ask_refund(sessions))
    take_in(sessions, tmp_path, entry("10.00", "BANK-1", part(text="A-100")), on=MARCH_16)
    with sessions.begin() as session:
        town.bill(session, account, "1000.00", on=MARCH_16, due_on=MARCH_26, tax="115.04")
        (demand,) = books.demand_deposits(
            session, [NewDemand(account.id, 30_000, MARCH_1, MARCH_16, "policy", "tier high")]
        )
        books.receive_deposit(
            session,
            NewPayment(account.id, "counter", "D-1", 30_000, MARCH_26),
            demand_id=demand,
            posted_on=MARCH_26,
            by="li.wei",
            now=town.at(MARCH_26),
        )
    return sessions


def by_hand(sessions, statement):
    """Change rows as somebody with the keys of the database could, triggers and keys or not."""
    bind = sessions.kw["bind"]
    if bind.dialect.name == "sqlite":
        with closing(sqlite3.connect(bind.url.database)) as own:
            names = own.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                own.execute(f"DROP TRIGGER {name}")
            own.execute(statement)
            own.commit()
        return
    with sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))


def found_in(sessions):
    with reading(sessions) as session:
        return invariants.findings(session, today=MARCH_26)


def test_what_the_doors_kept_offends_against_nothing(lived_in):
    assert found_in(lived_in) == []


@pytest.mark.parametrize(
    ("statement", "check", "subject"),
    [
        ("UPDATE bill_issue SET due_on = '2026-03-27'", "a bill is what", "bill A-100"),
        ("UPDATE bill_issue SET issued_on = '2026-03-15'", "a bill is what", "bill A-100"),
        ("DELETE FROM bill_issue", "a bill is what", "bill 1"),
        ("UPDATE bill SET tax = tax + 1", "a bill is what", "bill A-100"),
        ("UPDATE bill SET supply_class = 'commercial'", "a bill is what", "bill A-100"),
        ("UPDATE charge SET due_on = '2026-03-27' WHERE bill_id = 1", "a bill is", "bill A-100"),
        ("UPDATE charge SET raised_on = '2026-03-15'", "a bill is what", "charge 1"),
        ("UPDATE charge SET supply_class = 'commercial'", "a bill is what", "bill A-100"),
        ("UPDATE charge SET bill_id = NULL", "a bill is what", "charge 1"),
        ("UPDATE payment SET value_on = '2026-02-01' WHERE id = 1", "a payment is of", "payment R"),
        ("UPDATE payment SET posted_on = '2026-02-01' WHERE id = 1", "a payment is", "payment R"),
        ("UPDATE payment SET batch_id = NULL", "a payment is of the days", "batch 1"),
        ("DELETE FROM deposit", "a deposit answers", "payment R"),
        ("UPDATE deposit_demand SET account_id = 99", "a deposit answers", "payment R"),
        (
            "UPDATE deposit_demand SET demanded_on = '2026-03-27', due_on = '2026-03-27'",
            "a deposit answers",
            "payment R",
        ),
        ("DELETE FROM deposit_demand", "a deposit answers", "payment R"),
        ("DELETE FROM refund", "a refund is the money", "account 1 on 2026-03-16"),
        ("UPDATE refund SET amount = amount + 1", "a refund is the money", "refund F"),
        ("UPDATE refund SET amount = amount - 1", "a refund is the money", "account 1 on"),
        ("UPDATE refund SET refunded_on = '2026-03-17'", "a refund is the money", "account 1 on"),
        ("UPDATE approval SET state = 'refused'", "a refund is the money", "refund F"),
    ],
)  # fmt: skip
def test_a_document_that_was_changed_by_hand_is_named(lived_in, statement, check, subject):
    by_hand(lived_in, statement)

    found = found_in(lived_in)

    assert any(one.check.startswith(check) and one.subject.startswith(subject) for one in found), (
        found
    )
    assert {one.check for one in found} <= set(invariants.CHECKS)
