"""Ageing: how much is owed, how much of it is overdue, and for how long."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from billing.ledger import Charge
from billing.money import Money

DEFAULT_EDGES: tuple[int, ...] = (30, 60, 90, 120)
"""The last day of each bucket, counted from the day after the due date."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """
    What is owed on a day, sorted twice: by days overdue, and by the year it was raised in.

    Bucket 0 is not yet due or due that very day; the last bucket has no end. `this_month`,
    `this_year` (its earlier months) and `former_years` are the classes 本月欠费, 本年往月欠费 and
    陈欠电费. Both sortings sum to what is owed.
    """

    buckets: tuple[Money, ...]
    this_month: Money
    this_year: Money
    former_years: Money
    charges_overdue: int
    oldest_days: int
    oldest_due_on: date | None

    @property
    def total(self) -> Money:
        """All that is owed, due or not."""
        return sum(self.buckets)

    @property
    def overdue(self) -> Money:
        """What fell due before the day."""
        return sum(self.buckets[1:])


def age(charges: Iterable[Charge], *, as_of: date, edges: Sequence[int] = DEFAULT_EDGES) -> Ageing:
    """
    Return open charges sorted by how many days they are overdue on a day.

    With the edges 30 and 60 the buckets are: not overdue, 1 to 30, 31 to 60, and more days.
    """
    buckets = [0] * (len(edges) + 2)
    by_year = [0, 0, 0]
    overdue = 0
    oldest: date | None = None
    for charge in charges:
        days = (as_of - charge.due_on).days
        buckets[0 if days <= 0 else 1 + bisect_left(edges, days)] += charge.open
        by_year[_year_class(charge.raised_on, as_of)] += charge.open
        if days > 0 and charge.open > 0:
            overdue += 1
            oldest = charge.due_on if oldest is None else min(oldest, charge.due_on)
    oldest_days = 0 if oldest is None else (as_of - oldest).days
    return Ageing(tuple(buckets), by_year[0], by_year[1], by_year[2], overdue, oldest_days, oldest)


def in_sum(ageings: Iterable[Ageing], *, edges: Sequence[int] = DEFAULT_EDGES) -> Ageing:
    """Return several ageings of one day and the same edges as one."""
    buckets = [0] * (len(edges) + 2)
    by_year = [0, 0, 0]
    overdue = oldest_days = 0
    oldest: date | None = None
    for one in ageings:
        for at, amount in enumerate(one.buckets):
            buckets[at] += amount
        for at, amount in enumerate((one.this_month, one.this_year, one.former_years)):
            by_year[at] += amount
        overdue += one.charges_overdue
        if one.oldest_due_on is not None and one.oldest_days > oldest_days:
            oldest_days, oldest = one.oldest_days, one.oldest_due_on
    return Ageing(tuple(buckets), by_year[0], by_year[1], by_year[2], overdue, oldest_days, oldest)


def labels(edges: Sequence[int] = DEFAULT_EDGES) -> tuple[str, ...]:
    """Return the buckets' names: `current`, `1-30`, ..., `>120`."""
    starts = [1, *(edge + 1 for edge in edges[:-1])]
    spans = (f"{start}-{edge}" for start, edge in zip(starts, edges, strict=True))
    return ("current", *spans, f">{edges[-1]}")


def _year_class(raised_on: date, as_of: date) -> int:
    if raised_on.year != as_of.year:
        return 2
    return 0 if raised_on.month == as_of.month else 1
