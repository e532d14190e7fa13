"""When each job is due: a function of the business days, and of nothing kept in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from config.settings import Settings
from web.store import JobRun, RunState

WORKER = "worker"
"""The name under which the timetable acts in the audit trail."""
ATTEMPTS_MAX = 5
"""Failed tries of one business date before a person has to start it again."""
CATCH_UP_MAX = 400
"""The most days that a job catches up at once; a longer gap is a mistake in the dates."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is given: the house, its business date, who it acts for, and what was asked."""

    sessions: sessionmaker[Session]
    settings: Settings
    business_date: date
    now: datetime
    by: str = WORKER
    facts: Mapping[str, Any] = field(default_factory=dict)


Doing = Callable[[Work], Mapping[str, Any]]
"""Does a job's work and returns what came of it, as facts."""


@dataclass(frozen=True, slots=True)
class Job:
    """
    Something the timetable does.

    Either once for each business date, from an hour on (`at`), or again and again (`every`), or
    only when somebody asks (neither). A job that catches up does every date it missed, in order;
    one that doesn't cares for today only.
    """

    name: str
    title: Any
    does: Doing
    at: time | None = None
    every: timedelta | None = None
    catches_up: bool = False

    @property
    def is_timed(self) -> bool:
        """Test whether the timetable starts it without being asked."""
        return self.at is not None or self.every is not None


def due_dates(job: Job, last: JobRun | None, *, today: date, local: datetime) -> list[date]:
    """
    Return the business dates that a job is to work for now, oldest first.

    :param last: the job's run of the newest business date it was begun for.
    :param local: this moment on the supplier's clock.
    """
    if job.every is not None:
        return [today] if _is_time_again(job.every, last, today, local) else []
    if job.at is None:
        return []
    newest = today if local.time() >= job.at else today - timedelta(days=1)
    first = _first_date(job, last, newest)
    days = min((newest - first).days + 1, CATCH_UP_MAX)
    return [first + timedelta(days=at) for at in range(max(0, days))]


def _first_date(job: Job, last: JobRun | None, newest: date) -> date:
    """Return the oldest date that is not done; a job that never ran begins with the newest."""
    if last is None:
        return newest
    if last.state is not RunState.DONE:
        return last.business_date if job.catches_up else max(last.business_date, newest)
    after = last.business_date + timedelta(days=1)
    return after if job.catches_up else max(after, newest)


def _is_time_again(every: timedelta, last: JobRun | None, today: date, local: datetime) -> bool:
    if last is None or last.business_date != today or last.ended_at is None:
        return True
    # A whole minute early counts: the tick comes each minute, a moment sooner or later.
    return local - last.ended_at >= every - timedelta(seconds=30)


def may_try(last: JobRun | None, business_date: date, *, now: datetime) -> bool:
    """Test whether a failed date may be tried again: later each time, and not without end."""
    if last is None or last.business_date != business_date or last.state is not RunState.FAILED:
        return True
    if last.attempts >= ATTEMPTS_MAX or last.ended_at is None:
        return False
    return now - last.ended_at >= timedelta(minutes=5 * last.attempts)
