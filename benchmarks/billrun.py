"""
How fast a billing run is: readings in the database to issued bills, on SQLite and PostgreSQL.

    python benchmarks/billrun.py --accounts 20000 --databases sqlite postgresql

Prints bills/s of drawing up and of issuing (lines, entries, charges and indexes kept), the ratio
to a bare write of the very same rows into the same tables (binary COPY on PostgreSQL, rows of
many VALUES on SQLite), and the peak memory of the process that ran. The CPU's seconds are those of
that process alone, without the server's or the workers', and so tell two runs of a busy machine
apart.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from billing import run
from billing.supply import SupplyClass
from config import database
from config.database import in_chunks
from meters.reading import RegisterCode
from meters.readings import NewReading, add_readings
from meters.tables import RegisterRow
from migrations import schema
from tests import postgres
from tests.billing import grid
from tests.billing.grid import CHIEF, CLERK, at

FEBRUARY = date(2026, 2, 1)
TABLES = ("bill_run", "bill", "bill_line", "bill_issue", "held_bill", "charge", "ledger_entry")
AT_ONCE = 10_000


def main() -> None:
    """Bill a town on each database, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--accounts", type=int, nargs="+", default=[20_000])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--chunk", type=int, default=run.CHUNK)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    print(
        f"{'database':<12}{'accounts':>10}{'draw up/s':>11}{'issue/s':>9}{'bills/s':>9}"
        f"{'CPU':>9}{'rows':>11}{'bare':>9}{'ratio':>7}{'peak':>10}"
    )
    for accounts in asked.accounts:
        for name in asked.databases:
            report(name, accounts, asked.chunk, asked.workers)


def report(name: str, accounts: int, chunk: int, workers: int) -> None:
    """Measure one database and size."""
    with tempfile.TemporaryDirectory() as folder, fresh(name, Path(folder)) as (url, other):
        for one in (url, other):
            in_its_own_process(fill, one, accounts)
        (drawn, issued, bills, cpu), peak = in_its_own_process(bill, url, chunk, workers)
        (bare, rows), _ = in_its_own_process(write_bare, url, other)
        print(
            f"{name:<12}{accounts:>10,}{bills / drawn:>11,.0f}{bills / issued:>9,.0f}"
            f"{bills / (drawn + issued):>9,.0f}{cpu:>7.1f} s{rows:>11,}{bare:>7.2f} s"
            f"{(drawn + issued) / bare:>7.1f}{peak:>6.0f} MiB"
        )


@contextmanager
def fresh(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give two empty databases with the schema."""
    schema.metadata()
    if name == "sqlite":
        urls = (f"sqlite:///{folder / 'run.db'}", f"sqlite:///{folder / 'bare.db'}")
        for url in urls:
            database.create_all(database.engine_for(url))
        yield urls
        return
    with postgres.server() as server:
        with psycopg.connect(server.url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE bare")
        urls = (server.url, server.url.rpartition("/")[0] + "/bare")
        for url in urls:
            database.create_all(database.engine_for(url))
        yield urls


def in_its_own_process(act: Any, *arguments: Any) -> tuple[Any, float]:
    """Return what an act returns, and how many MiB its process held at most."""
    context = multiprocessing.get_context("spawn")
    # An executor's process may have processes of its own, a pool's may not.
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_measured, act, *arguments).result()


def _measured(act: Any, *arguments: Any) -> tuple[Any, float]:
    schema.metadata()
    result = act(*arguments)
    return result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(url: str, accounts: int) -> None:
    """Settle households on a ladder and by time of use, and shops; read every meter."""
    sessions = database.sessions(url)
    with sessions.begin() as session:
        grid.enact(session)
    for some in in_chunks(range(accounts), AT_ONCE):
        with sessions.begin() as session:
            settle(session, [one for one in some if one % 10 < 6], "residential_beijing")
            settle(
                session,
                [one for one in some if 6 <= one % 10 < 9],
                "residential_tou_zhejiang",
                codes=(RegisterCode.PEAK, RegisterCode.VALLEY),
            )
            settle(
                session,
                [one for one in some if one % 10 == 9],
                "commercial_single_part",
                supply_class=SupplyClass.COMMERCIAL,
            )
    with sessions.begin() as session:
        ids = session.scalars(select(RegisterRow.id)).all()
        add_readings(session, (NewReading(id_, FEBRUARY, Decimal(100 + id_ % 500)) for id_ in ids))


def settle(session: Session, numbers: Sequence[int], tariff: str, **terms: Any) -> None:
    """Settle accounts on one tariff."""
    if numbers:
        grid.settle(session, {f"{number:08}": tariff for number in numbers}, **terms)


def bill(url: str, chunk: int, workers: int) -> tuple[float, float, int, float]:
    """Draw up and issue; return the seconds of both, the number of bills, and the CPU's seconds."""
    sessions = database.sessions(url)
    begun, busy = time.perf_counter(), time.process_time()
    made = run.bill(
        sessions,
        cycle=None,
        until=FEBRUARY,
        by=CLERK,
        today=FEBRUARY,
        now=at(FEBRUARY),
        chunk=chunk,
        workers=workers,
    )
    drawn = time.perf_counter()
    issued = run.issue(
        sessions, made.run_id, by=CHIEF, today=FEBRUARY, now=at(FEBRUARY), chunk=chunk
    )
    done = time.perf_counter()
    assert issued.issued == issued.eligible, issued
    return drawn - begun, done - drawn, issued.issued, time.process_time() - busy


def write_bare(url: str, other: str) -> tuple[float, int]:
    """Write the rows of the run into the other database with nothing but the driver."""
    source, target = database.engine_for(url), database.engine_for(other)
    seconds, count = 0.0, 0
    for table in TABLES:
        names, rows = _rows(source, table)
        begun = time.perf_counter()
        _write(target, table, names, rows)
        seconds += time.perf_counter() - begun
        count += len(rows)
    return seconds, count


def _rows(engine: Engine, table: str) -> tuple[list[str], list[Any]]:
    with engine.connect() as connection:
        cursor = connection.connection.driver_connection.cursor()
        cursor.execute(f"SELECT * FROM {table}")
        return [column[0] for column in cursor.description], cursor.fetchall()


def _write(engine: Engine, table: str, names: list[str], rows: list[Any]) -> None:
    columns = ", ".join(f'"{name}"' for name in names)
    with engine.begin() as connection:
        cursor = connection.connection.driver_connection.cursor()
        if engine.dialect.name == "postgresql":
            cursor.execute(
                "SELECT udt_name FROM information_schema.columns "
                "WHERE table_name = %s ORDER BY ordinal_position",
                [table],
            )
            types = [row[0] for row in cursor.fetchall()]
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
            return
        at_once = max(1, 30_000 // len(names))
        for some in in_chunks(rows, at_once):
            marks = ", ".join(["(" + ", ".join("?" * len(names)) + ")"] * len(some))
            values = [value for row in some for value in row]
            cursor.execute(f"INSERT INTO {table} ({columns}) VALUES {marks}", values)


if __name__ == "__main__":
    main()
