import tomllib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.component import Energy, PowerFactor
from billing.facts import Facts, months_in, pieces
from billing.money import major, money, times
from billing.obstacles import obstacles
from billing.pricing import price, tax_in
from billing.two_part import power_factor_of, power_factor_percent
from meters.period import Period
from meters.reading import RegisterCode
from tests.billing import shipped
from tests.billing.shipped import facts

FILES = ("residential.toml", "industrial.toml", "language.toml", "shipped.toml")
CASES = [case for name in FILES for case in shipped.cases(name)]
RISING = (
    "residential_beijing",
    "residential_zhejiang",
    "residential_shanghai",
    "residential_guangdong",
    "agricultural",
    "commercial_single_part",
    "au_residential",
)
kwh = st.decimals(0, 20_000, places=6)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@st.composite
def periods(draw, most=400):
    start = draw(days)
    return Period(start, start + timedelta(draw(st.integers(1, most))))


def cost(tariff, used):
    return sum(line.amount for line in price(tariff, used))


@pytest.mark.parametrize(("case", "tariff"), CASES, ids=[case["name"] for case, _ in CASES])
def test_cases_a_clerk_can_read(case, tariff):
    tariff = tariff or shipped.tariff(case["shipped"])
    used = facts(**case["usage"])
    assert obstacles(tariff, used) == ()

    lines = price(tariff, used)

    amounts = {}
    for line in lines:
        amounts[line.code] = amounts.get(line.code, 0) + line.amount
    assert {code: f"{major(amount)}" for code, amount in amounts.items()} == case["lines"]
    assert list(amounts) == list(case["lines"])
    assert sum(line.amount for line in lines) == money(case["total"])


def test_limits_of_a_season_want_to_know_what_it_had_used():
    [tariff, *_] = [one for case, one in CASES if case.get("tariff") == "winter_ladder"]

    assert obstacles(tariff, facts(kwh=10)) == (
        "winter_ladder: limits go by season, and nobody said what it had used by 2026-03-01",
    )
    assert obstacles(tariff, facts(kwh=10, start="2026-11-01", end="2026-12-01")) == ()


@given(st.integers(1, 300), kwh, kwh)
def test_a_season_comes_to_the_same_in_two_bills_as_in_one(cut, first, second):
    [tariff, *_] = [one for case, one in CASES if case.get("tariff") == "winter_ladder"]
    start, edge = date(2025, 11, 1), date(2025, 11, 1) + timedelta(cut % 150 + 1)
    used = Facts(Period(start, date(2026, 4, 1)), first + second)
    one = Facts(Period(start, edge), used.kwh_until(edge))
    two = Facts(Period(edge, used.period.end), used.kwh - one.kwh, season_kwh=one.kwh)

    # Both are rounded for themselves: a cent for each line more.
    assert abs(cost(tariff, used) - cost(tariff, one) - cost(tariff, two)) <= 2


def test_every_row_of_the_published_power_factor_table():
    table = tomllib.loads((shipped.CASES / "power_factor.toml").read_text("utf-8"))
    [shipped_90] = [
        part
        for part in shipped.tariff("industrial_two_part").components
        if isinstance(part, PowerFactor)
    ]
    above = {90: [("0.15", 5)], 85: [("0.10", 5), ("0.15", 4)], 80: [("0.10", 10), ("0.15", 2)]}
    for standard, rows in table.items():
        hundredths = int(Decimal(standard) * 100)
        adjustment = PowerFactor(
            shipped_90.label,
            hundredths,
            tuple(
                type(shipped_90.above[0])(Decimal(percent), points)
                for percent, points in above[hundredths]
            ),
            shipped_90.below,
            shipped_90.of,
        )
        found = {
            factor: power_factor_percent(adjustment, int(Decimal(factor) * 100)) for factor in rows
        }
        assert found == {factor: Decimal(percent) for factor, percent in rows.items()}


@pytest.mark.parametrize(
    ("active", "reactive", "factor"),
    [("40000", "30000", 80), ("40000", "39670", 71), ("1", "0", 100), ("0", "0", None)],
)
def test_the_power_factor_is_rounded_half_up_to_hundredths(active, reactive, factor):
    assert power_factor_of(Decimal(active), Decimal(reactive)) == factor


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_the_power_factor_needs_no_root(active, reactive):
    factor = power_factor_of(Decimal(active).scaleb(-6), Decimal(reactive).scaleb(-6))

    # factor - 1/2 <= 100 P / S < factor + 1/2, squared and without fractions.
    apparent = active**2 + reactive**2
    assert (2 * factor - 1) ** 2 * apparent <= 40_000 * active**2 or factor == 0
    assert 40_000 * active**2 < (2 * factor + 1) ** 2 * apparent


@pytest.mark.parametrize("code", RISING)
@given(one=kwh, other=kwh, before=kwh, period=periods())
def test_using_more_never_costs_less(code, one, other, before, period):
    less, more = sorted([one, other])
    tariff = shipped.tariff(code)

    def used(amount):
        return Facts(period, amount, year_kwh=before, household_size=6)

    assert cost(tariff, used(less)) <= cost(tariff, used(more))


@pytest.mark.parametrize("code", [*RISING, "residential_tou_zhejiang", "industrial_two_part"])
@given(peak=kwh, valley=kwh, before=kwh, period=periods())
def test_every_kwh_is_charged_once(code, peak, valley, before, period):
    registers = {RegisterCode.PEAK: peak, RegisterCode.VALLEY: valley}
    used = Facts(
        period,
        peak + valley,
        registers,
        reactive_kvarh=Decimal(0),
        capacity_kva=Decimal(315),
        year_kwh=before,
    )
    tariff = shipped.tariff(code)
    energy = next(part for part in tariff.components if isinstance(part, Energy))
    charged = {rate.label.code for rate in energy.base} or {
        rate.label.code for block in energy.blocks for rate in block.rates
    }

    lines = price(tariff, used)

    assert sum(line.quantity for line in lines if line.code in charged) == peak + valley


