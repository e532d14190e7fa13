"""Orders to the meter for steps: cut, give back, recall, and what became of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from arrears import store
from arrears.step import Step, StepKind, StepState
from billing import store as master
from meters import orders
from meters.orders import Order, OrderKind, OrderState

SWITCHING = {
    StepKind.DISCONNECTION: OrderKind.CUT,
    StepKind.RECONNECTION: OrderKind.RECONNECT,
}
"""Which kinds of steps are carried out at the meter, and what is ordered there."""


@dataclass(frozen=True, slots=True)
class When:
    """The business day, the moment, and who acts."""

    today: date
    now: datetime
    by: str


def order(session: Session, steps: Sequence[Step], *, when: When) -> None:
    """Order the supplies of each step cut, or those it cut before given back."""
    if not steps:
        return
    points = _points(session, steps, when.today)
    pairs = [
        (
            step.id,
            orders.add_order(
                session,
                service_point_id=point_id,
                kind=SWITCHING[step.kind],
                reference=f"step {step.id} at {point_id}",
                by=when.by,
                on=when.today,
                now=when.now,
            ),
        )
        for step in steps
        for point_id in points[step.id]
    ]
    store.add_step_orders(session, pairs)


def recall(session: Session, steps: Iterable[Step], *, when: When) -> None:
    """Take back the orders of steps that are withdrawn, as far as they aren't carried out."""
    ids = [step.id for step in steps if step.kind in SWITCHING]
    if not ids:
        return
    order_ids = [one for some in store.orders_of(session, ids).values() for one in some]
    still_open = [one.id for one in orders.orders(session, ids=order_ids) if one.is_open]
    orders.move(
        session,
        still_open,
        OrderState.RECALLED,
        by=when.by,
        on=when.today,
        now=when.now,
        note="nothing to cut for any more",
    )


def carry_out(session: Session, step: Step, *, when: When) -> None:
    """Say that all that was ordered for a step is done."""
    order_ids = store.orders_of(session, [step.id]).get(step.id, [])
    orders.move(session, order_ids, OrderState.DONE, by=when.by, on=when.today, now=when.now)


def settle(session: Session, account_ids: Collection[int] | None = None) -> list[Step]:
    """
    Move steps on whose orders were done or failed at the meter, and return them as they were.

    A step whose order failed is withdrawn; while the law still allows it, a review orders anew.
    """
    pending = [
        step
        for step in store.pending_steps(session, kinds=tuple(SWITCHING), limit=None)
        if step.state is not StepState.PROPOSED
        and (account_ids is None or step.account_id in account_ids)
    ]
    by_step = store.orders_of(session, [step.id for step in pending])
    ids = [one for some in by_step.values() for one in some]
    found = {one.id: one for one in orders.orders(session, ids=ids)} if ids else {}
    over = []
    for step in pending:
        own = [found[one] for one in by_step.get(step.id, ())]
        if own and not any(one.is_open for one in own):
            _end(session, step, own)
            over.append(step)
    return over


def _end(session: Session, step: Step, own: Sequence[Order]) -> None:
    done = [one.state_on for one in own if one.state is OrderState.DONE]
    if step.state is StepState.STALE:
        store.refresh(session, {step.id: step.posted_no})
    if done:
        store.mark(session, [step.id], StepState.DONE, on=max(*done, step.proposed_on))
    else:
        store.mark(session, [step.id], StepState.WITHDRAWN)


def _points(session: Session, steps: Sequence[Step], today: date) -> dict[int, list[int]]:
    """Return by step the service points to be switched."""
    supplies = master.supplies_on(session, {step.account_id for step in steps}, today)
    was_cut = _cut_before(session, [s for s in steps if s.kind is StepKind.RECONNECTION])
    return {
        step.id: was_cut.get(step.id)
        or sorted({one.service_point_id for one in supplies.get(step.account_id, ())})
        for step in steps
    }


def _last_cut(steps: Iterable[Step]) -> list[int]:
    cuts = (one for one in steps if one.kind is StepKind.DISCONNECTION)
    return [one.id for one in cuts if one.state is StepState.DONE][-1:]


def _cut_before(session: Session, steps: Sequence[Step]) -> dict[int, list[int]]:
    """
    Return by reconnection the points that were cut last, so that just those are given back.

    They are its case's; or an earlier one's, when what was written off is paid in the end.
    """
    earlier = store.steps_in(session, {step.case_id for step in steps}, [])
    cuts = {
        step.id: _last_cut(earlier.get(step.account_id, ()))
        or _last_cut(store.steps_of(session, step.account_id)[::-1])
        for step in steps
    }
    by_cut = store.orders_of(session, [one for some in cuts.values() for one in some])
    return {
        step_id: sorted(
            one.service_point_id
            for cut in some
            for one in orders.orders(session, ids=by_cut.get(cut, []))
        )
        for step_id, some in cuts.items()
    }
