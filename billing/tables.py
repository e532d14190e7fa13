"""Rows of the billing room: constraints live here, in the database; behavior does not."""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from billing.bill import BillKind, RunState
from billing.book_tables import (
    AdvanceRow,
    ChargeRow,
    CorrectionRow,
    DesignationRow,
    DiscountOfferRow,
    EntryRow,
    MonthRow,
    PartWaiverRow,
    PaymentRow,
    RefundRow,
    WaiverRow,
)
from billing.customer import CustomerKind, Language
from billing.deposit_tables import DepositDemandRow, DepositInterestRow, DepositRow
from billing.supply import PaymentMode, Protection, SupplyClass
from billing.tenancy import Dated
from billing.till_tables import TillCountRow, TillRecountRow, TillRow
from config.columns import one_of, word
from config.database import At, Base, Facts, Id, Kwh, Minor, Percent, Price, append_only

__all__ = [
    "AccountRow",
    "AccountTermRow",
    "AdvanceRow",
    "BillIssueRow",
    "BillLineRow",
    "BillRow",
    "BillRunRow",
    "ChargeRow",
    "CorrectionRow",
    "CustomerNameRow",
    "CustomerRow",
    "DepositDemandRow",
    "DepositInterestRow",
    "DepositRow",
    "DesignationRow",
    "DiscountOfferRow",
    "EntryRow",
    "HeldBillRow",
    "MonthRow",
    "PartWaiverRow",
    "PaymentRow",
    "RefundRow",
    "RunParkedRow",
    "SupplyRow",
    "TakenBackRow",
    "TillCountRow",
    "TillRecountRow",
    "TillRow",
    "WaiverRow",
    "gone",
]


def kept_as(kind: Dated) -> str:
    """Return the condition by which what was taken back is kept, and its row may go."""
    return f"EXISTS (SELECT 1 FROM taken_back WHERE kind = '{kind}' AND row_id = OLD.id)"  # noqa: S608


class CustomerRow(Base):
    """A person or company."""

    __tablename__ = "customer"
    __table_args__ = (one_of("kind", CustomerKind), one_of("language", Language))

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(word(CustomerKind))
    language: Mapped[str] = mapped_column(word(Language))
    mobile: Mapped[str | None] = mapped_column(String(32), index=True)
    email: Mapped[str | None]
    address: Mapped[str | None]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    industry: Mapped[str | None]


class CustomerNameRow(Base):
    """The name of a customer from a day on; the first is that of the beginning. Only added."""

    __tablename__ = "customer_name"
    __table_args__ = (UniqueConstraint("customer_id", "starts_on"),)

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    starts_on: Mapped[date]
    name: Mapped[str]
    named_by: Mapped[str] = mapped_column(String(64))


append_only(CustomerNameRow, unless_kept=kept_as(Dated.NAME))


