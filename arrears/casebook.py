"""The casebook: cases, their timelines, holds and conversions. `arrears.store` is its face."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, or_, select, update
from sqlalchemy.orm import Session

from arrears.case import Case, CaseEvent, Conversion, ConversionState, EventKind
from arrears.standing import Hold
from arrears.step import Step
from arrears.tables import CaseEventRow, CaseRow, ConversionRow, HoldRow
from config.database import add_rows, in_chunks, next_ids

_CASE = (
    CaseRow.id,
    CaseRow.account_id,
    CaseRow.opened_on,
    CaseRow.closed_on,
    CaseRow.policy_digest,
    CaseRow.collector,
)
_HOLD = (
    HoldRow.id,
    HoldRow.account_id,
    HoldRow.reason,
    HoldRow.note,
    HoldRow.owner,
    HoldRow.starts_on,
    HoldRow.ends_on,
    HoldRow.lifted_on,
)
_CONVERSION = (
    ConversionRow.id,
    ConversionRow.account_id,
    ConversionRow.step_id,
    ConversionRow.state,
    ConversionRow.approved_on,
    ConversionRow.agreed_on,
    ConversionRow.ended_on,
)
_CONVERSIONS = cast("Select[Any]", select(*_CONVERSION))


def open_cases(session: Session, account_ids: Collection[int] | None = None) -> dict[int, Case]:
    """Return the open case of each account that has one."""
    found: dict[int, Case] = {}
    query = select(CaseRow).where(CaseRow.closed_on.is_(None)).order_by(CaseRow.account_id)
    for some in _chunks(account_ids):
        wanted = query if some is None else query.where(CaseRow.account_id.in_(some))
        for row in session.execute(wanted.with_only_columns(*_CASE)):
            found[row.account_id] = Case(*row)
    return found


def cases(session: Session, account_id: int) -> list[Case]:
    """Return the cases an account ever had, the newest first."""
    query = select(*_CASE).where(CaseRow.account_id == account_id).order_by(CaseRow.id.desc())
    return [Case(*row) for row in session.execute(query)]


def add_cases(
    session: Session, account_ids: Sequence[int], *, opened_on: date, policy_digest: str
) -> dict[int, int]:
    """Open a case for each of the accounts, and return its id by account."""
    ids = next_ids(session, CaseRow, len(account_ids))
    by_account = dict(zip(account_ids, ids, strict=True))
    add_rows(
        session,
        CaseRow,
        [
            {
                "id": case_id,
                "account_id": account_id,
                "opened_on": opened_on,
                "closed_on": None,
                "policy_digest": policy_digest,
            }
            for account_id, case_id in by_account.items()
        ],
    )
    return by_account


def close_cases(session: Session, case_ids: Collection[int], *, on: date) -> None:
    """Close the cases: nothing is overdue any more."""
    for some in in_chunks(sorted(case_ids)):
        session.execute(update(CaseRow).where(CaseRow.id.in_(some)).values(closed_on=on))


def add_events(session: Session, events: Iterable[CaseEvent]) -> None:
    """Add to the timelines of cases."""
    add_rows(
        session,
        CaseEventRow,
        [
            {
                "case_id": event.case_id,
                "happened_on": event.happened_on,
                "at": event.at,
                "by": event.by,
                "kind": event.kind,
                "step_id": event.step_id,
                "facts": event.facts,
            }
            for event in events
        ],
    )


def timeline(session: Session, account_id: int) -> list[CaseEvent]:
    """Return everything that happened in an account's cases, the newest first."""
    query = (
        select(CaseEventRow)
        .join(CaseRow, CaseRow.id == CaseEventRow.case_id)
        .where(CaseRow.account_id == account_id)
        .order_by(CaseEventRow.id.desc())
    )
    return [
        CaseEvent(
            row.case_id,
            row.happened_on,
            row.at,
            row.by,
            EventKind(row.kind),
            row.step_id,
            row.facts,
        )
        for row in session.scalars(query)
    ]


def holds(
    session: Session, account_ids: Collection[int] | None, *, on: date
) -> dict[int, list[Hold]]:
    """Return the holds that are on for each account that has one."""
    found: dict[int, list[Hold]] = {}
    for some in _chunks(account_ids):
        query = select(*_HOLD).where(is_on_hold(on)).order_by(HoldRow.id)
        if some is not None:
            query = query.where(HoldRow.account_id.in_(some))
        for row in session.execute(query):
            found.setdefault(row.account_id, []).append(Hold(*row))
    return found


