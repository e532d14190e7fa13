"""Visits and what else is done in person: a collector, a lawyer says what came of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session, sessionmaker

from arrears import review, store
from arrears.carrying import event
from arrears.case import EventKind
from arrears.step import IN_PERSON, Step, StepState
from arrears.switches import When


class VisitOutcome(StrEnum):
    """What came of a visit."""

    PAID = "paid"
    PROMISED = "promised"
    REFUSED = "refused"
    NOBODY_THERE = "nobody_there"
    MOVED = "moved"


class NoVisitError(Exception):
    """There is no such visit to make; the message says why."""


def made(
    sessions: sessionmaker[Session],
    step_id: int,
    *,
    outcome: VisitOutcome,
    note: str,
    by: str,
    today: date,
    now: datetime,
    promised_on: date | None = None,
) -> Step:
    """
    Record a visit, or another step done in person, that was made today.

    A visit counts as having urged the customer to pay; a second notice as having told them again.

    If a payment has ended it meanwhile, it comes back withdrawn and counts for nothing.

    :raises NoVisitError: if no such visit waits, or a promise names no day to come.
    """
    when = When(today, now, by)
    if outcome is VisitOutcome.PROMISED and (promised_on is None or promised_on < today):
        raise NoVisitError(f"step {step_id}: say on which day to come payment was promised")
    with sessions.begin() as session:
        step = store.find_step(session, step_id)
        if step is None or step.kind not in IN_PERSON or not step.is_pending:
            state = "there is none" if step is None else f"{step.kind} is {step.state}"
            raise NoVisitError(f"step {step_id}: {state}; only a visit that waits can be made")
        review.look_at(session, [step.account_id], when)
        step = store.steps(session, [step_id])[step_id]
        if step.state is StepState.APPROVED:
            store.mark(session, [step_id], StepState.DONE, on=today)
            facts = {"outcome": outcome, "note": note, "promised_on": promised_on}
            store.add_events(session, [event(step, EventKind.DONE, when, facts)])
        return store.steps(session, [step_id])[step_id]
