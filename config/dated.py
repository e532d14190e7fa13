"""
The file in force on a day: folder = subject, file name = the day it takes force.

A file takes force by activation: one person proposes it, another approves, and from then on its
text is kept in the database by its digest. Runs read that text and name the digest, so that what
was decided by it can be worked out again years later, whatever has become of the file.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from config import approval, journal
from config.acts import Act
from config.database import At, Base, Id
from config.people import User

PACKAGED = Path(__file__).parent
SUBJECTS = ("markets", "tariffs", "policies")
"""Folders that hold dated files, a folder for each subject."""


class NothingInForceError(Exception):
    """No file of the subject has been activated for the day."""


class BadFileError(Exception):
    """A dated file cannot be read; the message names the file, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class DatedFile:
    """A file's text, the subject it rules and the day from which it does."""

    subject: str
    starts_on: date
    text: str
    digest: str

    @property
    def name(self) -> str:
        """The name by which bills and decisions quote the file."""
        return f"{self.subject}/{self.starts_on}"

    @property
    def table(self) -> Mapping[str, Any]:
        """What the file says; numbers with a point are exact decimals."""
        return _parsed(self.text)


@dataclass(frozen=True, slots=True)
class Activation:
    """A file somebody proposed, and whether it has taken force."""

    id: int
    file: DatedFile
    proposed_by: str
    approval_id: int
    activated_at: datetime | None


class DatedFileRow(Base):
    """A file that was proposed, word for word; in force once it has been activated."""

    __tablename__ = "dated_file"
    __table_args__ = (UniqueConstraint("approval_id"),)

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(100), index=True)
    starts_on: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str]
    proposed_by: Mapped[str] = mapped_column(String(64))
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    activated_at: Mapped[At | None]


@lru_cache(maxsize=512)
def _parsed(text: str) -> Mapping[str, Any]:
    # Decimal, not float: a price read as 0.1 must stay 0.1.
    return tomllib.loads(text, parse_float=Decimal)


def digest_of(text: str) -> str:
    """Return the digest by which a text is known."""
    return sha256(text.encode()).hexdigest()


def read(path: Path, *, subject: str, starts_on: date | None = None) -> DatedFile:
    """
    Read a dated file from a folder.

    :param starts_on: the day it takes force; by default the file's name says so.
    :raises BadFileError: if it isn't TOML, isn't UTF-8, or its name is not a date.
    """
    try:
        text = path.read_text("utf-8").replace("\r\n", "\n")
        _parsed(text)
        day = starts_on or date.fromisoformat(path.stem)
    except UnicodeDecodeError as problem:
        raise BadFileError(f"{path.name}: not UTF-8 text ({problem.reason})") from problem
    except tomllib.TOMLDecodeError as problem:
        raise BadFileError(_not_toml(path.name, str(problem))) from problem
    except ValueError as problem:
        raise BadFileError(
            f"{path.name}: a dated file is named by the day it takes force, such as 2026-01-01.toml"
        ) from problem
    return DatedFile(subject, day, text, digest_of(text))


def _not_toml(name: str, what: str) -> str:
    place = re.search(r" \(at line (\d+), column \d+\)", what)
    line = f":{place[1]}" if place else ""
    said = what.replace(place[0], "") if place else what
    return f"{name}{line}: not TOML: {said}; the shipped files are examples"


def shipped_for(subject: str, market: str) -> list[DatedFile]:
    """Return the package's files of a subject that were written for a market, in order of days."""
    paths = sorted((PACKAGED / subject / market).glob("*.toml"))
    return [read(path, subject=subject) for path in paths]


def shipped(folder: Path | None = None) -> list[DatedFile]:
    """
    Return every dated file of the supplier's folder and, for subjects it lacks, of the package.

    Ordered by subject and day.
    """
    found: dict[str, list[DatedFile]] = {}
    for root in (PACKAGED, folder):
        if root is None:
            continue
        here: dict[str, list[DatedFile]] = {}
        for path in sorted(root.glob("*/*/*.toml")):
            kind, name = path.parts[-3:-1]
            if kind in SUBJECTS:
                file = read(path, subject=f"{kind}/{name}")
                here.setdefault(file.subject, []).append(file)
        found |= here
    return [
        file
        for subject in sorted(found)
        for file in sorted(found[subject], key=lambda file: file.starts_on)
    ]


