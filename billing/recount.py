"""
Lateness counted again, when money turns out to count from an earlier day than it was posted.

What a customer pays for lateness follows from the days from which the money counts, never from the
order in which we came to know of it. So a payment that arrives with an old value date, one that the
bank takes back, and a bill that corrects an estimate undo the late charges counted since that day,
with whatever settled after it, and the money is shared out once more in the order of its days.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from billing.allocation import Settlement
from billing.book_rows import counts, entry_of
from billing.discounts import offering
from billing.ledger import Book, ChargeKind, Entry
from billing.posting import open_now, raise_late_charges, standing, undo, use_credit
from billing.tables import ChargeRow, EntryRow, WaiverRow
from config.database import among, in_chunks
from config.in_force import market_on

REASON = "counted again"
"""The text of what is undone to be counted again."""


def settle_since(
    session: Session,
    since: Mapping[int, date],
    *,
    posted_on: date,
) -> dict[int, Settlement]:
    """
    Use the accounts' money for what they owe, and return what was settled.

    Whether a bill was paid early enough for a discount is found anew, too.

    :param since: for each account, the day from which what is new counts: later lateness is
        counted again. What has been waived stays so.
    """
    late = _late_since(session, since)
    again = sorted({account_id for account_id, _ in late.values()})
    entries = standing(session, EntryRow.charge_id, late.keys())
    days = {key: since[key] for key in again}
    # Who was the first to pay on a day may decide who earns a discount: that day counts, too.
    days |= {key: since[key] - timedelta(days=1) for key in offering(session, since)}
    moved = _settled_since(session, days)
    known = {entry.id for entry in entries}
    undo(
        session,
        [*entries, *(one for one in moved if one.id not in known)],
        posted_on=posted_on,
        reason=REASON,
    )
    market = market_on(session, posted_on)
    settled = use_credit(session, since.keys(), posted_on=posted_on, market=market)
    if again:
        until: dict[int, date] = {}
        for account_id, day in late.values():
            until[account_id] = max(until.get(account_id, day), day)
        open_ = open_now(session, again)
        raise_late_charges(session, open_, until=until, posted_on=posted_on, market=market)
        use_credit(session, again, posted_on=posted_on, market=market)
    return settled


def _late_since(session: Session, since: Mapping[int, date]) -> dict[int, tuple[int, date]]:
    """Return the late charges that count beyond each account's day: whose, and up to when."""
    found: dict[int, tuple[int, date]] = {}
    for some in in_chunks(sorted(since)):
        waived = select(WaiverRow.charge_id).where(WaiverRow.charge_id == ChargeRow.id)
        query = select(ChargeRow.id, ChargeRow.account_id, ChargeRow.late_until).where(
            among(ChargeRow.account_id, some),
            ChargeRow.kind == ChargeKind.LATE_CHARGE,
            ChargeRow.late_until > min(since[key] for key in some),
            counts(),
            ~waived.exists(),
        )
        for charge_id, account_id, until in session.execute(query):
            if until is not None and until > since[account_id]:
                found[charge_id] = (account_id, until)
    return found


def _settled_since(session: Session, since: Mapping[int, date]) -> list[Entry]:
    """Return what was settled with a value after each account's day and stands, in its order."""
    later = aliased(EntryRow)
    found: list[Entry] = []
    for some in in_chunks(sorted(since)):
        query = (
            select(EntryRow)
            .outerjoin(later, later.reverses_id == EntryRow.id)
            .where(
                among(EntryRow.account_id, some),
                EntryRow.debit.in_((Book.ON_ACCOUNT, Book.DISCOUNT)),
                EntryRow.credit == Book.RECEIVABLE,
                EntryRow.value_on > min(since[key] for key in some),
                EntryRow.reverses_id.is_(None),
                later.id.is_(None),
            )
            .order_by(EntryRow.id)
        )
        found += [
            entry
            for entry in map(entry_of, session.scalars(query))
            if entry.account_id is not None and entry.value_on > since[entry.account_id]
        ]
    return found
