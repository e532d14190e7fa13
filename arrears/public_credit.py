"""Arrears reported to a public credit platform: where the market wants it, and by two people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.crediting import customer_of
from billing import books
from billing import store as master
from billing.customer import Customer
from billing.ledger import Charge, ChargeKind
from billing.money import MINOR, Money, major, show
from config import approval, journal
from config.acts import Act
from config.approval import Approval, State
from config.in_force import market_on
from config.law import PublicCredit
from config.people import User
from config.workbook import Heading, Sheet, Value, write_workbook

_AMOUNT = "#,##0." + "0" * MINOR


class BadReportError(Exception):
    """Arrears cannot be reported so; the message says why, one reason a line."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What a customer owes overdue, all accounts together, and since when the oldest of it."""

    customer: Customer
    overdue: Money
    since: date


@dataclass(frozen=True, slots=True)
class Reported:
    """
    What was reported of a customer, who allowed it, and what is overdue of that now.

    The platform is told that it is settled once nothing is overdue that was due by then.
    """

    customer: Customer
    amount: Money
    since: date
    reported_on: date
    by: str
    overdue_now: Money

    @property
    def is_settled(self) -> bool:
        """Test whether nothing is left of what was reported."""
        return self.overdue_now == 0


def rule_on(session: Session, day: date) -> PublicCredit | None:
    """Return what the market says of reporting arrears; none where it doesn't want it."""
    return market_on(session, day).public_credit


def to_report(session: Session, *, as_of: date) -> list[Debt]:
    """
    Return whose arrears the market wants reported and aren't yet, the largest first.

    What is disputed or rests otherwise doesn't count. Nobody is in it where no platform is named.
    """
    rule = rule_on(session, as_of)
    if rule is None:
        return []
    here = {one.customer.id for one in reported(session, as_of=as_of) if not one.is_settled}
    found = [
        one
        for one in _debts(session, None, as_of=as_of).values()
        if one.customer.id not in here and not _problems(rule, one, as_of)
    ]
    return sorted(found, key=lambda one: (-one.overdue, one.customer.number))


