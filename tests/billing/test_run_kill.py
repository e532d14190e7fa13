"""A run that is killed, and gone on with, makes the same books as one that nobody disturbed."""

import os
import random
import time

import pytest

from billing import books, store
from billing.bill import RunState
from config import database
from tests.billing.grid import settle, town
from tests.billing.killed_run import begin, bill_and_issue
from tests.mortal import PROCESSES

IS_TRUST = "WATTLEDGER_TRUST" in os.environ
ACCOUNTS, KILLS = (2_000, 200) if IS_TRUST else (200, 3)
SEED = int(os.environ.get("WATTLEDGER_TRUST") or 7)


def settle_town(sessions):
    """Every tenth household has no reading, and will be parked."""
    town(sessions, **{f"A{at}": 50 * (at % 90) for at in range(ACCOUNTS * 9 // 10)})
    with sessions.begin() as session:
        settle(session, {f"B{at}": "residential_beijing" for at in range(ACCOUNTS // 10)})


def start(url):
    heard, said = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=begin, args=(url, said))
    child.start()
    said.close()
    assert heard.recv() == "go"
    return child


def undisturbed(make):
    """Return the digest of the books that a run makes in peace, and how long it takes."""
    with make() as url:
        sessions = database.sessions(url)
        settle_town(sessions)
        begun = time.monotonic()
        bill_and_issue(sessions)
        took = time.monotonic() - begun
        with sessions() as session:
            digest = books.books_digest(session)
        database.engine_of(sessions).dispose()
    return digest, took


@pytest.mark.slow
def test_a_run_killed_at_random_points_makes_the_same_books(
    database_kind, database_url, sessions, request
):
    expected, took = undisturbed(request.getfixturevalue(f"new_{database_kind}"))
    settle_town(sessions)
    chance = random.Random(SEED)
    killed = 0
    for _ in range(KILLS):
        child = start(database_url)
        # Short enough that the kills are spread over the whole of the run.
        child.join(chance.uniform(0, 0.05 + 2 * took / KILLS))
        if child.exitcode is None:
            child.kill()
            killed += 1
        child.join()

    child = start(database_url)
    child.join()

    assert child.exitcode == 0
    assert killed, "no run was caught in the middle; let them be longer"
    with sessions() as session:
        [report] = store.runs(session)
        assert books.books_digest(session) == expected
    assert report.state is RunState.ISSUED
    assert report.issued == report.billed == report.eligible - report.parked
    assert report.parked == ACCOUNTS // 10
