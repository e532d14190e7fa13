"""
The cashier's acts: take money, find out whose it is, take it back, ask for security.

Every act is one transaction and one row of the audit trail. What a door returns names the accounts
it touched, so that whoever called it can have them looked at again.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from billing import books
from billing.account import Account
from billing.counter import (
    AlreadyDoneError,
    AlreadyReceivedError,
    BadPaymentError,
    UnknownAccountError,
    UnknownBillError,
    UnknownPaymentError,
    account_of,
    note_payment,
    once,
    opened_by,
    payment_of,
    receipt_of,
    refuse_unfit,
)
from billing.deposits import demand_deposit, pay_deposit
from billing.matching import Suggestion
from billing.money import Money
from billing.payment import CREDIT_NOTE, RELEASED, SET_OFF, NewPayment, Payment, Receipt, Reversal
from billing.payment_file import of_day, post_file
from billing.payment_table import read_payments
from billing.till import TillError, refuse_closed_till
from config import journal
from config.batch import Batch
from config.table_file import open_file

__all__ = [
    "AlreadyDoneError",
    "AlreadyReceivedError",
    "BadPaymentError",
    "Receipt",
    "Reversal",
    "TillError",
    "UnknownAccountError",
    "UnknownBillError",
    "UnknownPaymentError",
    "accounts_of",
    "assign",
    "demand_deposit",
    "pay",
    "pay_deposit",
    "reverse",
    "suggestions",
    "suspense",
    "take_in",
]


# --- money over the counter -------------------------------------------------------------------


def pay(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    amount: Money,
    channel: str,
    reference: str,
    value_on: date,
    by: str,
    today: date,
    now: datetime,
    designated: Sequence[str] = (),
    method: str = "",
    payer: str = "",
) -> Receipt:
    """
    Take a payment, settle what is open with it, and return the receipt.

    :param amount: in minor units.
    :param designated: numbers of the bills that the customer wants settled first.
    :raises BadPaymentError: if the amount, the day, the channel or the reference can't be.
    :raises UnknownAccountError, UnknownBillError: if a number is nobody's.
    :raises AlreadyReceivedError: if the channel gave the reference before; nothing is doubled.
    :raises TillError: if the person's till of today was counted and closed.
    """
    refuse_unfit(amount, channel, reference, value_on=value_on, today=today)

    def act(session: Session) -> Receipt:
        refuse_closed_till(session, channel, by, today)
        account = opened_by(account_of(session, account_number), value_on)
        charges = _designated(session, account, designated)
        new = NewPayment(
            account.id, channel, reference, amount, value_on, method, payer, designated=charges
        )
        received = books.receive(session, [new], posted_on=today, by=by, now=now)
        receipt = receipt_of(session, received.payment_ids[0], account, received.settled)
        note_payment(session, "take payment", receipt, now=now)
        return receipt

    return once(sessions, channel, reference, act)


def reverse(
    sessions: sessionmaker[Session],
    payment_id: int,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Reversal:
    """
    Take back a payment: what it had settled is open again, with its old due date.

    :raises BadPaymentError: if the person took it, or doesn't say why.
    :raises BackdatedError: if it did anything on a later day.
    :raises UnknownPaymentError: if there is none, or it is a bill's credit (cancel the bill).
    :raises AlreadyDoneError: if it was taken back before.
    """
    with sessions.begin() as session:
        payment = payment_of(session, payment_id)
        _refuse_own_work(payment, by, reason)
        _refuse_money_of_bills(payment)
        before = books.reversed_on(session, [payment_id]).get(payment_id)
        if before is not None:
            who = _who(session, "reverse payment", payment)
            raise AlreadyDoneError(f"{payment.number} was taken back on {before} by {who}")
        _refuse_released(session, payment)
        touched = books.reverse_payments(session, [payment_id], posted_on=today, reason=reason)
        facts = {"amount": payment.amount, "reason": reason, "accounts": sorted(touched)}
        journal.note(
            session,
            by=by,
            act="reverse payment",
            subject=f"payment {payment.number}",
            facts=facts,
            now=now,
        )
    return Reversal(payment.number, payment.amount, tuple(sorted(touched)))


def _refuse_own_work(payment: Payment, by: str, reason: str) -> None:
    # Whoever took the money in and took it back again could keep it.
    if not reason.strip():
        raise BadPaymentError("say why the payment is taken back; the reason stands in the books")
    if payment.received_by == by:
        raise BadPaymentError(f"{by} took {payment.number}; somebody else must take it back")


def _refuse_money_of_bills(payment: Payment) -> None:
    """Refuse to take back what a bill gave or used: only the bill undoes it."""
    if payment.channel == CREDIT_NOTE:
        raise UnknownPaymentError(
            f"{payment.number} is the credit of bill {payment.reference}; cancel the bill"
        )
    if payment.channel == SET_OFF:
        raise UnknownPaymentError(
            f"{payment.number} sets off {payment.reference}, which was asked for before its bill; "
            f"cancel the bill"
        )


def _refuse_released(session: Session, payment: Payment) -> None:
    """Refuse to take back security that has been released: it is not there any more."""
    if payment.account_id is None:
        return
    if payment.channel == RELEASED:
        _refuse_before_newer_release(session, payment, payment.account_id)
    if not books.held_as_security(session, payment.id):
        return
    # What came in later may be held in its place, and isn't meant.
    released = books.last_releases(session, [payment.account_id])
    if released.get(payment.account_id, 0) > payment.id:
        raise UnknownPaymentError(
            f"{payment.number} was held as security and has been released; take back the release"
        )


def _refuse_before_newer_release(session: Session, payment: Payment, account_id: int) -> None:
    """Refuse to take back a release before a later one: what it released would count as gone."""
    newest = books.last_releases(session, [account_id]).get(account_id, 0)
    if newest > payment.id:
        raise UnknownPaymentError(
            f"security was released again by R{newest:09d}; take back that release first"
        )


# --- files ------------------------------------------------------------------------------------


def take_in(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    layout: str | None,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool = False,
    name: str | None = None,
    as_of: date | None = None,
) -> Batch:
    """
    Take in a CSV or XLSX file of payments by its layout.

    Money whose owner isn't known goes to suspense; what was received before is refused and says
    by whom. The same file again changes nothing. The batch's facts hold, in minor units, `total`
    and how it divides into `posted`, `suspense` and `refused`.

    :param as_of: the last day that the list tells of; otherwise that of its newest payment, or
        today if it has none.
    :raises config.refusal.RefusedFileError: if the file cannot be taken in at all.
    """
    file = of_day(read_payments(open_file(path, name=name), layout), as_of, today=today)
    return post_file(sessions, file, by=by, today=today, now=now, dry_run=dry_run)


def accounts_of(session: Session, batch_id: int) -> list[int]:
    """Return the ids of the accounts to which a file's money was posted."""
    return books.accounts_of_batch(session, batch_id)


