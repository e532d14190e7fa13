"""The credit file of a customer: dated items that are added, replaced by newer ones, and expire."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from billing.customer import CustomerKind
from billing.money import Money

SOON = timedelta(days=30)
"""How long before its end an item is said to expire soon."""


class ItemKind(StrEnum):
    """What an item of the file is."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    SHAREHOLDERS = "shareholders"
    CONTRACT = "contract"
    STATEMENT = "financial_statement"
    CREDIT_REPORT = "credit_report"
    INSURANCE = "insurance"
    GUARANTEE = "guarantee"
    COLLATERAL = "collateral"
    DOCUMENT = "document"
    NOTE = "note"
    THEFT = "theft"
    BREACH = "breach"
    COURT_EVENT = "court_event"
    BLACKLISTING = "blacklisting"
    WATCH = "watch"


class Form(StrEnum):
    """In which form somebody else stands for a customer's debt."""

    SURETY = "surety"
    BANK_GUARANTEE = "bank_guarantee"
    DEPOSIT_PLEDGE = "deposit_pledge"  # of the slip of a bank deposit (存单质押)


class Ending(StrEnum):
    """How a guarantee or collateral ends before its last day."""

    RELEASED = "released"
    CALLED = "called"  # the money is asked of whoever stands for the debt


COVERS = frozenset({ItemKind.INSURANCE, ItemKind.GUARANTEE, ItemKind.COLLATERAL})
"""What counts against exposure while it holds."""
IDENTITY = frozenset({ItemKind.LEGAL_REPRESENTATIVE, ItemKind.SHAREHOLDERS})
EVENTS = frozenset({ItemKind.THEFT, ItemKind.BREACH, ItemKind.COURT_EVENT, ItemKind.BLACKLISTING})
"""What happened and stays true: theft, other breaches of contract, court cases, blacklists."""
REGRADES = EVENTS | {ItemKind.STATEMENT, ItemKind.CREDIT_REPORT}
"""Of these a new one calls for a new assessment at once."""
MANY = frozenset({ItemKind.DOCUMENT, ItemKind.NOTE, *COVERS, *EVENTS})
"""Of these a customer may have several at a time; of the others the newest holds."""
WANTED: Mapping[CustomerKind, tuple[ItemKind, ...]] = {
    CustomerKind.PERSON: (ItemKind.CONTRACT,),
    CustomerKind.COMPANY: (
        ItemKind.LEGAL_REPRESENTATIVE,
        ItemKind.SHAREHOLDERS,
        ItemKind.CONTRACT,
        ItemKind.STATEMENT,
    ),
}
"""What a complete file has (product default)."""


@dataclass(frozen=True, slots=True)
class FileItem:
    """
    An item of a customer's file.

    `holds_from` is the day it is as of; `expires_on` the last day it holds, none without an end.
    `amount` is its value in minor units, where it covers something; `source` says whose word it
    is, `attachment` where the paper is kept. A guarantee or collateral that was released or called
    no longer covers anything from `ended_on` on.
    """

    id: int
    customer_id: int
    kind: ItemKind
    title: str
    holds_from: date
    expires_on: date | None
    amount: Money | None
    source: str
    attachment: str
    facts: Mapping[str, Any]
    recorded_on: date
    recorded_by: str
    ended_on: date | None = None
    ending: Ending | None = None

    def is_on(self, day: date) -> bool:
        """Test whether the item holds on a day; its last day belongs to it."""
        is_over = self.expires_on is not None and day > self.expires_on
        return self.holds_from <= day and not is_over and not self.is_ended(day)

    def is_ended(self, day: date) -> bool:
        """Test whether the item was released or called by a day."""
        return self.ended_on is not None and self.ended_on <= day


class Flag(StrEnum):
    """Why somebody keeps an eye on a customer; the title of an item of watching."""

    PROTECTED_ENTERPRISE = "protected_enterprise"
    LARGE_OLD_DEBT = "large_old_debt"
    TENANT = "tenant"
    HIGH_MOBILITY = "high_mobility"


def flags(items: Iterable[FileItem], *, on: date) -> tuple[Flag, ...]:
    """Return the flags that a customer bears on a day, in order."""
    here = {one.title for one in holding(items, on=on) if one.kind is ItemKind.WATCH}
    return tuple(flag for flag in Flag if flag in here)


def problems_of(
    kind: ItemKind,
    *,
    title: str,
    holds_from: date,
    expires_on: date | None,
    amount: Money | None,
    today: date,
) -> list[str]:
    """Return all that is wrong with an item that is to be recorded; none is good."""
    found = []
    if not title.strip():
        found.append("title: is empty; name the person, the paper or the guarantor")
    if kind is ItemKind.WATCH and title.strip() not in list(Flag):
        found.append(f"title: {title.strip()!r} is no flag; choose one of {', '.join(Flag)}")
    if holds_from > today:
        found.append(f"holds_from: {holds_from} is after today; an item is as of a day that came")
    if expires_on is not None and expires_on < holds_from:
        found.append(f"expires_on: {expires_on} is before {holds_from}, from which it holds")
    if kind in COVERS and (amount is None or amount <= 0):
        found.append(f"amount: a {kind.replace('_', ' ')} is worth something; say how much")
    if amount is not None and amount < 0:
        found.append("amount: is below zero; say what it is worth")
    return found


def holding(items: Iterable[FileItem], *, on: date) -> list[FileItem]:
    """Return what holds on a day: of most kinds the newest, of covers and papers all."""
    found: dict[tuple[ItemKind, int | str], FileItem] = {}
    for item in sorted(items, key=lambda one: (one.holds_from, one.id)):
        if item.holds_from <= on:
            found[item.kind, _apart(item)] = item
    return [item for item in found.values() if item.is_on(on)]


def _apart(item: FileItem) -> int | str:
    """Return what tells an item from others of its kind that it doesn't replace."""
    if item.kind is ItemKind.WATCH:
        return item.title
    return item.id if item.kind in MANY else 0


def missing(items: Iterable[FileItem], kind: CustomerKind, *, on: date) -> tuple[ItemKind, ...]:
    """Return what the file of such a customer lacks on a day; what has expired is lacking, too."""
    here = {item.kind for item in holding(items, on=on)}
    return tuple(one for one in WANTED[kind] if one not in here)


def expiring(items: Iterable[FileItem], *, on: date) -> list[FileItem]:
    """Return what holds today and expires soon, and what expired and nothing newer replaced."""
    here = list(items)
    replaced = {
        (old.id)
        for old in here
        for new in here
        if old.kind is new.kind
        and old.kind not in MANY
        and (old.kind is not ItemKind.WATCH or old.title == new.title)
        and (new.holds_from, new.id) > (old.holds_from, old.id)
        and new.holds_from <= on
    }
    return [
        item
        for item in here
        if item.expires_on is not None
        and not item.is_ended(on)
        and item.holds_from <= on
        and item.expires_on <= on + SOON
        and item.id not in replaced
    ]


def is_changed_since(items: Iterable[FileItem], day: date | None) -> bool:
    """Test whether who stands behind the customer changed after a day, such as the assessment's."""
    return day is not None and any(
        item.kind in IDENTITY and item.recorded_on > day for item in items
    )


def cover(items: Iterable[FileItem], *, on: date) -> Money:
    """Return what guarantees, collateral and insurance cover on a day."""
    return sum(item.amount or 0 for item in holding(items, on=on) if item.kind in COVERS)
