"""
Money given back, always by two people: what stands on account, and security that is released.

Released security pays first what the customer owes; only what is left is given back.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from billing import books
from billing.account import Account
from billing.counter import account_of
from billing.interest import UnknownRateError
from billing.money import Money, show
from billing.refunding import Refund
from config import approval, journal
from config.acts import Act
from config.approval import Approval
from config.people import User


class CannotRefundError(Exception):
    """The money can't be given back; the message says why and what would be right."""


def ask_refund(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    amount: Money,
    payee: str,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask for money on account to be given back, and return the approval that this now needs.

    :param amount: in minor units.
    :param payee: to whom it goes, such as a name and a bank account.
    :raises UnknownAccountError: if no account has the number.
    :raises CannotRefundError: if there is not so much on account, or nobody is named.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        _refuse_unfit(session, account, amount, payee, today)
        return approval.ask(
            session,
            act=Act.REFUND,
            subject=f"account {account.number}",
            account_id=account.id,
            summary=f"refund {show(amount)} of account {account.number} to {payee}: {reason}",
            facts={"amount": amount, "payee": payee, "reason": reason},
            maker=by,
            now=now,
        )


def refund(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> Refund:
    """
    Approve a refund and post it.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotRefundError: if the money has been used meanwhile.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        account = _account(session, decided)
        amount, payee = int(decided.facts["amount"]), str(decided.facts["payee"])
        _refuse_unfit(session, account, amount, payee, today)
        return _pay_out(session, decided, account, amount, by=by, today=today, now=now)


def ask_release(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    payee: str,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask for an account's security to be released: set off against what is owed, the rest given back.

    What it has earned by the day of its release is released with it.

    :raises UnknownAccountError: if no account has the number.
    :raises CannotRefundError: if no security is held, or nobody is named for the rest.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        held = _held(session, account, today)
        earned = _earned(session, account, today)
        if not payee.strip():
            raise CannotRefundError("say to whom the rest goes, such as a name and a bank account")
        with_interest = f" with interest of {show(earned)}" if earned else ""
        return approval.ask(
            session,
            act=Act.REFUND_DEPOSIT,
            subject=f"account {account.number}",
            account_id=account.id,
            summary=f"release the deposit of {show(held)}{with_interest} of account "
            f"{account.number}: {reason}",
            facts={"amount": held, "interest": earned, "payee": payee, "reason": reason},
            maker=by,
            now=now,
        )


def release(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> Refund | None:
    """
    Approve the release of security, settle with it what is open, and give back the rest.

    Returns the refund, or none if all of it was owed.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotRefundError: if no security is held any more.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        account = _account(session, decided)
        _held(session, account, today)
        _earned(session, account, today)
        books.lock_accounts(session, {account.id})
        reference = f"{account.number} {approval_id}"
        made = books.release_deposit(
            session, account.id, reference, posted_on=today, by=by.login, now=now
        )
        there = books.on_account(session, [account.id], as_of=today).get(account.id, 0)
        rest = min(there, made.deposit + made.interest)
        facts = {"released": made.deposit, "interest": made.interest}
        facts |= {"given_back": rest, "approval": approval_id}
        subject = f"account {account.number}"
        act = "release deposit"
        journal.note(session, by=by.login, act=act, subject=subject, facts=facts, now=now)
        if not rest:
            return None
        return _pay_out(session, decided, account, rest, by=by, today=today, now=now)


def _account(session: Session, decided: Approval) -> Account:
    number = decided.subject.removeprefix("account ")
    account = account_of(session, number)
    books.lock_accounts(session, {account.id})
    return account


def _pay_out(
    session: Session,
    decided: Approval,
    account: Account,
    amount: Money,
    *,
    by: User,
    today: date,
    now: datetime,
) -> Refund:
    made = Refund(
        number=f"F{decided.id:08d}",
        account_id=account.id,
        amount=amount,
        payee=str(decided.facts["payee"]),
        refunded_on=today,
        refunded_by=by.login,
        reason=str(decided.facts["reason"]),
    )
    books.pay_out(session, made, approval_id=decided.id)
    facts = {"amount": amount, "payee": made.payee, "number": made.number}
    subject = f"account {account.number}"
    journal.note(session, by=by.login, act="refund", subject=subject, facts=facts, now=now)
    return made


def _refuse_unfit(
    session: Session, account: Account, amount: Money, payee: str, today: date
) -> None:
    there = books.on_account(session, [account.id], as_of=today).get(account.id, 0)
    if not payee.strip():
        raise CannotRefundError("say to whom it goes, such as a name and a bank account")
    if not 0 < amount <= there:
        raise CannotRefundError(
            f"{show(amount)} cannot be given back: {show(there)} stands on account {account.number}"
        )


def _held(session: Session, account: Account, today: date) -> Money:
    held = books.deposits_held(session, [account.id], as_of=today).get(account.id, 0)
    if held <= 0:
        raise CannotRefundError(f"no deposit of account {account.number} is held")
    return held


def _earned(session: Session, account: Account, today: date) -> Money:
    try:
        found = books.interest_earned(session, [account.id], until=today).get(account.id)
    except UnknownRateError as unknown:
        raise CannotRefundError(str(unknown)) from unknown
    return 0 if found is None else found.due
