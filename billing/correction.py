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
from meters.interval import Series
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
class CorrectedBill:
    """
    What a bill was over, and what it should have been over, in minor units.

    What it was over counts corrections of other days in, which came before. `right_tax` is the tax
    in what it should have been over; none if that wasn't kept.
    """

    number: str
    period: Period
    kwh: Decimal
    amount: Money
    right_kwh: Decimal
    right_amount: Money
    right_tax: Money | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """
    A bill as it was issued, with what it keeps to be worked out again.

    `corrected` is what corrections of other days have made of it, the earliest first, each with
    its finding; `before` what they made of earlier bills without its knowing.
    """

    bill: IssuedBill
    facts: Mapping[str, Any]
    corrected: tuple[tuple[Finding, CorrectedBill], ...] = ()
    before: tuple[CorrectedBill, ...] = ()


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
    tax = 0
    for one in billed:
        made = _repriced(one, finding, [*one.before, *found], tariffs)
        tax += _tax_of(made) - _tax_of(_last(one))
        found.append(made)
    return Correction(
        tuple(found),
        sum((one.right_kwh - one.kwh for one in found), Decimal(0)),
        sum(one.right_amount - one.amount for one in found),
        tax,
    )


def _tax_of(bill: CorrectedBill) -> Money:
    assert bill.right_tax is not None, "who corrects has asked whether the tax was kept"
    return bill.right_tax


def _last(one: Billed) -> CorrectedBill:
    """Return a bill as it stands before it is corrected."""
    if one.corrected:
        return one.corrected[-1][1]
    bill = one.bill
    kwh, amount = bill.kwh, bill.amount
    return CorrectedBill(bill.number, bill.period, kwh, amount, kwh, amount, bill.tax)


def _repriced(
    one: Billed,
    finding: Finding,
    earlier: Sequence[CorrectedBill],
    tariffs: Mapping[str, Tariff],
) -> CorrectedBill:
    """Return a bill without the fault; `earlier` are bills before it that were over too little."""
    findings = [*(before for before, _ in one.corrected), finding]
    usage = _corrected(Usage.from_facts(one.facts["usage"]), findings)
    # The blocks of a year go by what was used before, as it should have been billed.
    before = Decimal(one.facts["year_kwh"]) + _more_in_year(one.bill.period, earlier)
    facts = {**one.facts, "usage": usage.to_facts(), "year_kwh": plain(before)}
    if "season_kwh" in facts:
        facts["season_kwh"] = {
            day: plain(Decimal(kwh) + _more_since(date.fromisoformat(day), earlier))
            for day, kwh in facts["season_kwh"].items()
        }
    lines, tax = reprice(facts, tariffs)
    was, amount = _last(one), sum(line.amount for line in lines)
    return replace(
        was,
        kwh=was.right_kwh,
        amount=was.right_amount,
        right_kwh=usage.kwh,
        right_amount=amount,
        right_tax=tax,
        lines=lines,
    )


def _more_in_year(period: Period, earlier: Sequence[CorrectedBill]) -> Decimal:
    """Return how much more than was billed had been used before in the year of a bill."""
    year = (period.end - timedelta(1)).year
    own = (one for one in earlier if (one.period.end - timedelta(1)).year == year)
    return sum((one.right_kwh - one.kwh for one in own), Decimal(0))


def _more_since(day: date, earlier: Sequence[CorrectedBill]) -> Decimal:
    """Return how much more than was billed had been used from a day on, shared out by days."""
    more = Decimal(0)
    for one in earlier:
        days = _days_in_common(one.period, Period(day, max(day, one.period.end)))
        more += _times(one.right_kwh - one.kwh, Fraction(days, one.period.days))
    return more


def _corrected(usage: Usage, findings: Sequence[Finding]) -> Usage:
    """Return a usage without faults, each of days of its own."""
    parts, series = usage.parts, usage.intervals
    for finding in findings:
        # Each is a share of what was counted, not of what the ones before made of it.
        made = _without(usage, finding)
        parts = tuple(
            replace(so_far, kwh=so_far.kwh + now.kwh - was.kwh)
            for so_far, now, was in zip(parts, made, usage.parts, strict=True)
        )
        series = tuple(_scaled_days(one, finding) for one in series)
    return replace(usage, parts=parts, intervals=series)


def _without(usage: Usage, finding: Finding) -> tuple[Part, ...]:
    """Return the parts of a usage without a fault."""
    shared = _days_in_common(usage.period, finding.period)
    if shared == 0:
        return usage.parts
    factor = finding.factor
    if factor is None:
        return tuple(_filled(usage, finding.measure[0] * shared))
    by = 1 + (factor - 1) * Fraction(shared, usage.period.days)
    return tuple(
        replace(part, kwh=_times(part.kwh, by)) if _is_wrong(part.code, finding.fault) else part
        for part in usage.parts
    )


def _scaled_days(series: Series, finding: Finding) -> Series:
    """Return intervals without a fault: those of its days are known one by one."""
    factor = finding.factor
    if factor is None or not _is_wrong(series.code, finding.fault):
        return series
    days = (
        replace(day, amounts=tuple(_rounded(amount * factor) for amount in day.amounts))
        if finding.period.start <= day.day < finding.period.end
        else day
        for day in series.days
    )
    return replace(series, days=tuple(days))


def _days_in_common(one: Period, other: Period) -> int:
    start, end = max(one.start, other.start), min(one.end, other.end)
    return max(0, (end - start).days)


def _is_wrong(code: RegisterCode, fault: Fault) -> bool:
    """Test whether a fault falsifies what is counted under a code."""
    # A meter's error was found on the active energy; the others were not checked.
    return fault is not Fault.METER or code is RegisterCode.TOTAL or code in TIME_OF_USE


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
    return Decimal(_rounded(Fraction(kwh) * by * 10**PLACES)).scaleb(-PLACES)


def _rounded(exact: Fraction) -> int:
    """Return the nearest whole number, half of one away from nothing."""
    sign = -1 if exact < 0 else 1
    return sign * ((2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator))
