"""
Disconnection as a process: notice served, waited for, second notice, cut; given back on payment.

The clock starts at the proof of service. Until the very moment of the cut a payment ends it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from arrears import freshness, law, review, store, switches
from arrears.carrying import event
from arrears.case import EventKind
from arrears.rules import InForce, in_force, rules_of
from arrears.standings import standings
from arrears.step import Step, StepKind, StepState
from arrears.switches import When
from billing import books
from billing import store as master
from config import journal
from config.database import reading
from config.law import Disconnection


class NotServableError(Exception):
    """A notice cannot have been served like this; the message says why."""


class MayNotCutError(Exception):
    """Supply may not be cut or given back like this; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Due:
    """A served notice, and the first and last day on which supply may be cut on it."""

    step: Step
    account_number: str
    first_on: date
    last_on: date | None


def served(
    sessions: sessionmaker[Session],
    step_id: int,
    *,
    served_on: date,
    method: str,
    by: str,
    today: date,
    now: datetime,
    witness: str | None = None,
) -> Step:
    """
    Record that a notice reached the customer with proof: from this day the law counts.

    :raises NotServableError: if it isn't a notice that was printed, or the day cannot be.
    """
    with sessions.begin() as session:
        return record_service(
            session,
            step_id,
            served_on=served_on,
            method=method,
            witness=witness,
            when=When(today, now, by),
        )


def record_service(
    session: Session,
    step_id: int,
    *,
    served_on: date,
    method: str,
    when: When,
    witness: str | None = None,
) -> Step:
    """
    Record the service of a notice in a transaction of the caller's, who keeps the proof.

    :raises NotServableError: if it isn't a notice that was printed, or the day cannot be.
    """
    step = store.find_step(session, step_id)
    problem = _unservable(step, served_on, when.today)
    if step is None or problem is not None:
        raise NotServableError(f"step {step_id}: {problem}")
    store.set_served(session, step_id, served_on=served_on)
    facts = {"served_on": served_on, "method": method, "witness": witness}
    store.add_events(session, [event(step, EventKind.SERVED, when, facts)])
    return _again(session, step_id)


def due(sessions: sessionmaker[Session], *, today: date) -> list[Due]:
    """Return the served notices of open cases on which a cut is or will be possible, in order."""
    with reading(sessions) as session:
        rules = in_force(session, today)
        cases = store.open_cases(session)
        steps = store.steps_in(session, [case.id for case in cases.values()], [])
        accounts = master.accounts(session, steps)
        supplies = master.supplies_on(session, steps, today)
        found = []
        for account_id, own in steps.items():
            policy = rules_of(session, cases[account_id].policy_digest, rules).policy
            notices = [one for one in own if one.served_on is not None]
            classes = {one.supply_class for one in supplies.get(account_id, ())}
            if not notices or not classes:
                continue
            notice = notices[-1]
            days = [
                law.first_cut_day(
                    notice,
                    rules.rules.market,
                    rules.rules.calendar,
                    supply_class=one,
                    notice_days=policy.notice_days_for(one),
                )
                for one in classes
            ]
            first = max(day for day in days if day is not None)
            last = rules.rules.market.disconnection.last_cut_day(notice.served_on or today)
            found.append(Due(notice, accounts[account_id].number, first, last))
    return sorted(found, key=lambda one: (one.first_on, one.account_number))


