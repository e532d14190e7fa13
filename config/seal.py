"""
Seals: one hash over a book's rows of a business day, chained to the seal before.

Whoever changes, takes away or slips in a row afterwards, however they do it, breaks the seal of
its day and of every day after it, so that tampering shows. A day is sealed once, when it is over:
neither bulk loading nor parallel runs wait for a chain.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import At, Base, append_only, canonical
from config.finding import Finding

Rows = Callable[[Session, date], Iterable[Any]]
"""Gives the facts of a book's rows of a day, in the order of their keys."""


CHECK = "a sealed day is as it was sealed"


@dataclass(frozen=True, slots=True)
class Seal:
    """The hash of a book's day."""

    book: str
    day: date
    rows: int
    hash: str


class SealRow(Base):
    """A sealed day of a book."""

    __tablename__ = "seal"

    book: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rows: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[At]


append_only(SealRow)


def seal_day(session: Session, book: str, day: date, *, rows: Rows, now: datetime) -> Seal | None:
    """
    Seal a day that is over, and return its seal; none if that day or a later one is sealed.

    :param rows: the facts of the book's rows of the day, in the order of their keys.
    """
    last = _last(session, book)
    if last is not None and last.day >= day:
        return None
    made = _seal(session, book, day, before=last.hash if last else "", rows=rows)
    session.add(SealRow(book=book, day=day, rows=made.rows, hash=made.hash, sealed_at=now))
    session.flush()
    return made


def sealed_until(session: Session, book: str) -> date | None:
    """Return the newest day of the book that is sealed, or none."""
    last = _last(session, book)
    return None if last is None else last.day


def counts(session: Session, book: str) -> dict[date, int]:
    """Return over how many rows each sealed day of the book was sealed."""
    query = select(SealRow.day, SealRow.rows).where(SealRow.book == book)
    return {row.day: row.rows for row in session.execute(query)}


def broken(session: Session, book: str, *, rows: Rows) -> list[Finding]:
    """Return the first day whose seal no longer fits its rows; later ones break with it."""
    before = ""
    for row in session.scalars(select(SealRow).where(SealRow.book == book).order_by(SealRow.day)):
        made = _seal(session, book, row.day, before=before, rows=rows)
        if made.hash != row.hash:
            return [
                Finding(
                    CHECK,
                    f"{book} of {row.day}",
                    f"the day was sealed with {row.rows} rows and now holds {made.rows}, or one "
                    f"of them was changed; compare with the backup of that night",
                )
            ]
        before = row.hash
    return []


_LAST = (
    select(SealRow.book, SealRow.day, SealRow.rows, SealRow.hash)
    .where(SealRow.book == bindparam("book"))
    .order_by(SealRow.day.desc())
    .limit(1)
)


def _last(session: Session, book: str) -> Seal | None:
    row = session.execute(_LAST, {"book": book}).first()
    return None if row is None else Seal(*row)


def _seal(session: Session, book: str, day: date, *, before: str, rows: Rows) -> Seal:
    digest = sha256(f"{before}\n{book}\n{day}\n".encode())
    count = 0
    for facts in rows(session, day):
        digest.update(canonical(facts).encode())
        digest.update(b"\n")
        count += 1
    return Seal(book, day, count, digest.hexdigest())
