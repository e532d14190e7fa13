"""
What is agreed with an account about paying: days to pay, what paying early earns, settlements,
before use or after it.

It moves money, so a second person decides; the first day of new terms is never in the past.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing import discount, discounts, moving, store
from billing.account import SETTLEMENTS_MAX, Account, AccountTerms
from billing.counter import account_of
from billing.history import TERMS
from billing.master_row import CREDIT_DAYS_MAX
from billing.moving import RefusedActError
from billing.supply import PaymentMode
from config import approval, journal
from config.acts import Act
from config.people import User


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be agreed with an account from a day on; what is none stays as it is."""

    on: date
    credit_days: int | None = None
    settlements: int | None = None
    payment_mode: PaymentMode | None = None
    service_point: str | None = None
    discount_percent: Decimal | None = None
    discount_days: int | None = None


def ask_terms(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    wanted: Wanted,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask for terms of an account to be changed, and return the approval that this now needs.

    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        return ask_for(session, account, wanted, by=by, reason=reason, today=today, now=now)


def ask_for(
    session: Session,
    account: Account,
    wanted: Wanted,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask for terms in a transaction of the caller's, and return the approval.

    :raises RefusedActError: with everything that stands against it.
    """
    _refuse_unfit(session, account, wanted, today)
    for one in approval.waiting(session, act=Act.SET_TERMS, subject=subject_of(account)):
        raise RefusedActError(
            f"{one.maker} has asked for terms of account {account.number}; approval {one.id} "
            f"waits for a decision"
        )
    facts = _facts(wanted)
    new = ", ".join(f"{key} {value}" for key, value in facts.items() if key != "on")
    return approval.ask(
        session,
        act=Act.SET_TERMS,
        subject=subject_of(account),
        account_id=account.id,
        summary=f"terms of account {account.number} from {wanted.on}: {new}: {reason}",
        facts=facts | {"reason": reason},
        maker=by,
        now=now,
    )


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
    Approve new terms of an account, and return it on them.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises RefusedActError: if something else happened meanwhile.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        account = account_of(session, decided.subject.removeprefix("account "))
        wanted = _wanted(decided.facts)
        _refuse_unfit(session, account, wanted, today)
        why = str(decided.facts["reason"])
        _change(session, account, wanted, by=by.login, reason=why, today=today, now=now)
        facts = _facts(wanted) | {"reason": why, "approval": approval_id}
        subject = subject_of(account)
        journal.note(session, by=by.login, act="set terms", subject=subject, facts=facts, now=now)
        return store.accounts(session, [account.id])[account.id]


def _change(
    session: Session,
    account: Account,
    wanted: Wanted,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> None:
    terms = _terms(account, wanted)
    if not _is_same(terms, account):
        store.add_terms(session, [terms])
    if wanted.payment_mode is not None:
        point = wanted.service_point or ""
        place = moving.place_of(session, account.number, point, wanted.on, today)
        moving.pay_by(session, place, wanted.payment_mode, by=by, reason=reason, now=now)


def _terms(account: Account, wanted: Wanted) -> AccountTerms:
    return AccountTerms(
        account.id,
        wanted.on,
        *(
            getattr(account, name) if getattr(wanted, name) is None else getattr(wanted, name)
            for name in TERMS
        ),
    )


def _is_same(terms: AccountTerms, account: Account) -> bool:
    return all(getattr(terms, name) == getattr(account, name) for name in TERMS)


def _refuse_unfit(session: Session, account: Account, wanted: Wanted, today: date) -> None:
    problems = list(_problems(session, account, wanted, today))
    if wanted.payment_mode is not None and not problems:
        point = wanted.service_point or ""
        place = moving.place_of(session, account.number, point, wanted.on, today)
        problems += moving.against_paying_by(place, wanted.payment_mode)
    if problems:
        raise RefusedActError("; ".join(problems))


def _problems(session: Session, account: Account, wanted: Wanted, today: date) -> Iterator[str]:
    terms = _terms(account, wanted)
    is_same = _is_same(terms, account)
    if wanted.on < today:
        yield f"{wanted.on} is past; terms are agreed from today, {today}, or a later day"
    if not account.is_open_on(wanted.on):
        yield f"account {account.number} is not open on {wanted.on}; correct the day"
    if is_same and wanted.payment_mode is None:
        yield f"account {account.number} has these terms already; say what is new"
    if not 0 <= terms.credit_days <= CREDIT_DAYS_MAX:
        yield f"{terms.credit_days} days of credit can't be; write 0 to {CREDIT_DAYS_MAX}"
    if not 1 <= terms.settlements <= SETTLEMENTS_MAX:
        yield f"{terms.settlements} settlements a month can't be; write 1 to {SETTLEMENTS_MAX}"
    yield from _discount_problems(session, wanted, terms, today)
    newest = store.terms_of(session, account.id)[-1].starts_on
    if not is_same and wanted.on <= newest:
        yield f"terms begin on {newest} already; take a later day"
    if wanted.payment_mode is not None and not wanted.service_point:
        yield "say at which service point it is to be paid like this"


def _discount_problems(
    session: Session, wanted: Wanted, terms: AccountTerms, today: date
) -> Iterator[str]:
    percent, days = terms.discount_percent, terms.discount_days
    yield from discount.problems_of(percent, days, terms.credit_days)
    if wanted.discount_percent and discounts.taken_on(session, today) is None:
        yield (
            "no discount is given; the billing policy must say first, under [discount], what it is "
            "taken on"
        )


def subject_of(account: Account) -> str:
    """Return what an approval of an account's terms is about."""
    return f"account {account.number}"


def _facts(wanted: Wanted) -> dict[str, Any]:
    facts = {
        "on": wanted.on.isoformat(),
        "credit_days": wanted.credit_days,
        "settlements": wanted.settlements,
        "discount_percent": _text(wanted.discount_percent),
        "discount_days": wanted.discount_days,
        "payment_mode": None if wanted.payment_mode is None else str(wanted.payment_mode),
        "service_point": wanted.service_point if wanted.payment_mode is not None else None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _text(percent: Decimal | None) -> str | None:
    return None if percent is None else f"{percent.normalize():f}"


def _wanted(facts: Mapping[str, Any]) -> Wanted:
    mode, percent = facts.get("payment_mode"), facts.get("discount_percent")
    return Wanted(
        date.fromisoformat(facts["on"]),
        facts.get("credit_days"),
        facts.get("settlements"),
        None if mode is None else PaymentMode(mode),
        facts.get("service_point"),
        None if percent is None else Decimal(percent),
        facts.get("discount_days"),
    )
