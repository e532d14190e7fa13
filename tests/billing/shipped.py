"""The shipped tariffs and the cases a clerk can read, for the tests of this room."""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path

from billing.tariff import Tariff, parse_tariff
from billing.usages import parse_usages
from config import dated

CASES = Path(__file__).parents[1] / "cases" / "bills"


@cache
def files():
    """Return every shipped tariff file by the code customers are put on."""
    return {
        file.subject.removeprefix("tariffs/"): file
        for file in dated.shipped()
        if file.subject.startswith("tariffs/")
    }


@cache
def tariff(code: str) -> Tariff:
    """Return a shipped tariff."""
    file = files()[code]
    return parse_tariff(file.name, file.table, digest=file.digest)


def facts(**usage):
    """Return the facts of a usage, written as in a file of usages."""
    [named] = parse_usages("test", [{"start": "2026-03-01", "end": "2026-04-01"} | usage])
    return named.facts


def cases(name: str):
    """Return the tariffs of a file of cases by name, and its cases."""
    text = (CASES / name).read_text("utf-8")
    table = tomllib.loads(text, parse_float=Decimal)
    tariffs = {code: parse_tariff(code, one) for code, one in table["tariff"].items()}
    return [(case, tariffs.get(case.get("tariff"))) for case in table["case"]]
