"""The worker: one process that walks the timetable, and does what people ask for on the page."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.orm import Session, sessionmaker

from config import journal, lease
from config.database import reading
from config.settings import Settings
from web import clock, store
from web.store import Heartbeat, JobRequest, JobRun
from web.timetable import Job, Work, due_dates, may_try

LEASE = "timetable"
PULSE_S = 15
ASKED_EVERY_S = 2
ALIVE_WITHIN_S = 90
"""A worker whose last sign of life is older is taken for dead."""

log = structlog.get_logger("wattledger.jobs")


def is_alive(beat: Heartbeat | None, now: datetime) -> bool:
    """Test whether a worker walks the timetable."""
    return beat is not None and now - beat.at < timedelta(seconds=ALIVE_WITHIN_S)


class Worker:
    """A walker of the timetable; of several, only one walks at a time."""

    def __init__(
        self, sessions: sessionmaker[Session], settings: Settings, jobs: Mapping[str, Job]
    ) -> None:
        self.sessions = sessions
        self.settings = settings
        self.jobs = jobs
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    def beat(self) -> None:
        """Give a sign of life."""
        with self.sessions.begin() as session:
            store.beat(session, self.name, now=clock.now())

    def tick(self) -> int:
        """Do everything that is due, and return how many dates of jobs were worked on."""
        return self._alone(lambda: sum(map(self._catch_up, self.jobs.values())))

    def answer(self) -> int:
        """Do what people have asked for, and return how much that was."""
        with reading(self.sessions) as session:
            if not store.open_requests(session):
                return 0
        return self._alone(self._answer)

    def _alone(self, does: Callable[[], int]) -> int:
        try:
            with lease.holding(self.sessions, LEASE):
                return does()
        except lease.BusyError:
            return 0  # Another worker walks; this one stands by.

    def _catch_up(self, job: Job) -> int:
        """Do the dates of a job that are due, oldest first; a failed one stops the later ones."""
        if not job.is_timed:
            return 0
        with reading(self.sessions) as session:
            if job.name in store.paused_jobs(session):
                return 0
            last = store.last_run(session, job.name)
            today = clock.today(session, self.settings)
        moment = clock.now()
        done = 0
        for day in due_dates(job, last, today=today, local=moment.astimezone(self.settings.zone)):
            if not may_try(last, day, now=moment):
                break
            done += 1
            if self._do(job, day) is not None:
                break
        return done

    def _do(self, job: Job, day: date) -> str | None:
        """Do a job for a business date, and return what went wrong, if anything did."""
        with self.sessions.begin() as session:
            run = store.begin_run(session, job.name, day, now=clock.now())
        outcome, problem = self._try(job, self._work(day), run)
        with self.sessions.begin() as session:
            store.end_run(session, run.id, cursor=outcome, problem=problem, now=clock.now())
            if problem is not None or any(outcome.values()):
                self._note(session, job.name, day, outcome, problem)
        return problem

    def _answer(self) -> int:
        with reading(self.sessions) as session:
            asked = store.open_requests(session)
        for one in asked:
            self._do_asked(one)
        return len(asked)

    def _do_asked(self, asked: JobRequest) -> None:
        job = self.jobs.get(asked.job)
        with self.sessions.begin() as session:
            store.take_request(session, asked.id, now=clock.now())
            today = clock.today(session, self.settings)
        outcome: Mapping[str, Any] = {}
        problem: str | None = f"there is no job {asked.job!r} any more"
        if job is not None and job.is_timed:
            problem = self._do(job, today)
        elif job is not None:
            outcome, problem = self._try(job, self._work(today, asked), None)
        with self.sessions.begin() as session:
            store.end_request(session, asked.id, outcome=outcome, problem=problem, now=clock.now())

    def _work(self, day: date, asked: JobRequest | None = None) -> Work:
        if asked is None:
            return Work(self.sessions, self.settings, day, clock.now())
        return Work(
            self.sessions, self.settings, day, clock.now(), by=asked.asked_by, facts=asked.facts
        )

    def _try(
        self, job: Job, work: Work, run: JobRun | None
    ) -> tuple[Mapping[str, Any], str | None]:
        """Do the work; whatever goes wrong is told and kept, and never ends the worker."""
        log.info("job begins", job=job.name, business_date=str(work.business_date))
        try:
            outcome = job.does(work)
        except Exception as problem:
            log.exception("job failed", job=job.name, business_date=str(work.business_date))
            return (run.cursor if run else {}), f"{type(problem).__name__}: {problem}"[:2000]
        log.info("job is done", job=job.name, business_date=str(work.business_date), **outcome)
        return outcome, None

    def _note(
        self,
        session: Session,
        job: str,
        day: date,
        outcome: Mapping[str, Any],
        problem: str | None,
    ) -> None:
        facts = dict(outcome) if problem is None else {"problem": problem}
        journal.note(
            session,
            by="worker",
            act=f"job {job}"[:64],
            subject=f"{job} {day}",
            facts=facts,
            now=clock.now(),
        )


def work(sessions: sessionmaker[Session], settings: Settings, jobs: Mapping[str, Job]) -> None:
    """
    Walk the timetable until told to stop.

    The scheduler keeps its jobs in memory, and these are only the ticks: what is due is read from
    the database each time, so nothing is lost with the process and two of them never double.
    """
    worker = Worker(sessions, settings, jobs)
    scheduler = scheduler_of(worker)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # What is under way is finished or, if the process is killed, resumed by the next worker.
        scheduler.shutdown(wait=False)

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    worker.beat()
    log.info("worker begins", worker=worker.name, jobs=sorted(jobs))
    scheduler.start()
    log.info("worker ends", worker=worker.name)
    sys.stdout.flush()


def scheduler_of(worker: Worker) -> BlockingScheduler:
    """Return what ticks for a worker: each minute, and every few seconds for what is asked."""
    scheduler = BlockingScheduler(
        jobstores={"default": MemoryJobStore()},
        # One thread works, one gives signs of life while the other is busy.
        executors={"default": ThreadPoolExecutor(1), "pulse": ThreadPoolExecutor(1)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone=UTC,
    )
    scheduler.add_job(worker.tick, "cron", second=0, id="tick")
    scheduler.add_job(worker.answer, "interval", seconds=ASKED_EVERY_S, id="answer")
    scheduler.add_job(worker.beat, "interval", seconds=PULSE_S, id="beat", executor="pulse")
    return scheduler