class AccountRow(Base):
    """An agreement that is billed and paid. Every posting raises its number."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closed_on"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(64), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    posted_no: Mapped[int]


class AccountTermRow(Base):
    """The terms of an account from a day on, until newer ones begin. Rows are only added."""

    __tablename__ = "account_term"
    __table_args__ = (
        UniqueConstraint("account_id", "starts_on"),
        CheckConstraint("credit_days >= 0", name="credit_days"),
        CheckConstraint("settlements > 0", name="settlements"),
        CheckConstraint("discount_percent >= 0", name="discount_percent"),
        CheckConstraint("discount_days >= 0", name="discount_days"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    starts_on: Mapped[date]
    credit_days: Mapped[int]
    settlements: Mapped[int] = mapped_column(server_default=text("1"))
    discount_percent: Mapped[Percent] = mapped_column(server_default=text("0"))
    discount_days: Mapped[int] = mapped_column(server_default=text("0"))


append_only(AccountTermRow, unless_kept=kept_as(Dated.TERMS))


class SupplyRow(Base):
    """An account's supply at a service point for a span of days; at most one goes on."""

    __tablename__ = "supply"
    __table_args__ = (
        UniqueConstraint("service_point_id", "starts_on"),
        Index(
            "uq_supply_open",
            "service_point_id",
            unique=True,
            sqlite_where=text("ends_on IS NULL"),
            postgresql_where=text("ends_on IS NULL"),
        ),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        CheckConstraint("household_size > 0", name="household_size"),
        CheckConstraint("contracted_kw >= 0", name="contracted_kw"),
        CheckConstraint("capacity_kva >= 0", name="capacity_kva"),
        CheckConstraint("suspended_kva > 0", name="suspended_kva"),
        one_of("supply_class", SupplyClass),
        one_of("payment_mode", PaymentMode),
        one_of("protection", Protection),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    supply_class: Mapped[str] = mapped_column(word(SupplyClass))
    tariff: Mapped[str] = mapped_column(String(64))
    contracted_kw: Mapped[Kwh | None]
    capacity_kva: Mapped[Kwh | None]
    household_size: Mapped[int | None]
    payment_mode: Mapped[str] = mapped_column(word(PaymentMode))
    protection: Mapped[str] = mapped_column(word(Protection))
    suspended_kva: Mapped[Kwh | None]


append_only(SupplyRow, but=("ends_on",), unless_kept=kept_as(Dated.SUPPLY))


class TakenBackRow(Base):
    """
    What was dated and taken back before anything stood on it, word for word.

    Its own row has gone, so that what is right can begin on the same day; `row_id` was its key.
    """

    __tablename__ = "taken_back"
    __table_args__ = (Index("ix_taken_back_row", "kind", "row_id"), one_of("kind", Dated))

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(word(Dated))
    row_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    facts: Mapped[Facts]
    reason: Mapped[str]
    taken_back_by: Mapped[str] = mapped_column(String(64))
    taken_back_on: Mapped[date]


append_only(TakenBackRow)


def gone(kind: Dated) -> Select[Any]:
    """Return the question for the newest id that a row of a kind had which was taken back."""
    return select(func.max(TakenBackRow.row_id)).where(TakenBackRow.kind == kind)


class BillRunRow(Base):
    """One act of billing a cycle up to a day, and how far it has come."""

    __tablename__ = "bill_run"
    __table_args__ = (one_of("state", RunState),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(16), unique=True)
    cycle: Mapped[str | None] = mapped_column(String(64))
    until: Mapped[date] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(word(RunState))
    # The last account whose bills are drawn up, and the last whose bills are issued.
    drawn_up_to: Mapped[int] = mapped_column(BigInteger)
    issued_to: Mapped[int] = mapped_column(BigInteger)
    eligible: Mapped[int]
    billed: Mapped[int]
    parked: Mapped[int]
    amount: Mapped[Minor]
    issued: Mapped[int]
    issued_amount: Mapped[Minor]
    started_by: Mapped[str] = mapped_column(String(64))
    started_on: Mapped[date]
    started_at: Mapped[At]
    issued_by: Mapped[str | None] = mapped_column(String(64))
    issued_on: Mapped[date | None]


class RunParkedRow(Base):
    """What a run left alone, why, and what would mend it."""

    __tablename__ = "run_parked"
    __table_args__ = (Index("ix_run_parked_run", "run_id", "account_id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("bill_run.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    service_point_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"))
    code: Mapped[str] = mapped_column(String(32))
    message: Mapped[str]
    remedy: Mapped[str]


class BillRow(Base):
    """
    A bill as it was drawn up; it is a draft until it is issued, and then never changes.

    A period of a service point is billed once: a second bill of it wants the next revision, which
    only the cancellation of the one before it makes free.
    """

    __tablename__ = "bill"
    __table_args__ = (
        UniqueConstraint("service_point_id", "period_start", "kind", "revision"),
        one_of("kind", BillKind),
        CheckConstraint("period_start < period_end", name="period"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses_id"),
        Index("ix_bill_account", "account_id", "period_end"),
        Index("ix_bill_run", "run_id", "account_id"),
        Index(
            "uq_bill_reverses",
            "reverses_id",
            unique=True,
            sqlite_where=text("reverses_id IS NOT NULL"),
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("bill_run.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    supply_id: Mapped[int] = mapped_column(ForeignKey("supply.id"))
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    supply_class: Mapped[str] = mapped_column(word(SupplyClass))
    kind: Mapped[str] = mapped_column(word(BillKind))
    revision: Mapped[int]
    period_start: Mapped[date]
    period_end: Mapped[date]
    days: Mapped[int]
    kwh: Mapped[Kwh]
    year_kwh: Mapped[Kwh]
    is_estimated: Mapped[bool]
    amount: Mapped[Minor]
    tax: Mapped[Minor]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    facts: Mapped[Facts]
    # Of the readings that a draft was drawn up on; without one they are measured again at issue.
    fingerprint: Mapped[int | None]


class BillLineRow(Base):
    """One line of a bill: so much of something at a price."""

    __tablename__ = "bill_line"

    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    text_en: Mapped[str]
    text_zh: Mapped[str]
    quantity: Mapped[Kwh]
    unit: Mapped[str] = mapped_column(String(16))
    price: Mapped[Price]
    amount: Mapped[Minor]


class BillIssueRow(Base):
    """That a bill was issued: its number, and when it is due."""

    __tablename__ = "bill_issue"
    __table_args__ = (CheckConstraint("due_on >= issued_on", name="due_on"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    issued_on: Mapped[date] = mapped_column(index=True)
    due_on: Mapped[date]


append_only(BillIssueRow)


class HeldBillRow(Base):
    """A draft that a rule held for a second person, and what that person said."""

    __tablename__ = "held_bill"

    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    message: Mapped[str]
    accepted_by: Mapped[str | None] = mapped_column(String(64))
    accepted_at: Mapped[At | None]
    reason: Mapped[str | None]
