"""Rows of security: what was asked for, what was paid, what it has earned; only ever added."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base, Facts, Id, Minor, append_only


class DepositDemandRow(Base):
    """Security that a customer was asked for. Whether it was paid, the deposit book says."""

    __tablename__ = "deposit_demand"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("due_on >= demanded_on", name="due_on"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    amount: Mapped[Minor]
    demanded_on: Mapped[date]
    due_on: Mapped[date]
    demanded_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]


append_only(DepositDemandRow)


class DepositRow(Base):
    """A payment that was made as security, and the demand it answers if there was one."""

    __tablename__ = "deposit"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("deposit_demand.id"), index=True)
    amount: Mapped[Minor]


append_only(DepositRow)


class DepositInterestRow(Base):
    """That what an account's security had earned up to a day was credited, and for which days."""

    __tablename__ = "deposit_interest"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_deposit_interest_account", "account_id", "until"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    until: Mapped[date]
    amount: Mapped[Minor]
    facts: Mapped[Facts]


append_only(DepositInterestRow)
