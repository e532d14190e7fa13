"""Credit terms of an account: asked for by one person, granted by another, in force from a day."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from arrears.crediting import BadCreditError
from billing import store as master
from billing.account import Account
from config import approval
from config.approval import Act, Approval, State
from config.people import User

DAYS_MAX = 180
"""A longer time to pay is a loan, not a term."""


def ask(
    sessions: sessionmaker[Session],
    number: str,
    *,
    credit_days: int,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """
    Ask that an account have so many days from the issue of a bill to its due date.

    :raises BadCreditError: with everything that is wrong with it.
    """
    with sessions.begin() as session:
        account = master.find_accounts(session, [number]).get(number)
        problems = []
        if account is None:
            problems.append(f"{number}: no account has this number; look it up by name")
        if not 0 <= credit_days <= DAYS_MAX:
            problems.append(f"days: {credit_days} isn't from 0 to {DAYS_MAX}")
        if account is not None and account.credit_days == credit_days:
            problems.append(f"days: the account has {credit_days} already")
        if not reason.strip():
            problems.append("reason: is empty; say why, for whoever decides")
        if problems or account is None:
            raise BadCreditError("\n".join(problems))
        return ask_for(session, account, credit_days, reason.strip(), by=by, now=now)


def ask_for(
    session: Session, account: Account, credit_days: int, reason: str, *, by: str, now: datetime
) -> int:
    """Ask for terms that are fit to be asked for, in a transaction of the caller's."""
    return approval.ask(
        session,
        act=Act.SET_TERMS,
        subject=f"account {account.number}",
        account_id=account.id,
        summary=f"give account {account.number} {credit_days} days to pay "
        f"instead of {account.credit_days}",
        facts={
            "account": account.number,
            "credit_days": credit_days,
            "credit_days_before": account.credit_days,
            "reason": reason,
        },
        maker=by,
        now=now,
    )


def grant(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    accept: bool,
    reason: str,
    today: date,
    now: datetime,
) -> Approval:
    """
    Decide on terms; once allowed they are set on the account for bills issued from tomorrow on.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    """
    with sessions.begin() as session:
        decided = approval.decide(
            session, approval_id, by=by, accept=accept, reason=reason, now=now
        )
        if decided.state is State.APPROVED and decided.account_id is not None:
            taken = master.term_days(session, decided.account_id)
            starts_on = today + timedelta(days=1)
            while starts_on in taken:
                starts_on += timedelta(days=1)
            days = decided.facts["credit_days"]
            master.add_terms(session, [(decided.account_id, starts_on, days)])
        return decided
