"""Money is a whole number of minor units, so an amount that was never rounded cannot exist."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import TypeAlias

Money: TypeAlias = int
"""An amount in whole minor units (fen, cents)."""

MINOR = 2
"""How many decimals the minor unit is of the major one."""

# Wider than any product of an energy and a price, whatever the caller's context is set to.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

LARGEST = 10**15 - 1
"""The largest amount that a person may write, in minor units: every database keeps it exactly."""

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，￥", "0123456789.,¥")
_WRITTEN = re.compile(r"(-?)[¥$]? ?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)


class Unfit(StrEnum):
    """Why what a person wrote is no amount that can be taken."""

    UNREADABLE = "unreadable"
    NOTHING = "nothing"
    DECIMALS = "decimals"
    TOO_MUCH = "too much"


class UnfitAmountError(ValueError):
    """What a person wrote is no amount that can be taken."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(why)
        self.why = why


def written(text: str) -> Money:
    """
    Return the amount above nothing that a person wrote in major units.

    A comma stands only between thousands, so that 12,50 is never taken for 1,250. Digits, points
    and signs of the currency may be of full width, as Chinese keyboards write them.

    :raises UnfitAmountError: saying why it can't be taken.

    >>> written("￥1,234.50")
    123450
    """
    found = _WRITTEN.fullmatch(text.strip().translate(_FULL_WIDTH))
    if found is None:
        raise UnfitAmountError(Unfit.UNREADABLE)
    sign, whole, decimals = found.groups("")
    digits = whole.replace(",", "").lstrip("0")
    if len(digits) > len(str(LARGEST)) - MINOR:
        raise UnfitAmountError(Unfit.TOO_MUCH)
    if len(decimals) > MINOR:
        raise UnfitAmountError(Unfit.DECIMALS)
    amount = int((digits or "0") + decimals.ljust(MINOR, "0"))
    if sign or not amount:
        raise UnfitAmountError(Unfit.NOTHING)
    return amount


def money(amount: Decimal | int | str) -> Money:
    """
    Return an amount of major units as money, rounded half up. The only rounding of money.

    Half up is away from zero, so that a reversal is the exact opposite of what it reverses.

    >>> money("26.125")
    2613
    """
    minor = EXACT.scaleb(Decimal(amount), MINOR)
    return int(minor.to_integral_value(ROUND_HALF_UP))


def times(quantity: Decimal, price: Decimal) -> Money:
    """Return what a quantity costs at a price in major units, rounded half up."""
    return int(EXACT.to_integral_value(EXACT.scaleb(EXACT.multiply(quantity, price), MINOR)))


def part(amount: Money, numerator: int, denominator: int) -> Money:
    """Return numerator/denominator of an amount, rounded half up; the denominator is positive."""
    sign, whole = (-1, -amount) if amount * numerator < 0 else (1, amount)
    return sign * ((2 * whole * numerator + denominator) // (2 * denominator))


def nearest(amount: Money, step: Money) -> Money:
    """Return the multiple of a step that is nearest to an amount, half away from zero."""
    return part(amount, 1, step) * step


def major(amount: Money) -> Decimal:
    """Return the amount in major units, exact."""
    return Decimal(amount).scaleb(-MINOR)


def share_out(total: int, weights: Sequence[int | Decimal]) -> list[int]:
    """
    Return the total shared out by the weights, in whole units that sum to the total.

    Each share is within one unit of its exact part; what is left goes to the shares that lost
    most by rounding down, the earlier ones first.

    :raises ValueError: if a weight is negative or none is positive.
    """
    parts = [Fraction(weight) for weight in weights]
    whole = sum(parts)
    if whole <= 0 or min(parts) < 0:
        raise ValueError(
            f"shares want weights of which none is negative and one is more: {weights}"
        )
    sign, rest = (-1, -total) if total < 0 else (1, total)
    exact = [rest * part / whole for part in parts]
    shares = [floor(share) for share in exact]
    most_lost = sorted(range(len(shares)), key=lambda at: shares[at] - exact[at])
    for at in most_lost[: rest - sum(shares)]:
        shares[at] += 1
    return [sign * share for share in shares]


def show(amount: Money, symbol: str = "") -> str:
    """Return the amount as people read it, such as -¥1,234.50."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{major(abs(amount)):,.{MINOR}f}"
