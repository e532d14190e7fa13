"""Estimates from a register's own past."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meters.estimate import estimate, usual_use
from tests.meters.test_usage import dial, reading

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "meters" / "estimates.toml").read_text("utf-8"),
    parse_float=Decimal,
)["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_register_is_estimated_as_the_case_says(case: dict[str, Any]) -> None:
    register = dial(code=case.get("code", "total")).register
    readings = [reading(text) for text in case["readings"]]
    found = estimate(register, readings, case["day"], recent_days=case.get("recent_days", 120))
    if "value" not in case:
        assert found is None
        return
    assert found is not None
    assert (found.value, str(found.basis)) == (Decimal(case["value"]), case["basis"])


@given(st.integers(0, 400), st.integers(0, 99999), st.integers(1, 90), st.integers(2, 14))
def test_steady_use_is_estimated_exactly(per_day: int, first: int, days: int, months: int) -> None:
    register = dial(digits=5).register
    start = date(2025, 10, 1)
    readings = [
        reading(f"{start + timedelta(days=30 * month)} {(first + per_day * 30 * month) % 10**5}")
        for month in range(months + 1)
    ]
    day = readings[-1].taken_on + timedelta(days=days)
    found = estimate(register, readings, day, recent_days=120)
    assert found is not None
    assert found.value == (first + per_day * (day - start).days) % 10**5
    usual = usual_use(register, readings, readings[-1].taken_on, day)
    assert usual == (per_day, per_day)
