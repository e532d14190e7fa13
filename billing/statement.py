"""An account's ledger as a statement: what each entry did to what the customer owes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from billing.ledger import Book, Entry
from billing.money import Money

OWED = frozenset({Book.RECEIVABLE, Book.ON_ACCOUNT})
"""Open charges less money on account is what the customer owes."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """
    An entry, what it changed of what is owed, and what was owed after it.

    An allocation changes nothing: it moves money that was on account to a charge.
    """

    entry: Entry
    change: Money
    balance: Money

    @property
    def is_allocation(self) -> bool:
        """Test whether the entry only moves the customer's own money to a charge or back."""
        return self.entry.debit in OWED and self.entry.credit in OWED


def statement_lines(entries: Iterable[Entry]) -> list[StatementLine]:
    """Return the entries in their order with the balance after each."""
    lines, balance = [], 0
    for entry in entries:
        change = (entry.amount if entry.debit in OWED else 0) - (
            entry.amount if entry.credit in OWED else 0
        )
        balance += change
        lines.append(StatementLine(entry, change, balance))
    return lines


@dataclass(frozen=True, slots=True)
class Statement:
    """What an account owed before some days, what changed it on them, and what it owed after."""

    since: date
    until: date
    opening: Money
    lines: tuple[StatementLine, ...]
    closing: Money


def statement_of(entries: Iterable[Entry], *, since: date, until: date) -> Statement:
    """
    Return the statement of the days from `since` to `until`, both included.

    What only moves the customer's own money to a charge is left out.

    :param entries: all of the account's, the first posted first.
    """
    lines = statement_lines(entries)
    before = [line for line in lines if line.entry.posted_on < since]
    opening = before[-1].balance if before else 0
    within = [line for line in lines if since <= line.entry.posted_on <= until]
    closing = within[-1].balance if within else opening
    return Statement(since, until, opening, tuple(line for line in within if line.change), closing)
