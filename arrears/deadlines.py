"""What ends by itself: promises past their day, unsettled disputes, unanswered approvals."""

from datetime import date

from sqlalchemy.orm import Session

from arrears import claims, store
from arrears.carrying import event
from arrears.case import CaseEvent, DisputeState, EventKind, PromiseState
from arrears.rules import in_force
from arrears.standing import debts_of
from arrears.step import StepState
from arrears.switches import When
from billing import books
from billing.money import Money
from config import approval

_ALL = 1_000_000


def judge(session: Session, *, when: When) -> dict[PromiseState, int]:
    """Say of every open promise whether it was kept or broken, in a transaction of the caller's."""
    counts = dict.fromkeys(PromiseState, 0)
    for account_id, promise in store.open_promises(session).items():
        still = owed_before(session, account_id, before=promise.made_on, today=when.today)
        state = promise.judged(still, when.today)
        counts[state] += 1
        if state is PromiseState.OPEN:
            continue
        store.settle_promise(session, promise.id, state, on=when.today)
        kept = state is PromiseState.KEPT
        kind = EventKind.PROMISE_KEPT if kept else EventKind.PROMISE_BROKEN
        tell(session, account_id, kind, {"promise": promise.id, "still_owed": still}, when)
        if kept and promise.due_on >= when.today:
            store.lift_hold(session, promise.hold_id, by=when.by, on=when.today)
    return counts


def lapse(session: Session, *, when: When) -> int:
    """
    End the disputes whose last day has gone by, in a transaction of the caller's.

    One that the customer pays for under protest, as the law says, is left for a person to settle.
    """
    count = 0
    disputed = store.open_disputes(session)
    charges = books.open_charges(session, list(disputed), as_of=when.today) if disputed else {}
    kept = {
        one.dispute_id
        for some in claims.contested(session, charges, today=when.today).values()
        for one in some
        if one.is_under_protest
    }
    for account_id, some in disputed.items():
        for one in some:
            if one.ends_on < when.today and one.id not in kept:
                state = DisputeState.LAPSED
                store.settle_dispute(session, one.id, state, by=when.by, on=when.today)
                facts = {"dispute": one.id, "state": state}
                tell(session, account_id, EventKind.DISPUTE_SETTLED, facts, when)
                count += 1
    return count


def expire(session: Session, *, when: When) -> int:
    """
    Take back steps that nobody decided on for as long as their policy bears; return how many.

    They are decided anew on the facts as they are then. In a transaction of the caller's.
    """
    days = in_force(session, when.today).rules.policy.approval_days_max
    if days is None:
        return 0
    expired = []
    for one in approval.waiting(session, limit=_ALL):
        age = (when.now - one.asked_at).days
        if one.account_id is not None and age > days:
            expired.append(one)
    books.lock_accounts(session, {one.account_id for one in expired if one.account_id})
    steps = store.steps_of_approvals(session, [one.id for one in expired])
    ids = [one.id for one in expired if one.id in steps]
    approval.withdraw(session, ids, by=when.by, now=when.now)
    store.mark(session, [steps[key].id for key in ids], StepState.WITHDRAWN)
    facts = {"reason": f"nobody decided on it for {days} days"}
    store.add_events(session, [event(steps[k], EventKind.WITHDRAWN, when, facts) for k in ids])
    return len(ids)


def owed_before(session: Session, account_id: int, *, before: date, today: date) -> Money:
    """Return what is open today of the charges that had fallen due before a day."""
    charges = books.open_charges(session, [account_id], as_of=today).get(account_id, ())
    credit = books.on_account(session, [account_id], as_of=today).get(account_id, 0)
    debts = debts_of(charges, credit=credit, today=today)
    return sum(debt.amount for debt in debts if debt.due_on < before)


def tell(
    session: Session, account_id: int, kind: EventKind, facts: dict[str, object], when: When
) -> None:
    """Add to the timeline of an account's open case, if it has one."""
    case = store.open_cases(session, [account_id]).get(account_id)
    if case is not None:
        happened = CaseEvent(case.id, when.today, when.now, when.by, kind, None, facts)
        store.add_events(session, [happened])
