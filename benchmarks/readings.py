"""
How fast readings come in: a CSV file through the door, on SQLite and on PostgreSQL.

    python benchmarks/readings.py --rows 100000 --months 3 --databases sqlite postgresql

Prints rows/s with all checks, the peak memory of the process that took them in, and the ratio to
a bare bulk insert of the same rows into the same table: what the database alone would take. The
last column is the same ratio of processor time, which other work on the machine disturbs less;
that of a PostgreSQL server isn't seen from here.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from config import database, dated, people
from config.database import in_chunks
from meters import intake, store
from meters.point import NewMeter, NewRegister, NewServicePoint
from meters.reading import RegisterCode
from meters.readings import NewReading, add_readings
from migrations import schema
from tests import postgres

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
FIRST = date(2025, 1, 1)
TODAY = date(2026, 3, 1)


def main() -> None:
    """Take a file in on each database, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=3, help="of history that is kept before")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    print(f"{asked.rows:,} readings from CSV, {asked.months} months of history before")
    names = "".join(f"{name:>10}" for name in ("take in", "rows/s", "bare", "ratio", "peak"))
    print(f"{'database':<12}{names}{'cpu':>8}")
    with tempfile.TemporaryDirectory() as folder:
        path = write_file(Path(folder) / "readings.csv", asked.rows)
        for name in asked.databases:
            with fresh(name, Path(folder)) as url:
                fill(url, asked.rows, asked.months)
                (seconds, cpu), peak = in_its_own_process(take_in, url, path)
                (bare, bare_cpu), _ = in_its_own_process(insert_bare, url, asked.rows)
                rate = asked.rows / seconds
                by_cpu = f"{cpu / bare_cpu:.1f}" if name == "sqlite" else "-"
                print(
                    f"{name:<12}{seconds:>8.2f} s{rate:>10,.0f}{bare:>8.2f} s"
                    f"{seconds / bare:>10.1f}{peak:>6.0f} MiB{by_cpu:>8}"
                )


def write_file(path: Path, rows: int) -> Path:
    """Write a file of one reading for each meter."""
    with path.open("w", encoding="utf-8") as file:
        file.write("meter_id,register,reading_date,reading,quality\n")
        for number in range(rows):
            file.write(f"{serial(number)},total,{TODAY},{value(number, TODAY)},A\n")
    return path


def serial(number: int) -> str:
    """Return a meter's number."""
    return f"M{number:08}"


def value(number: int, day: date) -> Decimal:
    """Return what a meter shows on a day: from 2 to 12 kWh a day."""
    return Decimal((day - FIRST).days * (200 + number % 1000)) / 100


@contextmanager
def fresh(name: str, folder: Path) -> Iterator[str]:
    """Give an empty database with the schema."""
    schema.metadata()
    if name == "sqlite":
        url = f"sqlite:///{folder / 'readings.db'}"
        database.create_all(database.engine_for(url))
        yield url
        return
    with postgres.server() as server:
        database.create_all(database.engine_for(server.url))
        yield server.url


def fill(url: str, meters: int, months: int) -> None:
    """Install the meters and keep their readings of the months before."""
    sessions = database.sessions(url)
    with sessions.begin() as session:
        open_shop(session)
        office_id = people.add_office(session, code="N", name_zh="北", name_en="North")
    for some in in_chunks(range(meters), 50_000):
        with sessions.begin() as session:
            points = [
                NewServicePoint(
                    serial(number), "Canal Street", office_id, Decimal(100), "R1", number
                )
                for number in some
            ]
            ids = store.add_service_points(session, points)
            total = (NewRegister(RegisterCode.TOTAL, 6, Decimal(0), 2),)
            made = [NewMeter(serial(one), ids[serial(one)], FIRST, total) for one in some]
            store.install_meters(session, made)
    for month in range(months, 0, -1):
        fill_month(sessions, meters, TODAY - timedelta(days=31 * month))
    with sessions.begin() as session:
        # As autovacuum does within a minute, and without which no plan of PostgreSQL is sound.
        session.execute(text("ANALYZE"))


def open_shop(session: Session) -> None:
    """Put the shipped checks in force."""
    supervisor = people.add_user(
        session, login="wang", name="Wang", password="-", roles=[people.Role.SUPERVISOR]
    )
    for file in dated.shipped():
        if file.subject == intake.CHECKS:
            asked = dated.propose(session, file, by="chen", now=NOW)
            dated.activate(session, asked, by=supervisor, reason="shipped", now=NOW)


def fill_month(sessions: sessionmaker[Session], meters: int, day: date) -> None:
    """Keep a reading of each meter."""
    with sessions.begin() as session:
        add_readings(session, (NewReading(one + 1, day, value(one, day)) for one in range(meters)))


def in_its_own_process(act: Any, *arguments: Any) -> tuple[tuple[float, float], float]:
    """Return the seconds of an act by clock and processor, and the MiB it held at most."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (act, *arguments))


def _measured(act: Any, *arguments: Any) -> tuple[tuple[float, float], float]:
    measured = act(*arguments)
    return measured, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def take_in(url: str, path: Path) -> tuple[float, float]:
    """Take the file in through the door."""
    schema.metadata()
    sessions = database.sessions(url)
    start, cpu = time.perf_counter(), time.process_time()
    taken = intake.take_in(sessions, path, by="chen", today=TODAY, now=NOW)
    seconds = time.perf_counter() - start, time.process_time() - cpu
    assert taken.accepted == taken.rows, taken
    return seconds


def insert_bare(url: str, rows: int) -> tuple[float, float]:
    """Insert as many rows into the same table with nothing but the driver."""
    schema.metadata()
    engine = database.engine_for(url)
    day = (TODAY + timedelta(days=1)).isoformat()
    values = [(one + 1, day, 0, one * 1_000_000, "actual", 1, one) for one in range(rows)]
    names = 'register_id, taken_on, revision, value, kind, batch_id, "row"'
    start, cpu = time.perf_counter(), time.process_time()
    with engine.begin() as connection:
        cursor = connection.connection.driver_connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.executemany(f"INSERT INTO reading ({names}) VALUES (?,?,?,?,?,?,?)", values)
        else:
            with cursor.copy(f"COPY reading ({names}) FROM STDIN") as copy:
                for value_ in values:
                    copy.write_row(value_)
    return time.perf_counter() - start, time.process_time() - cpu


if __name__ == "__main__":
    main()
