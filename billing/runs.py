"""The billing room's rows of runs: which accounts they bill, and how far they have come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from billing.bill import Draft, IssuedBill, RunState
from billing.outcome import RunReport
from billing.tables import AccountRow, BillRow, BillRunRow, HeldBillRow, SupplyRow
from config.database import among, in_chunks


class OvertakenError(Exception):
    """A run has been brought further by somebody else."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A run's report, and the last account whose bills are drawn up or issued."""

    report: RunReport
    drawn_up_to: int
    issued_to: int


def begin_run(
    session: Session, *, cycle: str | None, until: date, by: str, on: date, now: datetime
) -> Progress:
    """Return the run of the cycle and day that isn't drawn up yet, or a new one."""
    query = select(BillRunRow).where(
        BillRunRow.until == until,
        BillRunRow.state == RunState.DRAWING_UP,
        BillRunRow.cycle.is_(None) if cycle is None else BillRunRow.cycle == cycle,
    )
    row = session.scalars(query).first()
    if row is None:
        before = select(func.count()).select_from(BillRunRow).where(BillRunRow.until == until)
        row = BillRunRow(
            code=f"{until:%Y%m%d}{1 + (session.scalar(before) or 0):02d}",
            cycle=cycle,
            until=until,
            state=RunState.DRAWING_UP,
            drawn_up_to=0,
            issued_to=0,
            eligible=0,
            billed=0,
            parked=0,
            amount=0,
            issued=0,
            issued_amount=0,
            started_by=by,
            started_on=on,
            started_at=now,
            issued_by=None,
            issued_on=None,
        )
        session.add(row)
        session.flush()
    return _progress(session, row)


def find_run(session: Session, run_id: int) -> Progress | None:
    """Return how far a run has come, or none if there is no such run."""
    row = session.get(BillRunRow, run_id, populate_existing=True)
    return None if row is None else _progress(session, row)


def find_run_by_code(session: Session, code: str) -> RunReport | None:
    """Return the run that has a code, or none."""
    row = session.scalars(select(BillRunRow).where(BillRunRow.code == code)).first()
    return None if row is None else _progress(session, row).report


def runs(session: Session, *, limit: int = 100) -> list[RunReport]:
    """Return the newest runs, the newest first."""
    query = select(BillRunRow).order_by(BillRunRow.id.desc()).limit(limit)
    return [_progress(session, row).report for row in session.scalars(query)]


def accounts_to_bill(session: Session, *, after: int, until: date, limit: int) -> list[int]:
    """Return the next accounts in order that had been opened before a day."""
    query = (
        select(AccountRow.id)
        .where(AccountRow.id > after, AccountRow.opened_on < until)
        .order_by(AccountRow.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def count_accounts(session: Session, *, until: date, after: int = 0) -> int:
    """Return how many accounts come after one and had been opened before a day."""
    query = (
        select(func.count())
        .select_from(AccountRow)
        .where(AccountRow.id > after, AccountRow.opened_on < until)
    )
    return session.scalar(query) or 0


def accounts_at(session: Session, point_ids: Collection[int]) -> list[int]:
    """Return the accounts that have or had a supply at one of the service points, in order."""
    found: set[int] = set()
    for some in in_chunks(sorted(point_ids)):
        query = select(SupplyRow.account_id).where(among(SupplyRow.service_point_id, some))
        found.update(session.scalars(query))
    return sorted(found)


def advance(
    session: Session, run_id: int, *, since: int, to: int, drafts: Sequence[Draft], parked: int
) -> None:
    """
    Note that the bills of the accounts after one, up to another, are drawn up.

    :raises OvertakenError: if somebody else has brought the run further meanwhile.
    """
    _move(
        session,
        run_id,
        BillRunRow.drawn_up_to == since,
        drawn_up_to=to,
        eligible=BillRunRow.eligible + len(drafts) + parked,
        billed=BillRunRow.billed + len(drafts),
        parked=BillRunRow.parked + parked,
        amount=BillRunRow.amount + sum(draft.amount for draft in drafts),
    )


def count_issues(
    session: Session, run_id: int, *, since: int, to: int, bills: Sequence[IssuedBill]
) -> None:
    """
    Note that the bills of the accounts after one, up to another, are issued.

    :raises OvertakenError: if somebody else has brought the run further meanwhile.
    """
    _move(
        session,
        run_id,
        BillRunRow.issued_to == since,
        issued_to=to,
        issued=BillRunRow.issued + len(bills),
        issued_amount=BillRunRow.issued_amount + sum(bill.amount for bill in bills),
    )


def _move(session: Session, run_id: int, expected: ColumnElement[bool], **values: Any) -> None:
    moved = session.execute(
        update(BillRunRow)
        .where(BillRunRow.id == run_id, expected)
        .values(values)
        .returning(BillRunRow.id)
        .execution_options(synchronize_session=False)
    )
    if moved.first() is None:
        raise OvertakenError(f"run {run_id} was brought further by somebody else; look again")


def set_state(session: Session, run_id: int, state: RunState) -> None:
    """Move a run on to a state."""
    session.execute(
        update(BillRunRow)
        .where(BillRunRow.id == run_id)
        .values(state=state)
        .execution_options(synchronize_session=False)
    )


def begin_issue(session: Session, run_id: int, *, by: str, on: date) -> None:
    """Note who issues a run and on which day, and begin with its first account."""
    session.execute(
        update(BillRunRow)
        .where(BillRunRow.id == run_id)
        .values(state=RunState.ISSUING, issued_by=by, issued_on=on, issued_to=0)
        .execution_options(synchronize_session=False)
    )


def _progress(session: Session, row: BillRunRow) -> Progress:
    waiting = (
        select(func.count())
        .select_from(HeldBillRow)
        .join(BillRow, BillRow.id == HeldBillRow.bill_id)
        .where(BillRow.run_id == row.id, HeldBillRow.accepted_by.is_(None))
    )
    report = RunReport(
        run_id=row.id,
        code=row.code,
        cycle=row.cycle,
        until=row.until,
        state=RunState(row.state),
        eligible=row.eligible,
        billed=row.billed,
        parked=row.parked,
        held=session.scalar(waiting) or 0,
        amount=row.amount,
        issued=row.issued,
        issued_amount=row.issued_amount,
        started_by=row.started_by,
        started_on=row.started_on,
        started_at=row.started_at,
        issued_by=row.issued_by,
        issued_on=row.issued_on,
    )
    return Progress(report, row.drawn_up_to, row.issued_to)
