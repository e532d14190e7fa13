"""Columns of usages come to what each comes to by itself."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.arrays import Many, totals
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
    return Many(like, kwh, abs(column()), registers)


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


@settings(deadline=None)
@given(batches())
def test_percentages_fixed_amounts_and_added_tax_have_columns_too(many):
    tariff = parse_tariff("t", MIXED)

    owed = totals(tariff, many)

    assert list(owed) == [sum(line.amount for line in price(tariff, facts)) for facts in many]