def holds_of(session: Session, account_id: int) -> list[Hold]:
    """Return every hold an account ever had, the newest first."""
    query = select(*_HOLD).where(HoldRow.account_id == account_id).order_by(HoldRow.id.desc())
    return [Hold(*row) for row in session.execute(query)]


def holds_ever(session: Session, account_ids: Collection[int]) -> dict[int, list[Hold]]:
    """Return every hold that each of the accounts ever had, the oldest first."""
    found: dict[int, list[Hold]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = select(*_HOLD).where(HoldRow.account_id.in_(some)).order_by(HoldRow.id)
        for row in session.execute(query):
            found.setdefault(row.account_id, []).append(Hold(*row))
    return found


def add_hold(session: Session, hold: Hold, *, by: str, now: datetime) -> int:
    """Leave an account alone for a while, and return the hold's id."""
    row = HoldRow(
        account_id=hold.account_id,
        reason=hold.reason,
        note=hold.note,
        owner=hold.owner,
        starts_on=hold.starts_on,
        ends_on=hold.ends_on,
        placed_by=by,
        placed_at=now,
        lifted_on=None,
        lifted_by=None,
    )
    session.add(row)
    session.flush()
    return row.id


def lift_hold(session: Session, hold_id: int, *, by: str, on: date) -> Hold | None:
    """End a hold before its day, and return it; none if it isn't there or has been lifted."""
    row = session.get(HoldRow, hold_id, populate_existing=True)
    if row is None or row.lifted_on is not None:
        return None
    row.lifted_on, row.lifted_by = on, by
    session.flush()
    return next((h for h in holds_of(session, row.account_id) if h.id == hold_id), None)


def add_conversion(
    session: Session, step: Step, state: ConversionState, *, on: date, facts: Mapping[str, Any]
) -> int:
    """Begin an account's way to prepayment, and return its id."""
    row = ConversionRow(
        account_id=step.account_id,
        step_id=step.id,
        state=state,
        approved_on=on,
        agreed_on=None,
        ended_on=None,
        facts=dict(facts),
    )
    session.add(row)
    session.flush()
    return row.id


def conversions(
    session: Session,
    *,
    states: Collection[ConversionState] = tuple(ConversionState),
    account_ids: Collection[int] | None = None,
) -> list[Conversion]:
    """Return conversions in these states, of some accounts or of all, the newest first."""
    found: list[Conversion] = []
    for some in _chunks(account_ids):
        query = _CONVERSIONS.where(ConversionRow.state.in_(states))
        if some is not None:
            query = query.where(ConversionRow.account_id.in_(some))
        found += map(_conversion, session.execute(query))
    return sorted(found, key=lambda one: -one.id)


def find_conversion(session: Session, conversion_id: int) -> Conversion | None:
    """Return the conversion, or none."""
    rows = session.execute(_CONVERSIONS.where(ConversionRow.id == conversion_id))
    return next(map(_conversion, rows), None)


def move_conversion(
    session: Session, conversion_id: int, state: ConversionState, *, on: date
) -> None:
    """Move a conversion on; the day is kept as that of the agreement or of its end."""
    key = "agreed_on" if state is ConversionState.ORDERED else "ended_on"
    session.execute(
        update(ConversionRow)
        .where(ConversionRow.id == conversion_id)
        .values({"state": state, key: on})
    )


def is_on_hold(day: date) -> ColumnElement[bool]:
    """Return the condition that a hold is on, for queries of the room's own stores."""
    is_lifted = HoldRow.lifted_on <= day
    return (
        (HoldRow.starts_on <= day)
        & (HoldRow.ends_on >= day)
        & or_(HoldRow.lifted_on.is_(None), ~is_lifted)
    )


def _conversion(row: Row[Any]) -> Conversion:
    return Conversion(
        id=row.id,
        account_id=row.account_id,
        step_id=row.step_id,
        state=ConversionState(row.state),
        approved_on=row.approved_on,
        agreed_on=row.agreed_on,
        ended_on=row.ended_on,
    )


def _chunks(ids: Collection[int] | None) -> Iterable[Sequence[int] | None]:
    return [None] if ids is None else in_chunks(sorted(ids))
