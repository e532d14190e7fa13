"""
What a deposit earns: simple interest for every day it is held, and where it comes from.

A law may give a rate, and the house one of its own; of the two the greater holds on each day. The
day on which the money came counts, the day on which it goes back doesn't. A year has 365 days
[P]: neither the Electricity Act 2003 (India) nor the Texas Utilities Code says how a year is
counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from billing.money import EXACT, Money
from config.deposit import Interest

DAYS_OF_YEAR = 365


class UnknownRateError(Exception):
    """Interest is due by law, and nobody has said at which rate."""

    def __init__(self, article: str, day: date) -> None:
        self.article = article
        self.day = day
        super().__init__(
            f"{article} gives deposits interest, and no rate is known for {day}; put the published "
            f"rate into the billing policy under [deposit_interest] and have it activated"
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What the law and the house's own policy say of interest, as far as they say anything."""

    law: Interest | None
    house: Interest | None

    @property
    def credited_on(self) -> str | None:
        """The day of the year on which interest is put on account; the law's before the house's."""
        named = (one.credited_on for one in (self.law, self.house) if one is not None)
        return next((one for one in named if one is not None), None)

    def after(self, days: int) -> "Terms":
        """Return what is said of a deposit that has been held for so many days."""
        law, house = (
            one if one is not None and days > one.days_held_min else None
            for one in (self.law, self.house)
        )
        return Terms(law, house)

    def percent_on(self, day: date) -> Decimal:
        """
        Return the percentage a year that holds on a day: the greater of the two, or nothing.

        :raises UnknownRateError: if the law gives interest and neither says at which rate.
        """
        said = [one.percent_on(day) for one in (self.law, self.house) if one is not None]
        known = [percent for percent in said if percent is not None]
        if not known and self.law is not None:
            raise UnknownRateError(self.law.article, day)
        return max(known, default=Decimal(0))

    def changes(self, since: date, until: date) -> list[date]:
        """Return the days between two others on which a rate changes, in order."""
        both = (one for one in (self.law, self.house) if one is not None)
        return sorted({day for one in both for day, _ in one.rates if since < day < until})


@dataclass(frozen=True, slots=True)
class Held:
    """Security that is held: what came in by a payment, in minor units, and since when."""

    payment_id: int
    amount: Money
    since: date


@dataclass(frozen=True, slots=True)
class Piece:
    """Days [since, until) on which an amount earned the same percentage a year."""

    payment_id: int
    amount: Money
    since: date
    until: date
    percent: Decimal

    @property
    def earned(self) -> Decimal:
        """What these days earned, in minor units, not rounded."""
        days = (self.until - self.since).days
        return EXACT.divide(
            EXACT.multiply(self.amount * days, self.percent), Decimal(100 * DAYS_OF_YEAR)
        )


def pieces(held: Sequence[Held], terms: Terms, *, until: date) -> tuple[Piece, ...]:
    """
    Return the days on which deposits earned something up to a day, by payment and rate.

    :raises UnknownRateError: if interest is due for a day of which no rate is known.
    """
    return tuple(piece for one in held for piece in _pieces_of(one, terms, until))


def total(found: Sequence[Piece]) -> Money:
    """Return what deposits earned in all, rounded once, half up, to the minor unit."""
    return int(EXACT.to_integral_value(sum((one.earned for one in found), Decimal(0))))


def facts_of(found: Sequence[Piece]) -> list[dict[str, Any]]:
    """Return pieces as they are kept with the interest that was credited for them."""
    return [
        {
            "payment_id": one.payment_id,
            "amount": one.amount,
            "since": one.since.isoformat(),
            "until": one.until.isoformat(),
            "percent": str(one.percent),
        }
        for one in found
    ]


def pieces_of(facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Return the pieces that are kept in the facts of credited interest."""
    return tuple(
        Piece(
            one["payment_id"],
            one["amount"],
            date.fromisoformat(one["since"]),
            date.fromisoformat(one["until"]),
            Decimal(one["percent"]),
        )
        for one in facts["pieces"]
    )


def last_day_of_credit(terms: Terms, today: date) -> date | None:
    """Return the newest day so far on which interest is put on account; none if there is none."""
    if terms.credited_on is None:
        return None
    this_year = date.fromisoformat(f"{today.year}-{terms.credited_on}")
    return this_year if this_year <= today else this_year.replace(year=today.year - 1)


def _pieces_of(one: Held, terms: Terms, until: date) -> list[Piece]:
    if one.since >= until:
        return []
    due = terms.after((until - one.since).days)
    bounds = [one.since, *due.changes(one.since, until), until]
    found: list[Piece] = []
    for since, end in pairwise(bounds):
        percent = due.percent_on(since)
        begun = found.pop().since if found and found[-1].percent == percent else since
        found.append(Piece(one.payment_id, one.amount, begun, end, percent))
    return [piece for piece in found if piece.percent]
