"""Early warnings: what in a customer's behavior calls for somebody before the debt is old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from arrears.behaviour import Behaviour
from arrears.credit import GRADES, Grade, Tier, tier_of
from arrears.credit_file import COVERS, SOON, FileItem
from arrears.exposure import Exposure
from arrears.indicators import measure
from billing.money import Money


class WarningKind(StrEnum):
    """What the warning is about."""

    OVER_LIMIT = "over_limit"
    OVER_WARNING_LINE = "over_warning_line"
    GRADE_FELL = "grade_fell"
    LATE_OFTEN = "late_often"
    USAGE_FELL = "usage_fell"
    FILE_INCOMPLETE = "file_incomplete"
    CHANGE_REPORTED = "change_reported"
    SECURITY_ENDS = "security_ends"  # a guarantee, collateral or insurance soon holds no more
    SECURITY_ENDED = "security_ended"
    PAYS_IN_PARTS = "pays_in_parts"  # and used to pay whole bills


class Level(StrEnum):
    """How urgent it is; the colors are the field's, their thresholds a product default."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Granted:
    """How far a customer is trusted: the limit, and the line at which somebody is told."""

    customer_id: int
    limit: Money
    warning_line: Money
    starts_on: date


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """A warning to be raised: what about, how urgent, and on what facts."""

    customer_id: int
    kind: WarningKind
    level: Level
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watched:
    """
    What is known of a customer when he is looked at.

    `in_parts` says of each bill of a year whether it was paid in parts, the newest first.
    """

    customer_id: int
    behaviour: Behaviour
    exposure: Exposure
    granted: Granted | None
    grade: Grade | None
    grade_before: Grade | None
    is_incomplete: bool
    ending: tuple[FileItem, ...] = ()
    in_parts: tuple[bool, ...] = ()


LATE_OFTEN = 3
"""So many month ends of six in arrears are often."""
FELL = Decimal("0.5")
"""A fall of usage by half is a fall."""
NEWEST, IN_PARTS, WHOLE_BEFORE = 3, 2, 3
"""Of the newest bills so many paid in parts begin something, if so many before were paid whole."""


def warnings_of(one: Watched, *, as_of: date) -> list[EarlyWarning]:
    """Return what is to be warned of in a customer, the most urgent first."""
    found = [*_of_limit(one), *_of_grade(one), *_of_behaviour(one, as_of)]
    found += _of_security(one, as_of)
    if one.is_incomplete:
        found.append((WarningKind.FILE_INCOMPLETE, Level.BLUE, {}))
    levels = list(Level)
    found.sort(key=lambda raised: levels.index(raised[1]))
    return [EarlyWarning(one.customer_id, kind, level, facts) for kind, level, facts in found]


_Raised = tuple[WarningKind, Level, dict[str, Any]]


def _of_limit(one: Watched) -> list[_Raised]:
    if one.granted is None:
        return []
    amount = one.exposure.amount
    facts = {
        "exposure": amount,
        "limit": one.granted.limit,
        "warning_line": one.granted.warning_line,
    }
    if amount > one.granted.limit:
        return [(WarningKind.OVER_LIMIT, Level.RED, facts)]
    if amount >= one.granted.warning_line:
        return [(WarningKind.OVER_WARNING_LINE, Level.ORANGE, facts)]
    return []


def _of_grade(one: Watched) -> list[_Raised]:
    if one.grade is None or one.grade_before is None:
        return []
    if GRADES.index(one.grade) <= GRADES.index(one.grade_before):
        return []
    is_worse_tier = tier_of(one.grade) is not tier_of(one.grade_before)
    is_high = tier_of(one.grade) is Tier.HIGH
    level = Level.RED if is_worse_tier and is_high else Level.YELLOW
    return [(WarningKind.GRADE_FELL, level, {"grade": one.grade, "before": one.grade_before})]


def _of_security(one: Watched, as_of: date) -> list[_Raised]:
    """Return a warning before covers end, and one once they have: a new one is to be obtained."""
    ends = [(item.expires_on, item) for item in one.ending if item.kind in COVERS]
    coming = [(day, item) for day, item in ends if day is not None and day >= as_of]
    gone = [(day, item) for day, item in ends if day is not None and as_of - SOON <= day < as_of]
    found: list[_Raised] = []
    for kind, level, some in (
        (WarningKind.SECURITY_ENDED, Level.ORANGE, gone),
        (WarningKind.SECURITY_ENDS, Level.YELLOW, coming),
    ):
        if some:
            titles = ", ".join(f"{item.title} {day}" for day, item in some)
            worth = sum(item.amount or 0 for _, item in some)
            found.append((kind, level, {"covers": titles, "amount": worth}))
    return found


def _of_behaviour(one: Watched, as_of: date) -> list[_Raised]:
    names = ("late_month_ends", "usage_fall")
    values = {each.name: each.value for each in measure(one.behaviour, as_of=as_of, names=names)}
    late, fall = values["late_month_ends"], values["usage_fall"]
    found: list[_Raised] = []
    if late is not None and late >= LATE_OFTEN:
        found.append((WarningKind.LATE_OFTEN, Level.ORANGE, {"late_month_ends": str(late)}))
    if fall is not None and fall >= FELL:
        found.append((WarningKind.USAGE_FELL, Level.YELLOW, {"usage_fall": str(fall)}))
    if begins_paying_in_parts(one.in_parts):
        facts = {
            "bills_in_parts": sum(one.in_parts[:NEWEST]),
            "bills_whole": len(one.in_parts[NEWEST:]),
        }
        found.append((WarningKind.PAYS_IN_PARTS, Level.YELLOW, facts))
    return found


def begins_paying_in_parts(in_parts: Sequence[bool]) -> bool:
    """Test whether who paid whole bills now pays them in parts; the newest bill comes first."""
    before = in_parts[NEWEST:]
    return sum(in_parts[:NEWEST]) >= IN_PARTS and len(before) >= WHOLE_BEFORE and not any(before)
