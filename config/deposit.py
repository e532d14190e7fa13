"""What a market's law says of deposits: of whom they may be asked, how much, what they earn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from config.table import TableReader


class DepositRule(StrEnum):
    """Whether a supplier may ask a class of customers for a deposit."""

    ALLOWED = "allowed"
    BY_AGREEMENT = "by_agreement"
    FORBIDDEN = "forbidden"


class AnnualShare(StrEnum):
    """Which part of a year's estimated bills a deposit may come to (16 TAC 25.478)."""

    ONE_FIFTH = "one_fifth"  # three sources agree on it
    ONE_SIXTH = "one_sixth"  # an older reading

    @property
    def average_bills(self) -> Decimal:
        """The share in average monthly bills: a year has twelve of them."""
        return Decimal(12) / (5 if self is AnnualShare.ONE_FIFTH else 6)


@dataclass(frozen=True, slots=True)
class Interest:
    """
    What a deposit earns, by the law or by the house's own word.

    `rates` are in percent a year, each from its day on. `credited_on` is the day of the year
    (MM-DD) on which what was earned is put on account; without one that is done when the deposit
    is given back. A deposit that goes back within `days_held_min` days has earned nothing.
    """

    article: str
    rates: tuple[tuple[date, Decimal], ...] = ()
    credited_on: str | None = None
    days_held_min: int = 0

    def percent_on(self, day: date) -> Decimal | None:
        """Return the percentage a year that holds on a day, or none if none is known for it."""
        return next((percent for since, percent in reversed(self.rates) if since <= day), None)


@dataclass(frozen=True, slots=True)
class Deposit:
    """Whether and how much security may be asked for, by supply class."""

    rules: tuple[tuple[str, DepositRule], ...]
    other: DepositRule
    max_average_bills: Decimal | None
    refund_after_months: int
    article: str
    annual_share: AnnualShare | None = None
    min_bills_overdue: int = 0
    waived_for: tuple[str, ...] = ()
    interest: Interest | None = None

    @property
    def ceiling_average_bills(self) -> Decimal | None:
        """The most that may be asked, in average bills: the greater of the law's ceilings."""
        share = None if self.annual_share is None else self.annual_share.average_bills
        return max(
            (one for one in (self.max_average_bills, share) if one is not None), default=None
        )

    def rule_for(self, supply_class: str) -> DepositRule:
        """Return whether a deposit may be asked of a supply class."""
        return dict(self.rules).get(supply_class, self.other)


def deposit(reader: TableReader) -> Deposit:
    """Return what a market file says of deposits."""
    rules = reader.table("rules")
    by_class = {key: rules.choice(key, DepositRule) for key in rules}
    if "other" not in by_class:
        rules.wrong("other", "is missing", "a rule for all other classes is wanted")
    found = Deposit(
        rules=tuple((key, rule) for key, rule in by_class.items() if key != "other"),
        other=by_class.get("other", DepositRule.FORBIDDEN),
        max_average_bills=reader.number_or_none("max_average_bills"),
        refund_after_months=reader.whole("refund_after_months", 12),
        article=reader.text("article"),
        annual_share=reader.choice("annual_share", AnnualShare)
        if "annual_share" in reader
        else None,
        min_bills_overdue=reader.whole("min_bills_overdue", 0),
        waived_for=reader.texts("waived_for"),
        interest=interest(reader.table("interest", required=False)),
    )
    reader.finish()
    return found


def interest(reader: TableReader) -> Interest | None:
    """Return what a file's table says of interest on deposits; none if it says nothing."""
    if not any(True for _ in reader):
        return None
    found = Interest(
        article=reader.text("article"),
        rates=_rates(reader.tables("rate", "from")),
        credited_on=_day_of_year(reader) if "credited_on" in reader else None,
        days_held_min=reader.whole("days_held_min", 0),
    )
    reader.finish()
    return found


def _rates(readers: Sequence[TableReader]) -> tuple[tuple[date, Decimal], ...]:
    found: list[tuple[date, Decimal]] = []
    for reader in readers:
        since, percent = reader.day("from"), reader.number("percent")
        if found and since <= found[-1][0]:
            reader.wrong("from", f"has {since}, after {found[-1][0]}", "the earliest comes first")
        found.append((since, percent))
        reader.finish()
    return tuple(found)


def _day_of_year(reader: TableReader) -> str:
    found = reader.text("credited_on")
    # The 29th of February isn't in every year.
    if not re.fullmatch(r"\d\d-\d\d", found) or not _is_day(f"2023-{found}"):
        reader.wrong("credited_on", f"has {found!r}", 'a day of every year is wanted, like "04-01"')
        return "01-01"
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
