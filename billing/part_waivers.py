"""What is left of waivers of a part of what lateness costs. A store of the books."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing.ledger import Book
from billing.money import Money
from billing.part_waiver import PartWaiver, still_to_waive
from billing.tables import ChargeRow, EntryRow, PartWaiverRow, WaiverRow
from config.database import among, in_chunks

_UNDONE = aliased(EntryRow)
_WHOLE = aliased(ChargeRow)
# Whoever waives all that is open afterwards waives what a part was granted of.
_WAIVED_WHOLLY = (
    select(WaiverRow.charge_id)
    .join(_WHOLE, _WHOLE.id == WaiverRow.charge_id)
    .where(
        _WHOLE.for_charge_id == PartWaiverRow.charge_id,
        _WHOLE.late_until >= PartWaiverRow.late_until,
    )
)

# What of a late charge had been waived in part when the rest of it was.
_IN_PART = (
    select(func.coalesce(func.sum(EntryRow.amount), 0))
    .where(
        EntryRow.charge_id == ChargeRow.id,
        EntryRow.debit == Book.LATE_CHARGE,
        EntryRow.credit == Book.RECEIVABLE,
        EntryRow.reverses_id.is_(None),
    )
    .scalar_subquery()
)


def waivers_of(
    session: Session, account_ids: Collection[int], *, as_of: date = date.max
) -> dict[int, Mapping[int, list[PartWaiver]]]:
    """
    Return what is still to be waived of the accounts' lateness, by account and by charge.

    :param as_of: leave out what was waived or posted after this day.
    """
    granted: dict[int, dict[int, list[PartWaiver]]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = (
            select(
                PartWaiverRow.account_id,
                PartWaiverRow.charge_id,
                PartWaiverRow.amount,
                PartWaiverRow.late_until,
                PartWaiverRow.reason,
            )
            .where(
                among(PartWaiverRow.account_id, some),
                PartWaiverRow.waived_on <= as_of,
                ~_WAIVED_WHOLLY.where(WaiverRow.waived_on <= as_of).exists(),
            )
            .order_by(PartWaiverRow.late_until, PartWaiverRow.id)
        )
        for account_id, charge_id, amount, late_until, reason in session.execute(query):
            one = PartWaiver(charge_id, amount, late_until, reason)
            granted.setdefault(account_id, {}).setdefault(one.charge_id, []).append(one)
    used = _used(session, [key for own in granted.values() for key in own], as_of)
    return {
        account_id: {key: still_to_waive(some, used.get(key, 0)) for key, some in own.items()}
        for account_id, own in granted.items()
    }


def _used(session: Session, charge_ids: Collection[int], as_of: date) -> dict[int, Money]:
    """Return how much of what charges cost for their lateness is waived in part on a day."""
    found: dict[int, Money] = {}
    for some in in_chunks(sorted(charge_ids)):
        query = (
            select(ChargeRow.for_charge_id, func.sum(EntryRow.amount))
            .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
            .outerjoin(_UNDONE, (_UNDONE.reverses_id == EntryRow.id) & (_UNDONE.posted_on <= as_of))
            .where(
                among(ChargeRow.for_charge_id, some),
                EntryRow.debit == Book.LATE_CHARGE,
                EntryRow.credit == Book.RECEIVABLE,
                EntryRow.reverses_id.is_(None),
                EntryRow.posted_on <= as_of,
                _UNDONE.id.is_(None),
            )
            .group_by(ChargeRow.for_charge_id)
        )
        found |= {key: int(amount) for key, amount in session.execute(query) if key}
    return found


class Waiver(NamedTuple):
    """A waiver of what a bill costs for its lateness: the rest of a late charge, or an amount."""

    waived_on: date
    amount: Money
    is_part: bool
    waived_by: str
    reason: str
    approval_id: int


class Lateness(NamedTuple):
    """What a bill costs for its lateness by now, less what is waived, and the waivers of it."""

    charged: Money
    waivers: tuple[Waiver, ...]


def lateness_of_bill(session: Session, bill_id: int) -> Lateness:
    """Return what a bill costs for its lateness, as posted, and what was waived of it."""
    signed = case((EntryRow.credit == Book.LATE_CHARGE, EntryRow.amount), else_=-EntryRow.amount)
    posted = (
        select(func.coalesce(func.sum(signed), 0))
        .join(ChargeRow, ChargeRow.id == EntryRow.charge_id)
        .where(
            ChargeRow.bill_id == bill_id,
            or_(EntryRow.credit == Book.LATE_CHARGE, EntryRow.debit == Book.LATE_CHARGE),
        )
    )
    whole = select(WaiverRow, ChargeRow.amount - _IN_PART).join(
        ChargeRow, ChargeRow.id == WaiverRow.charge_id
    )
    parts = select(PartWaiverRow).join(ChargeRow, ChargeRow.id == PartWaiverRow.charge_id)
    of_bill = ChargeRow.bill_id == bill_id
    found = [
        Waiver(one.waived_on, int(amount), False, one.waived_by, one.reason, one.approval_id)
        for one, amount in session.execute(whole.where(of_bill))
    ] + [
        Waiver(one.waived_on, one.amount, True, one.waived_by, one.reason, one.approval_id)
        for one in session.scalars(parts.where(of_bill))
    ]
    return Lateness(int(session.scalar(posted) or 0), tuple(sorted(found)))
