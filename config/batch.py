"""Files taken in: each once, with a verdict for every row of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from config import journal
from config.database import At, Base, Facts, Id, add_rows, lock

OUT_OF_BALANCE = "out_of_balance"
"""The code of a doubt about a whole file: something in it must be missing."""


class Kind(StrEnum):
    """What a file holds."""

    READINGS = "readings"
    EXCHANGES = "exchanges"
    CUSTOMERS = "customers"
    PAYMENTS = "payments"
    STATEMENT = "statement"


class Verdict(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    DOUBTED = "doubted"
    REFUSED = "refused"


class Decision(StrEnum):
    """What a person said of a doubted row."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REREAD = "reread"


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """
    What became of a row, and what would mend it.

    `row` counts as a spreadsheet does, the first line of the file being 1. `raw` is the row as it
    stood in the file, so that a file of the failed rows can be written.
    """

    row: int
    verdict: Verdict
    code: str = ""
    message: str = ""
    remedy: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """A verdict that was kept with its batch, and what a person said of it since."""

    id: int
    batch_id: int
    verdict: RowVerdict
    decision: Decision | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """
    A file that was taken in; `is_repeat` if the same file had been taken in before.

    `told_until` is the last day that it tells of, if it or somebody says so.
    """

    id: int | None
    kind: Kind
    file_name: str
    digest: str
    layout: str
    rows: int
    accepted: int
    doubted: int
    refused: int
    received_on: date
    received_by: str
    verdicts: tuple[RowVerdict, ...] = ()
    is_repeat: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    told_until: date | None = None


