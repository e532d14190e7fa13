"""The store of orders to cut and reconnect: what was ordered, and every state it came to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from config import journal
from config.database import among, in_chunks, lock
from meters.tables import SwitchEventRow, SwitchOrderRow


class OrderKind(StrEnum):
    """What is to be done at the meter."""

    CUT = "cut"
    RECONNECT = "reconnect"


class OrderState(StrEnum):
    """How far an order has come."""

    ORDERED = "ordered"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    FAILED = "failed"
    RECALLED = "recalled"


OPEN = (OrderState.ORDERED, OrderState.ACKNOWLEDGED)
_BEFORE = {
    OrderState.ACKNOWLEDGED: (OrderState.ORDERED,),
    OrderState.DONE: OPEN,
    OrderState.FAILED: OPEN,
    OrderState.RECALLED: OPEN,
}


class SwitchError(Exception):
    """An order can't come to this state; the text says how it stands."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    An order to a service point and how it stands.

    :param reference: what it was ordered for, such as a step of a case.
    """

    id: int
    service_point_id: int
    kind: OrderKind
    reference: str
    ordered_on: date
    ordered_by: str
    state: OrderState
    state_on: date
    note: str

    @property
    def is_open(self) -> bool:
        """Test whether it may still be recalled."""
        return self.state in OPEN


def add_order(
    session: Session,
    *,
    service_point_id: int,
    kind: OrderKind,
    reference: str,
    by: str,
    on: date,
    now: datetime,
    note: str = "",
) -> int:
    """Order a service point cut or reconnected; the same reference again gives the same order."""
    known = session.scalar(
        select(SwitchOrderRow.id).where(
            SwitchOrderRow.kind == kind, SwitchOrderRow.reference == reference
        )
    )
    if known is not None:
        return known
    row = SwitchOrderRow(service_point_id=service_point_id, kind=kind, reference=reference)
    session.add(row)
    session.flush()
    _add_event(session, row.id, 1, OrderState.ORDERED, by=by, on=on, now=now, note=note)
    return row.id


def move(
    session: Session,
    order_ids: Collection[int],
    state: OrderState,
    *,
    by: str,
    on: date,
    now: datetime,
    note: str = "",
) -> list[Order]:
    """
    Bring orders to a state, and return them; one that is in it already stays as it is.

    :raises SwitchError: if one of them can't come to it, such as one that was recalled.
    """
    lock(session, SwitchOrderRow, order_ids)
    found = orders(session, ids=order_ids)
    wrong = [one for one in found if one.state is not state and one.state not in _BEFORE[state]]
    if wrong:
        said = ", ".join(f"order {one.id} is {one.state} since {one.state_on}" for one in wrong)
        raise SwitchError(f"{said}; it can't be {state} any more")
    steps = _steps(session, order_ids)
    for one in found:
        if one.state is not state:
            step = steps[one.id] + 1
            _add_event(session, one.id, step, state, by=by, on=on, now=now, note=note)
    return orders(session, ids=order_ids)


def orders(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    point_ids: Collection[int] | None = None,
    kind: OrderKind | None = None,
    states: Sequence[OrderState] | None = None,
) -> list[Order]:
    """Return orders, oldest first: those asked for, or all."""
    chosen = SwitchOrderRow.id if ids is not None else SwitchOrderRow.service_point_id
    wanted = ids if ids is not None else point_ids
    chunks = [None] if wanted is None else list(in_chunks(sorted(wanted)))
    found = [
        one
        for some in chunks
        for one in _orders(session, None if some is None else chosen.in_(some))
    ]
    return [
        one
        for one in sorted(found, key=lambda one: one.id)
        if (kind is None or one.kind is kind) and (states is None or one.state in states)
    ]


def _orders(session: Session, condition: object) -> list[Order]:
    last = (
        select(SwitchEventRow.order_id, func.max(SwitchEventRow.step).label("step"))
        .group_by(SwitchEventRow.order_id)
        .subquery()
    )
    query = (
        select(SwitchOrderRow, SwitchEventRow)
        .join(last, last.c.order_id == SwitchOrderRow.id)
        .join(
            SwitchEventRow,
            and_(SwitchEventRow.order_id == last.c.order_id, SwitchEventRow.step == last.c.step),
        )
    )
    if condition is not None:
        query = query.where(condition)  # type: ignore[arg-type]
    rows = session.execute(query).all()
    firsts = _firsts(session, [order.id for order, _ in rows])
    return [
        Order(
            order.id,
            order.service_point_id,
            OrderKind(order.kind),
            order.reference,
            firsts[order.id].happened_on,
            firsts[order.id].recorded_by,
            OrderState(event.state),
            event.happened_on,
            event.note,
        )
        for order, event in rows
    ]


def _firsts(session: Session, ids: Sequence[int]) -> dict[int, SwitchEventRow]:
    return {
        event.order_id: event
        for some in in_chunks(ids)
        for event in session.scalars(
            select(SwitchEventRow).where(
                among(SwitchEventRow.order_id, some), SwitchEventRow.step == 1
            )
        )
    }


def _steps(session: Session, ids: Collection[int]) -> dict[int, int]:
    query = select(SwitchEventRow.order_id, func.max(SwitchEventRow.step)).group_by(
        SwitchEventRow.order_id
    )
    return {
        order_id: step
        for some in in_chunks(sorted(ids))
        for order_id, step in session.execute(query.where(among(SwitchEventRow.order_id, some)))
    }


def _add_event(
    session: Session,
    order_id: int,
    step: int,
    state: OrderState,
    *,
    by: str,
    on: date,
    now: datetime,
    note: str,
) -> None:
    session.add(
        SwitchEventRow(
            order_id=order_id,
            step=step,
            state=state,
            happened_on=on,
            recorded_by=by,
            recorded_at=now,
            note=note,
        )
    )
    journal.note(
        session,
        by=by,
        act=f"switch order {state}",
        subject=f"switch order {order_id}",
        facts={"note": note, "on": on},
        now=now,
    )
