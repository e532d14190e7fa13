"""Registers and their readings, and the energy that passed between two of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Self

from meters.interval import Clocked, Series, by_clock, demand_kw
from meters.period import Period
from meters.register_code import (
    CONSUMPTION,
    EXPORT_TIMES,
    EXPORTS,
    TIME_OF_USE,
    RegisterCode,
)

__all__ = (
    "CONSUMPTION",
    "EXPORTS",
    "EXPORT_TIMES",
    "TIME_OF_USE",
    "ImplausibleUsageError",
    "Part",
    "Reading",
    "ReadingKind",
    "Register",
    "RegisterCode",
    "Usage",
    "advance",
    "plain",
    "shortest",
    "usage_between",
)


class ReadingKind(StrEnum):
    """Where a reading comes from."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"
    CUSTOMER = "customer"


class ImplausibleUsageError(Exception):
    """Two readings of a register don't make a believable use; the text says what would."""


class Register(NamedTuple):
    """
    One counting dial of a meter, where and as it was installed on the day asked for.

    :param digits: the dial's digits before the point; it goes past zero after so many.
    :param decimals: its digits after the point.
    :param multiplier: of the current and voltage transformers of the installation.
    """

    id: int
    meter_id: int
    serial: str
    code: RegisterCode
    digits: int
    decimals: int = 0
    service_point_id: int = 0
    multiplier: Decimal = Decimal(1)

    @property
    def span(self) -> int:
        """How far the dial counts before it begins again at zero."""
        return int(10**self.digits)

    @property
    def counts_consumption(self) -> bool:
        """Test whether it counts energy that is drawn from the grid."""
        return self.code in CONSUMPTION

    def __str__(self) -> str:
        return f"meter {self.serial} register {self.code}"


class Reading(NamedTuple):
    """What a register showed on a day, and the row of the file that said so."""

    register_id: int
    taken_on: date
    value: Decimal
    kind: ReadingKind = ReadingKind.ACTUAL
    id: int | None = None
    batch_id: int | None = None
    row: int | None = None
    revision: int = 0

    @property
    def is_estimated(self) -> bool:
        """Test whether nobody has looked at the dial."""
        return self.kind is ReadingKind.ESTIMATED


