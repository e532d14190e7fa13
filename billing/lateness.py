"""Late charges as acts of the books: posted at the end of a month, waived. A store of the books."""

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import ChargeKind
from billing.money import Money
from billing.posting import lock_accounts, open_now, raise_late_charges, standing, undo
from billing.recount import settle_since
from billing.tables import ChargeRow, EntryRow, WaiverRow
from config.database import add_rows
from config.in_force import market_on


def overdue_accounts(session: Session, *, on: date, after: int, limit: int) -> list[int]:
    """Return the ids of accounts whose principal is overdue, in their order, after one of them."""
    query = (
        select(ChargeRow.account_id)
        .where(
            ChargeRow.open > 0,
            ChargeRow.kind == ChargeKind.ENERGY,
            ChargeRow.due_on < on,
            ChargeRow.account_id > after,
        )
        .distinct()
        .order_by(ChargeRow.account_id)
        .limit(limit)
    )
    return list(session.scalars(query))


def post_lateness(session: Session, account_ids: Collection[int], *, posted_on: date) -> int:
    """Post what has accrued on the accounts by a day, and return how many late charges that is."""
    lock_accounts(session, account_ids)
    open_ = open_now(session, account_ids)
    return raise_late_charges(
        session,
        open_,
        until=dict.fromkeys(open_, posted_on),
        posted_on=posted_on,
        market=market_on(session, posted_on),
    )


def waive_late_charges(
    session: Session,
    account_id: int,
    principals: Collection[int] | None,
    *,
    approval_id: int,
    by: str,
    reason: str,
    posted_on: date,
) -> Money:
    """
    Waive an account's open late charges and what has accrued; return how much that was.

    :param principals: ids of the charges whose lateness is meant, or none for all.
    """
    post_lateness(session, {account_id}, posted_on=posted_on)
    late = list(_open_late(session, account_id, principals))
    entries = standing(session, EntryRow.charge_id, [charge_id for charge_id, _ in late])
    add_rows(
        session,
        WaiverRow,
        [
            {
                "charge_id": charge_id,
                "approval_id": approval_id,
                "waived_on": posted_on,
                "waived_by": by,
                "reason": reason,
            }
            for charge_id, _ in late
        ],
    )
    undo(session, entries, posted_on=posted_on, reason=f"waived: {reason}")
    # What had been paid on a late charge that is waived now is the customer's money again.
    settle_since(session, {account_id: posted_on}, posted_on=posted_on)
    return sum(amount for _, amount in late)


def _open_late(
    session: Session, account_id: int, principals: Collection[int] | None
) -> Iterator[tuple[int, Money]]:
    for charge in open_now(session, {account_id}).get(account_id, []):
        is_meant = principals is None or charge.for_charge_id in principals
        if charge.kind is ChargeKind.LATE_CHARGE and is_meant:
            yield charge.id, charge.open
