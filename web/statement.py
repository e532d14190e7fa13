"""An account's ledger as a statement: what each entry did to what the customer owes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

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


def entry_words(entry: Entry, bill_numbers: Mapping[int, str]) -> str:
    """Return what an entry is about, in the person's language."""
    if entry.reverses_id is not None:
        return entry.text
    if entry.credit is Book.LATE_CHARGE:
        return _("Late charge")
    if entry.payment_id is not None:
        return _("Payment %(number)s", number=f"R{entry.payment_id:09d}")
    number = bill_numbers.get(entry.bill_id or 0)
    if number is None:
        return entry.text
    if entry.credit is Book.TAX:
        return _("Tax of bill %(number)s", number=number)
    return _("Bill %(number)s", number=number)


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
