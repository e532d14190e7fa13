from datetime import date

import pytest
from sqlalchemy import text

from billing import books, closing, invariants
from billing.months import ClosedDayError
from billing.payment import NewDemand, NewPayment
from config import seal
from config.database import reading
from tests.billing import town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)
APRIL_1 = date(2026, 4, 1)


def pay(session, account, amount, on, reference):
    new = NewPayment(account.id if account else None, "counter", reference, amount, on)
    return books.receive(session, [new], posted_on=on, by="li.wei", now=town.at(on))


@pytest.fixture
def lived_in(sessions):
    """Keep books in which a bit of everything has happened."""
    with sessions.begin() as session:
        town.enact(session)
        accounts = town.settle_in(session, "A-100", "A-200")
        one, other = accounts.values()
        town.bill(session, one, "1000.00", on=MARCH_1, due_on=MARCH_16, tax="115.04")
        wrong = town.bill(session, other, "80.00", on=MARCH_1, due_on=MARCH_16)
        town.bill(session, other, "-12.00", on=MARCH_1, due_on=MARCH_16)
        pay(session, one, 60_000, MARCH_26, "P-1")
        bounced = pay(session, one, 20_000, MARCH_26, "P-2")
        pay(session, None, 500, MARCH_26, "P-3")
        books.reverse_payments(session, bounced.payment_ids, posted_on=APRIL_1, reason="returned")
        reversal = town.a_bill(
            session, other, "-80.00", issued_on=APRIL_1, due_on=APRIL_1, reverses=wrong
        )
        books.post_bills(session, [reversal], posted_on=APRIL_1)
        (demand,) = books.demand_deposits(
            session, [NewDemand(one.id, 30_000, MARCH_1, MARCH_16, "policy", "tier high")]
        )
        books.receive_deposit(
            session,
            NewPayment(one.id, "counter", "D-1", 30_000, MARCH_26),
            demand_id=demand,
            posted_on=MARCH_26,
            by="li.wei",
            now=town.at(MARCH_26),
        )
    return sessions


def found_in(sessions):
    with reading(sessions) as session:
        return invariants.findings(session, today=APRIL_1)


def test_books_that_were_kept_by_the_doors_offend_against_nothing(lived_in):
    assert found_in(lived_in) == []


def test_an_empty_house_offends_against_nothing(sessions):
    assert found_in(sessions) == []


def by_hand(sessions, statement):
    """Change rows as somebody with the keys of the database could, triggers or not."""
    with sessions.begin() as session:
        tables = ("ledger_entry", "charge", "payment", "bill_issue", "supply", "deposit")
        tables += ("deposit_interest", "till_count")
        if session.get_bind().dialect.name == "postgresql":
            for table in tables:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for name in names.all():
                session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement))


FIRST = "(SELECT min(id) FROM {table} WHERE {where})"


@pytest.mark.parametrize(
    ("statement", "check", "subject"),
    [
        (
            "UPDATE charge SET open = open - 1 WHERE open > 0 AND kind = 'energy'",
            "a charge is what its entries say",
            "charge 1 of account A-100",
        ),
        (
            "UPDATE charge SET open = open - 1 WHERE open > 0 AND kind = 'energy'",
            "the receivable is the open charges",
            "account 1",
        ),
        (
            "UPDATE charge SET amount = amount + 100 WHERE id = 1",
            "a charge is what its entries say",
            "charge 1 of account A-100",
        ),
        (
            "UPDATE ledger_entry SET amount = amount + 1 WHERE id = 1",
            "a bill is its lines and its entries",
            "bill A-100-001",
        ),
        (
            "UPDATE bill_line SET amount = amount - 1 WHERE bill_id = 1",
            "a bill is its lines and its entries",
            "bill A-100-001",
        ),
        (
            "UPDATE payment SET amount = amount + 1 WHERE external_ref = 'P-1'",
            "a payment is accounted for",
            "payment R000000002",
        ),
        (
            "UPDATE payment SET open = 1 WHERE external_ref = 'P-1'",
            "a payment is accounted for",
            "payment R000000002",
        ),
        (
            (
                "UPDATE ledger_entry SET amount = amount + 9000000 WHERE debit = 'on_account' "
                "AND reverses_id IS NULL AND payment_id = 2"
            ),
            "a payment settles no more than there is",
            "payment 2",
        ),
        (
            (
                "UPDATE ledger_entry SET amount = amount + 1 WHERE reverses_id IS NOT NULL "
                "AND credit = 'cash'"
            ),
            "a reversal is the exact opposite of one entry",
            "entry ",
        ),
        (
            "UPDATE ledger_entry SET account_id = 2 WHERE id = 1",
            "an entry and what it names belong together",
            "entry 1",
        ),
        (
            "UPDATE ledger_entry SET charge_id = 999 WHERE id = 1",
            "an entry and what it names belong together",
            "entry 1",
        ),
        (
            "DELETE FROM ledger_entry WHERE credit = 'deposit'",
            "a deposit is a payment held as security",
            "payment R000000005",
        ),
        (
            "UPDATE charge SET late_until = '2026-03-01' WHERE kind = 'late_charge'",
            "a late charge is on overdue principal",
            "charge ",
        ),
        (
            (
                "INSERT INTO supply (account_id, service_point_id, starts_on, ends_on, "
                "supply_class, tariff, payment_mode, protection) VALUES (2, 1, '2025-01-01', "
                "'2025-02-01', 'residential', 'x', 'postpaid', 'none')"
            ),
            "supplies do not overlap",
            "service point 1",
        ),
    ],
)
def test_a_row_that_was_changed_by_hand_is_named(lived_in, statement, check, subject):
    if "999" in statement and lived_in.kw["bind"].dialect.name == "sqlite":
        statement = statement.replace("999", "2")  # SQLite keeps foreign keys without triggers.
    by_hand(lived_in, statement)

    found = found_in(lived_in)

    assert any(one.check == check and one.subject.startswith(subject) for one in found), found
    assert {one.check for one in found} <= set(invariants.CHECKS)


def test_a_forgery_that_agrees_with_itself_breaks_the_seal_of_its_day(lived_in):
    sealed = closing.seal_days(lived_in, today=date(2026, 4, 2), now=town.at(APRIL_1))
    assert [one.day for one in sealed] == [MARCH_1, MARCH_26, APRIL_1]
    assert found_in(lived_in) == []
    assert closing.seal_days(lived_in, today=date(2026, 4, 2), now=town.at(APRIL_1)) == []

    by_hand(lived_in, "UPDATE ledger_entry SET text = 'nothing' WHERE posted_on = '2026-03-26'")

    (found,) = found_in(lived_in)
    assert (found.check, found.subject) == (seal.CHECK, "ledger of 2026-03-26")


def test_a_sealed_day_takes_no_more_postings(lived_in):
    closing.seal_days(lived_in, today=APRIL_1, now=town.at(APRIL_1))

    with lived_in.begin() as session, pytest.raises(ClosedDayError, match="2026-03-26"):
        pay(session, None, 100, MARCH_26, "P-9")
    with lived_in.begin() as session:
        pay(session, None, 100, APRIL_1, "P-9")
