"""A line of a bill, and the sheet on which lines are worked out one after the other."""

from decimal import Decimal
from typing import NamedTuple

from billing.component import Label, Rounding
from billing.money import EXACT, Money, money, times


class Line(NamedTuple):
    """
    So much of something, at a price, makes an amount; and why.

    `price` is in major units for one `unit`, `amount` in minor units: quantity times price, half
    up; where a tariff rounds the bill as a whole, within one minor unit of that.
    """

    code: str
    text_en: str
    text_zh: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Money
    why: str = ""


class Sheet:
    """The lines worked out so far and what they come to; lives while one bill is priced."""

    __slots__ = ("_exact", "_rounds_lines", "_source", "lines", "of", "total")

    def __init__(self, rounding: Rounding, source: str) -> None:
        self.lines: list[Line] = []
        self.total: Money = 0
        self.of: dict[str, Money] = {}
        self._exact = Decimal(0)
        self._rounds_lines = rounding is Rounding.LINE
        self._source = source

    def add(self, label: Label, quantity: Decimal, unit: str, price: Decimal, why: str) -> None:
        """Add a line, unless it is for nothing."""
        if not quantity:
            return
        if self._rounds_lines:
            amount = times(quantity, price)
        else:
            self._exact = EXACT.add(self._exact, EXACT.multiply(quantity, price))
            amount = money(self._exact) - self.total
        self.total += amount
        self.lines.append(
            Line(
                label.code,
                label.en,
                label.zh,
                quantity,
                unit,
                price,
                amount,
                why + self._source,
            )
        )

    def owed(self) -> Decimal:
        """Return what the lines come to in major units, unrounded where the lines are."""
        return EXACT.scaleb(Decimal(self.total), -2) if self._rounds_lines else self._exact
