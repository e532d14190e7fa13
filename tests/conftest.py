"""What every test may ask for: an empty database of either kind, a browser, the outside cases."""

import itertools
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import hypothesis
import psycopg
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from config import database, people, settings
from migrations import schema
from tests import browser, corpora, postgres

TRUST = "WATTLEDGER_TRUST"
"""Set by `run.py trust`: laws are tried on many more cases, and on others each time."""

# The same cases in every run, so that a red test is about the change; deadlines are for fast days.
hypothesis.settings.register_profile("test", deadline=None, derandomize=True)
hypothesis.settings.register_profile("trust", deadline=None, max_examples=2_000, print_blob=True)
hypothesis.settings.load_profile("trust" if os.environ.get(TRUST) else "test")

DATABASES = ("sqlite", "postgresql")
NewDatabase = Callable[..., AbstractContextManager[str]]
"""Makes a database and removes it afterwards; `blank=True` makes one without any table."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to leave PostgreSQL out, for the quick look before a commit."""
    parser.addoption(
        "--sqlite-only", action="store_true", help="run the database tests on SQLite only"
    )


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests, and hash their people's passwords cheaply."""
    kept = (TRUST, corpora.VARIABLE, postgres.ADDRESS)
    for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
        if name not in kept:
            del os.environ[name]
    # A fifth of a second for each of the people of each test would be most of the tests' time.
    people.HASHER = PasswordHasher.from_parameters(CHEAPEST)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say at the head of the report what the tests will run on."""
    is_short = config.getoption("--sqlite-only")
    return [
        f"PostgreSQL: {'left out (--sqlite-only)' if is_short else postgres.describe()}",
        f"browser: {browser.describe()}",
        f"outside cases: {corpora.describe()}",
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a database on each kind of database."""
    if "database_kind" in metafunc.fixturenames:
        is_short = metafunc.config.getoption("--sqlite-only")
        kinds = DATABASES[:1] if is_short else DATABASES
        metafunc.parametrize("database_kind", kinds, scope="session")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Start one PostgreSQL for the whole session."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Return what makes an empty SQLite database with the schema and removes it afterwards."""
    folder = tmp_path_factory.mktemp("databases")
    numbers = itertools.count(1)
    template = folder / "template.db"
    _create_schema(f"sqlite:///{template}")

    @contextmanager
    def make(*, blank: bool = False) -> Iterator[str]:
        path = folder / f"{next(numbers)}.db"
        if not blank:
            shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        for left in folder.glob(f"{path.name}*"):
            left.unlink(missing_ok=True)

    return make


@pytest.fixture(scope="session")
def new_postgresql(postgres_server: postgres.Server) -> Iterator[NewDatabase]:
    """Return what makes an empty PostgreSQL database with the schema and removes it afterwards."""
    # A name of our own: the server may be somebody's, with databases of theirs.
    template = f"wattledger_test_{secrets.token_hex(4)}"
    numbers = itertools.count(1)
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")

    @contextmanager
    def database_named(name: str, *, like: str) -> Iterator[str]:
        admin.execute(create.format(sql.Identifier(name), sql.Identifier(like)))
        address = make_url(postgres_server.url).set(database=name)
        yield address.render_as_string(hide_password=False)
        admin.execute(drop.format(sql.Identifier(name)))

    with (
        psycopg.connect(postgres_server.url, autocommit=True) as admin,
        database_named(template, like="template0") as url,
    ):
        _create_schema(url)

        def make(*, blank: bool = False) -> AbstractContextManager[str]:
            origin = "template0" if blank else template
            return database_named(f"{template}_{next(numbers)}", like=origin)

        yield make


def _create_schema(url: str) -> None:
    engine = database.engine_for(url)
    schema.create(engine)
    if engine.dialect.name == "sqlite":
        # Everything into the one file, so that copying the file copies the database.
        with engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of an empty database with the schema, on SQLite and on PostgreSQL."""
    # Asked for by name: who tests on SQLite alone need not start a PostgreSQL.
    make: NewDatabase = request.getfixturevalue(f"new_{database_kind}")
    with make() as url:
        yield url


@pytest.fixture
def blank_database_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of a database without any table, on SQLite and on PostgreSQL."""
    make: NewDatabase = request.getfixturevalue(f"new_{database_kind}")
    with make(blank=True) as url:
        yield url


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    """Return a maker of sessions on an empty database, on SQLite and on PostgreSQL."""
    maker = database.sessions(database_url)
    yield maker
    database.engine_of(maker).dispose()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the browser that was found on this machine."""
    return {
        **browser_type_launch_args,
        "executable_path": str(browser.find().path),
        "args": [*browser_type_launch_args.get("args", []), *browser.launch_arguments()],
    }
