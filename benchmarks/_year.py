"""
A town's year of bills and payments, written into an empty database as fast as it takes them.

The same town comes of the same seed, on every database. Of the accounts 82 % pay within ten days
before the due date, 8 % some days late, 4 % one to two months late, 2 % in two parts, 1 % have
every fourth payment taken back and pay again, 3 % have stopped paying, a tenth of these because
they dispute the newest bill. A tenth came in the last year. Usage goes with the season.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from typing import Any

import numpy as np
from sqlalchemy import Engine, Table, event, text
from sqlalchemy.orm import Session, sessionmaker

from arrears.tables import DisputeRow
from billing import tables
from config import database
from config.database import Base, add_columns
from meters.tables import PremiseRow, ServicePointRow

MONTHS = 12
TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
BEGINS = date(2020, 1, 1)
CREDIT_DAYS = 15
SHARES = (0.82, 0.08, 0.04, 0.02, 0.01, 0.03)
PROMPT, LATE, VERY_LATE, IN_PARTS, RETURNED, STOPPED = range(len(SHARES))
CLASSES = ("residential", "residential", "residential", "commercial")
FEN_PER_KWH = 60
SEASON = (0.85, 0.8, 1.0, 1.4, 1.5, 1.1, 0.85, 0.9, 1.2, 1.3, 1.2, 1.0)
"""How much a month's usage is of an average one's, from April on."""
AT_ONCE = 50_000
_WRITTEN = (
    PremiseRow,
    ServicePointRow,
    tables.CustomerRow,
    tables.AccountRow,
    tables.AccountTermRow,
    tables.SupplyRow,
    tables.BillRow,
    tables.BillIssueRow,
    tables.ChargeRow,
    tables.PaymentRow,
    tables.EntryRow,
)
_HURRY = (
    "foreign_keys=OFF",
    "ignore_check_constraints=ON",
    "synchronous=OFF",
    "cache_size=-262144",
)
_DAYS = np.array([BEGINS + timedelta(days=at) for at in range(3_000)], dtype=object)
_TODAY = (TODAY - BEGINS).days

Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(slots=True)
class _Town:
    """The accounts, what each is like, and which numbers of payments and entries are taken."""

    session: Session
    ids: Numbers
    habits: Numbers
    opened: Numbers
    usual_kwh: Numbers
    chance: np.random.Generator
    office_id: int
    payments: int = 0
    entries: int = 0
    open_newest: list[tuple[int, int]] = field(default_factory=list)

    def add(self, table: type[Base], columns: Mapping[str, Any], count: int) -> None:
        """Write rows; a column that isn't an array is the same in all of them."""
        given = {
            name: column.tolist() if isinstance(column, np.ndarray) else repeat(column, count)
            for name, column in columns.items()
        }
        add_columns(self.session, table, given, count)


def write(url: str, accounts: int, *, opening: Callable[[Session], int], seed: int = 1) -> None:
    """
    Write the town.

    :param opening: is called first, and returns the office that all customers belong to.
    """
    engine = _hurried(url)
    sessions = sessionmaker(engine)
    with sessions.begin() as session:
        office_id = opening(session)
    with _without_indexes(engine):
        chance = np.random.default_rng(seed)
        towns = [
            _town(chance, np.arange(first, min(first + AT_ONCE, accounts + 1)), office_id)
            for first in range(1, accounts + 1, AT_ONCE)
        ]
        payments = entries = 0
        for month in range(-1, MONTHS):
            for town in towns:
                with _writing(sessions) as town.session:
                    town.payments, town.entries = payments, entries
                    if month < 0:
                        _settle(town)
                    else:
                        _bill(town, month, accounts)
                    payments, entries = town.payments, town.entries
    with _writing(sessions) as session:
        _dispute(session, [one for town in towns for one in town.open_newest])
    # As a database that lives has been: the planner knows how large the tables are.
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def _town(chance: np.random.Generator, ids: Numbers, office_id: int) -> _Town:
    count = len(ids)
    opened = chance.integers(0, 5 * 365, count)
    is_newcomer = chance.random(count) < 0.1
    return _Town(
        session=Session(),
        ids=ids,
        habits=chance.choice(len(SHARES), count, p=SHARES),
        opened=np.where(is_newcomer, _TODAY - chance.integers(30, 360, count), opened),
        usual_kwh=chance.integers(80, 500, count),
        chance=chance,
        office_id=office_id,
    )


