"""Figures as customers read them."""

import tomllib
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from notices.figures import (
    article_texts,
    day_text,
    item_mark,
    listed,
    period_text,
    price_text,
    priced_text,
    quantity_text,
    time_text,
)

CASES = tomllib.loads(Path("tests/cases/notices/figures.toml").read_text("utf-8"))
BOTH = ("zh", "en")


@pytest.mark.parametrize("case", CASES["period"], ids=lambda case: case["en"])
@pytest.mark.parametrize("language", BOTH)
def test_a_period_is_told_by_its_first_and_last_day(case, language):
    assert period_text(case["start"], case["end"], language) == case[language]


@pytest.mark.parametrize("case", CASES["article"], ids=lambda case: case["source"])
@pytest.mark.parametrize("language", BOTH)
def test_a_letter_quotes_the_articles_of_laws_and_nothing_else(case, language):
    assert list(article_texts([case["source"]], language)) == case[language]


def test_an_article_is_quoted_once():
    twice = ["民法典 art. 654", "电力供应与使用条例 art. 39; 民法典 art. 654"]
    assert article_texts(twice, "zh") == ("《民法典》第654条", "《电力供应与使用条例》第39条")


@pytest.mark.parametrize("case", CASES["item"], ids=lambda case: str(case["number"]))
@pytest.mark.parametrize("language", BOTH)
def test_items_are_numbered_as_the_language_does(case, language):
    assert item_mark(case["number"], language) == case[language]


@pytest.mark.parametrize("case", CASES["price"], ids=lambda case: case["value"])
def test_a_price_keeps_all_its_decimals_and_has_two_at_least(case):
    assert price_text(Decimal(case["value"])) == case["text"]


@pytest.mark.parametrize("case", CASES["quantity"], ids=lambda case: case["value"])
def test_a_quantity_has_no_needless_zeros(case):
    assert quantity_text(Decimal(case["value"])) == case["text"]


def test_an_amount_names_its_currency():
    assert priced_text(38620, "CNY", "zh") == "386.20 元"
    assert priced_text(38620, "CNY", "en") == "CNY 386.20"
    assert priced_text(123456789, "USD", "zh") == "USD 1,234,567.89"
    assert priced_text(-5, "CNY", "zh") == "-0.05 元"


def test_days_hours_and_lists_are_written_out():
    assert day_text(date(2026, 11, 3), "zh") == "2026年11月3日"
    assert day_text(date(2026, 11, 3), "en") == "3 November 2026"
    assert time_text(time(9, 5)) == "09:05"
    assert listed(["a"], "en") == "a"
    assert listed(["a", "b", "c"], "en") == "a, b and c"
    assert listed(["甲", "乙", "丙"], "zh") == "甲、乙和丙"
    assert listed([], "zh") == ""
