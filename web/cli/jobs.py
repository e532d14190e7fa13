"""The timetable: what ran, what is due, and starting or pausing a job."""

from datetime import timedelta

import click

from config import journal
from config.people import Permission
from web import jobs as worker
from web import store
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError
from web.store import RequestKind, RunState


@click.group(cls=Words)
def jobs() -> None:
    """The timetable: what ran, what is due, and starting or pausing a job."""


@jobs.command("list", example="wattledger jobs list")
@reporting
@pass_desk
def list_(desk: Desk) -> int:
    """List the jobs and how each last went; 1 if one has failed or no worker is alive."""
    from web.work import JOBS

    with desk.looking() as session:
        paused = store.paused_jobs(session)
        last = {name: store.last_run(session, name) for name in JOBS}
        beat = store.last_beat(session)
    rows = [
        {
            "job": name,
            "what": str(job.title),
            "when": _when(job.at, job.every),
            "last": last[name].business_date if last[name] else None,  # type: ignore[union-attr]
            "state": "paused" if name in paused else (last[name].state if last[name] else "new"),  # type: ignore[union-attr]
        }
        for name, job in JOBS.items()
        if job.is_timed
    ]
    report.table(
        desk, rows, {key: key for key in ("job", "what", "when", "last", "state")}, empty="no jobs"
    )
    is_alive = beat is not None and desk.now - beat.at < timedelta(seconds=worker.ALIVE_WITHIN_S)
    if not is_alive:
        report.say(desk, "no worker is alive; start one with `wattledger worker`")
    failed = any(row["state"] == RunState.FAILED for row in rows)
    return NEEDS_A_PERSON if failed or not is_alive else DONE


def _when(at: object, every: timedelta | None) -> str:
    if every is not None:
        return f"every {round(every.total_seconds() / 60)} min"
    return f"daily from {at:%H:%M}" if at is not None else "when asked"


@jobs.command(example="wattledger jobs runs --job review --json")
@click.option("--job", help="Only this job.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 10_000))
@reporting
@pass_desk
def runs(desk: Desk, job: str | None, limit: int) -> None:
    """List what ran last, newest first."""
    with desk.looking() as session:
        found = store.runs(session, job=job, limit=limit)
    columns = {"job": "job", "for": "business_date", "state": "state", "outcome": "cursor"}
    report.table(desk, found, columns | {"problem": "problem"}, empty="nothing ran yet")


def _ask(desk: Desk, job: str, kind: RequestKind) -> None:
    from web.work import JOBS

    if job not in JOBS or not JOBS[job].is_timed:
        names = ", ".join(name for name, one in JOBS.items() if one.is_timed)
        raise NotDoneError(f"there is no job {job}; the timetable has {names or 'none'}")
    by = desk.by(Permission.RUN_JOBS)
    with desk.sessions.begin() as session:
        store.ask(session, job=job, kind=kind, by=by, facts={}, now=desk.now)
        journal.note(session, by=by, act=f"{kind} job", subject=job, now=desk.now)


@jobs.command(example="wattledger jobs start review --as zhao")
@click.argument("job")
@acting
@pass_desk
def start(desk: Desk, job: str) -> None:
    """Ask the worker to start a JOB now."""
    _ask(desk, job, RequestKind.START)
    report.say(desk, f"{job} starts within seconds where a worker is alive")


@jobs.command(example="wattledger jobs pause review --as zhao")
@click.argument("job")
@acting
@pass_desk
def pause(desk: Desk, job: str) -> None:
    """Pause a JOB until it is resumed."""
    _ask(desk, job, RequestKind.PAUSE)
    report.say(desk, f"{job} is paused")


@jobs.command(example="wattledger jobs resume review --as zhao")
@click.argument("job")
@acting
@pass_desk
def resume(desk: Desk, job: str) -> None:
    """Let a paused JOB go on; days it missed are caught up."""
    _ask(desk, job, RequestKind.RESUME)
    report.say(desk, f"{job} goes on at its next time")
