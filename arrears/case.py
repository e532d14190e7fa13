"""A case: an overdue account being dealt with, what happens in it, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from billing.money import Money


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
    DUTY_DONE = "duty_done"
    DISPUTED = "disputed"
    DISPUTE_SETTLED = "dispute_settled"
    PROMISED = "promised"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    TRANSFERRED = "transferred"
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


class DisputeState(StrEnum):
    """Where a dispute about a charge stands; only a rejected or lapsed one lets it count again."""

    OPEN = "open"
    UPHELD = "upheld"  # the customer was right: it never counts, and billing corrects it
    REJECTED = "rejected"  # the charge stands and counts again
    LAPSED = "lapsed"  # its last day went by without a word; the charge counts again


DISPUTE_MOVES: Mapping[DisputeState, frozenset[DisputeState]] = {
    DisputeState.OPEN: frozenset({DisputeState.UPHELD, DisputeState.REJECTED, DisputeState.LAPSED}),
    DisputeState.UPHELD: frozenset(),
    DisputeState.REJECTED: frozenset(),
    DisputeState.LAPSED: frozenset(),
}
"""Which state of a dispute may follow which."""


class PromiseState(StrEnum):
    """Where a promise to pay stands; while it is open the account is on hold."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


PROMISE_MOVES: Mapping[PromiseState, frozenset[PromiseState]] = {
    PromiseState.OPEN: frozenset({PromiseState.KEPT, PromiseState.BROKEN}),
    PromiseState.KEPT: frozenset(),
    PromiseState.BROKEN: frozenset(),
}
"""Which state of a promise may follow which."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    An overdue account being dealt with under the policy in force when it began.

    `collector` is the login of the person who looks after it; none while nobody does.
    """

    id: int
    account_id: int
    opened_on: date
    closed_on: date | None
    policy_digest: str
    collector: str | None = None


REST_MAX = timedelta(days=366)
"""How far from today a hold or a dispute may end: what rests for longer is looked at anew."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A charge the customer disputes: why, who answers for it, and until when it rests."""

    id: int
    account_id: int
    charge_id: int
    note: str
    owner: str
    opened_on: date
    ends_on: date
    state: DisputeState
    settled_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Test whether the charge leads to no step on the day; the last day belongs to it."""
        if self.settled_on is not None and self.settled_on <= day:
            return False
        return self.opened_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class Promise:
    """
    A customer's word to pay an amount by a day.

    `owed` is what was overdue when it was given: it is kept once so much of that is paid.
    """

    id: int
    account_id: int
    amount: Money
    owed: Money
    made_on: date
    due_on: date
    hold_id: int
    owner: str
    state: PromiseState
    settled_on: date | None = None

    def judged(self, still_owed: Money, today: date) -> PromiseState:
        """Return what the promise has come to, with so much of what was owed still open."""
        if still_owed <= max(0, self.owed - self.amount):
            return PromiseState.KEPT
        return PromiseState.BROKEN if today > self.due_on else PromiseState.OPEN


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
    """
    A customer's grade as of a day, and the indicators and scorecard it rests on.

    `card` names the card of the scorecard's file, nothing its own; `adjusted` by how many notches
    an expert moved the grade.
    """

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
    card: str = ""
    adjusted: int = 0
