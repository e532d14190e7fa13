"""Rows of the arrears room."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from arrears.case import ConversionState, DisputeState, EventKind, PromiseState
from arrears.credit import Grade, Tier
from arrears.step import PENDING, StepKind, StepState
from config.columns import one_of, word
from config.database import At, Base, Facts, Id, Minor, append_only
from config.law import DutyKind

_PENDING = "state IN ({})".format(", ".join(f"'{state}'" for state in sorted(PENDING)))
_UNDER_WAY = "state IN ('agreement_wanted', 'ordered')"


class AssessmentRow(Base):
    """A customer's grade as of a day, with the indicators it was worked out from."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("customer_id", "as_of"),
        one_of("grade", Grade),
        one_of("tier", Tier),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    as_of: Mapped[date] = mapped_column(index=True)
    score: Mapped[int | None]
    grade: Mapped[str] = mapped_column(word(Grade))
    tier: Mapped[str] = mapped_column(word(Tier))
    previous: Mapped[str | None] = mapped_column(word(Grade))
    is_new: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(32))
    scorecard_digest: Mapped[str] = mapped_column(String(64))
    # Which card of the file; its own has no name.
    card: Mapped[str] = mapped_column(String(64), server_default="")
    adjusted: Mapped[int] = mapped_column(server_default="0")
    indicators: Mapped[Facts]


append_only(AssessmentRow)


class CreditStandingRow(Base):
    """A customer's newest assessment, kept beside the history so that a review need not search."""

    __tablename__ = "credit_standing"
    __table_args__ = (one_of("grade", Grade),)

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customer.id"), primary_key=True, autoincrement=False
    )
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    grade: Mapped[str] = mapped_column(word(Grade))
    assessed_on: Mapped[date]
    next_on: Mapped[date] = mapped_column(index=True)
    # How many months were in arrears then; more of them calls for a new assessment at once.
    months_in_arrears: Mapped[int]