def propose(session: Session, file: DatedFile, *, by: str, now: datetime) -> int:
    """Propose that a file take force, and return the id of the approval that it now needs."""
    approval_id = approval.ask(
        session,
        act=Act.ACTIVATE_FILE,
        subject=file.name,
        summary=f"{file.subject} takes force on {file.starts_on}",
        facts={"subject": file.subject, "starts_on": file.starts_on, "digest": file.digest},
        maker=by,
        now=now,
    )
    session.add(
        DatedFileRow(
            subject=file.subject,
            starts_on=file.starts_on,
            digest=file.digest,
            text=file.text,
            proposed_by=by,
            approval_id=approval_id,
            activated_at=None,
        )
    )
    session.flush()
    return approval_id


def activate(
    session: Session, approval_id: int, *, by: User, reason: str, now: datetime
) -> DatedFile:
    """
    Approve a proposed file, so that it is in force from its day on.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    """
    decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
    row = session.scalars(select(DatedFileRow).where(DatedFileRow.approval_id == approval_id)).one()
    if decided.state is approval.State.APPROVED:
        row.activated_at = now
        journal.note(
            session,
            by=by.login,
            act="activate file",
            subject=f"{row.subject}/{row.starts_on}",
            facts={"digest": row.digest},
            now=now,
        )
    session.flush()
    return _file(row)


_IN_FORCE = (
    select(DatedFileRow.subject, DatedFileRow.starts_on, DatedFileRow.text, DatedFileRow.digest)
    .where(
        DatedFileRow.subject == bindparam("subject"),
        DatedFileRow.starts_on <= bindparam("day"),
        DatedFileRow.activated_at.is_not(None),
    )
    # Of two for one day the one that was activated last holds, whichever was proposed first.
    .order_by(
        DatedFileRow.starts_on.desc(), DatedFileRow.activated_at.desc(), DatedFileRow.id.desc()
    )
)
_NEWEST = _IN_FORCE.limit(1)


def in_force(session: Session, subject: str, day: date) -> DatedFile:
    """
    Return the file of the subject that is in force on the day.

    :raises NothingInForceError: if none has been activated that takes force by then.
    """
    row = session.execute(_NEWEST, {"subject": subject, "day": day}).first()
    if row is None:
        raise _nothing(subject, day)
    return DatedFile(*row)


def in_force_until(session: Session, subject: str, day: date) -> list[DatedFile]:
    """
    Return the files of the subject that took force up to the day, one of each day, oldest first.

    :raises NothingInForceError: if none has been activated that takes force by then.
    """
    found: dict[date, DatedFile] = {}
    for row in session.execute(_IN_FORCE, {"subject": subject, "day": day}):
        found.setdefault(row.starts_on, DatedFile(*row))
    if not found:
        raise _nothing(subject, day)
    return list(reversed(found.values()))


def _nothing(subject: str, day: date) -> NothingInForceError:
    return NothingInForceError(
        f"{subject}: no file is in force on {day}; propose one and let a second person "
        f"activate it (wattledger config propose, wattledger config activate)"
    )


def history(session: Session, subject: str) -> list[DatedFile]:
    """Return the activated files of a subject, the newest activation of each day, oldest first."""
    query = (
        select(DatedFileRow)
        .where(DatedFileRow.subject == subject, DatedFileRow.activated_at.is_not(None))
        .order_by(DatedFileRow.starts_on, DatedFileRow.activated_at, DatedFileRow.id)
    )
    return list({row.starts_on: _file(row) for row in session.scalars(query)}.values())


def by_digest(session: Session, digest: str) -> DatedFile | None:
    """Return the file that has the digest, whether or not it is in force, or none."""
    query = select(DatedFileRow).where(DatedFileRow.digest == digest).limit(1)
    row = session.scalars(query).first()
    return None if row is None else _file(row)


def activations(session: Session) -> list[Activation]:
    """Return everything that was ever proposed, by subject and day."""
    query = select(DatedFileRow).order_by(
        DatedFileRow.subject, DatedFileRow.starts_on, DatedFileRow.id
    )
    return [
        Activation(row.id, _file(row), row.proposed_by, row.approval_id, row.activated_at)
        for row in session.scalars(query)
    ]


def _file(row: DatedFileRow) -> DatedFile:
    return DatedFile(row.subject, row.starts_on, row.text, row.digest)
