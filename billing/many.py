"""Usages that share their days and terms, a column for each quantity in which they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

import numpy as np

from billing.facts import Facts
from billing.intervals import Intervals
from billing.time_of_use import Calendar, slots_of
from billing.wholes import MOST, Column, from_micro, full, half_up, largest, micro
from meters.period import Period

_NOTHING: Mapping[str, Column] = {}
UNITS = ("demand_kw", "contracted_kw", "capacity_kva")


@dataclass(frozen=True, slots=True)
class Many:
    """
    Usages that share their days and terms, in millionths of a kWh.

    :param like: what they share; its energies are passed over.
    :param intervals: a row of intervals for each usage, if they were recorded.
    :param reactive_kvarh: if it isn't that of `like` for all; so are demand, contract and capacity,
        in millionths of a kW or kVA.
    """

    like: Facts
    kwh: Column
    year_kwh: Column
    registers: Mapping[str, Column] = field(default_factory=lambda: _NOTHING)
    intervals: Column | None = None
    minutes: int = 60
    reactive_kvarh: Column | None = None
    demand_kw: Column | None = None
    contracted_kw: Column | None = None
    capacity_kva: Column | None = None

    @classmethod
    def recorded(cls, like: Facts, intervals: Column, minutes: int) -> "Many":
        """Return usages of which every interval was recorded."""
        if largest(intervals) * intervals.shape[1] >= MOST:
            intervals = intervals.astype(object)
        nothing = np.zeros(len(intervals), dtype=np.int64)
        return cls(like, intervals.sum(axis=1), nothing, intervals=intervals, minutes=minutes)

    def __iter__(self) -> Iterator[Facts]:
        """Yield the facts of each usage."""
        own: dict[str, Column] = {
            name: column
            for name in ("reactive_kvarh", *UNITS)
            if (column := getattr(self, name)) is not None
        }
        for at, (kwh, year_kwh) in enumerate(zip(self.kwh, self.year_kwh, strict=True)):
            row = None if self.intervals is None else tuple(map(int, self.intervals[at]))
            units: dict[str, Any] = {name: from_micro(one[at]) for name, one in own.items()}
            yield replace(
                self.like,
                kwh=from_micro(kwh),
                year_kwh=from_micro(year_kwh),
                registers={code: from_micro(column[at]) for code, column in self.registers.items()},
                intervals=None if row is None else Intervals(self.like.period, self.minutes, row),
                **units,
            )

    def units(self, name: str) -> Column:
        """Return the demand, contract, capacity or reactive energy of each; nothing if unknown."""
        column: Column | None = getattr(self, name)
        if column is not None:
            return column
        return full(len(self.kwh), micro(getattr(self.like, name) or Decimal(0)))

    def wide(self) -> "Many":
        """Return the usages in unbounded numbers if a share of them by days could overflow."""
        energies = [self.kwh, self.year_kwh, *self.registers.values(), *self._reactive()]
        if max(map(largest, energies)) * 4 * max(self.like.period.days, 1) < MOST:
            return self
        wide: dict[str, Any] = {
            one.name: column.astype(object)
            for one in fields(self)
            if one.name != "intervals" and isinstance(column := getattr(self, one.name), np.ndarray)
        }
        unbounded = {code: column.astype(object) for code, column in self.registers.items()}
        return replace(self, registers=unbounded, **wide)

    def part(self, period: Period) -> "Many":
        """Return the usages of a part of the period, as `Facts.part` does."""
        whole = self.like.period
        if period == whole:
            return self
        assert self.intervals is None, "recorded intervals are priced as a whole"
        ends = [(day - whole.start).days for day in (period.start, period.end)]

        def cut(column: Column) -> Column:
            start, end = (half_up(column * days, whole.days) for days in ends)
            return end - start

        new_year = period.start.replace(month=1, day=1)
        before = half_up(self.kwh * ends[0], whole.days)
        if new_year > whole.start:
            year_kwh = before - half_up(self.kwh * (new_year - whole.start).days, whole.days)
        else:
            year_kwh = self.year_kwh + before
        return replace(
            self,
            like=self.like.part(period),
            kwh=cut(self.kwh),
            year_kwh=year_kwh,
            registers={code: cut(column) for code, column in self.registers.items()},
            reactive_kvarh=next(map(cut, self._reactive()), None),
        )

    def kwh_by(self, calendar: Calendar | None) -> Mapping[str, Column]:
        """Return the energy by register, as `Facts.kwh_by` does."""
        if calendar is None or self.intervals is None:
            return self.registers
        slots = slots_of(calendar, self.like.period, self.minutes, self.like.event_days)
        return {
            register: self.intervals @ np.frombuffer(chosen, dtype=np.int8).astype(np.int64)
            for register, chosen in slots.items()
        }

    def _reactive(self) -> list[Column]:
        return [] if self.reactive_kvarh is None else [self.reactive_kvarh]
