"""Write down what was decided: steps and their approvals, withdrawals, orders, cases, events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from arrears import law, store, switches
from arrears.case import CaseEvent, ConversionState, EventKind
from arrears.decide import Decision, Look, Proposed
from arrears.fitting import Rules
from arrears.policy import OrderApproval
from arrears.standing import NO_HOLD
from arrears.standings import Known
from arrears.step import Step, StepKind, StepState
from arrears.switches import When
from billing.money import show
from config import approval
from config.acts import Act
from config.people import POLICY

ACTS = {
    StepKind.DEPOSIT_DEMAND: Act.DEMAND_DEPOSIT,
    StepKind.GUARANTEE_DEMAND: Act.DEMAND_GUARANTEE,
    StepKind.PREPAID_CONVERSION: Act.CONVERT_TO_PREPAID,
    StepKind.DISCONNECTION_NOTICE: Act.DISCONNECT,
    StepKind.DISCONNECTION: Act.DISCONNECT,
    StepKind.LEGAL: Act.TAKE_TO_COURT,
    StepKind.WRITE_OFF: Act.WRITE_OFF,
}
"""Which act people approve when they approve a step; other kinds are allowed as a reminder is."""

TITLES = {
    StepKind.COURTESY_REMINDER: "courtesy reminder",
    StepKind.SMS_REMINDER: "text message",
    StepKind.LETTER: "letter",
    StepKind.VISIT: "visit",
    StepKind.DEPOSIT_DEMAND: "deposit demand",
    StepKind.GUARANTEE_DEMAND: "guarantee demand",
    StepKind.PREPAID_CONVERSION: "conversion to prepayment",
    StepKind.DISCONNECTION_NOTICE: "disconnection notice",
    StepKind.SECOND_NOTICE: "second notice",
    StepKind.DISCONNECTION: "disconnection",
    StepKind.RECONNECTION: "reconnection",
    StepKind.LEGAL: "hand-over to a lawyer",
    StepKind.WRITE_OFF: "write-off",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look at one account came to, not yet written down."""

    known: Known
    rules: Rules
    policy_digest: str
    look: Look
    decision: Decision


def carry_out(session: Session, outcomes: Sequence[Outcome], when: When) -> list[Step]:
    """
    Write down outcomes whose accounts' rows are held, and return the steps that were added.

    What is withdrawn goes first, so that nothing decided before stands beside what is new.
    """
    _withdraw(session, outcomes, when)
    _keep(session, outcomes, when)
    added = _reconnect(session, outcomes, when)
    added += _propose(session, [one for one in outcomes if one.decision.proposed], when)
    _close(session, [one for one in outcomes if one.look.is_over and one.known.case], when)
    return added


def event(
    step: Step, kind: EventKind, when: When, facts: dict[str, Any] | None = None
) -> CaseEvent:
    """Return something that happened to a step, for its case's timeline."""
    return CaseEvent(step.case_id, when.today, when.now, when.by, kind, step.id, facts or {})


def _withdraw(session: Session, outcomes: Iterable[Outcome], when: When) -> None:
    gone = [pair for one in outcomes for pair in one.look.withdrawn]
    if not gone:
        return
    steps = [step for step, _ in gone]
    store.mark(session, [step.id for step in steps], StepState.WITHDRAWN)
    asked = [
        step.approval_id
        for step in steps
        if step.approval_id is not None and step.state is StepState.PROPOSED
    ]
    approval.withdraw(session, asked, by=when.by, now=when.now)
    switches.recall(session, steps, when=when)
    store.add_events(
        session,
        [event(step, EventKind.WITHDRAWN, when, {"reason": stop.message}) for step, stop in gone],
    )


def _keep(session: Session, outcomes: Iterable[Outcome], when: When) -> None:
    kept = [
        (step, one.known.account.posted_no)
        for one in outcomes
        for step in one.look.kept
        if step.posted_no != one.known.account.posted_no or step.state is StepState.STALE
    ]
    store.refresh(session, {step.id: posted_no for step, posted_no in kept})
    store.add_events(session, [event(step, EventKind.KEPT, when) for step, _ in kept])


def _reconnect(session: Session, outcomes: Iterable[Outcome], when: When) -> list[Step]:
    new = [
        store.NewStep(
            case_id=one.known.case.id,
            account_id=one.known.account.id,
            kind=StepKind.RECONNECTION,
            level="",
            proposed_on=when.today,
            amount=0,
            state=StepState.APPROVED,
            posted_no=one.known.account.posted_no,
            policy_digest=one.policy_digest,
            facts={"hours": one.rules.market.reconnection_hours, "since": when.now},
        )
        for one in outcomes
        if one.look.is_to_reconnect and one.known.case is not None
    ]
    steps = store.add_steps(session, new)
    switches.order(session, steps, when=when)
    store.add_events(session, [event(step, EventKind.PROPOSED, when, step.facts) for step in steps])
    return steps