class CaseRow(Base):
    """An overdue account being dealt with, under the policy in force when it began."""

    __tablename__ = "arrears_case"
    __table_args__ = (
        Index(
            "uq_arrears_case_open",
            "account_id",
            unique=True,
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
        Index("ix_arrears_case_account", "account_id"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closed_on"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    policy_digest: Mapped[str] = mapped_column(String(64))
    collector: Mapped[str | None] = mapped_column(String(64), index=True)


class CaseEventRow(Base):
    """Something that happened in a case: its timeline, never rewritten."""

    __tablename__ = "case_event"
    __table_args__ = (one_of("kind", EventKind),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("arrears_case.id"), index=True)
    happened_on: Mapped[date]
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(word(EventKind))
    step_id: Mapped[int | None] = mapped_column(ForeignKey("step.id"))
    facts: Mapped[Facts]


append_only(CaseEventRow)


class StepRow(Base):
    """A step decided on, with the facts and the policy it was decided by."""

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "proposed_on"),
        one_of("kind", StepKind),
        one_of("state", StepState),
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done_on"),
        CheckConstraint("served_on IS NULL OR served_on >= done_on", name="served_on"),
        CheckConstraint("amount >= 0", name="amount"),
        Index(
            "ix_step_pending",
            "state",
            "kind",
            sqlite_where=text(_PENDING),
            postgresql_where=text(_PENDING),
        ),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("arrears_case.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(word(StepKind))
    level: Mapped[str] = mapped_column(String(64))
    proposed_on: Mapped[date] = mapped_column(index=True)
    amount: Mapped[Minor]
    state: Mapped[str] = mapped_column(word(StepState))
    posted_no: Mapped[int]
    policy_digest: Mapped[str] = mapped_column(String(64))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"), index=True)
    done_on: Mapped[date | None]
    served_on: Mapped[date | None]
    facts: Mapped[Facts]


append_only(StepRow, but=("state", "posted_no", "done_on", "served_on"))


class StepOrderRow(Base):
    """An order to the meter that carries out a step: a cut, or giving supply back."""

    __tablename__ = "step_order"

    order_id: Mapped[int] = mapped_column(
        ForeignKey("switch_order.id"), primary_key=True, autoincrement=False
    )
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), index=True)


append_only(StepOrderRow)


class HoldRow(Base):
    """An account left alone for a while. Only its end may change, by being lifted."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_on"),
        Index("ix_hold_account", "account_id", "ends_on"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(32))
    note: Mapped[str]
    owner: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    placed_by: Mapped[str] = mapped_column(String(64))
    placed_at: Mapped[At]
    lifted_on: Mapped[date | None]
    lifted_by: Mapped[str | None] = mapped_column(String(64))


append_only(HoldRow, but=("lifted_on", "lifted_by", "owner"))


class DutyDoneRow(Base):
    """Something the law wants done for a customer besides reminders, and when it was."""

    __tablename__ = "duty_done"
    __table_args__ = (one_of("kind", DutyKind),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("arrears_case.id"), index=True)
    kind: Mapped[str] = mapped_column(word(DutyKind))
    done_on: Mapped[date]
    note: Mapped[str]
    done_by: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[At]


append_only(DutyDoneRow)


class DisputeRow(Base):
    """A charge that its customer disputes; a charge is in one dispute at a time."""

    __tablename__ = "dispute"
    __table_args__ = (
        one_of("state", DisputeState),
        CheckConstraint("ends_on >= opened_on", name="ends_on"),
        CheckConstraint("(state = 'open') = (settled_on IS NULL)", name="settled_on"),
        Index(
            "uq_dispute_open",
            "charge_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    note: Mapped[str]
    owner: Mapped[str] = mapped_column(String(64))
    opened_on: Mapped[date]
    opened_by: Mapped[str] = mapped_column(String(64))
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(word(DisputeState))
    settled_on: Mapped[date | None]
    settled_by: Mapped[str | None] = mapped_column(String(64))


append_only(DisputeRow, but=("state", "settled_on", "settled_by", "owner"))


class PromiseRow(Base):
    """A customer's word to pay by a day; the account is on hold for it."""

    __tablename__ = "promise"
    __table_args__ = (
        one_of("state", PromiseState),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(state = 'open') = (settled_on IS NULL)", name="settled_on"),
        Index(
            "uq_promise_open",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("arrears_case.id"), index=True)
    amount: Mapped[Minor]
    owed: Mapped[Minor]
    made_on: Mapped[date]
    made_by: Mapped[str] = mapped_column(String(64))
    due_on: Mapped[date]
    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"))
    owner: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(word(PromiseState))
    settled_on: Mapped[date | None]


append_only(PromiseRow, but=("state", "settled_on", "owner"))


class ConversionRow(Base):
    """A post-paid account on its way to prepayment, by agreement where the law wants one."""

    __tablename__ = "conversion"
    __table_args__ = (
        one_of("state", ConversionState),
        Index(
            "uq_conversion_open",
            "account_id",
            unique=True,
            sqlite_where=text(_UNDER_WAY),
            postgresql_where=text(_UNDER_WAY),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), unique=True)
    state: Mapped[str] = mapped_column(word(ConversionState))
    approved_on: Mapped[date]
    agreed_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    facts: Mapped[Facts]


class ReviewRunRow(Base):
    """A nightly review: one for each business day, and how far it has come."""

    __tablename__ = "review_run"

    id: Mapped[Id]
    as_of: Mapped[date] = mapped_column(unique=True)
    is_done: Mapped[bool]
    # The last account that was looked at, and the newest one whose customer has a grade.
    cursor: Mapped[int] = mapped_column(BigInteger)
    newest_account: Mapped[int] = mapped_column(BigInteger)
    missed_days: Mapped[int]
    reviewed: Mapped[int]
    assessed: Mapped[int]
    proposed: Mapped[int]
    withdrawn: Mapped[int]
    policy_digest: Mapped[str] = mapped_column(String(64))
    scorecard_digest: Mapped[str] = mapped_column(String(64))
    market_digest: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[At]
    ended_at: Mapped[At | None]
