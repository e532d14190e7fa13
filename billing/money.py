"""Money is a whole number of minor units, so an amount that was never rounded cannot exist."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import floor
from typing import TypeAlias

Money: TypeAlias = int
"""An amount in whole minor units (fen, cents)."""

MINOR = 2
"""How many decimals the minor unit is of the major one."""

# Wider than any product of an energy and a price, whatever the caller's context is set to.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


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
    minor = EXACT.scaleb(EXACT.multiply(quantity, price), MINOR)
    return int(minor.to_integral_value(ROUND_HALF_UP))


def part(amount: Money, numerator: int, denominator: int) -> Money:
    """Return numerator/denominator of an amount, rounded half up; the denominator is positive."""
    sign, whole = (-1, -amount) if amount * numerator < 0 else (1, amount)
    return sign * ((2 * whole * numerator + denominator) // (2 * denominator))


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
