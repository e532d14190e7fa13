"""
Price the usage of a period: from a tariff and facts to the lines of a bill.

Every rule works on exact decimals and says on its line what it did. The components of a tariff
are priced in their own order, so that an adjustment finds the amounts it adjusts.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from billing.component import (
    Benefit,
    Capacity,
    Component,
    Demand,
    Each,
    Energy,
    Export,
    Fixed,
    Fund,
    Minimum,
    Paid,
    Per,
    Percent,
    PowerFactor,
    Settled,
)
from billing.energy import KWH, price_energy, register_why
from billing.facts import Facts, months_into_year, pieces, rounded
from billing.line import Line, Sheet
from billing.money import EXACT, MINOR, Money, major, nearest, part
from billing.tariff import Tariff
from billing.two_part import (
    KVA,
    KW,
    PRICE,
    months_of,
    price_capacity,
    price_demand,
    price_power_factor,
)
from meters.reading import plain

__all__ = ["Line", "holds", "price", "tax_in"]

ZERO = Decimal(0)


def price(tariff: Tariff, facts: Facts) -> tuple[Line, ...]:
    """
    Return the lines that charge the facts by the tariff.

    Every energy line's quantities sum to the usage; a line's amount is quantity x price, half up.
    What the tariff wants and the facts lack must have been asked before: see `obstacles`.
    """
    sheet = Sheet(tariff.rounding, tariff.source)
    of, lasts = sheet.of, []
    for component, code in zip(tariff.components, tariff.codes, strict=True):
        owed = sheet.total
        if holds(component, facts):
            _PRICED[type(component)](component, facts, sheet)
        of[code] = of.get(code, 0) + sheet.total - owed
        lasts.append(len(sheet.lines))
    lines = sheet.lines.copy() if tariff.is_in_order else _in_order(tariff, sheet.lines, lasts)
    if tariff.vat is not None and not tariff.vat.included:
        label, rate = tariff.vat.label, tariff.vat.rate
        sheet.add(label, rounded(sheet.owed()), tariff.currency, rate, "tax added")
        lines += sheet.lines[len(lines) :]
    if tariff.round_to is not None and facts.is_whole:
        lines += rounding(tariff, sheet.total)
    return tuple(lines)


def rounding(tariff: Tariff, owed: Money) -> tuple[Line, ...]:
    """Return the line by which a tariff rounds a whole bill to a coarser unit, or none."""
    if tariff.round_to is None:
        return ()
    label, step = tariff.round_to.label, tariff.round_to.step
    sheet = Sheet(tariff.rounding, tariff.source)
    missing = major(nearest(owed, step) - owed)
    if missing:
        why = f"{major(owed)} rounded to the nearest {major(step)}"
        sheet.add(label, Decimal(1), Per.PERIOD, missing, why)
    return tuple(sheet.lines)


def _in_order(tariff: Tariff, lines: list[Line], lasts: list[int]) -> list[Line]:
    """Return the lines in the order of the bill; each part's end where the next one's begin."""
    spans = sorted(
        zip(map(tariff.order.__getitem__, tariff.codes), [0, *lasts], lasts, strict=False)
    )
    return [line for _, first, last in spans for line in lines[first:last]]


def holds(component: Component, facts: Facts) -> bool:
    """Test whether a part of a tariff holds for who used so much."""
    between = getattr(component, "if_used", None)
    if between is None:
        return True
    times = times_of(between.per, facts)
    is_below = between.up_to is None or facts.kwh <= EXACT.multiply(between.up_to, times)
    is_above = facts.kwh > EXACT.multiply(between.above, times)
    return is_below and (is_above or not between.above)


def tax_in(tariff: Tariff, lines: Iterable[Line]) -> Money:
    """Return how much of what the lines ask for is value-added tax."""
    if tariff.vat is None:
        return 0
    if not tariff.vat.included:
        return sum(line.amount for line in lines if line.code == tariff.vat.label.code)
    rounded_by = None if tariff.round_to is None else tariff.round_to.label.code
    priced = sum(line.amount for line in lines if line.code != rounded_by)
    return part(priced, *tariff.vat.share)


def times_of(per: Per, facts: Facts) -> Decimal:
    """Return how often a fixed amount is owed for the facts."""
    if per is Per.DAY:
        return Decimal(facts.period.days)
    if per is Per.MONTH:
        return months_of(facts)
    if facts.is_whole:
        return Decimal(1)
    return rounded(EXACT.divide(Decimal(facts.period.days), Decimal(facts.whole.days)))


def _price_fixed(fixed: Fixed, facts: Facts, sheet: Sheet) -> None:
    months = None if fixed.season is None else fixed.season.months
    for period in pieces(facts.period, months) if months else (facts.period,):
        times = times_of(fixed.per, facts.part(period))
        if fixed.each is None:
            sheet.add(fixed.rate.label, times, fixed.per, fixed.rate.price, f"for each {fixed.per}")
        else:
            units, unit = _units(fixed.each, facts)
            why = f"{plain(units)} {unit} for {plain(times)} {fixed.per}s"
            quantity = rounded(EXACT.multiply(units, times))
            sheet.add(fixed.rate.label, quantity, unit, fixed.rate.price, why)


def _units(each: Each, facts: Facts) -> tuple[Decimal, str]:
    match each:
        case Each.KW:
            return facts.demand_kw or ZERO, KW
        case Each.CONTRACTED_KW:
            return facts.contracted_kw or ZERO, KW
        case Each.KVA:
            return facts.capacity_kva or ZERO, KVA


def _price_benefit(benefit: Benefit, facts: Facts, sheet: Sheet) -> None:
    """Add the credit for free kWh; settled by the year, its months sum to the year's."""
    if benefit.settled is Settled.MONTH:
        free = rounded(EXACT.multiply(benefit.kwh_per_month, months_of(facts)))
        due = free if benefit.paid is Paid.CASH else max(ZERO, min(free, facts.kwh))
        why = f"{plain(free)} free kWh of {plain(facts.kwh)} used"
    else:
        due, why = ZERO, f"{plain(benefit.kwh_per_month)} free kWh a month, settled by the year"
        for part in (facts.part(period) for period in pieces(facts.period, by_year=True)):
            due += _free_of_year(benefit, part)
    sheet.add(benefit.rate.label, -due, KWH, benefit.rate.price, why)


