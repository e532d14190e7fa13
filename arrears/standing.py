"""How an account stands on a day: all that the policy and the law may look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from arrears.credit import Grade, Tier, tier_of
from arrears.step import DUNNING, Step, StepKind, StepState, Track, track_of
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.supply import PaymentMode, Protection, Supply, SupplyClass
from config.law import DutyKind


@dataclass(frozen=True, slots=True)
class Debt:
    """
    What is open of one charge, and what the charge came to when it was raised.

    `too_late` is the part of it for energy that the law says was billed too late to cut for.
    """

    due_on: date
    amount: Money
    is_bill: bool
    charged: Money = 0
    too_late: Money = 0


@dataclass(frozen=True, slots=True)
class DutyDone:
    """Something the law wants done for a customer besides reminders, and the day it was."""

    kind: DutyKind
    done_on: date


@dataclass(frozen=True, slots=True)
class Contested:
    """An open dispute, what its law wants paid under protest, and what was paid since it began."""

    dispute_id: int
    wanted: Money
    paid: Money

    @property
    def is_under_protest(self) -> bool:
        """Test whether enough was paid for nobody to be cut until it is settled."""
        return self.paid >= self.wanted


class HoldReason(StrEnum):
    """Why an account is left alone."""

    DISPUTE = "dispute"
    PROMISE = "promise"
    HARDSHIP = "hardship"
    PLAN = "plan"
    AUTHORITY = "authority"
    OTHER = "other"


NO_HOLD = "none"
"""What a level's `holds` says of an account that is on none."""
_ON_NO_HOLD = frozenset({NO_HOLD})


@dataclass(frozen=True, slots=True)
class Hold:
    """An account left alone for a while: why, who answers for it, and until when."""

    id: int
    account_id: int
    reason: str
    note: str
    owner: str
    starts_on: date
    ends_on: date
    lifted_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Test whether the account is left alone on the day; the last day belongs to the hold."""
        is_lifted = self.lifted_on is not None and self.lifted_on <= day
        return self.starts_on <= day <= self.ends_on and not is_lifted


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How an account stands: what is overdue, who the customer is, and what was done so far.

    `debts` are the overdue charges, oldest first, less credit on account; `coming` those that fall
    due today or later. `steps` are those of the open case and, on the security track, of earlier
    cases too. `security` is deposits held and demanded, and the account's part of what others stand
    for, which alone is `covered`; `is_converting` while an earlier conversion to prepayment is
    under way; `duties` is what was done for the customer in the case. What is disputed is in
    neither `debts` nor `coming`; `is_disputed` if there is any of it. Nor is what was billed too
    late to be claimed, `barred`. `contested` is what the law says of disputes that a customer pays
    for under protest.
    """

    account_id: int
    grade: Grade
    debts: tuple[Debt, ...] = ()
    classes: frozenset[SupplyClass] = frozenset()
    payment_mode: PaymentMode = PaymentMode.POSTPAID
    protections: frozenset[Protection] = frozenset()
    average_bill: Money | None = None
    security: Money = 0
    holds: tuple[Hold, ...] = ()
    steps: tuple[Step, ...] = ()
    posted_no: int = 0
    is_converting: bool = False
    coming: tuple[Debt, ...] = ()
    duties: tuple[DutyDone, ...] = ()
    is_disputed: bool = False
    barred: Money = 0
    covered: Money = 0
    contested: tuple[Contested, ...] = ()

    @property
    def tier(self) -> Tier:
        """The tier of the customer's grade."""
        return tier_of(self.grade)

    @property
    def overdue(self) -> Money:
        """All that is overdue, less credit on account."""
        return sum(debt.amount for debt in self.debts)

    @property
    def oldest_due_on(self) -> date | None:
        """The due date of the oldest debt; none if nothing is overdue."""
        return self.debts[0].due_on if self.debts else None

    @property
    def bills_overdue(self) -> int:
        """How many bills are overdue."""
        return sum(debt.is_bill for debt in self.debts)

    @property
    def open_percent(self) -> int:
        """How much of the overdue bills is still open, in percent rounded down."""
        charged = sum(debt.charged or debt.amount for debt in self.debts)
        return 100 * self.overdue // charged if charged else 0

    @property
    def is_cut(self) -> bool:
        """Test whether the supply is off for the debt."""
        newest = max(
            (step for step in self.steps if step.kind in _SWITCHING and step.done_on is not None),
            key=lambda step: (step.acted_on, step.id),
            default=None,
        )
        return newest is not None and newest.kind is StepKind.DISCONNECTION

    @property
    def is_written_off(self) -> bool:
        """Test whether a debt of the case was written off; supply that was cut stays off then."""
        return any(
            step.kind is StepKind.WRITE_OFF and step.state is StepState.DONE for step in self.steps
        )

    def held_for(self, today: date) -> frozenset[str]:
        """Return the reasons of the holds that are on; the word for none if none is."""
        reasons = frozenset(hold.reason for hold in self.holds if hold.is_on(today))
        return reasons or _ON_NO_HOLD

    def overdue_days(self, today: date) -> int:
        """Return how many days the oldest debt is overdue."""
        return 0 if self.oldest_due_on is None else (today - self.oldest_due_on).days

    def is_for_this_debt(self, step: Step) -> bool:
        """Test whether a step came after the oldest debt fell due, so that it counts for it."""
        return self.oldest_due_on is not None and step.acted_on > self.oldest_due_on

    def done(self, kinds: Iterable[StepKind]) -> list[Step]:
        """Return the steps of these kinds that were done for the open debt, oldest first."""
        wanted = set(kinds)
        found = [
            step
            for step in self.steps
            if step.kind in wanted and step.state is StepState.DONE and self.is_for_this_debt(step)
        ]
        return sorted(found, key=lambda step: (step.acted_on, step.id))

    @property
    def dunnings(self) -> int:
        """How often the customer was urged to pay the open debt."""
        return len(self.done(DUNNING))

    def pending(self, track: Track) -> Step | None:
        """Return a step of the track that may still be carried out, or none."""
        return next(
            (step for step in self.steps if step.is_pending and track_of(step.kind) is track),
            None,
        )

    def facts(self, today: date) -> dict[str, Any]:
        """Return what is kept with a decision, so that it can be explained years later."""
        return {
            "today": today,
            "overdue": self.overdue,
            "overdue_days": self.overdue_days(today),
            "oldest_due_on": self.oldest_due_on,
            "bills_overdue": self.bills_overdue,
            "debts": [[debt.due_on, debt.amount, debt.is_bill] for debt in self.debts],
            "grade": self.grade,
            "tier": self.tier,
            "classes": sorted(self.classes),
            "payment_mode": self.payment_mode,
            "protections": sorted(self.protections),
            "average_bill": self.average_bill,
            "security": self.security,
            "dunnings": self.dunnings,
            "coming": sum(debt.amount for debt in self.coming),
            "duties": [[one.kind, one.done_on] for one in self.duties],
        }


