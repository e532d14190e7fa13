"""What a statement or an outside report says in figures: read from words, kept as facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from arrears.behaviour import CreditReport, ReportedMonth, Use
from arrears.credit_file import FileItem, Form, ItemKind
from billing.money import MINOR, Money

STATEMENT = (
    "total_assets",
    "total_liabilities",
    "current_assets",
    "current_liabilities",
    "revenue",
    "profit",
)
"""What is read of a financial statement, in money."""
LIMIT = "limit"
"""The line of credit of an outside report; beside it each month's end names how it was used."""
FORM = "form"
"""What a guarantee is: somebody's word, a bank's, or the pledge of a deposit slip."""
CONTRACT: Mapping[str, tuple[Decimal, str]] = {
    "late_charge_per_day": (Decimal("0.01"), "a share of the bill such as 0.001"),
    "settlements": (Decimal(12), "how many parts a month is settled in, such as 3"),
}
"""What is read of a contract: the most that is believable, and what it is."""
MONTH_WORDS = 3
_AMOUNTS = {ItemKind.STATEMENT: STATEMENT, ItemKind.CREDIT_REPORT: (LIMIT,)}


@dataclass(frozen=True, slots=True)
class Statement:
    """A financial statement, in minor units; what it doesn't say is none."""

    total_assets: Money | None = None
    total_liabilities: Money | None = None
    current_assets: Money | None = None
    current_liabilities: Money | None = None
    revenue: Money | None = None
    profit: Money | None = None


def parse_facts(kind: ItemKind, words: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """
    Return what is said of an item in figures, as it is kept, and all that is wrong with it.

    A statement has the names of `STATEMENT`, each an amount. A report has a `limit`, and for each
    month's end, such as 2026-03-31, `unused`, `paid_in_full` or `revolving`, the balance and what
    was paid. A contract has the names of `CONTRACT`, a guarantee a `form`, one of `Form`. Other
    kinds have no figures.
    """
    facts: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in words.items():
        if name in _AMOUNTS.get(kind, ()):
            facts[name] = _amount(name, value, problems)
        elif kind is ItemKind.CONTRACT and name in CONTRACT:
            facts[name] = _agreed(name, value, problems)
        elif kind is ItemKind.GUARANTEE and name == FORM and value in list(Form):
            facts[name] = value
        elif kind is ItemKind.CREDIT_REPORT and (day := _day(name)) is not None:
            facts[day.isoformat()] = _month(name, value, problems)
        else:
            problems.append(f"{name}: is no figure of a {kind.replace('_', ' ')}; {_known(kind)}")
    if kind is ItemKind.CREDIT_REPORT and len(facts) > 1 and LIMIT not in facts:
        problems.append("limit: is missing; a report says how far the line of credit goes")
    return facts, problems


def statement_of(item: FileItem) -> Statement:
    """Return the figures of a statement."""
    return Statement(**{name: item.facts[name] for name in STATEMENT if name in item.facts})


def report_of(item: FileItem) -> CreditReport | None:
    """Return an outside report, its months oldest first; none if it has no figures."""
    months = sorted((day, said) for name, said in item.facts.items() if (day := _day(name)))
    if not months or LIMIT not in item.facts:
        return None
    return CreditReport(
        item.source or item.title,
        months[-1][0],
        item.facts[LIMIT],
        tuple(ReportedMonth(day, Use(use), balance, paid) for day, (use, balance, paid) in months),
    )


def _month(name: str, value: str, problems: list[str]) -> list[Any]:
    parts = value.split()
    if len(parts) != MONTH_WORDS or parts[0] not in list(Use):
        problems.append(
            f"{name}: has {value!r}; write {', '.join(Use)}, then the balance and what was paid, "
            f"such as: revolving 2000.00 500.00"
        )
        return []
    return [parts[0], *(_amount(name, one, problems) for one in parts[1:])]


def _amount(name: str, value: str, problems: list[str]) -> Money | None:
    try:
        amount = Decimal(value.replace(",", "")).scaleb(MINOR)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != amount.to_integral_value():
        problems.append(f"{name}: {value!r} is no amount of money; write it as 1250000.00")
        return None
    return int(amount)


def _agreed(name: str, value: str, problems: list[str]) -> str:
    most, example = CONTRACT[name]
    try:
        agreed = Decimal(value)
    except InvalidOperation:
        agreed = Decimal("NaN")
    is_whole = name != "settlements" or agreed == agreed.to_integral_value()
    if not agreed.is_finite() or not 0 < agreed <= most or not is_whole:
        problems.append(f"{name}: {value!r} can't be; it is {example}, and at most {most}")
    return value.strip()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _known(kind: ItemKind) -> str:
    if kind is ItemKind.STATEMENT:
        return f"choose of {', '.join(STATEMENT)}"
    if kind is ItemKind.CREDIT_REPORT:
        return "it has limit, and month ends such as 2026-03-31"
    if kind is ItemKind.CONTRACT:
        return f"choose of {', '.join(CONTRACT)}"
    if kind is ItemKind.GUARANTEE:
        return f"it has form, one of {', '.join(Form)}"
    return "put it into the title"
