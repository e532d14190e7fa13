"""Demand, capacity and the power factor in columns: the rules of `billing.two_part`."""

import numpy as np

from billing.component import Block, Capacity, Demand, DemandBasis, ExcessFrom, PowerFactor, Rate
from billing.facts import months_in, rounded
from billing.many import UNITS, Many
from billing.money import EXACT, MINOR
from billing.two_part import (
    PRICE,
    capacity_months,
    hundredths_of,
    idle,
    months_of,
    power_factor_percent,
    seasonal_parts,
)
from billing.wholes import Column, micro, roomy, scaled, times


def has_demand_columns(demand: Demand, many: Many) -> bool:
    """Test whether a demand charge can be worked out in columns: one maximum, no look back."""
    edges = [block.up_to for block in demand.blocks if block.up_to is not None]
    is_alone = not demand.registers and demand.ratchet is None
    is_told = many.intervals is None or demand.season is None
    return is_alone and is_told and all(edge == rounded(edge) for edge in edges)


def has_units(many: Many) -> bool:
    """Test whether what the usages share is in whole millionths."""
    shared = [getattr(many.like, name) for name in UNITS if getattr(many, name) is None]
    return all(one is None or one == rounded(one) for one in shared)


def demand(charge: Demand, many: Many) -> Column:
    """Return what a demand charge comes to for each usage, in minor units."""
    owed: Column = np.zeros(len(many.kwh), dtype=np.int64)
    for part in seasonal_parts(charge, many.like):
        some = many.part(part.period)
        measured, contract = some.units("demand_kw"), _contract(charge, some)
        tolerated = contract
        if charge.overrun is not None:
            tolerated = scaled(contract, charge.overrun.above)
        kw = measured
        if charge.basis is DemandBasis.CONTRACT:
            kw = np.where(measured > tolerated, measured, contract)
        lower = 0
        for block in charge.blocks:
            for rate in block.rates:
                owed = owed + _kw_cost(rate, _in_block(kw, lower, block), charge, some)
            lower = 0 if block.up_to is None else micro(block.up_to)
        if charge.overrun is not None:
            is_from_contract = charge.overrun.excess_from is ExcessFrom.CONTRACT
            least = contract if is_from_contract else tolerated
            excess = np.where(measured > tolerated, measured - least, 0)
            [rate] = charge.blocks[-1].rates
            owed = owed + _kw_cost(rate, excess, charge, some)
    return owed


def _contract(charge: Demand, many: Many) -> Column:
    contract = many.units("contracted_kw")
    if charge.contract_share_min is None:
        return contract
    return np.maximum(contract, scaled(many.units("capacity_kva"), charge.contract_share_min))


def _in_block(kw: Column, lower: int, block: Block) -> Column:
    upper = kw if block.up_to is None else np.minimum(kw, micro(block.up_to))
    inside: Column = np.maximum(upper - lower, 0)
    return inside


def _kw_cost(rate: Rate, kw: Column, charge: Demand, many: Many) -> Column:
    quantity = scaled(kw, months_of(many.like))
    owed = times(quantity, rate.price)
    if charge.high_use is None:
        return owed
    price = EXACT.quantize(rate.price * charge.high_use.price_share, PRICE)
    less: Column = np.where(_uses_much(charge, many), times(quantity, price), owed)
    return less


def _uses_much(charge: Demand, many: Many) -> Column:
    assert charge.high_use is not None, "asked only where it matters"
    kva = many.units("capacity_kva")
    above, below = months_in(many.like.whole)
    share, whole = charge.high_use.from_kwh_per_kva.as_integer_ratio()
    used_by = below * many.like.whole.days * whole
    least_by = share * above * many.like.period.days
    is_much = roomy(many.kwh, used_by) * used_by >= roomy(kva, least_by) * least_by
    return np.asarray(is_much & (kva != 0))


def capacity(charge: Capacity, many: Many) -> Column:
    """Return what a capacity charge comes to for each usage, in minor units."""
    months = capacity_months(charge, many.like)
    out_of_use = sum(map(micro, idle(charge, many.like)))
    return times(scaled(many.units("capacity_kva"), months) - out_of_use, charge.rate.price)


def power_factor(adjustment: PowerFactor, many: Many, base: Column) -> Column:
    """Return what the adjustment of a base comes to for each usage, in minor units."""
    reactive = many.units("reactive_kvarh").tolist()
    both = zip(many.kwh.tolist(), reactive, strict=True)
    # Roots of whole numbers, so one after the other; none where nothing was used.
    found = [hundredths_of(kwh, kvarh) for kwh, kvarh in both]
    factors = np.array([-1 if one is None else one for one in found], dtype=np.int64)
    owed = np.zeros_like(base)
    for factor in {int(one) for one in factors} - {-1}:
        percent = power_factor_percent(adjustment, factor).scaleb(-MINOR)
        owed = np.where(factors == factor, times(base, percent, MINOR), owed)
    return owed
