"""
How charges, payments and entries are written: many at a time, each with what it changes.

The second store of the room, for the writing: `billing.books` is its face. Whoever writes here
holds the rows of the accounts (`lock`), for what is open of a charge is read before it changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, Date, Table, bindparam, select, update
from sqlalchemy.orm import Session, aliased

from billing.allocation import (
    NO_OFFERS,
    NO_WAIVERS,
    Credit,
    Settlement,
    late_charges,
    settle,
)
from billing.book_rows import (
    CHARGE,
    IN_ORDER,
    LATE,
    charge_values,
    charges_of,
    counts,
    entry_of,
    entry_values,
    late_of,
)
from billing.discounts import offers_of
from billing.entries import entries_of
from billing.ledger import Book, Charge, Entry, undone
from billing.money import Money
from billing.months import refuse_closed
from billing.part_waivers import waivers_of
from billing.tables import AccountRow, ChargeRow, DesignationRow, EntryRow, PaymentRow
from config.database import Base, add_rows, among, in_chunks, lock, next_ids, rows_of, with_ids
from config.law import Market

_PRINCIPAL = aliased(ChargeRow)
_POSTED_NO = select(AccountRow.id, AccountRow.posted_no).where(with_ids(AccountRow.id))
_OPEN = select(*CHARGE).where(ChargeRow.open > 0).order_by(ChargeRow.account_id, *IN_ORDER)
# Only late charges whose principal is still open matter for what accrues on it.
_LATE = select(*LATE).where(counts()).group_by(ChargeRow.for_charge_id)
_LATE_OF_ALL = _LATE.join(_PRINCIPAL, _PRINCIPAL.id == ChargeRow.for_charge_id).where(
    _PRINCIPAL.open > 0
)
_OPEN_OF = _OPEN.where(with_ids(ChargeRow.account_id))
# A condition on the due day leads SQLite to an index over all charges, open or not.
_OPEN_BEFORE = _OPEN_OF.where(ChargeRow.due_on < bindparam("due_before", type_=Date))
_LATE_OF = _LATE.where(with_ids(ChargeRow.for_charge_id))
_CREDITS = select(PaymentRow.account_id, PaymentRow.id, PaymentRow.open, PaymentRow.value_on).where(
    PaymentRow.open > 0, with_ids(PaymentRow.account_id)
)
_DESIGNATED = (
    select(DesignationRow.payment_id, DesignationRow.charge_id)
    .where(with_ids(DesignationRow.payment_id))
    .order_by(DesignationRow.payment_id, DesignationRow.no)
)


def lock_accounts(session: Session, account_ids: Collection[int]) -> dict[int, int]:
    """Hold the accounts' rows until the transaction ends and return their `posted_no`."""
    lock(session, AccountRow, account_ids)
    return posted_numbers(session, account_ids)


def posted_numbers(session: Session, account_ids: Collection[int]) -> dict[int, int]:
    """Return the `posted_no` of accounts, which tells whether anything was posted since."""
    return {row.id: row.posted_no for row in rows_of(session, _POSTED_NO, account_ids)}


def raise_posted_no(session: Session, account_ids: Iterable[int | None]) -> None:
    """Say that something was posted to the accounts, so that nothing decided before goes out."""
    for some in in_chunks(sorted({one for one in account_ids if one is not None})):
        session.execute(
            update(AccountRow)
            .where(among(AccountRow.id, some))
            .values(posted_no=AccountRow.posted_no + 1)
            .execution_options(synchronize_session=False)
        )


def post(
    session: Session,
    entries: Sequence[Entry],
    *,
    charges: Sequence[Charge] = (),
    payments: Sequence[Mapping[str, Any]] = (),
) -> None:
    """
    Add entries with the charges and payments they are the first of, and keep what is open.

    :param payments: rows of new payments without `open`, which the entries say.
    :raises ClosedDayError: if the month of an entry is closed, or its day is sealed.
    """
    refuse_closed(session, {entry.posted_on for entry in entries})
    of_charge, of_payment = _by_charge(entries), _by_payment(entries)
    add_rows(
        session,
        ChargeRow,
        [charge_values(charge) | {"open": of_charge.pop(charge.id, 0)} for charge in charges],
    )
    add_rows(
        session,
        PaymentRow,
        [dict(payment) | {"open": of_payment.pop(payment["id"], 0)} for payment in payments],
    )
    add_rows(session, EntryRow, [entry_values(entry) for entry in entries])
    _change_open(session, ChargeRow, of_charge)
    _change_open(session, PaymentRow, of_payment)
    raise_posted_no(session, (entry.account_id for entry in entries))


