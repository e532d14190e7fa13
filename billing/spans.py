"""Which tariff and which terms hold on which days of a bill."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from billing.basis import Span, Terms
from billing.facts import Suspended, months_in
from billing.supply import PaymentMode, Supply
from billing.tariff import Tariff
from meters.period import Period

Tariffs = Callable[[str, Period], Sequence[tuple[Period, Tariff]]]
"""Gives the tariffs in force under a code, each with its part of a period, in order."""


def spans_of(period: Period, supplies: Sequence[Supply], tariffs: Tariffs) -> tuple[Span, ...]:
    """
    Return the spans of a bill: the period cut where the supply or its tariff changes.

    :param supplies: all that the account has or had at the service point, the earliest first;
        those that are on in the period cover it.
    """
    return tuple(
        Span(part, tariff, _terms(alike, supplies, tariff, part))
        for alike in _alike(supplies)
        if (days := period.overlap(_days_of(alike))) is not None
        for part, tariff in tariffs(alike[0].tariff, days)
    )


def terms_of(supply: Supply, supplies: Sequence[Supply], day: date) -> Terms:
    """
    Return what a supply adds to the facts of pricing from a day on.

    Limits per year count from the month in which the account began at the service point; the
    allowance of a large household from the month in which the household's size was approved, and
    for the months of the year in which it was large before.
    """
    since = _same_household_since(supply, supplies)
    return Terms(
        contracted_kw=supply.contracted_kw,
        capacity_kva=supply.capacity_kva,
        household_size=supply.household_size,
        year_months=_months_left(supplies[0].starts_on, day),
        household_months=_months_left(since, day),
        household_before=_household_before(supplies, since, day),
    )


def _terms(
    alike: Sequence[Supply], supplies: Sequence[Supply], tariff: Tariff, part: Period
) -> Terms:
    """Return the terms with what rests, and the months that the account has of a season."""
    terms = terms_of(alike[0], supplies, part.start)
    season, began = tariff.season_on(part.start), supplies[0].starts_on
    months = None
    if season is not None and began.replace(day=1) > season.start:
        months, _ = months_in(Period(began.replace(day=1), season.end))
    rests = _rests(alike, part)
    if months is None and not rests:
        return terms
    return replace(terms, suspended=rests, season_months=months)


def unbilled(
    supplies: Sequence[Supply], *, billed_until: date | None, until: date
) -> Period | None:
    """
    Return the earliest days that are to be billed together, or none.

    They begin where billing left off and end with the supply, or where the customer begins to pay
    before use, or at the day asked for.
    """
    for chain in _chains(supplies):
        start = max(billed_until or chain.start, chain.start)
        end = min(chain.end, until)
        if start < end:
            return Period(start, end)
    return None


def _chains(supplies: Sequence[Supply]) -> list[Period]:
    """Return the spans of days on which energy is paid for after use."""
    chains: list[Period] = []
    for supply in supplies:
        if supply.payment_mode is not PaymentMode.POSTPAID:
            continue
        period = Period(supply.starts_on, supply.ends_on or date.max)
        if chains and chains[-1].end == period.start:
            chains[-1] = Period(chains[-1].start, period.end)
        else:
            chains.append(period)
    return chains


def _alike(supplies: Sequence[Supply]) -> list[list[Supply]]:
    """Return the supplies, those together that follow each other and are priced alike."""
    found: list[list[Supply]] = []
    for supply in supplies:
        if found and _is_priced_alike(found[-1][-1], supply):
            found[-1].append(supply)
        else:
            found.append([supply])
    return found


def _is_priced_alike(before: Supply, after: Supply) -> bool:
    """Test whether a supply goes on as another, but for what rests and whom it protects."""
    as_before = replace(
        after,
        id=before.id,
        starts_on=before.starts_on,
        ends_on=before.ends_on,
        protection=before.protection,
        suspended_kva=before.suspended_kva,
    )
    return before.ends_on == after.starts_on and as_before == before


def _rests(alike: Sequence[Supply], part: Period) -> tuple[Suspended, ...]:
    """Return the capacity that rests in a part of a bill, and for how long it does in all."""
    return tuple(
        Suspended(supply.suspended_kva, days.days, _days_of(rest).days)
        for rest in _suspensions(alike)
        for supply in rest
        if supply.suspended_kva is not None
        and (days := part.overlap(_days_of([supply]))) is not None
    )


def _suspensions(alike: Sequence[Supply]) -> Iterator[list[Supply]]:
    """Yield the supplies that rest one after the other: one suspension, of more or less of it."""
    for rests, some in groupby(alike, key=lambda one: one.suspended_kva is not None):
        if rests:
            yield list(some)


def _days_of(supplies: Sequence[Supply]) -> Period:
    """Return the days of supplies that follow each other; one that goes on has no end."""
    return Period(supplies[0].starts_on, supplies[-1].ends_on or date.max)


def _same_household_since(supply: Supply, supplies: Sequence[Supply]) -> date:
    since = supply.starts_on
    for earlier in reversed([one for one in supplies if one.starts_on < supply.starts_on]):
        if earlier.household_size != supply.household_size or earlier.ends_on != since:
            break
        since = earlier.starts_on
    return since


def _household_before(
    supplies: Sequence[Supply], since: date, day: date
) -> tuple[tuple[int, int], ...]:
    """
    Return the sizes of the household earlier in the year of a day, and for how many months.

    :param since: the day from which it has had the size of today.
    """
    found = []
    for earlier in supplies:
        if earlier.starts_on >= since or earlier.household_size is None:
            continue
        until = min(earlier.ends_on or since, since)
        months = _months_left(earlier.starts_on, day) - _months_left(until, day)
        if until.year == day.year and months > 0:
            found.append((earlier.household_size, months))
    return tuple(found)


def _months_left(since: date, day: date) -> int:
    return 12 if since.year < day.year else 13 - since.month