# --- suspense ---------------------------------------------------------------------------------


def suspense(session: Session, *, limit: int | None = None) -> list[Payment]:
    """Return the money of which nobody knows yet whose it is, the oldest first."""
    return books.suspense(session, limit=limit)


def suggestions(
    session: Session, payments: Sequence[Payment], *, today: date
) -> dict[int, list[Suggestion]]:
    """Return for each payment in suspense whose it may be, the likeliest first, and how sure."""
    return books.suggestions(session, payments, today=today)


def assign(
    sessions: sessionmaker[Session],
    payment_id: int,
    account_number: str,
    *,
    by: str,
    reason: str = "",
    today: date,
    now: datetime,
) -> Receipt:
    """
    Give money in suspense to an account and settle what is open there, as of the day it came.

    :raises UnknownAccountError, UnknownPaymentError: if one of them isn't there.
    :raises AlreadyDoneError: if the money is no longer in suspense.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        payment = payment_of(session, payment_id)
        if not payment.is_in_suspense:
            who = _who(session, "assign payment", payment)
            raise AlreadyDoneError(f"{payment.number} is no longer in suspense: {who} was quicker")
        settled = books.assign(session, {payment_id: account.id}, posted_on=today)
        facts = {"account": account.number, "reason": reason, "amount": payment.amount}
        journal.note(
            session,
            by=by,
            act="assign payment",
            subject=f"payment {payment.number}",
            facts=facts,
            now=now,
        )
        return receipt_of(session, payment_id, account, settled)


def _who(session: Session, act: str, payment: Payment) -> str:
    found = journal.notes(session, subject=f"payment {payment.number}")
    return next((note.by for note in found if note.act == act), "somebody")


def _designated(session: Session, account: Account, numbers: Sequence[str]) -> tuple[int, ...]:
    bills = books.find_bills_owed(session, numbers)
    for number in numbers:
        if number not in bills or bills[number].account_id != account.id:
            raise UnknownBillError(
                f"account {account.number} has no bill {number!r} to pay; correct the number"
            )
    return tuple(bills[number].charge_id for number in numbers)
