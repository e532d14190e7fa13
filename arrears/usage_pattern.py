"""How a customer uses energy: a fall, a trend and unrest as indicators."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter

from arrears.behaviour import Behaviour
from arrears.measure import Better, Measure, Unit, months, share

QUARTER = 3
YEAR = 12
FEWEST_MONTHS = 6
_ENDED_ON = itemgetter(0)


def _usage_fall(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure how far the last three periods fell below the same season of the year before."""
    recent = _kwh_between(behaviour, as_of, months_back=0)
    before = _kwh_between(behaviour, as_of, months_back=YEAR)
    if len(recent) < 2 or len(before) < 2:
        return None
    then = sum(before, Decimal(0)) / len(before)
    now = sum(recent, Decimal(0)) / len(recent)
    return share(max(Decimal(0), then - now), then) if then > 0 else None


def _usage_trend(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure the last three months as a share of the three before them: 1 is no change."""
    recent = _kwh_between(behaviour, as_of, months_back=0)
    before = _kwh_between(behaviour, as_of, months_back=QUARTER)
    if len(recent) < 2 or len(before) < 2:
        return None
    then = sum(before, Decimal(0)) / len(before)
    now = sum(recent, Decimal(0)) / len(recent)
    return share(now, then) if then > 0 else None


def _usage_volatility(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure the standard deviation of a year's months as a share of their mean."""
    kwh = _kwh_between(behaviour, as_of, months_back=0, span=YEAR)
    if len(kwh) < FEWEST_MONTHS:
        return None
    mean = sum(kwh, Decimal(0)) / len(kwh)
    if mean <= 0:
        return None
    apart = [one - mean for one in kwh]
    variance = sum([one * one for one in apart], Decimal(0)) / len(kwh)
    return share(variance.sqrt(), mean)


def _kwh_between(
    behaviour: Behaviour, as_of: date, *, months_back: int, span: int = QUARTER
) -> list[Decimal]:
    newest = months(as_of) - months_back
    first, after = _first_of(newest - span + 1), _first_of(newest + 1)
    used = behaviour.monthly_kwh
    some = used[bisect_left(used, first, key=_ENDED_ON) : bisect_left(used, after, key=_ENDED_ON)]
    return [kwh for _, kwh in some]


@lru_cache(maxsize=256)
def _first_of(month: int) -> date:
    """Return the first day of a month that is counted through the years."""
    year, before = divmod(month - 1, YEAR)
    return date(year, before + 1, 1)


MEASURES: Mapping[str, Measure] = {
    "usage_fall": Measure(
        _usage_fall, Unit.SHARE, "three months against the year before", Better.LOWER
    ),
    "usage_trend": Measure(
        _usage_trend, Unit.SHARE, "three months against the three before", Better.EITHER
    ),
    "usage_volatility": Measure(
        _usage_volatility, Unit.SHARE, "deviation of 12 months from their mean", Better.LOWER
    ),
}
