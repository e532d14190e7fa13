"""
What bills come to when the energy on them was measured wrong: 供电营业规则 (1996) art. 80 to 82.

A wrong ratio is set right by the correct ratio over the wrong one, wrong wiring (a reversed current
transformer) by the true power over the registered one, both over the whole period; a meter that
runs fast or slow by half of its error, for nobody knows when it began; a stopped meter by a normal
day's energy. Each bill is worked out again from what it keeps, by the tariffs it was priced by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from billing.bill import IssuedBill, reprice
from billing.intervals import PLACES
from billing.line import Line
from billing.money import Money
from billing.tariff import Tariff
from meters.period import Period
from meters.reading import TIME_OF_USE, Part, RegisterCode, Usage, plain


class Fault(StrEnum):
    """What was wrong with the measuring."""

    RATIO = "wrong_ratio"
    METER = "meter_error"
    WIRING = "wrong_wiring"
    STOPPED = "stopped_meter"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A fault, and the days on which it counts.

    `measure` is for a wrong ratio the true ratio and the billed one; for wrong wiring the true
    power and the registered one; for a meter its error in per cent, below zero when it ran slow;
    for a stopped meter a normal day's kWh.
    """

    fault: Fault
    period: Period
    measure: tuple[Decimal, ...]

    @property
    def factor(self) -> Fraction | None:
        """By how much the billed energy is multiplied; none for a stopped meter."""
        if self.fault is Fault.STOPPED:
            return None
        if self.fault is Fault.METER:
            # W / (1 + e) is what was used; half of what that differs is billed.
            true = 1 / (1 + Fraction(self.measure[0]) / 100)
            return 1 + (true - 1) / 2
        return Fraction(self.measure[0]) / Fraction(self.measure[1])


@dataclass(frozen=True, slots=True)
class Billed:
    """A bill as it was issued, with what it keeps to be worked out again."""

    bill: IssuedBill
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CorrectedBill:
    """What a bill was over, and what it should have been over, in minor units."""

    number: str
    period: Period
    kwh: Decimal
    amount: Money
    right_kwh: Decimal
    right_amount: Money
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What is billed more or less for a fault: below zero it is a credit note."""

    bills: tuple[CorrectedBill, ...]
    kwh: Decimal
    amount: Money
    tax: Money


def problems_of(finding: Finding) -> list[str]:
    """Return everything that is wrong with what was found, in sentences that say what is right."""
    wanted = {Fault.METER: 1, Fault.STOPPED: 1}.get(finding.fault, 2)
    if len(finding.measure) != wanted:
        return [f"{finding.fault} wants {wanted} figures, and {len(finding.measure)} were given"]
    if finding.fault is Fault.METER:
        if not -100 < finding.measure[0] < 1000 or not finding.measure[0]:
            return [f"an error of {plain(finding.measure[0])} % can't be; -10 is ten per cent slow"]
        return []
    low = [one for one in finding.measure if one < 0 or (one == 0 and wanted == 2)]
    return [f"{plain(one)} can't be; write a figure above nothing" for one in low]


def correct(
    finding: Finding, billed: Sequence[Billed], tariffs: Mapping[str, Tariff]
) -> Correction:
    """
    Return what the bills come to without the fault, and the difference.

    :param billed: bills of one service point, the oldest first; days outside of the finding's
        period keep what was billed for them.
    :param tariffs: by the digests that the bills name.
    """
    found: list[CorrectedBill] = []
    tax, so_far = 0, Decimal(0)
    year: int | None = None
    for one in billed:
        here = (one.bill.period.end - timedelta(1)).year
        so_far = so_far if here == year else Decimal(0)
        year = here
        made, new_tax = _repriced(one, finding, so_far, found, tariffs)
        tax += new_tax - one.bill.tax
        so_far += made.right_kwh - made.kwh
        found.append(made)
    return Correction(
        tuple(found),
        sum((one.right_kwh - one.kwh for one in found), Decimal(0)),
        sum(one.right_amount - one.amount for one in found),
        tax,
    )


def _repriced(
    one: Billed,
    finding: Finding,
    so_far: Decimal,
    earlier: Sequence[CorrectedBill],
    tariffs: Mapping[str, Tariff],
) -> tuple[CorrectedBill, Money]:
    """Return a bill without the fault, and its tax; `so_far` more was used before in the year."""
    usage = _corrected(Usage.from_facts(one.facts["usage"]), finding)
    # The blocks of a year go by what was used before, as it should have been billed.
    before = Decimal(one.facts["year_kwh"]) + so_far
    facts = {**one.facts, "usage": usage.to_facts(), "year_kwh": plain(before)}
    if "season_kwh" in facts:
        facts["season_kwh"] = {
            day: plain(Decimal(kwh) + _more_since(date.fromisoformat(day), earlier))
            for day, kwh in facts["season_kwh"].items()
        }
    lines, tax = reprice(facts, tariffs)
    bill = one.bill
    amount = sum(line.amount for line in lines)
    made = CorrectedBill(bill.number, bill.period, bill.kwh, bill.amount, usage.kwh, amount, lines)
    return made, tax


def _more_since(day: date, earlier: Sequence[CorrectedBill]) -> Decimal:
    """Return how much more than was billed had been used from a day on, shared out by days."""
    more = Decimal(0)
    for one in earlier:
        days = _days_in_common(one.period, Period(day, max(day, one.period.end)))
        more += _times(one.right_kwh - one.kwh, Fraction(days, one.period.days))
    return more


def _corrected(usage: Usage, finding: Finding) -> Usage:
    shared = _days_in_common(usage.period, finding.period)
    if shared == 0:
        return usage
    factor = finding.factor
    if factor is not None:
        by = 1 + (factor - 1) * Fraction(shared, usage.period.days)
        scaled = (_scaled(part, by, finding.fault) for part in usage.parts)
        return replace(usage, parts=tuple(scaled))
    return replace(usage, parts=tuple(_filled(usage, finding.measure[0] * shared)))


def _days_in_common(one: Period, other: Period) -> int:
    start, end = max(one.start, other.start), min(one.end, other.end)
    return max(0, (end - start).days)


def _scaled(part: Part, by: Fraction, fault: Fault) -> Part:
    is_energy = part.code is RegisterCode.TOTAL or part.code in TIME_OF_USE
    if not is_energy and fault is Fault.METER:
        return part  # Its error was found on the active energy; the others were not checked.
    return replace(part, kwh=_times(part.kwh, by))


def _filled(usage: Usage, more: Decimal) -> Iterable[Part]:
    """Yield the parts with a stopped meter's energy on top, divided as its own registers did."""
    energy = [p for p in usage.parts if p.code is RegisterCode.TOTAL or p.code in TIME_OF_USE]
    counted = sum((p.kwh for p in energy if p.code is not RegisterCode.TOTAL), Decimal(0))
    for part in usage.parts:
        if part.code is RegisterCode.TOTAL:
            yield replace(part, kwh=part.kwh + more)
        elif part not in energy:
            yield part
        elif counted:
            yield replace(part, kwh=part.kwh + _times(more, Fraction(part.kwh) / Fraction(counted)))
        else:
            is_flat = part.code is RegisterCode.FLAT
            yield replace(part, kwh=part.kwh + (more if is_flat else 0))


def _times(kwh: Decimal, by: Fraction) -> Decimal:
    """Return energy times a fraction, rounded half up to the places that energy is kept with."""
    exact = Fraction(kwh) * by * 10**PLACES
    sign = -1 if exact < 0 else 1
    whole = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return Decimal(sign * whole).scaleb(-PLACES)
