"""The step book: what was decided, and where it stands. `arrears.store` is its face."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, Select, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from arrears.casebook import holds, is_on_hold
from arrears.step import MOVES, PENDING, SECURITY, TALKING, Step, StepKind, StepState
from arrears.tables import HoldRow, StepOrderRow, StepRow
from billing import books
from config.database import add_rows, in_chunks, next_ids, rows_of, with_ids

_STEP = (
    StepRow.id,
    StepRow.case_id,
    StepRow.account_id,
    StepRow.kind,
    StepRow.level,
    StepRow.proposed_on,
    StepRow.amount,
    StepRow.state,
    StepRow.posted_no,
    StepRow.policy_digest,
    StepRow.approval_id,
    StepRow.done_on,
    StepRow.served_on,
    StepRow.facts,
)
_WHOLE = cast("Select[Any]", select(*_STEP))
_LIGHT = cast("Select[Any]", select(*_STEP[:-1]))
_KINDS = {str(kind): kind for kind in StepKind}
_STATES = {str(state): state for state in StepState}
_THESE = _WHOLE.where(with_ids(StepRow.id)).order_by(StepRow.id)
_WAITING = _WHOLE.where(StepRow.state == StepState.PROPOSED, with_ids(StepRow.approval_id))
_OF_CASES = _LIGHT.where(with_ids(StepRow.case_id))
_SECURITY = _LIGHT.where(StepRow.kind.in_(SECURITY), with_ids(StepRow.account_id))


class WrongMoveError(Exception):
    """A step cannot move to the state it was told to; somebody else was quicker."""


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to be added, decided on the account's postings up to `posted_no`."""

    case_id: int
    account_id: int
    kind: StepKind
    level: str
    proposed_on: date
    amount: int
    state: StepState
    posted_no: int
    policy_digest: str
    facts: Mapping[str, Any]
    approval_id: int | None = None


def find_step(session: Session, step_id: int) -> Step | None:
    """Return the step, or none."""
    return steps(session, [step_id]).get(step_id)


def steps(session: Session, step_ids: Collection[int]) -> dict[int, Step]:
    """Return the steps with these ids."""
    return {row.id: _step(row) for row in rows_of(session, _THESE, step_ids)}


def steps_of(session: Session, account_id: int) -> list[Step]:
    """Return all steps of an account, the newest first."""
    query = _WHOLE.where(StepRow.account_id == account_id).order_by(StepRow.id.desc())
    return _steps(session, query)


def steps_of_approvals(session: Session, approval_ids: Collection[int]) -> dict[int, Step]:
    """Return by approval the pending steps that wait for these approvals."""
    return {row.approval_id: _step(row) for row in rows_of(session, _WAITING, approval_ids)}


def steps_in(
    session: Session, case_ids: Collection[int], account_ids: Collection[int]
) -> dict[int, list[Step]]:
    """
    Return by account the steps of the cases, and the accounts' security steps of any case.

    Their facts are left out: nothing is decided on them, and they are the bulk of a step.
    """
    found: dict[int, dict[int, Step]] = {}
    for query, ids in ((_OF_CASES, case_ids), (_SECURITY, account_ids)):
        for row in rows_of(session, query, ids):
            found.setdefault(row.account_id, {})[row.id] = _step(row)
    return {
        account_id: [by_id[step_id] for step_id in sorted(by_id)]
        for account_id, by_id in found.items()
    }


def pending_steps(
    session: Session, *, kinds: Collection[StepKind] = tuple(StepKind), limit: int | None = 500
) -> list[Step]:
    """Return steps that may still be carried out, the oldest first."""
    query = (
        _WHOLE.where(StepRow.state.in_(PENDING), StepRow.kind.in_(kinds))
        .order_by(StepRow.id)
        .limit(limit)
    )
    return _steps(session, query)


def add_steps(session: Session, new: Sequence[NewStep]) -> list[Step]:
    """Add steps and return them as they are kept."""
    ids = next_ids(session, StepRow, len(new))
    add_rows(
        session,
        StepRow,
        [
            {
                "id": step_id,
                "case_id": one.case_id,
                "account_id": one.account_id,
                "kind": one.kind,
                "level": one.level,
                "proposed_on": one.proposed_on,
                "amount": one.amount,
                "state": one.state,
                "posted_no": one.posted_no,
                "policy_digest": one.policy_digest,
                "approval_id": one.approval_id,
                "facts": one.facts,
            }
            for step_id, one in zip(ids, new, strict=True)
        ],
    )
    return list(steps(session, ids).values())


