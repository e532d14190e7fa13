"""
Price many usages of one period at once, in columns of whole numbers.

The rules are those of `billing.pricing`: the same parts of the period, the same edges of blocks,
the same rounding. Only the arithmetic is another: millionths of a kWh and whole minor units in
64 bits, and in Python's unbounded numbers where 64 bits would not hold them. What has no columns
is priced one by one, so that every total is that of the reference form.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import MappingProxyType
from typing import Any

import numpy as np

from billing.arrays_two_part import (
    capacity,
    demand,
    has_demand_columns,
    has_units,
    power_factor,
)
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
    LimitsPer,
    Minimum,
    Paid,
    Percent,
    PowerFactor,
    Rounding,
    Settled,
    Sharing,
)
from billing.energy import Step, parts_of, steps_of
from billing.facts import months_into_year, pieces, rounded
from billing.many import Many
from billing.money import EXACT, MINOR
from billing.pricing import price, times_of
from billing.tariff import Tariff
from billing.two_part import months_of
from billing.wholes import Column, full, half_up, micro, roomy, scaled, times

__all__ = ["Many", "totals"]

ZERO = Decimal(0)
_OF_EACH = {
    Each.KW: "demand_kw",
    Each.CONTRACTED_KW: "contracted_kw",
    Each.KVA: "capacity_kva",
}
_UNITS_OF = {LimitsPer.KW: "demand_kw", LimitsPer.KVA: "capacity_kva"}


def totals(tariff: Tariff, many: Many) -> Column:
    """Return what each usage comes to, in minor units: the sum of what `price` asks for."""
    if not has_columns(tariff, many):
        owed = (sum(line.amount for line in price(tariff, facts)) for facts in many)
        return np.array(list(owed), dtype=object)
    many = many.wide()
    of: dict[str, Column] = {}
    for component, code in zip(tariff.components, tariff.codes, strict=True):
        of[code] = of.get(code, 0) + _OWED[type(component)](component, many, of)
    total: Column = sum(of.values(), np.zeros(len(many.kwh), dtype=np.int64))
    if tariff.vat is not None and not tariff.vat.included:
        total = total + times(total, tariff.vat.rate, MINOR)
    if tariff.round_to is not None and many.like.period == many.like.whole:
        total = half_up(total, tariff.round_to.step) * tariff.round_to.step
    return total


def has_columns(tariff: Tariff, many: Many) -> bool:
    """
    Test whether every part of a tariff can be worked out in columns for some usages.

    What can't: rounding by the bill, blocks over a season, demand by register or with a look back,
    credits by register, parts for who used so much, and seasons of recorded intervals.
    """
    return (
        tariff.rounding is Rounding.LINE
        and has_units(many)
        and all(_HAS_COLUMNS.get(type(one), _always)(one, many) for one in tariff.components)
    )


def _always(_component: Component, _many: Many) -> bool:
    return True


def _has_fixed_columns(fixed: Fixed, _many: Many) -> bool:
    return fixed.if_used is None


def _has_benefit_columns(benefit: Benefit, many: Many) -> bool:
    return many.intervals is None or benefit.settled is Settled.MONTH


def _has_export_columns(export: Export, _many: Many) -> bool:
    return not export.registers


def _has_factor_columns(_adjustment: PowerFactor, many: Many) -> bool:
    reactive = many.like.reactive_kvarh or ZERO
    return many.reactive_kvarh is not None or reactive == rounded(reactive)


def _has_energy_columns(energy: Energy, many: Many) -> bool:
    is_whole = many.intervals is None or parts_of(energy, many.like) == (many.like,)
    edges = (block.up_to for block in energy.blocks if block.up_to is not None)
    is_kept = all(edge == rounded(edge) for edge in edges)
    unit = _UNITS_OF.get(energy.limits_per)
    is_alike = unit is None or getattr(many, unit) is None
    is_plain = energy.if_used is None and energy.limits_per is not LimitsPer.SEASON
    return is_plain and is_whole and is_kept and is_alike


Of = Mapping[str, Column]
"""What the parts before came to, by their codes."""


def _benefit(benefit: Benefit, many: Many, _of: Of) -> Column:
    return times(-_free(benefit, many), benefit.rate.price)


def _fund(fund: Fund, many: Many, _of: Of) -> Column:
    return times(many.kwh, fund.rate.price)


def _export(export: Export, many: Many, _of: Of) -> Column:
    fed_in = full(len(many.kwh), micro(many.like.export_kwh))
    return sum((times(fed_in, -one.price) for one in export.rates), np.zeros_like(fed_in))


def _percent(percent: Percent, many: Many, of: Of) -> Column:
    return times(_base(percent.of, many, of), percent.percent.scaleb(-MINOR), MINOR)


def _factor(adjustment: PowerFactor, many: Many, of: Of) -> Column:
    return power_factor(adjustment, many, _base(adjustment.of, many, of))


def _demand(charge: Demand, many: Many, _of: Of) -> Column:
    return demand(charge, many)


def _capacity(charge: Capacity, many: Many, _of: Of) -> Column:
    return capacity(charge, many)


def _base(codes: tuple[str, ...], many: Many, of: Of) -> Column:
    return sum((of[code] for code in codes), np.zeros_like(many.kwh))


def _fixed(fixed: Fixed, many: Many, _of: Of) -> Column:
    months = None if fixed.season is None else fixed.season.months
    owed: Column = np.zeros(len(many.kwh), dtype=np.int64)
    for period in pieces(many.like.period, months) if months else (many.like.period,):
        often = times_of(fixed.per, many.like.part(period))
        units = full(len(owed), 10**6) if fixed.each is None else many.units(_OF_EACH[fixed.each])
        owed = owed + times(scaled(units, often), fixed.rate.price)
    return owed


def _free(benefit: Benefit, many: Many) -> Column:
    """Return the kWh that cost nothing, as `billing.pricing` counts them."""
    each = benefit.kwh_per_month
    if benefit.settled is Settled.MONTH:
        free = full(len(many.kwh), micro(rounded(EXACT.multiply(each, months_of(many.like)))))
        if benefit.paid is Paid.CASH:
            return free
        return np.maximum(0, np.minimum(free, many.kwh))
    due = np.zeros_like(many.kwh)
    for part in (many.part(period) for period in pieces(many.like.period, by_year=True)):
        late = 12 - part.like.year_months
        before, by_end = (
            micro(rounded(EXACT.multiply(each, max(ZERO, months - late))))
            for months in months_into_year(part.like.period)
        )
        if benefit.paid is Paid.CASH:
            due = due + (by_end - before)
        else:
            reached = np.minimum(part.year_kwh + part.kwh, by_end)
            due = due + np.maximum(0, reached - np.minimum(part.year_kwh, before))
    return due


def _missing(minimum: Minimum, many: Many, of: Of) -> Column:
    """Return what the bills lack of the least that is owed."""
    least = EXACT.multiply(minimum.rate.price, times_of(minimum.per, many.like)).scaleb(MINOR)
    owed = sum(of.values(), np.zeros_like(many.kwh))
    # A price keeps 8 decimals, and money is whole: what is missing is rounded to both in turn.
    fine = (least.scaleb(6) + Decimal("0.5")).to_integral_value(ROUND_FLOOR)
    asked = int((fine.scaleb(-6) + Decimal("0.5")).to_integral_value(ROUND_FLOOR))
    is_less = owed < int(least.to_integral_value(ROUND_CEILING))
    return np.where(is_less, asked - owed, 0)


def _energy(energy: Energy, many: Many, _of: Of) -> Column:
    owed: Column = np.zeros(len(many.kwh), dtype=np.int64)
    for part in parts_of(energy, many.like):
        some = many.part(part.period)
        counted = _counted_by(energy, some)
        for rate in energy.base:
            kwh = some.kwh if rate.register is None else counted[rate.register]
            owed = owed + times(kwh, rate.price)
        if energy.sharing is Sharing.SHARED:
            owed = owed + _shared(energy, some, counted)
            continue
        for step in steps_of(energy, some.like):
            for rate in step.block.rates:
                kwh = some.kwh if rate.register is None else counted[rate.register]
                owed = owed + times(_take(energy, some, step, kwh), rate.price)
    return owed


def _take(energy: Energy, many: Many, step: Step, kwh: Column) -> Column:
    used = many.year_kwh if energy.counts_by_year else np.zeros_like(kwh)
    return _between(used + kwh, step) - _between(used, step)


def _shared(energy: Energy, many: Many, counted: Mapping[str, Column]) -> Column:
    """Return what blocks come to whose kWh registers share in proportion."""
    columns = [counted[rate.register] for rate in energy.blocks[0].rates if rate.register]
    sums = np.cumsum(np.array(columns), axis=0)
    total, nothing = sums[-1], np.zeros_like(sums[-1])
    owed: Column = nothing
    taken, before = nothing, [nothing] * len(columns)
    for step in steps_of(energy, many.like):
        taken = taken + _take(energy, many, step, total)
        now = [_proportion(taken, upto, total) for upto in sums]
        left = nothing
        for rate, here, there in zip(step.block.rates, now, before, strict=True):
            owed = owed + times(here - there - left, rate.price)
            left = here - there
        before = now
    return owed


def _proportion(taken: Column, upto: Column, total: Column) -> Column:
    """Return taken x upto / total, half up; nothing of nothing."""
    wide = roomy(taken, 2 * int(abs(upto).max() if len(upto) else 0) + 2)
    divisor = np.where(total == 0, 1, abs(total)).astype(wide.dtype)
    signed = np.where(total < 0, -1, 1) * wide * upto.astype(wide.dtype)
    size = (2 * abs(signed) + divisor) // (2 * divisor)
    share: Column = np.where(total == 0, 0, np.where(signed < 0, -size, size))
    return share


def _counted_by(energy: Energy, many: Many) -> Mapping[str, Column]:
    found, nothing = many.kwh_by(energy.calendar), np.zeros_like(many.kwh)
    counted = {register: found.get(register, nothing) for register in energy.registers}
    if energy.remainder is not None:
        del counted[energy.remainder]
        counted[energy.remainder] = many.kwh - sum(counted.values(), nothing)
    return counted


def _between(kwh: Column, step: Step) -> Column:
    if step.lower is not None:
        kwh = np.maximum(kwh, micro(step.lower))
    return kwh if step.upper is None else np.minimum(kwh, micro(step.upper))


# Which rule works out which component; one that isn't named in the first always has columns.
_HAS_COLUMNS: Mapping[type, Callable[[Any, Many], bool]] = MappingProxyType(
    {
        Fixed: _has_fixed_columns,
        Energy: _has_energy_columns,
        Demand: has_demand_columns,
        Benefit: _has_benefit_columns,
        Export: _has_export_columns,
        PowerFactor: _has_factor_columns,
    }
)
_OWED: Mapping[type, Callable[[Any, Many, Of], Column]] = MappingProxyType(
    {
        Fixed: _fixed,
        Energy: _energy,
        Demand: _demand,
        Capacity: _capacity,
        Benefit: _benefit,
        Export: _export,
        PowerFactor: _factor,
        Fund: _fund,
        Percent: _percent,
        Minimum: _missing,
    }
)
