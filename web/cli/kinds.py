"""Kinds of words that a command understands: days, amounts of money."""

from datetime import date, datetime
from typing import Any

import click

from billing.money import LARGEST, MINOR, Money, Unfit, UnfitAmountError, show, written

_UNFIT = {
    Unfit.UNREADABLE: "is no amount; write it as 120.50, with commas only between thousands",
    Unfit.NOTHING: "cannot be paid; write an amount above nothing",
    Unfit.DECIMALS: f"cannot be paid; write at most {MINOR} decimals",
    Unfit.TOO_MUCH: f"is more than can be kept, {show(LARGEST)}; look for a digit too many",
}


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
            return written(value)
        except UnfitAmountError as unfit:
            self.fail(f"{value!r} {_UNFIT[unfit.why]}", param, ctx)


DAY = Day()
AMOUNT = Amount()
