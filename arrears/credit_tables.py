"""Rows of the credit file, of limits and of early warnings."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from arrears.credit_file import Ending, ItemKind
from arrears.early_warning import Level, WarningKind
from config.columns import one_of, word
from config.database import At, Base, Facts, Id, Minor, append_only


class CreditItemRow(Base):
    """An item of a customer's credit file. A newer one replaces it; nothing is edited."""

    __tablename__ = "credit_item"
    __table_args__ = (
        one_of("kind", ItemKind),
        CheckConstraint("expires_on IS NULL OR expires_on >= holds_from", name="expires_on"),
        CheckConstraint("amount IS NULL OR amount >= 0", name="amount"),
        Index("ix_credit_item_customer", "customer_id", "kind"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    holds_from: Mapped[date]
    expires_on: Mapped[date | None] = mapped_column(index=True)
    amount: Mapped[Minor | None]
    source: Mapped[str]
    attachment: Mapped[str]
    facts: Mapped[Facts]
    recorded_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[At]


append_only(CreditItemRow)


class CreditItemEndRow(Base):
    """That a guarantee or collateral was released or called, and who allowed it."""

    __tablename__ = "credit_item_end"
    __table_args__ = (UniqueConstraint("approval_id"), one_of("ending", Ending))

    item_id: Mapped[int] = mapped_column(
        ForeignKey("credit_item.id"), primary_key=True, autoincrement=False
    )
    ended_on: Mapped[date]
    ending: Mapped[str] = mapped_column(word(Ending))
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    ended_at: Mapped[At]


append_only(CreditItemEndRow)


class CreditLimitRow(Base):
    """How far a customer is trusted from a day on, and the approval that granted it."""

    __tablename__ = "credit_limit"
    __table_args__ = (
        UniqueConstraint("approval_id"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("warning_line >= 0 AND warning_line <= amount", name="warning_line"),
        Index("ix_credit_limit_customer", "customer_id", "starts_on"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    starts_on: Mapped[date]
    amount: Mapped[Minor]
    warning_line: Mapped[Minor]
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    granted_at: Mapped[At]


append_only(CreditLimitRow)


class GradeAdjustmentRow(Base):
    """By how many notches an expert moves a customer's grade for a while, and who allowed it."""

    __tablename__ = "grade_adjustment"
    __table_args__ = (
        UniqueConstraint("approval_id"),
        CheckConstraint("notches <> 0 AND notches BETWEEN -2 AND 2", name="notches"),
        CheckConstraint("ends_on >= starts_on", name="ends_on"),
        Index("ix_grade_adjustment_customer", "customer_id", "starts_on"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    notches: Mapped[int]
    reason: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    asked_by: Mapped[str] = mapped_column(String(64))
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    granted_at: Mapped[At]


append_only(GradeAdjustmentRow)


class OldDebtTargetRow(Base):
    """How much of former years' debt an office or a collector is to recover in a year."""

    __tablename__ = "old_debt_target"
    __table_args__ = (
        CheckConstraint("whose IN ('office', 'collector')", name="whose"),
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_old_debt_target_year", "year", "whose"),
    )

    id: Mapped[Id]
    year: Mapped[int]
    whose: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    amount: Mapped[Minor]
    set_by: Mapped[str] = mapped_column(String(64))
    set_at: Mapped[At]


append_only(OldDebtTargetRow)


class CreditWarningRow(Base):
    """An early warning or a reported change: open until its owner says what was done."""

    __tablename__ = "credit_warning"
    __table_args__ = (
        one_of("kind", WarningKind),
        one_of("level", Level),
        CheckConstraint(
            "(closed_on IS NULL) = (closed_by IS NULL) AND (closed_on IS NULL) = (done IS NULL)",
            name="closed",
        ),
        Index(
            "uq_credit_warning_open",
            "customer_id",
            "kind",
            unique=True,
            sqlite_where=text("closed_on IS NULL AND kind <> 'change_reported'"),
            postgresql_where=text("closed_on IS NULL AND kind <> 'change_reported'"),
        ),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(8))
    raised_on: Mapped[date]
    raised_by: Mapped[str] = mapped_column(String(64))
    facts: Mapped[Facts]
    owner: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str | None]
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None] = mapped_column(String(64))
    done: Mapped[str | None]


append_only(CreditWarningRow, but=("owner", "action", "closed_on", "closed_by", "done"))