def _settle(town: _Town) -> None:
    """Add customers with one account and one supply each; all share their id."""
    ids, count = town.ids, len(town.ids)
    opened = _DAYS[town.opened]
    named = _texts("P{}", ids), _texts("C{}", ids), _texts("客户{}", ids), _texts("{:010}", ids)
    points, customers, names, numbers = named
    town.add(PremiseRow, {"id": ids, "address": "Canal Street"}, count)
    town.add(
        ServicePointRow,
        {"id": ids, "number": points, "premise_id": ids, "walk_order": ids}
        | {"office_id": town.office_id, "kwh_per_day_max": 100_000_000},
        count,
    )
    town.add(
        tables.CustomerRow,
        {"id": ids, "number": customers, "name": names, "kind": "person", "language": "zh"}
        | {"office_id": town.office_id},
        count,
    )
    town.add(
        tables.AccountRow,
        {"id": ids, "number": numbers, "customer_id": ids, "opened_on": opened, "posted_no": 24},
        count,
    )
    terms = {"account_id": ids, "starts_on": opened, "credit_days": CREDIT_DAYS}
    town.add(tables.AccountTermRow, terms, count)
    supply = {"tariff": "t", "payment_mode": "postpaid", "protection": "none"}
    classes = np.array(CLASSES, dtype=object)[ids % len(CLASSES)]
    town.add(
        tables.SupplyRow,
        {"id": ids, "account_id": ids, "service_point_id": ids, "starts_on": opened}
        | {"supply_class": classes, **supply},
        count,
    )


def _bill(town: _Town, month: int, accounts: int) -> None:
    """Add one bill for each account that was there, and what has been paid of it by today."""
    year, at = divmod(3 + month, 12)
    raised = (date(2025 + year, at + 1, 1) - BEGINS).days
    is_there = town.opened < raised - 5
    ids, habits = town.ids[is_there], town.habits[is_there]
    unrest = town.chance.normal(1, 0.15, len(ids)).clip(0.3, 2)
    kwh = np.maximum(1, (town.usual_kwh[is_there] * SEASON[month] * unrest).astype(np.int64))
    keys, amounts = month * accounts + ids, kwh * FEN_PER_KWH
    left, paid = _payments(town, habits, amounts, raised + CREDIT_DAYS)
    _add_bills(town, ids, keys, kwh, raised, left)
    for which, part, days, returned in paid:
        _pay(town, ids[which], keys[which], part, days, returned)
    if month == MONTHS - 1:
        disputes = np.flatnonzero((habits == STOPPED) & (left > 0))[::10]
        town.open_newest += zip(ids[disputes].tolist(), keys[disputes].tolist(), strict=True)


