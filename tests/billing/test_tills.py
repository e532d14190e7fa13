"""A cashier's day: opened, counted, closed; what differs stands in the books and waits for two."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing import books, cashier, closing, invariants, till, tillbook
from billing.general_ledger import Per, journal
from billing.ledger import Book
from billing.lookback import movements_by_day
from billing.money import money
from billing.month import Month
from config import approval, people
from config.approval import NotAllowedError, OwnWorkError, State
from config.database import reading
from config.people import Role
from tests.billing import town
from tests.billing.test_invariants import by_hand

MARCH_1, MARCH_2, MARCH_16, APRIL_1 = (
    date(2026, 3, 1),
    date(2026, 3, 2),
    date(2026, 3, 16),
    date(2026, 4, 1),
)


@pytest.fixture
def account(sessions):
    both = [Role.SUPERVISOR, Role.CASHIER]
    with sessions.begin() as session:
        town.enact(session)
        for login, roles in (("wang", [Role.SUPERVISOR]), ("li.wei", both), ("zhao", both)):
            people.add_user(session, login=login, name=login, password="x", roles=roles)
        return town.settle_in(session, "A-100")["A-100"]


def pay(sessions, amount="100.00", *, on=MARCH_1, reference="T-1", method="cash", by="li.wei"):
    return cashier.pay(
        sessions,
        account_number="A-100",
        amount=money(amount),
        channel="counter",
        reference=reference,
        value_on=on,
        by=by,
        today=on,
        now=town.at(on),
        method=method,
    )


def open_till(sessions, opening, *, on=MARCH_1, note=""):
    return till.open_till(
        sessions, by="li.wei", opening=opening, note=note, today=on, now=town.at(on)
    )


def close_till(sessions, counted, note="", *, day=MARCH_1, today=None, handed_in=0, by="li.wei"):
    return till.close_till(
        sessions,
        cashier="li.wei",
        day=day,
        counted=counted,
        handed_in=handed_in,
        note=note,
        by=by,
        today=today or day,
        now=town.at(today or day),
    )


def decide(sessions, asked, *, by="wang", accept=True, on=MARCH_2, reason="seen"):
    with reading(sessions) as session:
        user = people.find_user(session, by)
    till.agree(sessions, asked, by=user, accept=accept, reason=reason, today=on, now=town.at(on))


def recount(sessions, *, by="wang", on=MARCH_2, reason="a note was found"):
    return till.recount(
        sessions,
        cashier="li.wei",
        day=MARCH_1,
        by=by,
        reason=reason,
        today=on,
        now=town.at(on),
    )


def stands(sessions, *, on=MARCH_2):
    """Return the books' cash, and what stands as over (above nothing) or short (below it)."""
    with reading(sessions) as session:
        assert invariants.findings(session, today=on) == []
        sides = books.trial_balance(session, as_of=on)
    cash, over = (sides[book][0] - sides[book][1] for book in (Book.CASH, Book.OVER_SHORT))
    return cash, -over


def short_by_one(sessions):
    """Return the approval of a till that was closed with a yuan less than should be there."""
    open_till(sessions, 20_000)
    pay(sessions)
    return close_till(sessions, 29_900, "a coin of 1.00 is missing").till.count.approval_id


def test_a_till_is_counted_against_the_cash_that_was_taken(sessions, account):
    open_till(sessions, 20_000)
    pay(sessions, "100.00")
    pay(sessions, "60.00", reference="T-2", method="card")
    back = pay(sessions, "5.00", reference="T-3")
    cashier.reverse(
        sessions, back.payment_id, by="wang", reason="typo", today=MARCH_1, now=town.at(MARCH_1)
    )

    assert till.look(sessions, "li.wei", MARCH_1).expected == 30_000
    with pytest.raises(till.TillError, match="count again"):
        close_till(sessions, 29_900)
    made = close_till(sessions, 29_900, note="a coin of 1.00 is missing")

    assert made.till.difference == -100
    with pytest.raises(till.TillError, match="counted and closed today"):
        pay(sessions, reference="T-4")
    pay(sessions, reference="T-4", by="wang.min")


