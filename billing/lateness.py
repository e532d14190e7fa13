"""Late charges as acts of the books: posted at the end of a month, waived. A store of the books."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.entries import waiver_entry
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.posting import (
    lock_accounts,
    open_now,
    post,
    raise_late_charges,
    standing,
    undo,
)
from billing.recount import settle_since
from billing.tables import ChargeRow, EntryRow, PartWaiverRow, WaiverRow
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
    entries = standing(session, EntryRow.charge_id, [one.id for one in late])
    add_rows(
        session,
        WaiverRow,
        [
            {
                "charge_id": one.id,
                "approval_id": approval_id,
                "waived_on": posted_on,
                "waived_by": by,
                "reason": reason,
            }
            for one in late
        ],
    )
    undo(session, entries, posted_on=posted_on, reason=f"waived: {reason}")
    # What had been paid on a late charge that is waived now is the customer's money again.
    settle_since(session, {account_id: posted_on}, posted_on=posted_on)
    return sum(one.open for one in late)


def waive_part(
    session: Session,
    account_id: int,
    amount: Money,
    principals: Collection[int] | None,
    *,
    approval_id: int,
    by: str,
    reason: str,
    posted_on: date,
) -> Money:
    """
    Waive an amount of an account's open late charges, the oldest first; return how much that was.

    What has accrued by the day is posted before. It is less than the amount only where no more is
    open.

    :param principals: ids of the charges whose lateness is meant, or none for all.
    """
    post_lateness(session, {account_id}, posted_on=posted_on)
    entries, parts, left = [], Counter[int](), amount
    for late in _open_late(session, account_id, principals):
        part = min(left, late.open)
        if part:
            assert late.for_charge_id is not None, "a late charge names its principal"
            parts[late.for_charge_id] += part
            left -= part
            entries.append(waiver_entry(late, account_id, part, reason, posted_on=posted_on))
    said = {
        "account_id": account_id,
        "approval_id": approval_id,
        "late_until": posted_on,
        "waived_on": posted_on,
        "waived_by": by,
        "reason": reason,
    }
    rows = [said | {"charge_id": charge_id, "amount": part} for charge_id, part in parts.items()]
    add_rows(session, PartWaiverRow, rows)
    post(session, entries)
    return amount - left


def _open_late(
    session: Session, account_id: int, principals: Collection[int] | None
) -> Iterator[Charge]:
    for charge in open_now(session, {account_id}).get(account_id, []):
        is_meant = principals is None or charge.for_charge_id in principals
        if charge.kind is ChargeKind.LATE_CHARGE and is_meant:
            yield charge
