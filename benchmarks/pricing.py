"""
How fast bills are priced from shipped tariffs, in one process and without a database.

    python -m benchmarks.pricing --bills 100000

Prints bills/s of the price alone, and of the whole drawing up: checks, price, tax and the facts
from which a bill can be worked out again. Then a batch in columns, whose totals are compared with
the reference form; then the same bills by other engines, where they are installed.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import _peers
from benchmarks._peers import Rate
from billing.arrays import Many, totals
from billing.basis import Before, Span, Terms, facts_of
from billing.bill import draw_up
from billing.facts import Facts
from billing.intervals import Intervals
from billing.many import UNITS as _UNITS
from billing.money import major
from billing.pricing import price
from billing.supply import Supply, SupplyClass
from billing.tariff import Tariff, parse_tariff
from config import dated
from config.database import canonical
from meters.period import Period
from meters.reading import Part, Reading, RegisterCode, Usage

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
TERMS = Terms(contracted_kw=Decimal(300), capacity_kva=Decimal(500))
TARIFFS = {
    "residential_beijing": ("total",),
    "residential_guangdong": ("total",),
    "residential_tou_zhejiang": ("peak", "valley"),
    "commercial_single_part": ("total",),
    "industrial_two_part": ("sharp", "peak", "flat", "valley", "reactive"),
    "industrial_two_part_demand": ("sharp", "peak", "flat", "valley", "reactive", "demand"),
}


UNITS = ("reactive_kvarh", *_UNITS)
LADDER = Rate(steps=((260, "0.64"), (600, "0.69"), (None, "0.94")))
HOURS = Rate(peak="0.568", valley="0.288", peak_hours=(8, 22))


def main() -> None:
    """Price bills by each tariff, in columns, and beside other engines; print how many a second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--bills", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1_000_000, help="of the form in columns")
    parser.add_argument("--years", type=int, default=40, help="of hours, for the other engines")
    asked = parser.parse_args()
    print(f"{asked.bills:,} bills, one process")
    print(f"{'tariff':<28}{'lines':>6}{'price/s':>10}{'drawn up/s':>12}{'with JSON/s':>12}")
    for code, registers in TARIFFS.items():
        report(shipped(code), code, [usage(registers, at) for at in range(asked.bills)])
    in_columns(asked.batch)
    beside_peers(asked.years)


def shipped(code: str) -> Tariff:
    """Return a shipped tariff."""
    [file] = [file for file in dated.shipped() if file.subject == f"tariffs/{code}"]
    return parse_tariff(file.name, file.table, digest=file.digest)


