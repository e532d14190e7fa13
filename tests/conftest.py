"""What every test may ask for: an empty database of either kind, a browser, the outside cases."""

import gc
import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy.orm import Session, sessionmaker

from config import database, people, settings
from tests import browser, corpora, databases, postgres
from tests.databases import NewDatabase

TRUST = "WATTLEDGER_TRUST"
"""Set by `run.py trust`: laws are tried on many more cases, and on others each time."""

# The same cases in every run, so that a red test is about the change; deadlines are for fast days.
hypothesis.settings.register_profile("test", deadline=None, derandomize=True)
hypothesis.settings.register_profile("trust", deadline=None, max_examples=2_000, print_blob=True)
hypothesis.settings.load_profile("trust" if os.environ.get(TRUST) else "test")

DATABASES = ("sqlite", "postgresql")


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: one left to the end would keep one process alone."""
    long = {item.path for item in items if _takes_long(item)}
    items.sort(key=lambda item: item.path not in long)


def _takes_long(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("slow", "browser"))


def pytest_collection_finish() -> None:
    """Spare the garbage collector the programs themselves, which are here to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


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
        is_alike = metafunc.definition.get_closest_marker("alike_on_databases") is not None
        kinds = DATABASES[:1] if is_short or is_alike else DATABASES
        metafunc.parametrize("database_kind", kinds, scope="session")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Start one PostgreSQL for the whole session."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Return what makes an empty SQLite database with the schema and removes it afterwards."""
    return databases.on_sqlite(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def new_postgresql(postgres_server: postgres.Server) -> Iterator[NewDatabase]:
    """Return what makes an empty PostgreSQL database with the schema, and takes it back."""
    with databases.on_postgresql(postgres_server.url) as make:
        yield make


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
