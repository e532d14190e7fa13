from datetime import date

import pytest
from sqlalchemy import text

from billing import books, closing, invariants
from billing.general_ledger import Per, journal
from billing.ledger import Book
from billing.month import Month
from billing.months import ClosedDayError
from billing.payment import NewPayment
from config import approval, people
from config.database import reading
from config.people import Role
from tests.billing import town

MARCH, APRIL = Month(date(2026, 3, 1)), Month(date(2026, 4, 1))
MARCH_1, MARCH_31 = date(2026, 3, 1), date(2026, 3, 31)
APRIL_2, MAY_2 = date(2026, 4, 2), date(2026, 5, 2)


@pytest.fixture
def house(sessions):
    """Keep books with a bill and two payments in March."""
    with sessions.begin() as session:
        town.enact(session)
        account = town.settle_in(session, "A-100")["A-100"]
        people.add_user(session, login="wang", name="W", password="x", roles=[Role.SUPERVISOR])
        people.add_user(session, login="zhao", name="Z", password="x", roles=[Role.SUPERVISOR])
        town.bill(session, account, "1000.00", on=MARCH_1, due_on=date(2026, 3, 16), tax="115.04")
        pay(session, account, 60_000, date(2026, 3, 26))
        pay(session, None, 500, MARCH_31)
    return sessions


def pay(session, account, amount, on):
    new = NewPayment(account.id if account else None, "counter", f"{on} {amount}", amount, on)
    return books.receive(session, [new], posted_on=on, by="li.wei", now=town.at(on))


def close(sessions, month, today, by="wang"):
    return closing.close_month(sessions, month, by=by, today=today, now=town.at(today))


def reopen(sessions, month, today):
    asked = closing.ask_to_reopen(
        sessions, month, by="wang", reason="an entry is missing", now=town.at(today)
    )
    with reading(sessions) as session:
        checker = people.find_user(session, "zhao")
    return closing.reopen(
        sessions, asked, by=checker, reason="seen", today=today, now=town.at(today)
    )


def findings(sessions, today=MAY_2):
    with reading(sessions) as session:
        return invariants.findings(session, today=today)


def test_a_closed_month_keeps_its_totals_and_takes_no_more_postings(house):
    act = close(house, MARCH, APRIL_2)

    assert (
        act.totals.books[Book.RECEIVABLE].closing == 41_000
    )  # 1000.00 and 10.00 late, less 600.00
    assert act.totals.books[Book.SUSPENSE].closing == -500
    assert sum(one.closing for one in act.totals.books.values()) == 0
    with house.begin() as session:
        account = books_account(session)
        with pytest.raises(ClosedDayError, match="2026-03 is closed"):
            pay(session, account, 100, MARCH_31)
    assert findings(house) == []


def books_account(session):
    from billing import store

    return store.find_accounts(session, ["A-100"])["A-100"]


def test_a_month_is_closed_when_it_is_over_and_the_ones_before_it_are_closed(house):
    with house.begin() as session:
        pay(session, books_account(session), 700, APRIL_2)

    with pytest.raises(closing.CannotCloseError, match="isn't over before 2026-05-01"):
        close(house, APRIL, APRIL_2)
    with pytest.raises(closing.CannotCloseError, match="2026-03 is still open"):
        close(house, APRIL, MAY_2)
    close(house, MARCH, MAY_2)
    close(house, APRIL, MAY_2)
    with pytest.raises(closing.CannotCloseError, match="2026-04 is closed already"):
        close(house, APRIL, MAY_2)


def test_books_that_do_not_hold_are_not_closed(house):
    with house.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE charge DISABLE TRIGGER ALL"))
        else:
            session.execute(text("DROP TRIGGER charge_no_update"))
        session.execute(text("UPDATE charge SET open = open - 1 WHERE kind = 'energy'"))

    with pytest.raises(closing.CannotCloseError, match=r"the books don't hold: .*charge"):
        close(house, MARCH, APRIL_2)


def test_a_month_is_opened_again_by_two_people_and_shows_what_came_late(house):
    before = close(house, MARCH, APRIL_2)
    asked = closing.ask_to_reopen(house, MARCH, by="wang", reason="late", now=town.at(APRIL_2))
    with reading(house) as session:
        maker = people.find_user(session, "wang")
    with pytest.raises(approval.OwnWorkError):
        closing.reopen(house, asked, by=maker, reason="", today=APRIL_2, now=town.at(APRIL_2))

    reopen(house, MARCH, APRIL_2)
    with house.begin() as session:
        pay(session, books_account(session), 100, MARCH_31)
    assert findings(house) == []
    after = close(house, MARCH, APRIL_2)

    assert after.no == 3
    assert after.totals.entries > before.totals.entries
    assert after.totals.books[Book.CASH].closing == before.totals.books[Book.CASH].closing + 100
    assert findings(house) == []
    state = closing.look(house, MARCH, today=APRIL_2)
    assert [act.is_closed for act in state.acts] == [True, False, True]


def test_an_earlier_month_is_opened_only_when_the_later_ones_are(house):
    with house.begin() as session:
        pay(session, books_account(session), 700, APRIL_2)
    close(house, MARCH, MAY_2)
    close(house, APRIL, MAY_2)

    with pytest.raises(closing.CannotCloseError, match="2026-04 would no longer carry over"):
        reopen(house, MARCH, MAY_2)
    reopen(house, APRIL, MAY_2)
    reopen(house, MARCH, MAY_2)


CHANGED = """
    UPDATE ledger_entry SET text = 'mine' WHERE id = (SELECT max(id) FROM ledger_entry)
"""
SLIPPED_IN = """
    INSERT INTO ledger_entry
        (posted_on, value_on, debit, credit, amount, payment_id, account_id, text)
    SELECT '2026-03-17', '2026-03-17', 'bad_debt', 'rounding', 5, NULL, account_id, 'slipped in'
    FROM ledger_entry WHERE account_id IS NOT NULL LIMIT 1
"""


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (CHANGED, "a sealed day is as it was sealed"),
        (SLIPPED_IN, "no entry stands on a day that was sealed without it"),
        (SLIPPED_IN, "a closed month is as it was closed"),
    ],
)
def test_what_is_changed_by_hand_after_the_closing_is_found(house, statement, check):
    close(house, MARCH, APRIL_2)
    reopen(house, MARCH, APRIL_2)
    with house.begin() as session:
        pay(session, books_account(session), 100, MARCH_31)
    close(house, MARCH, APRIL_2)
    with house.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE ledger_entry DISABLE TRIGGER ALL"))
        else:
            session.execute(text("DROP TRIGGER ledger_entry_no_update"))
        session.execute(text(statement))

    assert check in {one.check for one in findings(house)}


@pytest.mark.parametrize("per", list(Per))
def test_the_journal_sums_to_zero_and_is_the_month(house, per):
    with reading(house) as session:
        moved = books.movements_by_day(session, since=MARCH.first, until=MARCH.end)
        balance = books.trial_balance(session, as_of=MARCH.last)
    lines = journal(moved, per=per, last=MARCH.last)

    assert sum(line.amount for line in lines) == 0
    for book in Book:
        own = [line for line in lines if line.book is book]
        sums = (sum(line.debit for line in own), sum(line.credit for line in own))
        assert sums == balance[book]
    vouchers = {line.voucher for line in lines}
    assert all(sum(x.amount for x in lines if x.voucher == one) == 0 for one in vouchers)
    assert len(lines) == 2 * len(vouchers)
