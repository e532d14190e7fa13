"""Rows of the notices room: what customers were told, and how it reached them."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from config.columns import one_of, word
from config.database import At, Base, Facts, Id, Json, Minor, append_only
from notices.notice import Channel, NoticeKind
from notices.outbox import State
from notices.proof import Method


class LetterheadRow(Base):
    """What the supplier's file said when a notice was written, once for all that agree."""

    __tablename__ = "letterhead"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    facts: Mapped[Facts]


append_only(LetterheadRow)


class NoticeRow(Base):
    """A notice, its facts and its words: what the customer was told, word for word."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("kind", NoticeKind),
        one_of("channel", Channel),
        Index("ix_notice_customer", "customer_id", "issued_on"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(word(NoticeKind))
    level: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(word(Channel))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    language: Mapped[str] = mapped_column(String(8))
    issued_on: Mapped[date] = mapped_column(index=True)
    principal: Mapped[Minor]
    late_charge: Mapped[Minor]
    title: Mapped[str]
    text: Mapped[str]
    words: Mapped[Facts]
    facts: Mapped[Facts]
    wording_digest: Mapped[str] = mapped_column(String(64))
    letterhead_id: Mapped[int] = mapped_column(ForeignKey("letterhead.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    written_at: Mapped[At]


append_only(NoticeRow)


class NoticeStepRow(Base):
    """A step that a notice carries out. One step makes one notice at a time."""

    __tablename__ = "notice_step"
    __table_args__ = (
        UniqueConstraint("step_id", "attempt"),
        Index("ix_notice_step_account", "account_id"),
    )

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    posted_no: Mapped[int]
    attempt: Mapped[int]


append_only(NoticeStepRow)


class PrintBatchRow(Base):
    """Papers that were printed together; a further print of them is a reprint, never a re-issue."""

    __tablename__ = "print_batch"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    language: Mapped[str] = mapped_column(String(8))
    printed_on: Mapped[date] = mapped_column(index=True)
    printed_by: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[At]
    letters: Mapped[int]
    pages: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    letterhead_id: Mapped[int] = mapped_column(ForeignKey("letterhead.id"))
    # The letters in the order of the walk: notice id, office, route, place on the route.
    walk: Mapped[list[Any]] = mapped_column(Json)


append_only(PrintBatchRow)


class ReprintRow(Base):
    """A further print of a batch, by whom and why."""

    __tablename__ = "reprint"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("print_batch.id"), index=True)
    printed_on: Mapped[date]
    printed_by: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[At]
    reason: Mapped[str]


append_only(ReprintRow)


class OutboxRow(Base):
    """A notice on its way. Only its state, and what the way told us, ever changes."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("state", State),
        CheckConstraint("(channel = 'sms') = (mobile IS NOT NULL)", name="mobile"),
        CheckConstraint("(state = 'printed') = (batch_id IS NOT NULL)", name="batch"),
        CheckConstraint("state <> 'sending' OR claimed_at IS NOT NULL", name="claimed_at"),
        Index("ix_outbox_state", "channel", "state", "not_before_at"),
        Index(
            "ix_outbox_mobile",
            "mobile",
            "claimed_on",
            sqlite_where=text("mobile IS NOT NULL"),
            postgresql_where=text("mobile IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), unique=True)
    channel: Mapped[str] = mapped_column(word(Channel))
    state: Mapped[str] = mapped_column(word(State))
    mobile: Mapped[str | None] = mapped_column(String(32))
    segments: Mapped[int]
    not_before_at: Mapped[At | None]
    claimed_at: Mapped[At | None]
    claimed_on: Mapped[date | None]
    provider_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("print_batch.id"), index=True)
    reason: Mapped[str]


append_only(
    OutboxRow,
    but=(
        "state",
        "not_before_at",
        "claimed_at",
        "claimed_on",
        "provider_id",
        "batch_id",
        "reason",
    ),
)


class OutboxEventRow(Base):
    """What happened to a notice on its way, added and never changed."""

    __tablename__ = "outbox_event"
    __table_args__ = (one_of("state", State),)

    id: Mapped[Id]
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"), index=True)
    at: Mapped[At]
    state: Mapped[str] = mapped_column(word(State))
    said: Mapped[str] = mapped_column(String(200))


append_only(OutboxEventRow)


class ProofRow(Base):
    """The proof that a notice reached its customer: how, when, and who saw it."""

    __tablename__ = "proof_of_service"
    __table_args__ = (
        one_of("method", Method),
        CheckConstraint("method NOT IN ('left', 'refused') OR witness <> ''", name="witness"),
    )

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), unique=True)
    served_on: Mapped[date]
    method: Mapped[str] = mapped_column(word(Method))
    served_by: Mapped[str] = mapped_column(String(64))
    received_by: Mapped[str]
    witness: Mapped[str]
    note: Mapped[str]
    recorded_at: Mapped[At]


append_only(ProofRow)


class OptOutRow(Base):
    """Somebody's wish to get messages or not; the newest one counts."""

    __tablename__ = "opt_out"

    id: Mapped[Id]
    mobile: Mapped[str] = mapped_column(String(32), index=True)
    is_out: Mapped[bool]
    said: Mapped[str]
    at: Mapped[At]


append_only(OptOutRow)
