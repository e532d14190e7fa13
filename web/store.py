"""The only way to the front doors' own rows: stays in the pages, tries to log in, the timetable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from web.tables import HeartbeatRow, JobRequestRow, JobRunRow, LoginAttemptRow, SessionRow


class RunState(StrEnum):
    """How a job's work for a business date stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RequestKind(StrEnum):
    """What a person asks of a job."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Stay:
    """A person's stay in the pages."""

    id: int
    user_id: int
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job's work for one business date: how often it was tried, and what came of it."""

    id: int
    job: str
    business_date: date
    state: RunState
    passes: int
    attempts: int
    started_at: datetime
    ended_at: datetime | None
    cursor: Mapping[str, Any]
    problem: str | None


@dataclass(frozen=True, slots=True)
class JobRequest:
    """Something a person asked the worker to do, and what came of it."""

    id: int
    job: str
    kind: RequestKind
    asked_by: str
    asked_at: datetime
    facts: Mapping[str, Any]
    taken_at: datetime | None
    ended_at: datetime | None
    outcome: Mapping[str, Any] | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker, and when it last gave a sign of life."""

    worker: str
    started_at: datetime
    at: datetime


def add_stay(
    session: Session,
    *,
    secret_digest: str,
    user_id: int,
    address: str,
    agent: str,
    now: datetime,
) -> None:
    """Add a stay that begins now."""
    session.add(
        SessionRow(
            secret_digest=secret_digest,
            user_id=user_id,
            started_at=now,
            seen_at=now,
            ended_at=None,
            address=address[:64],
            agent=agent[:200],
        )
    )
    session.flush()


def find_stay(session: Session, secret_digest: str) -> Stay | None:
    """Return the stay that the secret's digest belongs to, or none."""
    row = session.scalars(
        select(SessionRow).where(SessionRow.secret_digest == secret_digest)
    ).first()
    return None if row is None else _stay(row)


def stays(session: Session, user_id: int) -> list[Stay]:
    """Return a person's stays that have not ended, the latest seen first."""
    query = (
        select(SessionRow)
        .where(SessionRow.user_id == user_id, SessionRow.ended_at.is_(None))
        .order_by(SessionRow.seen_at.desc())
    )
    return [_stay(row) for row in session.scalars(query)]


def touch_stay(session: Session, stay_id: int, *, now: datetime) -> None:
    """Record that the person was here."""
    session.execute(update(SessionRow).where(SessionRow.id == stay_id).values(seen_at=now))


def end_stays(session: Session, stay_ids: Sequence[int], *, now: datetime) -> None:
    """End the stays, so that their cookies open nothing any more."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.id.in_(stay_ids), SessionRow.ended_at.is_(None))
        .values(ended_at=now)
    )


def add_attempt(
    session: Session, *, login: str, address: str, is_success: bool, now: datetime
) -> None:
    """Remember a try to log in."""
    session.add(
        LoginAttemptRow(login=login[:64], address=address[:64], at=now, is_success=is_success)
    )
    session.flush()


def failures(
    session: Session,
    *,
    now: datetime,
    within: timedelta,
    login: str | None = None,
    address: str | None = None,
) -> tuple[int, datetime | None]:
    """Return how many tries failed lately, since the login's last success, and when the first."""
    query = select(func.count(), func.min(LoginAttemptRow.at)).where(
        LoginAttemptRow.at > now - within, LoginAttemptRow.is_success.is_(False)
    )
    if login is not None:
        last_success = session.scalar(
            select(func.max(LoginAttemptRow.id)).where(
                LoginAttemptRow.login == login[:64],
                LoginAttemptRow.is_success.is_(True),
                *([] if address is None else [LoginAttemptRow.address == address[:64]]),
            )
        )
        query = query.where(
            LoginAttemptRow.login == login[:64], LoginAttemptRow.id > (last_success or 0)
        )
    if address is not None:
        query = query.where(LoginAttemptRow.address == address[:64])
    count, first = session.execute(query).one()
    return count, first


def _stay(row: SessionRow) -> Stay:
    return Stay(
        row.id,
        row.user_id,
        row.started_at,
        row.seen_at,
        row.ended_at,
        row.address,
        row.agent,
    )


def begin_run(session: Session, job: str, business_date: date, *, now: datetime) -> JobRun:
    """
    Record that a job begins its work for the business date, or begins it again.

    The cursor of an earlier try stays, so that the work goes on where it stopped.
    """
    row = session.scalars(
        select(JobRunRow).where(JobRunRow.job == job, JobRunRow.business_date == business_date)
    ).first()
    if row is None:
        row = JobRunRow(
            job=job, business_date=business_date, passes=0, attempts=0, cursor={}, problem=None
        )
        session.add(row)
    row.state, row.started_at, row.ended_at = RunState.RUNNING, now, None
    row.attempts += 1
    session.flush()
    return _run(row)


