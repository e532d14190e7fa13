"""Ask for long work from a page: it is done beside the pages, one thing at a time."""

import threading
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from config import journal
from config.database import reading
from web import house, store
from web.jobs import Worker, is_alive
from web.store import JobRequest, RequestKind

THREAD = "work asked for"
"""The name of the thread that works where no worker is alive."""


def ask(job: str, facts: Mapping[str, Any]) -> int:
    """
    Ask for work that somebody wants done now, and return the request's id.

    The worker takes it up within seconds. Where none is alive, as in a small office that only
    serves the pages, a thread of this process does it: the same work under the same lease, so a
    worker that starts meanwhile never doubles it, and after a crash it goes on where it stopped.
    """
    from web.work import JOBS

    moment, by = house.now(), house.person().login
    with house.sessions().begin() as session:
        asked = store.ask(session, job=job, kind=RequestKind.START, by=by, facts=facts, now=moment)
        journal.note(
            session,
            by=by,
            act="start job",
            subject=f"{job}, request {asked}",
            facts=facts,
            now=moment,
        )
    with reading(house.sessions()) as session:
        if is_alive(store.last_beat(session), moment):
            return asked
    worker = Worker(house.sessions(), house.house().settings, JOBS)
    threading.Thread(target=worker.answer, name=THREAD).start()
    return asked


def waiting(
    session: Session, jobs: Collection[str], *, run_id: int | None = None
) -> list[JobRequest]:
    """Return what was asked for and isn't done yet, of these jobs, or of one bill run."""
    return [
        one
        for one in store.open_requests(session)
        if one.job in jobs and (run_id is None or one.facts.get("run_id") == run_id)
    ]
