"""For whom a card of a file is: new customers, large users, some classes."""

from dataclasses import dataclass
from decimal import Decimal

from arrears.behaviour import Behaviour
from billing.supply import SupplyClass

WANTS_BILLS = 3
"""From so few bills on a customer's monthly usage is an average."""


@dataclass(frozen=True, slots=True)
class Applies:
    """For whom a card is; what isn't said doesn't matter, all that is said must fit."""

    is_new: bool | None = None
    capacity_kva_min: Decimal | None = None
    monthly_kwh_min: Decimal | None = None
    classes: frozenset[SupplyClass] = frozenset()

    def fits(self, behaviour: Behaviour, *, is_new: bool) -> bool:
        """Test whether the card is for a customer."""
        return (
            self.is_new in (None, is_new)
            and _at_least(behaviour.capacity_kva, self.capacity_kva_min)
            and _at_least(_monthly_kwh(behaviour), self.monthly_kwh_min)
            and (not self.classes or bool(self.classes & behaviour.classes))
        )


def _at_least(value: Decimal | None, least: Decimal | None) -> bool:
    return least is None or (value is not None and value >= least)


def _monthly_kwh(behaviour: Behaviour) -> Decimal | None:
    newest = [kwh for _, kwh in behaviour.monthly_kwh[-12:]]
    if len(newest) < WANTS_BILLS:
        return None
    return sum(newest, Decimal(0)) / len(newest)