def end_run(
    session: Session,
    run_id: int,
    *,
    cursor: Mapping[str, Any] | None = None,
    problem: str | None = None,
    now: datetime,
) -> None:
    """Record that a job's work for its date is done, or what kept it from being done."""
    row = session.get_one(JobRunRow, run_id)
    row.state = RunState.DONE if problem is None else RunState.FAILED
    row.ended_at, row.problem = now, problem
    if cursor is not None:
        row.cursor = dict(cursor)
    if problem is None:
        row.passes += 1
        row.attempts = 0
    session.flush()


def last_run(session: Session, job: str) -> JobRun | None:
    """Return the job's run of the newest business date, or none."""
    query = (
        select(JobRunRow)
        .where(JobRunRow.job == job)
        .order_by(JobRunRow.business_date.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    return None if row is None else _run(row)


def runs(session: Session, *, job: str | None = None, limit: int = 60) -> list[JobRun]:
    """Return the newest runs, newest first, of one job or of all."""
    query = select(JobRunRow).order_by(JobRunRow.started_at.desc(), JobRunRow.id.desc())
    if job is not None:
        query = query.where(JobRunRow.job == job)
    return [_run(row) for row in session.scalars(query.limit(limit))]


def ask(
    session: Session,
    *,
    job: str,
    kind: RequestKind,
    by: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> int:
    """Add a request and return its id; pausing and resuming hold from this moment."""
    at_once = kind is not RequestKind.START
    row = JobRequestRow(
        job=job,
        kind=kind,
        asked_by=by,
        asked_at=now,
        facts=dict(facts),
        taken_at=now if at_once else None,
        ended_at=now if at_once else None,
        outcome=None,
        problem=None,
    )
    session.add(row)
    session.flush()
    return row.id


def open_requests(session: Session) -> list[JobRequest]:
    """Return the requests that wait or were interrupted, oldest first."""
    query = (
        select(JobRequestRow)
        .where(JobRequestRow.kind == RequestKind.START, JobRequestRow.ended_at.is_(None))
        .order_by(JobRequestRow.id)
    )
    return [_request(row) for row in session.scalars(query)]


def requests(session: Session, *, limit: int = 30) -> list[JobRequest]:
    """Return the newest requests, newest first."""
    query = select(JobRequestRow).order_by(JobRequestRow.id.desc()).limit(limit)
    return [_request(row) for row in session.scalars(query)]


def find_request(session: Session, request_id: int) -> JobRequest | None:
    """Return the request, or none."""
    row = session.get(JobRequestRow, request_id)
    return None if row is None else _request(row)


def take_request(session: Session, request_id: int, *, now: datetime) -> None:
    """Record that the worker has begun what was asked."""
    session.get_one(JobRequestRow, request_id).taken_at = now
    session.flush()


def end_request(
    session: Session,
    request_id: int,
    *,
    outcome: Mapping[str, Any],
    problem: str | None,
    now: datetime,
) -> None:
    """Record what came of a request."""
    row = session.get_one(JobRequestRow, request_id)
    row.ended_at, row.outcome, row.problem = now, dict(outcome), problem
    session.flush()


def paused_jobs(session: Session) -> dict[str, JobRequest]:
    """Return the jobs that somebody has paused and nobody let go on, with who did."""
    newest = (
        select(func.max(JobRequestRow.id))
        .where(JobRequestRow.kind.in_([RequestKind.PAUSE, RequestKind.RESUME]))
        .group_by(JobRequestRow.job)
    )
    rows = session.scalars(select(JobRequestRow).where(JobRequestRow.id.in_(newest)))
    return {row.job: _request(row) for row in rows if row.kind == RequestKind.PAUSE}


def beat(session: Session, worker: str, *, now: datetime) -> None:
    """Record a worker's sign of life."""
    row = session.get(HeartbeatRow, worker)
    if row is None:
        session.add(HeartbeatRow(worker=worker, started_at=now, at=now))
    else:
        row.at = now
    session.flush()


def last_beat(session: Session) -> Heartbeat | None:
    """Return the newest sign of life of any worker, or none."""
    row = session.scalars(select(HeartbeatRow).order_by(HeartbeatRow.at.desc()).limit(1)).first()
    return None if row is None else Heartbeat(row.worker, row.started_at, row.at)


def _run(row: JobRunRow) -> JobRun:
    return JobRun(
        row.id,
        row.job,
        row.business_date,
        RunState(row.state),
        row.passes,
        row.attempts,
        row.started_at,
        row.ended_at,
        row.cursor,
        row.problem,
    )


def _request(row: JobRequestRow) -> JobRequest:
    return JobRequest(
        row.id,
        row.job,
        RequestKind(row.kind),
        row.asked_by,
        row.asked_at,
        row.facts,
        row.taken_at,
        row.ended_at,
        row.outcome,
        row.problem,
    )
