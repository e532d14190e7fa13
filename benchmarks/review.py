"""
How fast a night goes by: ageing, indicators, grades and decisions, on SQLite and on PostgreSQL.

    python benchmarks/review.py --accounts 100000 --databases sqlite postgresql

Each account has a year of bills and payments; 85 % pay on time, 8 % ten days late, 4 % six weeks
late, 3 % have stopped paying. Prints seconds and accounts/s for the first night, on which everyone
is graded and the backlog decided; for the two nights after it; and for the ageing of today and of
a past day. The peak memory is that of the process that did it all.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy.orm import Session, sessionmaker

from arrears import review
from billing import tables
from config import database, dated, people
from config.database import add_rows, in_chunks
from meters.tables import PremiseRow, ServicePointRow
from migrations import schema
from tests import postgres

MONTHS = 12
OPENED = date(2022, 1, 1)
TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)


def main() -> None:
    """Live through some nights on each database, and print what they took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    for name in asked.databases:
        with tempfile.TemporaryDirectory() as folder, fresh(name, Path(folder)) as url:
            sessions = database.sessions(url)
            fill(sessions, asked.accounts)
            print(f"{name}: {asked.accounts:,} accounts, {MONTHS} months of bills")
            live(sessions, asked.accounts, asked.workers)


def live(sessions: sessionmaker[Session], accounts: int, workers: int) -> None:
    """Time the nights and the ageing."""

    def night(days: int) -> Callable[[], Any]:
        """Return the review of a day."""
        today = TODAY + timedelta(days=days)
        return lambda: review.review(sessions, today=today, now=NOW, workers=workers)

    first = measured("first night, all graded", night(0), accounts)
    print(
        f"  {first.assessed:,} graded, {first.reviewed:,} reviewed, {len(first.proposals):,} steps"
    )
    for what, days in (("the night after", 1), ("a quiet night", 2)):
        done = measured(what, night(days), accounts)
        print(f"  {done.reviewed:,} reviewed, {len(done.proposals):,} steps")
    measured("ageing of today", lambda: review.ageing(sessions, as_of=TODAY), accounts)
    past = TODAY - timedelta(days=90)
    measured("ageing of 90 days ago", lambda: review.ageing(sessions, as_of=past), accounts)
    here, there = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"  peak memory {here:,.0f} MiB, of the largest worker {there:,.0f} MiB")


def measured(what: str, act: Callable[[], Any], accounts: int) -> Any:
    """Do something and print how long it took, and how much of that this process worked."""
    start, cpu = time.perf_counter(), worked_by_all()
    result = act()
    seconds, worked = time.perf_counter() - start, worked_by_all() - cpu
    rate = accounts / seconds
    print(f"  {what:<24}{seconds:>8.2f} s ({worked:.2f} s of work){rate:>12,.0f} accounts/s")
    return result