@pytest.mark.parametrize("code", shipped.files())
@given(one=kwh, period=periods())
def test_an_amount_is_quantity_times_price_half_up(code, one, period):
    used = Facts(
        period,
        one,
        {RegisterCode.PEAK: one, RegisterCode.VALLEY: Decimal(0)},
        reactive_kvarh=one,
        demand_kw=Decimal("99.123456"),
        contracted_kw=Decimal(90),
        capacity_kva=Decimal(315),
    )
    tariff = shipped.tariff(code)
    lines = price(tariff, used)

    assert [line.amount for line in lines] == [times(line.quantity, line.price) for line in lines]
    assert all(line.quantity == round(line.quantity, 6) for line in lines)
    assert all(line.price == round(line.price, 8) for line in lines)
    assert 0 <= tax_in(tariff, lines) <= max(0, sum(line.amount for line in lines))
    assert all(
        line.why.endswith(f"[{tariff.name} {tariff.digest[:12]}; half up]") for line in lines
    )


@given(st.lists(kwh, max_size=20), periods())
def test_pricing_many_together_equals_pricing_each(amounts, period):
    tariff = shipped.tariff("residential_beijing")
    together = [price(tariff, Facts(period, amount)) for amount in amounts]

    assert together == [price(tariff, Facts(period, amount)) for amount in reversed(amounts)][::-1]


@given(periods(), kwh, kwh, st.lists(days, max_size=5))
def test_cutting_a_period_loses_no_day_and_no_kwh(period, one, before, edges):
    whole = Facts(period, one, {RegisterCode.PEAK: one}, reactive_kvarh=one, year_kwh=before)

    parts = [whole.part(part) for part in period.split(edges)]

    assert sum(part.period.days for part in parts) == period.days
    assert sum(part.kwh for part in parts) == one
    assert sum(part.reactive_kvarh for part in parts) == one
    assert sum(part.registers[RegisterCode.PEAK] for part in parts) == one
    assert all(part.whole == period for part in parts)
    for part in parts:
        if part.period.start.year == period.start.year:
            assert part.year_kwh == before + whole.kwh_until(part.period.start)


@given(periods(), st.frozensets(st.integers(1, 12)))
def test_seasons_lose_no_day_and_share_none(period, months):
    others = frozenset(range(1, 13)) - months
    inside, outside = pieces(period, months), pieces(period, others)

    assert sum(part.days for part in (*inside, *outside)) == period.days
    assert all(part.start.month in months for part in inside)
    assert all((part.end - timedelta(1)).month in months for part in inside)


@given(days, st.integers(1, 36))
def test_from_a_day_to_the_same_day_of_a_later_month_is_whole_months(day, months):
    assume(day.day <= 28)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)

    assert months_in(Period(day, date(year, month + 1, day.day))) == (months, 1)


@given(periods(most=2000))
def test_months_grow_with_the_period(period):
    above, below = months_in(period)
    longer_above, longer_below = months_in(Period(period.start, period.end + timedelta(1)))

    assert above * longer_below < longer_above * below


def test_days_beyond_whole_months_count_by_the_month_they_begin():
    assert months_in(Period(date(2026, 1, 5), date(2026, 2, 7))) == (30, 28)
    assert months_in(Period(date(2026, 1, 31), date(2026, 2, 28))) == (1, 1)
    assert months_in(Period(date(2026, 1, 20), date(2026, 2, 1))) == (12, 31)


def test_a_price_for_a_register_that_the_meter_lacks_is_an_obstacle():
    tariff = shipped.tariff("residential_tou_zhejiang")

    assert obstacles(tariff, facts(kwh=100)) == (
        (
            "tariffs/residential_tou_zhejiang/2021-01-01: the meter has no register peak, valley, "
            "and energy was used"
        ),
    )
    assert obstacles(tariff, facts(registers={"peak": 60, "flat": 40}, kwh=100)) == (
        (
            "tariffs/residential_tou_zhejiang/2021-01-01: register flat counted energy for which "
            "there is no price"
        ),
    )
    assert obstacles(tariff, facts(registers={"peak": 100}, kwh=100)) == ()


def test_what_a_two_part_tariff_wants_is_asked_for_before_pricing():
    problems = obstacles(shipped.tariff("industrial_two_part_demand"), facts(kwh=0))

    assert [problem.partition(": ")[2] for problem in problems] == [
        "demand goes by contract, and the supply has no contracted kW",
        "an overrun is charged, and the meter has no demand reading",
        "the power factor counts, and the meter has no reactive register",
    ]


def test_an_estimate_that_was_too_high_is_set_right_by_a_negative_usage():
    beijing = shipped.tariff("residential_beijing")
    year = {"start": "2026-01-01", "end": "2026-12-01"}
    estimated = cost(beijing, facts(**year, kwh=3000))
    correction = {"start": "2026-12-01", "end": "2027-01-01"}

    back = cost(beijing, facts(**correction, kwh=-200, year_kwh=3000))

    assert estimated + back == cost(beijing, facts(**year, kwh=2800))


def test_included_tax_is_a_part_of_the_total_and_added_tax_a_line():
    beijing = shipped.tariff("residential_beijing")
    lines = price(beijing, facts(kwh=100))
    assert sum(line.amount for line in lines) == money("48.83")
    assert tax_in(beijing, lines) == money("5.62")
