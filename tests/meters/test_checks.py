"""What is said of a reading: cases a clerk can read, and laws that must always hold."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meters.interval import MICRO
from meters.judge import Candidate, judge
from meters.plain import Shown, Standing, Usual
from meters.reading import Reading, ReadingKind, RegisterCode
from meters.rules import CHECKS, BadChecksError, Doubt, Severity, parse_rules
from meters.usage import Dial
from tests.meters.supplier import INSTALLED, TODAY, shipped_rules
from tests.meters.test_usage import dial, reading

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "meters" / "checks.toml").read_text("utf-8"),
    parse_float=Decimal,
)["case"]


def candidate(row: int, text: str) -> Candidate:
    """Return the row of a file that a case writes as a line."""
    one = reading(text)
    return Candidate(row, one.taken_on, one.value, one.kind)


def said(case: dict[str, Any], rows: list[Candidate]) -> dict[int, list[str]]:
    """Return the codes of what is said of each row."""
    on = dial(
        code=case.get("code", "total"),
        digits=case.get("digits", 5),
        most=Decimal(200),
        installed_on=INSTALLED,
        removed_on=case.get("removed_on"),
    )
    kept = [reading(text) for text in case["kept"]]
    found = judge([on], kept, rows, shipped_rules(), today=TODAY)
    return {one.candidate.row: [doubt.code for doubt in one.doubts] for one in found}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_reading_is_judged_as_the_case_says(case: dict[str, Any]) -> None:
    rows = [candidate(row, text) for row, text in enumerate(case["new"])]
    assert said(case, rows) == dict(enumerate(case["says"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_the_order_of_rows_does_not_matter(case: dict[str, Any]) -> None:
    rows = [candidate(row, text) for row, text in enumerate(case["new"])]
    assert said(case, rows[::-1]) == said(case, rows)


def test_every_doubt_says_what_is_wrong_and_what_would_be_right() -> None:
    for case in CASES:
        rows = [candidate(row, text) for row, text in enumerate(case["new"])]
        on = dial(code=case.get("code", "total"), most=Decimal(200), installed_on=INSTALLED)
        kept = [reading(text) for text in case["kept"]]
        for one in judge([on], kept, rows, shipped_rules(), today=TODAY):
            for doubt in one.doubts:
                assert doubt.message
                assert doubt.remedy


def is_plain(on: Dial, lately: list[Reading], row: Candidate) -> bool:
    """Test whether a reading is told plain, in the whole numbers that the tables keep."""
    register, most = on.register, int(on.kwh_per_day_max * MICRO)
    own = register.serial, register.id, register.code, register.digits, register.decimals
    days = on.installed_on, on.removed_on
    standing = Standing(*own, int(register.multiplier * MICRO), *days, most)
    shown = [Shown(1, one.taken_on, 0, int(one.value * MICRO), one.kind) for one in lately]
    value = int(row.value * MICRO)
    return Usual(shipped_rules(), TODAY).is_plain(standing, shown, row.taken_on, value)


values = st.lists(
    st.tuples(st.dates(date(2025, 10, 1), TODAY), st.integers(0, 99999), st.booleans()),
    max_size=8,
    unique_by=lambda one: one[0],
)


ONE_A_MONTH = [(date(2026, 9, 1), 100, False), (date(2026, 10, 1), 200, False)]


@given(
    values,
    st.dates(date(2026, 9, 1), TODAY),
    st.integers(0, 99999),
    st.sampled_from(RegisterCode),
    st.sampled_from([1, 5, 40]),
)
@example(ONE_A_MONTH, date(2026, 11, 1), 300, RegisterCode.TOTAL, 1)
@example(ONE_A_MONTH, date(2026, 11, 1), 480, RegisterCode.TOTAL, 5)
@example(ONE_A_MONTH, date(2026, 11, 1), 200, RegisterCode.VALLEY, 5)
@example(ONE_A_MONTH, date(2026, 11, 1), 90, RegisterCode.EXPORT_PEAK, 1)
@example(ONE_A_MONTH, date(2026, 11, 1), 40, RegisterCode.DEMAND, 40)
def test_the_checks_find_nothing_about_a_reading_that_is_told_plain_at_once(
    known: list[tuple[date, int, bool]], day: date, value: int, code: RegisterCode, ratio: int
) -> None:
    most = Decimal(500 * ratio)
    on = dial(code=code, multiplier=ratio, most=most, installed_on=INSTALLED)
    kinds = {True: ReadingKind.ESTIMATED, False: ReadingKind.ACTUAL}
    kept = [
        reading(f"{taken_on} {shown}")._replace(kind=kinds[is_guess])
        for taken_on, shown, is_guess in sorted(known)
    ]
    lately = [one for one in kept if (day - one.taken_on).days <= 100]
    row = Candidate(1, day, Decimal(value), ReadingKind.ACTUAL)
    if is_plain(on, lately, row):
        (full,) = judge([on], kept, [row], shipped_rules(), today=TODAY)
        assert (full.doubts, full.replaces, full.is_fresh) == ([], None, True)


def test_a_reading_that_goes_on_as_before_is_plain_and_a_strange_one_is_not() -> None:
    on = dial(most=Decimal(500), installed_on=INSTALLED)
    kept = [reading("2026-09-01 1000"), reading("2026-10-01 1150")]
    for value, plain in (("1300", True), ("1150", False), ("1100", False), ("9000", False)):
        row = Candidate(1, date(2026, 11, 1), Decimal(value), ReadingKind.ACTUAL)
        assert is_plain(on, kept, row) is plain, value


@pytest.mark.parametrize(
    ("code", "ratio", "value", "plain"),
    [
        ("demand", 40, "12", True),
        ("reactive", 1, "1150", True),
        ("reactive", 1, "1149", False),
        ("export_peak", 1, "1100", True),
        ("deep_valley", 1, "1150", True),
        ("total", 40, "1300", True),
        ("total", 40, "1200", False),
        ("total", 40, "1700", False),
    ],
)
def test_registers_of_every_kind_are_told_plain_by_their_own_habits(
    code: str, ratio: int, value: str, plain: bool
) -> None:
    on = dial(code=code, multiplier=ratio, most=Decimal(5000), installed_on=INSTALLED)
    kept = [reading("2026-09-01 1000"), reading("2026-10-01 1150")]
    row = Candidate(1, date(2026, 11, 1), Decimal(value), ReadingKind.ACTUAL)
    assert is_plain(on, kept, row) is plain


def test_a_critical_check_cannot_be_made_weaker() -> None:
    with pytest.raises(BadChecksError, match="ceiling: severity: has off; this check is critical"):
        parse_rules("policies/checks/x", {"ceiling": {"severity": "off"}})


def test_an_unknown_check_is_refused_by_name() -> None:
    with pytest.raises(BadChecksError, match="spyke: nobody knows this word; did you mean spike"):
        parse_rules("policies/checks/x", {"spyke": {"severity": "off"}})


def test_a_check_that_is_switched_off_says_nothing() -> None:
    rules = parse_rules("policies/checks/x", {"zero": {"severity": "off"}})
    kept = [reading("2026-09-01 1000"), reading("2026-10-01 1150")]
    on = dial(most=Decimal(200), installed_on=INSTALLED)
    row = Candidate(1, date(2026, 11, 1), Decimal(1150), ReadingKind.ACTUAL)
    (one,) = judge([on], kept, [row], rules, today=TODAY)
    assert one.doubts == []
    assert one.is_fresh


def test_severities_are_those_of_the_policy() -> None:
    rules = parse_rules("policies/checks/x", {"rollover": {"severity": "doubt"}})
    assert rules.severities["rollover"] is Severity.DOUBT
    assert set(rules.severities) == {check.code for check in CHECKS}
    assert rules.doubt("rollover", "m", "r") == Doubt("rollover", Severity.DOUBT, "m", "r")
