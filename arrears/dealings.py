"""What people and customers agreed in cases: duties, disputes, promises, and who looks after whom.

`arrears.store` is its face.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from arrears.case import Case, Dispute, DisputeState, Promise, PromiseState
from arrears.casebook import open_cases
from arrears.standing import DutyDone
from arrears.tables import CaseRow, DisputeRow, DutyDoneRow, HoldRow, PromiseRow
from config.database import among, in_chunks
from config.law import DutyKind


def add_duty(
    session: Session,
    case_id: int,
    kind: DutyKind,
    *,
    done_on: date,
    note: str,
    by: str,
    now: datetime,
) -> None:
    """Keep that a duty toward a customer was done on a day."""
    session.add(
        DutyDoneRow(case_id=case_id, kind=kind, done_on=done_on, note=note, done_by=by, done_at=now)
    )
    session.flush()


def duties_done(session: Session, case_ids: Collection[int]) -> dict[int, list[DutyDone]]:
    """Return by case the duties that were done, oldest first."""
    found: dict[int, list[DutyDone]] = {}
    for some in in_chunks(sorted(case_ids)):
        query = select(DutyDoneRow.case_id, DutyDoneRow.kind, DutyDoneRow.done_on)
        query = query.where(DutyDoneRow.case_id.in_(some))
        for case_id, kind, on in session.execute(query.order_by(DutyDoneRow.done_on)):
            found.setdefault(case_id, []).append(DutyDone(DutyKind(kind), on))
    return found


def add_dispute(session: Session, dispute: Dispute, *, by: str) -> int:
    """Keep that a charge is disputed, and return the dispute's number."""
    row = DisputeRow(
        account_id=dispute.account_id,
        charge_id=dispute.charge_id,
        note=dispute.note,
        owner=dispute.owner,
        opened_on=dispute.opened_on,
        opened_by=by,
        ends_on=dispute.ends_on,
        state=DisputeState.OPEN,
        settled_on=None,
        settled_by=None,
    )
    session.add(row)
    session.flush()
    return row.id


def settle_dispute(
    session: Session, dispute_id: int, state: DisputeState, *, by: str, on: date
) -> Dispute | None:
    """Move an open dispute to its end, and return it; none if it isn't there or isn't open."""
    changed = session.execute(
        update(DisputeRow)
        .where(DisputeRow.id == dispute_id, DisputeRow.state == DisputeState.OPEN)
        .values(state=state, settled_on=on, settled_by=by)
    )
    if not cast("CursorResult[Any]", changed).rowcount:
        return None
    row = session.get_one(DisputeRow, dispute_id, populate_existing=True)
    return _dispute(row)


def disputes_of(session: Session, account_id: int) -> list[Dispute]:
    """Return every dispute an account ever had, the newest first."""
    query = select(DisputeRow).where(DisputeRow.account_id == account_id)
    return [_dispute(row) for row in session.scalars(query.order_by(DisputeRow.id.desc()))]


def open_disputes(
    session: Session, account_ids: Collection[int] | None = None
) -> dict[int, list[Dispute]]:
    """Return by account the disputes that are open, also those whose last day has gone by."""
    found: dict[int, list[Dispute]] = {}
    chunks = [None] if account_ids is None else in_chunks(sorted(account_ids))
    for some in chunks:
        query = select(DisputeRow).where(DisputeRow.state == DisputeState.OPEN)
        if some is not None:
            query = query.where(DisputeRow.account_id.in_(some))
        for row in session.scalars(query.order_by(DisputeRow.id)):
            found.setdefault(row.account_id, []).append(_dispute(row))
    return found


def resting_charges(
    session: Session, account_ids: Collection[int], *, on: date
) -> dict[int, dict[int, DisputeState]]:
    """
    Return by account the charges that lead to no step on a day, and how their dispute stands.

    Those are in dispute, or the customer was right about them and they are to be corrected.
    """
    found: dict[int, dict[int, DisputeState]] = {}
    columns = (DisputeRow.account_id, DisputeRow.charge_id, DisputeRow.state)
    is_on = (DisputeRow.state == DisputeState.OPEN) & (DisputeRow.ends_on >= on)
    for some in in_chunks(sorted(account_ids)):
        query = select(*columns).where(
            DisputeRow.account_id.in_(some), or_(is_on, DisputeRow.state == DisputeState.UPHELD)
        )
        for account_id, charge_id, state in session.execute(query):
            found.setdefault(account_id, {})[charge_id] = DisputeState(state)
    return found


def add_promise(session: Session, promise: Promise, *, case_id: int | None, by: str) -> int:
    """Keep a promise to pay, and return its number."""
    row = PromiseRow(
        account_id=promise.account_id,
        case_id=case_id,
        amount=promise.amount,
        owed=promise.owed,
        made_on=promise.made_on,
        made_by=by,
        due_on=promise.due_on,
        hold_id=promise.hold_id,
        owner=promise.owner,
        state=PromiseState.OPEN,
        settled_on=None,
    )
    session.add(row)
    session.flush()
    return row.id


