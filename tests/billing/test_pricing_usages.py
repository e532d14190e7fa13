from datetime import date
from decimal import Decimal

import pytest

from billing.facts import Suspended
from billing.usages import BadUsagesError, parse_usages
from meters.period import Period
from meters.reading import RegisterCode


def test_numbers_may_be_texts_and_the_total_may_be_left_out():
    [usage] = parse_usages(
        "usages.json",
        [
            {
                "id": 7,
                "start": "2026-01-01",
                "end": "2026-02-01",
                "registers": {"peak": "100.250", "valley": Decimal("49.75")},
                "suspended": [{"kva": 315, "days": 11}],
            }
        ],
    )

    assert usage.id == "7"
    assert usage.facts.period == Period(date(2026, 1, 1), date(2026, 2, 1))
    assert usage.facts.kwh == 150
    assert usage.facts.registers[RegisterCode.PEAK] == Decimal("100.25")
    assert usage.facts.suspended == (Suspended(Decimal(315), 11),)


def test_every_problem_of_a_file_is_told_with_its_usage():
    rows = [
        {"id": "a", "start": "2026-02-01", "end": "2026-01-01", "kwh": 1},
        {"id": "b", "start": "yesterday", "end": "2026-01-01", "kwh": "NaN", "khw": 1},
        {"id": "c", "start": "2026-01-01", "registers": {"night": 1}},
        "nothing",
    ]
    with pytest.raises(BadUsagesError) as refused:
        parse_usages("u.json", rows)

    assert refused.value.problems == (
        (
            "u.json: usage a: end: 2026-01-01 isn't after 2026-02-01; the end is the first day not "
            "billed"
        ),
        "u.json: usage b: start: has 'yesterday'; a day such as 2026-01-31 is wanted",
        "u.json: usage b: kwh: has 'NaN'; a number of at least -1000000000 is wanted",
        "u.json: usage b: khw: nobody knows this word; did you mean kwh?",
        "u.json: usage c: end: is missing; a day such as 2026-01-31 is wanted",
        (
            "u.json: usage c: registers: night: is no register; known are sharp, peak, flat, "
            "valley, "
            "deep_valley"
        ),
        "u.json: usage c: kwh: is missing; give kwh, the kWh of registers, or intervals",
        "u.json: usage 4: has 'nothing'; a mapping of keys to values is wanted",
    )


def one_day(**more):
    return {"id": "d", "start": "2026-03-01", "end": "2026-03-02"} | more


@pytest.mark.parametrize(
    ("usage", "problem"),
    [
        (
            one_day(intervals={"minutes": 60, "kwh": [1] * 23}),
            "intervals: kwh: has 23 numbers; 1 days have 24 intervals of 60 minutes",
        ),
        (
            one_day(intervals={"minutes": 45, "kwh": [1] * 32}),
            "intervals: minutes: has 45; a divisor of the hour such as 15, 30 or 60",
        ),
        (
            one_day(intervals={"minutes": 60, "kwh": [1] * 23 + ["-1"]}),
            "intervals: kwh: number 24 is -1; energy that was drawn, with at most 6 decimals",
        ),
        (
            one_day(intervals={"minutes": 60, "kwh": [1] * 23 + ["x"]}),
            "intervals: kwh: has ['x']; a list of numbers is wanted",
        ),
        (
            one_day(intervals={"minutes": 60, "kwh": [1] * 24}, kwh=25),
            "kwh: has 25, and the intervals sum to 24.000000; leave kwh out",
        ),
        (
            one_day(intervals={"minutes": 60, "kwh": [1] * 24, "zone": "Mars/Olympus"}),
            "intervals: zone: 'Mars/Olympus' is no clock; a place such as Europe/Berlin is wanted",
        ),
        (
            one_day(kwh=1, export_kwh=2, export_intervals={"minutes": 60, "kwh": [1] * 24}),
            "export_kwh: has 2, and the intervals sum to 24.000000; leave export_kwh out",
        ),
        (
            one_day(kwh=1, past_demands_kw={"August": 4}),
            "past_demands_kw: August: is no month; a month such as 2026-01 is wanted",
        ),
        (
            one_day(kwh=1, event_days=["2026-02-30"]),
            "event_days: has '2026-02-30'; a day such as 2026-01-31 is wanted",
        ),
        (
            one_day(kwh=1, household_before=[{"size": 6}]),
            "household_before 1: months: is missing; a whole number of at least 1 is wanted",
        ),
    ],
)
def test_what_is_recorded_is_whole_or_refused(usage, problem):
    with pytest.raises(BadUsagesError) as refused:
        parse_usages("u.json", [usage])
    assert f"u.json: usage d: {problem}" in refused.value.problems


def test_intervals_make_the_total_and_the_demand():
    [usage] = parse_usages("u", [one_day(intervals={"minutes": 30, "kwh": ["0.25"] * 47 + [2]})])
    assert (usage.facts.kwh, usage.facts.demand_kw) == (Decimal("13.75"), 4)


def test_a_register_of_the_tariffs_own_is_known_with_it():
    row = one_day(registers={"super_off_peak": 5})
    [usage] = parse_usages("u", [row], ["super_off_peak"])
    assert usage.facts.registers == {"super_off_peak": 5}
    with pytest.raises(BadUsagesError, match="super_off_peak: is no register"):
        parse_usages("u", [row])
