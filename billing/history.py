"""What happened to an account and its supplies, from day to day, told from what was kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from billing.account import Account, AccountTerms
from billing.supply import Supply
from billing.tenancy import Dated


class Event(StrEnum):
    """A kind of thing that happens to an account."""

    OPENED = "account_opened"
    MOVED_IN = "moved_in"
    CHANGED = "supply_changed"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    MOVED_OUT = "moved_out"
    RENAMED = "renamed"
    TERMS = "terms_changed"
    CLOSED = "account_closed"


@dataclass(frozen=True, slots=True)
class Happened:
    """
    Something that happened on a day, at a service point if it was a supply's.

    `facts` are by name what was and what has come; what was is none where a thing began.
    """

    on: date
    event: Event
    point: str | None
    facts: Mapping[str, tuple[Any, Any]]


FACTS = (
    "supply_class",
    "tariff",
    "contracted_kw",
    "capacity_kva",
    "suspended_kva",
    "household_size",
    "payment_mode",
    "protection",
)
TERMS = ("credit_days", "settlements", "discount_percent", "discount_days")


def history_of(
    account: Account,
    supplies: Sequence[Supply],
    points: Mapping[int, str],
    terms: Sequence[AccountTerms],
    names: Sequence[tuple[date, str]],
) -> list[Happened]:
    """
    Return what happened to an account, the latest first.

    :param supplies: all that it has or had, the earliest first.
    :param points: the numbers of their service points.
    :param terms: all that were agreed, the earliest first.
    :param names: the customer's, each from a day on, the earliest first.
    """
    found = [
        Happened(account.opened_on, Event.OPENED, None, {}),
        *supply_history(supplies, points)[::-1],
    ]
    for (_, was), (day, name) in pairwise(names):
        found.append(Happened(day, Event.RENAMED, None, {"name": (was, name)}))
    for before, after in pairwise(terms):
        facts = _differences(before, after, TERMS)
        found.append(Happened(after.starts_on, Event.TERMS, None, facts))
    if account.closed_on is not None:
        found.append(Happened(account.closed_on, Event.CLOSED, None, {}))
    return sorted(found, key=lambda one: one.on)[::-1]


def supply_history(supplies: Sequence[Supply], points: Mapping[int, str]) -> list[Happened]:
    """
    Return what happened to supplies, of one account or of several, the latest first.

    :param supplies: all that there are or were, the earliest first.
    :param points: the numbers of their service points.
    """
    found: list[Happened] = []
    for key, number in points.items():
        found += _at(number, [one for one in supplies if one.service_point_id == key])
    return sorted(found, key=lambda one: one.on)[::-1]


def retractable(found: Sequence[Happened], *, today: date) -> list[tuple[Dated, Happened]]:
    """
    Return what of an account may be taken back by its day: the last of each supply, terms, name.

    :param found: what happened to it, the latest first.
    """
    newest: dict[tuple[Dated, str | None], Happened] = {}
    for one in found:
        if one.event not in (Event.OPENED, Event.CLOSED):
            newest.setdefault((_DATED.get(one.event, Dated.SUPPLY), one.point), one)
    return [(what, one) for (what, _), one in newest.items() if one.on >= today]


_DATED = {Event.TERMS: Dated.TERMS, Event.RENAMED: Dated.NAME}


def _at(number: str, supplies: Sequence[Supply]) -> Iterator[Happened]:
    before: Supply | None = None
    for supply in supplies:
        if before is not None and before.ends_on == supply.starts_on:
            facts = _differences(before, supply, FACTS)
            yield Happened(supply.starts_on, _kind(before, supply), number, facts)
        else:
            if before is not None and before.ends_on is not None:
                yield Happened(before.ends_on, Event.MOVED_OUT, number, {})
            begun = {name: (None, getattr(supply, name)) for name in FACTS}
            facts = {name: both for name, both in begun.items() if both[1] is not None}
            yield Happened(supply.starts_on, Event.MOVED_IN, number, facts)
        before = supply
    if before is not None and before.ends_on is not None:
        yield Happened(before.ends_on, Event.MOVED_OUT, number, {})


def _kind(before: Supply, after: Supply) -> Event:
    if before.suspended_kva == after.suspended_kva:
        return Event.CHANGED
    return Event.RESUMED if after.suspended_kva is None else Event.SUSPENDED


def _differences(before: Any, after: Any, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
    both = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: (was, now) for name, (was, now) in both.items() if was != now}
