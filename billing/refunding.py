"""Money that goes back: refunds, and payments taken back of which a part had been refunded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import Book, Charge, ChargeKind, Entry, undone
from billing.money import Money
from billing.posting import credits_now, lock_accounts, post, standing
from billing.tables import ChargeRow, EntryRow, RefundRow
from config.database import next_ids


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that was given back to a customer, and to whom it went."""

    number: str
    account_id: int
    amount: Money
    payee: str
    refunded_on: date
    refunded_by: str
    reason: str


def pay_out(session: Session, refund: Refund, *, approval_id: int) -> None:
    """
    Post a refund: the account's money, the earliest first, leaves by cash.

    :raises sqlalchemy.exc.IntegrityError: if the approval was carried out before.
    """
    lock_accounts(session, {refund.account_id})
    left, entries = refund.amount, []
    credits_ = credits_now(session, {refund.account_id}).get(refund.account_id, [])
    for credit in sorted(credits_, key=lambda one: (one.value_on, one.payment_id)):
        part = min(left, credit.open)
        left -= part
        if part:
            entries.append(
                Entry(
                    account_id=refund.account_id,
                    posted_on=refund.refunded_on,
                    value_on=refund.refunded_on,
                    debit=Book.ON_ACCOUNT,
                    credit=Book.CASH,
                    amount=part,
                    text=f"refund {refund.number} to {refund.payee}",
                    payment_id=credit.payment_id,
                )
            )
    assert not left, "no more is given back than stands on account"
    session.add(
        RefundRow(
            number=refund.number,
            account_id=refund.account_id,
            approval_id=approval_id,
            amount=refund.amount,
            payee=refund.payee,
            refunded_on=refund.refunded_on,
            refunded_by=refund.refunded_by,
            reason=refund.reason,
        )
    )
    post(session, entries)


def refunds_of(session: Session, account_id: int) -> list[Refund]:
    """Return an account's refunds, the newest first."""
    query = select(RefundRow).where(RefundRow.account_id == account_id)
    rows = session.scalars(query.order_by(RefundRow.refunded_on.desc(), RefundRow.id.desc()))
    return [
        Refund(
            row.number,
            row.account_id,
            row.amount,
            row.payee,
            row.refunded_on,
            row.refunded_by,
            row.reason,
        )
        for row in rows
    ]


def take_back(
    session: Session,
    payment_ids: Collection[int],
    *,
    posted_on: date,
    reason: str,
    bill_id: int | None = None,
    also: Sequence[Entry] = (),
) -> None:
    """
    Undo all that payments did, and other entries with it.

    A refund has left the house and cannot be undone: what it gave back is owed as a fee instead.

    :param bill_id: the bill whose reversal this is, if it is one; else each entry keeps its own.
    :raises BackdatedError: if an entry was posted on a later day.
    """
    found = standing(session, EntryRow.payment_id, payment_ids)
    gone = [entry for entry in found if _is_refund(entry)]
    kept = {entry.id for entry in also}
    others = [one for one in found if not _is_refund(one) and one.id not in kept]
    reversals = undone((*also, *others), posted_on=posted_on, reason=reason)
    if bill_id is not None:
        reversals = [replace(one, bill_id=bill_id) for one in reversals]
    owed = _owed_again(session, gone, posted_on)
    post(session, [*reversals, *(entry for _, entry in owed)], charges=[one for one, _ in owed])


def _is_refund(entry: Entry) -> bool:
    return entry.debit is Book.ON_ACCOUNT and entry.credit is Book.CASH


def _owed_again(
    session: Session, gone: Sequence[Entry], posted_on: date
) -> list[tuple[Charge, Entry]]:
    """Return for each refund that was paid from taken-back money the charge that claims it."""
    ids = next_ids(session, ChargeRow, len(gone))
    found = []
    for entry, charge_id in zip(gone, ids, strict=True):
        assert entry.account_id is not None, "a refund is somebody's"
        charge = Charge(
            id=charge_id,
            account_id=entry.account_id,
            kind=ChargeKind.FEE,
            bill_id=None,
            raised_on=posted_on,
            due_on=posted_on,
            amount=entry.amount,
            open=entry.amount,
            late_from=posted_on,
        )
        claim = replace(
            entry,
            id=None,
            posted_on=posted_on,
            value_on=posted_on,
            debit=Book.RECEIVABLE,
            credit=Book.ON_ACCOUNT,
            charge_id=charge_id,
            text=f"owed again: {entry.text}",
        )
        found.append((charge, claim))
    return found
