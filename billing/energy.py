"""What energy costs: base prices, blocks of every kind, registers, and how they meet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from billing.component import Block, Energy, LimitsPer, NewCustomer, Sharing
from billing.facts import Facts, months_in, pieces, rounded, season_of
from billing.intervals import Intervals, Registers
from billing.line import Sheet
from billing.money import EXACT
from billing.time_of_use import Calendar
from meters.period import Period
from meters.reading import plain

ZERO = Decimal(0)
KWH = "kWh"
_BY_DAYS = frozenset({LimitsPer.PERIOD, LimitsPer.MONTH, LimitsPer.DAY})
_LIMITS = {
    LimitsPer.PERIOD: "of the billing period",
    LimitsPer.MONTH: "by months",
    LimitsPer.DAY: "by days",
    LimitsPer.YEAR: "of the calendar year",
    LimitsPer.SEASON: "of the season",
    LimitsPer.KW: "by kW of maximum demand",
    LimitsPer.KVA: "by kVA of capacity",
}


def price_energy(energy: Energy, facts: Facts, sheet: Sheet) -> None:
    """Add the lines of an energy component, for each part of the period it holds in."""
    for part in parts_of(energy, facts):
        counted = counted_by(energy, part)
        for rate in energy.base:
            kwh = part.kwh if rate.register is None else counted[rate.register]
            sheet.add(rate.label, kwh, KWH, rate.price, _counted_why(energy, part, rate.register))
        if energy.sharing is None:
            _price_blocks(energy, part, sheet)
        elif energy.sharing is Sharing.SHARED:
            _price_shared(energy, part, counted, sheet)
        else:
            _price_each(energy, part, counted, sheet)


def parts_of(energy: Energy, facts: Facts) -> tuple[Facts, ...]:
    """Return the facts of the parts in which the component holds: its season, year by year."""
    by_year = energy.counts_by_year
    if energy.season is None and not by_year:
        return (facts,)
    months = None if energy.season is None else energy.season.months
    parts = tuple(facts.part(part) for part in pieces(facts.period, months, by_year=by_year))
    if energy.limits_per is not LimitsPer.SEASON:
        return parts
    # Another season than that of the first day begins inside of the period, with nothing used.
    return tuple(
        part
        if part.period.start == facts.period.start
        else replace(part, season_kwh=ZERO, season_months=None)
        for part in parts
    )


def used_before(energy: Energy, facts: Facts) -> Decimal:
    """Return what counts against the limits before the facts' first day."""
    if energy.counts_by_year:
        return facts.year_kwh
    if energy.limits_per is LimitsPer.SEASON and not begins_season(energy, facts):
        return facts.season_kwh or ZERO
    return ZERO


def begins_season(energy: Energy, facts: Facts) -> bool:
    """Test whether the facts begin with the first day of the component's season."""
    return season_in(energy, facts).start == facts.period.start


def season_in(energy: Energy, facts: Facts) -> Period:
    """Return the season of a component whose limits count over it, on the facts' first day."""
    assert energy.season is not None, "limits per season want a season"
    return season_of(energy.season.months, facts.period.start)


def counted_by(energy: Energy, facts: Facts) -> Registers:
    """Return the kWh of each priced register; the remainder is what the others leave."""
    if not energy.registers:
        return {}
    found = facts.kwh_by(energy.calendar)
    counted = {register: found.get(register, ZERO) for register in energy.registers}
    if energy.remainder is not None:
        del counted[energy.remainder]
        counted[energy.remainder] = facts.kwh - sum(counted.values(), ZERO)
    return counted


def _counted_why(energy: Energy, facts: Facts, register: str | None) -> str:
    if register is None:
        return "every kWh"
    return register_why(register, energy.calendar, facts.intervals)


