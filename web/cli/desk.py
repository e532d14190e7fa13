"""The desk a command works at: the settings, the database, the person and the day."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from config import database, people, settings
from config.people import Permission, User
from config.settings import Settings
from migrations import schema
from web import clock
from web.cli.kinds import DAY
from web.cli.problems import NotDoneError

USER = f"{settings.PREFIX}USER"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Desk:
    """What a command has at hand. The database is opened when it is first asked for."""

    settings: Settings
    named_database: str | None = None
    login: str | None = None
    as_json: bool = False
    _engine: Engine | None = None

    @classmethod
    def open(cls, address: str | None) -> "Desk":
        """Return a desk with the settings of the environment, and the database if one is named."""
        found = settings.from_environment()
        named = address or os.environ.get(f"{settings.PREFIX}DATABASE")
        return cls(replace(found, database=named) if named else found, named)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """The database, its tables known to be those this program expects."""
        self.must_exist()
        maker = database.sessions(self.settings.database)
        self._engine = database.engine_of(maker)
        has, wants = schema.current(self._engine), schema.newest()
        if has != wants:
            raise NotDoneError(
                f"the database is at revision {has or 'nothing'} and this program expects "
                f"{wants or 'nothing'}; run `wattledger db upgrade`"
            )
        return maker

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()

    def must_exist(self) -> None:
        """Refuse to make an empty database by mistake, where one was misspelled."""
        url = make_url(self.settings.database)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            raise NotDoneError(
                f"there is no database {url.database}; name one with --database or "
                "WATTLEDGER_DATABASE, make one with `wattledger db upgrade`, or look at `demo`"
            )

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Open a session that only looks."""
        with database.reading(self.sessions) as session:
            yield session

    @cached_property
    def today(self) -> date:
        """The business day: --today, else WATTLEDGER_TODAY, else the database's, else today."""
        with self.looking() as session:
            return clock.today(session, self.settings)

    def day(self, asked: date | None) -> date:
        """Return the day that was asked for, or the business day; no day after it has come."""
        if asked is not None and asked > self.today:
            raise NotDoneError(
                f"--as-of: {asked} is after the business day, {self.today}; name that day or one "
                "before"
            )
        return asked or self.today

    @cached_property
    def now(self) -> datetime:
        """This moment."""
        return clock.now()

    def who(self, *permissions: Permission) -> User:
        """
        Return the person who acts, who has one of the permissions.

        Whoever can reach the database is trusted to say who they are; what that person may do is
        checked, as on the pages.
        """
        login = self.login or os.environ.get(USER)
        if not login:
            raise NotDoneError(
                f"who are you? Say --as LOGIN or set {USER}; `people list` names all"
            )
        with self.looking() as session:
            user = people.find_user(session, login)
        if user is None:
            raise NotDoneError(f"nobody has the login {login}; `wattledger people list` names all")
        if not any(map(user.may, permissions)):
            raise NotDoneError(
                f"{login} may not do this; it takes a person with the right "
                f"{' or '.join(permissions)}"
            )
        return user

    def by(self, *permissions: Permission) -> str:
        """Return the login of the person who acts, who has one of the permissions."""
        return self.who(*permissions).login


pass_desk = click.make_pass_decorator(Desk)


def acting(command: F) -> F:
    """Give a command the options that say who acts, and on which business day."""
    who = click.option(
        "--as",
        metavar="LOGIN",
        expose_value=False,
        callback=_set_login,
        help=f"Who acts; otherwise {USER}.",
    )
    return who(on_a_day(command))


def on_a_day(command: F) -> F:
    """Give a command the option that says which business day it is."""
    return click.option(
        "--today",
        type=DAY,
        expose_value=False,
        callback=_set_today,
        help="The business day; otherwise WATTLEDGER_TODAY, otherwise the house's.",
    )(command)


def reporting(command: F) -> F:
    """Give a command the option to report as JSON."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_set_json,
        help="Report as JSON.",
    )(command)


def _set_login(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        _desk(ctx).login = value


def _set_today(ctx: click.Context, _: click.Parameter, value: date | None) -> None:
    if value is not None:
        _desk(ctx).today = value


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        _desk(ctx).as_json = True


def _desk(ctx: click.Context) -> Desk:
    desk = ctx.find_object(Desk)
    assert desk is not None, "the first command opens the desk"
    return desk
