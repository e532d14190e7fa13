"""
What happens to an account, day by day: tables that a clerk can read, in tests/cases/dunning.

Each table says what was billed and paid, who the customer is and how fast the office works, and
then every step and its day. Two things are checked of all of them besides: what the table says,
and that no step came earlier than the law allows.
"""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arrears.credit import Grade
from arrears.fitting import Rules
from arrears.laxness import violations
from arrears.policy import parse_policy
from arrears.standing import DutyDone, Hold
from arrears.step import StepKind
from billing.money import money
from billing.supply import PaymentMode, Protection, SupplyClass
from config.almanac import calendar_named
from config.calendar import DayEvent
from config.law import DutyKind
from config.market import parse_market
from tests.arrears.player import Account, Bill, Dispute, Payment, People
from tests.arrears.shipped import NEWEST, rules, table_of

FOLDER = Path(__file__).parents[1] / "cases" / "dunning"
KNOWN = {
    "name", "says", "market", "law", "policy", "class", "grade", "grades", "protection", "mode",
    "average_bill", "security", "bills", "payments", "holds", "people", "away", "from", "until",
    "expect", "shipped", "duties", "events", "disputes",
}  # fmt: skip


def read() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        found += [pytest.param(case, id=f"{path.stem}: {case['name']}") for case in table["case"]]
    return found


CASES = read()


@pytest.mark.parametrize("case", CASES)
def test_every_step_comes_on_its_day(case: dict[str, Any]) -> None:
    assert not case.keys() - KNOWN, f"unknown words: {sorted(case.keys() - KNOWN)}"
    account = account_of(case)
    assert account.play(case["from"], case["until"]) == case["expect"]


def test_the_names_of_the_cases_are_sentences_of_their_own() -> None:
    names = [case.values[0]["name"] for case in CASES]
    assert len(names) == len(set(names))
    assert all(len(name.split()) > 3 for name in names)


def account_of(case: dict[str, Any]) -> Account:
    """Return the account that a table describes."""
    return Account(
        rules=rules_of(case),
        bills=tuple(_bill(row) for row in case["bills"]),
        payments=tuple(
            Payment(row["on"], money(row["amount"])) for row in case.get("payments", ())
        ),
        grades=_grades(case),
        supply_class=SupplyClass(case.get("class", "residential")),
        protection=Protection(case.get("protection", "none")),
        payment_mode=PaymentMode(case.get("mode", "postpaid")),
        average_bill=money(case["average_bill"]) if "average_bill" in case else None,
        security=money(case.get("security", 0)),
        holds=tuple(
            Hold(no, 1, row["reason"], "", "wang", row["from"], row["until"])
            for no, row in enumerate(case.get("holds", ()), start=1)
        ),
        people=_people(case.get("people", {})),
        away=frozenset(case.get("away", ())),
        duties=tuple(DutyDone(DutyKind(row["kind"]), row["on"]) for row in case.get("duties", ())),
        disputes=tuple(
            Dispute(row["due"], row["from"], row["until"], row.get("settled"))
            for row in case.get("disputes", ())
        ),
    )


def rules_of(case: dict[str, Any]) -> Rules:
    """Return the shipped rules, with what a table changes of them; the policy stays lawful."""
    name = case.get("market", NEWEST)
    shipped = case.get("shipped", "2024-06-01")
    if "law" not in case and "policy" not in case and "events" not in case:
        return rules(name, shipped)
    law = table_of(f"markets/{name}")
    _merge(law, case.get("law", {}))
    policy = table_of(f"policies/dunning/{shipped}")
    _merge(policy, case.get("policy", {}))
    market = parse_market(name, law)
    calendar = replace(calendar_named(market.calendar), events=_events(case))
    found = Rules(parse_policy("policy", policy), market, calendar)
    assert not violations(found.policy, found.market)
    return found


def _events(case: dict[str, Any]) -> dict[date, frozenset[DayEvent]]:
    return {row["on"]: frozenset({DayEvent(row["kind"])}) for row in case.get("events", ())}


def _merge(table: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if key == "level":
            by_name = {level["name"]: level for level in table["level"]}
            for name, change in value.items():
                by_name[name].update(change)
        elif isinstance(value, dict) and isinstance(table.get(key), dict):
            _merge(table[key], value)
        else:
            table[key] = value


def _bill(row: dict[str, Any]) -> Bill:
    raised = row.get("raised", date.fromordinal(row["due"].toordinal() - 15))
    used = (row["used_from"], row["used_until"]) if "used_from" in row else None
    return Bill(row["due"], money(row["amount"]), raised, used, money(row.get("billed_before", 0)))


def _grades(case: dict[str, Any]) -> tuple[tuple[date, Grade], ...]:
    if "grades" in case:
        return tuple((row["from"], Grade(row["grade"])) for row in case["grades"])
    return ((date.min, Grade(case.get("grade", "CC"))),)


def _people(row: dict[str, Any]) -> People:
    words = dict(row)
    refused = frozenset(map(StepKind, words.pop("refuse", ())))
    return People(refuse=refused, **words)