NOTHING: Mapping[int, Money] = MappingProxyType({})
"""No amounts at all, of no charge."""
_SWITCHING = frozenset({StepKind.DISCONNECTION, StepKind.RECONNECTION})


def debts_of(charges: Iterable[Charge], *, credit: Money, today: date) -> tuple[Debt, ...]:
    """Return what is overdue, oldest first, once the credit on account has met the oldest."""
    return open_debts(charges, credit=credit, today=today)[0]


def open_debts(
    charges: Iterable[Charge],
    *,
    credit: Money,
    today: date,
    too_late: Mapping[int, Money] = NOTHING,
) -> tuple[tuple[Debt, ...], tuple[Debt, ...]]:
    """
    Return what is overdue and what falls due today or later, once credit has met the oldest.

    :param too_late: by charge what of it was billed too late; what is paid meets the rest first.
    """
    ordered = sorted(
        (charge for charge in charges if charge.open > 0),
        key=lambda charge: (charge.due_on, charge.id),
    )
    overdue: list[Debt] = []
    coming: list[Debt] = []
    for charge in ordered:
        met = min(credit, charge.open)
        credit -= met
        if charge.open > met:
            is_bill = charge.kind is ChargeKind.ENERGY
            still = charge.open - met
            late = min(still, too_late.get(charge.id, 0))
            debt = Debt(charge.due_on, still, is_bill, charge.amount, late)
            (overdue if charge.due_on < today else coming).append(debt)
    return tuple(overdue), tuple(coming)


def payment_mode_of(supplies: Iterable[Supply]) -> PaymentMode:
    """Return prepaid if every supply is, else postpaid."""
    modes = {supply.payment_mode for supply in supplies}
    return PaymentMode.PREPAID if modes == {PaymentMode.PREPAID} else PaymentMode.POSTPAID
