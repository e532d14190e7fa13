"""What comes of a billing run: how far it is, what it left alone, and what waits for a person."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.bill import RunState
from billing.money import Money

READINGS_CHANGED = "readings_changed"
"""The rule that holds a draft whose readings are no longer those it was made on."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """
    How far a run has come.

    `eligible` are the supplies that were due to be billed: as many as `billed` and `parked`
    together. `held` of the billed ones wait for a second person; `left_out` were taken out again
    by one, and count as parked. `amount` is what the billed ones come to.
    """

    run_id: int
    code: str
    cycle: str | None
    until: date
    state: RunState
    eligible: int
    billed: int
    parked: int
    held: int
    amount: Money
    issued: int
    issued_amount: Money
    started_by: str
    started_on: date
    started_at: datetime
    issued_by: str | None = None
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """A supply that a run left alone, why, and what would mend it."""

    account_id: int
    service_point_id: int | None
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Held:
    """A draft that a rule held for a second person, and what that person said."""

    bill_id: int
    account_id: int
    amount: Money
    rule: str
    message: str
    accepted_by: str | None = None
    reason: str | None = None

    @property
    def remedy(self) -> str:
        """What a second person does with it."""
        if self.rule == READINGS_CHANGED:
            return "leave it out; the next run draws it up again"
        return (
            "look at its readings: if they are right, accept it; if not, correct them and leave it "
            "out, and the next run draws it up again"
        )
