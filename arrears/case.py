"""A case: an overdue account being dealt with, what happens in it, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What can happen in a case."""

    OPENED = "opened"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DONE = "done"
    SERVED = "served"
    KEPT = "kept"  # looked at again after a posting, and still right
    HELD = "held"
    HOLD_LIFTED = "hold_lifted"
    CLOSED = "closed"


class ConversionState(StrEnum):
    """Where an account stands on its way to prepayment."""

    AGREEMENT_WANTED = "agreement_wanted"
    ORDERED = "ordered"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


UNDER_WAY = (ConversionState.AGREEMENT_WANTED, ConversionState.ORDERED)
"""States of a conversion that is neither over nor ended; an account has one of them at a time."""

CONVERSION_MOVES: Mapping[ConversionState, frozenset[ConversionState]] = {
    ConversionState.AGREEMENT_WANTED: frozenset(
        {ConversionState.ORDERED, ConversionState.WITHDRAWN}
    ),
    ConversionState.ORDERED: frozenset({ConversionState.ACTIVE, ConversionState.WITHDRAWN}),
    ConversionState.ACTIVE: frozenset(),
    ConversionState.WITHDRAWN: frozenset(),
}
"""Which state of a conversion may follow which."""


@dataclass(frozen=True, slots=True)
class Case:
    """An overdue account being dealt with under the policy in force when it began."""

    id: int
    account_id: int
    opened_on: date
    closed_on: date | None
    policy_digest: str


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened in a case, and the facts of it."""

    case_id: int
    happened_on: date
    at: datetime
    by: str
    kind: EventKind
    step_id: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversion:
    """A post-paid account on its way to prepayment."""

    id: int
    account_id: int
    step_id: int
    state: ConversionState
    approved_on: date
    agreed_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Grading:
    """A customer's grade as of a day, and the indicators and scorecard it rests on."""

    id: int
    customer_id: int
    as_of: date
    score: int | None
    grade: str
    tier: str
    previous: str | None
    is_new: bool
    reason: str
    scorecard_digest: str
    indicators: Mapping[str, Any]
