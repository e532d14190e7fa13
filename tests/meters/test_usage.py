"""From readings to usage: cases a clerk can read, and laws that must always hold."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meters.period import Period
from meters.reading import (
    ImplausibleUsageError,
    Reading,
    ReadingKind,
    Register,
    RegisterCode,
    Usage,
    usage_between,
)
from meters.usage import Dial, UsageProblem, complete_days, kwh_by_day, measure

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "meters" / "usage.toml").read_text("utf-8"),
    parse_float=Decimal,
)["case"]
START = date(2026, 1, 1)
PLENTY = Decimal(10) ** 15


def reading(text: str, register_id: int = 1) -> Reading:
    """Return the reading that a case writes as a line."""
    day, value, *kind = text.split()
    return Reading(
        register_id,
        date.fromisoformat(day),
        Decimal(value),
        ReadingKind(kind[0] if kind else "actual"),
    )


def dial(
    *,
    register_id: int = 1,
    serial: str = "M1",
    code: str = "total",
    digits: int = 5,
    multiplier: int = 1,
    most: Decimal = PLENTY,
    installed_on: date = date(2000, 1, 1),
    removed_on: date | None = None,
) -> Dial:
    """Return a dial that is there all the time."""
    register = Register(
        register_id, 1, serial, RegisterCode(code), digits, 2, 1, Decimal(multiplier)
    )
    return Dial(register, installed_on, removed_on, Decimal(most))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_case_gives_the_usage_that_it_says(case: dict[str, Any]) -> None:
    readings = [reading(text) for text in case["readings"]]
    asked = case.get("period", f"{readings[0].taken_on} {readings[-1].taken_on}").split()
    period = Period(*map(date.fromisoformat, asked))
    on = dial(
        code=case.get("code", "total"),
        digits=case["digits"],
        multiplier=case.get("multiplier", 1),
        most=Decimal(case["most"]),
    )

    found = measure(7, period, [on], {1: readings})

    if "problem" in case:
        assert isinstance(found, UsageProblem)
        assert (found.code, bool(found.message), bool(found.remedy)) == (
            case["problem"],
            True,
            True,
        )
        return
    assert isinstance(found, Usage), found
    (part,) = found.parts
    assert part.kwh == Decimal(case["kwh"])
    assert found.of(on.register.code) == part.kwh
    assert part.has_rolled_over == case.get("has_rolled_over", part.has_rolled_over)


def test_energy_fed_in_is_kept_apart_from_energy_drawn() -> None:
    dials = [dial(), dial(register_id=2, code="export"), dial(register_id=3, code="reactive")]
    readings = {
        one: [reading("2026-01-01 100", one), reading(f"2026-02-01 {100 + one * 10}", one)]
        for one in (1, 2, 3)
    }
    usage = measure(7, Period(START, date(2026, 2, 1)), dials, readings)
    assert isinstance(usage, Usage)
    assert usage.kwh == 10
    assert usage.of(RegisterCode.EXPORT) == 20
    assert usage.of(RegisterCode.REACTIVE) == 30


def test_without_a_total_register_the_times_of_use_are_added_up() -> None:
    codes = ("sharp", "peak", "flat", "valley")
    dials = [dial(register_id=at, code=code) for at, code in enumerate(codes)]
    readings = {at: [reading("2026-01-01 0", at), reading("2026-02-01 25", at)] for at in range(4)}
    usage = measure(7, Period(START, date(2026, 2, 1)), dials, readings)
    assert isinstance(usage, Usage)
    assert usage.kwh == 100
    assert usage.codes == {RegisterCode(code) for code in codes}


def test_a_total_register_counts_alone_beside_times_of_use() -> None:
    dials = [dial(), dial(register_id=2, code="peak"), dial(register_id=3, code="valley")]
    readings = {
        one: [reading("2026-01-01 0", one), reading(f"2026-02-01 {value}", one)]
        for one, value in ((1, 100), (2, 60), (3, 40))
    }
    usage = measure(7, Period(START, date(2026, 2, 1)), dials, readings)
    assert isinstance(usage, Usage)
    assert usage.kwh == 100


def test_a_period_without_a_meter_is_a_problem_and_not_nothing() -> None:
    found = measure(7, Period(START, date(2026, 2, 1)), [], {})
    assert isinstance(found, UsageProblem)
    assert found.code == "no_meter"


def test_a_usage_is_the_same_after_it_was_kept_as_facts() -> None:
    readings = {1: [reading("2026-01-01 99990.50"), reading("2026-02-01 12.25 estimated")]}
    usage = measure(7, Period(START, date(2026, 2, 1)), [dial()], readings)
    assert isinstance(usage, Usage)
    facts = usage.to_facts()
    again = Usage.from_facts(facts, service_point_id=7)
    assert again.to_facts() == facts
    assert (again.kwh, again.is_estimated, again.period) == (usage.kwh, True, usage.period)
    assert facts["parts"][0]["opening"] == {
        "taken_on": "2026-01-01",
        "value": "99990.5",
        "kind": "actual",
    }


def test_a_day_is_complete_when_every_register_in_place_was_read() -> None:
    dials = [
        dial(removed_on=date(2026, 1, 20)),
        dial(register_id=2, serial="M2", code="peak", installed_on=date(2026, 1, 20)),
        dial(register_id=3, serial="M2", code="valley", installed_on=date(2026, 1, 20)),
    ]
    readings = {
        1: [reading("2026-01-01 0"), reading("2026-01-20 190")],
        2: [reading("2026-01-20 0", 2), reading("2026-02-01 60", 2), reading("2026-03-01 99", 2)],
        3: [reading("2026-01-20 0", 3), reading("2026-02-01 60", 3)],
    }
    assert complete_days(dials, readings) == [START, date(2026, 1, 20), date(2026, 2, 1)]
    assert kwh_by_day(7, dials, readings) == [
        (date(2026, 1, 20), Decimal(190)),
        (date(2026, 2, 1), Decimal(120)),
    ]


steps = st.lists(
    st.tuples(st.integers(1, 60), st.decimals(0, 999, places=2)), min_size=2, max_size=12
)


def chain(steps: list[tuple[int, Decimal]], digits: int, first: Decimal) -> list[Reading]:
    """Return readings that go on from the first by so much after so many days, past zero too."""
    day, shown = START, first % 10**digits
    readings = [Reading(1, day, shown)]
    for days, kwh in steps:
        day, shown = day + timedelta(days=days), (shown + kwh) % 10**digits
        readings.append(Reading(1, day, shown))
    return readings


@given(steps, st.integers(3, 12), st.decimals(0, 10**6, places=2))
def test_a_dial_of_any_number_of_digits_may_go_past_zero(
    steps: list[tuple[int, Decimal]], digits: int, first: Decimal
) -> None:
    readings = chain(steps, digits, first)
    on = dial(digits=digits, most=Decimal(999))
    found = measure(7, Period(readings[0].taken_on, readings[-1].taken_on), [on], {1: readings})
    assert isinstance(found, Usage), found
    assert found.kwh == sum(kwh for _, kwh in steps)


@given(steps, st.decimals(0, 10**5, places=2))
def test_splitting_a_period_keeps_the_sum(steps: list[tuple[int, Decimal]], first: Decimal) -> None:
    readings = chain(steps, 5, first)
    days = [one.taken_on for one in readings]
    whole = measure(7, Period(days[0], days[-1]), [dial()], {1: readings})
    pieces = [
        measure(7, piece, [dial()], {1: readings})
        for piece in Period(days[0], days[-1]).split(days)
    ]
    assert isinstance(whole, Usage)
    assert sum(piece.kwh for piece in pieces if isinstance(piece, Usage)) == whole.kwh


@given(steps, st.data())
def test_an_exchange_in_the_middle_keeps_the_sum(
    steps: list[tuple[int, Decimal]], data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(steps) - 1))
    opening = data.draw(st.decimals(0, 99999, places=2))
    old = chain(steps[:at], 5, Decimal(0))
    day = old[-1].taken_on
    new = [
        Reading(2, day + (one.taken_on - START), one.value) for one in chain(steps[at:], 5, opening)
    ]
    dials = [
        dial(removed_on=day),
        dial(register_id=2, serial="M2", installed_on=day),
    ]
    found = measure(7, Period(START, new[-1].taken_on), dials, {1: old, 2: new})
    assert isinstance(found, Usage), found
    assert found.kwh == sum(kwh for _, kwh in steps)
    assert len(found.parts) == 2


@given(steps, st.data())
def test_estimates_in_between_never_change_what_is_used_in_all(
    steps: list[tuple[int, Decimal]], data: st.DataObject
) -> None:
    readings = chain(steps, 6, Decimal(500))
    guessed = [
        Reading(
            1,
            one.taken_on,
            data.draw(st.decimals(0, 99999, places=2)),
            ReadingKind.ESTIMATED,
        )
        if data.draw(st.booleans())
        else one
        for one in readings[1:-1]
    ]
    told = [readings[0], *guessed, readings[-1]]
    found = measure(7, Period(told[0].taken_on, told[-1].taken_on), [dial(digits=6)], {1: told})
    assert isinstance(found, Usage)
    assert found.kwh == sum(kwh for _, kwh in steps)


@given(st.decimals(0, 99999, places=2), st.decimals(0, 99999, places=2), st.integers(1, 60))
def test_usage_is_never_negative_unless_an_estimate_is_set_right(
    first: Decimal, second: Decimal, days: int
) -> None:
    on = dial(most=Decimal(1000))
    opening, closing = Reading(1, START, first), Reading(1, START + timedelta(days=days), second)
    try:
        part = usage_between(on.register, opening, closing, kwh_per_day_max=on.kwh_per_day_max)
    except ImplausibleUsageError:
        return
    assert 0 <= part.kwh <= 1000 * days


@given(st.lists(st.dates(START, date(2030, 1, 1)), max_size=20))
def test_splitting_a_period_loses_no_day_and_doubles_none(edges: list[date]) -> None:
    period = Period(date(2026, 6, 1), date(2029, 6, 1))
    pieces = period.split(edges)
    assert (pieces[0].start, pieces[-1].end) == (period.start, period.end)
    assert all(before.end == after.start for before, after in pairwise(pieces))
    assert sum(piece.days for piece in pieces) == period.days
    assert all(piece.days for piece in pieces)


def test_a_period_knows_its_days_and_not_its_end() -> None:
    period = Period(START, date(2026, 2, 1))
    assert (period.days, START in period, period.end in period) == (31, True, False)
    assert period.overlap(Period(date(2026, 1, 20), date(2026, 3, 1))) == Period(
        date(2026, 1, 20), date(2026, 2, 1)
    )
    assert not period.overlaps(Period(period.end, date(2026, 3, 1)))
    with pytest.raises(ValueError, match="can't end"):
        Period(period.end, period.start)
