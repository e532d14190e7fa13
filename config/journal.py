"""The audit trail: one row for each act or chunk of one, added and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import At, Base, Facts, Id, append_only


@dataclass(frozen=True, slots=True)
class Note:
    """Who did what to what, when, and the facts of it."""

    id: int
    at: datetime
    by: str
    act: str
    subject: str
    facts: Mapping[str, Any]


class JournalRow(Base):
    """One row of the audit trail."""

    __tablename__ = "journal"

    id: Mapped[Id]
    at: Mapped[At] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(64), index=True)
    act: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    facts: Mapped[Facts]


append_only(JournalRow)


def note(
    session: Session,
    *,
    by: str,
    act: str,
    subject: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Add a row to the audit trail, in the transaction of the act itself."""
    session.add(JournalRow(at=now, by=by, act=act, subject=subject[:200], facts=dict(facts or {})))
    session.flush()


def notes(
    session: Session,
    *,
    by: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 200,
) -> list[Note]:
    """Return the newest rows of the audit trail, newest first."""
    query = select(JournalRow).order_by(JournalRow.id.desc()).limit(limit)
    if by is not None:
        query = query.where(JournalRow.by == by)
    if subject is not None:
        query = query.where(JournalRow.subject == subject)
    if since is not None:
        query = query.where(JournalRow.at >= since)
    if before_id is not None:
        query = query.where(JournalRow.id < before_id)
    return [
        Note(row.id, row.at, row.by, row.act, row.subject, row.facts)
        for row in session.scalars(query)
    ]


def of_day(session: Session, day: date) -> list[Note]:
    """Return the rows of a day, counted in UTC, in the order in which they were added."""
    start = datetime.combine(day, time(), UTC)
    query = select(JournalRow).where(JournalRow.at >= start, JournalRow.at < start + timedelta(1))
    return [
        Note(row.id, row.at, row.by, row.act, row.subject, row.facts)
        for row in session.scalars(query.order_by(JournalRow.id))
    ]


def last_days(session: Session, acts: set[str]) -> dict[str, date]:
    """Return the day on which each of the acts was last done."""
    query = (
        select(JournalRow.act, JournalRow.at)
        .where(JournalRow.act.in_(acts))
        .order_by(JournalRow.id)
    )
    return {act: at.date() for act, at in session.execute(query)}
