"""
What it costs to pay late: so much of the open principal for every day, or for every month.

Rates, floor, cap and the way across a year's end are the market's (`config.law.LateCharge`). The
due day isn't counted and the day of payment is, so due on the 15th and paid on the 18th is three
days (民法典 art. 201; the due date given here has been moved off holidays already, art. 203).
Months are counted likewise, from the due date's day; there is no charge on a charge.
"""

from calendar import monthrange
from datetime import date
from decimal import Decimal

from billing.ledger import Charge, ChargeKind
from billing.money import Money, major, times
from config.law import Cap, CrossYearMode, LateCharge, LateRate, MonthCount


def accrued(charge: Charge, *, until: date, rule: LateCharge) -> Money:
    """
    Return what has accrued on the open amount of a charge since it was last counted.

    Only energy accrues: there is no late charge on a late charge. What accrues up to one day and
    then on to another is what accrues in one go, but for the rounding of each posting. A debt
    bears what the law said when it fell due; a law that changes later doesn't reach back to it.
    """
    while rule.earlier is not None and charge.due_on < rule.since:
        rule = rule.earlier
    if charge.kind is not ChargeKind.ENERGY or until <= charge.late_from:
        return 0
    rate = rule.rate_for(charge.supply_class)
    per_mille = _since_due(rate, rule, charge.due_on, until) - _since_due(
        rate, rule, charge.due_on, charge.late_from
    )
    return _bounded(times(major(charge.open), per_mille.scaleb(-3)), charge, rule)


def _since_due(rate: LateRate, rule: LateCharge, due_on: date, day: date) -> Decimal:
    """Return the per mille of a principal that accrues from its due date up to a day."""
    if rate.percent_a_month is None:
        return _per_mille(rate, rule.cross_year_mode, due_on, day)
    return 10 * rate.percent_a_month * months_late(due_on, day, rule.months)


def months_late(due_on: date, day: date, count: MonthCount) -> int:
    """Return the months from a due date to a day: the last may have begun, or must be full."""
    if day <= due_on:
        return 0
    months = 12 * (day.year - due_on.year) + day.month - due_on.month
    last = monthrange(day.year, day.month)[1]
    # Due on the 31st, a month is over on the last day of a shorter one.
    same_day = day.replace(day=min(due_on.day, last))
    if count is MonthCount.BEGUN:
        return months + (day > same_day)
    return months - (day < same_day)


def _per_mille(rate: LateRate, mode: CrossYearMode, due_on: date, day: date) -> Decimal:
    """Return the per mille of a principal that accrues from its due date up to a day."""
    days = (day - due_on).days
    if days <= 0:
        return Decimal(0)
    if mode is CrossYearMode.WHOLE_SPAN:
        # Once a new year has begun, every day since the due date costs the prior-year rate.
        return days * (rate.prior_year if day.year > due_on.year else rate.current_year)
    in_due_year = (min(day, date(due_on.year, 12, 31)) - due_on).days
    return in_due_year * rate.current_year + (days - in_due_year) * rate.prior_year


def _bounded(amount: Money, charge: Charge, rule: LateCharge) -> Money:
    """Keep all late charges of a charge together between the floor and the cap."""
    if amount <= 0:
        return 0
    total = max(charge.late_charged + amount, rule.floor)
    if rule.cap is Cap.PRINCIPAL:
        total = min(total, charge.amount)
    return max(0, total - charge.late_charged)
