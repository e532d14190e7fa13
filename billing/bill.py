"""A bill: what an account is asked to pay for a service point and a period, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from billing.basis import Before, Span, facts_by_span, facts_of, kept_facts, stored
from billing.facts import Facts
from billing.line import Line
from billing.money import Money
from billing.obstacles import obstacles
from billing.pricing import price, rounding, tax_in
from billing.supply import Supply, SupplyClass
from billing.tariff import Tariff
from meters.period import Period
from meters.reading import Usage


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
    before: Before,
) -> Draft | tuple[str, ...]:
    """
    Return the bill for a usage, or the obstacles that stand in its way.

    :param supply: the one that is in force at the end of the period.
    :param spans: cover the usage's period; where there are several, energy, blocks and fixed
        amounts are shared out by days.
    :param before: what counts from before the period.
    """
    facts = facts_of(usage, spans[0].terms, before)
    parts = facts_by_span(facts, spans, before)
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
        facts=kept_facts(usage, spans, before),
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
    usage, spans, parts = stored(facts, tariffs)
    return usage, spans, _priced(spans, parts)[0]


def price_anew(facts: Mapping[str, Any], tariff: Tariff) -> Money | tuple[str, ...]:
    """Return what a bill would have come to by another tariff, or the obstacles to that."""
    _, spans, parts = stored(facts, {one["digest"]: tariff for one in facts["spans"]})
    problems = tuple(dict.fromkeys(one for part in parts for one in obstacles(tariff, part)))
    return problems or sum(line.amount for line in _priced(spans, parts)[0])


def reprice(
    facts: Mapping[str, Any], tariffs: Mapping[str, Tariff]
) -> tuple[tuple[Line, ...], Money]:
    """Return the lines that facts come to, and the tax that is in them."""
    _, spans, parts = stored(facts, tariffs)
    return _priced(spans, parts)


def explain(
    facts: Mapping[str, Any], billed: Sequence[Line], tariffs: Mapping[str, Tariff]
) -> Explanation:
    """Return how a bill came about, and whether it comes out as it was billed."""
    usage, spans, lines = recompute(facts, tariffs)
    return Explanation(usage, spans, lines, same=_amounts(lines) == _amounts(billed))


def digests_in(facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the digests of the tariffs that a bill was priced by."""
    return frozenset(span["digest"] for span in facts["spans"])


def _priced(spans: Sequence[Span], parts: Sequence[Facts]) -> tuple[tuple[Line, ...], Money]:
    lines: list[Line] = []
    tax = 0
    for span, part in zip(spans, parts, strict=True):
        found = price(span.tariff, part)
        tax += tax_in(span.tariff, found)
        lines += found if len(spans) == 1 else (_dated(line, span.period) for line in found)
    if len(spans) > 1:  # Each was priced as a part; the bill is rounded once.
        lines += rounding(spans[-1].tariff, sum(line.amount for line in lines))
    return tuple(lines), tax


def _dated(line: Line, period: Period) -> Line:
    """Return the line with the days it is for, on a bill of which others are for other days."""
    last = period.end - timedelta(1)
    return line._replace(
        text_en=f"{line.text_en}, {period.start} to {last}",
        text_zh=f"{line.text_zh}，{period.start}至{last}",
    )


def _amounts(lines: Sequence[Line]) -> list[tuple[str, Decimal, Decimal, Money]]:
    return [(line.code, line.quantity, line.price, line.amount) for line in lines]
