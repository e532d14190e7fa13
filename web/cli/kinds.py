"""Kinds of words that a command understands: days, amounts of money, numbers of rows."""

from datetime import date, datetime
from typing import Any

import click

from billing.money import LARGEST, MINOR, Money, Unfit, UnfitAmountError, show, written
from billing.store import typed
from web.clock import FIRST_DAY, LAST_DAY

ID_MAX = 2**63 - 1
"""The largest number that a database gives a row."""
ID_DIGITS = len(str(ID_MAX))
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
            day = datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-01-31", param, ctx)
        if not FIRST_DAY <= day < LAST_DAY:
            self.fail(f"{value!r} is out of reach; write a day such as 2026-01-31", param, ctx)
        return day


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


class RowId(click.ParamType[int]):
    """The number of something that is kept, such as an approval; a database keeps no larger."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number that is written."""
        text = str(value).strip()
        is_number = text.isascii() and text.isdigit() and len(text) <= ID_DIGITS
        if not is_number or not 0 < int(text) <= ID_MAX:
            self.fail(
                f"{value!r} is no number of anything that is kept; write one that a list shows, "
                "such as 41",
                param,
                ctx,
            )
        return int(text)


class ReceiptNumber(RowId):
    """The number of a payment: as a list has it, or as it is printed on the receipt."""

    name = "receipt"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the payment's id."""
        text = typed(str(value)).upper()
        return super().convert(text.removeprefix("R").lstrip("0") or text, param, ctx)


class Figure(click.ParamType[tuple[str, str]]):
    """A figure written as name=value."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the name and what is said of it."""
        name, sign, said = str(value).partition("=")
        if not sign or not name.strip():
            self.fail(f"{value!r} is no figure; write it as name=value", param, ctx)
        return name.strip(), said.strip()


DAY = Day()
FIGURE = Figure()
AMOUNT = Amount()
ROW_ID = RowId()
RECEIPT = ReceiptNumber()
WORKERS = click.IntRange(1, 64)