def _free_of_year(benefit: Benefit, facts: Facts) -> Decimal:
    late = 12 - facts.year_months  # months of the year before the customer began
    before, by_end = (
        rounded(EXACT.multiply(benefit.kwh_per_month, max(ZERO, months - late)))
        for months in months_into_year(facts.period)
    )
    if benefit.paid is Paid.CASH:
        return by_end - before
    used = facts.year_kwh
    return max(ZERO, min(used + facts.kwh, by_end) - min(used, before))


def _price_fund(fund: Fund, facts: Facts, sheet: Sheet) -> None:
    sheet.add(fund.rate.label, facts.kwh, KWH, fund.rate.price, "every kWh")


def _price_export(export: Export, facts: Facts, sheet: Sheet) -> None:
    counted = facts.export_by(export.calendar) if export.registers else {}
    for rate in export.rates:
        if rate.register is None:
            sheet.add(rate.label, facts.export_kwh, KWH, -rate.price, "every kWh fed in")
        else:
            why = register_why(rate.register, export.calendar, facts.export_intervals)
            kwh = counted.get(rate.register, ZERO)
            sheet.add(rate.label, kwh, KWH, -rate.price, f"fed in, {why}")


def _price_percent(percent: Percent, _facts: Facts, sheet: Sheet) -> None:
    base = major(sum(sheet.of.get(code, 0) for code in percent.of))
    why = f"{percent.percent} % of {', '.join(percent.of)}"
    sheet.add(percent.label, base, "%", percent.percent.scaleb(-MINOR), why)


def _price_minimum(minimum: Minimum, facts: Facts, sheet: Sheet) -> None:
    least = EXACT.multiply(minimum.rate.price, times_of(minimum.per, facts))
    owed = sheet.owed()
    if owed < least:
        missing = EXACT.quantize(EXACT.subtract(least, owed), PRICE)
        why = f"at least {plain(least)}, less {plain(owed)}"
        sheet.add(minimum.rate.label, Decimal(1), minimum.per, missing, why)


# Which rule prices which component; a new kind of component is a line here and its function.
_PRICED: Mapping[type, Callable[[Any, Facts, Sheet], None]] = MappingProxyType(
    {
        Fixed: _price_fixed,
        Energy: price_energy,
        Demand: price_demand,
        Capacity: price_capacity,
        Benefit: _price_benefit,
        Export: _price_export,
        PowerFactor: price_power_factor,
        Fund: _price_fund,
        Percent: _price_percent,
        Minimum: _price_minimum,
    }
)
