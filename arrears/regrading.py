"""Who is to be assessed on a day, and doing it: workers measure, and only the review writes."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from datetime import date, timedelta
from functools import cache, partial

from sqlalchemy.orm import Session, sessionmaker

from arrears import runs, store
from arrears.assessing import assessed
from arrears.rules import InForce, in_force
from arrears.runs import Run
from arrears.switches import When
from billing import books
from billing import store as master
from config import database
from config.database import in_chunks, reading
from config.workers import Here, in_order

LOOK_BACK = timedelta(days=92)
"""A review looks so far back for what happened since the one before it, should some be missed."""
Reasons = Mapping[int, str]
"""Why each customer of a chunk is assessed."""
Grade = Callable[[Reasons], list[store.NewGrading]]
"""Assesses a chunk of customers; nothing is written."""


def due(session: Session, assessed_to: int, today: date) -> dict[int, str]:
    """
    Return which customers are to be assessed today, and why.

    :param assessed_to: the newest account there was when everybody who had none was last graded.
    """
    reasons = dict.fromkeys(store.due_for_assessment(session, on=today), "calendar")
    reasons |= _events(session, today)
    customers = master.customers_since(session, assessed_to)
    return reasons | dict.fromkeys(customers - store.graded(session, customers), "first")


def _events(session: Session, today: date) -> dict[int, str]:
    """Return the customers of whom something became known since they were assessed, and what."""
    since = today - LOOK_BACK
    found = dict.fromkeys(_in_time_after_all(session, since, today), "paid_in_time")
    found |= dict.fromkeys(
        _owners(session, store.broken_since(session, since), today), "promise_broken"
    )
    found |= dict.fromkeys(
        _owners(session, books.returned_since(session, since), today), "payment_returned"
    )
    return found | dict.fromkeys(store.struck_since(session, today=today), "file_changed")


def _in_time_after_all(session: Session, since: date, today: date) -> set[int]:
    """
    Return the customers who were assessed as late payers of bills that had been paid in time.

    The money counted from the due day or before, and the books heard of it after the assessment.
    """
    assessed_on = store.assessed_in_arrears(session, since, today)
    by_customer = master.accounts_of(session, assessed_on)
    owners = {key: one for one, some in by_customer.items() for key in some}
    heard = books.paid_in_time_after_all(session, owners, since=since)
    return {
        owners[account_id]
        for account_id, due_on, posted_on in heard
        if due_on < assessed_on[owners[account_id]] <= posted_on
    }


def _owners(session: Session, days: Mapping[int, date], today: date) -> set[int]:
    """Return the customers of accounts to whom something happened since they were assessed."""
    newest: dict[int, date] = {}
    for one in master.accounts(session, days).values():
        day = days[one.id]
        newest[one.customer_id] = max(day, newest.get(one.customer_id, day))
    return store.assessed_by(session, newest, today=today)


def assess_due(
    sessions: sessionmaker[Session],
    run: Run,
    rules: InForce,
    when: When,
    chunk: int,
    *,
    executor: Executor,
    ahead: int,
) -> None:
    """Assess who is new and whose assessment is due, a chunk of customers at a time."""
    with reading(sessions) as session:
        reasons = due(session, run.assessed_to, when.today)
    grade = _grading(executor, sessions, rules, when.today)
    for _, new in in_order(executor, grade, _in_chunks(reasons, chunk), ahead=ahead):
        with sessions.begin() as session:
            store.add_assessments(session, new)
            runs.count(session, run.id, assessed=len(new))


def _in_chunks(reasons: Reasons, chunk: int) -> Iterator[Reasons]:
    for some in in_chunks(sorted(reasons), chunk):
        yield {one: reasons[one] for one in some}


def _grading(
    executor: Executor, sessions: sessionmaker[Session], rules: InForce, today: date
) -> Grade:
    """
    Return what an executor's workers do with a chunk.

    Other processes are told where the database is and look up the rules for themselves, once.
    """
    if isinstance(executor, Here):
        return partial(_grade, sessions, rules, today)
    url = database.engine_of(sessions).url.render_as_string(hide_password=False)
    return partial(_grade_elsewhere, url, today)


def _grade(
    sessions: sessionmaker[Session], rules: InForce, today: date, reasons: Reasons
) -> list[store.NewGrading]:
    with reading(sessions) as session:
        return assessed(session, reasons, rules, today=today)


def _grade_elsewhere(url: str, today: date, reasons: Reasons) -> list[store.NewGrading]:
    sessions, rules = _house(url, today)
    return _grade(sessions, rules, today, reasons)


@cache
def _house(url: str, today: date) -> tuple[sessionmaker[Session], InForce]:
    sessions = database.sessions(url)
    with reading(sessions) as session:
        return sessions, in_force(session, today)
