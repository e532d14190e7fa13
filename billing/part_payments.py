"""Whether bills were paid whole or in parts. A store of the books; reading only."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from billing.ledger import Book
from billing.met import is_due
from billing.money import Money
from billing.tables import ChargeRow, EntryRow
from config.database import among, in_chunks

WHOLE_PERCENT = 90
"""Who pays this much of a bill at once pays it whole: a late charge may have come first."""


def paid_in_parts(
    session: Session, account_ids: Collection[int], *, since: date, until: date
) -> dict[int, list[tuple[date, bool]]]:
    """
    Return for each account its bills due in [since, until) of which something was paid.

    Of each the due day, the oldest first, and whether no single day's money came to most of the
    bill. It is as the books knew it on `until`; what was taken back doesn't count.
    """
    best: dict[tuple[int, int], tuple[date, Money, Money]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = _by_day(since, until).where(among(ChargeRow.account_id, some))
        for account_id, charge_id, due_on, amount, paid in session.execute(query):
            before = best.get((account_id, charge_id), (due_on, amount, 0))[2]
            best[account_id, charge_id] = (due_on, amount, max(before, int(paid)))
    found: dict[int, list[tuple[date, bool]]] = {}
    for (account_id, _), (due_on, amount, most) in sorted(best.items()):
        found.setdefault(account_id, []).append((due_on, most * 100 < amount * WHOLE_PERCENT))
    return {key: sorted(some) for key, some in found.items()}


def _by_day(since: date, until: date) -> Select[int, int, date, Money, Money]:
    """Return the query of what was paid on each bill by money of each day."""
    undone = aliased(EntryRow)
    return (
        select(
            ChargeRow.account_id,
            ChargeRow.id,
            ChargeRow.due_on,
            ChargeRow.amount,
            func.sum(EntryRow.amount),
        )
        .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
        .outerjoin(undone, (undone.reverses_id == EntryRow.id) & (undone.posted_on <= until))
        .where(
            *is_due(since, until),
            # What a payment has earned is taken off on its own day, and is no part left open.
            EntryRow.debit.in_((Book.ON_ACCOUNT, Book.DISCOUNT)),
            EntryRow.credit == Book.RECEIVABLE,
            EntryRow.posted_on <= until,
            EntryRow.reverses_id.is_(None),
            undone.id.is_(None),
        )
        .group_by(ChargeRow.account_id, ChargeRow.id, EntryRow.value_on)
    )