@pytest.mark.parametrize(
    ("counted", "over", "debit", "credit"),
    [(29_900, -100, "over_short", "cash"), (30_250, 250, "cash", "over_short")],
)
def test_what_is_counted_over_or_short_is_posted_so_that_the_books_have_the_cash_counted(
    sessions, account, counted, over, debit, credit
):
    open_till(sessions, 20_000)
    pay(sessions)
    before, nothing = stands(sessions)

    close_till(sessions, counted, "it is what it is")

    # The change of 200.00 came from the safe, so that only what was taken moved the books.
    assert stands(sessions) == (before + over, over)
    assert nothing == 0
    with reading(sessions) as session:
        moved = movements_by_day(session, since=MARCH_1, until=MARCH_2)
    lines = journal(moved, per=Per.DAY, last=MARCH_1)
    assert sum(line.amount for line in lines) == 0
    own = [(str(one.book), one.debit, one.credit) for one in lines if over_short_in(one)]
    assert own == [(debit, abs(over), 0), (credit, 0, abs(over))]


STOLEN = (
    "INSERT INTO ledger_entry (posted_on, value_on, debit, credit, amount, text) "
    "VALUES ('2026-03-01', '2026-03-01', 'over_short', 'cash', 5, 'taken')"
)


def over_short_in(line):
    return Book.OVER_SHORT in (line.book, line.other)


def test_a_till_that_is_right_posts_nothing_and_asks_nobody(sessions, account):
    open_till(sessions, 20_000)
    pay(sessions)
    made = close_till(sessions, 30_000)

    assert stands(sessions) == (10_000, 0)
    assert (made.till.count.entry_id, made.till.count.approval_id) == (None, None)
    with reading(sessions) as session:
        assert approval.waiting(session) == []


def test_a_second_person_says_yes_and_the_difference_is_borne(sessions, account):
    asked = short_by_one(sessions)
    decide(sessions, asked)

    assert stands(sessions) == (9_900, -100)
    with reading(sessions) as session:
        count = tillbook.find_till(session, "li.wei", MARCH_1).count
    assert (count.state, count.note) == (State.APPROVED, "a coin of 1.00 is missing")


def test_neither_who_had_the_till_nor_who_counted_it_says_yes(sessions, account):
    open_till(sessions, 20_000)
    asked = close_till(sessions, 19_900, "missing", by="zhao").till.count.approval_id

    for login, why in (("li.wei", "had this till"), ("zhao", "asked for")):
        with pytest.raises(OwnWorkError, match=why):
            decide(sessions, asked, by=login)
    with sessions.begin() as session:
        people.add_user(session, login="min", name="min", password="x", roles=[Role.CASHIER])
    with pytest.raises(NotAllowedError):
        decide(sessions, asked, by="min")


def test_a_no_opens_the_till_to_be_counted_again(sessions, account):
    asked = short_by_one(sessions)
    decide(sessions, asked, accept=False, reason="look under the drawer")

    assert stands(sessions) == (10_000, 0)
    with reading(sessions) as session:
        found = tillbook.find_till(session, "li.wei", MARCH_1)
    assert found.is_open
    assert (found.counts[0].taken_back_by, found.counts[0].reason) == (
        "wang",
        "look under the drawer",
    )
    again = close_till(sessions, 30_000, today=MARCH_2)
    assert [one.no for one in again.till.counts] == [1, 2]
    assert stands(sessions) == (10_000, 0)


def test_a_count_is_taken_back_by_somebody_else_and_what_was_posted_with_it(sessions, account):
    asked = short_by_one(sessions)
    with pytest.raises(till.TillError, match="somebody else takes the count back"):
        recount(sessions, by="li.wei")
    with pytest.raises(till.TillError, match="say why"):
        recount(sessions, reason=" ")

    recount(sessions)

    assert stands(sessions) == (10_000, 0)
    with reading(sessions) as session:
        assert approval.find(session, asked).state is State.WITHDRAWN
        # Of yesterday the books still say what they said yesterday.
        debit, credit = books.trial_balance(session, as_of=MARCH_1)[Book.OVER_SHORT]
    assert (debit, credit) == (100, 0)
    with pytest.raises(till.TillError, match="isn't counted yet"):
        recount(sessions)
    close_till(sessions, 29_800, "two coins", today=MARCH_2)
    assert stands(sessions) == (9_800, -200)


