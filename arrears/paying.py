"""How a customer pays: indicators from bills, arrears, agreements and time with us."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter

from arrears.behaviour import Behaviour
from arrears.measure import Better, Measure, Unit, months, share
from billing.money import Money

WINDOW_BILLS = 12
"""How many bills back the share paid on time looks."""
WINDOW_DAYS = 365
FEWEST_BILLS = 3
"""With fewer bills than these a share says nothing about a customer."""
_DUE_ON = itemgetter(0)


_Met = tuple[date, int, Money]
"""A bill that can be judged: when it was due, by how many days it was late, and its amount."""


# Three of the indicators look at the same bills, one after the other.
@lru_cache(maxsize=1)
def _fallen_due(behaviour: Behaviour, as_of: date) -> list[_Met]:
    """Return what can be judged of a year: settled, or past its due day without being settled."""
    since = as_of - timedelta(days=WINDOW_DAYS)
    found = []
    for due_on, settled_on, _, amount, _ in behaviour.bills:
        if due_on >= since and (due_on < as_of or settled_on is not None):
            met_on = settled_on or as_of
            days_late = 0 if met_on <= due_on else (met_on - due_on).days
            found.append((due_on, days_late, amount))
    return found


def _on_time_share(behaviour: Behaviour, as_of: date) -> Decimal | None:
    judged = _fallen_due(behaviour, as_of)
    newest = sorted(judged, key=_DUE_ON)[-WINDOW_BILLS:]
    if len(newest) < FEWEST_BILLS:
        return None
    return _counted([days_late for _, days_late, _ in newest].count(0), len(newest))


# Of at most twelve bills: most customers are alike in this.
@lru_cache(maxsize=256)
def _counted(part: int, whole: int) -> Decimal:
    return share(part, whole)


def _worst_days_late(behaviour: Behaviour, as_of: date) -> Decimal | None:
    judged = _fallen_due(behaviour, as_of)
    if not judged:
        return None
    return Decimal(max([days_late for _, days_late, _ in judged]))


def _days_beyond_terms(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure how late a unit of money came on average, what is still open counted to the day."""
    judged = _fallen_due(behaviour, as_of)
    billed = sum([amount for _, _, amount in judged])
    if billed <= 0:
        return None
    late = sum([amount * days_late for _, days_late, amount in judged if days_late])
    return share(late, billed) if late else Decimal(0)


def _months_in_arrears(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.months_in_arrears)


def _arrears_depth(behaviour: Behaviour, as_of: date) -> Decimal | None:
    if behaviour.overdue <= 0:
        return Decimal(0)
    if not behaviour.average_bill or behaviour.average_bill <= 0:
        return None
    return share(behaviour.overdue, behaviour.average_bill)


def _returned_payments(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(sum([bill.is_returned for bill in behaviour.bills]))


def _tenure_months(behaviour: Behaviour, as_of: date) -> Decimal:
    whole = months(as_of) - months(behaviour.customer_since)
    return Decimal(max(0, whole - (as_of.day < behaviour.customer_since.day)))


def _broken_plans(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.broken_plans)


MEASURES: Mapping[str, Measure] = {
    "on_time_share": Measure(
        _on_time_share, Unit.SHARE, "the last 12 bills that fell due", Better.HIGHER
    ),
    "worst_days_late": Measure(
        _worst_days_late, Unit.DAYS, "bills due in the last 12 months", Better.LOWER
    ),
    # Weighted by money, over all bills of the year, paid or not; other definitions look only at
    # what is past due, and then a customer with one old bill looks worse for paying the others.
    "days_beyond_terms": Measure(
        _days_beyond_terms,
        Unit.DAYS,
        "bills due in the last 12 months, weighted by amount",
        Better.LOWER,
    ),
    "months_in_arrears": Measure(
        _months_in_arrears, Unit.MONTHS, "bills overdue on the day", Better.LOWER
    ),
    "arrears_depth": Measure(
        _arrears_depth, Unit.BILLS, "overdue money against an average bill", Better.LOWER
    ),
    "returned_payments": Measure(
        _returned_payments, Unit.TIMES, "payments of the last 12 months", Better.LOWER
    ),
    "tenure_months": Measure(
        _tenure_months, Unit.MONTHS, "opening of the first account", Better.HIGHER
    ),
    "broken_plans": Measure(
        _broken_plans, Unit.TIMES, "instalment plans and agreements", Better.LOWER
    ),
}
