"""The indicator catalogue: what a customer's behaviour shows, each a pure function of facts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from billing.money import Money

WINDOW_BILLS = 12
"""How many bills back the share paid on time looks."""
FEWEST_BILLS = 3
"""With fewer bills than these a share says nothing about a customer."""
PLACES = Decimal("0.0001")


class Unit(StrEnum):
    """What an indicator's value is counted in."""

    SHARE = "share"
    DAYS = "days"
    MONTHS = "months"
    BILLS = "bills"
    TIMES = "times"


@dataclass(frozen=True, slots=True)
class DueBill:
    """A bill that fell due, the day it was settled if it was, and whether money was taken back."""

    due_on: date
    settled_on: date | None
    is_returned: bool


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    All that the catalogue may look at in a customer, of all his accounts together.

    `bills` are those that fell due in the last twelve months, `monthly_kwh` the usage of each
    billed period by its end. Nothing here may be newer than the day of the assessment.
    """

    customer_since: date
    bills: tuple[DueBill, ...] = ()
    overdue: Money = 0
    months_in_arrears: int = 0
    average_bill: Money | None = None
    monthly_kwh: tuple[tuple[date, Decimal], ...] = ()
    broken_plans: int = 0
    is_protected: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing measured; no value means that there is nothing yet to measure it on."""

    name: str
    value: Decimal | None
    unit: Unit
    source: str


@dataclass(frozen=True, slots=True)
class Measure:
    """How an indicator is measured, in what, and from which of our records."""

    of: Callable[[Behaviour, date], Decimal | None]
    unit: Unit
    source: str


def measure(behaviour: Behaviour, *, as_of: date) -> tuple[Indicator, ...]:
    """Return the whole catalogue measured on a customer's behaviour as of a day."""
    return tuple(
        Indicator(name, rule.of(behaviour, as_of), rule.unit, rule.source)
        for name, rule in CATALOGUE.items()
    )


def average(amounts: Sequence[Money]) -> Money | None:
    """Return the average of amounts in whole minor units, half up; none of nothing."""
    if not amounts:
        return None
    mean = Decimal(sum(amounts)) / len(amounts)
    return int(mean.quantize(Decimal(1), ROUND_HALF_UP))


def _share(part: Decimal, whole: Decimal | int) -> Decimal:
    # Four places, so that the same facts always leave the same text in the database.
    return (part / whole).quantize(PLACES, ROUND_HALF_UP).normalize()


def _fallen_due(behaviour: Behaviour, as_of: date) -> list[DueBill]:
    """Return what can be judged: settled, or past its due day without being settled."""
    return [bill for bill in behaviour.bills if bill.due_on < as_of or bill.settled_on is not None]


def _days_late(bill: DueBill, as_of: date) -> int:
    return max(0, ((bill.settled_on or as_of) - bill.due_on).days)


def _on_time_share(behaviour: Behaviour, as_of: date) -> Decimal | None:
    judged = _fallen_due(behaviour, as_of)
    newest = sorted(judged, key=lambda bill: bill.due_on)[-WINDOW_BILLS:]
    if len(newest) < FEWEST_BILLS:
        return None
    on_time = sum(_days_late(bill, as_of) == 0 for bill in newest)
    return _share(Decimal(on_time), len(newest))


def _worst_days_late(behaviour: Behaviour, as_of: date) -> Decimal | None:
    judged = _fallen_due(behaviour, as_of)
    if not judged:
        return None
    return Decimal(max(_days_late(bill, as_of) for bill in judged))


def _months_in_arrears(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.months_in_arrears)


def _arrears_depth(behaviour: Behaviour, as_of: date) -> Decimal | None:
    if behaviour.overdue <= 0:
        return Decimal(0)
    if not behaviour.average_bill or behaviour.average_bill <= 0:
        return None
    return _share(Decimal(behaviour.overdue), behaviour.average_bill)


def _returned_payments(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(sum(bill.is_returned for bill in behaviour.bills))


def _usage_fall(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure how far the last three periods fell below the same season of the year before."""
    recent = _kwh_between(behaviour, as_of, months_back=0)
    before = _kwh_between(behaviour, as_of, months_back=12)
    if len(recent) < 2 or len(before) < 2:
        return None
    then = sum(before, Decimal(0)) / len(before)
    now = sum(recent, Decimal(0)) / len(recent)
    return _share(max(Decimal(0), then - now), then) if then > 0 else None


def _kwh_between(behaviour: Behaviour, as_of: date, *, months_back: int) -> list[Decimal]:
    newest = _months(as_of) - months_back
    return [
        kwh for ended_on, kwh in behaviour.monthly_kwh if newest - 3 < _months(ended_on) <= newest
    ]


def _tenure_months(behaviour: Behaviour, as_of: date) -> Decimal:
    whole = _months(as_of) - _months(behaviour.customer_since)
    return Decimal(max(0, whole - (as_of.day < behaviour.customer_since.day)))


def _broken_plans(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.broken_plans)


def _protected(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.is_protected)


def _months(day: date) -> int:
    return day.year * 12 + day.month


CATALOGUE: Mapping[str, Measure] = {
    "on_time_share": Measure(_on_time_share, Unit.SHARE, "the last 12 bills that fell due"),
    "worst_days_late": Measure(_worst_days_late, Unit.DAYS, "bills due in the last 12 months"),
    "months_in_arrears": Measure(_months_in_arrears, Unit.MONTHS, "bills overdue on the day"),
    "arrears_depth": Measure(_arrears_depth, Unit.BILLS, "overdue money against an average bill"),
    "returned_payments": Measure(_returned_payments, Unit.TIMES, "payments of the last 12 months"),
    "usage_fall": Measure(_usage_fall, Unit.SHARE, "three months against the year before"),
    "tenure_months": Measure(_tenure_months, Unit.MONTHS, "opening of the first account"),
    "broken_plans": Measure(_broken_plans, Unit.TIMES, "instalment plans and agreements"),
    # A fact for whoever decides. Being vulnerable says nothing about paying, so no card that ships
    # gives points for it.
    "protected": Measure(_protected, Unit.TIMES, "the supply's protection"),
}
