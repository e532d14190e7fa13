from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger import Book, Charge, ChargeKind, Entry, balance, reverse

DAY = date(2026, 3, 1)


def entry(**facts):
    return Entry(
        **{
            "account_id": 7,
            "posted_on": DAY,
            "value_on": DAY,
            "debit": Book.RECEIVABLE,
            "credit": Book.REVENUE,
            "amount": 12_345,
            "text": "bill",
            "charge_id": 3,
            "id": 1,
        }
        | facts
    )


books = st.sampled_from(list(Book))
entries = st.builds(
    lambda pair, amount: entry(debit=pair[0], credit=pair[1], amount=amount),
    st.tuples(books, books).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 10**12),
)


@given(st.lists(entries))
def test_all_books_together_are_always_nothing(posted):
    assert sum(balance(posted, book) for book in Book) == 0


@given(entries)
def test_an_entry_and_its_reversal_are_nothing(posted):
    undone = reverse(posted, posted_on=date(2026, 4, 1), reason="wrong account")

    assert all(balance([posted, undone], book) == 0 for book in Book)
    assert undone.reverses_id == posted.id
    assert undone.value_on == posted.value_on


def test_a_reversal_is_not_reversed():
    undone = reverse(entry(), posted_on=DAY, reason="wrong account")

    with pytest.raises(AssertionError):
        reverse(undone, posted_on=DAY, reason="again")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -5},
        {"credit": Book.RECEIVABLE},
        {"charge_id": None},
        {"account_id": None},
    ],
)
def test_an_entry_that_makes_no_sense_cannot_be_written(wrong):
    with pytest.raises(AssertionError):
        entry(**wrong)


def test_only_money_in_suspense_belongs_to_nobody():
    unknown = entry(account_id=None, debit=Book.CASH, credit=Book.SUSPENSE, charge_id=None)

    assert balance([unknown], Book.SUSPENSE) == -12_345


@pytest.mark.parametrize(("day", "days"), [(14, 0), (15, 0), (16, 1), (18, 3)])
def test_the_due_day_itself_is_not_overdue(day, days):
    due = date(2026, 3, 15)
    charge = Charge(1, 1, ChargeKind.ENERGY, 1, DAY, due, 100, 100, due)

    assert charge.days_overdue(date(2026, 3, day)) == days
