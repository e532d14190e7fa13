"""A market file says what the law says, each limit with its article; a bad one is refused once."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.almanac import calendar_named
from config.deposit import DepositRule
from config.law import Cap, CrossYearMode, Market
from config.market import BadMarketError, parse_market

FOLDER = Path(__file__).parents[2] / "config" / "markets"
SHIPPED = sorted(FOLDER.glob("*/*.toml"))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)


def market(name: str) -> Market:
    return parse_market(f"markets/{name}", read(FOLDER / f"{name}.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_market_can_be_read(path: Path) -> None:
    parsed = parse_market(path.stem, read(path))
    assert parsed.disconnection.approvals >= 2
    assert calendar_named(parsed.calendar).announced


def test_the_rule_of_1996_says_what_its_articles_say() -> None:
    cn = market("cn/1996-10-08")
    assert cn.late_charge.rate_for("residential").current_year == 1
    assert cn.late_charge.rate_for("industrial").current_year == 2
    assert cn.late_charge.rate_for("commercial").prior_year == 3
    assert cn.late_charge.floor == 100
    assert cn.late_charge.cap is Cap.NONE
    assert cn.late_charge.cross_year_mode is CrossYearMode.SPLIT_AT_YEAR_END
    assert cn.reconnection_hours == 72
    assert (cn.disconnection.notice_days_min, cn.disconnection.notice_days_max) == (3, 7)
    assert cn.disconnection.second_notice_minutes == 30
    assert "art. 67" in cn.disconnection.article("notice_days_min")


def test_the_rule_of_2024_gives_supply_back_within_a_day_and_residents_a_week() -> None:
    cn = market("cn/2024-06-01")
    assert cn.reconnection_hours == 24
    assert cn.late_charge.floor == 0
    assert cn.disconnection_for("residential").notice_days_min == 7
    assert cn.disconnection_for("industrial").notice_days_min == 3
    assert cn.deposit.rule_for("residential") is DepositRule.BY_AGREEMENT


def test_a_class_inherits_what_it_leaves_out() -> None:
    cn = market("cn/2024-06-01")
    residential, general = cn.disconnection_for("residential"), cn.disconnection
    assert residential.min_days_overdue == general.min_days_overdue == 31
    assert residential.protected == general.protected
    assert residential.blackouts == general.blackouts
    assert "供电服务承诺" in residential.article("notice_days_min")
    assert residential.article("min_dunnings") == general.article("min_dunnings")


def test_nobody_is_cut_on_a_day_off_or_its_eve() -> None:
    cn, calendar = market("cn/2024-06-01"), calendar_named("cn")
    new_year = cn.disconnection.blackout_on(date(2026, 2, 17), calendar)
    assert new_year is not None
    assert cn.disconnection.blackout_on(date(2026, 3, 13), calendar) is not None  # a Friday
    assert cn.disconnection.blackout_on(date(2026, 3, 11), calendar) is None


@pytest.mark.parametrize(
    ("count", "first"),
    [("calendar", date(2026, 11, 22)), ("clear", date(2026, 11, 23))],
)
def test_seven_days_notice_end_as_they_are_counted(count: str, first: date) -> None:
    table = read(FOLDER / "cn" / "2024-06-01.toml")
    table["disconnection"]["count"] = count
    rule = parse_market("cn", table).disconnection
    assert rule.first_cut_day(date(2026, 11, 15), 7, calendar_named("cn")) == first


def test_a_notice_counted_in_business_days_leaves_holidays_out() -> None:
    table = read(FOLDER / "cn" / "2024-06-01.toml")
    table["disconnection"]["count"] = "business"
    rule = parse_market("cn", table).disconnection
    assert rule.first_cut_day(date(2026, 9, 30), 3, calendar_named("cn")) == date(2026, 10, 10)


def test_a_winter_blackout_reaches_over_the_year_end() -> None:
    table = read(FOLDER / "cn" / "2024-06-01.toml")
    table["disconnection"]["blackout"] = [
        {"name": "winter", "article": "HEFPA", "season": ["11-01", "04-15"]}
    ]
    rule, calendar = parse_market("ny", table).disconnection, calendar_named("cn")
    for day in (date(2026, 11, 1), date(2026, 12, 31), date(2027, 1, 1), date(2027, 4, 15)):
        assert rule.blackout_on(day, calendar) is not None, day
    for day in (date(2026, 10, 31), date(2027, 4, 16)):
        assert rule.blackout_on(day, calendar) is None, day


def test_a_bad_market_file_is_refused_once_with_everything_that_is_wrong() -> None:
    table = read(FOLDER / "cn" / "2024-06-01.toml")
    table["curency"] = table.pop("currency")
    table["late_charge"]["cross_year_mode"] = "whole"
    table["late_charge"]["floor"] = Decimal("0.005")
    table["disconnection"]["notice_days_max"] = 1
    table["disconnection"]["class"]["residential"]["min_dunning"] = 1
    del table["deposit"]["rules"]["other"]
    with pytest.raises(BadMarketError) as refused:
        parse_market("markets/cn/2024-06-01", table)
    lines = str(refused.value).splitlines()
    assert all(line.startswith("markets/cn/2024-06-01") for line in lines)
    said = str(refused.value)
    assert "curency: nobody knows this word; did you mean currency?" in said
    assert "currency: is missing" in said
    assert "choose one of whole_span, split_at_year_end" in said
    assert "floor: has 0.005; at most 2 decimals are wanted" in said
    assert "notice_days_max" in said
    assert "class: residential: min_dunning" in said
    assert "a rule for all other classes is wanted" in said
    assert len(lines) == 7


def test_late_charges_go_by_the_day_or_by_the_month_and_not_by_both() -> None:
    table = read(FOLDER / "in" / "2003-06-10.toml")
    rule = parse_market("in", table).late_charge
    assert rule.rate_for("residential").percent_a_month == Decimal("1.25")
    table["late_charge"]["rates"]["other"]["current_year"] = Decimal("0.4")
    table["late_charge"]["months"] = "whole"
    with pytest.raises(BadMarketError) as refused:
        parse_market("in", table)
    said = str(refused.value)
    assert "current_year: stands beside percent_a_month; a rate is by the day or by the" in said
    assert "months: has 'whole'; choose one of begun, full" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"months": 0, "bars": "cut", "article": "x"}, "months: has 0; a whole number of at"),
        ({"months": 6, "bars": "all", "article": "x"}, "bars: has 'all'; choose one of cut, claim"),
        ({"months": 6, "bars": "cut"}, "article: is missing"),
    ],
)
def test_back_billing_says_how_far_and_what_for_and_by_which_article(
    words: dict[str, Any], said: str
) -> None:
    table = read(FOLDER / "us_tx" / "2014-01-01.toml") | {"back_billing": words}
    with pytest.raises(BadMarketError) as refused:
        parse_market("us_tx", table)
    assert said in str(refused.value)
