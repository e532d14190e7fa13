"""The last look before a notice goes out: is what it says still true, at this very moment?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from arrears import freshness
from arrears import store as casebook
from arrears.case import CaseEvent, EventKind
from arrears.standing import Hold
from arrears.step import Step, StepKind, StepState
from billing import books
from notices import store
from notices.outbox import State
from notices.record import Queued, StepRef


@dataclass(frozen=True, slots=True)
class Sorted:
    """
    Outbox rows that wait, held until the transaction ends, sorted by whether they may go out.

    `live` may, `resting` must wait (a hold, or late payments), `gone` were cancelled: paid, or
    decided anew.
    """

    live: tuple[Queued, ...]
    resting: tuple[Queued, ...]
    gone: tuple[Queued, ...]


def hold(session: Session, outbox_ids: Sequence[int]) -> list[Queued]:
    """Hold the accounts first and their rows then, the one order in which nobody deadlocks."""
    refs = store.steps_of(session, {row.notice_id for row in store.peek(session, outbox_ids)})
    books.lock_accounts(session, {ref.account_id for some in refs.values() for ref in some})
    return store.held(session, outbox_ids)


def sort_out(session: Session, outbox_ids: Sequence[int], *, today: date, now: datetime) -> Sorted:
    """
    Hold the accounts and the rows, look whether each notice is still right, cancel what isn't.

    A step whose account had a posting since becomes stale, so that arrears look at it again.
    """
    refs = store.steps_of(session, {row.notice_id for row in store.peek(session, outbox_ids)})
    account_ids = {ref.account_id for some in refs.values() for ref in some}
    posted = books.lock_accounts(session, account_ids)
    rows = [row for row in store.held(session, outbox_ids) if row.state is State.QUEUED]
    steps = casebook.steps(session, {ref.step_id for some in refs.values() for ref in some})
    charges = books.open_charges(session, account_ids, as_of=today)
    owing = {key for key, some in charges.items() if any(one.due_on < today for one in some)}
    coming = {key for key, some in charges.items() if any(one.due_on >= today for one in some)}
    holds = casebook.holds(session, account_ids, on=today)
    # Money may be on its way that nobody here knows of.
    is_late = bool(freshness.late_sources(session, today=today, now=now))
    live, resting, gone = [], [], {}
    for row in rows:
        own = refs[row.notice_id]
        reason = _why_not(own, steps, posted, owing, coming)
        if reason is not None:
            gone[row] = reason
        elif is_late or any(_rests(steps[ref.step_id], holds) for ref in own):
            resting.append(row)
        else:
            live.append(row)
    _cancel(session, gone, refs, steps, posted, now)
    return Sorted(tuple(live), tuple(resting), tuple(gone))


def _rests(step: Step, holds: Mapping[int, Sequence[Hold]]) -> bool:
    """Test whether a hold keeps a step back that its policy doesn't let go on under it."""
    return not step.bears(one.reason for one in holds.get(step.account_id, ()))


def _why_not(
    refs: Sequence[StepRef],
    steps: Mapping[int, Step],
    posted: Mapping[int, int],
    owing: Collection[int],
    coming: Collection[int],
) -> str | None:
    """Return why a notice may not go out any more, or none if it may."""
    for ref in refs:
        step = steps[ref.step_id]
        # A step that is done stands behind a letter that follows a message nobody got.
        if step.state not in (StepState.APPROVED, StepState.DONE):
            return f"the step is {step.state}"
        if posted[ref.account_id] != ref.posted_no:
            return "something was posted since it was written"
        if step.kind is StepKind.COURTESY_REMINDER:
            if ref.account_id not in coming:
                return "nothing falls due any more"
        elif ref.account_id not in owing:
            return "nothing is overdue any more"
    return None


def _cancel(
    session: Session,
    gone: Mapping[Queued, str],
    refs: Mapping[int, Sequence[StepRef]],
    steps: Mapping[int, Step],
    posted: Mapping[int, int],
    now: datetime,
) -> None:
    for reason in sorted(set(gone.values())):
        ids = [row.outbox_id for row, why in gone.items() if why == reason]
        store.move(session, ids, State.CANCELLED, said=reason, now=now)
    stale = {
        ref.step_id
        for row in gone
        for ref in refs[row.notice_id]
        if steps[ref.step_id].state is StepState.APPROVED
        and posted[ref.account_id] != steps[ref.step_id].posted_no
    }
    casebook.mark(session, stale, StepState.STALE)


def mark_done(
    session: Session, notice_ids: Collection[int], *, by: str, today: date, now: datetime
) -> None:
    """
    Say that the steps behind notices were done today: their customers have been told.

    The accounts are held already (`hold`): a payment that is being posted would withdraw a step
    between its reading and this. One that was withdrawn before stays so; what was told is kept.
    """
    numbers = store.numbers(session, notice_ids)
    refs = store.steps_of(session, notice_ids)
    steps = casebook.steps(session, {ref.step_id for some in refs.values() for ref in some})
    approved = {
        step.id: numbers[notice_id]
        for notice_id, own in refs.items()
        for step in (steps[ref.step_id] for ref in own)
        if step.state is StepState.APPROVED
    }
    casebook.mark(session, approved, StepState.DONE, on=today)
    events = []
    for step_id, number in sorted(approved.items()):
        facts = {"notice": number}
        case_id = steps[step_id].case_id
        events.append(CaseEvent(case_id, today, now, by, EventKind.DONE, step_id, facts))
    casebook.add_events(session, events)
