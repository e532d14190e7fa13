"""What must always hold on the ground floor: two people, files kept word for word, rows counted."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import approval, dated, journal, seal
from config.approval import ApprovalRow, State, VoteRow
from config.batch import BatchRow, Verdict, VerdictRow
from config.dated import DatedFileRow
from config.finding import Finding

TWO_PEOPLE = "an approval has its people, none of them the maker"
WORD_FOR_WORD = "a file is kept word for word"
ACTIVATED = "a file takes force only by approval"
COUNTED = "a batch counts its rows"
CHECKS = [TWO_PEOPLE, WORD_FOR_WORD, ACTIVATED, COUNTED, seal.CHECK]

JOURNAL = "journal"


def findings(session: Session, *, today: date) -> list[Finding]:
    """Return every offence against an invariant of the ground floor."""
    return [
        *_approvals(session),
        *_files(session),
        *_batches(session),
        *seal.broken(session, JOURNAL, rows=sealed_rows),
    ]


def sealed_rows(session: Session, day: date) -> Iterable[object]:
    """Yield the facts of the audit trail's rows of a day (UTC), in the order of their ids."""
    for note in journal.of_day(session, day):
        yield [note.id, note.at, note.by, note.act, note.subject, note.facts]


def _approvals(session: Session) -> Iterable[Finding]:
    yes = (
        select(VoteRow.approval_id, func.count().label("votes"))
        .where(VoteRow.accept)
        .group_by(VoteRow.approval_id)
        .subquery()
    )
    query = (
        select(ApprovalRow.id, ApprovalRow.needed, func.coalesce(yes.c.votes, 0))
        .outerjoin(yes, yes.c.approval_id == ApprovalRow.id)
        .where(ApprovalRow.state == State.APPROVED)
        .where(func.coalesce(yes.c.votes, 0) < ApprovalRow.needed)
    )
    for number, needed, votes in session.execute(query):
        message = f"it needs {needed} people and has {votes}"
        yield Finding(TWO_PEOPLE, f"approval {number}", message)
    own = select(ApprovalRow.id, ApprovalRow.maker).join(
        VoteRow, (VoteRow.approval_id == ApprovalRow.id) & (VoteRow.by == ApprovalRow.maker)
    )
    for number, maker in session.execute(own):
        yield Finding(TWO_PEOPLE, f"approval {number}", f"{maker} decided what {maker} asked for")


def _files(session: Session) -> Iterable[Finding]:
    query = select(DatedFileRow, ApprovalRow.state).join(
        ApprovalRow, ApprovalRow.id == DatedFileRow.approval_id
    )
    for row, state in session.execute(query):
        name = f"{row.subject}/{row.starts_on}"
        if dated.digest_of(row.text) != row.digest:
            yield Finding(WORD_FOR_WORD, name, f"its text no longer has the digest {row.digest}")
        if row.activated_at is not None and state != approval.State.APPROVED:
            yield Finding(ACTIVATED, name, f"in force, but approval {row.approval_id} is {state}")


def _batches(session: Session) -> Iterable[Finding]:
    kept = (
        select(VerdictRow.batch_id, VerdictRow.verdict, func.count().label("rows"))
        .group_by(VerdictRow.batch_id, VerdictRow.verdict)
        .subquery()
    )
    for verdict, column in (
        (Verdict.DOUBTED, BatchRow.doubted),
        (Verdict.REFUSED, BatchRow.refused),
    ):
        query = (
            select(BatchRow.id, column, func.coalesce(kept.c.rows, 0))
            .outerjoin(kept, (kept.c.batch_id == BatchRow.id) & (kept.c.verdict == verdict))
            .where(func.coalesce(kept.c.rows, 0) != column)
        )
        for number, counted, rows in session.execute(query):
            message = f"it counts {counted} {verdict} rows and keeps {rows}"
            yield Finding(COUNTED, f"batch {number}", message)
