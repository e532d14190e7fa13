"""Rows of the cashier's day: tills, what was counted in them, counts that were taken back."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import At, Base, Id, Minor, append_only


class TillRow(Base):
    """A cashier's day: that the till was opened, and with how much change in it."""

    __tablename__ = "till"
    __table_args__ = (
        UniqueConstraint("cashier", "day"),
        CheckConstraint("opening >= 0", name="opening"),
    )

    id: Mapped[Id]
    cashier: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(index=True)
    opening: Mapped[Minor]
    opened_at: Mapped[At]
    note: Mapped[str] = mapped_column(server_default=text("''"))


append_only(TillRow)


class TillCountRow(Base):
    """
    That a till was counted and closed: what was in it, and what the books say should be.

    A difference is an entry of the ledger and waits for a second person. Count number 0 is one of
    before differences were posted.
    """

    __tablename__ = "till_count"
    __table_args__ = (
        UniqueConstraint("till_id", "no"),
        CheckConstraint("no >= 0", name="no"),
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("handed_in >= 0 AND handed_in <= counted", name="handed_in"),
        CheckConstraint(
            "no = 0 OR (counted = expected) = (entry_id IS NULL) "
            "AND (entry_id IS NULL) = (approval_id IS NULL)",
            name="difference",
        ),
    )

    id: Mapped[Id]
    till_id: Mapped[int] = mapped_column(ForeignKey("till.id"))
    no: Mapped[int]
    counted: Mapped[Minor]
    expected: Mapped[Minor]
    handed_in: Mapped[Minor]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"), unique=True)
    note: Mapped[str]
    closed_by: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[At]


append_only(TillCountRow)


class TillRecountRow(Base):
    """That a count was taken back: its till is open again, its difference undone."""

    __tablename__ = "till_recount"

    count_id: Mapped[int] = mapped_column(ForeignKey("till_count.id"), primary_key=True)
    taken_back_on: Mapped[date]
    taken_back_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]


append_only(TillRecountRow)
