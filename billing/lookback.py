"""
What the books said on a past day, and what they say of a span of days.

Reading only: `billing.books` is the face of these, too. Every figure comes from the entries by
the day on which they were posted, so what was true on a day stays true of it for ever.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from billing.book_rows import CHARGE, IN_ORDER, charges_of, counts, entry_of, late_of
from billing.ledger import Book, Charge, Entry
from billing.money import Money
from billing.month import Moved, sides
from billing.posting import chunks_of
from billing.tables import ChargeRow, DepositRow, EntryRow
from config.database import among, in_chunks


@dataclass(frozen=True, slots=True)
class Totals:
    """What was billed, charged for lateness, and collected in a span of days."""

    billed: Money
    late_charges: Money
    collected: Money


_NEWEST = select(func.max(EntryRow.posted_on))


def newest_posting(session: Session) -> date | None:
    """Return the newest day on which anything was posted."""
    return session.scalar(_NEWEST)


def first_posting(session: Session) -> date | None:
    """Return the oldest day on which anything was posted."""
    return session.scalar(select(func.min(EntryRow.posted_on)))


def open_on(
    session: Session, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, list[Charge]]:
    """Return what was open on a past day, worked out from the entries up to that day."""
    found: dict[int, list[Charge]] = {}
    for some in chunks_of(account_ids):
        left = _balance_by(EntryRow.charge_id, Book.RECEIVABLE, as_of=as_of, account_ids=some)
        was = left.having(func.sum(_signed(Book.RECEIVABLE)) != 0).subquery()
        late = (
            select(
                ChargeRow.for_charge_id,
                func.max(ChargeRow.late_until),
                func.sum(ChargeRow.amount),
            )
            .join(was, was.c.key == ChargeRow.for_charge_id)
            .where(ChargeRow.raised_on <= as_of, counts(as_of=as_of))
            .group_by(ChargeRow.for_charge_id)
        )
        columns = [was.c.amount if column is ChargeRow.open else column for column in CHARGE]
        rows = session.execute(
            select(*columns)
            .join(was, was.c.key == ChargeRow.id)
            .order_by(ChargeRow.account_id, *IN_ORDER)
        )
        for charge in charges_of(rows, late_of(session.execute(late))):
            found.setdefault(charge.account_id, []).append(charge)
    return found


def balances(
    session: Session, book: Book, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, Money]:
    """Return what stood in a book for each account on a day, the customer's money positive."""
    found: dict[int, Money] = {}
    for some in chunks_of(account_ids):
        query = _balance_by(EntryRow.account_id, book, as_of=as_of, account_ids=some)
        for account_id, amount in session.execute(query.order_by(EntryRow.account_id)):
            if amount and account_id is not None:
                found[account_id] = -int(amount)
    return found


def trial_balance(session: Session, *, as_of: date) -> dict[Book, tuple[Money, Money]]:
    """Return what was debited and credited to each book up to a day."""
    moved = sides(movements(session, until=as_of + timedelta(days=1)))
    return {book: moved.get(book, (0, 0)) for book in Book}


def movements(session: Session, *, since: date | None = None, until: date) -> Moved:
    """Return what was moved between each two books in [since, until), or ever before `until`."""
    query = select(EntryRow.debit, EntryRow.credit, func.sum(EntryRow.amount), func.count()).where(
        EntryRow.posted_on < until
    )
    if since is not None:
        query = query.where(EntryRow.posted_on >= since)
    return {
        (Book(debit), Book(credit)): (int(amount), count)
        for debit, credit, amount, count in session.execute(
            query.group_by(EntryRow.debit, EntryRow.credit)
        )
    }


def movements_by_day(
    session: Session, *, since: date, until: date
) -> list[tuple[date, Book, Book, Money, int]]:
    """Return for each day of [since, until) what was moved between each two books, in order."""
    query = (
        select(
            EntryRow.posted_on,
            EntryRow.debit,
            EntryRow.credit,
            func.sum(EntryRow.amount),
            func.count(),
        )
        .where(EntryRow.posted_on >= since, EntryRow.posted_on < until)
        .group_by(EntryRow.posted_on, EntryRow.debit, EntryRow.credit)
        .order_by(EntryRow.posted_on, EntryRow.debit, EntryRow.credit)
    )
    return [
        (day, Book(debit), Book(credit), int(amount), count)
        for day, debit, credit, amount, count in session.execute(query)
    ]


def returned_since(session: Session, since: date) -> dict[int, date]:
    """Return the newest day, from one on, on which a payment of each account was taken back."""
    query = (
        select(EntryRow.account_id, func.max(EntryRow.posted_on))
        .where(
            EntryRow.posted_on >= since,
            EntryRow.credit == Book.CASH,
            EntryRow.reverses_id.is_not(None),
        )
        .group_by(EntryRow.account_id)
    )
    return {key: day for key, day in session.execute(query) if key is not None}


