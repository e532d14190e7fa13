"""A month of the books: what its control totals are, and whether it takes postings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from billing.ledger import Book
from billing.money import Money

Moved = Mapping[tuple[Book, Book], tuple[Money, int]]
"""What was moved between two books, debit and credit: how much, in how many entries."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, named by its first day."""

    first: date

    def __post_init__(self) -> None:
        assert self.first.day == 1, "a month begins on its first day"

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def end(self) -> date:
        """The first day that is no longer the month's."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def last(self) -> date:
        """The last day of the month."""
        return self.end - timedelta(days=1)


def month_of(day: date) -> Month:
    """Return the month that a day is in."""
    return Month(day.replace(day=1))


@dataclass(frozen=True, slots=True)
class BookTotals:
    """A book's month in minor units: the balance before it, and what moved. Debit is positive."""

    opening: Money
    debit: Money
    credit: Money

    @property
    def closing(self) -> Money:
        """The balance at the end of the month."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What a month comes to: each book that ever moved, and the number of the month's entries."""

    books: Mapping[Book, BookTotals]
    entries: int

    def facts(self) -> dict[str, Any]:
        """Return the totals as they are kept."""
        books = {
            str(book): {"opening": one.opening, "debit": one.debit, "credit": one.credit}
            for book, one in sorted(self.books.items())
        }
        return {"books": books, "entries": self.entries}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "ControlTotals":
        """Return totals that were kept."""
        books = {Book(book): BookTotals(**one) for book, one in facts["books"].items()}
        return cls(books, facts["entries"])


def control_totals(before: Moved, within: Moved) -> ControlTotals:
    """Return the totals of a month from what moved before it and within it."""
    opening, moved = sides(before), sides(within)
    found = {}
    for book in sorted(opening.keys() | moved.keys()):
        was_debit, was_credit = opening.get(book, (0, 0))
        debit, credit = moved.get(book, (0, 0))
        found[book] = BookTotals(was_debit - was_credit, debit, credit)
    return ControlTotals(found, sum(count for _, count in within.values()))


def sides(moved: Moved) -> dict[Book, tuple[Money, Money]]:
    """Return what was debited and credited to each book."""
    found: dict[Book, tuple[Money, Money]] = {}
    for (debit, credit), (amount, _) in moved.items():
        for book, one, other in ((debit, amount, 0), (credit, 0, amount)):
            debited, credited = found.get(book, (0, 0))
            found[book] = (debited + one, credited + other)
    return found


@dataclass(frozen=True, slots=True)
class MonthAct:
    """
    That a month was closed, or opened again.

    The month's acts are counted from 1; the newest says whether it is closed. `entries_until` is
    the id of the newest entry in the books at the time: what was posted into a month that was
    opened again has a higher one.
    """

    id: int
    month: Month
    no: int
    is_closed: bool
    done_on: date
    done_by: str
    done_at: datetime
    reason: str
    entries_until: int
    totals: ControlTotals