def done(
    sessions: sessionmaker[Session],
    step_id: int,
    *,
    by: str,
    today: date,
    now: datetime,
    second_notice_at: datetime | None = None,
) -> Step:
    """
    Record that a crew cut a supply, or gave it back, just now.

    The account is looked at once more first. If a payment or a hold has ended the step meanwhile,
    it comes back withdrawn, and the crew has to leave the supply as it is.

    :raises MayNotCutError: if it is no order that waits, the hour is not lawful, or the law's
        second notice was not given in time.
    """
    when = When(today, now, by)
    with sessions.begin() as session:
        step = store.find_step(session, step_id)
        if step is None or step.kind not in switches.SWITCHING or not step.is_pending:
            state = "there is none" if step is None else f"{step.kind} is {step.state}"
            raise MayNotCutError(f"step {step_id}: {state}; only an open order can be carried out")
        review.look_at(session, [step.account_id], when)
        step = _again(session, step_id)
        if step.state is not StepState.APPROVED:
            return step
        if step.kind is StepKind.DISCONNECTION:
            _refuse_unlawful(session, step, in_force(session, today), when, second_notice_at)
        switches.carry_out(session, step, when=when)
        store.mark(session, [step_id], StepState.DONE, on=today)
        facts = {"second_notice_at": second_notice_at}
        store.add_events(session, [event(step, EventKind.DONE, when, facts)])
        journal.note(
            session, by=by, act=f"{step.kind} done", subject=f"step {step_id}", facts=facts, now=now
        )
        review.look_at(session, [step.account_id], when)
        return _again(session, step_id)


def settle(sessions: sessionmaker[Session], *, today: date, now: datetime) -> int:
    """Take over what was reported at the meter itself, and return how many steps it ended."""
    with sessions.begin() as session:
        over = switches.settle(session)
        books.lock_accounts(session, {step.account_id for step in over})
        review.look_at(session, [step.account_id for step in over], When(today, now, "meter"))
        return len(over)


def _unservable(step: Step | None, served_on: date, today: date) -> str | None:
    if step is None:
        return "there is none; look for the notice's number"
    if step.kind is not StepKind.DISCONNECTION_NOTICE:
        return f"a {step.kind} starts no clock; only a disconnection notice is served"
    if step.state is not StepState.DONE or step.done_on is None:
        return f"it is {step.state}; it has to be printed before it can be served"
    if step.served_on is not None:
        return f"it was served on {step.served_on} already; the first proof counts"
    if not step.done_on <= served_on <= today:
        return f"served on {served_on}; a day from {step.done_on} to {today} is wanted"
    return None


def _refuse_unlawful(
    session: Session,
    step: Step,
    rules: InForce,
    when: When,
    second_notice_at: datetime | None,
) -> None:
    market = rules.rules.market
    late = freshness.late_sources(session, today=when.today, now=when.now)
    if late:
        raise MayNotCutError(f"step {step.id}: {'; '.join(map(str, late))}")
    known = standings(session, [step.account_id], today=when.today, new_grade=rules.card.new_grade)[
        step.account_id
    ]
    against = law.may(step.kind, known.standing, market, rules.rules.calendar, today=when.today)
    if against:
        raise MayNotCutError(f"step {step.id}: {'; '.join(map(str, against))}")
    local = when.now.astimezone(ZoneInfo(market.time_zone))
    supplies = master.supplies_on(session, [step.account_id], when.today)
    for supply in supplies.get(step.account_id, ()):
        rule = market.disconnection_for(supply.supply_class)
        problem = _bad_hour(rule, local.time()) or _no_second_notice(
            rule, when.now, second_notice_at
        )
        if problem is not None:
            raise MayNotCutError(f"step {step.id}: {problem}")


def _bad_hour(rule: Disconnection, hour: time) -> str | None:
    if rule.from_hour <= hour <= rule.until_hour:
        return None
    return (
        f"it is {hour:%H:%M}; supply is cut between {rule.from_hour:%H:%M} and "
        f"{rule.until_hour:%H:%M} ({rule.article('from_hour')})"
    )


def _no_second_notice(
    rule: Disconnection, now: datetime, second_notice_at: datetime | None
) -> str | None:
    minutes = rule.second_notice_minutes
    if not minutes:
        return None
    if second_notice_at is not None and now - second_notice_at >= timedelta(minutes=minutes):
        return None
    return (
        f"the customer has to be told again {minutes} minutes before "
        f"({rule.article('second_notice_minutes')}); say when it was done"
    )


def _again(session: Session, step_id: int) -> Step:
    found = store.find_step(session, step_id)
    assert found is not None, "steps are never deleted"
    return found
