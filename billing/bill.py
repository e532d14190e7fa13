"""A bill: what an account is asked to pay for a service point and a period, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from billing.facts import Facts, Suspended, kept
from billing.intervals import Intervals
from billing.line import Line
from billing.money import Money
from billing.obstacles import obstacles
from billing.pricing import price, tax_in
from billing.supply import Supply, SupplyClass
from billing.tariff import Tariff
from meters.period import Period
from meters.reading import TIME_OF_USE, RegisterCode, Usage, plain


class BillKind(StrEnum):
    """What a bill is as a document."""

    REGULAR = "regular"
    REVERSAL = "reversal"


class RunState(StrEnum):
    """How far a billing run has come; it only moves forward."""

    DRAWING_UP = "drawing_up"
    DRAWN_UP = "drawn_up"
    ISSUING = "issuing"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """
    A bill with a number: from now on it is a document, and money.

    `amount` is what is asked for, tax included; a reversal's is negative and names the bill that
    it cancels. `tax` is the part of it that is value-added tax.
    """

    id: int
    number: str
    account_id: int
    supply_id: int
    service_point_id: int
    supply_class: SupplyClass
    kind: BillKind
    revision: int
    period: Period
    issued_on: date
    due_on: date
    kwh: Decimal
    amount: Money
    tax: Money
    is_estimated: bool = False
    run_id: int | None = None
    reverses_id: int | None = None
    cancelled_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What a supply adds to the facts of pricing for some days of a bill.

    `year_months` and `household_months`: for how many months of the calendar year of the days
    the supply has limits per year, and the allowance of a large household; `household_before`: the
    sizes it had earlier in that year, and for how many months.
    """

    contracted_kw: Decimal | None = None
    capacity_kva: Decimal | None = None
    household_size: int | None = None
    year_months: int = 12
    household_months: int = 12
    household_before: tuple[tuple[int, int], ...] = ()
    suspended: tuple[Suspended, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a bill on which one tariff and one set of terms hold."""

    period: Period
    tariff: Tariff
    terms: Terms


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A bill as it was drawn up, before it is a document.

    `year_kwh` is what the calendar year of the period's last day had used by its end. From
    `facts` alone the bill can be worked out again: see `recompute`.
    """

    account_id: int
    supply_id: int
    service_point_id: int
    supply_class: SupplyClass
    period: Period
    kwh: Decimal
    year_kwh: Decimal
    is_estimated: bool
    lines: tuple[Line, ...]
    amount: Money
    tax: Money
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    How a bill came about: its readings, its tariffs, and its lines worked out again.

    `same` tells whether they came out as they stand on the bill, to the cent.
    """

    usage: Usage
    spans: tuple[Span, ...]
    lines: tuple[Line, ...]
    same: bool


def draw_up(
    usage: Usage,
    supply: Supply,
    spans: Sequence[Span],
    *,
    year_kwh: Decimal,
    past_demands: Mapping[date, Decimal] | None = None,
) -> Draft | tuple[str, ...]:
    """
    Return the bill for a usage, or the obstacles that stand in its way.

    :param supply: the one that is in force at the end of the period.
    :param spans: cover the usage's period; where there are several, energy, blocks and fixed
        amounts are shared out by days.
    :param year_kwh: what the calendar year had used before the period.
    :param past_demands: the highest demands of months before, for tariffs that look back.
    """
    facts = facts_of(usage, spans[0].terms, year_kwh=year_kwh, past_demands=past_demands)
    parts = _parts(facts, spans)
    both = zip(spans, parts, strict=True)
    problems = [problem for span, part in both for problem in obstacles(span.tariff, part)]
    if problems:
        return tuple(dict.fromkeys(problems))
    lines, tax = _priced(spans, parts)
    return Draft(
        account_id=supply.account_id,
        supply_id=supply.id,
        service_point_id=usage.service_point_id,
        supply_class=supply.supply_class,
        period=usage.period,
        kwh=facts.kwh,
        year_kwh=_year_kwh_by_end(facts),
        is_estimated=usage.is_estimated,
        lines=lines,
        amount=sum(line.amount for line in lines),
        tax=tax,
        facts=_kept(usage, spans, year_kwh, past_demands),
    )


def _year_kwh_by_end(facts: Facts) -> Decimal:
    """Return what the calendar year of the last day had used by the end of the period."""
    new_year = date((facts.period.end - timedelta(1)).year, 1, 1)
    if facts.period.start >= new_year:
        return facts.year_kwh + facts.kwh
    return facts.kwh - facts.kwh_until(new_year)


def recompute(
    facts: Mapping[str, Any], tariffs: Mapping[str, Tariff]
) -> tuple[Usage, tuple[Span, ...], tuple[Line, ...]]:
    """
    Work a bill out again from the facts it keeps.

    :param tariffs: by the digests that the facts name.
    """
    usage, spans, parts = _stored(facts, tariffs)
    return usage, spans, _priced(spans, parts)[0]


def price_anew(facts: Mapping[str, Any], tariff: Tariff) -> Money | tuple[str, ...]:
    """Return what a bill would have come to by another tariff, or the obstacles to that."""
    _, spans, parts = _stored(facts, {one["digest"]: tariff for one in facts["spans"]})
    problems = tuple(dict.fromkeys(one for part in parts for one in obstacles(tariff, part)))
    return problems or sum(line.amount for line in _priced(spans, parts)[0])


def reprice(
    facts: Mapping[str, Any], tariffs: Mapping[str, Tariff]
) -> tuple[tuple[Line, ...], Money]:
    """Return the lines that facts come to, and the tax that is in them."""
    _, spans, parts = _stored(facts, tariffs)
    return _priced(spans, parts)


def _stored(
    facts: Mapping[str, Any], tariffs: Mapping[str, Tariff]
) -> tuple[Usage, tuple[Span, ...], list[Facts]]:
    """Return what a bill was priced on: the usage, the spans and the facts of each."""
    usage = Usage.from_facts(facts["usage"])
    spans = tuple(_span(one, tariffs) for one in facts["spans"])
    whole = facts_of(
        usage,
        spans[0].terms,
        year_kwh=Decimal(facts["year_kwh"]),
        past_demands=_past_demands(facts.get("past_demands")),
    )
    return usage, spans, _parts(whole, spans)


def explain(
    facts: Mapping[str, Any], billed: Sequence[Line], tariffs: Mapping[str, Tariff]
) -> Explanation:
    """Return how a bill came about, and whether it comes out as it was billed."""
    usage, spans, lines = recompute(facts, tariffs)
    return Explanation(usage, spans, lines, same=_amounts(lines) == _amounts(billed))


def digests_in(facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the digests of the tariffs that a bill was priced by."""
    return frozenset(span["digest"] for span in facts["spans"])


def facts_of(
    usage: Usage,
    terms: Terms,
    *,
    year_kwh: Decimal,
    past_demands: Mapping[date, Decimal] | None = None,
) -> Facts:
    """Return what pricing goes by: a usage, and what the supply adds."""
    registers: dict[RegisterCode, Decimal] = {}
    for part in usage.parts:
        if part.code in TIME_OF_USE:
            registers[part.code] = registers.get(part.code, Decimal(0)) + part.kwh
    codes = usage.codes
    demand = usage.demand_kw
    has_reactive = RegisterCode.REACTIVE in codes
    return Facts(
        period=usage.period,
        kwh=kept(usage.kwh),
        registers={code: kept(kwh) for code, kwh in registers.items()},
        reactive_kvarh=kept(usage.of(RegisterCode.REACTIVE)) if has_reactive else None,
        export_kwh=kept(usage.of(RegisterCode.EXPORT)),
        demand_kw=None if demand is None else kept(demand),
        contracted_kw=terms.contracted_kw,
        capacity_kva=terms.capacity_kva,
        suspended=terms.suspended,
        household_size=terms.household_size,
        year_kwh=year_kwh,
        year_months=terms.year_months,
        household_months=terms.household_months,
        household_before=terms.household_before,
        past_demands=past_demands,
        intervals=_recorded(usage),
    )


def _recorded(usage: Usage) -> Intervals | None:
    """Return the energy drawn by the clock, if intervals tell of all of it."""
    found = usage.drawn_by_clock()
    return None if found is None else Intervals(usage.period, *found)


def _parts(facts: Facts, spans: Sequence[Span]) -> list[Facts]:
    if len(spans) == 1 and spans[0].period == facts.period:
        return [facts]
    periods = tuple(span.period for span in spans)
    edges = (period.start for period in periods)
    assert periods == facts.period.split(edges), "spans cover the period, day by day"
    return [
        replace(
            facts.part(span.period),
            contracted_kw=span.terms.contracted_kw,
            capacity_kva=span.terms.capacity_kva,
            suspended=span.terms.suspended,
            household_size=span.terms.household_size,
            year_months=span.terms.year_months,
            household_months=span.terms.household_months,
            household_before=span.terms.household_before,
        )
        for span in spans
    ]


def _priced(spans: Sequence[Span], parts: Sequence[Facts]) -> tuple[tuple[Line, ...], Money]:
    lines: list[Line] = []
    tax = 0
    for span, part in zip(spans, parts, strict=True):
        found = price(span.tariff, part)
        tax += tax_in(span.tariff, found)
        lines += found if len(spans) == 1 else (_dated(line, span.period) for line in found)
    return tuple(lines), tax


def _dated(line: Line, period: Period) -> Line:
    """Return the line with the days it is for, on a bill of which others are for other days."""
    last = period.end - timedelta(1)
    return replace(
        line,
        text_en=f"{line.text_en}, {period.start} to {last}",
        text_zh=f"{line.text_zh}，{period.start}至{last}",
    )


def _amounts(lines: Sequence[Line]) -> list[tuple[str, Decimal, Decimal, Money]]:
    return [(line.code, line.quantity, line.price, line.amount) for line in lines]


def _kept(
    usage: Usage,
    spans: Sequence[Span],
    year_kwh: Decimal,
    past_demands: Mapping[date, Decimal] | None,
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "usage": usage.to_facts(),
        "year_kwh": plain(year_kwh),
        "spans": [_span_facts(span) for span in spans],
    }
    if past_demands is not None:
        facts["past_demands"] = {day.isoformat(): plain(kw) for day, kw in past_demands.items()}
    return facts


def _past_demands(kept: Mapping[str, str] | None) -> dict[date, Decimal] | None:
    if kept is None:
        return None
    return {date.fromisoformat(day): Decimal(kw) for day, kw in kept.items()}


def _span_facts(span: Span) -> dict[str, Any]:
    terms = span.terms
    facts: dict[str, Any] = {
        "start": span.period.start.isoformat(),
        "end": span.period.end.isoformat(),
        "tariff": span.tariff.name,
        "digest": span.tariff.digest,
    }
    if terms == _PLAIN:
        return facts
    facts |= {
        "contracted_kw": None if terms.contracted_kw is None else plain(terms.contracted_kw),
        "capacity_kva": None if terms.capacity_kva is None else plain(terms.capacity_kva),
        "household_size": terms.household_size,
        "year_months": terms.year_months,
        "household_months": terms.household_months,
    }
    if terms.household_before:
        facts["household_before"] = list(map(list, terms.household_before))
    if terms.suspended:
        facts["suspended"] = [[plain(one.kva), one.days, one.lasts_days] for one in terms.suspended]
    return facts


_PLAIN = Terms()


def _span(facts: Mapping[str, Any], tariffs: Mapping[str, Tariff]) -> Span:
    terms = Terms(
        contracted_kw=_number(facts.get("contracted_kw")),
        capacity_kva=_number(facts.get("capacity_kva")),
        household_size=facts.get("household_size"),
        year_months=facts.get("year_months", 12),
        household_months=facts.get("household_months", 12),
        household_before=tuple(map(tuple, facts.get("household_before", ()))),
        suspended=tuple(
            Suspended(Decimal(kva), *days) for kva, *days in facts.get("suspended", ())
        ),
    )
    period = Period(date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"]))
    return Span(period, tariffs[facts["digest"]], terms)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