def in_columns(count: int) -> None:
    """Price a batch in columns, and every bill of a part of it by the reference form."""
    print(f"\n{count:,} bills in columns (each of 10,000 compared with the reference form)")
    chance = np.random.default_rng(1)
    nothing = np.zeros(count, dtype=np.int64)
    for code, registers in (
        ("residential_beijing", ()),
        ("residential_guangdong", ()),
        ("residential_tou_zhejiang", ("peak", "valley")),
        ("commercial_single_part", ()),
    ):
        tariff = shipped(code)
        by = {one: chance.integers(0, 600_000_000, count) for one in registers}
        kwh = sum(by.values(), nothing) if by else chance.integers(0, 900_000_000, count)
        many = Many(Facts(MARCH, Decimal(0)), kwh, nothing + 2_600_000_000, by)
        compared(code, tariff, many, count)
    for code in ("industrial_two_part", "industrial_two_part_demand"):
        by = {one: chance.integers(0, 10**10, count) for one in ("sharp", "peak", "flat", "valley")}
        kwh = sum(by.values(), nothing)
        own = {
            "reactive_kvarh": kwh * chance.integers(20, 80, count) // 100,
            "demand_kw": chance.integers(0, 400_000_000, count),
            "contracted_kw": chance.integers(100_000_000, 300_000_000, count),
            "capacity_kva": chance.integers(315, 630, count) * 10**6,
        }
        many = Many(Facts(MARCH, Decimal(0)), kwh, nothing, by, **own)
        compared(code, shipped(code), many, count)
    rows = max(1, count // 50)
    hours = chance.integers(0, 3_000_000, (rows, 744))
    many = Many.recorded(Facts(MARCH, Decimal(0)), hours, 60)
    compared("us_small_business_tou", shipped("us_small_business_tou"), many, rows)


def compared(code: str, tariff: Tariff, many: Many, count: int) -> None:
    """Time a batch, and compare the first of it."""
    begun = time.process_time()
    owed = totals(tariff, many)
    took = time.process_time() - begun
    reference = [sum(line.amount for line in price(tariff, one)) for one in first(many, 10_000)]
    same = reference == list(owed[: len(reference)])
    print(f"{code:<28}{count:>12,}{count / took:>14,.0f}/s  {'the same' if same else 'DIFFERENT'}")


def first(many: Many, most: int) -> Many:
    """Return the first usages of a batch."""
    by = {code: column[:most] for code, column in many.registers.items()}
    rows = None if many.intervals is None else many.intervals[:most]
    own = {name: None if (all_ := getattr(many, name)) is None else all_[:most] for name in UNITS}
    few = Many(many.like, many.kwh[:most], many.year_kwh[:most], by, rows, many.minutes)
    return replace(few, **own)


def beside_peers(years: int) -> None:
    """Price the same months by every engine there is, and compare the bills."""
    names = _peers.known()
    print(
        f"\nthe same {12 * years:,} bills by every engine ({', '.join(names) or 'none else here'})"
    )
    chance = random.Random(7)
    hours = [[chance.randrange(0, 2500) / 1000 for _ in range(8760)] for _ in range(years)]
    for title, rate in (("ladder of 3 blocks", LADDER), ("hours by peak and valley", HOURS)):
        tariff = parse_tariff("peers", ours(rate))
        facts = [month(year, at, rate) for year in hours for at in range(12)]
        speed = rate_of(lambda one, tariff=tariff: price(tariff, one), facts)
        bills = [float(major(sum(line.amount for line in price(tariff, one)))) for one in facts]
        print(f"{title:<28}{'wattledger':>12}{speed:>14,.0f}/s")
        for name in names:
            speed, found = PEERS[name](rate, hours)
            most = max(abs(one - other) for one, other in zip(bills, found, strict=True))
            print(f"{'':<28}{name:>12}{speed:>14,.0f}/s  at most {most:.4f} apart")


def by_pysam(rate: Rate, hours: Sequence[Sequence[float]]) -> tuple[float, list[float]]:
    """Return bills/s and the bills of Utilityrate5."""
    engine = _peers.pysam(rate)
    begun = time.process_time()
    found = engine(hours)
    took = time.process_time() - begun
    return 12 * len(hours) / took, [bill for year in found for bill in year]


def by_ratebook(rate: Rate, hours: Sequence[Sequence[float]]) -> tuple[float, list[float]]:
    """Return bills/s and the bills of ratebook."""
    engine, make = _peers.ratebook(rate)
    months = []
    for year in hours:
        for at in range(12):
            some = [f"{kwh:.3f}" for kwh in within(year, at)]
            total = [str(sum(map(Decimal, some)))]
            months.append(make(at + 1, total if rate.steps else some))
    bills = [float(engine(one)) for one in months]
    return rate_of(engine, months), bills


PEERS = {"PySAM": by_pysam, "ratebook": by_ratebook}


def within(year: Sequence[float], month_at: int) -> Sequence[float]:
    """Return the hours of a month of 2018."""
    start = (date(2018, month_at + 1, 1) - date(2018, 1, 1)).days * 24
    return year[start : start + days_of(month_at).days * 24]


def days_of(month_at: int) -> Period:
    """Return a month of 2018."""
    return Period(
        date(2018, month_at + 1, 1), date(2018 + month_at // 11, (month_at + 1) % 12 + 1, 1)
    )


def month(year: Sequence[float], at: int, rate: Rate) -> Facts:
    """Return a month as our facts: its total for a ladder, or its hours."""
    period = days_of(at)
    intervals = Intervals(period, 60, tuple(round(kwh * 10**6) for kwh in within(year, at)))
    return Facts(period, intervals.kwh(period), intervals=None if rate.steps else intervals)


def ours(rate: Rate) -> dict[str, Any]:
    """Write a rate in our language."""
    energy: dict[str, Any] = {"code": "energy", "en": "Energy", "zh": "电度电费"}
    table: dict[str, Any] = {"title_en": "T", "title_zh": "T", "currency": "USD"}
    if rate.steps:
        energy |= {"limits_per": "month", "block": []}
        for up_to, each in rate.steps:
            edge = {} if up_to is None else {"up_to_kwh": Decimal(up_to)}
            energy["block"].append(edge | {"price": Decimal(each)})
        return table | {"energy": [energy]}
    start, end = rate.peak_hours
    window = {"register": "peak", "hours": [f"{start:02}:00-{end:02}:00"]}
    calendar = {"name": "hours", "otherwise": "valley", "window": [window]}
    prices = {"peak": Decimal(rate.peak), "valley": Decimal(rate.valley)}
    return table | {
        "calendar": [calendar],
        "energy": [energy | {"prices": prices, "calendar": "hours"}],
    }


def report(tariff: Tariff, code: str, usages: Sequence[Usage]) -> None:
    """Measure one tariff."""
    supply = Supply(1, 1, 1, date(2020, 1, 1), None, SupplyClass.RESIDENTIAL, code)
    spans = [Span(MARCH, tariff, TERMS)]
    before = Decimal(2600)

    def drawn(one: Usage) -> Any:
        return draw_up(one, supply, spans, Before(before))

    facts = [facts_of(one, TERMS, Before(before)) for one in usages]
    lines = sum(len(price(tariff, one)) for one in facts[:1000]) / len(facts[:1000])
    print(
        f"{code:<28}{lines:>6.1f}{rate_of(lambda one: price(tariff, one), facts):>10,.0f}"
        f"{rate_of(drawn, usages):>12,.0f}"
        f"{rate_of(lambda one: canonical(drawn(one).facts), usages):>12,.0f}"
    )


def rate_of(act: Callable[[Any], Any], things: Sequence[Any]) -> float:
    """Return how many of the things a second the act gets through."""
    begun = time.process_time()
    for thing in things:
        act(thing)
    return len(things) / (time.process_time() - begun)


def usage(registers: Sequence[str], seed: int) -> Usage:
    """Return a usage of some registers."""
    chance = random.Random(seed)
    return Usage(
        1,
        MARCH,
        tuple(
            part(RegisterCode(code), Decimal(chance.randrange(100, 90_000)).scaleb(-2))
            for code in registers
        ),
    )


def part(code: RegisterCode, kwh: Decimal) -> Part:
    """Return what one register counted."""
    opening, closing = Reading(1, MARCH.start, Decimal(100)), Reading(1, MARCH.end, 100 + kwh)
    return Part(code, "M00000001", opening, closing, Decimal(1), kwh)


if __name__ == "__main__":
    main()
