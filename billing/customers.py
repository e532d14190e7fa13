"""
The customer master's acts: take in a file of supplies, move in, move out, change.

A supply is never edited: a change ends it and starts another on the same day.
"""

from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

import meters.store
from billing import master_file, store
from billing.account import Account
from billing.counter import UnknownAccountError, account_of
from billing.supply import PaymentMode, Protection, Supply, SupplyClass, Terms
from config import batch, journal
from config.batch import Batch, Kind
from config.database import reading
from config.table_file import Table, open_file, read_table

__all__ = ["NoSupplyError", "UnknownAccountError", "change", "move_in", "move_out", "take_in"]


class NoSupplyError(Exception):
    """There is no such supply to end or change; the message says what there is."""


def take_in(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool = False,
    layout: str | None = None,
    name: str | None = None,
) -> Batch:
    """
    Take in a CSV or XLSX file of the customer master, a row for each supply.

    Every row is accepted or refused by itself; customers, accounts, places, routes and meters
    that are new are added with it. The same file again, or the same rows in another, change
    nothing.

    :raises config.refusal.RefusedFileError: if the file cannot be taken in at all.
    """
    file = open_file(path, name=name)
    table = read_table(file, kind=Kind.CUSTOMERS, layout=layout)
    if dry_run:
        with reading(sessions) as session:
            repeat = batch.find(session, Kind.CUSTOMERS, file.digest)
            return repeat or master_file.tally(
                table, *master_file.read_rows(session, table, today=today), by=by, today=today
            )
    try:
        return _take_in(sessions, table, by=by, today=today, now=now)
    except IntegrityError:
        # Somebody took in the same file or one of its rows meanwhile; now it shows.
        return _take_in(sessions, table, by=by, today=today, now=now)


def _take_in(
    sessions: sessionmaker[Session], table: Table, *, by: str, today: date, now: datetime
) -> Batch:
    with sessions.begin() as session:
        repeat = batch.find(session, Kind.CUSTOMERS, table.file.digest)
        if repeat is not None:
            return repeat
        judged, unread = master_file.read_rows(session, table, today=today)
        kept = batch.add(
            session, master_file.tally(table, judged, unread, by=by, today=today), now=now
        )
        master_file.add(session, [one.row for one in judged if one.is_taken], batch_id=kept.id)
        return kept


def move_out(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    by: str,
    reason: str,
    now: datetime,
) -> Supply:
    """
    End an account's supply at a service point: the day is the first that it no longer covers.

    :raises UnknownAccountError, NoSupplyError: if there is nothing to end.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        supply = _going_on(session, account, service_point, on)
        store.end_supplies(session, [supply.id], on=on)
        journal.note(
            session,
            by=by,
            act="move out",
            subject=f"account {account.number}",
            facts={"service_point": service_point} | {"on": on, "reason": reason},
            now=now,
        )
    return replace(supply, ends_on=on)


def move_in(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    terms: Terms,
    by: str,
    now: datetime,
) -> int:
    """
    Start a supply of an account at a service point, and return its id.

    :raises UnknownAccountError, NoSupplyError: if there is no such account or service point.
    :raises store.OverlapError: if somebody is supplied there on a day it would cover.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        point_id = _point(session, service_point)
        new = Supply(0, account.id, point_id, on, None, *astuple(terms))
        (supply_id,) = store.add_supplies(session, [new])
        journal.note(
            session,
            by=by,
            act="move in",
            subject=f"account {account.number}",
            facts={"service_point": service_point} | {"on": on, "tariff": terms.tariff},
            now=now,
        )
    return supply_id


def change(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    service_point: str,
    on: date,
    to: Mapping[str, SupplyClass | PaymentMode | Protection | Decimal | int | str | None],
    by: str,
    reason: str,
    now: datetime,
) -> int:
    """
    Change the terms of a supply from a day on, and return the id of the new one.

    :param to: new values by the name of the supply's attribute: supply_class, tariff,
        contracted_kw, capacity_kva, household_size, payment_mode or protection.
    :raises UnknownAccountError, NoSupplyError: if there is nothing to change on that day.
    """
    unknown = set(to) - _CHANGEABLE
    if unknown:
        raise NoSupplyError(
            f"a supply has no {', '.join(sorted(unknown))}; change {', '.join(sorted(_CHANGEABLE))}"
        )
    with sessions.begin() as session:
        account = account_of(session, account_number)
        supply = _going_on(session, account, service_point, on)
        changed = replace(supply, **dict(to))  # type: ignore[arg-type]
        (supply_id,) = store.change_supplies(session, [changed], on=on)
        facts = {"on": on, "reason": reason, "to": {key: str(value) for key, value in to.items()}}
        journal.note(
            session,
            by=by,
            act="change supply",
            subject=f"account {account.number}",
            facts={"service_point": service_point} | facts,
            now=now,
        )
    return supply_id


# --- helpers ----------------------------------------------------------------------------------

_CHANGEABLE = {
    "supply_class",
    "tariff",
    "contracted_kw",
    "capacity_kva",
    "household_size",
    "payment_mode",
    "protection",
}


def _point(session: Session, number: str) -> int:
    found = meters.store.find_service_points(session, [number]).get(number)
    if found is None:
        raise NoSupplyError(f"no service point has the number {number!r}; look at the route")
    return found.id


def _going_on(session: Session, account: Account, service_point: str, on: date) -> Supply:
    """Return the account's supply at the point that began before the day and hasn't ended."""
    point_id = _point(session, service_point)
    for supply in store.supplies_of(session, [account.id]).get(account.id, ()):
        is_there = supply.service_point_id == point_id and supply.ends_on is None
        if is_there and supply.starts_on < on:
            return supply
    raise NoSupplyError(
        f"account {account.number} has no supply at {service_point} that began before {on} and "
        f"goes on; look at the account's supplies"
    )
