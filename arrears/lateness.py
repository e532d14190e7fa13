"""How late a customer was at the ends of months: the ageing of the past as indicators."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from arrears.behaviour import Behaviour
from arrears.measure import Better, Measure, Unit, share

HALF_YEAR = 6
YEAR = 12
FADES = Decimal("0.8")
"""How much a month end weighs of the one after it: half of it after three months."""


def _months_late(behaviour: Behaviour, as_of: date) -> Decimal | None:
    return Decimal(behaviour.months_late[0]) if behaviour.months_late else None


def _worst_bucket(behaviour: Behaviour, as_of: date) -> Decimal | None:
    seen = behaviour.months_late[:YEAR]
    return Decimal(max(seen)) if seen else None


def _recent_lateness(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure the months late, averaged over half a year so that what is newer weighs more."""
    seen = behaviour.months_late[:HALF_YEAR]
    return _faded(seen) if seen else None


# Half a year in time, a month late, two months late: most customers are alike in this.
@lru_cache(maxsize=4096)
def _faded(seen: tuple[int, ...]) -> Decimal:
    weights = [FADES**back for back in range(len(seen))]
    late = sum((w * m for w, m in zip(weights, seen, strict=True)), Decimal(0))
    return share(late, sum(weights, Decimal(0)))


def _late_month_ends(behaviour: Behaviour, as_of: date) -> Decimal | None:
    seen = behaviour.months_late[:HALF_YEAR]
    return Decimal(sum(months > 0 for months in seen)) if seen else None


def _month_ends_two_late(behaviour: Behaviour, as_of: date) -> Decimal | None:
    seen = behaviour.months_late[:HALF_YEAR]
    return Decimal(sum(months > 1 for months in seen)) if seen else None


MEASURES: Mapping[str, Measure] = {
    "months_late": Measure(
        _months_late, Unit.MONTHS, "the oldest open bill on the day", Better.LOWER
    ),
    "worst_bucket": Measure(
        _worst_bucket, Unit.MONTHS, "the ageing at the last 12 month ends", Better.LOWER
    ),
    "recent_lateness": Measure(
        _recent_lateness,
        Unit.MONTHS,
        "the ageing at the last 6 month ends, each weighing 0.8 of the next",
        Better.LOWER,
    ),
    "late_month_ends": Measure(
        _late_month_ends, Unit.TIMES, "the ageing at the last 6 month ends", Better.LOWER
    ),
    "month_ends_two_late": Measure(
        _month_ends_two_late,
        Unit.TIMES,
        "the last 6 month ends with a bill over 30 days late",
        Better.LOWER,
    ),
}
