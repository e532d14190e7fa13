"""The database: bring it up to date, say how it stands, copy it safely."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from config import database
from migrations import schema
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError


@contextmanager
def _engine(desk: Desk) -> Iterator[Engine]:
    """Open the database whatever revision it is at."""
    engine = database.engine_for(desk.settings.database)
    try:
        yield engine
    finally:
        engine.dispose()


@click.group(cls=Words)
def db() -> None:
    """The database: bring it up to date, say how it stands, copy it."""


@db.command(example="wattledger --database sqlite:///office.db db upgrade")
@pass_desk
def upgrade(desk: Desk) -> None:
    """
    Bring the database up to date, or make it.

    Nothing is lost: a revision adds what is new. Run it after every update of the program; a
    database that is up to date stays as it is.
    """
    with _engine(desk) as engine:
        before = schema.current(engine)
        schema.upgrade(engine)
        after = schema.current(engine)
    report.say(desk, f"up to date at revision {after}" + (f", from {before}" if before else ""))


@db.command(example="wattledger db status --json")
@reporting
@pass_desk
def status(desk: Desk) -> int:
    """Say where the database is and which revision it is at; 1 if it wants an upgrade."""
    desk.must_exist()
    with _engine(desk) as engine:
        has, wants = schema.current(engine), schema.newest()
    address = make_url(desk.settings.database).render_as_string(hide_password=True)
    report.one(desk, {"database": address, "revision": has, "expected": wants})
    return DONE if has == wants else NEEDS_A_PERSON


@db.command(example="wattledger db copy backup-2026-01-31.db")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_desk
def copy(desk: Desk, file: Path) -> None:
    """
    Copy a SQLite database to a FILE while others work on it.

    Copying the file itself would lose what is still in its journal. For PostgreSQL use pg_dump.
    """
    url = make_url(desk.settings.database)
    if url.get_backend_name() != "sqlite":
        raise NotDoneError("this copies SQLite databases; for PostgreSQL use pg_dump")
    if file.exists():
        raise NotDoneError(f"{file} exists already; name a new file, so that no backup is lost")
    if not file.absolute().parent.is_dir():
        raise NotDoneError(f"{file}: there is no folder {file.parent}; make it, or name another")
    desk.must_exist()
    with (
        closing(sqlite3.connect(str(url.database))) as origin,
        closing(sqlite3.connect(file)) as copied,
    ):
        origin.backup(copied)
        verdict = copied.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise NotDoneError(f"{file}: the copy is not sound ({verdict}); check the disk")
    report.say(desk, f"copied to {file}, {file.stat().st_size:,} bytes, and the copy is sound")


@db.command(example='wattledger db revision "Remember who served a notice"')
@click.argument("message")
def revision(message: str) -> int:
    """
    Write a new revision, for developers who changed the tables.

    Works on the source folder and an empty scratch database; read what it wrote and mend it.
    """
    written = schema.revise(message)
    click.echo(written or "the tables are those of the newest revision; nothing to write")
    return DONE
