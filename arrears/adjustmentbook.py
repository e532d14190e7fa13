"""Experts' adjustments of grades: added once allowed, never edited. `arrears.store` is its face."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from arrears.credit_tables import GradeAdjustmentRow
from config.database import among, in_chunks


@dataclass(frozen=True, slots=True)
class Adjustment:
    """
    By how many notches an expert moves a grade, upward if above zero, and why.

    Its last day belongs to it. A newer one takes the place of an older one from its first day on.
    """

    customer_id: int
    notches: int
    reason: str
    starts_on: date
    ends_on: date
    asked_by: str
    approval_id: int


def add_adjustment(session: Session, new: Adjustment, *, now: datetime) -> None:
    """Add an adjustment that was allowed."""
    session.add(
        GradeAdjustmentRow(
            customer_id=new.customer_id,
            notches=new.notches,
            reason=new.reason,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            asked_by=new.asked_by,
            approval_id=new.approval_id,
            granted_at=now,
        )
    )
    session.flush()


def adjustments_between(session: Session, since: date, until: date) -> list[Adjustment]:
    """Return the adjustments that began from a day to another, in order."""
    query = select(GradeAdjustmentRow).where(GradeAdjustmentRow.starts_on.between(since, until))
    return [_adjustment(row) for row in session.scalars(query.order_by(GradeAdjustmentRow.id))]


def adjustments_on(
    session: Session, customer_ids: Collection[int], day: date
) -> dict[int, Adjustment]:
    """Return the newest adjustment of each customer that holds on a day."""
    found: dict[int, Adjustment] = {}
    for some in in_chunks(sorted(customer_ids)):
        query = select(GradeAdjustmentRow).where(
            among(GradeAdjustmentRow.customer_id, some), GradeAdjustmentRow.starts_on <= day
        )
        for row in session.scalars(
            query.order_by(GradeAdjustmentRow.starts_on, GradeAdjustmentRow.id)
        ):
            found[row.customer_id] = _adjustment(row)
    return {key: one for key, one in found.items() if day <= one.ends_on}


def _adjustment(row: GradeAdjustmentRow) -> Adjustment:
    return Adjustment(
        row.customer_id,
        row.notches,
        row.reason,
        row.starts_on,
        row.ends_on,
        row.asked_by,
        row.approval_id,
    )
