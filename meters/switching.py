"""
Doors of the orders to the meter: given, acknowledged by the crew, done, failed or recalled.

A room above that orders in a transaction of its own uses `meters.orders` instead.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from meters import orders as store
from meters.orders import Order, OrderKind, OrderState, SwitchError, orders

__all__ = (
    "Order",
    "OrderKind",
    "OrderState",
    "SwitchError",
    "acknowledge",
    "done",
    "failed",
    "order",
    "orders",
    "recall",
)


def order(
    sessions: sessionmaker[Session],
    *,
    service_point_id: int,
    kind: OrderKind,
    reference: str,
    by: str,
    today: date,
    now: datetime,
    note: str = "",
) -> Order:
    """Order a service point cut or reconnected; the same reference again gives the same order."""
    with sessions.begin() as session:
        order_id = store.add_order(
            session,
            service_point_id=service_point_id,
            kind=kind,
            reference=reference,
            by=by,
            on=today,
            now=now,
            note=note,
        )
        return orders(session, ids=[order_id])[0]


def acknowledge(
    sessions: sessionmaker[Session], order_id: int, *, by: str, today: date, now: datetime
) -> Order:
    """
    Note that the crew, or the meter, has the order.

    :raises SwitchError: if it was recalled or is over.
    """
    return _move(sessions, order_id, OrderState.ACKNOWLEDGED, by=by, today=today, now=now)


def done(
    sessions: sessionmaker[Session],
    order_id: int,
    *,
    by: str,
    today: date,
    now: datetime,
    note: str = "",
) -> Order:
    """
    Note that it was carried out today.

    :raises SwitchError: if it was recalled or is over.
    """
    return _move(sessions, order_id, OrderState.DONE, by=by, today=today, now=now, note=note)


def failed(
    sessions: sessionmaker[Session],
    order_id: int,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Order:
    """
    Note that it couldn't be carried out, and why.

    :raises SwitchError: if it was recalled or is over.
    """
    return _move(sessions, order_id, OrderState.FAILED, by=by, today=today, now=now, note=reason)


def recall(
    sessions: sessionmaker[Session],
    order_id: int,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Order:
    """
    Take an order back before it is done.

    :raises SwitchError: if it has been carried out or is over.
    """
    return _move(sessions, order_id, OrderState.RECALLED, by=by, today=today, now=now, note=reason)


def _move(
    sessions: sessionmaker[Session],
    order_id: int,
    state: OrderState,
    *,
    by: str,
    today: date,
    now: datetime,
    note: str = "",
) -> Order:
    with sessions.begin() as session:
        moved = store.move(session, [order_id], state, by=by, on=today, now=now, note=note)
        if not moved:
            raise SwitchError(f"there is no order {order_id}")
        return moved[0]
