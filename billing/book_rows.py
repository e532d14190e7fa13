"""How charges, payments and entries look as rows, and rows as values."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.money import Money
from billing.payment import NewPayment
from billing.tables import ChargeRow, EntryRow, WaiverRow

CHARGE = (
    ChargeRow.id,
    ChargeRow.account_id,
    ChargeRow.kind,
    ChargeRow.bill_id,
    ChargeRow.raised_on,
    ChargeRow.due_on,
    ChargeRow.amount,
    ChargeRow.open,
    ChargeRow.supply_class,
    ChargeRow.late_until,
    ChargeRow.for_charge_id,
)
IN_ORDER = (ChargeRow.due_on, ChargeRow.raised_on, ChargeRow.id)
LATE = (ChargeRow.for_charge_id, func.max(ChargeRow.late_until), func.sum(ChargeRow.amount))
_UNDONE = aliased(EntryRow)


def counts(*, as_of: date | None = None) -> Any:
    """
    Return the condition that a late charge counts: it wasn't taken back, unless it was waived.

    :param as_of: leave out what was posted after this day.
    """
    # Numbers and no EXISTS: for that PostgreSQL may list all that was ever undone, for the few
    # charges that are asked for. What undoes an entry names its charge.
    undone = select(func.count()).where(
        _UNDONE.charge_id == ChargeRow.id,
        _UNDONE.debit == Book.LATE_CHARGE,
        _UNDONE.reverses_id.is_not(None),
    )
    if as_of is not None:
        undone = undone.where(_UNDONE.posted_on <= as_of)
    waived = select(func.count()).where(WaiverRow.charge_id == ChargeRow.id)
    return or_(undone.scalar_subquery() == 0, waived.scalar_subquery() > 0)


_KINDS = {str(kind): kind for kind in ChargeKind}


def entry_of(row: EntryRow) -> Entry:
    """Return the value of a row."""
    return Entry(
        account_id=row.account_id,
        posted_on=row.posted_on,
        value_on=row.value_on,
        debit=Book(row.debit),
        credit=Book(row.credit),
        amount=row.amount,
        text=row.text,
        charge_id=row.charge_id,
        payment_id=row.payment_id,
        bill_id=row.bill_id,
        reverses_id=row.reverses_id,
        id=row.id,
    )


def late_of(rows: Iterable[Any]) -> dict[int, tuple[date, Money]]:
    """Return up to when, and how much, each principal has been charged for its lateness."""
    return {charge_id: (until, int(amount)) for charge_id, until, amount in rows}


def charges_of(rows: Iterable[Any], late: Mapping[int, tuple[date, Money]]) -> Iterable[Charge]:
    """Yield the charges of rows that have the columns `CHARGE`."""
    for id_, account_id, kind, bill_id, raised, due, amount, open_, class_, until, for_ in rows:
        late_from, late_charged = late.get(id_, (until or due, 0))
        yield Charge(
            id_,
            account_id,
            _KINDS[kind],
            bill_id,
            raised,
            due,
            amount,
            int(open_),
            late_from,
            class_,
            late_charged,
            for_,
        )


def payment_values(
    payment_id: int,
    one: NewPayment,
    posted_on: date,
    *,
    by: str,
    now: datetime,
    batch_id: int | None = None,
) -> dict[str, Any]:
    """Return the row of a new payment, without `open`, which its entries say."""
    return {
        "id": payment_id,
        "account_id": one.account_id,
        "channel": one.channel,
        "external_ref": one.reference,
        "method": one.method,
        "payer": one.payer,
        "text": one.text,
        "amount": one.amount,
        "value_on": one.value_on,
        "posted_on": posted_on,
        "received_by": by,
        "received_at": now,
        "batch_id": batch_id,
    }


def entry_values(entry: Entry) -> dict[str, Any]:
    """Return the row of an entry."""
    return {
        "account_id": entry.account_id,
        "posted_on": entry.posted_on,
        "value_on": entry.value_on,
        "debit": str(entry.debit),
        "credit": str(entry.credit),
        "amount": entry.amount,
        "charge_id": entry.charge_id,
        "payment_id": entry.payment_id,
        "bill_id": entry.bill_id,
        "reverses_id": entry.reverses_id,
        "text": entry.text,
    }


def charge_values(charge: Charge) -> dict[str, Any]:
    """Return the row of a new charge, without `open`, which its entries say."""
    is_late = charge.kind is ChargeKind.LATE_CHARGE
    return {
        "id": charge.id,
        "account_id": charge.account_id,
        "kind": str(charge.kind),
        "supply_class": str(charge.supply_class),
        "bill_id": charge.bill_id,
        "for_charge_id": charge.for_charge_id,
        "raised_on": charge.raised_on,
        "due_on": charge.due_on,
        "late_until": charge.late_from if is_late else None,
        "amount": charge.amount,
    }
