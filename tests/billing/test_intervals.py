"""Laws of intervals and calendars: nothing is lost between registers, days and hours."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.facts import Facts
from billing.intervals import Intervals, fits
from billing.obstacles import obstacles
from billing.pricing import price
from billing.tariff import parse_tariff
from billing.time_of_use import MINUTES_A_DAY, Calendar, DayKind, Window, slots_of
from billing.usages import parse_usages
from meters.period import Period

WORDS = ("sharp", "peak", "flat", "valley")
MINUTES = (15, 30, 60)


@st.composite
def calendars(draw, minutes):
    """Draw a calendar whose registers change only where intervals of so many minutes end."""
    edges = st.integers(0, MINUTES_A_DAY // minutes).map(lambda at: at * minutes)
    spans = st.tuples(edges, edges).map(sorted).filter(lambda span: span[0] < span[1]).map(tuple)
    windows = draw(
        st.lists(
            st.builds(
                Window,
                st.sampled_from(WORDS),
                st.none() | st.frozensets(st.integers(1, 12), min_size=1),
                st.none() | st.frozensets(st.sampled_from(DayKind), min_size=1),
                st.lists(spans, min_size=1, max_size=3).map(tuple),
            ),
            max_size=5,
        )
    )
    holidays = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=9))
    return Calendar("c", tuple(windows), "flat", frozenset({6, 7}), holidays, frozenset())


@st.composite
def recorded(draw):
    """Draw some days of intervals and a calendar for them."""
    minutes = draw(st.sampled_from(MINUTES))
    start = draw(st.dates(date(2026, 1, 1), date(2026, 12, 20)))
    period = Period(start, start + timedelta(draw(st.integers(1, 5))))
    slots = period.days * MINUTES_A_DAY // minutes
    # A few numbers over and over: what is lost or doubled shows as well as in many.
    few = draw(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
    micro = tuple(few[at % len(few)] for at in range(slots))
    return Intervals(period, minutes, micro), draw(calendars(minutes))


@given(recorded())
def test_registers_share_every_interval_and_none_twice(drawn):
    intervals, calendar = drawn
    slots = slots_of(calendar, intervals.period, intervals.minutes, frozenset())

    assert all(sum(column) == 1 for column in zip(*slots.values(), strict=True))
    by_register = intervals.kwh_by(calendar, intervals.period)
    assert sum(by_register.values()) == intervals.kwh(intervals.period)
    demands = intervals.demands_kw(calendar, intervals.period)
    assert max(demands.values()) == intervals.demand_kw(intervals.period)


@given(recorded(), st.data())
def test_days_lose_nothing_between_them(drawn, data):
    intervals, calendar = drawn
    days = st.dates(intervals.period.start, intervals.period.end)
    parts = intervals.period.split(data.draw(st.lists(days, max_size=3)))

    whole = intervals.kwh_by(calendar, intervals.period)
    for register in calendar.registers:
        shared = (intervals.kwh_by(calendar, part).get(register, 0) for part in parts)
        assert sum(shared) == whole.get(register, 0)
    facts = Facts(intervals.period, intervals.kwh(intervals.period), intervals=intervals)
    assert [facts.part(part).kwh for part in parts] == [intervals.kwh(part) for part in parts]


@given(recorded())
def test_a_day_slot_by_slot_is_what_the_windows_say(drawn):
    intervals, calendar = drawn
    slots = slots_of(calendar, intervals.period, intervals.minutes, frozenset())
    day = intervals.period.start
    kinds = calendar.kinds_of(day, frozenset())
    for at in range(MINUTES_A_DAY // intervals.minutes):
        [register] = [word for word, chosen in slots.items() if chosen[at]]
        assert register == calendar.register_at(day.month, kinds, at * intervals.minutes)


TWO_PRICES = {
    "title_en": "T",
    "title_zh": "测",
    "currency": "USD",
    "calendar": [
        {
            "name": "h",
            "otherwise": "flat",
            "window": [{"register": "peak", "hours": ["06:30-20:00"]}],
        }
    ],
    "energy": [
        {
            "code": "energy",
            "en": "E",
            "zh": "电",
            "calendar": "h",
            "prices": {"peak": 2, "flat": 1},
        }
    ],
}


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**8), min_size=48, max_size=48), st.integers(0, 47))
def test_an_interval_more_never_costs_less(micro, at):
    tariff = parse_tariff("t", TWO_PRICES)
    period = Period(date(2026, 3, 1), date(2026, 3, 2))

    def cost(values):
        intervals = Intervals(period, 30, tuple(values))
        facts = Facts(period, intervals.kwh(period), intervals=intervals)
        assert obstacles(tariff, facts) == ()
        return sum(line.amount for line in price(tariff, facts))

    more = [*micro[:at], micro[at] + 10**6, *micro[at + 1 :]]
    assert cost(micro) < cost(more)


@pytest.mark.parametrize(("minutes", "is_fit"), [(15, True), (30, True), (60, False)])
def test_a_price_that_changes_inside_an_interval_is_an_obstacle(minutes, is_fit):
    tariff = parse_tariff("t", TWO_PRICES)
    period = Period(date(2026, 3, 1), date(2026, 3, 2))
    intervals = Intervals(period, minutes, (10**6,) * (MINUTES_A_DAY // minutes))
    facts = Facts(period, Decimal(MINUTES_A_DAY // minutes), intervals=intervals)

    assert fits(tariff.components[0].calendar, minutes) is is_fit
    wanted = (
        "t: calendar h changes at 06:30, inside an interval of 60 minutes; shorter ones are wanted"
    )
    assert obstacles(tariff, facts) == (() if is_fit else (wanted,))


CLOCK = {
    "title_en": "T",
    "title_zh": "测",
    "currency": "EUR",
    "calendar": [
        {
            "name": "h",
            "otherwise": "flat",
            "window": [
                {"register": "valley", "hours": ["00:00-02:00"]},
                {"register": "peak", "hours": ["02:00-03:00"]},
            ],
        }
    ],
    "energy": [
        {
            "code": "energy",
            "en": "E",
            "zh": "电",
            "calendar": "h",
            "prices": {"valley": 1, "peak": 10, "flat": 2},
        }
    ],
    "demand": [
        {"code": "demand", "en": "D", "zh": "需", "calendar": "h", "prices": {"peak": 100}},
    ],
}


@pytest.mark.parametrize(
    ("day", "hours", "energy", "peak_kw"),
    [
        # Put back: the hour from two to three comes twice, 3 and 4 kWh.
        (date(2026, 10, 25), 25, 3 * 1 + (3 + 4) * 10 + (325 - 10) * 2, 4),
        # Put on: it isn't there at all.
        (date(2026, 3, 29), 23, 3 * 1 + (276 - 3) * 2, 0),
        (date(2026, 3, 30), 24, 3 * 1 + 3 * 10 + (300 - 6) * 2, 3),
    ],
)
def test_on_days_of_23_and_25_hours_each_hour_has_its_own_price(day, hours, energy, peak_kw):
    tariff = parse_tariff("t", CLOCK)
    kwh = list(range(1, hours + 1))
    [usage] = parse_usages(
        "u",
        [
            {
                "start": day,
                "end": day + timedelta(1),
                "intervals": {"minutes": 60, "zone": "Europe/Berlin", "kwh": kwh},
            }
        ],
    )
    assert obstacles(tariff, usage.facts) == ()
    lines = price(tariff, usage.facts)
    assert sum(line.amount for line in lines if line.code != "demand.peak") == 100 * energy
    assert (
        usage.facts.demands_by(tariff.components[-1].calendar, usage.facts.period).get("peak", 0)
        == peak_kw
    )


def test_what_was_fed_in_is_credited_by_the_hours_it_was_fed_in():
    energy = {"code": "energy", "en": "E", "zh": "电", "price": 1}
    export = CLOCK["energy"][0] | {"code": "export"}
    tariff = parse_tariff("t", CLOCK | {"energy": [energy], "demand": [], "export": [export]})
    row = {"start": "2026-05-01", "end": "2026-05-02", "kwh": 5}
    hours = {"minutes": 60, "kwh": [0, 0, 3] + [1] * 21}
    [usage] = parse_usages("u", [row | {"export_intervals": hours}])

    assert usage.facts.export_kwh == 24
    assert obstacles(tariff, usage.facts) == ()
    lines = price(tariff, usage.facts)

    assert [(line.code, line.quantity, line.amount) for line in lines] == [
        ("energy", 5, 500),
        ("export.peak", 3, -3000),
        ("export.flat", 21, -4200),
    ]
    why = "fed in, register peak by calendar h, of intervals of 60 minutes"
    assert lines[1].why.startswith(why)
    [untold] = parse_usages("u", [row | {"export_kwh": 24}])
    [problem] = obstacles(tariff, untold.facts)
    assert problem.endswith("not all of it was counted in peak, flat, valley")
