"""Compare two tariffs on the same usages: who pays more, who pays less, by class."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.money import EXACT, Money
from billing.obstacles import obstacles
from billing.pricing import price
from billing.tariff import Tariff
from billing.usages import NamedUsage

PERCENT = Decimal("0.1")
ALL = "all"
"""What the row of all classes is called."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a usage comes to by either tariff, or what stands in the way of one of them."""

    id: str
    group: str
    kwh: Decimal
    old: Money
    new: Money
    problems: tuple[str, ...] = ()

    @property
    def difference(self) -> Money:
        """How much more is owed by the new tariff."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Group:
    """The usages of a class: how many pay more, less and the same, and what it comes to."""

    name: str
    usages: int
    more: int
    less: int
    same: int
    old: Money
    new: Money
    difference: Money
    percent: Decimal | None
    """The difference in per cent of the old; none where that is nothing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tariffs on the same usages; those that either cannot price are in no group."""

    old: str
    new: str
    currency: str
    groups: tuple[Group, ...]
    usages: tuple[Compared, ...]

    @property
    def unpriced(self) -> tuple[Compared, ...]:
        """The usages that one of the tariffs cannot price."""
        return tuple(one for one in self.usages if one.problems)


def compare(old: Tariff, new: Tariff, usages: Iterable[NamedUsage]) -> Comparison:
    """
    Return what each usage comes to by both tariffs, and the same by class, all classes last.

    The usages stand by what changes most for them, who pays more first.
    """
    compared = [_compared(old, new, one) for one in usages]
    priced = [one for one in compared if not one.problems]
    names = sorted({one.group for one in priced})
    groups = [_group(name, [one for one in priced if one.group == name]) for name in names]
    compared.sort(key=lambda one: (bool(one.problems), -one.difference))
    return Comparison(
        old.name, new.name, new.currency, (*groups, _group(ALL, priced)), tuple(compared)
    )


def _compared(old: Tariff, new: Tariff, usage: NamedUsage) -> Compared:
    facts = usage.facts
    problems = (*obstacles(old, facts), *obstacles(new, facts))
    totals = (0, 0) if problems else (_total(old, usage), _total(new, usage))
    return Compared(usage.id, usage.group, facts.kwh, *totals, tuple(dict.fromkeys(problems)))


def _total(tariff: Tariff, usage: NamedUsage) -> Money:
    return sum(line.amount for line in price(tariff, usage.facts))


def _group(name: str, some: Sequence[Compared]) -> Group:
    old, new = sum(one.old for one in some), sum(one.new for one in some)
    more = sum(one.difference > 0 for one in some)
    less = sum(one.difference < 0 for one in some)
    percent = EXACT.quantize(Decimal(100) * (new - old) / abs(old), PERCENT) if old else None
    return Group(name, len(some), more, less, len(some) - more - less, old, new, new - old, percent)
