"""The billing room's rows of what a run left alone, and of what a rule holds for a person."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from billing.bill import BillKind
from billing.outcome import Held, Parked
from billing.tables import BillLineRow, BillRow, BillRunRow, HeldBillRow, RunParkedRow
from config.database import add_rows, among


def park(session: Session, run_id: int, parked: Sequence[Parked]) -> None:
    """Keep what the run left alone, and why."""
    rows = [
        {
            "run_id": run_id,
            "account_id": one.account_id,
            "service_point_id": one.service_point_id,
            "code": one.code,
            "message": one.message,
            "remedy": one.remedy,
        }
        for one in parked
    ]
    add_rows(session, RunParkedRow, rows)


def parked_in(session: Session, run_id: int) -> list[Parked]:
    """Return what a run left alone, in the order of accounts."""
    query = (
        select(RunParkedRow)
        .where(RunParkedRow.run_id == run_id)
        .order_by(RunParkedRow.account_id, RunParkedRow.id)
    )
    return [
        Parked(row.account_id, row.service_point_id, row.code, row.message, row.remedy)
        for row in session.scalars(query)
    ]


def held_in(session: Session, run_id: int, *, is_open: bool | None = None) -> list[Held]:
    """Return a run's held drafts; only those that wait, or only those that were accepted."""
    query = (
        select(HeldBillRow, BillRow.account_id, BillRow.amount)
        .join(BillRow, BillRow.id == HeldBillRow.bill_id)
        .where(BillRow.run_id == run_id)
        .order_by(BillRow.account_id, BillRow.id)
    )
    if is_open is not None:
        accepted = HeldBillRow.accepted_by
        query = query.where(accepted.is_(None) if is_open else accepted.is_not(None))
    return [
        Held(row.bill_id, account_id, amount, row.rule, row.message, row.accepted_by, row.reason)
        for row, account_id, amount in session.execute(query)
    ]


def hold(session: Session, reasons: Mapping[int, str], *, rule: str) -> None:
    """
    Hold drafts for a person, also those that were held for something else and accepted.

    :param reasons: by the ids of the drafts.
    """
    session.execute(
        delete(HeldBillRow)
        .where(among(HeldBillRow.bill_id, reasons))
        .execution_options(synchronize_session=False)
    )
    rows = [{"bill_id": id_, "rule": rule, "message": why} for id_, why in reasons.items()]
    add_rows(session, HeldBillRow, rows)


def accept_held(
    session: Session, bill_ids: Collection[int], *, by: str, reason: str, now: datetime
) -> None:
    """Let held drafts be issued after all."""
    session.execute(
        update(HeldBillRow)
        .where(among(HeldBillRow.bill_id, bill_ids), HeldBillRow.accepted_by.is_(None))
        .values(accepted_by=by, accepted_at=now, reason=reason)
        .execution_options(synchronize_session=False)
    )


def followed(session: Session, bill_ids: Collection[int]) -> list[int]:
    """Return those of the drafts that another draft or bill goes on from, in order."""
    later = aliased(BillRow)
    query = (
        select(BillRow.id)
        .join(
            later,
            (later.service_point_id == BillRow.service_point_id)
            & (later.account_id == BillRow.account_id)
            & (later.period_start >= BillRow.period_end),
        )
        .where(among(BillRow.id, bill_ids), later.kind == BillKind.REGULAR)
        .distinct()
    )
    return sorted(session.scalars(query))


def leave_out(session: Session, run_id: int, held: Sequence[Held], *, reason: str) -> None:
    """Take held drafts out of a run: they are no documents yet, and can be drawn up again."""
    ids = [one.bill_id for one in held]
    query = select(BillRow.id, BillRow.service_point_id).where(among(BillRow.id, ids))
    points = dict(session.execute(query).all())
    for table, column in (
        (HeldBillRow, HeldBillRow.bill_id),
        (BillLineRow, BillLineRow.bill_id),
        (BillRow, BillRow.id),
    ):
        session.execute(
            delete(table).where(among(column, ids)).execution_options(synchronize_session=False)
        )
    remedy = "correct what was wrong; the next run bills it"
    park(
        session,
        run_id,
        [
            Parked(
                one.account_id,
                points[one.bill_id],
                "left_out",
                f"{one.message}; {reason}",
                remedy,
            )
            for one in held
        ],
    )
    session.execute(
        update(BillRunRow)
        .where(BillRunRow.id == run_id)
        .values(
            billed=BillRunRow.billed - len(held),
            parked=BillRunRow.parked + len(held),
            amount=BillRunRow.amount - sum(one.amount for one in held),
        )
        .execution_options(synchronize_session=False)
    )
