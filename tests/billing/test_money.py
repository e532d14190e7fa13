from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing.money import (
    LARGEST,
    Unfit,
    UnfitAmountError,
    major,
    money,
    part,
    share_out,
    show,
    times,
    written,
)

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("26.125", 2613),
        ("26.124999999", 2612),
        ("-26.125", -2613),
        (0, 0),
        (7, 700),
        (Decimal("0.005"), 1),
        ("123456789012345678901234567890.125", 12345678901234567890123456789013),
    ],
)
def test_money_is_rounded_half_up(amount, minor):
    assert money(amount) == minor


def test_a_real_demand_of_six_decimals_is_priced_to_the_cent():
    assert times(Decimal("30842.066223"), Decimal(39)) == 120284058
    assert times(Decimal("1.933777"), Decimal(39)) == 7542


def test_a_narrow_decimal_context_of_the_caller_costs_nobody_a_cent():
    with localcontext(prec=6):
        assert times(Decimal("30842.066223"), Decimal("39.00000001")) == 120284058


@given(st.integers(-(10**15), 10**15))
def test_money_in_major_units_comes_back_the_same(amount):
    assert money(major(amount)) == amount


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_part_of_an_amount_is_rounded_half_up(amount, numerator, denominator):
    found = part(amount, numerator, denominator)

    assert 2 * abs(found * denominator - amount * numerator) <= denominator
    assert part(-amount, numerator, denominator) == -found
    assert (part(5, 1, 2), part(-5, 1, 2)) == (3, -3)


@given(st.integers(-(10**12), 10**12), weights)
@example(100, [1, 1, 1])
def test_shares_sum_to_the_whole_and_each_is_within_a_unit_of_its_part(total, weights):
    shares = share_out(total, weights)

    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


def test_what_is_left_goes_to_those_who_lost_most():
    assert share_out(100, [1, 1, 1]) == [34, 33, 33]
    assert share_out(10, [Decimal("0.5"), Decimal("0.26"), Decimal("0.24")]) == [5, 3, 2]
    assert share_out(-100, [1, 1, 1]) == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_shares_without_a_sound_weight_are_refused(weights):
    with pytest.raises(ValueError, match="shares want weights"):
        share_out(100, weights)


def test_amounts_read_as_people_write_them():
    assert show(123456, "¥") == "¥1,234.56"
    assert show(-5) == "-0.05"
    assert show(-123450, "$") == "-$1,234.50"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("120.50", 12_050),
        (" 0.5 ", 50),
        ("007", 700),
        ("1,234.50", 123_450),
        ("1,234,567", 123_456_700),
        ("¥88", 8_800),
        ("￥８８．５０", 8_850),
        ("9,999,999,999,999.99", LARGEST),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, amount):
    assert written(text) == amount


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((one, Unfit.UNREADABLE) for one in ("", "12,50", "1,2,3", "1,234,5", ",5", "1e5")),
        *((one, Unfit.UNREADABLE) for one in ("1_000", "١٢٣", "NaN", "5¥", "1,2345", "12.5,0")),
        *((one, Unfit.NOTHING) for one in ("0", "0.00", "-5")),
        ("33.335", Unfit.DECIMALS),
        ("10000000000000", Unfit.TOO_MUCH),
        ("9" * 5000, Unfit.TOO_MUCH),
    ],
)
def test_what_is_no_amount_is_refused_and_it_is_said_why(text, why):
    with pytest.raises(UnfitAmountError) as refused:
        written(text)

    assert refused.value.why is why


def test_what_is_shown_can_be_written():
    assert [written(show(amount, "¥")) for amount in (1, 99, 123_456_789, LARGEST)] == [
        1,
        99,
        123_456_789,
        LARGEST,
    ]
