"""Rows of the front doors' own: who is logged in, who tried to be, and what the timetable did."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from config.database import At, Base, Facts, Id


class SessionRow(Base):
    """A person's stay in the pages. The cookie holds a secret; here is only its digest."""

    __tablename__ = "web_session"

    id: Mapped[Id]
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    started_at: Mapped[At]
    seen_at: Mapped[At]
    ended_at: Mapped[At | None]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))


class LoginAttemptRow(Base):
    """One try to log in; the throttle counts them."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_login", "login", "at"),
        Index("ix_login_attempt_address", "address", "at"),
    )

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[At]
    is_success: Mapped[bool]


class JobRunRow(Base):
    """A job's work for one business date. The key is why two workers never do it twice."""

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("job", "business_date"),
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
        CheckConstraint("passes >= 0 AND attempts >= 0", name="counts"),
    )

    id: Mapped[Id]
    job: Mapped[str] = mapped_column(String(40))
    business_date: Mapped[date]
    state: Mapped[str] = mapped_column(String(12))
    passes: Mapped[int]
    attempts: Mapped[int]
    started_at: Mapped[At]
    ended_at: Mapped[At | None]
    cursor: Mapped[Facts]
    problem: Mapped[str | None]


class JobRequestRow(Base):
    """What a person asked the worker to do: start a job now, pause it, or let it go on."""

    __tablename__ = "job_request"
    __table_args__ = (
        CheckConstraint("kind IN ('start', 'pause', 'resume')", name="kind"),
        Index("ix_job_request_open", "ended_at", "id"),
    )

    id: Mapped[Id]
    job: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[At]
    facts: Mapped[Facts]
    taken_at: Mapped[At | None]
    ended_at: Mapped[At | None]
    outcome: Mapped[Facts | None]
    problem: Mapped[str | None]


class HeartbeatRow(Base):
    """A worker's sign of life; an old one means that nobody walks the timetable."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[At]
    at: Mapped[At]
