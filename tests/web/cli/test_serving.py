"""The words that stay until Ctrl+C: the pages, the worker, the SMS provider's stand-in."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.databases import NewDatabase

PROGRAM = Path(sys.executable).with_name("wattledger")


@contextmanager
def staying(*words: str, database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command that stays, and end it as Ctrl+C does."""
    settings = {"WATTLEDGER_DATABASE": database, "WATTLEDGER_FILES": str(folder)}
    # Whoever runs the tests in the background may have let them ignore Ctrl+C, and what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [PROGRAM, *words],
        env={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def address_in(process: subprocess.Popen[str]) -> str:
    """Return the first address that the command names."""
    for line in process.stdout or ():
        found = re.search(r"http://\S+", line)
        if found:
            return found[0]
    raise AssertionError(f"it named no address: {process.communicate()[1]}")


def test_the_pages_are_served_until_ctrl_c(new_sqlite: NewDatabase, tmp_path: Path) -> None:
    with (
        new_sqlite() as database,
        staying("serve", "--port", "0", database=database, folder=tmp_path) as process,
        urlopen(f"{address_in(process)}/login", timeout=60) as answer,
    ):
        assert answer.status == 200

    assert process.returncode == 0


def test_a_port_that_is_taken_is_told_in_one_line(new_sqlite: NewDatabase, tmp_path: Path) -> None:
    with (
        new_sqlite() as database,
        staying("serve", "--port", "0", database=database, folder=tmp_path) as process,
    ):
        port = address_in(process).rpartition(":")[2]
        with staying("serve", "--port", port, database=database, folder=tmp_path) as second:
            _, said = second.communicate(timeout=60)

    assert second.returncode == 2
    assert said.startswith(f"error: port {port} of 127.0.0.1 cannot be listened on")


def test_the_providers_stand_in_shows_its_page(new_sqlite: NewDatabase, tmp_path: Path) -> None:
    with (
        new_sqlite() as database,
        staying("sms-simulator", "--port", "0", database=database, folder=tmp_path) as process,
        urlopen(address_in(process), timeout=60) as answer,
    ):
        assert answer.status == 200

    assert process.returncode == 0


@pytest.mark.parametrize("words", [("serve",), ("worker", "--once"), ("check",)])
def test_a_database_that_is_not_up_to_date_is_told_first(
    words: tuple[str, ...], new_sqlite: NewDatabase, tmp_path: Path
) -> None:
    with new_sqlite(blank=True) as database:
        Path(database.removeprefix("sqlite:///")).touch()
        with staying(*words, database=database, folder=tmp_path) as process:
            _, said = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "run `wattledger db upgrade`" in said
