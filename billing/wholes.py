"""
Columns of whole numbers: a product, a share and a rounding, exact whatever the size.

They are in 64 bits where those hold them, and else in Python's own unbounded numbers.
"""

from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from billing.intervals import PLACES
from billing.money import MINOR

Column: TypeAlias = npt.NDArray[Any]
"""A whole number for each usage: in 64 bits, or as Python's own where they could overflow."""

MOST = 2**62


def full(count: int, value: int) -> Column:
    """Return a column of one number."""
    return np.full(count, value, dtype=np.int64 if abs(value) < MOST else object)


def times(quantity: Column, at: Decimal, places: int = PLACES) -> Column:
    """Return quantity x price in minor units, half up, as `billing.money.times` does."""
    return _product(quantity, at, places - MINOR)


def scaled(quantity: Column, by: Decimal) -> Column:
    """Return a quantity times a number in the same units, half up, as `rounded` of both does."""
    return _product(quantity, by, 0)


def _product(quantity: Column, by: Decimal, places: int) -> Column:
    exponent = by.as_tuple().exponent
    assert isinstance(exponent, int), "a number, not NaN"
    whole = int(by.scaleb(-exponent)) if exponent < 0 else int(by)
    divisor = 10 ** max(0, places - min(exponent, 0))
    return half_up(roomy(quantity, abs(whole) * 2, divisor) * whole, divisor)


def roomy(column: Column, factor: int, more: int = 0) -> Column:
    """Return a column in unbounded numbers if 64 bits might not hold it so many times."""
    return column if largest(column) * factor + more < MOST else column.astype(object)


def half_up(number: Column, divisor: int) -> Column:
    """Return number / divisor rounded half up, which is away from zero."""
    size: Column = (2 * abs(number) + divisor) // (2 * divisor)
    return np.where(number < 0, -size, size)


def largest(column: Column) -> int:
    """Return the largest size of a number in a column."""
    return int(max(abs(column.max()), abs(column.min()))) if len(column) else 0


def micro(quantity: Decimal) -> int:
    """Return a quantity in millionths."""
    return int(quantity.scaleb(PLACES))


def from_micro(number: Any) -> Decimal:
    """Return a quantity of so many millionths."""
    return Decimal(int(number)).scaleb(-PLACES)
