"""What stands between facts and a price: asked before, so that nothing is billed halfway."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from billing.component import (
    Capacity,
    Demand,
    DemandBasis,
    Energy,
    LimitsPer,
    PowerFactor,
)
from billing.energy import parts_of
from billing.facts import Facts
from billing.tariff import Tariff


def obstacles(tariff: Tariff, facts: Facts) -> tuple[str, ...]:
    """Return why the tariff cannot price the facts, a sentence each; nothing if it can."""
    return tuple(
        f"{tariff.name}: {problem}"
        for component in tariff.components
        for problem in _OBSTACLES.get(type(component), _none)(component, facts)
    )


def _none(_component: object, _facts: Facts) -> Iterator[str]:
    yield from ()


def _energy(energy: Energy, facts: Facts) -> Iterator[str]:
    if energy.limits_per is LimitsPer.KW and facts.demand_kw is None:
        yield "limits go by demand, and the meter has no demand reading"
    if energy.limits_per is LimitsPer.KVA and facts.capacity_kva is None:
        yield "limits go by capacity, and the supply has no capacity in kVA"
    priced = energy.registers
    if not priced or not parts_of(energy, facts):
        return
    for register, kwh in facts.registers.items():
        if kwh and register not in priced and energy.remainder is None:
            yield f"register {register} counted energy for which there is no price"
    absent = [code for code in priced if code not in facts.registers and code != energy.remainder]
    if absent and sum(facts.registers.values(), Decimal(0)) != facts.kwh:
        yield f"the meter has no register {', '.join(absent)}, and energy was used"


def _demand(demand: Demand, facts: Facts) -> Iterator[str]:
    registers = {rate.register for block in demand.blocks for rate in block.rates}
    if None in registers and facts.demand_kw is None and demand.basis is DemandBasis.MEASURED:
        yield "demand is charged, and the meter has no demand reading"
    absent = [code for code in registers if code is not None and code not in facts.demands_kw]
    if absent and not facts.demands_kw:
        yield f"demand is charged by register, and none was measured in {', '.join(absent)}"
    if demand.basis is DemandBasis.CONTRACT:
        if facts.contracted_kw is None:
            yield "demand goes by contract, and the supply has no contracted kW"
        if demand.overrun is not None and facts.demand_kw is None:
            yield "an overrun is charged, and the meter has no demand reading"


def _capacity(_capacity: Capacity, facts: Facts) -> Iterator[str]:
    if facts.capacity_kva is None:
        yield "capacity is charged, and the supply has no capacity in kVA"


def _power_factor(_adjustment: PowerFactor, facts: Facts) -> Iterator[str]:
    if facts.reactive_kvarh is None:
        yield "the power factor counts, and the meter has no reactive register"


_OBSTACLES: Mapping[type, Callable[[Any, Facts], Iterator[str]]] = MappingProxyType(
    {
        Energy: _energy,
        Demand: _demand,
        Capacity: _capacity,
        PowerFactor: _power_factor,
    }
)
