"""What the doors through which money comes have in common: once, by whom, and a receipt."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from billing import books, store
from billing.account import Account
from billing.allocation import Settlement
from billing.incoming import AMOUNT_MAX, received_text
from billing.money import Money, show
from billing.payment import (
    BACK_DAYS,
    CHANNEL_MAX,
    REFERENCE_MAX,
    Payment,
    Receipt,
    is_long_ago,
    is_own_channel,
)
from config import journal
from config.database import reading

T = TypeVar("T")


class UnknownAccountError(Exception):
    """No account has the number."""


class UnknownBillError(Exception):
    """A bill that the customer designates is not one of the account's."""


class UnknownPaymentError(Exception):
    """There is no such payment, or it isn't one that this can be done with."""


class BadPaymentError(Exception):
    """A payment cannot be as it is described; the message says what would be right."""


class AlreadyReceivedError(Exception):
    """The channel has given this reference before; the message says who took it and when."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(received_text(payment))
        self.payment = payment


class AlreadyDoneError(Exception):
    """Somebody was quicker; the message says when."""


def refuse_unfit(
    amount: Money, channel: str, reference: str, *, value_on: date, today: date
) -> None:
    """
    Refuse a payment that cannot be.

    :raises BadPaymentError: saying what would be right.
    """
    if amount >= AMOUNT_MAX:
        raise BadPaymentError(
            f"{show(amount)} is more than one payment can be; look for a digit too many"
        )
    if amount <= 0:
        raise BadPaymentError(f"{show(amount)} cannot be paid; write an amount above nothing")
    _refuse_day(value_on, today)
    if not reference.strip() or not channel.strip():
        raise BadPaymentError("a payment has a channel and a reference of its own; fill them in")
    for name, written, most in (
        ("reference", reference, REFERENCE_MAX),
        ("channel", channel, CHANNEL_MAX),
    ):
        if len(written) > most:
            raise BadPaymentError(f"{name} has {len(written)} characters; at most {most} are taken")
    if is_own_channel(channel):
        raise BadPaymentError(
            f"channel {channel.strip()} is kept for what the books raise themselves; name the "
            f"channel by which the money came, such as counter"
        )


def _refuse_day(value_on: date, today: date) -> None:
    if value_on > today:
        raise BadPaymentError(f"{value_on} is after today, {today}; correct the day")
    if is_long_ago(value_on, today=today):
        earliest = today - timedelta(days=BACK_DAYS)
        raise BadPaymentError(
            f"{value_on} is more than {BACK_DAYS} days back; take the money as of {earliest} or "
            f"later, and if a late charge is not the customer's fault, ask for it to be waived "
            f"(payments waive)"
        )


def once(
    sessions: sessionmaker[Session],
    channel: str,
    reference: str,
    act: Callable[[Session], T],
) -> T:
    """
    Do in one transaction what takes a payment, unless somebody has taken it.

    :raises AlreadyReceivedError: if somebody has, before or in the same moment.
    """
    try:
        with sessions.begin() as session:
            _refuse_repeat(session, channel, reference)
            return act(session)
    except IntegrityError:
        # Two did it at once, and the database let one of them through: say who it was.
        with reading(sessions) as session:
            _refuse_repeat(session, channel, reference)
        raise


def _refuse_repeat(session: Session, channel: str, reference: str) -> None:
    before = books.find_payments(session, channel, [reference]).get(reference)
    if before is not None:
        raise AlreadyReceivedError(before)


def account_of(session: Session, number: str) -> Account:
    """
    Return the account that has the number.

    :raises UnknownAccountError: if none has.
    """
    account = store.find_accounts(session, [number]).get(number)
    if account is None:
        raise UnknownAccountError(f"no account has the number {number!r}; search for the customer")
    return account


def opened_by(account: Account, value_on: date) -> Account:
    """
    Return the account, unless money would count from a day before it was opened.

    :raises BadPaymentError: saying which day would be right.
    """
    if value_on < account.opened_on:
        raise BadPaymentError(
            f"account {account.number} was opened on {account.opened_on}, after {value_on}; "
            f"correct the day or the account"
        )
    return account


def payment_of(session: Session, payment_id: int) -> Payment:
    """
    Return the payment, its own row and its account's held until the transaction ends.

    :raises UnknownPaymentError: if there is none.
    """
    payment = books.payments(session, [payment_id]).get(payment_id)
    if payment is None:
        raise UnknownPaymentError(f"there is no payment {payment_id}")
    if payment.account_id is not None:
        books.lock_accounts(session, [payment.account_id])
    books.lock_payments(session, [payment_id])
    return books.payments(session, [payment_id])[payment_id]


def receipt_of(
    session: Session, payment_id: int, account: Account, settled: Mapping[int, Settlement]
) -> Receipt:
    """Return the receipt of a payment that was just posted."""
    payment = books.payments(session, [payment_id])[payment_id]
    made = settled.get(account.id, Settlement()).allocations
    own = tuple((one.charge_id, one.amount) for one in made if one.payment_id == payment_id)
    late = books.late_charge_ids(session, [charge_id for charge_id, _ in own])
    return Receipt(
        number=payment.number,
        payment_id=payment_id,
        account_id=account.id,
        account_number=account.number,
        channel=payment.channel,
        reference=payment.reference,
        amount=payment.amount,
        settled=own,
        late_charge=sum(amount for charge_id, amount in own if charge_id in late),
        on_account=payment.open,
        value_on=payment.value_on,
        posted_on=payment.posted_on,
        received_by=payment.received_by,
        account_closed_on=account.closed_on,
    )


def note_payment(session: Session, act: str, receipt: Receipt, *, now: datetime) -> None:
    """Add the row of the audit trail that says who took a payment."""
    facts = {
        "account": receipt.account_number,
        "amount": receipt.amount,
        "channel": receipt.channel,
        "reference": receipt.reference,
    }
    subject = f"payment {receipt.number}"
    journal.note(session, by=receipt.received_by, act=act, subject=subject, facts=facts, now=now)
