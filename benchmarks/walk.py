"""How long each act of a supplier's months takes, on SQLite and on PostgreSQL."""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from web.demo import driver


class Clock:
    """Adds up the seconds of each kind of act, as the demo tells what it begins."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._began = time.perf_counter()
        self._act = ""

    def progress(self, doing: str, _done: int, _all: int) -> None:
        """Note that an act begins; the one before it has ended."""
        now = time.perf_counter()
        self.seconds[self._act] += now - self._began
        # An act is told with its day; a long act tells its parts under its own name.
        self._began, self._act = now, doing.partition("  ")[2] or doing


def main() -> None:
    """Walk a supplier through its months and print the seconds of each kind of act."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--months", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        urls = {"SQLite": None, f"PostgreSQL {server.version}": server.url}
        took = {}
        for kind, url in urls.items():
            clock = Clock()
            with _timed() as whole:
                driver.run(
                    Path(folder) / kind.split()[0],
                    accounts=asked.accounts,
                    months=asked.months,
                    database_url=url,
                    progress=clock.progress,
                )
            clock.progress("", 0, 0)
            took[kind] = dict(clock.seconds) | {"all": whole[0]}
    _show(took, asked.accounts, asked.months)


@contextmanager
def _timed() -> Iterator[list[float]]:
    began, seconds = time.perf_counter(), [0.0]
    yield seconds
    seconds[0] = time.perf_counter() - began


def _show(took: dict[str, dict[str, float]], accounts: int, months: int) -> None:
    print(f"{accounts} accounts, {months} months, seconds")
    print(f"{'':32}" + "".join(f"{kind:>18}" for kind in took))
    acts = sorted(
        {act for one in took.values() for act in one if act}, key=lambda act: act == "all"
    )
    for act in acts:
        print(f"{act:32}" + "".join(f"{one.get(act, 0):18.2f}" for one in took.values()))


if __name__ == "__main__":
    main()
