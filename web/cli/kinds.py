"""Kinds of words that a command understands: days, amounts of money."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from billing.money import MINOR, Money, money


class Day(click.ParamType[date]):
    """A day, written 2026-01-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that is written."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-01-31", param, ctx)


class Amount(click.ParamType[Money]):
    """An amount of money in major units, such as 120.50; it becomes whole minor units."""

    name = "amount"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Money:
        """Return the amount that is written, in minor units."""
        if isinstance(value, int):
            return value
        try:
            written = Decimal(value)
            exponent = written.as_tuple().exponent
        except InvalidOperation:
            self.fail(f"{value!r} is no amount; write it as 120.50", param, ctx)
        if not isinstance(exponent, int) or -exponent > MINOR or written <= 0:
            self.fail(
                f"{value!r} cannot be paid; write an amount above nothing, with at most {MINOR} "
                "decimals",
                param,
                ctx,
            )
        return money(written)


DAY = Day()
AMOUNT = Amount()