def _propose(session: Session, outcomes: Sequence[Outcome], when: When) -> list[Step]:
    cases = _cases(session, outcomes, when)
    new = [_new_step(session, one, cases[one.known.account.id], when) for one in outcomes]
    steps = store.add_steps(session, new)
    cuts = [
        step
        for step in steps
        if step.kind is StepKind.DISCONNECTION and step.state is StepState.APPROVED
    ]
    switches.order(session, cuts, when=when)
    store.add_events(
        session,
        [
            event(step, EventKind.PROPOSED, when, {"level": step.level, "amount": step.amount})
            for step in steps
        ],
    )
    return steps


def _cases(session: Session, outcomes: Sequence[Outcome], when: When) -> dict[int, int]:
    """Return the open case of each account, one opened where there is none."""
    cases = {one.known.account.id: one.known.case.id for one in outcomes if one.known.case}
    by_policy: dict[str, list[int]] = {}
    for one in outcomes:
        if one.known.case is None:
            by_policy.setdefault(one.policy_digest, []).append(one.known.account.id)
    for digest, account_ids in by_policy.items():
        opened = store.add_cases(session, account_ids, opened_on=when.today, policy_digest=digest)
        store.add_events(
            session,
            [
                CaseEvent(case, when.today, when.now, when.by, EventKind.OPENED, None, {})
                for case in opened.values()
            ],
        )
        cases |= opened
    return cases


def _new_step(session: Session, one: Outcome, case_id: int, when: When) -> store.NewStep:
    proposed = one.decision.proposed
    assert proposed is not None, "only proposals become steps"
    facts = one.known.standing.facts(when.today) | {
        "reasons": list(proposed.reasons),
        "stopped": [[stop.level, stop.code, stop.message] for stop in one.decision.stopped_by],
        "policy": one.rules.policy.name,
        "market": one.rules.market.name,
    }
    level = one.rules.policy.level(proposed.level)
    if level is not None and level.holds != {NO_HOLD}:
        facts["holds"] = sorted(level.holds - {NO_HOLD})
    approval_id, state = _approval(session, one, proposed, facts, when)
    return store.NewStep(
        case_id=case_id,
        account_id=one.known.account.id,
        kind=proposed.kind,
        level=proposed.level,
        proposed_on=when.today,
        amount=proposed.amount,
        state=state,
        posted_no=one.known.account.posted_no,
        policy_digest=one.policy_digest,
        approval_id=approval_id,
        facts=facts,
    )


def _approval(
    session: Session, one: Outcome, proposed: Proposed, facts: dict[str, Any], when: When
) -> tuple[int | None, StepState]:
    """Ask people for their word if the step needs it and they haven't given it."""
    if not proposed.needs_approval:
        return None, StepState.APPROVED
    if proposed.kind is StepKind.DISCONNECTION:
        given = _given_with_notice(session, one, when)
        if given is not None:
            return given, StepState.APPROVED
    account = one.known.account
    days = one.known.standing.overdue_days(when.today)
    overdue = one.known.standing.overdue
    asked = approval.ask(
        session,
        act=ACTS.get(proposed.kind, Act.DISCONNECT),
        subject=f"account {account.number}",
        account_id=account.id,
        summary=f"{TITLES[proposed.kind]} for account {account.number}: "
        f"{show(proposed.amount)}; {show(overdue)} is overdue, the oldest for {days} days",
        facts=facts | {"kind": proposed.kind, "level": proposed.level, "amount": proposed.amount},
        maker=POLICY if when.by == POLICY else when.by,
        needed=proposed.approvals,
        now=when.now,
    )
    return asked, StepState.PROPOSED


def _given_with_notice(session: Session, one: Outcome, when: When) -> int | None:
    """Return the approval of the notice whose time has run out, if the policy reuses it."""
    if one.rules.policy.order_approval is not OrderApproval.REUSE:
        return None
    notice = law.valid_notice(
        one.known.standing, one.rules.market, one.rules.calendar, today=when.today
    )
    if notice is None or notice.approval_id is None:
        return None
    found = approval.find(session, notice.approval_id)
    if found is None or found.state is not approval.State.APPROVED:
        return None
    yes = sum(vote.accept for vote in found.votes)
    is_enough = yes >= one.rules.market.disconnection.approvals
    return notice.approval_id if is_enough else None


def _close(session: Session, outcomes: Sequence[Outcome], when: When) -> None:
    cases = [one.known.case for one in outcomes if one.known.case]
    store.close_cases(session, [case.id for case in cases], on=when.today)
    store.add_events(
        session,
        [
            CaseEvent(case.id, when.today, when.now, when.by, EventKind.CLOSED, None, {})
            for case in cases
        ],
    )
    waiting = store.conversions(
        session,
        states=[ConversionState.AGREEMENT_WANTED],
        account_ids=[case.account_id for case in cases],
    )
    for conversion in waiting:
        store.move_conversion(session, conversion.id, ConversionState.WITHDRAWN, on=when.today)
