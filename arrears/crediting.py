"""Keep credit files, and grant limits by two people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from arrears import review, store
from arrears.assessing import behaviour_of
from arrears.behaviour import Behaviour
from arrears.credit import Grade, Privilege
from arrears.credit_file import (
    FileItem,
    Flag,
    ItemKind,
    cover,
    expiring,
    flags,
    is_changed_since,
    missing,
    problems_of,
)
from arrears.early_warning import EarlyWarning, Granted, Level, WarningKind
from arrears.exposure import Exposure, unbilled_estimate
from arrears.file_facts import parse_facts
from arrears.rules import privileges_on
from arrears.switches import When
from billing import books
from billing import store as master
from billing.customer import Customer
from billing.money import Money, show
from config import approval, journal
from config.acts import Act
from config.approval import Approval, State
from config.people import User


class BadCreditError(Exception):
    """A file, limit or warning cannot be kept so; the message lists why, one a line."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Whose word an item is, where the paper is kept, and its figures as `parse_facts` reads."""

    source: str = ""
    attachment: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)


NO_PAPER = Paper()


@dataclass(frozen=True, slots=True)
class CreditFile:
    """A customer's file as of a day: what is in it, what is lacking, how far he is trusted."""

    customer: Customer
    as_of: date
    items: tuple[FileItem, ...]
    missing: tuple[ItemKind, ...]
    expiring: tuple[FileItem, ...]
    is_changed: bool
    grade: Grade | None
    exposure: Exposure
    granted: Granted | None
    behaviour: Behaviour | None
    warnings: tuple[store.KeptWarning, ...]
    flags: tuple[Flag, ...] = ()
    adjustment: store.Adjustment | None = None
    privileges: tuple[Privilege, ...] = ()


def credit_file(session: Session, number: str, *, as_of: date) -> CreditFile:
    """
    Return the file of a customer, by his number or one of an account's, as of a day.

    :raises BadCreditError: if there is none.
    """
    customer = customer_of(session, number)
    ids = [customer.id]
    items = store.file_items(session, ids, as_of=as_of).get(customer.id, [])
    behaviours = behaviour_of(session, ids, today=as_of)
    graded = store.credit_standings(session, ids).get(customer.id)
    grade = store.grades_on(session, as_of).get(customer.id)
    return CreditFile(
        customer=customer,
        as_of=as_of,
        items=tuple(items),
        missing=missing(items, customer.kind, on=as_of),
        expiring=tuple(expiring(items, on=as_of)),
        is_changed=is_changed_since(items, graded.assessed_on if graded else None),
        grade=grade,
        exposure=exposures(session, behaviours, {customer.id: items}, as_of=as_of).get(
            customer.id, Exposure(0, 0, 0, 0)
        ),
        granted=store.limits_on(session, ids, as_of).get(customer.id),
        behaviour=behaviours.get(customer.id),
        warnings=tuple(store.warnings(session, customer_ids=ids, with_closed=True)),
        flags=flags(items, on=as_of),
        adjustment=store.adjustments_on(session, ids, as_of).get(customer.id),
        privileges=privileges_on(session, as_of, grade),
    )


def record(
    sessions: sessionmaker[Session],
    number: str,
    kind: ItemKind,
    *,
    title: str,
    holds_from: date,
    by: str,
    today: date,
    now: datetime,
    expires_on: date | None = None,
    amount: Money | None = None,
    paper: Paper = NO_PAPER,
) -> int:
    """
    Put an item into a customer's file and return its id; of most kinds it replaces the one before.

    :raises BadCreditError: with everything that is wrong with it.
    """
    problems = problems_of(
        kind, title=title, holds_from=holds_from, expires_on=expires_on, amount=amount, today=today
    )
    facts, unfit = parse_facts(kind, paper.figures)
    if problems + unfit:
        raise BadCreditError("\n".join(problems + unfit))
    with sessions.begin() as session:
        customer = customer_of(session, number)
        item = FileItem(
            0, customer.id, kind, title.strip(), holds_from, expires_on, amount, paper.source,
            paper.attachment, facts, today, by)  # fmt: skip
        item_id = store.add_item(session, item, now=now)
        told = {"item": item_id, "kind": kind, "title": item.title}
        _note(session, customer, "record in credit file", told, by=by, now=now)
        own = master.accounts_of(session, [customer.id]).get(customer.id, ())
        review.look_at(session, own, When(today, now, by))  # A guarantee may give supply back.
        return item_id


