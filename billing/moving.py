"""
What is done to an account's supplies: move in, move out, change, suspend and resume.

A supply is never edited: a change ends it and starts another on the same day. `billing.customers`
is the face of these doors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

import meters.handover
import meters.store
from billing import books, drafts, store
from billing.component import Capacity, Component, Demand
from billing.counter import account_of
from billing.obstacles import lacks
from billing.supply import PaymentMode, Protection, Supply, SupplyClass, Terms
from billing.tariff import BadTariffError, Tariff
from billing.tariffs import TariffBook
from billing.tenancy import (
    CHANGEABLE,
    Place,
    Plan,
    Problems,
    plan_change,
    plan_move_in,
    plan_move_out,
    plan_resumption,
    plan_suspension,
)
from config import dated, journal
from config.almanac import calendar_named
from config.in_force import market_on
from meters.period import Period
from meters.reading import RegisterCode


class RefusedActError(Exception):
    """An act of the customer master can't be done; the message says all that stands against it."""


def move_in(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    terms: Terms,
    by: str,
    today: date,
    now: datetime,
) -> Supply:
    """
    Start a supply of an account at a service point, and return it.

    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        place = _place(session, account_number, service_point, on, today)
        plan = _decided(plan_move_in(place, terms))
        facts = {"tariff": terms.tariff, "class": terms.supply_class}
        return _carry_out(session, place, plan, "move in", facts, by=by, now=now)


def move_out(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    by: str,
    reason: str,
    today: date,
    now: datetime,
    readings: Mapping[RegisterCode, Decimal] | None = None,
) -> Supply:
    """
    End an account's supply at a service point: the day is the first that it no longer covers.

    :param readings: what the registers show on the day, unless that was taken in before.
    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        place = _place(session, account_number, service_point, on, today)
        # What stands against the act itself is told before anything about its readings.
        _decided(plan_move_out(place, is_read=True))
        problems = meters.handover.keep(session, place.point_id, on, readings or {}, today=today)
        if problems:
            raise RefusedActError("; ".join(problems))
        is_read = meters.handover.is_read(session, place.point_id, on)
        plan = _decided(plan_move_out(place, is_read=is_read))
        shown = {str(code): str(value) for code, value in (readings or {}).items()}
        facts = {"reason": reason, "readings": shown}
        return _carry_out(session, place, plan, "move out", facts, by=by, now=now)