def settle_promise(session: Session, promise_id: int, state: PromiseState, *, on: date) -> None:
    """Say what an open promise has come to."""
    session.execute(
        update(PromiseRow)
        .where(PromiseRow.id == promise_id, PromiseRow.state == PromiseState.OPEN)
        .values(state=state, settled_on=on)
    )


def promises_of(session: Session, account_id: int) -> list[Promise]:
    """Return every promise a customer gave for an account, the newest first."""
    query = select(PromiseRow).where(PromiseRow.account_id == account_id)
    return [_promise(row) for row in session.scalars(query.order_by(PromiseRow.id.desc()))]


def open_promises(
    session: Session, account_ids: Collection[int] | None = None
) -> dict[int, Promise]:
    """Return by account the promise that is open."""
    found: dict[int, Promise] = {}
    chunks = [None] if account_ids is None else in_chunks(sorted(account_ids))
    for some in chunks:
        query = select(PromiseRow).where(PromiseRow.state == PromiseState.OPEN)
        if some is not None:
            query = query.where(PromiseRow.account_id.in_(some))
        found |= {row.account_id: _promise(row) for row in session.scalars(query)}
    return found


def broken_promises(session: Session, case_id: int) -> int:
    """Return how many promises were broken in a case."""
    query = select(PromiseRow.id).where(
        PromiseRow.case_id == case_id, PromiseRow.state == PromiseState.BROKEN
    )
    return len(session.scalars(query).all())


def broken_on(
    session: Session, account_ids: Collection[int], *, until: date
) -> dict[int, list[date]]:
    """Return the days up to one on which promises of each account were broken."""
    found: dict[int, list[date]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = select(PromiseRow.account_id, PromiseRow.settled_on).where(
            among(PromiseRow.account_id, some),
            PromiseRow.state == PromiseState.BROKEN,
            PromiseRow.settled_on <= until,
        )
        for account_id, day in session.execute(query.order_by(PromiseRow.id)):
            if day is not None:
                found.setdefault(account_id, []).append(day)
    return found


def broken_since(session: Session, since: date) -> dict[int, date]:
    """Return the newest day, from one on, on which a promise of each account was broken."""
    query = (
        select(PromiseRow.account_id, func.max(PromiseRow.settled_on))
        .where(PromiseRow.state == PromiseState.BROKEN, PromiseRow.settled_on >= since)
        .group_by(PromiseRow.account_id)
    )
    return {account_id: day for account_id, day in session.execute(query) if day is not None}


def cases_of_collector(session: Session, collector: str | None) -> list[Case]:
    """Return the open cases of a collector, or those that nobody looks after, in order."""
    cases = open_cases(session).values()
    return sorted((one for one in cases if one.collector == collector), key=lambda one: one.id)


def collectors_of(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    """Return who looks after the newest case of each account, if anybody does."""
    found: dict[int, str] = {}
    for some in in_chunks(sorted(account_ids)):
        query = select(CaseRow.account_id, CaseRow.collector).where(
            CaseRow.account_id.in_(some), CaseRow.collector.is_not(None)
        )
        rows = session.execute(query.order_by(CaseRow.id))
        found |= {account_id: collector for account_id, collector in rows if collector}
    return found


def set_collector(session: Session, case_ids: Sequence[int], collector: str) -> None:
    """Let a collector look after cases from now on."""
    for some in in_chunks(sorted(case_ids)):
        session.execute(update(CaseRow).where(CaseRow.id.in_(some)).values(collector=collector))


def hand_over_ownership(session: Session, old: str, new: str, *, today: date) -> int:
    """Let another person answer for a person's holds, disputes and promises; return how many."""
    count = 0
    holds = (HoldRow.owner == old, HoldRow.ends_on >= today, HoldRow.lifted_on.is_(None))
    disputes = (DisputeRow.owner == old, DisputeRow.state == DisputeState.OPEN)
    promises = (PromiseRow.owner == old, PromiseRow.state == PromiseState.OPEN)
    for table, wanted in ((HoldRow, holds), (DisputeRow, disputes), (PromiseRow, promises)):
        changed = session.execute(update(table).where(*wanted).values(owner=new))
        count += cast("CursorResult[Any]", changed).rowcount
    return count


def _dispute(row: DisputeRow) -> Dispute:
    return Dispute(
        id=row.id,
        account_id=row.account_id,
        charge_id=row.charge_id,
        note=row.note,
        owner=row.owner,
        opened_on=row.opened_on,
        ends_on=row.ends_on,
        state=DisputeState(row.state),
        settled_on=row.settled_on,
    )


def _promise(row: PromiseRow) -> Promise:
    return Promise(
        id=row.id,
        account_id=row.account_id,
        amount=row.amount,
        owed=row.owed,
        made_on=row.made_on,
        due_on=row.due_on,
        hold_id=row.hold_id,
        owner=row.owner,
        state=PromiseState(row.state),
        settled_on=row.settled_on,
    )
