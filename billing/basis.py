"""What a bill is priced on: a usage, terms and tariffs by days, and what was used before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.facts import Facts, Suspended, kept
from billing.intervals import Intervals, Registers
from billing.tariff import Tariff
from meters.period import Period
from meters.reading import RegisterCode, Usage, plain


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What a supply adds to the facts of pricing for some days of a bill.

    `year_months` and `household_months`: for how many months of the calendar year of the days
    the supply has limits per year, and the allowance of a large household; `household_before`: the
    sizes it had earlier in that year, and for how many months. `season_months`: for how many months
    of the tariff's season it has limits per season; none says for all of them.
    """

    contracted_kw: Decimal | None = None
    capacity_kva: Decimal | None = None
    household_size: int | None = None
    year_months: int = 12
    household_months: int = 12
    household_before: tuple[tuple[int, int], ...] = ()
    suspended: tuple[Suspended, ...] = ()
    season_months: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a bill on which one tariff and one set of terms hold."""

    period: Period
    tariff: Tariff
    terms: Terms


@dataclass(frozen=True, slots=True)
class Before:
    """
    What counts from before a bill's period.

    :param year_kwh: what the calendar year of the first day had used.
    :param past_demands: the highest demands of months before, for tariffs that look back.
    :param season_kwh: what had been used since the first days of seasons, for tariffs whose
        blocks count over them.
    """

    year_kwh: Decimal
    past_demands: Mapping[date, Decimal] | None = None
    season_kwh: Mapping[date, Decimal] | None = None


def facts_of(usage: Usage, terms: Terms, before: Before) -> Facts:
    """Return what pricing goes by: a usage, and what the supply adds."""
    codes = usage.codes
    demand = usage.demand_kw
    has_reactive = RegisterCode.REACTIVE in codes
    return Facts(
        period=usage.period,
        kwh=kept(usage.kwh),
        registers=_registers(usage.by_time()),
        reactive_kvarh=kept(usage.of(RegisterCode.REACTIVE)) if has_reactive else None,
        export_kwh=kept(usage.export_kwh),
        export_registers=_registers(usage.export_by_time()),
        demand_kw=None if demand is None else kept(demand),
        contracted_kw=terms.contracted_kw,
        capacity_kva=terms.capacity_kva,
        suspended=terms.suspended,
        household_size=terms.household_size,
        year_kwh=before.year_kwh,
        year_months=terms.year_months,
        household_months=terms.household_months,
        household_before=terms.household_before,
        past_demands=before.past_demands,
        season_months=terms.season_months,
        intervals=_recorded(usage, RegisterCode.TOTAL),
        export_intervals=_recorded(usage, RegisterCode.EXPORT),
    )


def _registers(counted: Mapping[RegisterCode, Decimal]) -> Registers:
    return {code: kept(kwh) for code, kwh in counted.items()}


def _recorded(usage: Usage, code: RegisterCode) -> Intervals | None:
    """Return the energy drawn or fed in by the clock, if intervals tell of all of it."""
    found = usage.by_clock(code) if usage.intervals else None
    if found is None:
        return None
    return Intervals(usage.period, found.minutes, found.slots, found.odd)


def facts_by_span(facts: Facts, spans: Sequence[Span], before: Before) -> list[Facts]:
    """Return the facts of each span, with its own terms and what its season had used before."""
    if len(spans) == 1 and spans[0].period == facts.period:
        parts = [facts]
    else:
        periods = tuple(span.period for span in spans)
        edges = (period.start for period in periods)
        assert periods == facts.period.split(edges), "spans cover the period, day by day"
        parts = [
            replace(
                facts.part(span.period),
                contracted_kw=span.terms.contracted_kw,
                capacity_kva=span.terms.capacity_kva,
                suspended=span.terms.suspended,
                household_size=span.terms.household_size,
                year_months=span.terms.year_months,
                household_months=span.terms.household_months,
                household_before=span.terms.household_before,
                season_months=span.terms.season_months,
            )
            for span in spans
        ]
    return [
        part
        if season is None
        else replace(part, season_kwh=_season_kwh(facts, part, season, before))
        for part, season in zip(parts, map(_season, spans), strict=True)
    ]


def _season(span: Span) -> Period | None:
    return span.tariff.season_on(span.period.start)


def _season_kwh(facts: Facts, part: Facts, season: Period, before: Before) -> Decimal | None:
    """Return what a season had used before a part of the facts; none if nobody knows."""
    here = facts.kwh_until(part.period.start)
    if season.start >= facts.period.start:
        return here - facts.kwh_until(season.start)
    if before.season_kwh is None or season.start not in before.season_kwh:
        return None
    return before.season_kwh[season.start] + here


def kept_facts(usage: Usage, spans: Sequence[Span], before: Before) -> dict[str, Any]:
    """Return all that a bill was priced on, as JSON can hold it."""
    facts: dict[str, Any] = {
        "usage": usage.to_facts(),
        "year_kwh": plain(before.year_kwh),
        "spans": [_span_facts(span) for span in spans],
    }
    if before.past_demands is not None:
        facts["past_demands"] = _by_day(before.past_demands)
    if before.season_kwh is not None:
        facts["season_kwh"] = _by_day(before.season_kwh)
    return facts


def stored(
    facts: Mapping[str, Any], tariffs: Mapping[str, Tariff]
) -> tuple[Usage, tuple[Span, ...], list[Facts]]:
    """
    Return what a bill was priced on: the usage, the spans and the facts of each.

    :param tariffs: by the digests that the facts name.
    """
    usage = Usage.from_facts(facts["usage"])
    spans = tuple(_span(one, tariffs) for one in facts["spans"])
    before = Before(
        Decimal(facts["year_kwh"]),
        _days(facts.get("past_demands")),
        _days(facts.get("season_kwh")),
    )
    return usage, spans, facts_by_span(facts_of(usage, spans[0].terms, before), spans, before)


def kwh_from(facts: Mapping[str, Any], day: date) -> Decimal:
    """Return what a bill that keeps the facts charged for the days from a day on."""
    usage = Usage.from_facts(facts["usage"])
    if usage.period.end <= day:
        return Decimal(0)
    whole = facts_of(usage, _PLAIN, Before(Decimal(facts["year_kwh"])))
    return whole.kwh - (whole.kwh_until(day) if day > usage.period.start else 0)


def _by_day(numbers: Mapping[date, Decimal]) -> dict[str, str]:
    return {day.isoformat(): plain(number) for day, number in numbers.items()}


def _days(kept: Mapping[str, str] | None) -> dict[date, Decimal] | None:
    if kept is None:
        return None
    return {date.fromisoformat(day): Decimal(number) for day, number in kept.items()}


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
    if terms.season_months is not None:
        facts["season_months"] = terms.season_months
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
        season_months=facts.get("season_months"),
    )
    period = Period(date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"]))
    return Span(period, tariffs[facts["digest"]], terms)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
