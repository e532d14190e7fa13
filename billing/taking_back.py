"""
A clerk takes back what was mistyped of an account, before anything stands on it.

The last act at a service point, the newest terms or name: what it ended goes on as if nothing had
been, and what is right can begin on the same day. What two people agreed to, two take back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing import books, moving, names, retracting, store
from billing.account import Account
from billing.counter import account_of
from billing.moving import RefusedActError
from billing.tenancy import Dated, Retraction, plan_retraction
from config import approval, journal
from config.acts import Act
from config.people import User


@dataclass(frozen=True, slots=True)
class _Found:
    """What is to be taken back, since when it holds, and whether two people agreed to it."""

    on: date
    said: str
    undo: Callable[[Session, retracting.Act], None]
    is_agreed: bool = False


def take_back(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    what: Dated,
    by: str,
    reason: str,
    today: date,
    now: datetime,
    service_point: str = "",
) -> int | None:
    """
    Take back the newest that was entered of an account, or return the approval that this needs.

    :param service_point: where, if it is the last act of a supply.
    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: if it holds since an earlier day, or a bill stands on it.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        books.lock_accounts(session, {account.id})
        found = _find(session, account, what, service_point, today)
        facts = {"what": str(what), "on": found.on.isoformat()}
        facts |= {"service_point": service_point} if what is Dated.SUPPLY else {}
        if found.is_agreed:
            return _ask(session, account, found, facts | {"reason": reason}, by=by, now=now)
        _undo(session, account, found, facts | {"reason": reason}, by=by, today=today, now=now)
        return None


def agree(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> Account:
    """
    Approve that what was agreed is taken back, and return the account.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises RefusedActError: if something else happened meanwhile.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        account = account_of(session, decided.subject.removeprefix("account "))
        books.lock_accounts(session, {account.id})
        facts = decided.facts
        point = str(facts.get("service_point", ""))
        found = _find(session, account, Dated(facts["what"]), point, today)
        if found.on.isoformat() != facts["on"]:
            raise RefusedActError(
                f"something of account {account.number} was entered meanwhile, for {found.on}; "
                f"look at its history and ask again"
            )
        done = {**facts, "approval": approval_id}
        _undo(session, account, found, done, by=by.login, today=today, now=now)
        return store.accounts(session, [account.id])[account.id]


# --- helpers ----------------------------------------------------------------------------------


def _ask(
    session: Session,
    account: Account,
    found: _Found,
    facts: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> int:
    subject = f"account {account.number}"
    for one in approval.waiting(session, act=Act.TAKE_BACK, subject=subject):
        raise RefusedActError(
            f"{one.maker} has asked for something of account {account.number} to be taken back; "
            f"approval {one.id} waits for a decision"
        )
    return approval.ask(
        session,
        act=Act.TAKE_BACK,
        subject=subject,
        account_id=account.id,
        summary=f"take back {found.said} from {found.on} of account {account.number}: "
        f"{facts['reason']}",
        facts=facts,
        maker=by,
        now=now,
    )


def _undo(
    session: Session,
    account: Account,
    found: _Found,
    facts: Mapping[str, Any],
    *,
    by: str,
    today: date,
    now: datetime,
) -> None:
    found.undo(session, retracting.Act(account.id, by, str(facts["reason"]), today))
    subject = f"account {account.number}"
    journal.note(session, by=by, act="take back", subject=subject, facts=facts, now=now)


def _find(session: Session, account: Account, what: Dated, point: str, today: date) -> _Found:
    if what is Dated.SUPPLY:
        return _supply(session, account, point, today)
    found = _terms(session, account) if what is Dated.TERMS else _name(session, account)
    if found.on < today:
        raise RefusedActError(
            f"the {found.said} of account {account.number} holds since {found.on}, and only what "
            f"holds from today on is taken back; enter what is right from today on"
        )
    bill = retracting.billed_since(session, account.id, found.on)
    if bill is not None:
        raise RefusedActError(
            f"bill {bill} was issued since {found.on}; enter what is right from a later day on"
        )
    return found


def _supply(session: Session, account: Account, point: str, today: date) -> _Found:
    place = moving.place_of(session, account.number, point, today, today)
    found = plan_retraction(place)
    if not isinstance(found, Retraction):
        raise RefusedActError("; ".join(found))
    if found.gone is not None and retracting.has_bills(session, found.gone):
        raise RefusedActError(
            f"a bill of {point} was drawn up on what holds since {found.on}; enter what is right "
            f"from a later day on"
        )

    def undo(session: Session, act: retracting.Act) -> None:
        retracting.take_back_supply(session, found, act)

    return _Found(found.on, f"what was entered at {point}", undo, found.is_agreed)


def _terms(session: Session, account: Account) -> _Found:
    terms = store.terms_of(session, account.id)
    if len(terms) == 1:
        raise RefusedActError(
            f"account {account.number} is on the terms it was opened with; ask for others"
        )
    newest = terms[-1]

    def undo(session: Session, act: retracting.Act) -> None:
        retracting.take_back_terms(session, newest, act)

    return _Found(newest.starts_on, "terms", undo, is_agreed=True)


def _name(session: Session, account: Account) -> _Found:
    customer = store.customers(session, [account.customer_id])[account.customer_id]
    called = names.names_of(session, customer.id)
    if len(called) < 2:
        raise RefusedActError(f"customer {customer.number} never had another name; change it")
    before, newest = called[-2:]

    def undo(session: Session, act: retracting.Act) -> None:
        retracting.take_back_name(session, customer, newest.starts_on, before.name, act)

    return _Found(newest.starts_on, "name", undo)
