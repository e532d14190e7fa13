"""What energy costs: base prices, blocks of every kind, registers, and how they meet."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from billing.component import Block, Energy, LimitsPer, NewCustomer, Sharing
from billing.facts import Facts, months_in, pieces, rounded
from billing.line import Sheet
from billing.money import EXACT
from meters.reading import RegisterCode, plain

ZERO = Decimal(0)
KWH = "kWh"
_LIMITS = {
    LimitsPer.PERIOD: "of the billing period",
    LimitsPer.MONTH: "by months",
    LimitsPer.DAY: "by days",
    LimitsPer.YEAR: "of the calendar year",
    LimitsPer.KW: "by kW of maximum demand",
    LimitsPer.KVA: "by kVA of capacity",
}


def price_energy(energy: Energy, facts: Facts, sheet: Sheet) -> None:
    """Add the lines of an energy component, for each part of the period it holds in."""
    for part in parts_of(energy, facts):
        for rate in energy.base:
            kwh = part.kwh if rate.register is None else kwh_of(energy, part, rate.register)
            why = f"register {rate.register}" if rate.register else "every kWh"
            sheet.add(rate.label, kwh, KWH, rate.price, why)
        if energy.sharing is None:
            _price_blocks(energy, part, sheet)
        elif energy.sharing is Sharing.SHARED:
            _price_shared(energy, part, sheet)
        else:
            _price_each(energy, part, sheet)


def parts_of(energy: Energy, facts: Facts) -> tuple[Facts, ...]:
    """Return the facts of the parts in which the component holds: its season, year by year."""
    by_year = energy.limits_per is LimitsPer.YEAR
    if energy.season is None and not by_year:
        return (facts,)
    months = None if energy.season is None else energy.season.months
    return tuple(facts.part(part) for part in pieces(facts.period, months, by_year=by_year))


def kwh_of(energy: Energy, facts: Facts, register: RegisterCode) -> Decimal:
    """Return a register's kWh; the remainder is what the others leave of the total."""
    if register is not energy.remainder:
        return facts.registers.get(register, ZERO)
    others = (facts.registers.get(other, ZERO) for other in energy.registers if other != register)
    return facts.kwh - sum(others, ZERO)


def edges_of(energy: Energy, facts: Facts) -> list[Decimal]:
    """Return the upper edges of the blocks, all but the last, as they hold for the facts."""
    above, below = _scale(energy, facts)
    extra = _household(energy, facts)
    edges = [block.up_to for block in energy.blocks if block.up_to is not None]
    if above == below:
        return [edge + extra for edge in edges]
    return [rounded(EXACT.divide(EXACT.multiply(edge, above), below)) + extra for edge in edges]


def _scale(energy: Energy, facts: Facts) -> tuple[Decimal, Decimal]:
    """Return what the written limits are multiplied by, as a fraction."""
    match energy.limits_per:
        case LimitsPer.YEAR:
            is_full = energy.new_customer is NewCustomer.FULL
            return Decimal(12 if is_full else facts.year_months), Decimal(12)
        case LimitsPer.MONTH:
            return _months(facts)
        case LimitsPer.DAY:
            return Decimal(facts.period.days), Decimal(1)
        case LimitsPer.KW:
            return facts.demand_kw or ZERO, Decimal(1)
        case LimitsPer.KVA:
            return facts.capacity_kva or ZERO, Decimal(1)
        case LimitsPer.PERIOD:
            return Decimal(facts.period.days), Decimal(facts.whole.days)


def _months(facts: Facts) -> tuple[Decimal, Decimal]:
    above, below = months_in(facts.whole)
    if facts.period == facts.whole:
        return Decimal(above), Decimal(below)
    return Decimal(above * facts.period.days), Decimal(below * facts.whole.days)


def _household(energy: Energy, facts: Facts) -> Decimal:
    """Return the kWh that every limit is raised by for a large household."""
    allowance = energy.household
    if allowance is None or (facts.household_size or 0) < allowance.from_size:
        return ZERO
    if energy.limits_per is LimitsPer.YEAR:
        return allowance.extra_kwh_per_month * facts.household_months
    above, below = _months(facts)
    return rounded(EXACT.divide(EXACT.multiply(allowance.extra_kwh_per_month, above), below))


def _price_blocks(energy: Energy, facts: Facts, sheet: Sheet) -> None:
    for block, take, why in _cut(energy, facts, facts.kwh):
        for rate in block.rates:
            sheet.add(rate.label, take, KWH, rate.price, why)


def _price_each(energy: Energy, facts: Facts, sheet: Sheet) -> None:
    for at, first in enumerate(energy.blocks[0].rates):
        assert first.register is not None, "blocks by register name their registers"
        kwh = kwh_of(energy, facts, first.register)
        for block, take, why in _cut(energy, facts, kwh):
            rate = block.rates[at]
            sheet.add(rate.label, take, KWH, rate.price, f"register {rate.register}, {why}")


def _price_shared(energy: Energy, facts: Facts, sheet: Sheet) -> None:
    registers = [
        kwh_of(energy, facts, rate.register)
        for rate in energy.blocks[0].rates
        if rate.register is not None
    ]
    total = sum(registers, ZERO)
    if not total:
        return
    # Rounded sums of blocks and registers, whose differences lose nothing in either direction.
    taken = ZERO
    before = [ZERO] * len(registers)
    for block, take, why in _cut(energy, facts, total):
        taken += take
        now = [
            rounded(EXACT.divide(EXACT.multiply(taken, upto), total)) for upto in _sums(registers)
        ]
        shares = [
            here - there - left
            for here, there, left in zip(now, before, _lefts(now, before), strict=True)
        ]
        for rate, share in zip(block.rates, shares, strict=True):
            sheet.add(
                rate.label, share, KWH, rate.price, f"{why}, in proportion to {rate.register}"
            )
        before = now


def _sums(numbers: Iterable[Decimal]) -> Iterator[Decimal]:
    total = ZERO
    for number in numbers:
        total += number
        yield total


def _lefts(now: list[Decimal], before: list[Decimal]) -> list[Decimal]:
    """Return what the registers to the left of each have of the block."""
    return [ZERO, *(here - there for here, there in zip(now, before, strict=True))][: len(now)]


def _cut(energy: Energy, facts: Facts, kwh: Decimal) -> Iterator[tuple[Block, Decimal, str]]:
    """Yield each block, the kWh that fall into it, and why; those of all blocks sum to the kWh."""
    if not energy.blocks:
        return
    is_year = energy.limits_per is LimitsPer.YEAR
    used = facts.year_kwh if is_year else ZERO
    reached = used + kwh
    per = _LIMITS[energy.limits_per]
    tail = f", {plain(used)} used before" if is_year else ""
    lower: Decimal | None = None
    for block, upper in zip(energy.blocks, [*edges_of(energy, facts), None], strict=True):
        take = _between(reached, lower, upper) - _between(used, lower, upper)
        if take:
            yield block, take, f"kWh {_edge(lower, '0')} to {_edge(upper, 'any')} {per}{tail}"
        lower = upper


def _edge(kwh: Decimal | None, none: str) -> str:
    return none if kwh is None else plain(kwh)


def _between(kwh: Decimal, lower: Decimal | None, upper: Decimal | None) -> Decimal:
    if lower is not None and kwh < lower:
        return lower
    if upper is not None and kwh > upper:
        return upper
    return kwh
