"""A run makes the same books whoever works at it, and in whatever chunks."""

import pytest

from billing import books, run, store
from config import database
from tests.billing.grid import CHIEF, CLERK, START, at, read, settle, town
from tests.billing.test_corrections import cancel
from tests.billing.test_run import FEBRUARY, MARCH

WAYS = ((1, 7), (2, 1))
"""How many workers, and how many accounts a chunk has."""


def settle_town(sessions):
    """Households of all blocks, one that is held, shops, and one without a reading."""
    town(sessions, **{f"A{at}": 97 * at for at in range(12)})
    with sessions.begin() as session:
        settle(session, {"B1": "residential_beijing", "B2": "residential_beijing"})
        read(session, "B2", FEBRUARY, 90_000)


def billed(url, **how):
    sessions = database.sessions(url)
    settle_town(sessions)
    when = {"today": FEBRUARY, "now": at(FEBRUARY)}
    made = run.bill(sessions, cycle=None, until=FEBRUARY, by=CLERK, **when, **how)
    run.issue(sessions, made.run_id, by=CHIEF, **when, chunk=how["chunk"])
    with sessions() as session:
        digest = books.books_digest(session)
    database.engine_of(sessions).dispose()
    return made.billed, made.parked, made.held, digest


@pytest.mark.slow
def test_the_books_are_the_same_for_any_number_of_workers_and_size_of_chunks(
    database_kind, request
):
    new = request.getfixturevalue(f"new_{database_kind}")
    with new() as url:
        alone = billed(url, workers=1, chunk=1_000)
    assert alone[:3] == (13, 1, 1)

    for workers, chunk in WAYS:
        with new() as url:
            assert billed(url, workers=workers, chunk=chunk) == alone


@pytest.mark.slow
def test_a_bill_that_is_cancelled_after_a_worker_looked_is_billed_anew(database_kind, request):
    new = request.getfixturevalue(f"new_{database_kind}")
    with new() as url:
        sessions = database.sessions(url)
        town(sessions, A1=100, A2=200, A3=300)
        when = {"today": FEBRUARY, "now": at(FEBRUARY)}
        first = run.bill(sessions, cycle=None, until=FEBRUARY, by=CLERK, **when)
        run.issue(sessions, first.run_id, by=CHIEF, **when)
        with sessions.begin() as session:
            for number in ("A1", "A2", "A3"):
                read(session, number, MARCH, 400)
        with sessions() as session:
            wrong = store.bills(session, run_id=first.run_id)[-1].number

        def cancels(done, _):
            if done == 1:
                cancel(sessions, wrong)

        later = {"today": MARCH, "now": at(MARCH), "workers": 2, "chunk": 1}
        run.bill(sessions, cycle=None, until=MARCH, by=CLERK, progress=cancels, **later)

        with sessions() as session:
            heads = store.draft_heads(session, store.runs(session)[0].run_id)
            assert [one.period.start for one in heads] == [FEBRUARY, FEBRUARY, START]
        database.engine_of(sessions).dispose()


def test_no_worker_at_all_is_refused(sessions):
    town(sessions, A1=120)

    with pytest.raises(ValueError, match="at least one"):
        run.bill(
            sessions,
            cycle=None,
            until=FEBRUARY,
            by=CLERK,
            today=FEBRUARY,
            now=at(FEBRUARY),
            workers=0,
        )