def worked_by_all() -> float:
    """Return the seconds of work of this process and of the workers that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


@contextmanager
def fresh(name: str, folder: Path) -> Iterator[str]:
    """Give an empty database with the schema."""
    schema.metadata()
    if name == "sqlite":
        url = f"sqlite:///{folder / 'review.db'}"
        database.create_all(database.engine_for(url))
        yield url
        return
    with postgres.server() as server:
        database.create_all(database.engine_for(server.url))
        yield server.url


def fill(sessions: sessionmaker[Session], accounts: int) -> None:
    """Write accounts with a year of bills and payments straight into the tables."""
    with sessions.begin() as session:
        office_id = open_shop(session)
    for some in in_chunks(range(1, accounts + 1), 20_000):
        with sessions.begin() as session:
            add_accounts(session, some, office_id)
            for month in range(MONTHS):
                add_month(session, some, month, accounts)
    # As a database that lives has been: the planner knows how large the tables are.
    with database.engine_of(sessions).begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def open_shop(session: Session) -> int:
    """Put the shipped law and policies in force, and return an office."""
    boss = people.add_user(
        session,
        login="wang",
        name="Wang",
        password="-",
        roles=[people.Role.SUPERVISOR],
    )
    for file in dated.shipped():
        if file.subject in ("markets/cn", "policies/dunning", "policies/credit"):
            asked = dated.propose(session, file, by="chen", now=NOW)
            dated.activate(session, asked, by=boss, reason="shipped", now=NOW)
    return people.add_office(session, code="N", name_zh="北", name_en="North")


def add_accounts(session: Session, ids: Any, office_id: int) -> None:
    """Add customers with one account and one supply each; all share their id."""
    supply_class = ["residential", "residential", "residential", "commercial"]
    add_rows(session, PremiseRow, [{"id": one, "address": "Canal Street"} for one in ids])
    add_rows(
        session,
        ServicePointRow,
        [
            {
                "id": one,
                "number": f"P{one}",
                "premise_id": one,
                "walk_order": one,
                "office_id": office_id,
                "kwh_per_day_max": Decimal(100),
            }
            for one in ids
        ],
    )
    customer = {"kind": "person", "language": "zh", "office_id": office_id}
    add_rows(
        session,
        tables.CustomerRow,
        [{"id": one, "number": f"C{one}", "name": f"客户{one}", **customer} for one in ids],
    )
    add_rows(
        session,
        tables.AccountRow,
        [
            {
                "id": one,
                "number": f"{one:010}",
                "customer_id": one,
                "opened_on": OPENED,
                "posted_no": 24,
            }
            for one in ids
        ],
    )
    terms = {"starts_on": OPENED, "credit_days": 15}
    add_rows(session, tables.AccountTermRow, [{"account_id": one, **terms} for one in ids])
    supply = {"starts_on": OPENED, "tariff": "t", "payment_mode": "postpaid", "protection": "none"}
    add_rows(
        session,
        tables.SupplyRow,
        [
            {
                "id": one,
                "account_id": one,
                "service_point_id": one,
                "supply_class": supply_class[one % 4],
                **supply,
            }
            for one in ids
        ],
    )


def add_month(session: Session, ids: Any, month: int, accounts: int) -> None:
    """Add one bill for each account, and its payment if it has come by today."""
    year, at = divmod(3 + month, 12)
    raised_on, due_on = date(2025 + year, at + 1, 1), date(2025 + year, at + 1, 16)
    bills = [(one, month * accounts + one, 8_000 + one % 20_000) for one in ids]
    paid = [(one, key, amount, on) for one, key, amount in bills if (on := paid_on(one, due_on))]
    add_bills(session, bills, raised_on, due_on, {key for _, key, _, _ in paid})
    add_rows(
        session,
        tables.PaymentRow,
        [
            {
                "id": key,
                "account_id": one,
                "channel": "bank",
                "external_ref": str(key),
                "method": "transfer",
                "payer": "",
                "text": "",
                "amount": amount,
                "open": 0,
                "value_on": on,
                "posted_on": on,
                "received_by": "bank",
                "received_at": NOW,
            }
            for one, key, amount, on in paid
        ],
    )
    moves = (("cash", "on_account", False), ("on_account", "receivable", True))
    for debit, credit, names_charge in moves:
        add_rows(
            session,
            tables.EntryRow,
            [
                {
                    "account_id": one,
                    "posted_on": on,
                    "value_on": on,
                    "debit": debit,
                    "credit": credit,
                    "amount": amount,
                    "charge_id": key if names_charge else None,
                    "payment_id": key,
                    "text": "",
                }
                for one, key, amount, on in paid
            ],
        )


def add_bills(
    session: Session,
    bills: list[tuple[int, int, int]],
    raised_on: date,
    due_on: date,
    paid: set[int],
) -> None:
    """Add bills, their charges and their entries: pairs of account, key and amount."""
    period = {"period_start": raised_on - timedelta(days=30), "period_end": raised_on, "days": 30}
    rest = {"kind": "regular", "revision": 1, "is_estimated": False, "tax": 0, "facts": {}}
    add_rows(
        session,
        tables.BillRow,
        [
            {
                "id": key,
                "account_id": one,
                "supply_id": one,
                "service_point_id": one,
                "supply_class": "residential",
                "kwh": Decimal(amount) / 60,
                "year_kwh": Decimal(0),
                "amount": amount,
                **period,
                **rest,
            }
            for one, key, amount in ((a, b, c - c % 60) for a, b, c in bills)
        ],
    )
    add_rows(
        session,
        tables.BillIssueRow,
        [
            {"bill_id": key, "number": f"B{key}", "issued_on": raised_on, "due_on": due_on}
            for _, key, _ in bills
        ],
    )
    charge = {"kind": "energy", "supply_class": "residential"}
    add_rows(
        session,
        tables.ChargeRow,
        [
            {
                "id": key,
                "account_id": one,
                "bill_id": key,
                "raised_on": raised_on,
                "due_on": due_on,
                "amount": amount,
                "open": 0 if key in paid else amount,
                **charge,
            }
            for one, key, amount in bills
        ],
    )
    entry = {"posted_on": raised_on, "value_on": raised_on, "debit": "receivable", "text": ""}
    add_rows(
        session,
        tables.EntryRow,
        [
            {
                "account_id": one,
                "credit": "revenue",
                "amount": amount,
                "charge_id": key,
                "bill_id": key,
                **entry,
            }
            for one, key, amount in bills
        ],
    )


def paid_on(account: int, due_on: date) -> date | None:
    """Return when an account pays a bill, or none if it hasn't by today."""
    kind = account % 100
    days = -5 if kind < 85 else 10 if kind < 93 else 45
    on = due_on + timedelta(days=days)
    if kind >= 97 and due_on > TODAY - timedelta(days=100):
        return None
    return on if on <= TODAY else None


if __name__ == "__main__":
    main()
