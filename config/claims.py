"""What a market's law says of claims as such: energy billed too late, money paid under protest."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from config.table import TableReader


class Bars(StrEnum):
    """What energy that was billed too late may not lead to."""

    CUT = "cut"  # it is owed, and nobody is cut for it
    CLAIM = "claim"  # it may not be asked for at all


@dataclass(frozen=True, slots=True)
class BackBilling:
    """How many months back a bill may reach, and what the part of it from before can't lead to."""

    months: int
    bars: Bars
    article: str

    def too_late(
        self, start: date, end: date, billed_on: date, *, amount: int, billed_before: int = 0
    ) -> int:
        """
        Return how much of a bill is for days too long before it, in minor units, rounded up.

        :param start: the first day of the bill's period; `end` is the day after its last.
        :param billed_before: what an earlier bill asked for the same days, which was in time.
        """
        since = months_before(billed_on, self.months)
        days, late = (end - start).days, (min(end, since) - start).days
        more = amount - billed_before
        if late <= 0 or more <= 0:
            return 0
        return -(-more * late // days)


@dataclass(frozen=True, slots=True)
class Protest:
    """
    What a customer who disputes a claim pays under protest so that supply is not cut meanwhile.

    That is the claim, or the average month of so many months before it, whichever is less.
    """

    months: int
    article: str

    def wanted(self, claim: int, average: int | None) -> int:
        """Return the least that has to be paid, in minor units."""
        return claim if average is None else min(claim, average)


def back_billing(market: TableReader) -> BackBilling | None:
    """Read how late a market's energy may be billed; none if its file doesn't say."""
    if "back_billing" not in market:
        return None
    reader = market.table("back_billing")
    rule = BackBilling(
        reader.whole("months", least=1), reader.choice("bars", Bars), reader.text("article")
    )
    reader.finish()
    return rule


def protest(market: TableReader) -> Protest | None:
    """Read what a market's customers pay under protest; none if its file doesn't say."""
    if "protest" not in market:
        return None
    reader = market.table("protest")
    rule = Protest(reader.whole("months", least=1), reader.text("article"))
    reader.finish()
    return rule


def months_before(day: date, months: int) -> date:
    """Return the same day so many months before, or the last of that month if it has no such."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