def mark(
    session: Session, step_ids: Collection[int], state: StepState, *, on: date | None = None
) -> None:
    """
    Move the steps to a state; `on` is the day they were done.

    :raises WrongMoveError: if one of them is not in a state that this one may follow.
    """
    assert (state is StepState.DONE) == (on is not None), "say on which day a step was done"
    before = [old for old, moves in MOVES.items() if state in moves]
    for some in in_chunks(sorted(step_ids)):
        changed = session.execute(
            update(StepRow)
            .where(StepRow.id.in_(some), StepRow.state.in_(before))
            .values(state=state, done_on=on)
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", changed).rowcount != len(some):
            raise WrongMoveError(_wrong_move(session, some, state))


def set_served(session: Session, step_id: int, *, served_on: date) -> None:
    """Keep the day on which a notice reached the customer with proof."""
    session.execute(update(StepRow).where(StepRow.id == step_id).values(served_on=served_on))


def refresh(session: Session, posted_no: Mapping[int, int]) -> None:
    """Say that the steps were looked at again on the account's postings up to a number."""
    if not posted_no:
        return
    session.connection().execute(
        update(cast("Table", StepRow.__table__))
        .where(StepRow.id == bindparam("step"))
        .values(posted_no=bindparam("number")),
        [{"step": step_id, "number": number} for step_id, number in posted_no.items()],
    )
    for some in in_chunks(sorted(posted_no)):
        session.execute(
            update(StepRow)
            .where(StepRow.id.in_(some), StepRow.state == StepState.STALE)
            .values(state=StepState.APPROVED)
        )


def ready_steps(
    session: Session, *, kinds: Collection[StepKind], limit: int, today: date
) -> list[Step]:
    """
    Return steps that may be carried out now, the oldest first, and hold their accounts' rows.

    What is on hold stays out, unless its policy lets it go on under such a hold. A step whose
    account had a posting since it was last looked at becomes stale and stays out, until
    `review.reassess` has looked at it again.
    """
    resting = select(HoldRow.account_id).where(is_on_hold(today))
    query = _WHOLE.where(StepRow.state == StepState.APPROVED, StepRow.kind.in_(kinds))
    free = query.where(StepRow.account_id.not_in(resting)).order_by(StepRow.id).limit(limit)
    found = _steps(session, free) + _borne(session, query, resting, kinds, today)
    found = sorted(found, key=lambda step: step.id)[:limit]
    posted = books.lock_accounts(session, {step.account_id for step in found})
    stale = [step.id for step in found if posted[step.account_id] != step.posted_no]
    mark(session, stale, StepState.STALE)
    return [step for step in found if posted[step.account_id] == step.posted_no]


def _borne(
    session: Session,
    query: Select[Any],
    resting: Select[Any],
    kinds: Collection[StepKind],
    today: date,
) -> list[Step]:
    """Return the steps of accounts on hold that go out all the same: few, and they only talk."""
    if not TALKING & set(kinds):
        return []
    found = _steps(session, query.where(StepRow.account_id.in_(resting)))
    on = holds(session, {step.account_id for step in found}, on=today)
    return [step for step in found if step.bears(one.reason for one in on[step.account_id])]


def stale_accounts(session: Session) -> list[int]:
    """Return the accounts that have a stale step and so have to be looked at again."""
    query = select(StepRow.account_id).where(StepRow.state == StepState.STALE).distinct()
    return sorted(session.scalars(query))


def count_steps(session: Session) -> dict[tuple[StepKind, StepState], int]:
    """Return how many steps of each kind stand in each state."""
    query = select(StepRow.kind, StepRow.state, func.count()).group_by(StepRow.kind, StepRow.state)
    return {(StepKind(kind), StepState(state)): n for kind, state, n in session.execute(query)}


def add_step_orders(session: Session, orders: Iterable[tuple[int, int]]) -> None:
    """Keep which orders to the meter carry out which step: pairs of step and order."""
    add_rows(
        session,
        StepOrderRow,
        [{"step_id": step_id, "order_id": order_id} for step_id, order_id in orders],
    )


def orders_of(session: Session, step_ids: Collection[int]) -> dict[int, list[int]]:
    """Return by step the orders to the meter that carry it out."""
    found: dict[int, list[int]] = {}
    for some in in_chunks(sorted(step_ids)):
        query = select(StepOrderRow.step_id, StepOrderRow.order_id)
        for step_id, order_id in session.execute(query.where(StepOrderRow.step_id.in_(some))):
            found.setdefault(step_id, []).append(order_id)
    return found


def _steps(session: Session, query: Select[Any]) -> list[Step]:
    return [_step(row) for row in session.execute(query)]


def _step(row: Any) -> Step:
    """Return the step of a row that has the columns `_STEP`, with or without the facts."""
    id_, case_id, account_id, kind, level, proposed_on, amount, state, *rest = row
    return Step(
        id_,
        case_id,
        account_id,
        _KINDS[kind],
        level,
        proposed_on,
        amount,
        _STATES[state],
        *rest,
    )


def _wrong_move(session: Session, step_ids: Sequence[int], state: StepState) -> str:
    query = _WHOLE.where(StepRow.id.in_(step_ids)).order_by(StepRow.id)
    before = {old for old, moves in MOVES.items() if state in moves}
    stuck = [step for step in _steps(session, query) if step.state not in before]
    said = (f"step {step.id} ({step.kind}) is {step.state}" for step in stuck)
    return f"{'; '.join(said) or 'a step is missing'}; it cannot become {state} any more"
