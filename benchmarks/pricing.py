"""
How fast bills are priced from shipped tariffs, in one process and without a database.

    python benchmarks/pricing.py --bills 100000

Prints bills/s of the price alone, and of the whole drawing up: checks, price, tax and the facts
from which a bill can be worked out again.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from billing.bill import Span, Terms, draw_up, facts_of
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


def main() -> None:
    """Price bills by each tariff, and print how many a second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--bills", type=int, default=100_000)
    asked = parser.parse_args()
    files = {file.subject: file for file in dated.shipped()}
    print(f"{asked.bills:,} bills, one process")
    print(f"{'tariff':<28}{'lines':>6}{'price/s':>10}{'drawn up/s':>12}{'with JSON/s':>12}")
    for code, registers in TARIFFS.items():
        file = files[f"tariffs/{code}"]
        tariff = parse_tariff(file.name, file.table, digest=file.digest)
        report(tariff, code, [usage(registers, at) for at in range(asked.bills)])


def report(tariff: Tariff, code: str, usages: Sequence[Usage]) -> None:
    """Measure one tariff."""
    supply = Supply(1, 1, 1, date(2020, 1, 1), None, SupplyClass.RESIDENTIAL, code)
    spans = [Span(MARCH, tariff, TERMS)]
    before = Decimal(2600)

    def drawn(one: Usage) -> Any:
        return draw_up(one, supply, spans, year_kwh=before)

    facts = [facts_of(one, TERMS, year_kwh=before) for one in usages]
    lines = sum(len(price(tariff, one)) for one in facts[:1000]) / len(facts[:1000])
    print(
        f"{code:<28}{lines:>6.1f}{rate(lambda one: price(tariff, one), facts):>10,.0f}"
        f"{rate(drawn, usages):>12,.0f}"
        f"{rate(lambda one: canonical(drawn(one).facts), usages):>12,.0f}"
    )


def rate(act: Callable[[Any], Any], things: Sequence[Any]) -> float:
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
