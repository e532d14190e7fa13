"""Columns of usages come to what each comes to by itself."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.arrays import Many, has_columns, totals
from billing.facts import Facts
from billing.pricing import price
from billing.tariff import parse_tariff
from meters.period import Period
from tests.billing import shipped

MARCH = date(2026, 3, 1)
REGISTERS = ("sharp", "peak", "flat", "valley")
micro = st.integers(-(10**9), 10**12) | st.sampled_from([0, 2_760_000_000, 2**61, 10**17])


@st.composite
def batches(draw):
    start = draw(st.dates(date(2024, 1, 1), date(2027, 12, 31)))
    period = Period(start, start + timedelta(draw(st.integers(1, 400))))
    like = Facts(
        period,
        Decimal(0),
        reactive_kvarh=Decimal(40),
        demand_kw=draw(st.sampled_from([Decimal(90), Decimal("123.456789")])),
        contracted_kw=Decimal(100),
        capacity_kva=Decimal(315),
        household_size=draw(st.sampled_from([None, 3, 6])),
        year_months=draw(st.integers(1, 12)),
    )
    count = draw(st.integers(0, 5))

    def column():
        return np.array(draw(st.lists(micro, min_size=count, max_size=count)), dtype=np.int64)

    registers = {code: column() // 4 for code in REGISTERS}
    kwh = sum(registers.values(), np.zeros(count, dtype=np.int64))
    if draw(st.booleans()):
        return Many(like, kwh, abs(column()), registers)
    units = st.lists(st.integers(0, 10**9) | st.just(100_000_000), min_size=count, max_size=count)
    own = {
        name: np.array(draw(units), dtype=np.int64)
        for name in ("reactive_kvarh", "demand_kw", "contracted_kw", "capacity_kva")
    }
    return Many(like, kwh, abs(column()), registers, **own)


@pytest.mark.parametrize("code", shipped.files())
@settings(deadline=None, max_examples=40)
@given(batches())
def test_columns_come_to_what_each_comes_to_by_itself(code, many):
    tariff = shipped.tariff(code)

    owed = totals(tariff, many)

    assert list(owed) == [sum(line.amount for line in price(tariff, facts)) for facts in many]


@settings(deadline=None, max_examples=40)
@given(st.data(), st.sampled_from([15, 60]))
def test_rows_of_intervals_come_to_what_each_comes_to_by_itself(data, minutes):
    tariff = shipped.tariff("us_small_business_tou")
    start = data.draw(st.dates(date(2026, 1, 1), date(2026, 12, 28)))
    period = Period(start, start + timedelta(3))
    few = data.draw(st.lists(st.integers(0, 2**50), min_size=1, max_size=30))
    slots = 3 * 24 * 60 // minutes
    rows = [[few[(at * step) % len(few)] for at in range(slots)] for step in (1, 7)]
    many = Many.recorded(Facts(period, Decimal(0)), np.array(rows, dtype=np.int64), minutes)

    owed = totals(tariff, many)

    assert list(owed) == [sum(line.amount for line in price(tariff, facts)) for facts in many]


MIXED = {
    "title_en": "T",
    "title_zh": "测",
    "currency": "USD",
    "fixed": [
        {"code": "f", "en": "F", "zh": "固", "price": Decimal("7.5"), "per": "month"},
        {"code": "g", "en": "G", "zh": "固", "price": 1, "per": "day", "each": "kva"},
    ],
    "energy": [
        {
            "code": "e",
            "en": "E",
            "zh": "电",
            "limits_per": "month",
            "blocks_and_registers": "each",
            "block": [
                {
                    "up_to_kwh": Decimal("100.5"),
                    "prices": {"peak": Decimal("0.12345678"), "flat": 1},
                },
                {"prices": {"peak": Decimal("-0.1"), "flat": 2}},
            ],
        }
    ],
    "fund": [{"code": "l", "en": "L", "zh": "费", "price": Decimal("0.0272")}],
    "percent": [
        {"code": "p", "en": "P", "zh": "附", "percent": Decimal("-2.5"), "of": ["e", "f"]},
    ],
    "round_to": {"en": "R", "zh": "整", "amount": Decimal("0.50")},
    "vat": {"en": "V", "zh": "税", "rate": Decimal("0.0825"), "included": False},
}


@settings(deadline=None)
@given(batches())
def test_what_has_no_columns_is_priced_one_by_one(many):
    [winter, *_] = [
        tariff for _, tariff in shipped.cases("language.toml") if tariff and tariff.season_on(MARCH)
    ]
    many = replace(many, like=replace(many.like, season_kwh=Decimal(4000)))

    owed = totals(winter, many)

    assert list(owed) == [sum(line.amount for line in price(winter, facts)) for facts in many]


SHARED = MIXED | {
    "energy": [
        {
            "code": "e",
            "en": "E",
            "zh": "电",
            "limits_per": "month",
            "blocks_and_registers": "shared",
            "block": [
                {"up_to_kwh": 100, "prices": {"peak": Decimal("0.12345678"), "flat": 1}},
                {"prices": {"peak": Decimal("-0.1"), "flat": 2}},
            ],
        }
    ],
    "demand": [
        {
            "code": "d",
            "en": "D",
            "zh": "需",
            "basis": "contract",
            "price": Decimal("40.5"),
            "contract_share_of_capacity_min": Decimal("0.4"),
            "overrun": {
                "code": "o",
                "en": "O",
                "zh": "超",
                "above_share_of_contract": Decimal("1.05"),
            },
            "high_use": {"from_kwh_per_kva": 260, "price_share": Decimal("0.9")},
        }
    ],
    "capacity": [{"code": "k", "en": "K", "zh": "容", "price": 30, "day_basis": "fixed_30"}],
    "benefit": [
        {"code": "b", "en": "B", "zh": "免", "price": Decimal("0.5"), "kwh_per_month": 15},
        {
            "code": "c",
            "en": "C",
            "zh": "免",
            "price": Decimal("0.3"),
            "kwh_per_month": 10,
            "settled": "year",
        },
    ],
    "export": [{"code": "x", "en": "X", "zh": "上", "price": Decimal("0.41")}],
    "power_factor": [
        {
            "code": "pf",
            "en": "P",
            "zh": "力",
            "standard": Decimal("0.90"),
            "of": ["e", "d", "k"],
            "above": [{"percent_per_point": Decimal("0.15")}],
            "below": [{"percent_per_point": Decimal("0.5")}],
        }
    ],
    "minimum": {"en": "M", "zh": "低", "price": Decimal("31.12345678"), "per": "month"},
}


@settings(deadline=None)
@given(batches())
def test_what_large_customers_pay_has_columns_too(many):
    tariff = parse_tariff("t", SHARED)
    assert has_columns(tariff, many)

    owed = totals(tariff, many)

    assert list(owed) == [sum(line.amount for line in price(tariff, facts)) for facts in many]


def test_every_shipped_tariff_has_columns_but_those_by_demand_windows_and_use():
    many = Many(Facts(Period(MARCH, date(2026, 4, 1)), Decimal(0)), *[np.zeros(1, dtype=int)] * 2)
    without = {code for code in shipped.files() if not has_columns(shipped.tariff(code), many)}
    assert without == {"in_residential_slab", "us_industrial_tou_demand"}


@settings(deadline=None)
@given(batches())
def test_percentages_fixed_amounts_and_added_tax_have_columns_too(many):
    tariff = parse_tariff("t", MIXED)

    owed = totals(tariff, many)

    assert list(owed) == [sum(line.amount for line in price(tariff, facts)) for facts in many]
