"""Bills that independent engines worked out, priced by the same tariffs in our language."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing.money import major
from billing.obstacles import obstacles
from billing.pricing import price
from billing.tariff import parse_tariff
from billing.usages import parse_usages
from meters.reading import TIME_OF_USE

FOLDER = Path(__file__).parents[1] / "cases" / "tariff"
CENT = Decimal("0.01")
LIMITS = {
    "kWh": "month",
    "kWh per day in month": "day",
    "kWh per kW of month maximum demand": "kw",
}
# Needs the kWh of each hour: one register's kWh cost one price before 1 October, another after.
NOT_EXPRESSED = {"WIN-07"}


def load(name):
    return json.loads((FOLDER / name).read_text("utf-8"), parse_float=Decimal)["cases"]


MONTHS = load("months.json")
WINDOWS = [case for case in load("windows.json") if case["id"] not in NOT_EXPRESSED]


def test_the_corpora_are_whole():
    assert len(MONTHS) == 36
    assert len(WINDOWS) == 5


@pytest.mark.parametrize("case", MONTHS, ids=lambda case: case["id"])
def test_twelve_months_match_the_engine_to_the_cent(case):
    tariff = parse_tariff(case["id"], months_tariff(case))
    differences = {}
    for month in case["months"]:
        bill = total(tariff, month_usage(month))
        if abs(bill - month["expected"]["total"]) >= CENT:
            differences[month["month"]] = (bill, month["expected"]["total"])
    assert differences == {}


@pytest.mark.parametrize("case", WINDOWS, ids=lambda case: case["id"])
def test_periods_of_any_length_match_the_engine_to_the_cent(case):
    tariff = parse_tariff(case["id"], window_tariff(case))
    usage = {
        "start": case["start"],
        "end": case["end_exclusive"],
        "kwh": case["kwh_by_period"]["0"],
    }
    assert abs(total(tariff, usage) - Decimal(case["expected"]["total"])) < CENT


def total(tariff, usage):
    [named] = parse_usages(tariff.name, [usage])
    assert obstacles(tariff, named.facts) == ()
    return major(sum(line.amount for line in price(tariff, named.facts)))


def month_usage(month):
    number = month["month"]
    start, end = date(2018, number, 1), date(2018 + number // 12, number % 12 + 1, 1)
    assert (end - start).days == month["days"]
    usage = {"start": start, "end": end, "demand_kw": month["max_kw"]}
    if len(month["kwh"]) == 1:
        usage["kwh"] = month["kwh_total"]
    else:
        usage["registers"] = dict(zip(TIME_OF_USE, month["kwh"].values(), strict=False))
    demands = month.get("max_kw_by_demand_period", {})
    return usage | {"demands_kw": dict(zip(TIME_OF_USE, demands.values(), strict=False))}


def months_tariff(case):
    """Write an engine's tariff in our language; its periods of the day become registers."""
    theirs = case["tariff"]
    seasons = {}
    for month in case["months"]:
        windows = tuple(month.get("max_kw_by_demand_period", {}))
        seasons.setdefault((tuple(month["kwh"]), windows), []).append(month["month"])
    if theirs["demand_flat"] and len(theirs["demand_flat"]) > 1:
        [(key, _)] = seasons.items()
        seasons = {(*key, at): flat["months"] for at, flat in enumerate(theirs["demand_flat"])}
    table = heading(case) | {"seasons": {}, "energy": [], "demand": []}
    for at, (key, months) in enumerate(seasons.items()):
        table["seasons"][f"s{at}"] = months
        table["energy"].append(energy(theirs["energy"], key[0]) | {"season": f"s{at}"})
        table["demand"] += [part | {"season": f"s{at}"} for part in demand(theirs, key[1], months)]
    if theirs["fixed_per_month"]:
        table["fixed"] = [named("fixed") | {"price": theirs["fixed_per_month"], "per": "month"}]
    if theirs["minimum_per_month"]:
        least = {"price": theirs["minimum_per_month"], "per": "month"}
        table["minimum"] = named("minimum") | least
    return table


def heading(case):
    titles = {"title_en": case["title"], "title_zh": case["title"]}
    return titles | {"currency": "USD", "rounding": "bill"}


def named(code):
    return {"code": code, "en": code, "zh": code}


def energy(theirs, periods):
    ladders = [theirs["prices"][period] for period in periods]
    charge = named("energy")
    if len(ladders[0]) == 1:
        return charge | prices([ladder[0]["price"] for ladder in ladders])
    charge |= {"limits_per": LIMITS[theirs["tier_unit"]], "block": []}
    if len(ladders) > 1:
        charge["blocks_and_registers"] = "shared"
    for tiers in zip(*ladders, strict=True):
        edge = {} if tiers[0]["up_to"] is None else {"up_to_kwh": tiers[0]["up_to"]}
        charge["block"].append(edge | prices([tier["price"] for tier in tiers]))
    return charge


def prices(numbers):
    if len(numbers) == 1:
        return {"price": numbers[0]}
    return {"prices": {str(code): one for code, one in zip(TIME_OF_USE, numbers, strict=False)}}


def demand(theirs, windows, months):
    parts = []
    for flat in theirs["demand_flat"] or ():
        if set(flat["months"]) >= set(months):
            tiers = [
                {"price": tier["price"]}
                | ({} if tier["up_to"] is None else {"up_to_kw": tier["up_to"]})
                for tier in flat["tiers"]
            ]
            parts.append(named("demand") | (tiers[0] if len(tiers) == 1 else {"block": tiers}))
    if windows:
        ours = {
            str(code): theirs["demand_tou"]["prices"][window][0]["price"]
            for code, window in zip(TIME_OF_USE, windows, strict=False)
        }
        parts.append(named("demand_by_window") | {"prices": ours})
    return parts


def window_tariff(case):
    theirs = case["urdb"]
    [tiers] = theirs["energyratestructure"]
    charge = named("energy")
    if len(tiers) == 1:
        charge["price"] = tiers[0]["rate"]
    else:
        charge["limits_per"] = {"kWh": "period", "kWh daily": "day"}[tiers[0]["unit"]]
        charge["block"] = [
            {"price": tier["rate"]} | ({"up_to_kwh": tier["max"]} if "max" in tier else {})
            for tier in tiers
        ]
    table = heading(case) | {"energy": [charge]}
    fixed = {"price": theirs["fixedchargefirstmeter"], "per": per(theirs["fixedchargeunits"])}
    table["fixed"] = [named("fixed") | fixed]
    if "mincharge" in theirs:
        least = {"price": theirs["mincharge"], "per": per(theirs["minchargeunits"])}
        table["minimum"] = named("minimum") | least
    return table


def per(unit):
    return {"$/day": "day", "$/month": "period"}[unit]
