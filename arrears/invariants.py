"""What must always hold of cases, steps and grades, checked on a live database."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from arrears import store
from arrears.ageing import age
from arrears.assessing import worked_out
from arrears.case import Grading
from arrears.credit import Scorecard
from arrears.rules import calendar_of, card_of
from arrears.standing import open_debts
from arrears.step import PENDING, Step, StepKind, StepState
from arrears.tables import AssessmentRow, CaseRow, CreditStandingRow, HoldRow, StepRow
from billing import books
from billing import store as master
from billing.money import show
from config import approval, dated
from config.finding import Finding
from config.in_force import market_on
from config.market import Market
from config.people import POLICY

Check = Callable[[Session, date], Iterator[Finding]]

AGEING = "ageing buckets sum to the receivable"
GRADES = "a grade follows from its indicators and its scorecard"
NEWEST = "the grade kept beside a customer is the newest"
ONE_CASE = "an account has one open case"
REASONS = "a step names the policy and the facts it was decided on"
SILENCE = "nothing is pending for who owes nothing"
CUTS = "a cut was approved by two, announced in time, and nothing stood against it"
DEMANDED = "security is demanded as it was decided"
AT_ONCE = 5_000
_OF_STEP = re.compile(r"step (\d+), ")


def findings(session: Session, *, today: date) -> list[Finding]:
    """Return every offence against what must always hold of the arrears room."""
    return [found for check in _CHECKS.values() for found in check(session, today)]


def _ageing(session: Session, today: date) -> Iterator[Finding]:
    """Today, and as of the ends of last month and last year."""
    first_of_month = today.replace(day=1)
    days = {today, first_of_month - timedelta(days=1), date(today.year - 1, 12, 31)}
    for day in sorted(days, reverse=True):
        charges = books.open_charges(session, None, as_of=day)
        aged = sum(age(some, as_of=day).total for some in charges.values())
        receivable = books.receivable(session, as_of=day)
        if aged != receivable:
            message = f"the buckets hold {show(aged)}, the ledger {show(receivable)}"
            yield Finding(AGEING, f"ageing of {day}", message)


def _grades(session: Session, _today: date) -> Iterator[Finding]:
    after = 0
    cards: dict[str, Scorecard | None] = {}
    while some := store.all_assessments(session, after_id=after, limit=AT_ONCE):
        after = some[-1].id
        for one in some:
            if one.scorecard_digest not in cards:
                file = dated.by_digest(session, one.scorecard_digest)
                cards[one.scorecard_digest] = None if file is None else card_of(file)
            problem = _misgraded(cards[one.scorecard_digest], one)
            if problem is not None:
                yield Finding(GRADES, f"assessment {one.id}", problem)


def _misgraded(card: Scorecard | None, one: Grading) -> str | None:
    if card is None:
        return "its scorecard isn't kept"
    again = worked_out(card, one)
    if (again.score, again.grade, again.tier) == (one.score, one.grade, one.tier):
        return None
    return f"it says {one.grade} with {one.score} points; worked out again it is {again.grade}"


def _newest(session: Session, _today: date) -> Iterator[Finding]:
    newest = (
        select(AssessmentRow.customer_id, func.max(AssessmentRow.as_of).label("as_of"))
        .group_by(AssessmentRow.customer_id)
        .subquery()
    )
    query = (
        select(newest.c.customer_id, AssessmentRow.grade, CreditStandingRow.grade)
        .join(
            AssessmentRow,
            (AssessmentRow.customer_id == newest.c.customer_id)
            & (AssessmentRow.as_of == newest.c.as_of),
        )
        .outerjoin(CreditStandingRow, CreditStandingRow.assessment_id == AssessmentRow.id)
    )
    for customer_id, grade, kept in session.execute(query):
        if kept != grade:
            message = f"the newest assessment says {grade}, beside the customer stands {kept}"
            yield Finding(NEWEST, f"customer {customer_id}", message)


def _one_case(session: Session, _today: date) -> Iterator[Finding]:
    query = (
        select(CaseRow.account_id, func.count())
        .where(CaseRow.closed_on.is_(None))
        .group_by(CaseRow.account_id)
        .having(func.count() > 1)
    )
    for account_id, count in session.execute(query):
        yield Finding(ONE_CASE, f"account {account_id}", f"it has {count}")


def _reasons(session: Session, _today: date) -> Iterator[Finding]:
    known = {one.file.digest for one in dated.activations(session)}
    query = select(StepRow.id, StepRow.kind, StepRow.policy_digest, StepRow.facts)
    for step_id, kind, digest, facts in session.execute(query.order_by(StepRow.id)):
        if digest not in known:
            yield Finding(REASONS, f"step {step_id}", "the policy it names isn't kept")
        owed = facts.get("coming" if kind == StepKind.COURTESY_REMINDER else "overdue")
        if kind != StepKind.RECONNECTION and not (owed and facts.get("policy")):
            yield Finding(REASONS, f"step {step_id}", "its facts are missing")


def _silence(session: Session, today: date) -> Iterator[Finding]:
    """A step that was looked at since the last posting is pending only for a debt."""
    query = select(StepRow.id, StepRow.account_id, StepRow.kind, StepRow.posted_no).where(
        StepRow.state.in_(PENDING), StepRow.kind != StepKind.RECONNECTION
    )
    pending = session.execute(query.order_by(StepRow.id)).all()
    ids = {row.account_id for row in pending}
    accounts = master.accounts(session, ids)
    charges = books.open_charges(session, ids, as_of=today)
    credit = books.on_account(session, ids, as_of=today)
    for step_id, account_id, kind, posted_no in pending:
        owed = credit.get(account_id, 0)
        debts, coming = open_debts(charges.get(account_id, ()), credit=owed, today=today)
        is_owing = coming if kind == StepKind.COURTESY_REMINDER else debts
        if not is_owing and accounts[account_id].posted_no == posted_no:
            message = f"{kind} is pending, and account {accounts[account_id].number} owes nothing"
            yield Finding(SILENCE, f"step {step_id}", message)


def _cuts(session: Session, _today: date) -> Iterator[Finding]:
    query = select(StepRow.id).where(
        StepRow.kind == StepKind.DISCONNECTION, StepRow.state == StepState.DONE
    )
    cuts = [
        step
        for step_id in session.scalars(query.order_by(StepRow.id))
        if (step := store.find_step(session, step_id)) is not None
    ]
    asked = approval.find_all(session, [one.approval_id for one in cuts if one.approval_id])
    steps = store.steps_in(session, [cut.case_id for cut in cuts], [])
    for cut in cuts:
        assert cut.done_on is not None, "a step that is done has its day"
        market = market_on(session, cut.done_on)
        problems = [
            _unapproved(asked.get(cut.approval_id or 0), market),
            _unannounced(cut, steps.get(cut.account_id, ()), market),
            _untouchable(session, cut, market),
        ]
        for problem in problems:
            if problem is not None:
                yield Finding(CUTS, f"step {cut.id}", problem)


def _unapproved(found: approval.Approval | None, market: Market) -> str | None:
    people = {vote.by for vote in found.votes if vote.accept} if found is not None else set()
    makers = {POLICY, found.maker} if found is not None else {POLICY}
    enough = len(people - makers) >= market.disconnection.approvals
    return None if enough else f"{len(people - makers)} people approved it"


def _unannounced(cut: Step, steps: Sequence[Step], market: Market) -> str | None:
    assert cut.done_on is not None, "a step that is done has its day"
    for notice in steps:
        if notice.kind is StepKind.DISCONNECTION_NOTICE and notice.served_on is not None:
            calendar = calendar_of(market, notice.served_on)
            rules = [market.disconnection_for(one) for one in cut.facts["classes"]]
            first = max(
                rule.first_cut_day(notice.served_on, rule.notice_days_min, calendar)
                for rule in rules
            )
            if first <= cut.done_on:
                return None
    return "no notice had been served for as long as the law wants"


def _untouchable(session: Session, cut: Step, market: Market) -> str | None:
    assert cut.done_on is not None, "a step that is done has its day"
    guarded = set(cut.facts["protections"]) & set(market.disconnection.protected)
    if guarded:
        return f"the supply is a {', '.join(sorted(guarded))}"
    held = session.scalar(
        select(HoldRow.id).where(
            HoldRow.account_id == cut.account_id,
            HoldRow.starts_on < cut.done_on,
            HoldRow.ends_on >= cut.done_on,
            or_(HoldRow.lifted_on.is_(None), HoldRow.lifted_on > cut.done_on),
        )
    )
    return None if held is None else f"hold {held} was on"


def _demanded(session: Session, _today: date) -> Iterator[Finding]:
    """A demand that a step of the policy led to is over the amount that was approved with it."""
    demands = [one for own in books.deposit_demands(session, None).values() for one in own]
    steps = {
        one.id: one
        for one in session.scalars(select(StepRow).where(StepRow.kind == StepKind.DEPOSIT_DEMAND))
    }
    for one in demands:
        named = _OF_STEP.match(one.reason)
        if named is None:
            continue
        step = steps.get(int(named[1]))
        if step is None or (step.account_id, step.amount) != (one.account_id, one.amount):
            decided = "nothing" if step is None else show(step.amount)
            message = f"it demands {show(one.amount)}, and {decided} was decided in step {named[1]}"
            yield Finding(DEMANDED, f"deposit {one.number}", message)


_CHECKS: Mapping[str, Check] = {
    DEMANDED: _demanded,
    AGEING: _ageing,
    GRADES: _grades,
    NEWEST: _newest,
    ONE_CASE: _one_case,
    REASONS: _reasons,
    SILENCE: _silence,
    CUTS: _cuts,
}
CHECKS = list(_CHECKS)