def change(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    to: Mapping[str, SupplyClass | Protection | Decimal | int | str | None],
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Supply:
    """
    Change a supply from a day on, and return what it has become.

    :param to: new values by the name of the supply's attribute; how it is paid for is agreed by
        `billing.agreeing`.
    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    unknown = sorted(set(to) - set(CHANGEABLE))
    if unknown:
        raise RefusedActError(
            f"a supply has no {', '.join(unknown)} to change; there is {', '.join(CHANGEABLE)}"
        )
    with sessions.begin() as session:
        place = _place(session, account_number, service_point, on, today)
        plan = _decided(plan_change(place, to))
        facts = {"reason": reason, "to": {key: str(value) for key, value in to.items()}}
        return _carry_out(session, place, plan, "change supply", facts, by=by, now=now)


def suspend(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    kva: Decimal | None,
    by: str,
    reason: str,
    today: date,
    now: datetime,
    asked_on: date | None = None,
) -> Supply:
    """
    Put capacity of a supply out of use from a day on (暂停), and return the supply.

    :param kva: how much of it rests; none says all.
    :param asked_on: when the customer asked for it, from which the law's notice counts; otherwise
        today.
    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        place = _place(session, account_number, service_point, on, today)
        plan = _decided(_suspension(session, place, kva, asked_on or today))
        facts = {
            "reason": reason,
            "kva": None if plan.begins is None else plan.begins.suspended_kva,
            "asked_on": (asked_on or today).isoformat(),
        }
        return _carry_out(session, place, plan, "suspend supply", facts, by=by, now=now)


def resume(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Supply:
    """
    Put a supply's capacity into use again from a day on, and return the supply.

    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        place = _place(session, account_number, service_point, on, today)
        parts = _components(session, place)
        days = [one.suspended_days_min for one in parts if isinstance(one, Capacity)]
        law = market_on(session, today).suspension
        whole_months = law is not None and law.is_by_months_of_demand and _is_by_demand(parts)
        plan = _decided(
            plan_resumption(place, least_days=max(days, default=0), whole_months=whole_months)
        )
        return _carry_out(session, place, plan, "resume supply", {"reason": reason}, by=by, now=now)


def pay_by(
    session: Session, place: Place, mode: PaymentMode, *, by: str, reason: str, now: datetime
) -> Supply:
    """
    Let a supply be paid for after use or before it, in the transaction of who agreed to it.

    :raises RefusedActError: with everything that stands against it.
    """
    plan = _decided(plan_change(place, {"payment_mode": mode}))
    facts = {"reason": reason, "to": {"payment_mode": str(mode)}}
    return _carry_out(session, place, plan, "change supply", facts, by=by, now=now)


def against_paying_by(place: Place, mode: PaymentMode) -> Problems:
    """Return what stands against a supply's being paid for like this, if anything does."""
    found = plan_change(place, {"payment_mode": mode})
    return () if isinstance(found, Plan) else found


def place_of(session: Session, number: str, service_point: str, on: date, today: date) -> Place:
    """
    Return a service point as an account finds it on a day.

    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: if no service point has it.
    """
    return _place(session, number, service_point, on, today)


# --- helpers ----------------------------------------------------------------------------------


def _place(session: Session, number: str, service_point: str, on: date, today: date) -> Place:
    account = account_of(session, number)
    # Two clerks at one account wait for each other; what is at the point, the table knows.
    books.lock_accounts(session, {account.id})
    point = meters.store.find_service_points(session, [service_point]).get(service_point)
    if point is None:
        raise RefusedActError(f"no service point has the number {service_point}; look at the route")
    here = store.supplies_at(session, [point.id]).get(point.id, [])
    whose = store.accounts(session, {one.account_id for one in here})
    billed = drafts.billed_so_far(session, [point.id], since=on).get((account.id, point.id))
    return Place(
        account,
        point.id,
        point.number,
        tuple(one for one in here if one.account_id == account.id),
        tuple((whose[one.account_id].number, one) for one in here if one.account_id != account.id),
        None if billed is None else billed.until,
        on,
        today,
    )


def _decided(found: Plan | Problems) -> Plan:
    if isinstance(found, Plan):
        return found
    raise RefusedActError("; ".join(found))


def _carry_out(
    session: Session,
    place: Place,
    plan: Plan,
    act: str,
    facts: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> Supply:
    """Write a plan down, and return the supply that it leaves: begun, or else ended."""
    supply = plan.begins
    if supply is not None:
        problems = _unfit(session, supply)
        if problems:
            raise RefusedActError("; ".join(problems))
    if plan.ends is not None:
        store.end_supplies(session, [plan.ends.id], on=place.on)
    if supply is not None:
        (id_,) = store.add_supplies(session, [supply])
        supply = replace(supply, id=id_)
    journal.note(
        session,
        by=by,
        act=act,
        subject=f"account {place.account.number}",
        facts={"service_point": place.point, "on": place.on} | dict(facts),
        now=now,
    )
    left = supply or plan.ends
    assert left is not None, "an act ends a supply or begins one"
    return left if supply is not None else replace(left, ends_on=place.on)


def _unfit(session: Session, supply: Supply) -> list[str]:
    """Return why a supply can't be on its tariff, if it can't."""
    try:
        tariff = _tariff(session, supply)
    except (dated.NothingInForceError, BadTariffError):
        since = supply.starts_on
        return [f"no tariff {supply.tariff} is in force on {since}; choose one of `tariff list`"]
    found = lacks(tariff, supply)
    return ["; ".join([*found, "choose one that fits, or change that too"])] if found else []


def _tariff(session: Session, supply: Supply) -> Tariff:
    first = Period(supply.starts_on, supply.starts_on + timedelta(1))
    return TariffBook().in_force(session, supply.tariff, first)[0][1]


def _suspension(
    session: Session, place: Place, kva: Decimal | None, asked_on: date
) -> Plan | Problems:
    if asked_on > place.today:
        return (f"{asked_on} hasn't come yet; say on which day the customer asked for it",)
    market = market_on(session, place.today)
    law, earliest = market.suspension, date.min
    if law is not None and law.notice_business_days_min:
        calendar = calendar_named(market.calendar)
        earliest = calendar.add_business_days(asked_on, law.notice_business_days_min)
    is_by_demand = _is_by_demand(_components(session, place))
    return plan_suspension(place, kva, law, earliest=earliest, is_by_demand=is_by_demand)


def _components(session: Session, place: Place) -> Sequence[Component]:
    """Return what the supply that goes on at a place is charged for; nothing if nobody knows."""
    if place.going_on is None:
        return ()
    try:
        return _tariff(session, place.going_on).components
    except (dated.NothingInForceError, BadTariffError):
        return ()


def _is_by_demand(components: Sequence[Component]) -> bool:
    return any(isinstance(one, Demand) for one in components)
