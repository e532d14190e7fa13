"""What the tests of the pages ask for: an office to look at, and people who are logged in."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from config import database
from config.settings import Settings
from tests import databases
from tests.databases import NewDatabase
from tests.web import office
from web import create_app, queue

SECRET = "only for tests: nobody signs anything with this"
TWILIO_TOKEN = "a token of the tests"


@dataclass(frozen=True, slots=True)
class Office:
    """An office with its database, its files and its pages."""

    sessions: sessionmaker[Session]
    settings: Settings
    app: Flask

    def browse(self) -> "Visitor":
        """Return a browser in which nobody is logged in."""
        return Visitor(self.app.test_client())

    def as_(self, login: str) -> "Visitor":
        """Return a browser in which one of the office's people is logged in."""
        visitor = self.browse()
        answer = visitor.log_in(login)
        assert answer.status_code == 303, answer.text[:400]
        return visitor


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser without scripts: it keeps cookies and fills in forms with their check number."""

    client: FlaskClient
    forms: dict[str, str] = field(default_factory=dict)
    """A form's check number by the cookie's part of it: it is good until the cookie changes."""

    def get(self, path: str) -> TestResponse:
        """Return a page."""
        return self.client.get(path, buffered=True)

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form as its page would."""
        return self.client.post(
            path,
            data={"csrf_token": self.token(), **fields},
            content_type="multipart/form-data",
        )

    def log_in(self, login: str, password: str = office.PASSWORD) -> TestResponse:
        """Send the login form."""
        return self.post("/login", login=login, password=password)

    def token(self) -> str:
        """Return the check number that the forms of this browser carry."""
        known = self.forms.get(self._half())
        if known is None:
            page = self.client.get("/me", follow_redirects=True).text
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert found is not None, page[:500]
            known = self.forms[self._half()] = found.group(1)
        return known

    def _half(self) -> str:
        with self.client.session_transaction() as kept:
            return str(kept.get("csrf_token", ""))


class Compiled(BytecodeCache):
    """Keeps the templates that were compiled: hundreds of applications show the same ones."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket of a template that was compiled before."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()


def open_pages(url: str, folder: Path) -> Office:
    """Return the pages on a database."""
    sessions = database.sessions(url)
    settings = Settings(
        database=url,
        files=folder / "files",
        secret_key=SECRET,
        base_url="http://wattledger.example",
        twilio_auth_token=TWILIO_TOKEN,
    )
    app = create_app(settings, sessions)
    app.jinja_env.bytecode_cache = COMPILED
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Office(sessions, settings, app)


Build = Callable[[Office, Path], None]
Offices = Callable[[Build], Office]
"""Returns the office that a function furnishes; it is built when first asked for, and once."""


@contextmanager
def _offices(new: NewDatabase, factory: pytest.TempPathFactory) -> Iterator[Offices]:
    with ExitStack() as until_all_is_over:

        @cache
        def built(build: Build) -> Office:
            return until_all_is_over.enter_context(_built(new, factory.mktemp("built"), build))

        yield built


@contextmanager
def _built(new: NewDatabase, folder: Path, build: Build) -> Iterator[Office]:
    """Yield an office to be copied for each test."""
    # Blank: a database that is given out again keeps a connection, and is not copied then.
    with new(blank=True) as url:
        databases.create_schema(url)
        opened = open_pages(url, folder)
        build(opened, folder)
        # A database is copied while nobody is in it.
        database.engine_of(opened.sessions).dispose()
        yield opened


# Two, and not one by the kind of database: pytest would give that up at each change of the kind,
# and each file of tests would build its offices anew.
@pytest.fixture(scope="session")
def offices_on_sqlite(
    new_sqlite: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Offices]:
    """Return what builds offices on SQLite."""
    with _offices(new_sqlite, tmp_path_factory) as offices:
        yield offices


@pytest.fixture(scope="session")
def offices_on_postgresql(
    new_postgresql: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Offices]:
    """Return what builds offices on PostgreSQL."""
    with _offices(new_postgresql, tmp_path_factory) as offices:
        yield offices


@pytest.fixture(scope="session")
def offices(request: pytest.FixtureRequest, database_kind: str) -> Offices:
    """Return what builds offices on either kind of database."""
    found: Offices = request.getfixturevalue(f"offices_on_{database_kind}")
    return found


@pytest.fixture(scope="session")
def staffed(offices: Offices) -> Office:
    """Return an office that has people, and nothing else."""
    return offices(_employ)


def _employ(one: Office, _folder: Path) -> None:
    office.employ(one.sessions)


@pytest.fixture(scope="session")
def furnished(offices: Offices) -> Office:
    """Return an office with accounts, bills, debts and all that follows."""
    return offices(_furnish)


def _furnish(one: Office, folder: Path) -> None:
    office.open_office(one.sessions, folder)


@pytest.fixture(scope="session")
def shared_office(furnished: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office that everybody only looks at."""
    with _copied(furnished, tmp_path_factory.mktemp("shared")) as copy:
        yield copy


@pytest.fixture
def own_office(furnished: Office, tmp_path: Path) -> Iterator[Office]:
    """Return an office of one's own, in which a test may do what it likes."""
    with _copied(furnished, tmp_path) as copy:
        yield copy


@contextmanager
def _copied(original: Office, folder: Path) -> Iterator[Office]:
    """Yield a copy of an office."""
    with (
        databases.copied(original.settings.database, folder) as url,
        _opened(url, original, folder) as opened,
    ):
        yield opened


@contextmanager
def _opened(url: str, original: Office, folder: Path) -> Iterator[Office]:
    if original.settings.files.exists():
        shutil.copytree(original.settings.files, folder / "files")
    opened = open_pages(url, folder)
    yield opened
    wait_for_work()
    database.engine_of(opened.sessions).dispose()


def wait_for_work() -> None:
    """Wait for what pages asked for and a thread beside them does."""
    for thread in threading.enumerate():
        if thread.name == queue.THREAD:
            thread.join(timeout=60)


@pytest.fixture
def empty_office(staffed: Office, tmp_path: Path) -> Iterator[Office]:
    """Return an office on its first day: people, and nothing else."""
    with _copied(staffed, tmp_path) as copy:
        yield copy
