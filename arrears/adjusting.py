"""An expert moves a customer's grade for a while: one person asks, another allows it."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.assessing import assessed, months_later
from arrears.credit import Adjusting
from arrears.crediting import BadCreditError, customer_of
from arrears.grading import moved
from arrears.rules import in_force
from config import approval
from config.acts import Act
from config.approval import Approval, State
from config.people import User

ADJUSTMENT = "adjustment"
"""Why a customer is assessed when an expert's word begins."""


def ask(
    sessions: sessionmaker[Session],
    number: str,
    *,
    notches: int,
    until: date,
    reason: str,
    by: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask that a grade be moved by notches until a day, upward if above zero; return the approval.

    :raises BadCreditError: with everything that is wrong with it.
    """
    with sessions.begin() as session:
        customer = customer_of(session, number)
        standing = store.credit_standings(session, [customer.id]).get(customer.id)
        if standing is None:
            raise BadCreditError(f"{number}: has not been assessed yet; the next review does it")
        allowed = in_force(session, today).card.adjusting
        if problems := _problems(allowed, notches, until, reason, today=today):
            raise BadCreditError("\n".join(problems))
        return approval.ask(
            session,
            act=Act.OVERRIDE_GRADE,
            subject=f"customer {customer.number}",
            summary=f"move the grade of {customer.name} by {notches:+}, until {until}",
            facts={
                "customer": customer.number,
                "notches": notches,
                "grade": standing.grade,
                "wanted": moved(standing.grade, notches),
                "until": until.isoformat(),
                "reason": reason.strip(),
            },
            maker=by,
            now=now,
        )


def _problems(
    allowed: Adjusting, notches: int, until: date, reason: str, *, today: date
) -> list[str]:
    found = []
    if not 0 < abs(notches) <= allowed.notches:
        found.append(
            f"notches: {notches} isn't allowed; the policy lets an expert move a grade by "
            f"{allowed.notches} up or down at most"
        )
    last = months_later(today, allowed.months)
    if not today < until <= last:
        found.append(f"until: {until} must lie after today and not after {last}")
    if not reason.strip():
        found.append("reason: is empty; say why, for whoever decides")
    return found


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
    Decide on an adjustment; once allowed the customer is assessed with it at once.

    Who was assessed today already has the new grade by the next review. Knock-outs and the rule
    against a jump of two tiers hold for an expert's word, too.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    """
    with sessions.begin() as session:
        decided = approval.decide(
            session, approval_id, by=by, accept=accept, reason=reason, now=now
        )
        if decided.state is State.APPROVED:
            _begin(session, decided, today, now)
        return decided


def _begin(session: Session, decided: Approval, today: date, now: datetime) -> None:
    facts = decided.facts
    customer = customer_of(session, facts["customer"])
    ends_on = date.fromisoformat(facts["until"])
    new = store.Adjustment(
        customer.id,
        facts["notches"],
        facts["reason"],
        today,
        max(today, ends_on),
        decided.maker,
        decided.id,
    )
    store.add_adjustment(session, new, now=now)
    standing = store.credit_standings(session, [customer.id])[customer.id]
    if standing.assessed_on >= today:
        store.make_due(session, [customer.id], on=today + timedelta(days=1))
        return
    rules = in_force(session, today)
    reasons = {customer.id: ADJUSTMENT}
    store.add_assessments(session, assessed(session, reasons, rules, today=today))
