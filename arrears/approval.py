"""Approve or refuse steps: the word of a person, and what follows from it, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from arrears import review, store, switches, writing_off
from arrears.carrying import event
from arrears.case import ConversionState, EventKind
from arrears.rules import in_force, rules_of
from arrears.step import Step, StepKind, StepState
from arrears.switches import When
from billing import books
from billing.payment import NewDemand
from config import approval
from config.database import reading
from config.law import PrepaidRule
from config.people import User


@dataclass(frozen=True, slots=True)
class Decided:
    """An approval as it stands, and the step it decided; none if nothing was left to decide."""

    approval: approval.Approval
    step: Step | None


@dataclass(frozen=True, slots=True)
class Undecided:
    """An approval as it stands, and why the person may not decide it."""

    approval: approval.Approval
    problem: Exception


def waiting(sessions: sessionmaker[Session], user: User | None = None) -> list[approval.Approval]:
    """Return what waits for a word, oldest first; with a user, what that person may decide."""
    with reading(sessions) as session:
        return approval.waiting(session, user=user)


def approve(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> Decided:
    """
    Say yes to a step, and carry it out when enough people have.

    The account is looked at again first: if a payment has ended the step meanwhile, nothing is
    approved and the approval comes back withdrawn.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `config.approval.decide` does.
    """
    return _decide(sessions, approval_id, by, reason, accept=True, when=When(today, now, by.login))


def refuse(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> Decided:
    """
    Say no to a step; it isn't proposed again for as long as the policy says.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `config.approval.decide` does.
    """
    return _decide(sessions, approval_id, by, reason, accept=False, when=When(today, now, by.login))


def decide_all(
    sessions: sessionmaker[Session],
    approval_ids: Sequence[int],
    *,
    accept: bool,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> list[Decided | Undecided]:
    """
    Say yes, or no, to many steps in one transaction, and return what came of each in their order.

    Each is looked at and decided as one alone would be; what may not be decided says why and
    keeps none of the others back. Of many, the person must have opened some first.

    :raises config.approval.UnseenError: if those of the sample haven't been opened.
    """
    when = When(today, now, by.login)
    with sessions.begin() as session:
        if accept:
            approval.refuse_unseen(session, approval_ids, by=by)
        _look_first(session, approval_ids, when)
        steps = store.steps_of_approvals(session, approval_ids)
        return [
            _try(session, one, steps.get(one), by, reason, accept=accept, when=when)
            for one in approval_ids
        ]


def _try(
    session: Session,
    approval_id: int,
    step: Step | None,
    by: User,
    reason: str,
    *,
    accept: bool,
    when: When,
) -> Decided | Undecided:
    try:
        return _say(session, approval_id, step, by, reason, accept=accept, when=when)
    except (approval.OwnWorkError, approval.NotAllowedError, approval.AlreadyDecidedError) as no:
        # Refused before anything of it was written, so the others can go on.
        return Undecided(_one(session, approval_id), no)


def _decide(
    sessions: sessionmaker[Session],
    approval_id: int,
    by: User,
    reason: str,
    *,
    accept: bool,
    when: When,
) -> Decided:
    with sessions.begin() as session:
        looked_at = _look_first(session, [approval_id], when)
        step = store.steps_of_approvals(session, [approval_id]).get(approval_id)
        if looked_at and step is None:
            # Committed all the same: the withdrawal is what this look came to.
            return Decided(_one(session, approval_id), None)
        return _say(session, approval_id, step, by, reason, accept=accept, when=when)


def _look_first(session: Session, approval_ids: Sequence[int], when: When) -> bool:
    """Look again at the accounts whose steps are to be decided; tell whether there are any."""
    steps = store.steps_of_approvals(session, approval_ids)
    review.look_at(session, sorted({step.account_id for step in steps.values()}), when)
    return bool(steps)


def _say(
    session: Session,
    approval_id: int,
    step: Step | None,
    by: User,
    reason: str,
    *,
    accept: bool,
    when: When,
) -> Decided:
    decided = approval.decide(
        session, approval_id, by=by, accept=accept, reason=reason, now=when.now
    )
    if step is not None:
        _follow(session, step, decided, reason, when)
        step = store.find_step(session, step.id)
    return Decided(decided, step)


def _follow(
    session: Session, step: Step, decided: approval.Approval, reason: str, when: When
) -> None:
    if decided.state is approval.State.REFUSED:
        store.mark(session, [step.id], StepState.REFUSED)
        store.add_events(session, [event(step, EventKind.REFUSED, when, {"reason": reason})])
    elif decided.state is approval.State.APPROVED:
        store.mark(session, [step.id], StepState.APPROVED)
        store.add_events(session, [event(step, EventKind.APPROVED, when, {"reason": reason})])
        _carry_out(session, step, when)


def _carry_out(session: Session, step: Step, when: When) -> None:
    """Do what an approval sets going; printing and sending is the work of the room above."""
    match step.kind:
        case StepKind.DEPOSIT_DEMAND:
            _demand(session, step, when)
        case StepKind.PREPAID_CONVERSION:
            _convert(session, step, when)
        case StepKind.DISCONNECTION:
            switches.order(session, [step], when=when)
        case StepKind.WRITE_OFF:
            writing_off.carry(session, step, when)
            review.look_at(session, [step.account_id], when)
        case _:
            pass  # A notice is ready to be printed now.


def _demand(session: Session, step: Step, when: When) -> None:
    case = store.open_cases(session, [step.account_id])[step.account_id]
    rules = rules_of(session, case.policy_digest, in_force(session, when.today))
    books.demand_deposits(
        session,
        [
            NewDemand(
                account_id=step.account_id,
                amount=step.amount,
                demanded_on=when.today,
                due_on=when.today + timedelta(days=rules.policy.deposit.days_to_pay),
                demanded_by=when.by,
                reason=f"step {step.id}, level {step.level} of {rules.policy.name}",
            )
        ],
    )


def _convert(session: Session, step: Step, when: When) -> None:
    market = in_force(session, when.today).rules.market
    is_free = market.prepaid.conversion is PrepaidRule.ALLOWED
    store.add_conversion(
        session,
        step,
        ConversionState.ORDERED if is_free else ConversionState.AGREEMENT_WANTED,
        on=when.today,
        facts={"agreement_fields": market.prepaid.agreement_fields, "debt": step.amount},
    )


def _one(session: Session, approval_id: int) -> approval.Approval:
    found = approval.find(session, approval_id)
    assert found is not None, "the step named it"
    return found
