"""What is handed over to the general ledger: journal lines that sum to zero."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.ledger import Book
from billing.money import Money

DayMoved = tuple[date, Book, Book, Money, int]
"""A day, the book debited, the book credited, how much, and in how many entries."""


class Per(StrEnum):
    """How finely a journal is divided."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """The general ledger's account of a book."""

    number: str
    zh: str
    en: str


Chart = Mapping[Book, LedgerAccount]


@dataclass(frozen=True, slots=True)
class JournalLine:
    """
    One side of a journal entry, in minor units: either the debit or the credit is nothing.

    Lines of one `voucher` belong together and balance; `entries` are how many of ours it sums up.
    """

    voucher: str
    posted_on: date
    book: Book
    other: Book
    debit: Money
    credit: Money
    entries: int

    @property
    def amount(self) -> Money:
        """The line as a signed amount, debit positive: all of a journal's sum to zero."""
        return self.debit - self.credit


def journal(moved: Iterable[DayMoved], *, per: Per, last: date) -> list[JournalLine]:
    """
    Return the two lines of each pair of books that money was moved between, for a day or in all.

    :param last: the day that lines over the whole span are dated on.
    """
    sums: dict[tuple[date, Book, Book], tuple[Money, int]] = {}
    for day, debit, credit, amount, count in moved:
        key = (day if per is Per.DAY else last, debit, credit)
        was, so_many = sums.get(key, (0, 0))
        sums[key] = (was + amount, so_many + count)
    return list(_lines(sums))


def _lines(sums: Mapping[tuple[date, Book, Book], tuple[Money, int]]) -> Iterator[JournalLine]:
    no, before = 0, None
    for (day, debit, credit), (amount, count) in sorted(sums.items()):
        no = no + 1 if day == before else 1
        before = day
        voucher = f"{day:%Y%m%d}-{no:02d}"
        yield JournalLine(voucher, day, debit, credit, amount, 0, count)
        yield JournalLine(voucher, day, credit, debit, 0, amount, count)
