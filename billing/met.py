"""
How customers met their bills: when each was paid, as the books stood on a day.

Reading only: `billing.books` is the face of this, too.
"""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import BigInteger, Select, and_, case, func, or_, select
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session, aliased

from billing.ledger import Book, ChargeKind
from billing.money import Money
from billing.posting import chunks_of
from billing.tables import ChargeRow, EntryRow
from config.database import among, in_chunks, plain_rows


class SettledCharge(NamedTuple):
    """
    How a customer met a charge.

    `settled_on` is the day from which the money that settled the last of it counts, none while
    some is open. `is_returned` if money that had settled it was taken back.
    """

    charge_id: int
    due_on: date
    amount: Money
    settled_on: date | None
    is_returned: bool


def payment_behaviour(
    session: Session, account_ids: Collection[int] | None, *, since: date, until: date
) -> dict[int, list[SettledCharge]]:
    """
    Return how the bills that fell due in [since, until) were met, as the books stood on `until`.

    Bills that were cancelled by then are left out; the oldest due comes first.
    """
    found: dict[int, list[SettledCharge]] = {}
    for some in chunks_of(account_ids):
        query = _met(since, until)
        if some is not None:
            query = query.where(among(ChargeRow.account_id, some))
        undone = _met_plainly(session, query, found)
        for one in _met_anew(session, undone, since, until):
            found.setdefault(undone[one.charge_id], []).append(one)
        for account_id in found.keys() & undone.values():
            found[account_id].sort(key=lambda one: (one.due_on, one.charge_id))
    return found


def _met_plainly(
    session: Session, query: Select[*tuple[Any, ...]], found: dict[int, list[SettledCharge]]
) -> dict[int, int]:
    """Add charges as the query `_met` has them; return those of which something was undone."""
    undone: dict[int, int] = {}
    last, own = 0, list[SettledCharge]()
    for row in plain_rows(session, query):
        account_id, charge_id, due_on, amount, settled, settled_on, reversal = row
        if reversal is not None:
            undone[charge_id] = account_id
            continue
        if account_id != last:
            last, own = account_id, found.setdefault(account_id, [])
        met_on = _day(settled_on) if settled is not None and settled >= amount else None
        own.append(SettledCharge(charge_id, due_on, amount, met_on, False))
    return undone


def _met(since: date, until: date) -> Select[*tuple[Any, ...]]:
    """
    Return the query behind `payment_behaviour`, a row for each charge.

    It is right for charges of which nothing was ever undone, which are nearly all: its last column
    is none for these, and what was raised of them is their amount. It has the order of the index,
    so that nothing need be sorted.
    """
    settles = or_(EntryRow.credit == Book.RECEIVABLE, EntryRow.reverses_id.is_not(None))
    return (
        select(
            ChargeRow.account_id,
            ChargeRow.id,
            ChargeRow.due_on,
            ChargeRow.amount,
            # The sum of whole numbers is a decimal to PostgreSQL, slow to make and to weigh.
            cast_to(func.sum(EntryRow.amount), BigInteger),
            func.max(EntryRow.value_on),
            func.max(EntryRow.reverses_id),
        )
        .outerjoin(EntryRow, and_(EntryRow.charge_id == ChargeRow.id, settles, *_posted(until)))
        .where(*is_due(since, until))
        .group_by(ChargeRow.account_id, ChargeRow.due_on, ChargeRow.id)
        .order_by(ChargeRow.account_id, ChargeRow.due_on, ChargeRow.id)
    )


def _met_anew(
    session: Session, charge_ids: Collection[int], since: date, until: date
) -> list[SettledCharge]:
    """Return how charges were met of which something was undone, but for those undone whole."""
    return [
        SettledCharge(
            charge_id,
            due_on,
            int(raised),
            _day(settled_on) if settled >= raised else None,
            bool(returned),
        )
        for some in in_chunks(sorted(charge_ids))
        for charge_id, due_on, raised, settled, settled_on, returned in session.execute(
            _met_though_undone(since, until).where(among(ChargeRow.id, some))
        )
    ]


def _met_though_undone(since: date, until: date) -> Select[*tuple[Any, ...]]:
    """Return the query for charges of which something was undone."""
    undone = aliased(EntryRow)
    raises = EntryRow.debit == Book.RECEIVABLE
    is_reversal = EntryRow.reverses_id.is_not(None)
    # An entry that raises the receivable without reversing anything, or undoes such a one.
    is_own = (raises & ~is_reversal) | (~raises & is_reversal)
    sign = case((raises, 1), else_=-1)
    raised = func.sum(case((is_own, sign * EntryRow.amount), else_=0))
    settled = func.sum(case((is_own, 0), else_=-sign * EntryRow.amount))
    stands = ~raises & ~is_reversal & undone.id.is_(None)
    return (
        select(
            ChargeRow.id,
            ChargeRow.due_on,
            raised,
            settled,
            func.max(case((stands, EntryRow.value_on))),
            func.max(case((raises & is_reversal, 1), else_=0)),
        )
        .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
        .outerjoin(undone, (undone.reverses_id == EntryRow.id) & (undone.posted_on <= until))
        .where(*is_due(since, until), *_posted(until))
        .group_by(ChargeRow.id, ChargeRow.due_on)
        .having(raised > 0)
    )


def is_due(since: date, until: date) -> tuple[Any, ...]:
    """Return the conditions on a bill due in [since, until)."""
    return (
        ChargeRow.kind == ChargeKind.ENERGY,
        ChargeRow.due_on >= since,
        ChargeRow.due_on < until,
    )


def _posted(until: date) -> tuple[Any, ...]:
    """Return the conditions on an entry that says by a day what a bill asks and how it was met."""
    return (
        EntryRow.posted_on <= until,
        or_(EntryRow.debit == Book.RECEIVABLE, EntryRow.credit == Book.RECEIVABLE),
        # Who has a debt written off has not paid it.
        EntryRow.debit != Book.BAD_DEBT,
        EntryRow.credit != Book.BAD_DEBT,
    )


@lru_cache(maxsize=4096)
def _day(value: Any) -> date | None:
    # SQLite forgets that the newest of days is a day.
    return date.fromisoformat(value) if isinstance(value, str) else cast("date | None", value)