def test_a_difference_that_was_agreed_to_is_still_taken_back_when_the_note_is_found(
    sessions, account
):
    decide(sessions, short_by_one(sessions))
    recount(sessions)

    assert stands(sessions) == (10_000, 0)


def test_the_next_till_opens_with_what_stayed_in_the_last(sessions, account):
    short_by_one(sessions)
    recount(sessions, on=MARCH_1)
    close_till(sessions, 29_900, "missing", handed_in=9_900)

    with pytest.raises(till.TillError, match=r"200.00 stayed in the till of 2026-03-01"):
        open_till(sessions, 15_000, on=MARCH_2)
    assert open_till(sessions, None, on=MARCH_2).expected == 20_000

    close_till(sessions, 20_000, day=MARCH_2)
    made = open_till(sessions, 15_000, on=MARCH_16, note="50.00 to the safe")
    assert (made.expected, made.till.note) == (15_000, "50.00 to the safe")


def test_no_more_is_handed_in_than_was_counted(sessions, account):
    open_till(sessions, 5_000)
    with pytest.raises(till.TillError, match="no more than there is"):
        close_till(sessions, 5_000, handed_in=5_001)


def test_a_month_is_not_closed_while_what_a_till_is_short_waits_for_a_word(sessions, account):
    asked = short_by_one(sessions)
    month = Month(MARCH_1)

    (obstacle,) = closing.look(sessions, month, today=APRIL_1).obstacles
    assert obstacle == (
        "what the till of li.wei on 2026-03-01 is over or short waits for a second person"
    )

    decide(sessions, asked)
    closing.close_month(sessions, month, by="wang", today=APRIL_1, now=town.at(APRIL_1))
    # Taken back after all: the closed month stays, and today's books undo it.
    recount(sessions, on=APRIL_1)
    assert stands(sessions, on=APRIL_1) == (10_000, 0)


@pytest.mark.parametrize(
    ("slip", "where"),
    [
        ("UPDATE till_count SET counted = counted - 5 WHERE id = 1", "till of li.wei"),
        ("UPDATE ledger_entry SET amount = 7 WHERE debit = 'over_short'", "till of li.wei"),
        (STOLEN, "entry "),
    ],
)
def test_a_till_and_books_that_do_not_agree_are_found(sessions, account, slip, where):
    short_by_one(sessions)
    by_hand(sessions, slip)

    with reading(sessions) as session:
        found = invariants.findings(session, today=MARCH_2)
    named = [
        one.subject
        for one in found
        if one.check == "what a till is over or short stands in the books"
    ]
    assert [one[: len(where)] for one in named] == [where]


def test_the_database_itself_keeps_no_difference_without_its_entry(sessions, account):
    open_till(sessions, 5_000)
    with pytest.raises(IntegrityError, match="difference"), sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO till_count (till_id, no, counted, expected, handed_in, note, "
                "closed_by, closed_at) VALUES (1, 1, 1, 2, 0, '', 'x', '2026-03-01 08:00:00')"
            )
        )


def test_security_in_cash_lies_in_the_till_until_it_is_counted(sessions, account):
    told = {"account_number": "A-100", "amount": 5_000, "channel": "counter", "method": "cash"}
    told |= {"value_on": MARCH_1, "by": "li.wei", "today": MARCH_1, "now": town.at(MARCH_1)}
    open_till(sessions, 0)
    cashier.pay_deposit(sessions, reference="D-1", **told)

    assert close_till(sessions, 5_000).till.difference == 0
    with pytest.raises(till.TillError, match="counted and closed today"):
        cashier.pay_deposit(sessions, reference="D-2", **told)


def test_yesterdays_till_is_closed_before_todays_is_opened(sessions, account):
    open_till(sessions, 0)
    with pytest.raises(till.TillError, match="the till of 2026-03-01 is still open"):
        open_till(sessions, 0, on=MARCH_16)
    close_till(sessions, 0)
    open_till(sessions, 0, on=MARCH_16)
