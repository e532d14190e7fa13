"""Amounts in Chinese capitals: what the rules say, and what must hold for every amount."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.money import money
from notices.capitals import AmountTooLargeError, capitals

CASES = tomllib.loads(Path("tests/cases/notices/capitals.toml").read_text("utf-8"))
ALL = [(amount, text) for group in CASES.values() for amount, text in group.items()]
DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}

amounts = some.one_of(
    some.integers(0, 10**18 - 1),
    # Amounts with many zeros are where the rules are.
    some.builds(
        lambda digit, power, fen: digit * 10**power + fen,
        some.integers(1, 99),
        some.integers(2, 15),
        some.integers(0, 99),
    ),
)


def read(text):
    """Read capitals back, as a person would: group by group."""
    sign = -1 if text.startswith("负") else 1
    whole, _, part = text.removeprefix("负").partition("元") if "元" in text else ("", "", text)
    fen = 0
    for digit, unit in re.findall(r"([壹贰叁肆伍陆柒捌玖])([角分])", part):
        fen += DIGITS[digit] * (10 if unit == "角" else 1)
    return sign * (_whole(whole.removeprefix("负")) * 100 + fen)


def _whole(text):
    if "亿" in text:
        above, _, below = text.rpartition("亿")
        # 万亿 said in full: the 万 belongs to the group before 亿.
        high = _below_a_hundred_million(above)
        return high * 10**8 + _below_a_hundred_million(below)
    return _below_a_hundred_million(text)


def _below_a_hundred_million(text):
    above, _, below = text.rpartition("万")
    return _group(above) * 10_000 + _group(below)


def _group(text):
    total, digit = 0, 0
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign]
        else:
            total += digit * PLACES[sign]
            digit = 0
    return total + digit


@pytest.mark.parametrize(("amount", "text"), ALL, ids=[amount for amount, _ in ALL])
def test_amounts_are_written_as_the_rules_say(amount, text):
    assert capitals(money(amount)) == text


@given(amounts)
def test_what_is_written_can_be_read_back(amount):
    assert read(capitals(amount)) == amount


@given(amounts)
def test_a_row_of_zeros_is_one_sign_and_nothing_ends_with_it(amount):
    text = capitals(amount)
    assert "零零" not in text
    assert not re.search(r"零[万亿元角分整]", text) or text == "零元整"
    assert text.endswith(("整", "分"))


@given(amounts)
def test_two_amounts_never_read_the_same(amount):
    assert capitals(amount) != capitals(amount + 1)


def test_an_amount_without_a_name_is_refused():
    with pytest.raises(AmountTooLargeError, match=r"10\^16"):
        capitals(10**18)
