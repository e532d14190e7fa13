"""Expected cash: when what is open now will come in, if customers pay as they did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from billing.ledger import Charge
from billing.met import SettledCharge
from billing.money import Money

WEEK = 7
WEEKS = 13
"""How far the forecast looks; what comes later is told in one sum."""
EARLIEST, LATEST = -4, 26
"""Weeks from the due date between which paying is told apart."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week, and what is expected in it of what is open now."""

    starts_on: date
    expected: Money


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is open, when it is expected week by week, and what is expected later or never."""

    as_of: date
    open: Money
    weeks: tuple[Week, ...]
    later: Money


def pay_curve(settled: Collection[SettledCharge], *, as_of: date) -> tuple[Decimal, ...]:
    """
    Return the share of billed money that was in by the end of each week from the due date.

    Only bills that have been due for as long as the curve is long are looked at: of younger ones
    nobody knows yet. Without any of those, of all.
    """
    old = [one for one in settled if (as_of - one.due_on).days >= LATEST * WEEK]
    seen = old or list(settled)
    whole = sum(one.amount for one in seen)
    if whole <= 0:
        return ()
    in_week = [0] * (LATEST - EARLIEST)
    for one in seen:
        if one.settled_on is not None:
            week = (one.settled_on - one.due_on).days // WEEK
            if week < LATEST:
                in_week[max(EARLIEST, week) - EARLIEST] += one.amount
    found, so_far = [], 0
    for amount in in_week:
        so_far += amount
        found.append(Decimal(so_far) / whole)
    return tuple(found)


def forecast(charges: Collection[Charge], curve: Sequence[Decimal], *, as_of: date) -> Forecast:
    """Return when what is open is expected, each charge by how long it has been open already."""
    expected = [Decimal(0)] * WEEKS
    for charge in charges:
        in_by_now = _in_by(curve, charge, as_of)
        left = 1 - in_by_now
        if left <= 0 or not curve:
            continue
        before = in_by_now
        for week in range(WEEKS):
            now = _in_by(curve, charge, as_of + timedelta(days=WEEK * (week + 1)))
            expected[week] += charge.open * (now - before) / left
            before = now
    weeks = tuple(
        Week(
            as_of + timedelta(days=1 + WEEK * at),
            int(amount.quantize(Decimal(1), ROUND_HALF_UP)),
        )
        for at, amount in enumerate(expected)
    )
    whole = sum(charge.open for charge in charges)
    return Forecast(as_of, whole, weeks, whole - sum(week.expected for week in weeks))


def _in_by(curve: Sequence[Decimal], charge: Charge, day: date) -> Decimal:
    """Return the share of such a charge that was in by the end of a day, by the curve."""
    if not curve:
        return Decimal(0)
    # Weeks that are over: of one that runs, only its end is known.
    week = ((day - charge.due_on).days + 1) // WEEK - 1 - EARLIEST
    return Decimal(0) if week < 0 else curve[min(week, len(curve) - 1)]