@dataclass(frozen=True, slots=True)
class Part:
    """
    What passed one register between two readings.

    `kwh` is energy in kWh; for a reactive register kvarh, for a demand register the maximum in
    kW. It is negative when an estimate was too high and the next reading sets it right.
    """

    code: RegisterCode
    serial: str
    opening: Reading
    closing: Reading
    multiplier: Decimal
    kwh: Decimal

    @property
    def has_rolled_over(self) -> bool:
        """Test whether the dial went past its last number on the way."""
        return self.closing.value < self.opening.value and self.kwh > 0

    def to_facts(self) -> dict[str, Any]:
        """Return the part as JSON can hold it, without the database's own numbers."""
        return {
            "code": str(self.code),
            "serial": self.serial,
            "opening": _reading_facts(self.opening),
            "closing": _reading_facts(self.closing),
            "multiplier": plain(self.multiplier),
            "kwh": plain(self.kwh),
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """
    What was used at a service point in a period, register by register.

    What a meter has as intervals counts instead of its registers, which then are the witness.
    """

    service_point_id: int
    period: Period
    parts: tuple[Part, ...]
    intervals: tuple[Series, ...] = ()

    @property
    def kwh(self) -> Decimal:
        """
        The energy drawn: by each meter's intervals, its total register, or else the others.

        What was fed into the grid is not in it: see `export_kwh`.
        """
        return self._energy(RegisterCode.TOTAL, TIME_OF_USE)

    @property
    def export_kwh(self) -> Decimal:
        """The energy fed in: by each meter's intervals, its export register, or else by times."""
        return self._energy(RegisterCode.EXPORT, EXPORT_TIMES)

    def _energy(self, whole: RegisterCode, times: Collection[RegisterCode]) -> Decimal:
        if not self.intervals and len(self.parts) == 1:  # As nearly all are: one meter, one dial.
            [part] = self.parts
            return part.kwh if part.code is whole or part.code in times else Decimal(0)
        by_intervals = {one.serial for one in self.intervals if one.code is whole}
        parts = [part for part in self.parts if part.serial not in by_intervals]
        with_whole = {part.serial for part in parts if part.code is whole}
        registers = _sum(
            part.kwh
            for part in parts
            if part.code is whole or (part.code in times and part.serial not in with_whole)
        )
        return registers + _sum(one.kwh for one in self.intervals if one.code is whole)

    def export_by_time(self) -> dict[RegisterCode, Decimal]:
        """Return what was fed in by the times of use at which registers counted it."""
        return self._by_time(EXPORT_TIMES)

    def by_time(self) -> dict[RegisterCode, Decimal]:
        """Return what was drawn by the times of use at which registers counted it."""
        return self._by_time({code: code for code in TIME_OF_USE})

    def _by_time(self, times: Mapping[RegisterCode, RegisterCode]) -> dict[RegisterCode, Decimal]:
        found: dict[RegisterCode, Decimal] = {}
        for part in self.parts:
            time = times.get(part.code)
            if time is not None:
                found[time] = found.get(time, Decimal(0)) + part.kwh
        return found

    @property
    def demand_kw(self) -> Decimal | None:
        """The highest demand of the period: of its registers, or else of its intervals."""
        peaks = [part.kwh for part in self.parts if part.code is RegisterCode.DEMAND]
        drawn = [one for one in self.intervals if one.code is RegisterCode.TOTAL]
        return max(peaks, default=None) if peaks else demand_kw(drawn)

    def by_clock(self, code: RegisterCode) -> Clocked | None:
        """
        Return the energy drawn (`total`), fed in (`export`) or another kind by the slots of days.

        They sum to all of it; none if a part of it wasn't metered by intervals, and where
        `meters.interval.by_clock` has none.
        """
        found = by_clock([one for one in self.intervals if one.code is code], self.period)
        wholes = {RegisterCode.TOTAL: self.kwh, RegisterCode.EXPORT: self.export_kwh}
        whole = wholes[code] if code in wholes else self.of(code)
        return found if found and Decimal(sum(found.slots)) == whole.scaleb(6) else None

    def of(self, code: RegisterCode) -> Decimal:
        """Return what one kind of register or channel counted, over all meters of the period."""
        series = [one for one in self.intervals if one.code is code]
        counted = {one.serial for one in series}
        parts = (p.kwh for p in self.parts if p.code is code and p.serial not in counted)
        return _sum(parts) + _sum(one.kwh for one in series)

    @property
    def codes(self) -> frozenset[RegisterCode]:
        """The kinds of register that were read, and of channels that were metered."""
        channels = frozenset(one.code for one in self.intervals)
        return channels | {part.code for part in self.parts}

    @property
    def is_estimated(self) -> bool:
        """Test whether the period ends with a reading that nobody took, or lacks an interval."""
        counted = {one.serial for one in self.intervals}
        parts = (part for part in self.parts if part.serial not in counted)
        return any(part.closing.is_estimated for part in parts) or any(
            one.is_estimated for one in self.intervals
        )

    @property
    def is_true_up(self) -> bool:
        """Test whether the period sets an earlier estimate right."""
        return not self.is_estimated and any(part.opening.is_estimated for part in self.parts)

    def to_facts(self) -> dict[str, Any]:
        """
        Return the usage as JSON can hold it, to be kept with a bill.

        The database's own numbers are left out, so that equal usages have equal facts on every
        database.
        """
        facts: dict[str, Any] = {
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "parts": [part.to_facts() for part in self.parts],
        }
        if self.intervals:
            facts["intervals"] = [one.to_facts() for one in self.intervals]
        return facts

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], *, service_point_id: int = 0) -> Self:
        """Return the usage that the facts tell of."""
        period = Period(date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"]))
        intervals = tuple(map(Series.from_facts, facts.get("intervals", ())))
        return cls(service_point_id, period, tuple(map(_part_of, facts["parts"])), intervals)


def usage_between(
    register: Register, opening: Reading, closing: Reading, *, kwh_per_day_max: Decimal
) -> Part:
    """
    Return what passed a register between two readings.

    A dial that shows less than before went past its last number, if that makes a use which the
    service point can draw. Else, if the opening was estimated, it was estimated too high, and
    the use is negative. An export register may turn either way: the shorter way is taken, for
    old meters count backwards what is fed into the grid. A demand register shows a maximum.

    :param kwh_per_day_max: the most that is believable in a day at the service point.
    :raises ImplausibleUsageError: if neither is believable.
    """
    assert opening.register_id == closing.register_id, "readings of two registers"
    assert opening.taken_on <= closing.taken_on, "readings in the wrong order"
    if register.code is RegisterCode.DEMAND:
        kwh = closing.value * register.multiplier
    else:
        kwh = _moved(register, opening, closing, kwh_per_day_max)
    return Part(register.code, register.serial, opening, closing, register.multiplier, kwh)


def _moved(
    register: Register, opening: Reading, closing: Reading, kwh_per_day_max: Decimal
) -> Decimal:
    # Two readings of one day were taken at different hours of it.
    days = max((closing.taken_on - opening.taken_on).days, 1)
    most = kwh_per_day_max * days
    forward = shortest(register, opening.value, closing.value) * register.multiplier
    backward = advance(register, closing.value, opening.value) * register.multiplier
    if forward <= most:
        return forward
    if opening.is_estimated and not closing.is_estimated and backward <= most:
        return -backward
    fell = closing.value < opening.value
    way = "fell" if fell else "went"
    past = "if the dial went past zero it" if fell else "that"
    raise ImplausibleUsageError(
        f"{register} {way} from {plain(opening.value)} on {opening.taken_on} to "
        f"{plain(closing.value)} on {closing.taken_on}; {past} is {plain(forward)} kWh in {days} "
        f"days, and at most {plain(most)} are believable. Check the digits, the multiplier and "
        f"the service point's kwh_per_day_max."
    )


def advance(register: Register, value: Decimal, later: Decimal) -> Decimal:
    """Return how far a dial turned forward from one value to a later one."""
    # Decimal's % keeps the minus sign of a dial that went past zero; so it is spelled out.
    turned = later - value
    return turned if turned >= 0 else turned + register.span


def shortest(register: Register, value: Decimal, later: Decimal) -> Decimal:
    """Return how far a dial turned: forward, or an export register the shorter way round."""
    forward = advance(register, value, later)
    if register.code not in EXPORTS:
        return forward
    return min(forward, advance(register, later, value))


def plain(number: Decimal) -> str:
    """Return a number as a person writes it: no exponent and no zeros behind."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sum(numbers: Any) -> Decimal:
    return sum(numbers, Decimal(0))


def _reading_facts(reading: Reading) -> dict[str, str]:
    return {
        "taken_on": reading.taken_on.isoformat(),
        "value": plain(reading.value),
        "kind": str(reading.kind),
    }


def _part_of(facts: Mapping[str, Any]) -> Part:
    return Part(
        RegisterCode(facts["code"]),
        str(facts["serial"]),
        _reading_of(facts["opening"]),
        _reading_of(facts["closing"]),
        Decimal(facts["multiplier"]),
        Decimal(facts["kwh"]),
    )


def _reading_of(facts: Mapping[str, Any]) -> Reading:
    return Reading(
        0,
        date.fromisoformat(facts["taken_on"]),
        Decimal(facts["value"]),
        ReadingKind(facts["kind"]),
    )
