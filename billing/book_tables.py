"""Rows of the books: charges, payments and entries, which are only ever added."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.correction import Fault
from billing.ledger import Book, ChargeKind
from billing.payment import CHANNEL_MAX, REFERENCE_MAX
from billing.supply import SupplyClass
from config.columns import one_of, word
from config.database import At, Base, Facts, Id, Kwh, Minor, Percent, append_only


class ChargeRow(Base):
    """An item that a customer owes. Only what is open of it ever changes."""

    __tablename__ = "charge"
    __table_args__ = (
        one_of("kind", ChargeKind),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("open >= 0 AND open <= amount", name="open"),
        CheckConstraint("due_on >= raised_on OR kind <> 'energy'", name="due_on"),
        CheckConstraint(
            "(kind = 'late_charge') = (for_charge_id IS NOT NULL) "
            "AND (for_charge_id IS NULL) = (late_until IS NULL)",
            name="late_charge",
        ),
        Index(
            "ix_charge_open",
            "account_id",
            sqlite_where=text("open > 0"),
            postgresql_where=text("open > 0"),
        ),
        Index("ix_charge_account", "account_id", "due_on"),
        Index(
            "uq_charge_bill",
            "bill_id",
            unique=True,
            sqlite_where=text("kind = 'energy'"),
            postgresql_where=text("kind = 'energy'"),
        ),
        Index(
            "ix_charge_for",
            "for_charge_id",
            sqlite_where=text("for_charge_id IS NOT NULL"),
            postgresql_where=text("for_charge_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(word(ChargeKind))
    supply_class: Mapped[str] = mapped_column(word(SupplyClass))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    for_charge_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    raised_on: Mapped[date]
    due_on: Mapped[date]
    late_until: Mapped[date | None]
    amount: Mapped[Minor]
    open: Mapped[Minor]


append_only(ChargeRow, but=("open",))


class PaymentRow(Base):
    """
    Money that came in, once per channel and reference.

    `open` is what no charge has used; the account is unknown while the money is in suspense.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("channel", "external_ref"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("open >= 0 AND open <= amount", name="open"),
        CheckConstraint("account_id IS NOT NULL OR open IN (0, amount)", name="suspense"),
        Index("ix_payment_account", "account_id", "posted_on"),
        Index(
            "ix_payment_open",
            "account_id",
            sqlite_where=text("open > 0"),
            postgresql_where=text("open > 0"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    channel: Mapped[str] = mapped_column(String(CHANNEL_MAX))
    external_ref: Mapped[str] = mapped_column(String(REFERENCE_MAX))
    method: Mapped[str] = mapped_column(String(32))
    payer: Mapped[str]
    text: Mapped[str]
    amount: Mapped[Minor]
    open: Mapped[Minor]
    value_on: Mapped[date]
    posted_on: Mapped[date] = mapped_column(index=True)
    received_by: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[At]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))


append_only(PaymentRow, but=("open", "account_id"))


class DesignationRow(Base):
    """That a payment is to settle a charge before others, because whoever paid said so."""

    __tablename__ = "payment_designation"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), primary_key=True)
    no: Mapped[int]


append_only(DesignationRow)


