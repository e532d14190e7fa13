"""One runner at a time: a lock that ends with the process that holds it, however it ends."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from config import planning
from config.database import engine_of


class BusyError(Exception):
    """Somebody else is doing this at the moment."""


@contextmanager
def holding(sessions: sessionmaker[Session], name: str) -> Iterator[None]:
    """
    Hold the named lease while the block runs.

    On PostgreSQL it is an advisory lock of a connection of its own, on a SQLite file an operating
    system's lock of a file beside it, in memory a lock of this process: each is gone at once when
    the process dies, so that a killed run can be resumed without waiting. What runs alone runs
    long, so it is planned by how full the tables are now.

    :raises BusyError: if another process or thread holds it.
    """
    engine = engine_of(sessions)
    if engine.dialect.name == "postgresql":
        with _advisory(engine, name):
            planning.freshen(engine)
            yield
    elif engine.url.database and engine.url.database != ":memory:":
        with _locked_file(Path(f"{engine.url.database}.{name.replace(' ', '-')}.lock"), name):
            yield
    else:
        with _in_process(f"{id(engine)} {name}", name):
            yield


def _busy(name: str) -> BusyError:
    return BusyError(f"{name} is running already; wait for it to end, or watch it under Jobs")


@contextmanager
def _advisory(engine: Engine, name: str) -> Iterator[None]:
    key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            raise _busy(name)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


@contextmanager
def _locked_file(path: Path, name: str) -> Iterator[None]:
    with path.open("a+b") as file:
        if not _try_lock(file):
            raise _busy(name)
        try:
            yield
        finally:
            _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


_held: set[str] = set()
_guard = threading.Lock()


@contextmanager
def _in_process(key: str, name: str) -> Iterator[None]:
    with _guard:
        if key in _held:
            raise _busy(name)
        _held.add(key)
    try:
        yield
    finally:
        with _guard:
            _held.discard(key)
