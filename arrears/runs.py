"""The reviews that were run: one row for each business day, and how far it has come."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from arrears.rules import InForce
from arrears.tables import ReviewRunRow


@dataclass(frozen=True, slots=True)
class Run:
    """
    A review of one business day.

    `cursor` is the last account it looked at; `assessed_to` the newest account there was when the
    run before it began, so that newer ones have customers nobody has graded.
    """

    id: int
    as_of: date
    is_done: bool
    cursor: int
    assessed_to: int
    missed_days: int
    reviewed: int
    assessed: int
    proposed: int
    withdrawn: int

    def facts(self) -> dict[str, Any]:
        """Return the counts that the audit trail keeps."""
        return {
            "reviewed": self.reviewed,
            "assessed": self.assessed,
            "proposed": self.proposed,
            "withdrawn": self.withdrawn,
            "missed_days": self.missed_days,
        }


def last(session: Session) -> Run | None:
    """Return the newest review, done or not, or none."""
    row = session.scalars(select(ReviewRunRow).order_by(ReviewRunRow.as_of.desc()).limit(1)).first()
    return None if row is None else _run(row, assessed_to=row.newest_account if row.is_done else 0)


def runs(session: Session, *, limit: int = 30) -> list[Run]:
    """Return the newest reviews, the newest first."""
    rows = session.scalars(select(ReviewRunRow).order_by(ReviewRunRow.as_of.desc()).limit(limit))
    return [_run(row, assessed_to=0) for row in rows]


def begin(
    session: Session, today: date, rules: InForce, *, newest_account: int, now: datetime
) -> Run:
    """Return the review of a day, begun now if it wasn't before."""
    before = session.scalars(
        select(ReviewRunRow)
        .where(ReviewRunRow.as_of < today)
        .order_by(ReviewRunRow.as_of.desc())
        .limit(1)
    ).first()
    # What a run that never ended has assessed is not known to the end; look at everybody again.
    assessed_to = before.newest_account if before is not None and before.is_done else 0
    row = session.scalars(select(ReviewRunRow).where(ReviewRunRow.as_of == today)).first()
    if row is None:
        row = ReviewRunRow(
            as_of=today,
            is_done=False,
            cursor=0,
            newest_account=newest_account,
            missed_days=0 if before is None else (today - before.as_of).days - 1,
            reviewed=0,
            assessed=0,
            proposed=0,
            withdrawn=0,
            policy_digest=rules.policy_digest,
            scorecard_digest=rules.card_digest,
            market_digest=rules.market_digest,
            started_at=now,
            ended_at=None,
        )
        session.add(row)
        session.flush()
    return _run(row, assessed_to=assessed_to)


def count(
    session: Session,
    run_id: int,
    *,
    reviewed: int = 0,
    assessed: int = 0,
    proposed: int = 0,
    withdrawn: int = 0,
    cursor: int | None = None,
) -> None:
    """Add to a review's counts and move its cursor, in the transaction of the work itself."""
    values: dict[str, Any] = {
        "reviewed": ReviewRunRow.reviewed + reviewed,
        "assessed": ReviewRunRow.assessed + assessed,
        "proposed": ReviewRunRow.proposed + proposed,
        "withdrawn": ReviewRunRow.withdrawn + withdrawn,
    }
    if cursor is not None:
        values["cursor"] = cursor
    session.execute(
        update(ReviewRunRow)
        .where(ReviewRunRow.id == run_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def finish(session: Session, run_id: int, *, now: datetime) -> Run:
    """Say that a review has come to its end, and return it."""
    row = session.get_one(ReviewRunRow, run_id, populate_existing=True)
    row.is_done, row.ended_at = True, now
    session.flush()
    return _run(row, assessed_to=row.newest_account)


def _run(row: ReviewRunRow, *, assessed_to: int) -> Run:
    return Run(
        id=row.id,
        as_of=row.as_of,
        is_done=row.is_done,
        cursor=row.cursor,
        assessed_to=assessed_to,
        missed_days=row.missed_days,
        reviewed=row.reviewed,
        assessed=row.assessed,
        proposed=row.proposed,
        withdrawn=row.withdrawn,
    )