def depositors(session: Session, account_ids: Collection[int]) -> set[int]:
    """Return which of the accounts ever gave a deposit."""
    return {
        one
        for some in in_chunks(sorted(account_ids))
        for one in session.scalars(
            select(DepositRow.account_id).where(among(DepositRow.account_id, some))
        )
    }


def statement(session: Session, account_id: int) -> list[Entry]:
    """Return the account's entries, the first posted first."""
    query = select(EntryRow).where(EntryRow.account_id == account_id)
    return [
        entry_of(row) for row in session.scalars(query.order_by(EntryRow.posted_on, EntryRow.id))
    ]


def movements_of(
    session: Session, account_ids: Collection[int], *, until: date
) -> dict[int, list[tuple[date, int | None, Money]]]:
    """
    Return all that moved what each account owed up to a day, in the order it was posted.

    A row is the day, the charge and the amount it grew by; without a charge it is the customer's
    own money, standing on account.
    """
    found: dict[int, list[tuple[date, int | None, Money]]] = {}
    columns = (EntryRow.account_id, EntryRow.posted_on, EntryRow.charge_id, EntryRow.amount)
    for some in chunks_of(account_ids):
        query = select(*columns, EntryRow.debit, EntryRow.credit).where(
            or_(
                EntryRow.debit.in_((Book.RECEIVABLE, Book.ON_ACCOUNT)),
                EntryRow.credit.in_((Book.RECEIVABLE, Book.ON_ACCOUNT)),
            ),
            EntryRow.posted_on <= until,
        )
        if some is not None:
            query = query.where(among(EntryRow.account_id, some))
        ordered = query.order_by(EntryRow.posted_on, EntryRow.id)
        for account_id, on, charge_id, amount, debit, credit in session.execute(ordered):
            if account_id is None:
                continue
            own = found.setdefault(account_id, [])
            if Book.RECEIVABLE in (debit, credit):
                own.append((on, charge_id, amount if debit == Book.RECEIVABLE else -amount))
            if Book.ON_ACCOUNT in (debit, credit):
                own.append((on, None, amount if credit == Book.ON_ACCOUNT else -amount))
    return found


def charges_ever(
    session: Session, account_ids: Collection[int], *, until: date
) -> dict[int, list[Charge]]:
    """Return every charge raised for each account up to a day, settled or not."""
    found: dict[int, list[Charge]] = {}
    for some in chunks_of(account_ids):
        query = select(*CHARGE).where(ChargeRow.raised_on <= until)
        if some is not None:
            query = query.where(among(ChargeRow.account_id, some))
        rows = session.execute(query.order_by(ChargeRow.account_id, *IN_ORDER))
        for charge in charges_of(rows, {}):
            found.setdefault(charge.account_id, []).append(charge)
    return found


def totals(session: Session, *, since: date, until: date) -> Totals:
    """Return what was billed, charged for lateness and collected in [since, until)."""

    def moved(book: Book, *others: Book) -> Money:
        """Return what went into a book from others, less what went back."""
        into = (EntryRow.debit == book) & EntryRow.credit.in_(others)
        back = (EntryRow.credit == book) & EntryRow.debit.in_(others)
        amount = case((into, EntryRow.amount), (back, -EntryRow.amount), else_=0)
        query = select(func.coalesce(func.sum(amount), 0)).where(
            EntryRow.posted_on >= since, EntryRow.posted_on < until, or_(into, back)
        )
        return int(session.scalar(query) or 0)

    credited = moved(Book.ON_ACCOUNT, Book.REVENUE, Book.TAX)  # bills for less than nothing
    return Totals(
        billed=moved(Book.RECEIVABLE, Book.REVENUE, Book.TAX) + credited,
        late_charges=moved(Book.RECEIVABLE, Book.LATE_CHARGE),
        collected=moved(Book.CASH, Book.ON_ACCOUNT, Book.SUSPENSE),
    )


def _signed(book: Book) -> Any:
    return case((EntryRow.debit == book, EntryRow.amount), else_=-EntryRow.amount)


def _balance_by(
    key: Any, book: Book, *, as_of: date, account_ids: Sequence[int] | None
) -> Select[*tuple[Any, ...]]:
    """Return a query of `key` and `amount`: debits less credits of a book up to a day."""
    query = (
        select(key.label("key"), func.sum(_signed(book)).label("amount"))
        .where(or_(EntryRow.debit == book, EntryRow.credit == book), EntryRow.posted_on <= as_of)
        .group_by(key)
    )
    return query if account_ids is None else query.where(among(EntryRow.account_id, account_ids))
