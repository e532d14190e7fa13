"""Money that was there in time and of which the books heard late. A store of the books."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import Book, ChargeKind
from billing.tables import ChargeRow, EntryRow
from config.database import among, in_chunks


def paid_in_time_after_all(
    session: Session, account_ids: Collection[int], *, since: date
) -> list[tuple[int, date, date]]:
    """
    Return the bills that seemed late and weren't: account, due day, and when we heard of the money.

    It counts from the due day or before, and was posted after it, on a day from `since` on. Where
    a bill was paid in several parts, the books heard of it with the last.
    """
    found: dict[int, tuple[int, date, date]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = (
            select(ChargeRow.id, ChargeRow.account_id, ChargeRow.due_on, EntryRow.posted_on)
            .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
            .where(
                among(EntryRow.account_id, some),
                EntryRow.posted_on >= since,
                EntryRow.debit == Book.ON_ACCOUNT,
                EntryRow.credit == Book.RECEIVABLE,
                EntryRow.reverses_id.is_(None),
                ChargeRow.kind == ChargeKind.ENERGY,
                EntryRow.value_on <= ChargeRow.due_on,
                EntryRow.posted_on > ChargeRow.due_on,
            )
            .order_by(EntryRow.posted_on)
        )
        for charge_id, account_id, due_on, posted_on in session.execute(query):
            found[charge_id] = (account_id, due_on, posted_on)
    return list(found.values())
