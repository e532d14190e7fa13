"""Promises to pay: the customer's word, and the account is left alone until the day it names."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import review, store
from arrears.case import Case, EventKind, Promise, PromiseState
from arrears.deadlines import owed_before, tell
from arrears.holds import HoldReason
from arrears.rules import in_force, rules_of
from arrears.standing import Hold
from arrears.switches import When
from billing import books
from billing import store as master
from billing.money import Money, show
from config import journal


class BadPromiseError(Exception):
    """A promise can't be taken like this; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A promise that was taken, the hold it rests on, and how many orders it ended."""

    promise_id: int
    hold_id: int
    ended: int


def take(
    sessions: sessionmaker[Session],
    account_number: str,
    *,
    amount: Money,
    due_on: date,
    by: str,
    today: date,
    now: datetime,
) -> Taken:
    """
    Take a customer's word to pay an amount by a day, and leave the account alone until then.

    Kept, the hold ends at once; broken, everything goes on where it stood the day after.

    :raises BadPromiseError: if nothing is overdue, the amount or the day can't be, a promise is
        open already, or as many were broken in the case as the policy bears.
    """
    when = When(today, now, by)
    with sessions.begin() as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        if account is None:
            raise BadPromiseError(f"account {account_number}: there is none of this number")
        books.lock_accounts(session, [account.id])
        owed = owed_before(session, account.id, before=today, today=today)
        case = store.open_cases(session, [account.id]).get(account.id)
        problem = _problem(owed, amount, due_on, today)
        problem = problem or _too_many(session, account.id, case, today)
        if problem is not None:
            raise BadPromiseError(problem)
        note = f"{show(amount)} by {due_on}"
        hold = Hold(0, account.id, HoldReason.PROMISE, note, by, today, due_on)
        hold_id = store.add_hold(session, hold, by=by, now=now)
        new = Promise(0, account.id, amount, owed, today, due_on, hold_id, by, PromiseState.OPEN)
        promise_id = store.add_promise(session, new, case_id=case.id if case else None, by=by)
        facts = {"promise": promise_id, "amount": amount, "until": due_on}
        tell(session, account.id, EventKind.PROMISED, facts, when)
        subject = f"account {account.number}"
        journal.note(session, by=by, act="take promise", subject=subject, facts=facts, now=now)
        return Taken(promise_id, hold_id, review.look_at(session, [account.id], when))


def _problem(owed: Money, amount: Money, due_on: date, today: date) -> str | None:
    if owed <= 0:
        return "nothing is overdue; there is nothing to promise"
    if not 0 < amount <= owed:
        return f"amount: {show(amount)} is promised; up to {show(owed)} is overdue"
    if due_on < today:
        return f"due_on: {due_on} is past; a promise names today or a day to come"
    return None


def _too_many(session: Session, account_id: int, case: Case | None, today: date) -> str | None:
    if store.open_promises(session, [account_id]):
        return "a promise is open already; wait for its day, or for the money"
    if case is None:
        return None
    most = rules_of(session, case.policy_digest, in_force(session, today)).policy.promises_max
    broken = store.broken_promises(session, case.id)
    if broken >= most:
        return f"{broken} promises were broken in this case; the policy bears {most}"
    return None
