"""Days that no calendar foresees, entered by a person: extreme weather, an authority's order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from config import journal
from config.calendar import Calendar, DayEvent
from config.database import At, Base, Id


class BadDayEventError(Exception):
    """A day can't be entered or taken out like this; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class EnteredDay:
    """A day somebody entered, why, and whether it was taken out again."""

    id: int
    day: date
    kind: DayEvent
    note: str
    entered_by: str
    removed_by: str | None


class DayEventRow(Base):
    """A day on which something holds that no calendar foresees; an event is entered once."""

    __tablename__ = "day_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ({})".format(", ".join(f"'{kind}'" for kind in DayEvent)), name="kind"
        ),
        Index(
            "uq_day_event_open",
            "day",
            "kind",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(32))
    note: Mapped[str]
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[At]
    removed_by: Mapped[str | None] = mapped_column(String(64))
    removed_at: Mapped[At | None]


def enter(session: Session, day: date, kind: DayEvent, *, note: str, by: str, now: datetime) -> int:
    """
    Enter an event of a day, and return its number; entered before, it keeps its number.

    :raises BadDayEventError: if nothing says where it is known from.
    """
    if not note.strip():
        raise BadDayEventError("note: is empty; say who forecast or ordered it")
    found = session.scalar(
        select(DayEventRow.id).where(
            DayEventRow.day == day, DayEventRow.kind == kind, DayEventRow.removed_at.is_(None)
        )
    )
    if found is not None:
        return found
    row = DayEventRow(
        day=day,
        kind=kind,
        note=note.strip(),
        entered_by=by,
        entered_at=now,
        removed_by=None,
        removed_at=None,
    )
    session.add(row)
    facts = {"kind": kind, "note": note.strip()}
    journal.note(session, by=by, act="enter day event", subject=str(day), facts=facts, now=now)
    session.flush()
    return row.id


def remove(session: Session, event_id: int, *, by: str, now: datetime) -> None:
    """
    Take a day that was entered by mistake out again; it stays on record.

    :raises BadDayEventError: if there is none of this number, or it was taken out before.
    """
    row = session.get(DayEventRow, event_id)
    if row is None or row.removed_at is not None:
        raise BadDayEventError(f"day event {event_id}: there is none, or it was taken out before")
    row.removed_by, row.removed_at = by, now
    journal.note(session, by=by, act="remove day event", subject=str(row.day), now=now)
    session.flush()


def entered(session: Session, first: date, last: date) -> list[EnteredDay]:
    """Return the events entered for a span of days, both ends included, in order."""
    query = select(DayEventRow).where(DayEventRow.day >= first, DayEventRow.day <= last)
    return [
        EnteredDay(row.id, row.day, DayEvent(row.kind), row.note, row.entered_by, row.removed_by)
        for row in session.scalars(query.order_by(DayEventRow.day, DayEventRow.id))
    ]


def with_events(session: Session, calendar: Calendar, first: date, last: date) -> Calendar:
    """Return the calendar with the events that stand for a span of days."""
    found: dict[date, frozenset[DayEvent]] = {}
    for one in entered(session, first, last):
        if one.removed_by is None:
            found[one.day] = found.get(one.day, frozenset()) | {one.kind}
    events: Mapping[date, frozenset[DayEvent]] = found
    return replace(calendar, events=events) if events else calendar