def ask(
    sessions: sessionmaker[Session],
    number: str,
    *,
    reason: str,
    by: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask that a customer's arrears be reported, and return the approval that it needs.

    :raises BadReportError: with all that stands against it.
    :raises arrears.crediting.BadCreditError: if nobody has this number.
    """
    with sessions.begin() as session:
        customer = customer_of(session, number)
        debt, problems = _fit(session, customer, today)
        if not reason.strip():
            problems.append("reason: is empty; say why, for whoever decides")
        if approval.waiting(session, act=Act.REPORT_ARREARS, subject=_subject(customer)):
            problems.append(f"{customer.number}: waits for a word already, under approvals")
        if debt is None or problems:
            raise BadReportError("\n".join(problems))
        rule = rule_on(session, today)
        assert rule is not None, "what fits has a rule that it fits"
        return approval.ask(
            session,
            act=Act.REPORT_ARREARS,
            subject=_subject(customer),
            summary=f"report {show(debt.overdue)} overdue of {customer.name} to {rule.platform}",
            facts=_facts(debt, rule, reason),
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
    Decide on a report; once allowed the customer is in the file for the platform from now on.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises BadReportError: if the customer has paid meanwhile; nothing is decided then.
    """
    with sessions.begin() as session:
        asked = approval.find(session, approval_id)
        problems = [] if asked is None else _stale(session, asked, today)
        decided = approval.decide(
            session, approval_id, by=by, accept=accept, reason=reason, now=now
        )
        if decided.state is State.APPROVED:
            if problems:
                raise BadReportError("\n".join(problems))
            journal.note(
                session,
                by=by.login,
                act="report arrears",
                subject=decided.subject,
                facts={"approval": approval_id, "on": today.isoformat(), **decided.facts},
                now=now,
            )
        return decided


def reported(session: Session, *, as_of: date) -> list[Reported]:
    """Return what was reported by a day and what is overdue of it then, the oldest first."""
    zone = ZoneInfo(market_on(session, as_of).time_zone)
    allowed = [
        (one, last.at.astimezone(zone).date(), last.by)
        for one in approval.approved(session, Act.REPORT_ARREARS)
        for last in one.votes[-1:]
    ]
    numbers = {str(one.facts["customer"]) for one, on, _ in allowed if on <= as_of}
    customers = master.find_customers(session, numbers)
    ids = {one.id for one in customers.values()}
    found = []
    for one, on, by in allowed:
        if on > as_of:
            continue
        customer = customers[one.facts["customer"]]
        left = _debts(session, ids, as_of=as_of, due_before=on).get(customer.id)
        found.append(
            Reported(
                customer,
                one.facts["amount"],
                date.fromisoformat(one.facts["since"]),
                on,
                by,
                0 if left is None else left.overdue,
            )
        )
    return found


def write(path: Path, rows: Sequence[Reported], *, as_of: date) -> None:
    """Write the file for the platform: what was reported, and what of it is settled by now."""
    headings = [
        Heading("户名 Name", width=30),
        Heading("客户编号 Customer"),
        Heading("欠费金额 Arrears reported", format=_AMOUNT),
        Heading("欠费起始日 Overdue since"),
        Heading("报送日 Reported on"),
        Heading("现欠金额 Overdue now", format=_AMOUNT),
        Heading("状态 State"),
    ]
    lines: list[list[Value]] = [
        [
            one.customer.name,
            one.customer.number,
            major(one.amount),
            one.since,
            one.reported_on,
            major(one.overdue_now),
            "已结清 settled" if one.is_settled else "未结清 overdue",
        ]
        for one in rows
    ]
    write_workbook(path, [Sheet(f"欠费报送 Arrears {as_of}", headings, lines)])


def _facts(debt: Debt, rule: PublicCredit, reason: str) -> dict[str, Any]:
    return {
        "customer": debt.customer.number,
        "amount": debt.overdue,
        "since": debt.since.isoformat(),
        "platform": rule.platform,
        "article": rule.article,
        "reason": reason.strip(),
    }


def _stale(session: Session, asked: Approval, today: date) -> list[str]:
    """
    Return what stands by now against a report that was asked for.

    Nobody is published with more than is overdue: what was paid in part is asked for anew.
    """
    debt, problems = _fit(session, customer_of(session, asked.facts["customer"]), today)
    was = asked.facts["amount"]
    if debt is not None and debt.overdue < was:
        left = f"{debt.customer.number}: {show(debt.overdue)} of {show(was)} is left overdue"
        problems.append(f"{left}; refuse this one and ask anew")
    return problems


def _fit(session: Session, customer: Customer, today: date) -> tuple[Debt | None, list[str]]:
    """Return what a customer owes and all that stands against reporting it."""
    rule = rule_on(session, today)
    if rule is None:
        title = market_on(session, today).title
        return None, [f"public_credit: the law of {title} names no platform to report to"]
    debt = _debts(session, [customer.id], as_of=today).get(customer.id)
    if debt is None:
        return None, [f"{customer.number}: owes nothing overdue that isn't disputed"]
    problems = _problems(rule, debt, today)
    is_there = any(
        one.customer.id == customer.id and not one.is_settled
        for one in reported(session, as_of=today)
    )
    return debt, [*problems, *([f"{customer.number}: is reported already"] if is_there else [])]


def _problems(rule: PublicCredit, debt: Debt, today: date) -> list[str]:
    who, days = debt.customer.number, (today - debt.since).days
    found = []
    if debt.customer.kind not in rule.kinds:
        kinds = ", ".join(rule.kinds)
        found.append(f"{who}: is a {debt.customer.kind}; reported are {kinds} ({rule.article})")
    if days < rule.min_days_overdue:
        found.append(f"{who}: is {days} days overdue; reported are {rule.min_days_overdue} or more")
    if debt.overdue < rule.min_amount:
        least = show(rule.min_amount)
        found.append(f"{who}: owes {show(debt.overdue)} overdue; reported are {least} or more")
    return found


def _debts(
    session: Session,
    customer_ids: Collection[int] | None,
    *,
    as_of: date,
    due_before: date | None = None,
) -> dict[int, Debt]:
    """
    Return what customers owe overdue on a day, late charges and what is disputed left out.

    :param due_before: only what was due before this day, too.
    """
    ids = None
    if customer_ids is not None:
        owned = master.accounts_of(session, customer_ids)
        ids = [one for some in owned.values() for one in some]
    until = as_of if due_before is None else min(as_of, due_before)
    charges = books.open_charges(session, ids, as_of=as_of)
    resting = store.resting_charges(session, charges, on=as_of)
    accounts = master.accounts(session, charges)
    overdue: dict[int, list[Charge]] = {}
    for key, some in charges.items():
        overdue.setdefault(accounts[key].customer_id, []).extend(
            one
            for one in some
            if one.due_on < until
            and one.kind is not ChargeKind.LATE_CHARGE
            and one.id not in resting.get(key, ())
        )
    customers = master.customers(session, overdue)
    return {
        key: Debt(customers[key], sum(one.open for one in some), min(one.due_on for one in some))
        for key, some in overdue.items()
        if some
    }


def _subject(customer: Customer) -> str:
    return f"customer {customer.number}"
