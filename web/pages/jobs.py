"""The timetable: what runs when, what came of it, and starting or pausing it by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config import journal
from config.people import Permission
from web import house, queue, store
from web.jobs import is_alive
from web.login import needs
from web.store import JobRequest, JobRun, RequestKind
from web.timetable import Job
from web.work import JOBS

pages = Blueprint("jobs", __name__, url_prefix="/jobs")


@dataclass(frozen=True, slots=True)
class Line:
    """A job as the list shows it."""

    job: Job
    when: str
    last: JobRun | None
    paused: JobRequest | None


@pages.get("")
@needs()
def show() -> str:
    """Show the timetable."""
    return render_template("jobs.html", **_facts())


@pages.get("/table")
@needs()
def table() -> str:
    """Show only the part that changes while jobs run."""
    return render_template("fragments/jobs.html", **_facts())


def _facts() -> Mapping[str, object]:
    with house.looking() as session:
        return {
            "lines": _lines(session),
            "requests": store.requests(session, limit=15),
            "runs": store.runs(session, limit=40),
            "heartbeat": store.last_beat(session),
            "is_alive": is_alive(store.last_beat(session), house.now()),
            "titles": {job.name: job.title for job in JOBS.values()},
        }


def _lines(session: Session) -> list[Line]:
    paused = store.paused_jobs(session)
    return [
        Line(job, _when(job), store.last_run(session, job.name), paused.get(job.name))
        for job in JOBS.values()
        if job.is_timed
    ]


def _keep(name: str, kind: RequestKind) -> None:
    moment, by = house.now(), house.person().login
    with house.sessions().begin() as session:
        store.ask(session, job=name, kind=kind, by=by, facts={}, now=moment)
        journal.note(session, by=by, act=f"{kind} job", subject=name, now=moment)


def _when(job: Job) -> str:
    if job.at is not None:
        return _("each day from %(at)s", at=f"{job.at:%H:%M}")
    assert job.every is not None
    minutes = round(job.every.total_seconds() / 60)
    return _("each minute") if minutes == 1 else _("every %(n)s minutes", n=minutes)


@pages.post("/<name>/<kind>")
@needs(Permission.RUN_JOBS)
def ask(name: str, kind: str) -> Response:
    """Ask the worker to start a job now, to pause it, or to let it go on."""
    if name not in JOBS or kind not in list(RequestKind) or not JOBS[name].is_timed:
        abort(404)
    if kind == RequestKind.START:
        queue.ask(name, {})
    else:
        _keep(name, RequestKind(kind))
    words = {
        RequestKind.START: _("%(job)s will start within seconds.", job=JOBS[name].title),
        RequestKind.PAUSE: _(
            "%(job)s is paused until somebody lets it go on.", job=JOBS[name].title
        ),
        RequestKind.RESUME: _("%(job)s goes on at its next time.", job=JOBS[name].title),
    }
    flash(words[RequestKind(kind)], "done")
    return redirect(url_for("jobs.show"), 303)