def post_one(session: Session, entry: Entry) -> int:
    """
    Add an entry by which no charge, payment or account changes, and return its id.

    :raises ClosedDayError: if the month of the entry is closed, or its day is sealed.
    """
    assert entry.account_id is None, "what changes an account is posted with all that it changes"
    refuse_closed(session, {entry.posted_on})
    row = EntryRow(**entry_values(entry))
    session.add(row)
    session.flush()
    return row.id


def open_now(
    session: Session, account_ids: Collection[int] | None, *, due_before: date = date.max
) -> dict[int, list[Charge]]:
    """
    Return the charges of the accounts, or of all, that are open now, the oldest due first.

    :param due_before: of accounts that are named, only charges that fell due before this day.
    """
    if account_ids is None:
        rows: Iterable[Any] = session.execute(_OPEN)
        late: Iterable[Any] = session.execute(_LATE_OF_ALL)
    else:
        days = {} if due_before == date.max else {"due_before": due_before}
        query = _OPEN_BEFORE if days else _OPEN_OF
        rows = list(rows_of(session, query, account_ids, **days))
        late = rows_of(session, _LATE_OF, [id_ for id_, *_, for_ in rows if for_ is None])
    found: dict[int, list[Charge]] = {}
    for charge in charges_of(rows, late_of(late)):
        found.setdefault(charge.account_id, []).append(charge)
    return found


def credits_now(session: Session, account_ids: Collection[int]) -> dict[int, list[Credit]]:
    """Return what is left of the accounts' payments, and what each is to settle first."""
    found: dict[int, list[Credit]] = {}
    rows = list(rows_of(session, _CREDITS, account_ids))
    first = _designated(session, [payment_id for _, payment_id, _, _ in rows])
    for account_id, payment_id, open_, value_on in rows:
        credit = Credit(payment_id, open_, value_on, first.get(payment_id, ()))
        found.setdefault(account_id, []).append(credit)
    return found


def designate(session: Session, charges: Mapping[int, Sequence[int]]) -> None:
    """Keep which charges, in their order, payments are to settle first, by the payments' ids."""
    rows = [
        {"payment_id": payment_id, "charge_id": charge_id, "no": no}
        for payment_id, own in charges.items()
        for no, charge_id in enumerate(dict.fromkeys(own))
    ]
    add_rows(session, DesignationRow, rows)


