"""Bills that independent engines worked out hour by hour, priced from the hours themselves."""

import csv
import json
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby

import pytest

from billing.money import major
from billing.obstacles import obstacles
from billing.pricing import price
from billing.tariff import parse_tariff
from billing.usages import parse_usages
from tests.billing import shipped
from tests.billing.test_tariff_engines import (
    CENT,
    MONTHS,
    demand,
    energy,
    heading,
    load,
    named,
    window_tariff,
)
from tests.corpora import corpus

DAYS = ("weekday", "weekend")


@cache
def loads():
    """Return the kW of every hour of 2018 by the name of the load."""
    with corpus("tariff", "loads.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0] if name != "hour_start"}


@cache
def hourly_cases():
    """Return the cases with the hours of the day that each of their periods has."""
    found = json.loads(corpus("tariff", "cases.json").read_text("utf-8"), parse_float=Decimal)
    return {case["id"]: case for case in found["cases"]}


def recorded(name, start, end):
    first, last = (24 * (day - date(2018, 1, 1)).days for day in (start, end))
    return {
        "start": start,
        "end": end,
        "intervals": {"minutes": 60, "kwh": loads()[name][first:last]},
    }


def calendar(name, schedule, words):
    """Write an engine's schedule: twelve strings of 24 digits for weekdays and for weekends."""
    windows = [
        {"register": words[int(digit)], "months": [month], "days": [days], "hours": [hours]}
        for days in DAYS
        for month, digits in enumerate(schedule[days], start=1)
        for digit, hours in runs(digits)
    ]
    return {"name": name, "window": windows}


def runs(digits):
    """Yield each digit of a day with the hours it stands for in a row."""
    at = 0
    for digit, same in groupby(digits):
        hours = len(list(same))
        yield digit, f"{at:02}:00-{at + hours:02}:00"
        at += hours


def hourly_tariff(case):
    """Write an engine's tariff in our language, its periods as registers of the tariff's own."""
    theirs = case["tariff"]
    table = heading(case) | {"seasons": {}, "energy": [], "demand": [], "calendar": []}
    periods = theirs["energy"]["periods"]
    windows = (theirs["demand_tou"] or {}).get("periods", [])
    table["registers"] = {
        word: {"en": word, "zh": word} for word in dict.fromkeys([*periods, *windows])
    }
    if len(periods) > 1:
        table["calendar"].append(calendar("energy", theirs["energy"], periods))
    for at, months in enumerate(alike(theirs)):
        season = {"season": f"s{at}"}
        table["seasons"][f"s{at}"] = months
        table["energy"].append(by_register(theirs["energy"], months) | season)
        table["demand"] += [part | season for part in demand(theirs, (), months)]
    if windows:
        table["calendar"].append(calendar("demand", theirs["demand_tou"], windows))
        prices = {one: tiers[0]["price"] for one, tiers in theirs["demand_tou"]["prices"].items()}
        charge = named("demand_by_window") | {"prices": prices, "calendar": "demand"}
        table["demand"].append(charge)
    if theirs["fixed_per_month"]:
        table["fixed"] = [named("fixed") | {"price": theirs["fixed_per_month"], "per": "month"}]
    if theirs["minimum_per_month"]:
        least = {"price": theirs["minimum_per_month"], "per": "month"}
        table["minimum"] = named("minimum") | least
    return table


def alike(theirs):
    """Return the months that share the limits of blocks and the price of demand."""
    groups = {}
    for month in range(1, 13):
        prices = theirs["energy"]["prices"]
        used = occurring(theirs["energy"], month)
        [edges] = {tuple(tier["up_to"] for tier in prices[one]) for one in used}
        flat = tuple(month in one["months"] for one in theirs["demand_flat"] or ())
        groups.setdefault((edges, flat), []).append(month)
    return list(groups.values())


def occurring(theirs, month):
    digits = sorted(set("".join(theirs[days][month - 1] for days in DAYS)))
    return [theirs["periods"][int(digit)] for digit in digits]


def by_register(theirs, months):
    """Write the energy of some months, each period's price as one of a register of its own."""
    periods = list(dict.fromkeys(one for month in months for one in occurring(theirs, month)))
    charge = energy(theirs, periods[:1])
    if len(theirs["periods"]) == 1:
        return charge
    charge |= {"calendar": "energy"}
    ladders = theirs["prices"]
    if "block" not in charge:
        charge.pop("price")
        return charge | {"prices": {one: ladders[one][0]["price"] for one in periods}}
    blocks = [
        {key: value for key, value in block.items() if key == "up_to_kwh"}
        | {"prices": {one: ladders[one][at]["price"] for one in periods}}
        for at, block in enumerate(charge["block"])
    ]
    return charge | {"block": blocks, "blocks_and_registers": "shared"}


def total(table, usage):
    tariff = parse_tariff(table["title_en"], table)
    [one] = parse_usages("usages", [usage], tariff.registers)
    assert obstacles(tariff, one.facts) == ()
    return major(sum(line.amount for line in price(tariff, one.facts)))


@pytest.mark.parametrize("case_id", [case["id"] for case in MONTHS])
def test_twelve_months_of_hours_match_the_engine_to_the_cent(case_id):
    case = hourly_cases()[case_id]
    table = hourly_tariff(case)
    differences = {}
    for month in case["months"]:
        number = month["month"]
        start, end = date(2018, number, 1), date(2018 + number // 12, number % 12 + 1, 1)
        bill = total(table, recorded(case["load"], start, end))
        if abs(bill - month["expected"]["total"]) >= CENT:
            differences[number] = (bill, month["expected"]["total"])
    assert differences == {}


@pytest.mark.parametrize("case_id", [case["id"] for case in load("windows.json")])
def test_periods_of_any_length_match_the_engine_hour_by_hour(case_id):
    found = json.loads(
        corpus("tariff", "window_cases.json").read_text("utf-8"), parse_float=Decimal
    )
    [case] = [case for case in found["cases"] if case["id"] == case_id]
    structure = case["urdb"]["energyratestructure"]
    if len(structure) == 1:
        table = window_tariff(case)
    else:
        words = [f"p{at}" for at in range(len(structure))]
        charge = named("energy") | {
            "prices": {word: tiers[0]["rate"] for word, tiers in zip(words, structure, strict=True)}
        }
        schedule = {
            days: ["".join(map(str, row)) for row in case["urdb"][f"energy{days}schedule"]]
            for days in DAYS
        }
        table = window_tariff(
            case | {"urdb": case["urdb"] | {"energyratestructure": [[{"rate": 0}]]}}
        )
        table |= {
            "registers": {word: {"en": word, "zh": word} for word in words},
            "calendar": [calendar("hours", schedule, words)],
            "energy": [charge | {"calendar": "hours"}],
        }
    start, end = date.fromisoformat(case["start"]), date.fromisoformat(case["end_exclusive"])
    usage = recorded(case["load"], start, end)
    assert abs(total(table, usage) - Decimal(case["expected"]["total"])) < CENT


@pytest.mark.parametrize(
    ("code", "case_id"),
    [("us_small_business_tou", "REAL-01"), ("us_industrial_tou_demand", "REAL-05")],
)
def test_a_shipped_american_tariff_is_the_engines(code, case_id):
    case, tariff = hourly_cases()[case_id], shipped.tariff(code)
    for month in case["months"]:
        number = month["month"]
        start, end = date(2018, number, 1), date(2018 + number // 12, number % 12 + 1, 1)
        [one] = parse_usages("u", [recorded(case["load"], start, end)], tariff.registers)
        assert obstacles(tariff, one.facts) == ()
        lines = price(tariff, one.facts)
        bill = major(sum(line.amount for line in lines))
        # Each of our lines is rounded to the cent, the engine's aren't.
        assert abs(bill - month["expected"]["total"]) <= CENT / 2 * len(lines)