def report_change(
    sessions: sessionmaker[Session], number: str, what: str, *, by: str, today: date, now: datetime
) -> int:
    """
    Tell the credit clerk that something about a customer changed, and return the task's number.

    :raises BadCreditError: if the customer isn't there or nothing is said.
    """
    if not what.strip():
        raise BadCreditError("what: is empty; say what changed")
    with sessions.begin() as session:
        customer = customer_of(session, number)
        change = EarlyWarning(
            customer.id, WarningKind.CHANGE_REPORTED, Level.BLUE, {"what": what.strip()}
        )
        raised = store.raise_warnings(session, [change], on=today, by=by)
        _note(session, customer, "report a change", {"what": what.strip()}, by=by, now=now)
        return raised[0]


def apply(
    sessions: sessionmaker[Session],
    number: str,
    *,
    limit: Money,
    warning_line: Money,
    reason: str,
    by: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask that a customer be trusted up to a limit, and return the approval that it needs.

    :raises BadCreditError: with everything that is wrong with it.
    """
    problems = _limit_problems(limit, warning_line, reason)
    if problems:
        raise BadCreditError("\n".join(problems))
    with sessions.begin() as session:
        found = credit_file(session, number, as_of=today)
        customer = found.customer
        return approval.ask(
            session,
            act=Act.SET_CREDIT_LIMIT,
            subject=f"customer {customer.number}",
            summary=f"trust {customer.name} up to {show(limit)}, warn at {show(warning_line)}",
            facts={
                "customer": customer.number,
                "limit": limit,
                "warning_line": warning_line,
                "limit_before": found.granted.limit if found.granted else None,
                "exposure": found.exposure.amount,
                "grade": found.grade,
                "missing": [str(one) for one in found.missing],
                "reason": reason.strip(),
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
    Decide on a limit that was asked for; once allowed it holds from today on.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    """
    with sessions.begin() as session:
        decided = approval.decide(
            session, approval_id, by=by, accept=accept, reason=reason, now=now
        )
        if decided.state is State.APPROVED:
            facts = decided.facts
            customer = customer_of(session, facts["customer"])
            granted = Granted(customer.id, facts["limit"], facts["warning_line"], today)
            store.add_limit(session, granted, approval_id=approval_id, now=now)
        return decided


def exposures(
    session: Session,
    behaviours: Mapping[int, Behaviour],
    items: Mapping[int, Collection[FileItem]],
    *,
    as_of: date,
) -> dict[int, Exposure]:
    """Return the exposure to each customer on a day, all accounts together."""
    by_customer = master.accounts_of(session, behaviours)
    ids = [one for some in by_customer.values() for one in some]
    charges = books.open_charges(session, ids, as_of=as_of)
    credit = books.on_account(session, ids, as_of=as_of)
    deposits = books.deposits_held(session, ids, as_of=as_of)
    found = {}
    for key, behaviour in behaviours.items():
        some = by_customer.get(key, ())
        newest = max((day for day, _ in behaviour.monthly_kwh), default=None)
        days = 0 if newest is None else (as_of - newest).days
        found[key] = Exposure(
            open_bills=sum(one.open for each in some for one in charges.get(each, ())),
            unbilled=unbilled_estimate(behaviour.average_bill, days=days),
            deposits=sum(deposits.get(each, 0) for each in some),
            on_account=sum(credit.get(each, 0) for each in some),
            guarantees=cover(items.get(key, ()), on=as_of),
        )
    return found


def customer_of(session: Session, number: str) -> Customer:
    """
    Return a customer by his number or that of one of his accounts.

    :raises BadCreditError: if there is none.
    """
    customer = master.find_customers(session, [number]).get(number)
    if customer is not None:
        return customer
    account = master.find_accounts(session, [number]).get(number)
    if account is None:
        raise BadCreditError(
            f"{number}: no customer or account has this number; look it up by name"
        )
    return master.customers(session, [account.customer_id])[account.customer_id]


def _limit_problems(limit: Money, warning_line: Money, reason: str) -> list[str]:
    found = []
    if limit < 0:
        found.append("limit: is below zero; zero means that nothing is given on credit")
    if not 0 <= warning_line <= limit:
        found.append("warning_line: lies between zero and the limit")
    if not reason.strip():
        found.append("reason: is empty; say why, for whoever decides")
    return found


def _note(
    session: Session,
    customer: Customer,
    act: str,
    facts: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> None:
    subject = f"customer {customer.number}"
    journal.note(session, by=by, act=act, subject=subject, facts=facts, now=now)
