"""The ledger: entries are added, never changed, and each moves money between two books."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from billing.money import Money


class Book(StrEnum):
    """The books that an entry can move money between."""

    RECEIVABLE = "receivable"  # what customers owe, charge by charge
    REVENUE = "revenue"
    TAX = "tax"
    LATE_CHARGE = "late_charge"
    CASH = "cash"
    ON_ACCOUNT = "on_account"  # a customer's money that no charge has used yet
    SUSPENSE = "suspense"  # money of which nobody knows yet whose it is
    DEPOSIT = "deposit"
    PREPAID = "prepaid"
    BAD_DEBT = "bad_debt"
    ROUNDING = "rounding"
    ADVANCE = "advance"  # asked for on account of a bill to come
    DISCOUNT = "discount"  # taken off bills that were paid early
    INTEREST = "interest"  # what customers' security has earned them
    OVER_SHORT = "over_short"  # counted in tills over what should lie in them, or short of it


class ChargeKind(StrEnum):
    """What a customer is asked to pay for."""

    ENERGY = "energy"
    LATE_CHARGE = "late_charge"
    FEE = "fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    Money moved from one book to another: balanced, because it has two ends.

    `posted_on` is the day on which the books know of it; `value_on` the day from which it counts
    against lateness. What touches the receivable names the charge it raises or settles. Only
    money in suspense, and what a till is over or short, belong to no account.
    """

    account_id: int | None
    posted_on: date
    value_on: date
    debit: Book
    credit: Book
    amount: Money
    text: str
    charge_id: int | None = None
    payment_id: int | None = None
    bill_id: int | None = None
    reverses_id: int | None = None
    id: int | None = None

    def __post_init__(self) -> None:
        assert self.amount > 0, "an entry moves a positive amount; turn it round instead"
        assert self.debit is not self.credit, "an entry has two different books"
        assert self.charge_id is not None or not self.touches(Book.RECEIVABLE), "name the charge"
        is_nobodys = self.touches(Book.SUSPENSE) or self.touches(Book.OVER_SHORT)
        assert self.account_id is not None or is_nobodys, "name the account"

    def touches(self, book: Book) -> bool:
        """Test whether the entry moves money into or out of the book."""
        return book in (self.debit, self.credit)


@dataclass(frozen=True, slots=True)
class Charge:
    """
    An item that a customer owes, and how much of it was open on the day it was looked at.

    `late_from` is the last day up to which late charges on it have been posted, and
    `late_charged` how much they were; before any were, the due date and nothing. A late charge
    names the charge it is for.
    """

    id: int
    account_id: int
    kind: ChargeKind
    bill_id: int | None
    raised_on: date
    due_on: date
    amount: Money
    open: Money
    late_from: date
    supply_class: str = ""
    late_charged: Money = 0
    for_charge_id: int | None = None

    def days_overdue(self, day: date) -> int:
        """Return how many days the charge is overdue; the due day itself isn't counted."""
        return max(0, (day - self.due_on).days)


class BackdatedError(Exception):
    """What was posted would be undone before it was; the message says when it can be."""


def undone(entries: Sequence[Entry], *, posted_on: date, reason: str) -> list[Entry]:
    """
    Return the entries that undo entries.

    :raises BackdatedError: if one of them was posted on a later day.
    """
    last = max((entry.posted_on for entry in entries), default=posted_on)
    if last > posted_on:
        raise BackdatedError(
            f"it cannot be undone on {posted_on}, before it was posted; undo it on {last} or later"
        )
    return [reverse(entry, posted_on=posted_on, reason=reason) for entry in entries]


def reverse(entry: Entry, *, posted_on: date, reason: str) -> Entry:
    """Return the entry that undoes an entry; its value counts from the same day."""
    assert entry.id is not None, "only what is in the books can be reversed"
    assert entry.reverses_id is None, "a reversal is not reversed; post anew"
    return replace(
        entry,
        posted_on=posted_on,
        debit=entry.credit,
        credit=entry.debit,
        text=reason,
        reverses_id=entry.id,
        id=None,
    )


def balance(entries: Iterable[Entry], book: Book) -> Money:
    """Return what has been debited to the book, less what has been credited to it."""
    return sum(
        entry.amount if entry.debit is book else -entry.amount
        for entry in entries
        if entry.touches(book)
    )
