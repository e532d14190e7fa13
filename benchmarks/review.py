"""
How fast a night goes by: ageing, indicators, grades and decisions, on SQLite and on PostgreSQL.

    python benchmarks/review.py --accounts 100000 --databases sqlite postgresql

Each account has a year of bills and payments (`benchmarks/_year.py`). Prints seconds and accounts/s
for the first night, on which everyone is graded and the backlog decided; for the two nights after
it; and for the ageing of today and of a past day. The peak memory is that of the process that did
it all, and of its largest worker.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy.orm import Session

from arrears import review
from benchmarks import _year
from benchmarks._year import MONTHS, NOW, TODAY
from config import database, dated, people
from migrations import schema
from tests import postgres


def main() -> None:
    """Live through some nights on each database, and print what they took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    for name in asked.databases:
        with tempfile.TemporaryDirectory() as folder, fresh(name, Path(folder)) as url:
            start = time.perf_counter()
            in_its_own_process(write, url, asked.accounts)
            print(f"{name}: the books written in {time.perf_counter() - start:.0f} s")
            print(f"{name}: {asked.accounts:,} accounts, {MONTHS} months of bills")
            in_its_own_process(live, url, asked.accounts, asked.workers)


def in_its_own_process(act: Callable[..., None], *arguments: Any) -> None:
    """Do an act in a process that ends with it, so that each has its memory to itself."""
    # An executor's process may have processes of its own, a pool's may not.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(act, *arguments).result()


def write(url: str, accounts: int) -> None:
    """Write the books of a year."""
    schema.metadata()
    _year.write(url, accounts, opening=open_shop)


def live(url: str, accounts: int, workers: int) -> None:
    """Time the nights and the ageing."""
    schema.metadata()
    sessions = database.sessions(url)

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


if __name__ == "__main__":
    main()
