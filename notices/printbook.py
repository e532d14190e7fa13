"""The book of prints and proofs: batches, reprints, who was served. `notices.store` is its face."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.database import among, in_chunks, next_ids
from notices.notice import Channel
from notices.outbox import State
from notices.proof import Method, Proof
from notices.record import KeptBatch, Stop
from notices.tables import OutboxRow, PrintBatchRow, ProofRow, ReprintRow


def waiting_papers(session: Session) -> dict[int, int]:
    """Return the outbox rows of all papers that wait to be printed, and the notice of each."""
    query = (
        select(OutboxRow.id, OutboxRow.notice_id)
        .where(OutboxRow.channel == Channel.PAPER, OutboxRow.state == State.QUEUED)
        .order_by(OutboxRow.id)
    )
    return {row.id: row.notice_id for row in session.execute(query)}


def next_batch(session: Session, *, printed_on: date) -> tuple[int, str]:
    """Return an id and a number for a batch that is about to be printed."""
    (batch_id,) = next_ids(session, PrintBatchRow, 1)
    return batch_id, f"PB{printed_on.year}-{batch_id:06d}"


def add_batch(session: Session, batch_id: int, facts: Mapping[str, Any]) -> None:
    """Keep a batch; its facts are the columns of its row."""
    session.add(PrintBatchRow(id=batch_id, **facts))
    session.flush()


def batches(
    session: Session, *, numbers: Collection[str] | None = None, limit: int = 100
) -> list[KeptBatch]:
    """Return print batches, the newest first."""
    reprints = (
        select(ReprintRow.batch_id, func.count().label("times"))
        .group_by(ReprintRow.batch_id)
        .subquery()
    )
    query = (
        select(PrintBatchRow, reprints.c.times)
        .outerjoin(reprints, reprints.c.batch_id == PrintBatchRow.id)
        .order_by(PrintBatchRow.id.desc())
        .limit(limit)
    )
    if numbers is not None:
        query = query.where(PrintBatchRow.number.in_(sorted(numbers)))
    return [_batch(row, times or 0) for row, times in session.execute(query)]


def find_batch(session: Session, number: str) -> KeptBatch | None:
    """Return the batch that has a number, or none."""
    return next(iter(batches(session, numbers=[number])), None)


def walk_of(session: Session, batch_id: int) -> list[tuple[int, Stop]]:
    """Return the notices of a batch in the order in which they were printed, and their stops."""
    row = session.get_one(PrintBatchRow, batch_id)
    return [(notice_id, Stop(*stop)) for notice_id, *stop in row.walk]


def add_reprint(
    session: Session, batch_id: int, *, printed_on: date, by: str, reason: str, now: datetime
) -> None:
    """Keep that a batch was printed once more."""
    session.add(
        ReprintRow(
            batch_id=batch_id, printed_on=printed_on, printed_by=by, printed_at=now, reason=reason
        )
    )
    session.flush()


def add_proof(session: Session, proof: Proof) -> None:
    """Keep the proof that a notice was served."""
    session.add(
        ProofRow(
            notice_id=proof.notice_id,
            served_on=proof.served_on,
            method=proof.method,
            served_by=proof.served_by,
            received_by=proof.received_by,
            witness=proof.witness,
            note=proof.note,
            recorded_at=proof.recorded_at,
        )
    )
    session.flush()


def proofs(session: Session, notice_ids: Collection[int]) -> dict[int, Proof]:
    """Return the proofs of the notices that have one."""
    found: dict[int, Proof] = {}
    for some in in_chunks(sorted(notice_ids)):
        for row in session.scalars(select(ProofRow).where(among(ProofRow.notice_id, some))):
            found[row.notice_id] = Proof(
                row.notice_id,
                row.served_on,
                Method(row.method),
                row.served_by,
                row.received_by,
                row.witness,
                row.note,
                row.recorded_at,
            )
    return found


def _batch(row: PrintBatchRow, reprints: int) -> KeptBatch:
    return KeptBatch(
        id=row.id,
        number=row.number,
        office_id=row.office_id,
        language=row.language,
        printed_on=row.printed_on,
        printed_by=row.printed_by,
        letters=row.letters,
        pages=row.pages,
        file_name=row.file_name,
        digest=row.digest,
        letterhead_id=row.letterhead_id,
        reprints=reprints,
    )
