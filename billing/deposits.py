"""Security: a customer is asked for a deposit, pays it, and is credited with what it earns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from billing import books
from billing.account import Account
from billing.counter import (
    BadPaymentError,
    UnknownPaymentError,
    account_of,
    note_payment,
    once,
    opened_by,
    receipt_of,
    refuse_unfit,
)
from billing.interest import last_day_of_credit
from billing.money import Money
from billing.payment import DepositDemand, NewDemand, NewPayment, Receipt
from billing.store import accounts
from billing.till import refuse_closed_till
from config import journal
from config.database import in_chunks, reading

ACCOUNTS_AT_ONCE = 500


def demand_deposit(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    amount: Money,
    due_on: date,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> DepositDemand:
    """
    Ask an account for security. Whether it may be asked is decided, and approved, before.

    :raises BadPaymentError: if the amount isn't positive, the due day past or the account closed.
    """
    if amount <= 0 or due_on < today:
        raise BadPaymentError("a deposit is more than nothing, and due today or later")
    with sessions.begin() as session:
        account = _still_open(account_of(session, account_number))
        new = NewDemand(account.id, amount, today, due_on, by, reason)
        (demand_id,) = books.demand_deposits(session, [new])
        found = books.deposit_demands(session, [account.id])[account.id]
        (demand,) = [one for one in found if one.id == demand_id]
        facts = {"account": account.number, "amount": amount, "reason": reason}
        journal.note(
            session,
            by=by,
            act="demand deposit",
            subject=f"deposit {demand.number}",
            facts=facts,
            now=now,
        )
    return demand


def pay_deposit(
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
    demand_number: str | None = None,
    method: str = "",
) -> Receipt:
    """
    Take a payment that is held as security and settles nothing.

    :param demand_number: the demand that it answers; by default the oldest one not met.
    :param method: how it was paid; cash lies in the till like any other.
    :raises BadPaymentError, UnknownAccountError, AlreadyReceivedError: as `pay` does, and of an
        account that is closed: there is nothing left to secure.
    :raises UnknownPaymentError: if the account was never asked for the security named.
    :raises TillError: if the person's till of today was counted and closed.
    """
    refuse_unfit(amount, channel, reference, value_on=value_on, today=today)

    def act(session: Session) -> Receipt:
        refuse_closed_till(session, channel, by, today)
        account = _still_open(opened_by(account_of(session, account_number), value_on))
        new = NewPayment(account.id, channel, reference, amount, value_on, method)
        demand = _demand(session, account, demand_number)
        payment_id = books.receive_deposit(
            session, new, demand_id=demand, posted_on=today, by=by, now=now
        )
        receipt = receipt_of(session, payment_id, account, {})
        note_payment(session, "take deposit", receipt, now=now)
        return receipt

    return once(sessions, channel, reference, act)


@dataclass(frozen=True, slots=True)
class Credited:
    """Interest that was put on account, up to which day; none where it isn't paid year by year."""

    until: date | None
    amounts: Mapping[int, Money]

    @property
    def total(self) -> Money:
        """What was credited in all, in minor units."""
        return sum(self.amounts.values())


def credit_interest(
    sessions: sessionmaker[Session], *, by: str, today: date, now: datetime
) -> Credited:
    """
    Put on account what deposits have earned up to the last day on which that is done.

    The market's law names the day of the year, or else the billing policy. What was credited up
    to that day before isn't credited again, so that this may be done every day.

    :raises billing.interest.UnknownRateError: if interest is due and its rate isn't known.
    :raises ClosedDayError: if today's month is closed.
    """
    with reading(sessions) as session:
        until = last_day_of_credit(books.interest_terms(session, today), today)
        ids = books.holders(session)
    amounts: dict[int, Money] = {}
    if until is None:
        return Credited(None, amounts)
    for some in in_chunks(ids, ACCOUNTS_AT_ONCE):
        with sessions.begin() as session:
            amounts |= _credit_some(session, some, until, by=by, today=today, now=now)
    return Credited(until, amounts)


def _credit_some(
    session: Session, ids: Sequence[int], until: date, *, by: str, today: date, now: datetime
) -> dict[int, Money]:
    made = books.credit_interest(session, ids, until=until, posted_on=today, by=by, now=now)
    for account_id, amount in made.items():
        number = accounts(session, [account_id])[account_id].number
        journal.note(
            session,
            by=by,
            act="credit interest",
            subject=f"account {number}",
            facts={"amount": amount, "until": until.isoformat()},
            now=now,
        )
    return made


def _still_open(account: Account) -> Account:
    if account.closed_on is not None:
        raise BadPaymentError(
            f"account {account.number} is closed since {account.closed_on}; no deposit secures it"
        )
    return account


def _demand(session: Session, account: Account, number: str | None) -> int | None:
    found = books.deposit_demands(session, [account.id]).get(account.id, [])
    if number is None:
        return next((one.id for one in found if not one.is_met), None)
    for one in found:
        if one.number == number:
            return one.id
    raise UnknownPaymentError(f"account {account.number} was not asked for deposit {number!r}")