class EntryRow(Base):
    """A ledger entry. Rows are only ever added, and a row is undone at most once."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        one_of("debit", Book),
        one_of("credit", Book),
        CheckConstraint("debit <> credit", name="two_books"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "(debit <> 'receivable' AND credit <> 'receivable') OR charge_id IS NOT NULL",
            name="names_charge",
        ),
        CheckConstraint(
            "(debit NOT IN ('cash', 'on_account', 'suspense') "
            "AND credit NOT IN ('cash', 'on_account', 'suspense')) OR payment_id IS NOT NULL "
            "OR debit = 'over_short' OR credit = 'over_short'",
            name="names_payment",
        ),
        CheckConstraint(
            "account_id IS NOT NULL OR debit IN ('suspense', 'over_short') "
            "OR credit IN ('suspense', 'over_short')",
            name="names_account",
        ),
        Index("ix_ledger_entry_account", "account_id", "posted_on"),
        # With the day: what a charge was on a day is then one look-up, statistics or none.
        Index("ix_ledger_entry_charge", "charge_id", "posted_on"),
        Index("ix_ledger_entry_payment", "payment_id"),
        Index(
            "uq_ledger_entry_reverses",
            "reverses_id",
            unique=True,
            sqlite_where=text("reverses_id IS NOT NULL"),
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    posted_on: Mapped[date] = mapped_column(index=True)
    value_on: Mapped[date]
    debit: Mapped[str] = mapped_column(word(Book))
    credit: Mapped[str] = mapped_column(word(Book))
    amount: Mapped[Minor]
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    text: Mapped[str]


append_only(EntryRow)


class MonthRow(Base):
    """That a month was closed, or opened again; its newest row says which of the two holds."""

    __tablename__ = "ledger_month"
    __table_args__ = (
        UniqueConstraint("month", "no"),
        CheckConstraint("no >= 1", name="no"),
    )

    id: Mapped[Id]
    month: Mapped[date]
    no: Mapped[int]
    is_closed: Mapped[bool]
    done_on: Mapped[date]
    done_by: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[At]
    reason: Mapped[str]
    entries_until: Mapped[Minor]
    totals: Mapped[Facts]


append_only(MonthRow)


class WaiverRow(Base):
    """That a late charge was waived: it is undone, and yet its days are not charged again."""

    __tablename__ = "late_charge_waiver"

    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), index=True)
    waived_on: Mapped[date]
    waived_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]


append_only(WaiverRow)


class PartWaiverRow(Base):
    """That so much of what a charge costs for its lateness up to a day was waived."""

    __tablename__ = "late_charge_waiver_part"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    amount: Mapped[Minor]
    late_until: Mapped[date]
    waived_on: Mapped[date]
    waived_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]


append_only(PartWaiverRow)


class RefundRow(Base):
    """Money that was given back to a customer, by whose word, and to whom it went."""

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), unique=True)
    amount: Mapped[Minor]
    payee: Mapped[str]
    refunded_on: Mapped[date]
    refunded_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]


append_only(RefundRow)


class CorrectionRow(Base):
    """
    A document that bills more or less for energy that was measured wrong, or cancels such a one.

    `after_bill_id` is the newest bill or draft of the service point when it was issued: later
    ones count its energy in what the year used before them.
    """

    __tablename__ = "correction"
    __table_args__ = (
        one_of("fault", Fault),
        CheckConstraint("due_on >= issued_on", name="due_on"),
        CheckConstraint("period_end > period_start", name="period"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), unique=True)
    fault: Mapped[str] = mapped_column(word(Fault))
    period_start: Mapped[date]
    period_end: Mapped[date]
    kwh: Mapped[Kwh]
    amount: Mapped[Minor]
    tax: Mapped[Minor]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    issued_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    facts: Mapped[Facts]
    reverses_id: Mapped[int | None] = mapped_column(
        ForeignKey("correction.id"), index=True, unique=True
    )
    after_bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))


append_only(CorrectionRow)


class AdvanceRow(Base):
    """A document that asks for a part of a month's bill before it; a payment sets it off then."""

    __tablename__ = "advance"
    __table_args__ = (
        UniqueConstraint("account_id", "month", "no"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("no > 0", name="no"),
        CheckConstraint("due_on >= raised_on", name="due_on"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), unique=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    month: Mapped[date]
    no: Mapped[int]
    amount: Mapped[Minor]
    raised_on: Mapped[date]
    due_on: Mapped[date]
    raised_by: Mapped[str] = mapped_column(String(64))
    facts: Mapped[Facts]


append_only(AdvanceRow, but=("payment_id",))


class DiscountOfferRow(Base):
    """What is taken off a bill, as it says itself, if it is paid in full by a day."""

    __tablename__ = "discount_offer"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("percent > 0", name="percent"),
        Index("ix_discount_offer_account", "account_id", "until"),
    )

    charge_id: Mapped[int] = mapped_column(
        ForeignKey("charge.id"), primary_key=True, autoincrement=False
    )
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    percent: Mapped[Percent]
    until: Mapped[date]
    amount: Mapped[Minor]


append_only(DiscountOfferRow)