class BatchRow(Base):
    """A file taken in. The digest keeps the same file from being taken in twice."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("kind", "digest"),
        CheckConstraint("accepted + doubted + refused = rows", name="rows"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    layout: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    accepted: Mapped[int]
    doubted: Mapped[int]
    refused: Mapped[int]
    received_on: Mapped[date]
    received_by: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[At]
    facts: Mapped[Facts]
    told_until: Mapped[date | None]


class VerdictRow(Base):
    """A row that was not simply accepted: doubted until a person decides, or refused."""

    __tablename__ = "batch_verdict"
    __table_args__ = (
        CheckConstraint("verdict IN ('accepted', 'doubted', 'refused')", name="verdict"),
        Index("ix_batch_verdict_open", "verdict", "decision"),
    )

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    row: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(64))
    message: Mapped[str]
    remedy: Mapped[str]
    raw: Mapped[Facts]
    facts: Mapped[Facts]
    decision: Mapped[str | None] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None]


def find(session: Session, kind: Kind, digest: str) -> Batch | None:
    """Return the batch in which the same file was taken in before, or none."""
    query = select(BatchRow).where(BatchRow.kind == kind, BatchRow.digest == digest)
    row = session.scalars(query).first()
    return None if row is None else _batch(row, is_repeat=True)


def get(session: Session, batch_id: int) -> Batch | None:
    """Return the batch, or none."""
    row = session.get(BatchRow, batch_id)
    return None if row is None else _batch(row)


def batches(session: Session, kind: Kind | None = None, *, limit: int = 100) -> list[Batch]:
    """Return the newest batches, newest first."""
    query = select(BatchRow).order_by(BatchRow.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(BatchRow.kind == kind)
    return [_batch(row) for row in session.scalars(query)]


def telling_of(session: Session, kind: Kind, *, since: date) -> list[Batch]:
    """Return the batches of files that tell of a day or a later one, the oldest first."""
    query = select(BatchRow).where(BatchRow.kind == kind, BatchRow.told_until >= since)
    return [_batch(row) for row in session.scalars(query.order_by(BatchRow.id))]


def latest(session: Session, takes: str, *, zone: tzinfo = UTC) -> datetime | None:
    """
    Return up to when files of a kind, or of a layout, tell all; none if none was ever taken in.

    That is the end of the last day they tell of, however late they are brought, or when they were
    taken in if they name no day. A file of which every row was refused brought nothing in, and one
    in which something is missing doesn't tell all, unless a person has said that nothing is; one
    without rows says all is well.
    """
    lacks = exists().where(
        VerdictRow.batch_id == BatchRow.id,
        VerdictRow.code == OUT_OF_BALANCE,
        func.coalesce(VerdictRow.decision, "") != Decision.ACCEPTED,
    )
    counts = (
        or_(BatchRow.kind == takes, BatchRow.layout == takes),
        or_(BatchRow.rows == 0, BatchRow.accepted > 0, BatchRow.doubted > 0),
        ~lacks,
    )
    newest = select(func.max(BatchRow.told_until)).where(*counts).scalar_subquery()
    by_day = (
        select(BatchRow.told_until, func.max(BatchRow.received_at))
        .where(*counts, or_(BatchRow.told_until.is_(None), BatchRow.told_until == newest))
        .group_by(BatchRow.told_until)
    )
    found = []
    for day, at in session.execute(by_day):
        after = at if day is None else datetime.combine(day + timedelta(1), time(), zone)
        found.append(min(at, after))
    return max(found, default=None)


def tally(
    *,
    kind: Kind,
    file_name: str,
    digest: str,
    layout: str,
    verdicts: Sequence[RowVerdict],
    received_on: date,
    received_by: str,
    facts: Mapping[str, Any] | None = None,
    others: int = 0,
    told_until: date | None = None,
) -> Batch:
    """
    Return the batch that the verdicts make, without keeping it: what a dry run shows.

    The columns of what isn't simply accepted are kept in the order of the file, unless the facts
    name the headings: a database keeps a row's cells without their order.

    :param others: so many rows besides were accepted without a remark.
    """
    columns = list(dict.fromkeys(name for verdict in verdicts for name in verdict.raw))
    counts = Counter(verdict.verdict for verdict in verdicts)
    return Batch(
        id=None,
        kind=kind,
        file_name=file_name,
        digest=digest,
        layout=layout,
        rows=len(verdicts) + others,
        accepted=counts[Verdict.ACCEPTED] + others,
        doubted=counts[Verdict.DOUBTED],
        refused=counts[Verdict.REFUSED],
        received_on=received_on,
        received_by=received_by,
        verdicts=tuple(v for v in verdicts if v.verdict is not Verdict.ACCEPTED or v.code),
        facts=({"headings": columns} if columns else {}) | dict(facts or {}),
        told_until=told_until,
    )


def add(session: Session, batch: Batch, *, now: datetime) -> Batch:
    """
    Keep a batch with the verdicts that are worth keeping, and return it with its id.

    Accepted rows without a remark are only counted: what they said is in the room's own tables.
    """
    row = BatchRow(
        kind=batch.kind,
        file_name=batch.file_name,
        digest=batch.digest,
        layout=batch.layout,
        rows=batch.rows,
        accepted=batch.accepted,
        doubted=batch.doubted,
        refused=batch.refused,
        received_on=batch.received_on,
        received_by=batch.received_by,
        received_at=now,
        facts=dict(batch.facts),
        told_until=batch.told_until,
    )
    session.add(row)
    session.flush()
    add_rows(session, VerdictRow, [_verdict_values(row.id, one) for one in batch.verdicts])
    counts = {"rows": row.rows, "accepted": row.accepted, "doubted": row.doubted}
    journal.note(
        session,
        by=batch.received_by,
        act=f"take in {batch.kind}",
        subject=f"batch {row.id}",
        facts={"file": batch.file_name, "digest": batch.digest, **counts},
        now=now,
    )
    return _batch(row, verdicts=batch.verdicts)


def verdicts(
    session: Session,
    batch_id: int | None = None,
    *,
    verdict: Verdict | None = None,
    kind: Kind | None = None,
    undecided: bool = False,
    decision: Decision | None = None,
    limit: int | None = None,
) -> list[KeptVerdict]:
    """Return kept verdicts in the order of their rows, of one batch or of all."""
    query = select(VerdictRow).order_by(VerdictRow.batch_id, VerdictRow.row, VerdictRow.id)
    if batch_id is not None:
        query = query.where(VerdictRow.batch_id == batch_id)
    if kind is not None:
        query = query.join(BatchRow, BatchRow.id == VerdictRow.batch_id)
        query = query.where(BatchRow.kind == kind)
    if verdict is not None:
        query = query.where(VerdictRow.verdict == verdict)
    if undecided:
        query = query.where(VerdictRow.decision.is_(None))
    if decision is not None:
        query = query.where(VerdictRow.decision == decision)
    if limit is not None:
        query = query.limit(limit)
    return [_kept(row) for row in session.scalars(query)]


def settle(
    session: Session,
    verdict_id: int,
    *,
    kinds: Collection[Kind],
    decision: Decision,
    by: str,
    reason: str,
    now: datetime,
) -> KeptVerdict | None:
    """
    Record what a person said of a doubted row, and return it.

    Returns none, and changes nothing, if there is no such doubt or somebody has decided before.

    :param kinds: the files of which the person may decide.
    """
    lock(session, VerdictRow, [verdict_id])
    row = session.get(VerdictRow, verdict_id, populate_existing=True)
    if row is None or row.verdict != Verdict.DOUBTED or row.decision is not None:
        return None
    if session.get_one(BatchRow, row.batch_id).kind not in kinds:
        return None
    row.decision, row.decided_by, row.reason = decision, by, reason
    journal.note(
        session,
        by=by,
        act=f"settle doubt: {decision}",
        subject=f"batch {row.batch_id} row {row.row}",
        facts={"code": row.code, "reason": reason},
        now=now,
    )
    return _kept(row)


def _verdict_values(batch_id: int, one: RowVerdict) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "row": one.row,
        "verdict": str(one.verdict),
        "code": one.code,
        "message": one.message,
        "remedy": one.remedy,
        "raw": dict(one.raw),
        "facts": dict(one.facts),
    }


def _kept(row: VerdictRow) -> KeptVerdict:
    verdict = RowVerdict(
        row.row, Verdict(row.verdict), row.code, row.message, row.remedy, row.raw, row.facts
    )
    decision = None if row.decision is None else Decision(row.decision)
    return KeptVerdict(row.id, row.batch_id, verdict, decision, row.decided_by, row.reason)


def _batch(
    row: BatchRow, *, verdicts: tuple[RowVerdict, ...] = (), is_repeat: bool = False
) -> Batch:
    return Batch(
        row.id,
        Kind(row.kind),
        row.file_name,
        row.digest,
        row.layout,
        row.rows,
        row.accepted,
        row.doubted,
        row.refused,
        row.received_on,
        row.received_by,
        verdicts,
        is_repeat,
        row.facts,
        row.told_until,
    )
