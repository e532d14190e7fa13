"""How a customer uses energy: a fall, a trend and unrest as indicators."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from arrears.behaviour import Behaviour
from arrears.measure import Better, Measure, Unit, months, share

QUARTER = 3
YEAR = 12
FEWEST_MONTHS = 6


def _usage_fall(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure how far the last three periods fell below the same season of the year before."""
    _, recent, _, before = _spans(behaviour, as_of)
    if len(recent) < 2 or len(before) < 2:
        return None
    then = sum(before, Decimal(0)) / len(before)
    now = sum(recent, Decimal(0)) / len(recent)
    return share(max(Decimal(0), then - now), then) if then > 0 else None


def _usage_trend(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure the last three months as a share of the three before them: 1 is no change."""
    _, recent, before, _ = _spans(behaviour, as_of)
    if len(recent) < 2 or len(before) < 2:
        return None
    then = sum(before, Decimal(0)) / len(before)
    now = sum(recent, Decimal(0)) / len(recent)
    return share(now, then) if then > 0 else None


def _usage_volatility(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure the standard deviation of a year's months as a share of their mean."""
    kwh, *_ = _spans(behaviour, as_of)
    if len(kwh) < FEWEST_MONTHS:
        return None
    mean = sum(kwh, Decimal(0)) / len(kwh)
    if mean <= 0:
        return None
    apart = [one - mean for one in kwh]
    variance = sum([one * one for one in apart], Decimal(0)) / len(kwh)
    return share(variance.sqrt(), mean)


# Three indicators look at the same months, one after the other.
@lru_cache(maxsize=1)
def _spans(behaviour: Behaviour, as_of: date) -> tuple[list[Decimal], ...]:
    """Return the usage of the year's months, the newest quarter, the one before, a year before."""
    ends = [ended_on for ended_on, _ in behaviour.monthly_kwh]
    kwh = [used for _, used in behaviour.monthly_kwh]
    at = [bisect_left(ends, edge) for edge in _edges(as_of)]
    return tuple([kwh[at[first] : at[after]] for first, after in _BETWEEN])


_BACK = (YEAR + QUARTER, YEAR, 2 * QUARTER, QUARTER, 0)
_BETWEEN = ((1, 4), (3, 4), (2, 3), (0, 1))
"""Between which edges the spans lie: edges begin so many months back as `_BACK` says."""


@lru_cache(maxsize=64)
def _edges(as_of: date) -> list[date]:
    """Return the first days of the months at which spans begin or end, the earliest first."""
    return [_first_of(months(as_of) + 1 - back) for back in _BACK]


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
