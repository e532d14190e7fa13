"""For how long capacity may rest: so many months of a calendar year, as the market's law says."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from billing.facts import months_in
from billing.supply import Supply
from meters.period import Period


def rests_of(supplies: Sequence[Supply], *, today: date) -> list[Period]:
    """
    Return the days on which capacity rested, those that follow each other together.

    :param supplies: an account's at a service point, the earliest first; what rests still does so
        up to today.
    """
    found: list[Period] = []
    for one in supplies:
        if one.suspended_kva is None:
            continue
        end = max(one.ends_on or today, one.starts_on)
        if found and found[-1].end == one.starts_on:
            found[-1] = Period(found[-1].start, end)
        else:
            found.append(Period(one.starts_on, end))
    return found


def may_rest_until(before: Sequence[Period], since: date, *, months_max: int) -> date:
    """
    Return the day on which capacity that rests since a day has to be in use again at the latest.

    A calendar year has so many months for all that rests in it; over New Year the next one's count.

    :param before: when it rested before.
    """
    day = since
    for year in (since.year, since.year + 1):
        whole = Period(date(year, 1, 1), date(year + 1, 1, 1))
        left = Fraction(months_max) - sum(
            Fraction(*months_in(part)) for one in before if (part := one.overlap(whole)) is not None
        )
        start = day
        while day < whole.end and Fraction(*months_in(Period(start, day + timedelta(1)))) <= left:
            day += timedelta(1)
        if day < whole.end:
            break
    return day
