"""What large customers pay besides energy: demand, capacity, and for their power factor."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from math import isqrt

from billing.component import (
    Block,
    Capacity,
    DayBasis,
    Demand,
    DemandBasis,
    ExcessFrom,
    PowerFactor,
    Ratchet,
    Rate,
)
from billing.facts import Facts, months_before, months_in, pieces, rounded
from billing.intervals import Registers
from billing.line import Sheet
from billing.money import EXACT, MINOR, major
from meters.reading import plain

ZERO = Decimal(0)
KW, KVA = "kW", "kVA"
PRICE = Decimal("1e-8")


def months_of(facts: Facts) -> Decimal:
    """Return for how many months the facts are charged; a part of a period goes by its days."""
    above, below = months_in(facts.whole)
    if not facts.is_whole:
        above, below = above * facts.period.days, below * facts.whole.days
    return Decimal(above) if below == 1 else rounded(EXACT.divide(Decimal(above), Decimal(below)))


def price_demand(demand: Demand, facts: Facts, sheet: Sheet) -> None:
    """
    Add the lines of a demand charge, for the months of its season.

    With a contract value, that is charged up to its tolerated overrun; above it the measured
    demand, and what exceeds the tolerance once more (发改办价格[2016]1583号).
    """
    for part in seasonal_parts(demand, facts):
        share, discount = months_of(part), _discount(demand, part)
        measured = demands_by(demand, part) if demand.registers else {}
        for block in demand.blocks:
            for rate in block.rates:
                kw, why = _chargeable(demand, part, rate, measured)
                kw = _in_block(kw, block, demand.blocks)
                _add_kw(rate, kw, share, discount, why, sheet)
        _price_overrun(demand, part, sheet)


def seasonal_parts(demand: Demand, facts: Facts) -> Iterator[Facts]:
    """
    Yield the facts of the parts in which a demand charge holds.

    Demand that was recorded is the highest of the season's days; a demand register tells of the
    whole period only. Where a tariff changes inside a period, the whole period's demand counts.
    """
    if demand.season is None:
        yield facts
        return
    for period in pieces(facts.period, demand.season.months):
        part = facts.part(period)
        if part.intervals is not None:
            part = replace(part, demand_kw=part.intervals.demand_kw(period))
        yield part


def demands_by(demand: Demand, facts: Facts) -> Registers:
    """Return the demand of each register that the charge goes by."""
    return facts.demands_by(demand.calendar, facts.whole if demand.season is None else facts.period)


def _add_kw(
    rate: Rate, kw: Decimal, months: Decimal, discount: Decimal, why: str, sheet: Sheet
) -> None:
    price = rate.price if discount == 1 else EXACT.quantize(rate.price * discount, PRICE)
    if discount != 1:
        why = f"{why}, at {discount} of {rate.price}"
    if months != 1:
        why = f"{why}, {plain(kw)} kW for {plain(months)} months"
    sheet.add(rate.label, rounded(EXACT.multiply(kw, months)), KW, price, why)


def _chargeable(
    demand: Demand, facts: Facts, rate: Rate, by_register: Registers
) -> tuple[Decimal, str]:
    if rate.register is not None:
        return by_register.get(rate.register, ZERO), f"measured in {rate.register}"
    measured = facts.demand_kw or ZERO
    if demand.ratchet is not None:
        return _ratcheted(demand.ratchet, facts, measured)
    if demand.basis is DemandBasis.MEASURED:
        return measured, "measured"
    contract = _contract(demand, facts)
    if measured > _tolerated(demand, contract):
        return measured, f"measured, above {plain(contract)} kW of contract"
    return contract, f"contract value, {plain(measured)} kW measured"


def _ratcheted(ratchet: Ratchet, facts: Facts, measured: Decimal) -> tuple[Decimal, str]:
    """Return what was measured, or a share of the highest of the months before if that is more."""
    first = months_before(facts.whole.start, ratchet.months)
    earlier = {
        month: kw
        for month, kw in (facts.past_demands or {}).items()
        if first <= month < facts.whole.start.replace(day=1)
        and (ratchet.season is None or month.month in ratchet.season.months)
    }
    highest = max(earlier, key=lambda month: earlier[month], default=None)
    if highest is None or (least := rounded(ratchet.share * earlier[highest])) <= measured:
        return measured, "measured"
    why = f"{ratchet.share} of {plain(earlier[highest])} kW in {highest:%Y-%m}"
    return least, f"{why}, {plain(measured)} kW measured"


def _contract(demand: Demand, facts: Facts) -> Decimal:
    contract = facts.contracted_kw or ZERO
    if demand.contract_share_min is None:
        return contract
    return max(contract, rounded(demand.contract_share_min * (facts.capacity_kva or ZERO)))


def _tolerated(demand: Demand, contract: Decimal) -> Decimal:
    return contract if demand.overrun is None else rounded(contract * demand.overrun.above)


def _price_overrun(demand: Demand, facts: Facts, sheet: Sheet) -> None:
    if demand.overrun is None:
        return
    contract = _contract(demand, facts)
    measured, tolerated = facts.demand_kw or ZERO, _tolerated(demand, contract)
    if measured > tolerated:
        is_from_contract = demand.overrun.excess_from is ExcessFrom.CONTRACT
        least = contract if is_from_contract else tolerated
        excess = measured - least
        [rate] = demand.blocks[-1].rates
        once_more = Rate(demand.overrun.label, rate.price)
        why = f"above {plain(least)} kW, once more"
        _add_kw(once_more, excess, months_of(facts), _discount(demand, facts), why, sheet)


def _in_block(kw: Decimal, block: Block, blocks: tuple[Block, ...]) -> Decimal:
    below = [one.up_to for one in blocks[: blocks.index(block)]]
    lower = below[-1] if below and below[-1] is not None else ZERO
    upper = kw if block.up_to is None else min(kw, block.up_to)
    return max(upper - lower, ZERO)


def _discount(demand: Demand, facts: Facts) -> Decimal:
    """Return the share of the price that is owed by who uses much for each kVA (526号 of 2023)."""
    if demand.high_use is None or not facts.capacity_kva:
        return Decimal(1)
    above, below = months_in(facts.whole)
    days, whole_days = facts.period.days, facts.whole.days
    least = demand.high_use.from_kwh_per_kva * facts.capacity_kva
    is_high = facts.kwh * below * whole_days >= least * above * days
    return demand.high_use.price_share if is_high else Decimal(1)


def price_capacity(capacity: Capacity, facts: Facts, sheet: Sheet) -> None:
    """
    Add the line of a capacity charge.

    A suspension lowers it by its days if it is as long as the tariff wants, else not at all.
    """
    kva = facts.capacity_kva or ZERO
    months = capacity_months(capacity, facts)
    out_of_use = sum(idle(capacity, facts), ZERO)
    why = f"{plain(kva)} kVA for {plain(months)} months"
    if facts.suspended:
        why += f", less {plain(out_of_use)} kVA months of suspension"
    rate = capacity.rate
    sheet.add(rate.label, rounded(EXACT.multiply(kva, months)) - out_of_use, KVA, rate.price, why)


def capacity_months(capacity: Capacity, facts: Facts) -> Decimal:
    """Return for how many months capacity is charged; odd days are thirtieths if need be."""
    if capacity.day_basis is DayBasis.CALENDAR or not facts.is_whole:
        return months_of(facts)
    above, below = months_in(facts.whole)
    whole, rest = divmod(above, below)
    return whole + rounded(EXACT.divide(Decimal(rest), Decimal(30)))


def idle(capacity: Capacity, facts: Facts) -> Iterator[Decimal]:
    """Yield the kVA months of each suspension that is long enough to count."""
    above, below = months_in(facts.whole)
    for kva, days, lasts_days in facts.suspended:
        if (days if lasts_days is None else lasts_days) < capacity.suspended_days_min:
            continue
        if capacity.day_basis is DayBasis.FIXED_30:
            yield rounded(EXACT.divide(kva * days, Decimal(30)))
        else:
            days_in_month = Decimal(facts.whole.days * below)
            yield rounded(EXACT.divide(kva * days * above, days_in_month))


def power_factor_of(kwh: Decimal, kvarh: Decimal) -> int | None:
    """
    Return the power factor in hundredths, half up: P / sqrt(P^2 + Q^2); none if nothing was used.

    Worked out in whole numbers, so that no root is ever rounded on the way.
    """
    return hundredths_of(int(kwh.scaleb(6)), int(kvarh.scaleb(6)))


def hundredths_of(active: int, reactive: int) -> int | None:
    """Return the power factor in hundredths, of energies in whole units of the same size."""
    apparent = active * active + reactive * reactive
    if not active:
        return None
    return (isqrt(40_000 * active * active // apparent) + 1) // 2


def power_factor_percent(adjustment: PowerFactor, hundredths: int) -> Decimal:
    """Return the percentage for a power factor: negative above the standard, positive below."""
    points = hundredths - adjustment.standard
    steps, sign = (adjustment.above, -1) if points > 0 else (adjustment.below, 1)
    left, percent = abs(points), ZERO
    for step in steps:
        taken = left if step.points is None else min(left, step.points)
        percent += step.percent * taken
        left -= taken
    return sign * percent


def price_power_factor(adjustment: PowerFactor, facts: Facts, sheet: Sheet) -> None:
    """Add the line that lowers or raises the participating amounts for the power factor."""
    hundredths = power_factor_of(facts.kwh, facts.reactive_kvarh or ZERO)
    if hundredths is None:
        return
    percent = power_factor_percent(adjustment, hundredths)
    base = major(sum(sheet.of.get(code, 0) for code in adjustment.of))
    if not percent:
        return
    why = (
        f"power factor {Decimal(hundredths).scaleb(-2)} of {plain(facts.kwh)} kWh and "
        f"{plain(facts.reactive_kvarh or ZERO)} kvarh, standard "
        f"{Decimal(adjustment.standard).scaleb(-2)}: "
        f"{percent} % of {', '.join(adjustment.of)}"
    )
    sheet.add(adjustment.label, base, "%", percent.scaleb(-MINOR), why)