def _designated(session: Session, payment_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for payment_id, charge_id in rows_of(session, _DESIGNATED, payment_ids):
        found[payment_id] = (*found.get(payment_id, ()), charge_id)
    return found


def use_credit(
    session: Session,
    account_ids: Collection[int],
    *,
    posted_on: date,
    market: Market,
) -> dict[int, Settlement]:
    """Settle the accounts' open charges with their money, and return what was settled."""
    credits_ = credits_now(session, account_ids)
    charges = open_now(session, credits_.keys())
    offers = offers_of(session, charges)
    waivers = waivers_of(session, charges)
    settled = {
        account_id: settle(
            credits_[account_id],
            charges[account_id],
            rule=market.late_charge,
            order=market.allocation_order,
            posted_on=posted_on,
            offers=offers.get(account_id, NO_OFFERS),
            waivers=waivers.get(account_id, NO_WAIVERS),
        )
        for account_id in sorted(charges)
    }
    return _post_settlements(session, settled, posted_on=posted_on)


def raise_late_charges(
    session: Session,
    charges: Mapping[int, Sequence[Charge]],
    *,
    until: Mapping[int, date],
    posted_on: date,
    market: Market,
) -> int:
    """
    Post what has accrued on open charges, and return how many late charges that makes.

    :param charges: the open charges of each account.
    :param until: the day up to which each account's lateness is charged.
    """
    waivers = waivers_of(session, charges)
    found = {
        account_id: late_charges(
            own,
            until=until[account_id],
            rule=market.late_charge,
            posted_on=posted_on,
            waivers=waivers.get(account_id, NO_WAIVERS),
        )
        for account_id, own in sorted(charges.items())
    }
    made = {key: one for key, one in found.items() if one.late_charges}
    _post_settlements(session, made, posted_on=posted_on)
    return sum(len(one.late_charges) for one in made.values())


def undo(
    session: Session,
    entries: Sequence[Entry],
    *,
    posted_on: date,
    reason: str,
    bill_id: int | None = None,
) -> None:
    """
    Add the reversal of each entry.

    :param bill_id: the document that reverses, if it is a bill; else each keeps its own.
    :raises BackdatedError: if an entry was posted on a later day.
    """
    reversals = undone(entries, posted_on=posted_on, reason=reason)
    if bill_id is not None:
        reversals = [replace(one, bill_id=bill_id) for one in reversals]
    post(session, reversals)


def standing(session: Session, column: Any, ids: Collection[int]) -> list[Entry]:
    """
    Return the entries that are no reversals and have not been reversed, the first posted first.

    :param column: `EntryRow.charge_id` or `EntryRow.payment_id`, which one of the ids is in.
    """
    later = aliased(EntryRow)
    found: list[Entry] = []
    for some in in_chunks(sorted(ids)):
        query = (
            select(EntryRow)
            .outerjoin(later, later.reverses_id == EntryRow.id)
            .where(among(column, some), EntryRow.reverses_id.is_(None), later.id.is_(None))
            .order_by(EntryRow.id)
        )
        found += map(entry_of, session.scalars(query))
    return found


def chunks_of(ids: Collection[int] | None) -> Iterable[Sequence[int] | None]:
    """Yield slices of the ids that a statement can hold; none at all means all rows at once."""
    return (None,) if ids is None else in_chunks(sorted(ids))


def _post_settlements(
    session: Session, settled: Mapping[int, Settlement], *, posted_on: date
) -> dict[int, Settlement]:
    """Post settlements, and return them with the ids that their late charges got."""
    new = [late for one in settled.values() for late in one.late_charges]
    ids = iter(next_ids(session, ChargeRow, len(new)))
    found: dict[int, Settlement] = {}
    entries: list[Entry] = []
    for account_id, one in settled.items():
        real = {late.id: next(ids) for late in one.late_charges}
        found[account_id] = Settlement(
            tuple(replace(late, id=real[late.id]) for late in one.late_charges),
            tuple(
                replace(made, charge_id=real[made.charge_id]) if made.charge_id < 0 else made
                for made in one.allocations
            ),
            one.discounts,
            tuple(replace(off, charge_id=real[off.charge_id]) for off in one.waived),
        )
        entries += entries_of(found[account_id], account_id, posted_on)
    post(
        session,
        entries,
        charges=[late for one in found.values() for late in one.late_charges],
    )
    return found


def _by_charge(entries: Iterable[Entry]) -> dict[int, Money]:
    changes: dict[int, Money] = {}
    for entry in entries:
        if entry.charge_id is not None and entry.touches(Book.RECEIVABLE):
            amount = entry.amount if entry.debit is Book.RECEIVABLE else -entry.amount
            changes[entry.charge_id] = changes.get(entry.charge_id, 0) + amount
    return changes


def _by_payment(entries: Iterable[Entry]) -> dict[int, Money]:
    changes: dict[int, Money] = {}
    for entry in entries:
        if entry.payment_id is None:
            continue
        for book, sign in ((entry.credit, 1), (entry.debit, -1)):
            if book in (Book.ON_ACCOUNT, Book.SUSPENSE):
                changes[entry.payment_id] = changes.get(entry.payment_id, 0) + sign * entry.amount
    return changes


def _change_open(
    session: Session, table: type[ChargeRow | PaymentRow], changes: Mapping[int, Money]
) -> None:
    values = [{"key": key, "change": change} for key, change in sorted(changes.items()) if change]
    if not values:
        return
    rows = cast("Table", cast("type[Base]", table).__table__)
    statement = (
        update(rows)
        .where(rows.c.id == bindparam("key"))
        .values(open=rows.c.open + bindparam("change"))
    )
    done = cast("CursorResult[Any]", session.connection().execute(statement, values))
    assert done.rowcount in (-1, len(values)), "a charge or payment that is named must be there"
