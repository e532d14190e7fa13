"""A step: one thing done about an overdue account, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from billing.money import Money


class StepKind(StrEnum):
    """What may be done about an overdue account."""

    COURTESY_REMINDER = "courtesy_reminder"  # before the due date; urges nobody
    SMS_REMINDER = "sms_reminder"
    LETTER = "letter"
    VISIT = "visit"
    DEPOSIT_DEMAND = "deposit_demand"
    GUARANTEE_DEMAND = "guarantee_demand"  # somebody else, or something, stands for the debt
    PREPAID_CONVERSION = "prepaid_conversion"
    DISCONNECTION_NOTICE = "disconnection_notice"
    SECOND_NOTICE = "second_notice"  # told again, in person, between the notice and the cut
    DISCONNECTION = "disconnection"
    RECONNECTION = "reconnection"
    LEGAL = "legal"  # handed to a lawyer
    WRITE_OFF = "write_off"  # done in the books as soon as two people have approved


class Track(StrEnum):
    """Steps of one track follow each other; those of two go side by side."""

    COLLECTION = "collection"
    SECURITY = "security"
    RECOVERY = "recovery"  # what is left once supply is off or the customer gone


class StepState(StrEnum):
    """Where a step stands. It only moves on from proposed and approved, and back from stale."""

    PROPOSED = "proposed"  # waits for people
    APPROVED = "approved"  # may be carried out
    STALE = "stale"  # something was posted since: not carried out until it was looked at again
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # a payment, a hold or a change of facts ended it


PENDING = frozenset({StepState.PROPOSED, StepState.APPROVED, StepState.STALE})
"""States of a step that may still be carried out."""

MOVES: dict[StepState, frozenset[StepState]] = {
    StepState.PROPOSED: frozenset(
        {StepState.APPROVED, StepState.REFUSED, StepState.WITHDRAWN, StepState.STALE}
    ),
    StepState.APPROVED: frozenset({StepState.DONE, StepState.WITHDRAWN, StepState.STALE}),
    StepState.STALE: frozenset({StepState.PROPOSED, StepState.APPROVED, StepState.WITHDRAWN}),
    StepState.DONE: frozenset(),
    StepState.REFUSED: frozenset(),
    StepState.WITHDRAWN: frozenset(),
}
"""Which state may follow which; whatever is not here cannot be written."""

DUNNING = frozenset({StepKind.SMS_REMINDER, StepKind.LETTER, StepKind.VISIT})
"""Steps that urge the customer to pay (催交), which the law wants before a cut."""

ASKING = frozenset({StepKind.DEPOSIT_DEMAND, StepKind.GUARANTEE_DEMAND})
"""Steps that ask for security: in money, or by somebody or something that stands for it."""

SECURITY = ASKING | {StepKind.PREPAID_CONVERSION}

RECOVERY = frozenset({StepKind.LEGAL, StepKind.WRITE_OFF})

TALKING = DUNNING | {StepKind.COURTESY_REMINDER}
"""Steps that only speak to the customer, so that a policy may let them go on while one is held."""

IN_PERSON = frozenset({StepKind.VISIT, StepKind.SECOND_NOTICE, StepKind.LEGAL})
"""Steps that a person carries out and reports; the others are sent, printed or switched."""


def track_of(kind: StepKind) -> Track:
    """Return the track that a kind of step belongs to."""
    if kind in RECOVERY:
        return Track.RECOVERY
    return Track.SECURITY if kind in SECURITY else Track.COLLECTION


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step as it is kept, with the facts it was decided on.

    `amount` is what it asks for: the overdue money, or the deposit demanded. `posted_no` is the
    account's number at the last look: while they differ, the step is not carried out. `done_on`
    is the day it was sent, printed, demanded or cut; `served_on` the day a notice reached the
    customer with proof.
    """

    id: int
    case_id: int
    account_id: int
    kind: StepKind
    level: str
    proposed_on: date
    amount: Money
    state: StepState
    posted_no: int
    policy_digest: str
    approval_id: int | None = None
    done_on: date | None = None
    served_on: date | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_pending(self) -> bool:
        """Test whether the step may still be carried out."""
        return self.state in PENDING

    def bears(self, reasons: Iterable[str]) -> bool:
        """Test whether its policy lets it go out under holds of these reasons; none rest it."""
        return set(reasons) <= set(self.facts.get("holds", ()))

    @property
    def acted_on(self) -> date:
        """The day of the act, or, while it isn't done, of its proposal."""
        return self.done_on or self.proposed_on
