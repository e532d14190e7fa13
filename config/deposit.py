"""What a market's law says of deposits: of whom they may be asked, and how much."""

from dataclasses import dataclass
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
    )
    reader.finish()
    return found
