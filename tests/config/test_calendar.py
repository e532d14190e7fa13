"""Business days: weekends, announced holidays, and the weekend days worked for them."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.almanac import calendar_named, with_guesses
from config.calendar import BadCalendarError, parse_calendar, weekends_only

CN = calendar_named("cn")
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("day", "is_open", "why"),
    [
        (date(2026, 2, 14), True, "a Saturday worked for the Spring Festival"),
        (date(2026, 2, 15), False, "the festival's first day, a Sunday"),
        (date(2026, 2, 23), False, "its last, a Monday"),
        (date(2026, 2, 24), True, "a Tuesday"),
        (date(2026, 2, 28), True, "a Saturday worked for the festival"),
        (date(2026, 9, 20), True, "a Sunday worked for the National Day"),
        (date(2026, 10, 10), True, "a Saturday worked for the National Day"),
        (date(2025, 10, 8), False, "Mid-Autumn and National Day together"),
        (date(2026, 11, 21), False, "an ordinary Saturday"),
        (date(2026, 11, 23), True, "an ordinary Monday"),
    ],
)
def test_a_day_is_worked_or_not(day: date, is_open: bool, why: str) -> None:
    assert CN.is_business_day(day) is is_open, why


def test_a_due_date_rolls_over_the_whole_festival() -> None:
    assert CN.roll_forward(date(2026, 2, 15)) == date(2026, 2, 24)
    assert CN.roll_forward(date(2026, 2, 14)) == date(2026, 2, 14)


def test_a_holiday_is_not_an_ordinary_weekend() -> None:
    assert CN.is_holiday(date(2026, 10, 1))
    assert not CN.is_holiday(date(2026, 11, 21))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_our_table_agrees_with_another_program_on_every_day(year: int) -> None:
    other = holidays.country_holidays("CN", years=year)
    day = date(year, 1, 1)
    while day.year == year:
        assert CN.is_business_day(day) == other.is_working_day(day), day
        day += timedelta(days=1)


def test_a_year_that_is_not_announced_is_warned_of() -> None:
    (warning,) = CN.warnings([2025, 2026, 2031])
    assert "2031" in warning
    assert "not announced" in warning
    assert CN.warnings([2025, 2026]) == ()


def test_usual_holidays_are_guessed_for_a_year_to_come_and_still_warned_of() -> None:
    guessed = with_guesses(CN, [2026, 2031])
    assert not guessed.is_business_day(date(2031, 10, 1))
    assert CN.is_business_day(date(2031, 10, 1))
    assert guessed.warnings([2031])
    assert with_guesses(CN, [2026]) is CN


def test_a_calendar_nobody_wrote_knows_weekends_only() -> None:
    atlantis = calendar_named("atlantis")
    assert not atlantis.is_business_day(date(2026, 11, 21))
    assert atlantis.is_business_day(date(2026, 10, 1))
    assert with_guesses(atlantis, [2026]) is atlantis


def test_a_supplier_puts_a_calendar_of_his_own_into_his_folder(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "cn.toml").write_text(
        'title = "ours"\n[[year]]\nyear = 2027\nsource = "the notice of 2026"\n'
        'holidays = [{ name = "元旦", first = 2027-01-01, last = 2027-01-03 }]\n',
        "utf-8",
    )
    own = calendar_named("cn", folder=tmp_path)
    assert own.announced == {2027}
    assert not own.is_business_day(date(2027, 1, 1))


@given(DAYS, st.integers(0, 30))
def test_so_many_business_days_later_lie_so_many_business_days(day: date, days: int) -> None:
    later = CN.add_business_days(day, days)
    assert CN.business_days_between(day, later) == days
    assert days == 0 or CN.is_business_day(later)


@given(DAYS)
def test_rolling_forward_goes_to_the_first_business_day_and_no_further(day: date) -> None:
    rolled = CN.roll_forward(day)
    assert CN.is_business_day(rolled)
    assert CN.roll_forward(rolled) == rolled
    between = (day + timedelta(days=n) for n in range((rolled - day).days))
    assert not any(map(CN.is_business_day, between))


def test_a_bad_calendar_file_is_refused_with_everything_that_is_wrong() -> None:
    text = """
    title = "bad"
    weekend = ["caturday"]
    [[year]]
    year = 2026
    sauce = "?"
    workdays = [2026-01-01, 2025-12-27]
    holidays = [{ name = "x", first = 2026-01-01, last = 2026-01-01 },
                { name = "y", first = 2026-05-05, last = 2026-05-01 }]
    """
    with pytest.raises(BadCalendarError) as refused:
        parse_calendar("calendars/xx", tomllib.loads(text))
    said = str(refused.value)
    assert "choose" not in said
    for part in ("caturday", "source: is missing", "sauce", "2026-01-01 is a holiday and a", "y"):
        assert part in said, part
    assert "a day of another year" in said


def test_weekends_only_has_no_holidays() -> None:
    assert weekends_only("x").holidays == {}