def _payments(
    town: _Town, habits: Numbers, amounts: Numbers, due: int
) -> tuple[Numbers, list[tuple[Numbers, Numbers, Numbers, Numbers]]]:
    """
    Return what is left open of bills today, and the payments of them.

    Of payments: which bills they are for, amounts, days, and when they were taken back or zero.
    """
    count, draw = len(habits), town.chance.integers
    days = due + draw(-10, 1, count)
    days = np.where(habits == LATE, due + draw(3, 21, count), days)
    days = np.where(habits == VERY_LATE, due + draw(30, 61, count), days)
    never = (habits == STOPPED) & (due > _TODAY - 100)
    first = np.where(habits == IN_PARTS, amounts // 2, amounts)
    is_back = (habits == RETURNED) & (draw(0, 4, count) == 0) & (days + 5 <= _TODAY)
    again = np.where(habits == IN_PARTS, due + draw(20, 46, count), days + 25)
    rest = np.where(is_back, amounts, amounts - first)
    has_first = ~never & (days <= _TODAY)
    has_rest = ~never & (rest > 0) & (again <= _TODAY)
    left = amounts - first * (has_first & ~is_back) - rest * has_rest
    one, two = np.flatnonzero(has_first), np.flatnonzero(has_rest)
    back = np.where(is_back, days + 5, 0)
    return left, [
        (one, first[one], days[one], back[one]),
        (two, rest[two], again[two], np.zeros(len(two), dtype=np.int64)),
    ]


def _add_bills(
    town: _Town, ids: Numbers, keys: Numbers, kwh: Numbers, raised: int, left: Numbers
) -> None:
    """Add bills, their charges and their entries."""
    count, amounts = len(ids), kwh * FEN_PER_KWH
    raised_on, due_on = _DAYS[raised], _DAYS[raised + CREDIT_DAYS]
    town.add(
        tables.BillRow,
        {"id": keys, "account_id": ids, "supply_id": ids, "service_point_id": ids}
        | {"supply_class": "residential", "kwh": kwh * 1_000_000, "amount": amounts}
        | {"period_start": _DAYS[raised - 30], "period_end": _DAYS[raised - 1], "days": 30}
        | {"kind": "regular", "revision": 1, "is_estimated": False, "tax": 0, "facts": "{}"}
        | {"year_kwh": 0},
        count,
    )
    issue = {"bill_id": keys, "number": _texts("B{}", keys)}
    town.add(tables.BillIssueRow, issue | {"issued_on": raised_on, "due_on": due_on}, count)
    town.add(
        tables.ChargeRow,
        {"id": keys, "account_id": ids, "bill_id": keys, "raised_on": raised_on}
        | {"due_on": due_on, "amount": amounts, "open": left}
        | {"kind": "energy", "supply_class": "residential"},
        count,
    )
    _enter(town, ids, amounts, raised_on, "receivable", "revenue", charge_id=keys, bill_id=keys)


def _pay(
    town: _Town, ids: Numbers, keys: Numbers, amounts: Numbers, days: Numbers, back: Numbers
) -> None:
    """Add payments that settle charges, in the order in which they come in, and are taken back."""
    by_day = np.lexsort((ids * 7_919 % 104_729, days))
    ids, keys, amounts, on, back = (each[by_day] for each in (ids, keys, amounts, days, back))
    numbers = town.payments + 1 + np.arange(len(ids))
    town.payments += len(ids)
    days_ = _DAYS[on]
    is_sqlite = town.session.get_bind().dialect.name == "sqlite"
    town.add(
        tables.PaymentRow,
        {"id": numbers, "account_id": ids, "channel": "bank", "amount": amounts, "open": 0}
        | {"external_ref": _texts("{}", numbers), "method": "transfer", "payer": "", "text": ""}
        | {"value_on": days_, "posted_on": days_, "received_by": "bank"}
        | {"received_at": f"{NOW:%Y-%m-%d %H:%M:%S}.000000" if is_sqlite else NOW},
        len(ids),
    )
    cash = _enter(town, ids, amounts, days_, "cash", "on_account", payment_id=numbers)
    met = _enter(
        town, ids, amounts, days_, "on_account", "receivable", payment_id=numbers, charge_id=keys
    )
    gone = np.flatnonzero(back)
    undone = {"payment_id": numbers[gone]}
    rest = (town, ids[gone], amounts[gone], _DAYS[back[gone]])
    allocated = {"charge_id": keys[gone], "reverses_id": met[gone]}
    _enter(*rest, "receivable", "on_account", **undone, **allocated)
    _enter(*rest, "on_account", "cash", **undone, reverses_id=cash[gone])


def _enter(
    town: _Town, ids: Numbers, amounts: Numbers, on: Any, debit: str, credit: str, **names: Numbers
) -> Numbers:
    """Add entries, and return their ids."""
    keys = town.entries + 1 + np.arange(len(ids))
    town.entries += len(ids)
    fixed = {"posted_on": on, "value_on": on, "debit": debit, "credit": credit, "text": ""}
    given = {"id": keys, "account_id": ids, "amount": amounts, **fixed, **names}
    town.add(tables.EntryRow, given, len(ids))
    return keys


def _dispute(session: Session, charges: Sequence[tuple[int, int]]) -> None:
    """Let accounts dispute charges."""
    opened = {"opened_on": TODAY - timedelta(days=10), "ends_on": TODAY + timedelta(days=20)}
    said = {"note": "the meter ran too fast", "owner": "wang", "opened_by": "wang"}
    database.add_rows(
        session,
        DisputeRow,
        [
            {"account_id": one, "charge_id": key, "state": "open", **opened, **said}
            for one, key in charges
        ],
    )


def _texts(form: str, numbers: Numbers) -> Any:
    return np.array([form.format(one) for one in numbers.tolist()], dtype=object)


def _hurried(url: str) -> Engine:
    """Return an engine that needn't survive a crash, for a database that nobody has yet."""
    engine = database.engine_for(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def hurry(connection: Any, _record: object) -> None:
            for pragma in _HURRY:
                connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def _writing(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Open a transaction that doesn't look whether rows that are named exist: they do."""
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        yield session


@contextmanager
def _without_indexes(engine: Engine) -> Iterator[None]:
    """Take the indexes away that only make questions fast, and make them anew at the end."""
    indexes = [one for row in _WRITTEN for one in _table(row).indexes]
    with engine.begin() as connection:
        for one in indexes:
            one.drop(connection)
    yield
    for one in indexes:
        with engine.begin() as connection:
            one.create(connection)


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table