def register_why(register: str, calendar: Calendar | None, intervals: Intervals | None) -> str:
    """Return how it is known what a register counted."""
    if calendar is None or intervals is None:
        return f"register {register}"
    return (
        f"register {register} by calendar {calendar.name}, "
        f"of intervals of {intervals.minutes} minutes"
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A block as it holds for some facts: between which kWh, and how its line says so."""

    block: Block
    lower: Decimal | None
    upper: Decimal | None
    why: str


def steps_of(energy: Energy, facts: Facts) -> tuple[Step, ...]:
    """Return the blocks with their edges as they hold for the facts; none if there are none."""
    if energy.limits_per in _BY_DAYS and energy.household is None:
        return _steps_of_days(energy, facts.period, facts.billing_period)
    return _steps(energy, *_scale(energy, facts), _household(energy, facts))


# Facts of a run mostly share their days; `Energy` is compared by identity, so this is quick.
@lru_cache(maxsize=4096)
def _steps_of_days(energy: Energy, period: Period, whole: Period | None) -> tuple[Step, ...]:
    facts = Facts(period, ZERO, billing_period=whole)
    return _steps(energy, *_scale(energy, facts), ZERO)


@lru_cache(maxsize=4096)
def _steps(energy: Energy, above: Decimal, below: Decimal, extra: Decimal) -> tuple[Step, ...]:
    edges = [block.up_to for block in energy.blocks if block.up_to is not None]
    if above != below:
        edges = [rounded(EXACT.divide(EXACT.multiply(edge, above), below)) for edge in edges]
    lower: Decimal | None = None
    steps = []
    for block, upper in zip(energy.blocks, [*(edge + extra for edge in edges), None], strict=False):
        between = f"kWh {_edge(lower, '0')} to {_edge(upper, 'any')}"
        steps.append(Step(block, lower, upper, f"{between} {_LIMITS[energy.limits_per]}"))
        lower = upper
    return tuple(steps)


def _scale(energy: Energy, facts: Facts) -> tuple[Decimal, Decimal]:
    """Return what the written limits are multiplied by, as a fraction."""
    match energy.limits_per:
        case LimitsPer.YEAR:
            is_full = energy.new_customer is NewCustomer.FULL
            return Decimal(12 if is_full else facts.year_months), Decimal(12)
        case LimitsPer.SEASON:
            return _season_months(energy, facts)
        case LimitsPer.MONTH:
            return _months(facts)
        case LimitsPer.DAY:
            return Decimal(facts.period.days), Decimal(1)
        case LimitsPer.KW | LimitsPer.KVA as unit:
            units = facts.demand_kw if unit is LimitsPer.KW else facts.capacity_kva
            return units or ZERO, Decimal(1)
        case LimitsPer.PERIOD:
            return Decimal(facts.period.days), Decimal(facts.whole.days)


def _season_months(energy: Energy, facts: Facts) -> tuple[Decimal, Decimal]:
    months, _ = months_in(season_in(energy, facts))
    is_full = energy.new_customer is NewCustomer.FULL or facts.season_months is None
    return Decimal(months if is_full else facts.season_months or 0), Decimal(months)


def _months(facts: Facts) -> tuple[Decimal, Decimal]:
    above, below = months_in(facts.whole)
    if facts.is_whole:
        return Decimal(above), Decimal(below)
    return Decimal(above * facts.period.days), Decimal(below * facts.whole.days)


def _household(energy: Energy, facts: Facts) -> Decimal:
    """
    Return the kWh that every limit is raised by for a large household.

    Limits per year are raised for the months in which the household is large, and for those of the
    year in which it was.
    """
    allowance = energy.household
    if allowance is None:
        return ZERO
    is_large = (facts.household_size or 0) >= allowance.from_size
    if energy.limits_per is LimitsPer.YEAR:
        months = facts.household_months if is_large else 0
        earlier = (count for size, count in facts.household_before if size >= allowance.from_size)
        return allowance.extra_kwh_per_month * (months + sum(earlier))
    if not is_large:
        return ZERO
    above, below = _months(facts)
    return rounded(EXACT.divide(EXACT.multiply(allowance.extra_kwh_per_month, above), below))


def _price_blocks(energy: Energy, facts: Facts, sheet: Sheet) -> None:
    for block, take, why in _cut(energy, facts, facts.kwh):
        for rate in block.rates:
            sheet.add(rate.label, take, KWH, rate.price, why)


def _price_each(energy: Energy, facts: Facts, counted: Registers, sheet: Sheet) -> None:
    for at, first in enumerate(energy.blocks[0].rates):
        assert first.register is not None, "blocks by register name their registers"
        for block, take, why in _cut(energy, facts, counted[first.register]):
            rate = block.rates[at]
            sheet.add(rate.label, take, KWH, rate.price, f"register {rate.register}, {why}")


def _price_shared(energy: Energy, facts: Facts, counted: Registers, sheet: Sheet) -> None:
    registers = [
        counted[rate.register] for rate in energy.blocks[0].rates if rate.register is not None
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
    used = used_before(energy, facts)
    before = f", {plain(used)} used before" if energy.goes_on else ""
    # What is given back leaves the blocks that it would have fallen into.
    low, top = (used, used + kwh) if kwh >= ZERO else (used + kwh, used)
    for step in steps_of(energy, facts):
        high = top if step.upper is None or top <= step.upper else step.upper
        if high > low:
            yield step.block, high - low if kwh > ZERO else low - high, step.why + before
            low = high
        if high is top:
            return


def _edge(kwh: Decimal | None, none: str) -> str:
    return none if kwh is None else plain(kwh)
