"""
Price many usages of one period at once, in columns of whole numbers.

The rules are those of `billing.pricing`: the same parts of the period, the same edges of blocks,
the same rounding. Only the arithmetic is another: millionths of a kWh and whole minor units in
64 bits, and in Python's unbounded numbers where 64 bits would not hold them. What has no columns
yet is priced one by one, so that every total is that of the reference form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from billing.component import (
    Component,
    Energy,
    Fixed,
    Fund,
    LimitsPer,
    Percent,
    Rounding,
    Sharing,
)
from billing.energy import Step, parts_of, steps_of
from billing.facts import Facts, rounded
from billing.intervals import PLACES, Intervals
from billing.money import MINOR
from billing.pricing import price
from billing.tariff import Tariff
from billing.time_of_use import Calendar, slots_of
from meters.period import Period

Column: TypeAlias = npt.NDArray[Any]
"""A whole number for each usage: in 64 bits, or as Python's own where they could overflow."""

MOST = 2**62
_NOTHING: Mapping[str, Column] = {}


@dataclass(frozen=True, slots=True)
class Many:
    """
    Usages that share their days and terms, in millionths of a kWh.

    :param like: what they share; its own quantities are passed over.
    :param intervals: a row of intervals for each usage, if they were recorded.
    """

    like: Facts
    kwh: Column
    year_kwh: Column
    registers: Mapping[str, Column] = field(default_factory=lambda: _NOTHING)
    intervals: Column | None = None
    minutes: int = 60

    @classmethod
    def recorded(cls, like: Facts, intervals: Column, minutes: int) -> "Many":
        """Return usages of which every interval was recorded."""
        if _largest(intervals) * intervals.shape[1] >= MOST:
            intervals = intervals.astype(object)
        nothing = np.zeros(len(intervals), dtype=np.int64)
        return cls(like, intervals.sum(axis=1), nothing, intervals=intervals, minutes=minutes)

    def __iter__(self) -> Iterator[Facts]:
        """Yield the facts of each usage."""
        for at, (kwh, year_kwh) in enumerate(zip(self.kwh, self.year_kwh, strict=True)):
            row = None if self.intervals is None else tuple(map(int, self.intervals[at]))
            yield replace(
                self.like,
                kwh=_major(kwh),
                year_kwh=_major(year_kwh),
                registers={code: _major(column[at]) for code, column in self.registers.items()},
                intervals=None if row is None else Intervals(self.like.period, self.minutes, row),
            )

    def part(self, period: Period) -> "Many":
        """Return the usages of a part of the period, as `Facts.part` does."""
        whole = self.like.period
        if period == whole:
            return self
        assert self.intervals is None, "recorded intervals are priced as a whole"
        ends = [(day - whole.start).days for day in (period.start, period.end)]

        def cut(column: Column) -> Column:
            start, end = (_half_up(column * days, whole.days) for days in ends)
            return end - start

        new_year = period.start.replace(month=1, day=1)
        before = _half_up(self.kwh * ends[0], whole.days)
        if new_year > whole.start:
            year_kwh = before - _half_up(self.kwh * (new_year - whole.start).days, whole.days)
        else:
            year_kwh = self.year_kwh + before
        registers = {code: cut(column) for code, column in self.registers.items()}
        return Many(self.like.part(period), cut(self.kwh), year_kwh, registers)

    def kwh_by(self, calendar: Calendar | None) -> Mapping[str, Column]:
        """Return the energy by register, as `Facts.kwh_by` does."""
        if calendar is None or self.intervals is None:
            return self.registers
        slots = slots_of(calendar, self.like.period, self.minutes, self.like.event_days)
        return {
            register: self.intervals @ np.frombuffer(chosen, dtype=np.int8).astype(np.int64)
            for register, chosen in slots.items()
        }


def totals(tariff: Tariff, many: Many) -> Column:
    """Return what each usage comes to, in minor units: the sum of what `price` asks for."""
    if not _has_columns(tariff, many):
        owed = (sum(line.amount for line in price(tariff, facts)) for facts in many)
        return np.array(list(owed), dtype=object)
    many = _wide(many)
    of: dict[str, Column] = {}
    for component, code in zip(tariff.components, tariff.codes, strict=True):
        of[code] = of.get(code, 0) + _owed(component, many, tariff, of)
    total: Column = sum(of.values(), np.zeros(len(many.kwh), dtype=np.int64))
    if tariff.vat is not None and not tariff.vat.included:
        total = total + _times(total, tariff.vat.rate, MINOR)
    if tariff.round_to is not None and many.like.period == many.like.whole:
        total = _half_up(total, tariff.round_to.step) * tariff.round_to.step
    return total


