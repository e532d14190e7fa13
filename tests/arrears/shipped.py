"""The shipped rules as values, for tests that need no database."""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from arrears.credit import Scorecard
from arrears.fitting import Rules
from arrears.policy import parse_policy
from arrears.scorecard import parse_scorecard
from config.almanac import calendar_named
from config.market import parse_market

CONFIG = Path(__file__).parents[2] / "config"
NEWEST = "cn/2024-06-01"


def table_of(name: str) -> dict[str, Any]:
    """Return what a shipped file says; a fresh copy, so that a test may change it."""
    return tomllib.loads((CONFIG / f"{name}.toml").read_text("utf-8"), parse_float=Decimal)


@cache
def rules(market: str = NEWEST, policy: str = "2024-06-01") -> Rules:
    """Return a shipped policy, a shipped market, and the market's calendar."""
    law = parse_market(f"markets/{market}", table_of(f"markets/{market}"))
    name = f"policies/dunning/{policy}"
    return Rules(parse_policy(name, table_of(name)), law, calendar_named(law.calendar))


@cache
def scorecard() -> Scorecard:
    """Return the shipped scorecard."""
    name = "policies/credit/2024-06-01"
    return parse_scorecard(name, table_of(name))
