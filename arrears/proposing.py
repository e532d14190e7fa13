"""Proposals of limits and credit periods, where a customer's grade or volume has changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.case import Grading
from arrears.credit import Limits, Tier
from arrears.early_warning import Granted, Watched
from arrears.raising import AT_ONCE, watched
from arrears.rules import in_force
from billing import agreeing, discounts
from billing import store as master
from billing.account import Account
from billing.money import MINOR, Money, show
from config import approval
from config.acts import Act
from config.people import POLICY

WHOLE = 10**MINOR
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """A limit and its warning line that a customer's grade and volume call for."""

    limit: Money
    warning_line: Money


def proposal(
    rule: Limits, tier: Tier, average_bill: Money | None, granted: Granted
) -> Proposal | None:
    """
    Return the limit that a tier is worth at a volume; none if what was granted is near enough.

    A limit is so many average bills of the year, in whole units of money.
    """
    if not average_bill or average_bill <= 0:
        return None
    bills = dict(rule.bills)[tier]
    units = (average_bill * bills / WHOLE).quantize(Decimal(1), ROUND_HALF_UP)
    limit = int(units) * WHOLE
    if abs(limit - granted.limit) * PERCENT < rule.change_percent * granted.limit:
        return None
    if limit == granted.limit:
        return None
    return Proposal(limit, limit * rule.warn_percent // PERCENT)


def propose(sessions: sessionmaker[Session], *, today: date, now: datetime) -> int:
    """
    Ask for limits and credit periods where a grade or the volume changed, and count them.

    It looks at customers who have a limit and were assessed today, so that nobody is asked twice
    about one change. What waits for a word already isn't asked for again.
    """
    with sessions() as session:
        rule = in_force(session, today).card.limits
        ids = store.limited_customers(session, assessed_on=today)
    asked = 0
    for at in range(0, len(ids) if rule is not None else 0, AT_ONCE):
        with sessions.begin() as session:
            assert rule is not None
            asked += _propose(session, ids[at : at + AT_ONCE], rule, today=today, now=now)
    return asked


def _propose(
    session: Session, ids: Collection[int], rule: Limits, *, today: date, now: datetime
) -> int:
    gradings = store.assessments(session, ids)
    customers = master.customers(session, ids)
    asked = 0
    for one in watched(session, ids, as_of=today):
        grading = gradings[one.customer_id]
        number, name = customers[one.customer_id].number, customers[one.customer_id].name
        if one.granted is not None:
            found = proposal(rule, Tier(grading.tier), one.behaviour.average_bill, one.granted)
            subject = f"customer {number}"
            if found is not None and _is_free(session, Act.SET_CREDIT_LIMIT, subject):
                approval.ask(
                    session,
                    act=Act.SET_CREDIT_LIMIT,
                    subject=subject,
                    summary=f"trust {name} up to {show(found.limit)}, "
                    f"warn at {show(found.warning_line)}",
                    facts=_facts(number, found, one, grading),
                    maker=POLICY,
                    now=now,
                )
                asked += 1
    return asked + _periods(session, gradings, rule, today=today, now=now)


def _facts(number: str, found: Proposal, one: Watched, grading: Grading) -> dict[str, Any]:
    assert one.granted is not None
    return {
        "customer": number,
        "limit": found.limit,
        "warning_line": found.warning_line,
        "limit_before": one.granted.limit,
        "exposure": one.exposure.amount,
        "average_bill": one.behaviour.average_bill,
        "grade": grading.grade,
        "grade_before": grading.previous,
        "reason": "grade_or_volume_changed",
    }


def _periods(
    session: Session,
    gradings: Mapping[int, Grading],
    rule: Limits,
    *,
    today: date,
    now: datetime,
) -> int:
    """Ask for the credit period of the tier, where the grade moved to another."""
    changed = {
        key: one
        for key, one in gradings.items()
        if one.previous is not None and one.previous != one.grade
    }
    gives_discounts = discounts.taken_on(session, today) is not None
    by_customer = master.accounts_of(session, changed)
    accounts = master.accounts(session, [key for some in by_customer.values() for key in some])
    asked = 0
    for account in accounts.values():
        tier = Tier(changed[account.customer_id].tier)
        on = max(today, master.terms_of(session, account.id)[-1].starts_on) + timedelta(days=1)
        is_free = _is_free(session, Act.SET_TERMS, agreeing.subject_of(account))
        terms = terms_for(rule, tier, account, on=on, gives_discounts=gives_discounts)
        if terms is not None and account.is_open_on(on) and is_free:
            agreeing.ask_for(
                session, account, terms, by=POLICY, reason="grade_changed", today=today, now=now
            )
            asked += 1
    return asked


def terms_for(
    rule: Limits, tier: Tier, account: Account, *, on: date, gives_discounts: bool
) -> agreeing.Wanted | None:
    """
    Return the terms that a tier is worth from a day on; none if the account has them already.

    :param gives_discounts: whether the supplier says what discounts are taken on.
    """
    days = dict(rule.credit_days)[tier]
    percent, early = account.discount_percent, min(account.discount_days, days)
    if rule.discount_days and gives_discounts:
        percent = dict(rule.discount_percent)[tier]
        early = rule.discount_days
    if not (percent and early):
        percent, early = Decimal(0), 0
    wanted = agreeing.Wanted(
        on,
        credit_days=days if days != account.credit_days else None,
        discount_percent=percent if percent != account.discount_percent else None,
        discount_days=early if early != account.discount_days else None,
    )
    return None if wanted == agreeing.Wanted(on) else wanted


def _is_free(session: Session, act: Act, subject: str) -> bool:
    return not approval.waiting(session, act=act, subject=subject, limit=1)
