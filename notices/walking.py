"""The way that letters are carried: office by office, route by route, house by house."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from billing import store as master
from config import people
from meters.store import ServicePoint, service_points
from notices import store
from notices.record import Stop


def stops(session: Session, notice_ids: Collection[int]) -> dict[int, tuple[int, Stop]]:
    """
    Return where each notice is carried to, and the id of the office that carries it.

    Its first account decides; without a supply the customer's office does.
    """
    first = {key: ids[0] for key, ids in store.account_ids_of(session, notice_ids).items()}
    points = _points(session, set(first.values()))
    at_home = _offices(session, set(first.values()))
    codes = {office.id: office.code for office in people.offices(session)}
    found = {}
    for notice_id, account_id in first.items():
        point = points.get(account_id)
        if point is None:
            office_id = at_home[account_id]
            found[notice_id] = (office_id, Stop(codes[office_id], "", 0))
        else:
            stop = Stop(codes[point.office_id], point.route_code or "", point.walk_order)
            found[notice_id] = (point.office_id, stop)
    return found


def walk(stop: Stop, tie: int) -> tuple[str, str, int, int]:
    """Return by what letters are put in order; the tie keeps those of one house in theirs."""
    return stop.office, stop.route, stop.order, tie


def _points(session: Session, account_ids: Collection[int]) -> dict[int, ServicePoint]:
    """Return the newest point that each account was supplied at."""
    supplies = master.supplies_of(session, account_ids)
    newest = {
        account_id: max(some, key=lambda one: (one.starts_on, one.id)).service_point_id
        for account_id, some in supplies.items()
        if some
    }
    points = service_points(session, set(newest.values()))
    return {account_id: points[point_id] for account_id, point_id in newest.items()}


def _offices(session: Session, account_ids: Collection[int]) -> dict[int, int]:
    accounts = master.accounts(session, account_ids)
    customers = master.customers(session, {one.customer_id for one in accounts.values()})
    return {key: customers[one.customer_id].office_id for key, one in accounts.items()}
