"""What the tests of the arrears room may ask for: an account with one unpaid bill, and its fate."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache, partial

import pytest

from arrears.step import StepKind
from billing.account import Account
from config import database
from tests import databases
from tests.arrears import street
from tests.billing import town
from tests.databases import NewDatabase

Lived = tuple[str, Account, date]
"""A street's database, its account that owes, and the day it has come to."""
Streets = Callable[[Callable[..., date]], Lived]
"""Returns a street that has lived until something happened; it is lived through once."""


@pytest.fixture
def account(sessions):
    """Give A-100, which owes 300.00 since 16 March 2026, beside A-200, which owes nothing."""
    return _owing(sessions)


def _owing(sessions):
    with sessions.begin() as session:
        street.enact(session)
        accounts = town.settle_in(session, "A-100", "A-200")
        street.bill(session, accounts["A-100"], "300.00", due=street.DUE)
    return accounts["A-100"]


@contextmanager
def _streets(new: NewDatabase) -> Iterator[Streets]:
    with ExitStack() as until_all_is_over:

        @cache
        def lived(until: Callable[..., date]) -> Lived:
            # Blank: a database that is given out again keeps a connection, and is not copied then.
            url = until_all_is_over.enter_context(new(blank=True))
            databases.create_schema(url)
            sessions = database.sessions(url)
            account = _owing(sessions)
            day = until(sessions, account)
            database.engine_of(sessions).dispose()
            return url, account, day

        yield lived


@pytest.fixture(scope="session")
def streets_on_sqlite(new_sqlite: NewDatabase) -> Iterator[Streets]:
    """Return what lives through the days of a street on SQLite."""
    with _streets(new_sqlite) as streets:
        yield streets


@pytest.fixture(scope="session")
def streets_on_postgresql(new_postgresql: NewDatabase) -> Iterator[Streets]:
    """Return what lives through the days of a street on PostgreSQL."""
    with _streets(new_postgresql) as streets:
        yield streets


@pytest.fixture
def copy_of(request, database_kind, tmp_path):
    """Return what copies a street that has lived, and gives the copy, the account and the day."""
    with ExitStack() as until_the_test_is_over:

        def copy(until):
            url, account, day = request.getfixturevalue(f"streets_on_{database_kind}")(until)
            copied = until_the_test_is_over.enter_context(databases.copied(url, tmp_path))
            sessions = database.sessions(copied)
            until_the_test_is_over.callback(database.engine_of(sessions).dispose)
            return sessions, account, day

        yield copy


@pytest.fixture
def cut_is_ordered(copy_of):
    """Give a street on the day that A-100 is to be cut, its account, and the day."""
    return copy_of(street.until_cut_is_ordered)


_until_notice_is_asked = partial(street.until_asked, kind=StepKind.DISCONNECTION_NOTICE)


@pytest.fixture
def notice_is_asked(copy_of):
    """Give a street on the day that people are asked for A-100's notice, its account, the day."""
    return copy_of(_until_notice_is_asked)
