"""What it takes to measure a behaviour: the unit, the source, which way is better."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from arrears.behaviour import Behaviour
from billing.money import Money, major

PLACES = Decimal("0.0001")


class Unit(StrEnum):
    """What an indicator's value is counted in."""

    SHARE = "share"
    DAYS = "days"
    MONTHS = "months"
    BILLS = "bills"
    TIMES = "times"
    MONEY = "money"
    POWER = "kVA"


class Better(StrEnum):
    """Which way sense says that an indicator is better; a learnt card keeps to it."""

    LOWER = "lower"
    HIGHER = "higher"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Measure:
    """How an indicator is measured, in what, from which records, and which way is better."""

    of: Callable[[Behaviour, date], Decimal | None]
    unit: Unit
    source: str
    better: Better


def average(amounts: Sequence[Money]) -> Money | None:
    """Return the average of amounts in whole minor units, half up; none of nothing."""
    if not amounts:
        return None
    total, count = sum(amounts), len(amounts)
    mean = (2 * abs(total) + count) // (2 * count)
    return mean if total >= 0 else -mean


def share(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Return a part of a whole, in four places so that the same facts always leave the same."""
    return (Decimal(part) / whole).quantize(PLACES, ROUND_HALF_UP).normalize()


def in_units(amount: Money) -> Decimal:
    """Return an amount of money in major units, as a value to be weighed."""
    return major(amount).normalize()


def months(day: date) -> int:
    """Return the number of a day's month, counted through the years."""
    return day.year * 12 + day.month
