"""Write debts off: a person or the policy proposes it, two others approve, the books follow."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.carrying import Outcome, carry_out, event
from arrears.case import CaseEvent, EventKind
from arrears.decide import Decision, Look, Proposed
from arrears.rules import InForce, in_force, rules_of
from arrears.standing import Standing
from arrears.standings import Known, standings
from arrears.step import Step, StepKind, StepState, Track
from arrears.switches import When
from billing import books
from billing import store as master
from billing.money import Money
from config import journal

PEOPLE = 2
"""So many people, none of whom proposed it, approve a write-off."""


class CannotWriteOffError(Exception):
    """A debt cannot be written off, or recovered, so; the message lists why, one a line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A write-off that was asked for: the step, the approval it needs, and how much."""

    step_id: int
    approval_id: int
    amount: Money


def ask(
    sessions: sessionmaker[Session],
    account_number: str,
    *,
    reason: str,
    evidence: str,
    by: str,
    today: date,
    now: datetime,
) -> Asked:
    """
    Ask that all that is overdue of an account be written off; two others approve it.

    :param evidence: which papers prove that it can't be collected (国家税务总局公告2011年第25号
        art. 22 lists them: judgment, bankruptcy, licence cancelled, death, ...).
    :raises CannotWriteOffError: with everything that is wrong with it.
    """
    when = When(today, now, by)
    with sessions.begin() as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        if account is None:
            raise CannotWriteOffError(f"account {account_number}: there is none of this number")
        books.lock_accounts(session, [account.id])
        rules = in_force(session, today)
        grade = rules.card.new_grade
        known = standings(session, [account.id], today=today, new_grade=grade)[account.id]
        problems = [] if reason.strip() else ["reason: is empty; say why it can't be collected"]
        problems += [] if evidence.strip() else ["evidence: is empty; name the papers"]
        problems += _problems(session, known.standing, today)
        if problems:
            raise CannotWriteOffError("\n".join(problems))
        why = (f"reason: {reason.strip()}", f"evidence: {evidence.strip()}")
        (step,) = carry_out(session, [_outcome(session, known, rules, why)], when)
        assert step.approval_id is not None, "people must speak first"
        return Asked(step.id, step.approval_id, step.amount)


def _outcome(session: Session, known: Known, rules: InForce, why: tuple[str, ...]) -> Outcome:
    """Return a person's proposal as a review would have come to it."""
    digest = rules.policy_digest if known.case is None else known.case.policy_digest
    amount = known.standing.overdue
    proposed = Proposed(known.account.id, StepKind.WRITE_OFF, "", amount, True, PEOPLE, why)
    return Outcome(
        known,
        rules_of(session, digest, rules),
        digest,
        Look((), (), is_to_reconnect=False, is_over=False),
        Decision(proposed, ()),
    )


def _problems(session: Session, standing: Standing, today: date) -> list[str]:
    found = []
    pending = standing.pending(Track.RECOVERY)
    if pending is not None:
        found.append(f"{pending.kind} is {pending.state} already; decide on that first")
    if standing.overdue <= 0:
        found.append("nothing is overdue; there is nothing to write off")
    before = [one for one in store.steps_of(session, standing.account_id) if not one.is_pending]
    if any(one.kind is StepKind.WRITE_OFF and one.proposed_on == today for one in before):
        found.append("a write-off was asked for today already; ask again tomorrow")
    return found


def carry(session: Session, step: Step, when: When) -> None:
    """Write off what was overdue when it was asked for; what is disputed or newer stays."""
    charges = books.open_charges(session, [step.account_id], as_of=when.today)
    resting = store.resting_charges(session, [step.account_id], on=when.today)
    overdue = [
        one
        for one in charges.get(step.account_id, ())
        if one.due_on < step.proposed_on and one.id not in resting.get(step.account_id, ())
    ]
    reason = f"approval {step.approval_id}"
    amount = books.write_off(session, overdue, posted_on=when.today, reason=reason)
    store.mark(session, [step.id], StepState.DONE, on=when.today)
    facts = {"amount": amount, "approval": step.approval_id}
    store.add_events(session, [event(step, EventKind.DONE, when, facts)])
    _note(session, step.account_id, "write off", facts, when)


def recover(
    sessions: sessionmaker[Session], account_number: str, *, by: str, today: date, now: datetime
) -> Money:
    """
    Use the money that stands on an account for what was written off, and return how much.

    Once all of it has come in, supply that was cut for it is given back, unless more is owed.

    :raises CannotWriteOffError: if nothing was written off, something is owed first, or there is
        no money.
    """
    with sessions.begin() as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        if account is None:
            raise CannotWriteOffError(f"account {account_number}: there is none of this number")
        books.lock_accounts(session, [account.id])
        if not books.written_off(session, [account.id], as_of=today):
            raise CannotWriteOffError(f"account {account_number}: nothing of it is written off")
        recovered = books.recover(session, account.id, posted_on=today)
        if not recovered:
            raise CannotWriteOffError(
                f"account {account_number}: no money stands on it; take the payment in first"
            )
        when = When(today, now, by)
        _note(session, account.id, "recover written-off debt", {"amount": recovered}, when)
        if not books.written_off(session, [account.id], as_of=today):
            _give_back(session, account.id, when)
        return recovered


def _give_back(session: Session, account_id: int, when: When) -> None:
    """Order what was cut for a debt given back, now that all of it is paid after all."""
    switched = (StepKind.DISCONNECTION, StepKind.RECONNECTION)
    newest = next(
        (
            one
            for one in store.steps_of(session, account_id)
            if one.kind in switched and (one.is_pending or one.done_on is not None)
        ),
        None,
    )
    if newest is None or newest.kind is not StepKind.DISCONNECTION or newest.done_on is None:
        return
    rules = in_force(session, when.today)
    if account_id not in store.open_cases(session, [account_id]):
        opened = store.add_cases(
            session, [account_id], opened_on=when.today, policy_digest=newest.policy_digest
        )
        opening = CaseEvent(
            opened[account_id], when.today, when.now, when.by, EventKind.OPENED, None, {}
        )
        store.add_events(session, [opening])
    grade = rules.card.new_grade
    known = standings(session, [account_id], today=when.today, new_grade=grade)[account_id]
    if known.standing.debts:
        return
    assert known.case is not None, "it was opened if there was none"
    digest = known.case.policy_digest
    look = Look((), (), is_to_reconnect=True, is_over=False)
    own = rules_of(session, digest, rules)
    carry_out(session, [Outcome(known, own, digest, look, Decision(None, ()))], when)


def _note(
    session: Session, account_id: int, act: str, facts: dict[str, Money | int | None], when: When
) -> None:
    number = master.accounts(session, [account_id])[account_id].number
    subject = f"account {number}"
    journal.note(session, by=when.by, act=act, subject=subject, facts=facts, now=when.now)
