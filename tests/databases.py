"""
Empty databases for the tests: on SQLite a copy of a file, on PostgreSQL one that was emptied.

To make a PostgreSQL database takes some hundred files, and to empty one a few milliseconds; so a
database is given out again after its rows are gone, unless the test changed its tables.
"""

import itertools
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection, sql
from sqlalchemy.engine import make_url

from config import database
from migrations import schema

NewDatabase = Callable[..., AbstractContextManager[str]]
"""Makes a database and takes it back; `blank=True` makes one without any table."""

KEPT_BYTES = 2_000_000
"""A database into which a test wrote more than this is dropped: its dead rows slow the next."""

# Any change of a table moves the sequence, so that it shows.
GUARD = """
    CREATE SEQUENCE tables_changed;
    CREATE FUNCTION note_change() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('public.tables_changed'); END $$;
    CREATE EVENT TRIGGER note_change ON ddl_command_end EXECUTE FUNCTION note_change();
"""
FOREIGN = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# What was counted for one test would plan the next one's statements.
COUNTED = """
    SELECT EXISTS (SELECT 1 FROM pg_class WHERE relkind = 'r' AND reltuples >= 0
                   AND relnamespace = 'public'::regnamespace)
"""
RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


def create_schema(url: str) -> None:
    """Make every table in an empty database."""
    engine = database.engine_for(url)
    schema.create(engine)
    if engine.dialect.name == "sqlite":
        # Everything into the one file, so that copying the file copies the database.
        with engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def on_sqlite(folder: Path) -> NewDatabase:
    """Return what makes SQLite databases in the folder."""
    numbers = itertools.count(1)
    template = folder / "template.db"
    create_schema(f"sqlite:///{template}")

    @contextmanager
    def make(*, blank: bool = False) -> Iterator[str]:
        path = folder / f"{next(numbers)}.db"
        if not blank:
            shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        for left in folder.glob(f"{path.name}*"):
            left.unlink(missing_ok=True)

    return make


@contextmanager
def on_postgresql(url: str) -> Iterator[NewDatabase]:
    """Yield what makes databases on the server at the URL; all are dropped afterwards."""
    with psycopg.connect(url, autocommit=True) as admin, ExitStack() as given_up:
        cluster = Cluster(url, admin)
        template = given_up.enter_context(cluster.cloned("template0"))
        create_schema(cluster.url(template))
        _keep_no_statistics(cluster.url(template))
        can_guard = _guard(cluster.url(template))
        free: list[Used] = []
        given_up.callback(lambda: [used.end.close() for used in free])

        @contextmanager
        def make(*, blank: bool = False) -> Iterator[str]:
            if blank or not can_guard:
                with cluster.cloned("template0" if blank else template) as name:
                    yield cluster.url(name)
                return
            used = free.pop() if free else Used.open(cluster, template)
            yield cluster.url(used.name)
            if used.emptied():
                free.append(used)
            else:
                used.end.close()

        yield make


@contextmanager
def copied(address: str, folder: Path) -> Iterator[str]:
    """Yield the address of a copy, made by the database's own means while nobody is in it."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        target = folder / "copy.db"
        with (
            closing(sqlite3.connect(str(url.database))) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        yield f"sqlite:///{target}"
        return
    server = url.set(drivername="postgresql", database="postgres")
    server_address = server.render_as_string(hide_password=False)
    with psycopg.connect(server_address, autocommit=True) as admin:
        cluster = Cluster(server_address, admin)
        with cluster.cloned(str(url.database)) as name:
            yield cluster.url(name)


@dataclass(frozen=True)
class Cluster:
    """A server on which databases are cloned and dropped."""

    address: str
    admin: Connection

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    def _clone(self, template: str, statement: sql.Composed) -> None:
        """Clone a database, whoever looks at it: the server's own vacuum may, at any moment."""
        for tries_left in reversed(range(50)):
            try:
                self.admin.execute(statement)
            except psycopg.errors.ObjectInUse:
                if not tries_left:
                    raise
                self.admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND pid <> pg_backend_pid()",
                    [template],
                )
                time.sleep(0.1)
            else:
                return

    @contextmanager
    def cloned(self, template: str) -> Iterator[str]:
        """Clone a database, yield its name, and drop it."""
        # A name of our own: the server may be somebody's, with databases of theirs.
        name = f"wattledger_test_{secrets.token_hex(4)}"
        names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
        self._clone(template, sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
        try:
            yield name
        finally:
            self.admin.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))


@dataclass(frozen=True)
class Used:
    """A database that is given out again and again, and our own connection to it."""

    name: str
    connection: Connection
    tables: tuple[str, ...]
    end: ExitStack

    @classmethod
    def open(cls, cluster: Cluster, template: str) -> "Used":
        """Clone a database to be given out, and dropped in the end."""
        end = ExitStack()
        name = end.enter_context(cluster.cloned(template))
        connection = end.enter_context(psycopg.connect(cluster.url(name), autocommit=True))
        connection.execute("SET session_replication_role = replica")  # Past the triggers.
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        kept = {"alembic_version"}  # It says that the tables are up to date.
        return cls(name, connection, tuple(row[0] for row in found if row[0] not in kept), end)

    def emptied(self) -> bool:
        """Take every row away, and tell whether the database is as good as new."""
        self.connection.execute(FOREIGN)
        changed = self.connection.execute("SELECT is_called FROM tables_changed").fetchone()
        counted = self.connection.execute(COUNTED).fetchone()
        if (True,) in (changed, counted):
            return False
        looks = sql.SQL(" UNION ALL ").join(map(_look, self.tables))
        filled = self.connection.execute(looks).fetchall()
        if sum(size for _, size in filled) > KEPT_BYTES:
            return False
        for table, _ in filled:
            self.connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        self.connection.execute(RESTART)
        return True


def _keep_no_statistics(url: str) -> None:
    """
    Keep the server's own analysis away from the tables.

    It comes at any moment, and finds a database that has just been emptied: its tables then count
    as empty however much the next test writes, and a plan made for no rows at all, for ten thousand
    of them, ran for hours. Without statistics a table is taken to be as full as its file is long.
    """
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in found.fetchall():
            name = sql.Identifier(table)
            connection.execute(
                sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(name)
            )


def _look(table: str) -> sql.Composed:
    look = "SELECT {word}, pg_relation_size({word}) WHERE EXISTS (SELECT 1 FROM {name})"
    return sql.SQL(look).format(word=sql.Literal(table), name=sql.Identifier(table))


def _guard(url: str) -> bool:
    """Let changes of tables show; only a superuser may, and without it nothing is used again."""
    with psycopg.connect(url) as connection:
        try:
            connection.execute(GUARD)
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True
