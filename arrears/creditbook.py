"""The credit book: files, limits and warnings of customers. `arrears.store` is its face."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from arrears.credit_file import Ending, FileItem, ItemKind
from arrears.credit_tables import (
    CreditItemEndRow,
    CreditItemRow,
    CreditLimitRow,
    CreditWarningRow,
    OldDebtTargetRow,
)
from arrears.early_warning import EarlyWarning, Granted, Level, WarningKind
from arrears.tables import CreditStandingRow
from config.database import among, in_chunks

_ITEMS = select(CreditItemRow, CreditItemEndRow).outerjoin(
    CreditItemEndRow, CreditItemEndRow.item_id == CreditItemRow.id
)


@dataclass(frozen=True, slots=True)
class KeptWarning:
    """A warning as it stands: who looks after it, what they do, and what was done."""

    id: int
    customer_id: int
    kind: WarningKind
    level: Level
    raised_on: date
    raised_by: str
    facts: Mapping[str, Any]
    owner: str | None
    action: str | None
    closed_on: date | None
    closed_by: str | None
    done: str | None


def add_item(session: Session, item: FileItem, *, now: datetime) -> int:
    """Add an item to a customer's file and return its id."""
    row = CreditItemRow(
        customer_id=item.customer_id,
        kind=item.kind,
        title=item.title,
        holds_from=item.holds_from,
        expires_on=item.expires_on,
        amount=item.amount,
        source=item.source,
        attachment=item.attachment,
        facts=dict(item.facts),
        recorded_on=item.recorded_on,
        recorded_by=item.recorded_by,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def file_items(
    session: Session, customer_ids: Collection[int], *, as_of: date
) -> dict[int, list[FileItem]]:
    """Return the files of customers as they stood on a day, the oldest item first."""
    found: dict[int, list[FileItem]] = {}
    for some in in_chunks(sorted(customer_ids)):
        query = _ITEMS.where(
            among(CreditItemRow.customer_id, some), CreditItemRow.recorded_on <= as_of
        )
        for row, end in session.execute(query.order_by(CreditItemRow.id)):
            found.setdefault(row.customer_id, []).append(_item(row, end))
    return found


def watched_customers(session: Session) -> set[int]:
    """Return the customers who are watched for something, or ever were."""
    query = select(CreditItemRow.customer_id).where(CreditItemRow.kind == ItemKind.WATCH)
    return set(session.scalars(query.distinct()))


def items_between(session: Session, since: date, until: date) -> list[FileItem]:
    """Return what was recorded in files or ended from a day to another, in order."""
    query = _ITEMS.where(
        or_(
            CreditItemRow.recorded_on.between(since, until),
            CreditItemEndRow.ended_on.between(since, until),
        )
    )
    return [_item(row, end) for row, end in session.execute(query.order_by(CreditItemRow.id))]


def find_item(session: Session, item_id: int) -> FileItem | None:
    """Return an item of a file, or none; its row is held until the transaction ends."""
    if session.get(CreditItemRow, item_id, with_for_update=True) is None:
        return None
    row, end = session.execute(_ITEMS.where(CreditItemRow.id == item_id)).one()
    return _item(row, end)


def end_item(
    session: Session, item_id: int, ending: Ending, *, on: date, approval_id: int, now: datetime
) -> None:
    """Let a guarantee or collateral cover nothing any more from a day on."""
    session.add(
        CreditItemEndRow(
            item_id=item_id, ended_on=on, ending=ending, approval_id=approval_id, ended_at=now
        )
    )
    session.flush()


def add_limit(session: Session, granted: Granted, *, approval_id: int, now: datetime) -> None:
    """Grant a customer a limit and a warning line from a day on."""
    session.add(
        CreditLimitRow(
            customer_id=granted.customer_id,
            starts_on=granted.starts_on,
            amount=granted.limit,
            warning_line=granted.warning_line,
            approval_id=approval_id,
            granted_at=now,
        )
    )
    session.flush()


def limits_on(session: Session, customer_ids: Collection[int], day: date) -> dict[int, Granted]:
    """Return the limit of each customer that had one on a day."""
    found: dict[int, Granted] = {}
    for some in in_chunks(sorted(customer_ids)):
        query = select(CreditLimitRow).where(
            CreditLimitRow.customer_id.in_(some), CreditLimitRow.starts_on <= day
        )
        for row in session.scalars(query.order_by(CreditLimitRow.starts_on, CreditLimitRow.id)):
            found[row.customer_id] = Granted(
                row.customer_id, row.amount, row.warning_line, row.starts_on
            )
    return found


def limits_between(session: Session, since: date, until: date) -> list[Granted]:
    """Return the limits that were granted from a day to another, in order."""
    query = select(CreditLimitRow).where(CreditLimitRow.starts_on.between(since, until))
    return [
        Granted(row.customer_id, row.amount, row.warning_line, row.starts_on)
        for row in session.scalars(query.order_by(CreditLimitRow.id))
    ]


def limited_customers(session: Session, *, assessed_on: date) -> list[int]:
    """Return the customers who have a limit and whose newest assessment is of a day, in order."""
    query = (
        select(CreditLimitRow.customer_id)
        .join(CreditStandingRow, CreditStandingRow.customer_id == CreditLimitRow.customer_id)
        .where(CreditStandingRow.assessed_on == assessed_on)
        .distinct()
        .order_by(CreditLimitRow.customer_id)
    )
    return list(session.scalars(query))


def add_target(
    session: Session, year: int, whose: str, name: str, amount: int, *, by: str, now: datetime
) -> None:
    """Set how much of former years' debt an office or a collector is to recover in a year."""
    session.add(
        OldDebtTargetRow(year=year, whose=whose, name=name, amount=amount, set_by=by, set_at=now)
    )
    session.flush()


def targets(session: Session, year: int, whose: str) -> dict[str, int]:
    """Return the newest target of each office or collector for a year."""
    query = select(OldDebtTargetRow.name, OldDebtTargetRow.amount).where(
        OldDebtTargetRow.year == year, OldDebtTargetRow.whose == whose
    )
    return dict(session.execute(query.order_by(OldDebtTargetRow.id)).all())


def raise_warnings(
    session: Session, new: Sequence[EarlyWarning], *, on: date, by: str
) -> list[int]:
    """Raise warnings that aren't open already, and return the ids of those that were raised."""
    ids = {one.customer_id for one in new}
    open_now = {
        (one.customer_id, one.kind)
        for one in warnings(session, customer_ids=ids)
        if one.kind is not WarningKind.CHANGE_REPORTED
    }
    rows = [
        CreditWarningRow(
            customer_id=one.customer_id,
            kind=one.kind,
            level=one.level,
            raised_on=on,
            raised_by=by,
            facts=dict(one.facts),
        )
        for one in new
        if (one.customer_id, one.kind) not in open_now
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def warnings(
    session: Session, *, customer_ids: Collection[int] | None = None, with_closed: bool = False
) -> list[KeptWarning]:
    """Return warnings, the most urgent first and of those the oldest."""
    query = select(CreditWarningRow)
    if customer_ids is not None:
        query = query.where(CreditWarningRow.customer_id.in_(customer_ids))
    if not with_closed:
        query = query.where(CreditWarningRow.closed_on.is_(None))
    levels = list(Level)
    found = [_warning(row) for row in session.scalars(query)]
    return sorted(found, key=lambda one: (levels.index(one.level), one.raised_on, one.id))


def reported_between(session: Session, since: date, until: date) -> list[KeptWarning]:
    """Return the changes that somebody reported from a day to another, in order."""
    query = select(CreditWarningRow).where(
        CreditWarningRow.kind == WarningKind.CHANGE_REPORTED,
        CreditWarningRow.raised_on.between(since, until),
    )
    return [_warning(row) for row in session.scalars(query.order_by(CreditWarningRow.id))]


def take_warning(session: Session, warning_id: int, *, owner: str, action: str) -> bool:
    """Say who looks after an open warning and what they do; false if none is open."""
    row = _open_row(session, warning_id)
    if row is None:
        return False
    row.owner, row.action = owner, action
    session.flush()
    return True


def close_warning(session: Session, warning_id: int, *, by: str, done: str, on: date) -> bool:
    """Close an open warning with what was done; false if none is open."""
    row = _open_row(session, warning_id)
    if row is None:
        return False
    row.closed_on, row.closed_by, row.done = on, by, done
    session.flush()
    return True


def _open_row(session: Session, warning_id: int) -> CreditWarningRow | None:
    row = session.get(CreditWarningRow, warning_id, with_for_update=True)
    return None if row is None or row.closed_on is not None else row


def _item(row: CreditItemRow, end: CreditItemEndRow | None) -> FileItem:
    return FileItem(
        row.id,
        row.customer_id,
        ItemKind(row.kind),
        row.title,
        row.holds_from,
        row.expires_on,
        row.amount,
        row.source,
        row.attachment,
        row.facts,
        row.recorded_on,
        row.recorded_by,
        None if end is None else end.ended_on,
        None if end is None else Ending(end.ending),
    )


def _warning(row: CreditWarningRow) -> KeptWarning:
    return KeptWarning(
        row.id,
        row.customer_id,
        WarningKind(row.kind),
        Level(row.level),
        row.raised_on,
        row.raised_by,
        row.facts,
        row.owner,
        row.action,
        row.closed_on,
        row.closed_by,
        row.done,
    )
