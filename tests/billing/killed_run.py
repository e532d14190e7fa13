"""A process that bills and issues a town, to be killed."""

from multiprocessing.connection import Connection

from sqlalchemy.orm import Session, sessionmaker

from billing import run, store
from billing.bill import RunState
from config import database
from tests.billing.grid import CHIEF, CLERK, at
from tests.billing.test_run import FEBRUARY

CHUNK = 20


def bill_and_issue(sessions: sessionmaker[Session]) -> None:
    """Go on with the run wherever it was left, until its bills are issued."""
    with sessions() as session:
        begun = store.runs(session)
    if not begun or begun[0].state is RunState.DRAWING_UP:
        begun = [
            run.bill(
                sessions,
                cycle=None,
                until=FEBRUARY,
                by=CLERK,
                today=FEBRUARY,
                now=at(FEBRUARY),
                chunk=CHUNK,
            )
        ]
    if begun[0].state is not RunState.ISSUED:
        run.issue(
            sessions,
            begun[0].run_id,
            by=CHIEF,
            today=FEBRUARY,
            now=at(FEBRUARY),
            chunk=CHUNK,
        )


def begin(url: str, said: Connection) -> None:
    """Say that it begins, then bill and issue the town in the database at the URL."""
    sessions = database.sessions(url)
    said.send("go")
    bill_and_issue(sessions)
