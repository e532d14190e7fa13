"""By what accounts are grouped in reports: class, route, office or customer, as of a day."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from billing import store as master
from billing.supply import Supply
from config import people
from meters import store as points

NO_GROUP = "none"
"""The group of accounts that have nothing to be grouped by, such as those without a supply."""

Groups = Mapping[int, str]
"""The group of each account."""


class Grouping(StrEnum):
    """By what accounts are taken together."""

    CLASS = "class"
    ROUTE = "route"
    OFFICE = "office"
    CUSTOMER = "customer"


def groups_of(
    session: Session, by: Grouping, account_ids: Collection[int], *, as_of: date
) -> Groups:
    """
    Return the group that each of the accounts was in on a day; every account is in one.

    Class and route are those of the supply that began last; office and customer are the
    customer's. Offices and routes are named by their codes, customers by their numbers.
    """
    found = _RULES[by](session, account_ids, as_of)
    return {one: found.get(one, NO_GROUP) for one in account_ids}


def accounts_in(
    session: Session, *, office: str | None, supply_class: str | None, as_of: date
) -> frozenset[int] | None:
    """Return the accounts of an office and of a class on a day; none if neither is asked for."""
    wanted = {Grouping.OFFICE: office, Grouping.CLASS: supply_class}
    asked = {by: name for by, name in wanted.items() if name is not None}
    if not asked:
        return None
    ids = set(master.account_ids(session))
    for by, name in asked.items():
        groups = groups_of(session, by, ids, as_of=as_of)
        ids = {key for key, group in groups.items() if group == name}
    return frozenset(ids)


def _newest(session: Session, ids: Collection[int], as_of: date) -> dict[int, Supply]:
    """Return of each account the supply that began last by the day, or first after it."""
    found = {}
    for account_id, some in master.supplies_of(session, ids).items():
        begun = [one for one in some if one.starts_on <= as_of]
        found[account_id] = max(begun or some[:1], key=lambda one: (one.starts_on, one.id))
    return found


def _classes(session: Session, ids: Collection[int], as_of: date) -> dict[int, str]:
    return {key: str(one.supply_class) for key, one in _newest(session, ids, as_of).items()}


def _routes(session: Session, ids: Collection[int], as_of: date) -> dict[int, str]:
    newest = _newest(session, ids, as_of)
    found = points.service_points(session, {one.service_point_id for one in newest.values()})
    return {
        key: route
        for key, one in newest.items()
        if (route := found[one.service_point_id].route_code) is not None
    }


def _offices(session: Session, ids: Collection[int], as_of: date) -> dict[int, str]:
    accounts = master.accounts(session, ids)
    customers = master.customers(session, {one.customer_id for one in accounts.values()})
    codes = {one.id: one.code for one in people.offices(session)}
    return {key: codes[customers[one.customer_id].office_id] for key, one in accounts.items()}


def _customers(session: Session, ids: Collection[int], as_of: date) -> dict[int, str]:
    accounts = master.accounts(session, ids)
    customers = master.customers(session, {one.customer_id for one in accounts.values()})
    return {key: customers[one.customer_id].number for key, one in accounts.items()}


_RULES: Mapping[Grouping, Callable[[Session, Collection[int], date], dict[int, str]]] = {
    Grouping.CLASS: _classes,
    Grouping.ROUTE: _routes,
    Grouping.OFFICE: _offices,
    Grouping.CUSTOMER: _customers,
}
