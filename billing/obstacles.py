"""What stands between facts and a price: asked before, so that nothing is billed halfway."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from billing.component import (
    Capacity,
    Demand,
    DemandBasis,
    Each,
    Energy,
    Export,
    Fixed,
    LimitsPer,
    PowerFactor,
)
from billing.energy import begins_season, parts_of
from billing.facts import Facts
from billing.intervals import Intervals, fits
from billing.pricing import holds
from billing.supply import Supply
from billing.tariff import Tariff
from billing.time_of_use import Calendar
from billing.two_part import demands_by, seasonal_parts


def obstacles(tariff: Tariff, facts: Facts) -> tuple[str, ...]:
    """Return why the tariff cannot price the facts, a sentence each; nothing if it can."""
    return tuple(
        f"{tariff.name}: {problem}"
        for component in tariff.components
        if holds(component, facts)
        for problem in _OBSTACLES.get(type(component), _none)(component, facts)
    )


def lacks(tariff: Tariff, supply: Supply) -> tuple[str, ...]:
    """Return why a supply can't be on the tariff, whatever its meter counts; nothing if it can."""
    found = []
    if tariff.classes and supply.supply_class not in tariff.classes:
        wanted = ", ".join(sorted(tariff.classes))
        found.append(f"{supply.tariff} is for {wanted}, and the supply is {supply.supply_class}")
    for component in tariff.components:
        each = component.each if isinstance(component, Fixed) else None
        limits = component.limits_per if isinstance(component, Energy) else None
        by_kva = isinstance(component, Capacity) or each is Each.KVA or limits is LimitsPer.KVA
        by_contract = each is Each.CONTRACTED_KW or (
            isinstance(component, Demand) and component.basis is DemandBasis.CONTRACT
        )
        if by_kva and not supply.capacity_kva:
            found.append(f"{supply.tariff} goes by kVA, and the supply has no capacity_kva")
        if by_contract and not supply.contracted_kw:
            found.append(f"{supply.tariff} goes by contract, and the supply has no contracted_kw")
    return tuple(dict.fromkeys(found))


def _none(_component: object, _facts: Facts) -> Iterator[str]:
    yield from ()


def _fixed(fixed: Fixed, facts: Facts) -> Iterator[str]:
    if fixed.each is Each.KW and facts.demand_kw is None:
        yield "a charge is for each kW, and the meter has no demand reading"
    if fixed.each is Each.CONTRACTED_KW and facts.contracted_kw is None:
        yield "a charge is for each contracted kW, and the supply has no contracted kW"
    if fixed.each is Each.KVA and facts.capacity_kva is None:
        yield "a charge is for each kVA, and the supply has no capacity in kVA"


def _energy(energy: Energy, facts: Facts) -> Iterator[str]:
    if energy.limits_per is LimitsPer.KW and facts.demand_kw is None:
        yield "limits go by demand, and the meter has no demand reading"
    if energy.limits_per is LimitsPer.KVA and facts.capacity_kva is None:
        yield "limits go by capacity, and the supply has no capacity in kVA"
    coarse = _coarse(energy.calendar, facts.intervals)
    yield from coarse
    if energy.limits_per is LimitsPer.SEASON and facts.season_kwh is None:
        yield from _season(energy, facts)
    if energy.registers and not coarse:
        parts = parts_of(energy, facts)
        yield from dict.fromkeys(problem for part in parts for problem in _counted(energy, part))


def _season(energy: Energy, facts: Facts) -> Iterator[str]:
    for part in parts_of(energy, facts):
        if part.season_kwh is None and not begins_season(energy, part):
            yield f"limits go by season, and nobody said what it had used by {part.period.start}"


def _coarse(calendar: Calendar | None, intervals: Intervals | None) -> list[str]:
    if calendar is None or intervals is None or fits(calendar, intervals.minutes):
        return []
    minutes = intervals.minutes
    edge = next(edge for edge in calendar.edges if edge % minutes)
    at = f"{edge // 60:02}:{edge % 60:02}"
    inside = f"inside an interval of {minutes} minutes"
    return [f"calendar {calendar.name} changes at {at}, {inside}; shorter ones are wanted"]


def _counted(energy: Energy, facts: Facts) -> Iterator[str]:
    priced, found = energy.registers, facts.kwh_by(energy.calendar)
    for register, kwh in found.items():
        if kwh and register not in priced and energy.remainder is None:
            yield f"register {register} counted energy for which there is no price"
    absent = [code for code in priced if code not in found and code != energy.remainder]
    if absent and sum(found.values(), Decimal(0)) != facts.kwh:
        yield f"the meter has no register {', '.join(absent)}, and energy was used"


def _export(export: Export, facts: Facts) -> Iterator[str]:
    if not export.registers or not facts.export_kwh:
        return
    coarse = _coarse(export.calendar, facts.export_intervals)
    yield from coarse
    found = {} if coarse else facts.export_by(export.calendar)
    if not coarse and sum(found.values(), Decimal(0)) != facts.export_kwh:
        listed = ", ".join(export.registers)
        yield f"what is fed in is credited by register, and not all of it was counted in {listed}"
    for register, kwh in found.items():
        if kwh and register not in export.registers:
            yield f"register {register} counted energy fed in for which there is no price"


def _demand(demand: Demand, facts: Facts) -> Iterator[str]:
    is_plain = any(rate.register is None for block in demand.blocks for rate in block.rates)
    if is_plain and facts.demand_kw is None and demand.basis is DemandBasis.MEASURED:
        yield "demand is charged, and the meter has no demand reading"
    yield from _demand_registers(demand, facts)
    if demand.ratchet is not None and facts.past_demands is None:
        yield "demand goes by months before, and nobody said what they were"
    if demand.basis is DemandBasis.CONTRACT:
        if facts.contracted_kw is None:
            yield "demand goes by contract, and the supply has no contracted kW"
        if demand.overrun is not None and facts.demand_kw is None:
            yield "an overrun is charged, and the meter has no demand reading"


def _demand_registers(demand: Demand, facts: Facts) -> Iterator[str]:
    if not demand.registers:
        return
    coarse = _coarse(demand.calendar, facts.intervals)
    yield from coarse
    parts = () if coarse else tuple(seasonal_parts(demand, facts))
    if parts and not any(demands_by(demand, part) for part in parts):
        listed = ", ".join(demand.registers)
        yield f"demand is charged by register, and none was measured in {listed}"


def _capacity(_capacity: Capacity, facts: Facts) -> Iterator[str]:
    if facts.capacity_kva is None:
        yield "capacity is charged, and the supply has no capacity in kVA"


def _power_factor(_adjustment: PowerFactor, facts: Facts) -> Iterator[str]:
    if facts.reactive_kvarh is None:
        yield "the power factor counts, and the meter has no reactive register"


_OBSTACLES: Mapping[type, Callable[[Any, Facts], Iterator[str]]] = MappingProxyType(
    {
        Fixed: _fixed,
        Energy: _energy,
        Export: _export,
        Demand: _demand,
        Capacity: _capacity,
        PowerFactor: _power_factor,
    }
)
