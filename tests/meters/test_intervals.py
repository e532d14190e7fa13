"""Intervals: kept compactly, exact to the last watt-hour, and every day with its own length."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meters.interval import (
    IntervalDay,
    Series,
    by_clock,
    demand_kw,
    fixed_zone,
    intervals_in,
    midnight,
    minutes_of,
    pack,
    same_flags,
    starts_of,
    unpack,
    zone_of,
)
from meters.period import Period
from meters.reading import Usage
from meters.register_code import RegisterCode

AMOUNTS = st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=300)
DAY = date(2026, 3, 10)


def a_day(
    amounts: list[int], *, day: date = DAY, flags: str = "A", minutes: int = 60
) -> IntervalDay:
    return IntervalDay(1, day, minutes, amounts, flags)


def a_series(
    *days: IntervalDay, zone: str = "UTC", code: RegisterCode = RegisterCode.TOTAL
) -> Series:
    return Series(code, "M1", "E1", zone, days)


@given(AMOUNTS)
def test_what_is_packed_comes_out_the_same(amounts: list[int]) -> None:
    assert list(unpack(pack(amounts))) == amounts


def test_watt_hours_take_two_bytes_each() -> None:
    assert len(pack([number * 1000 for number in range(96)])) == 2 + 2 * 96


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Los_Angeles", date(2011, 3, 13), 23),
        ("America/Los_Angeles", date(2011, 11, 6), 25),
        ("Asia/Shanghai", date(2026, 3, 29), 24),
        ("UTC+10:00", date(2026, 10, 4), 24),
    ],
)
@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_a_day_has_as_many_intervals_as_it_has_time(
    zone: str, day: date, hours: int, minutes: int
) -> None:
    starts = starts_of(zone, day, minutes)
    assert len(starts) == intervals_in(zone, day, minutes) == hours * 60 // minutes
    assert starts[0] == midnight(zone, day)
    assert {b - a for a, b in zip(map(utc, starts), map(utc, starts[1:]), strict=False)} == {
        timedelta(minutes=minutes)
    }
    assert {start.date() for start in starts} == {day}


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"]),
    st.dates(date(1990, 1, 1), date(2035, 1, 1)),
)
def test_days_follow_each_other_without_a_gap(zone: str, day: date) -> None:
    after = day + timedelta(days=1)
    assert midnight(zone, day) + timedelta(minutes=minutes_of(zone, day)) == midnight(zone, after)


@pytest.mark.parametrize("hours", [-8, 0, 5.5, 10])
def test_a_fixed_clock_has_a_name(hours: float) -> None:
    offset = timedelta(hours=hours)
    assert zone_of(fixed_zone(offset)).utcoffset(None) == offset


@given(st.lists(st.integers(0, 10**9), min_size=24, max_size=24), st.lists(st.integers(0, 23)))
def test_classes_of_time_add_up_to_the_whole(amounts: list[int], edges: list[int]) -> None:
    series = a_series(a_day(amounts), zone="Asia/Shanghai")
    by_class = series.kwh_by(lambda at: sum(at.hour >= edge for edge in edges))
    assert sum(by_class.values()) == series.kwh


@given(st.lists(st.integers(0, 10**9), min_size=48, max_size=48), st.integers(0, 47))
def test_splitting_a_time_keeps_the_sum(amounts: list[int], cut: int) -> None:
    series = a_series(a_day(amounts, minutes=30))
    start, end = midnight("UTC", DAY), midnight("UTC", DAY + timedelta(days=1))
    middle = start + timedelta(minutes=30 * cut)
    parts = series.kwh_within(start, middle) + series.kwh_within(middle, end)
    assert parts == series.kwh_within(start, end) == series.kwh


def test_a_class_is_told_by_the_clock_of_the_channel() -> None:
    # 25 hours, of which the one from two to three comes twice.
    day = a_day([1_000_000] * 25, day=date(2026, 10, 25))
    by_hour = a_series(day, zone="Europe/Berlin").kwh_by(lambda at: at.hour)
    assert by_hour == {hour: Decimal(2 if hour == 2 else 1) for hour in range(24)}


def quarters(*first: int) -> Series:
    return a_series(a_day([*first, *[0] * (96 - len(first))], minutes=15))


def test_demand_is_the_highest_mean_power_that_channels_had_together() -> None:
    one = quarters(250_000, 1_000_000)
    assert demand_kw([one]) == 4
    assert demand_kw([one, quarters(500_000)]) == 4
    assert demand_kw([one, quarters(0, 500_000)]) == 6
    assert demand_kw([]) is None


def test_slots_go_by_the_clock_on_days_of_every_length() -> None:
    autumn, spring = date(2026, 10, 25), date(2026, 3, 29)
    for day, hours, at_two in ((autumn, 25, 2), (spring, 23, 0), (DAY, 24, 1)):
        amounts = list(range(1, hours + 1))
        series = a_series(a_day(amounts, day=day), zone="Europe/Berlin")
        found = by_clock([series], Period(day, day + timedelta(days=1)))
        assert found is not None
        assert (found.minutes, found.slots) == (60, tuple(amounts))
        shown = dict(found.odd).get(day, range(0, 1440, 60))
        assert list(shown).count(120) == at_two


def test_days_after_a_change_keep_their_places() -> None:
    days = [date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)]
    hours = (24, 25, 24)
    each = [a_day([at] * hours[at - 1], day=day) for at, day in enumerate(days, start=1)]
    found = by_clock([a_series(*each, zone="Europe/Berlin")], Period(days[0], date(2026, 10, 27)))
    assert found is not None
    assert found.slots == (1,) * 24 + (2,) * 25 + (3,) * 24


def test_channels_whose_clocks_change_apart_have_no_slots_together() -> None:
    day = date(2026, 10, 25)
    berlin = a_series(a_day([1] * 25, day=day), zone="Europe/Berlin")
    fixed = a_series(a_day([1] * 24, day=day), zone="UTC+01:00")
    assert by_clock([berlin, fixed], Period(day, date(2026, 10, 26))) is None


def test_slots_of_several_channels_are_as_long_as_the_longest() -> None:
    period = Period(DAY, DAY + timedelta(days=1))
    series = (quarters(1, 2, 3, 4, 5), a_series(a_day([100] * 24)))
    usage = Usage(7, period, (), series)
    found = usage.by_clock(RegisterCode.TOTAL)
    assert found is not None
    assert found.slots[:3] == (110, 105, 100)
    daily = Usage(7, period, (), (a_series(a_day([5], minutes=1440)),))
    assert daily.by_clock(RegisterCode.TOTAL) is None


def test_flags_are_one_letter_where_they_are_alike() -> None:
    assert (same_flags("AAA"), same_flags("AEA")) == ("A", "AEA")
    assert a_day([1, 2, 3], flags="ANA").missing == 1
    assert a_day([0, 0], flags="N").missing == 2
    assert not a_day([1, 2], flags="AS").is_actual


def test_a_usage_of_intervals_outlives_its_facts() -> None:
    days = [a_day([10, 20, 30], flags="AES"), a_day([1_500_000], minutes=1440)]
    series = (a_series(*days), a_series(days[0], code=RegisterCode.EXPORT))
    usage = Usage(7, Period(DAY, DAY + timedelta(days=2)), (), series)
    kept = Usage.from_facts(usage.to_facts(), service_point_id=7)
    assert (kept.kwh, kept.of(RegisterCode.EXPORT)) == (Decimal("1.50006"), Decimal("0.00006"))
    assert kept.is_estimated
    assert kept.to_facts() == usage.to_facts()