def _has_columns(tariff: Tariff, many: Many) -> bool:
    """Test whether every part of a tariff can be worked out in columns."""
    return tariff.rounding is Rounding.LINE and all(
        isinstance(one, Fund | Percent)
        or (isinstance(one, Fixed) and one.if_used is None)
        or (isinstance(one, Energy) and _has_energy_columns(one, many))
        for one in tariff.components
    )


def _has_energy_columns(energy: Energy, many: Many) -> bool:
    is_whole = many.intervals is None or parts_of(energy, many.like) == (many.like,)
    edges = (block.up_to for block in energy.blocks if block.up_to is not None)
    is_kept = all(edge == rounded(edge) for edge in edges)
    is_alone = energy.if_used is None and energy.sharing is not Sharing.SHARED
    is_alone = is_alone and energy.limits_per is not LimitsPer.SEASON
    return is_alone and is_whole and is_kept


def _wide(many: Many) -> Many:
    """Return the usages in unbounded numbers if a share of them by days could overflow."""
    columns = (many.kwh, many.year_kwh, *many.registers.values())
    if max(map(_largest, columns)) * 4 * max(many.like.period.days, 1) < MOST:
        return many
    unbounded = {code: column.astype(object) for code, column in many.registers.items()}
    return replace(
        many,
        kwh=many.kwh.astype(object),
        year_kwh=many.year_kwh.astype(object),
        registers=unbounded,
    )


def _owed(component: Component, many: Many, tariff: Tariff, of: Mapping[str, Column]) -> Column:
    """Return what a part of a tariff comes to for each usage, in minor units."""
    match component:
        case Energy():
            return _energy(component, many)
        case Fund():
            return _times(many.kwh, component.rate.price, PLACES)
        case Percent():
            base = sum((of[code] for code in component.of), np.zeros_like(many.kwh))
            return _times(base, component.percent.scaleb(-MINOR), MINOR)
        case _:
            alone = replace(tariff, components=(component,), vat=None, round_to=None)
            fixed = sum(line.amount for line in price(alone, many.like))
            return np.full(len(many.kwh), fixed, dtype=np.int64)


def _energy(energy: Energy, many: Many) -> Column:
    owed: Column = np.zeros(len(many.kwh), dtype=np.int64)
    for part in parts_of(energy, many.like):
        some = many.part(part.period)
        counted = _counted_by(energy, some)
        for rate in energy.base:
            kwh = some.kwh if rate.register is None else counted[rate.register]
            owed = owed + _times(kwh, rate.price, PLACES)
        for step in steps_of(energy, some.like):
            for rate in step.block.rates:
                kwh = some.kwh if rate.register is None else counted[rate.register]
                used = some.year_kwh if energy.counts_by_year else np.zeros_like(some.kwh)
                take = _between(used + kwh, step) - _between(used, step)
                owed = owed + _times(take, rate.price, PLACES)
    return owed


def _counted_by(energy: Energy, many: Many) -> Mapping[str, Column]:
    found, nothing = many.kwh_by(energy.calendar), np.zeros_like(many.kwh)
    counted = {register: found.get(register, nothing) for register in energy.registers}
    if energy.remainder is not None:
        del counted[energy.remainder]
        counted[energy.remainder] = many.kwh - sum(counted.values(), nothing)
    return counted


def _between(kwh: Column, step: Step) -> Column:
    lower = None if step.lower is None else _micro(step.lower)
    upper = None if step.upper is None else _micro(step.upper)
    if lower is not None:
        kwh = np.maximum(kwh, lower)
    return kwh if upper is None else np.minimum(kwh, upper)


def _times(quantity: Column, at: Decimal, places: int) -> Column:
    """Return quantity x price in minor units, half up, as `billing.money.times` does."""
    exponent = at.as_tuple().exponent
    assert isinstance(exponent, int), "a price is a number"
    scaled = int(at.scaleb(-exponent)) if exponent < 0 else int(at)
    divisor = 10 ** max(0, places - MINOR - min(exponent, 0))
    if _largest(quantity) * abs(scaled) * 2 + divisor >= MOST:
        quantity = quantity.astype(object)
    return _half_up(quantity * scaled, divisor)


def _half_up(number: Column, divisor: int) -> Column:
    """Return number / divisor rounded half up, which is away from zero."""
    size: Column = (2 * abs(number) + divisor) // (2 * divisor)
    return np.where(number < 0, -size, size)


def _largest(column: Column) -> int:
    return int(max(abs(column.max()), abs(column.min()))) if len(column) else 0


def _micro(kwh: Decimal) -> int:
    return int(kwh.scaleb(PLACES))


def _major(micro: Any) -> Decimal:
    return Decimal(int(micro)).scaleb(-PLACES)
