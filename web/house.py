"""What every page reaches for: the settings, the database, the person, the business day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from flask import Flask, current_app, g, has_request_context
from flask_login import current_user
from sqlalchemy.orm import Session, sessionmaker

from config import dated, in_force
from config.database import reading
from config.law import Market
from config.people import Permission, User
from config.settings import Settings
from web import clock

_KEY = "wattledger"


@dataclass(frozen=True, slots=True)
class House:
    """The settings and the database that this application stands on."""

    settings: Settings
    sessions: sessionmaker[Session]


def move_in(app: Flask, house: House) -> None:
    """Let the application's pages find the house."""
    app.extensions[_KEY] = house


def house() -> House:
    """Return the house of the application that answers now."""
    return cast("House", current_app.extensions[_KEY])


def sessions() -> sessionmaker[Session]:
    """Return the maker of sessions that doors want."""
    return house().sessions


@contextmanager
def looking() -> Iterator[Session]:
    """Open a session that only looks, and no writer waits for it."""
    with reading(house().sessions) as session:
        yield session


def person() -> User:
    """Return the person who is logged in; pages that need nobody don't ask."""
    return cast("User", current_user.user)


def person_or_none() -> User | None:
    """Return the person who is logged in, or none."""
    if not has_request_context() or not current_user.is_authenticated:
        return None
    return person()


def may(permission: Permission) -> bool:
    """Test whether the person who is logged in may do the act."""
    someone = person_or_none()
    return someone is not None and someone.may(permission)


def sees_office(office_id: int) -> bool:
    """Test whether the office's customers are the person's to see."""
    return not person().office_ids or office_id in person().office_ids


def offices_seen() -> frozenset[int] | None:
    """Return the offices whose customers the person may see, or none for all of them."""
    return person().office_ids or None


def now() -> datetime:
    """Return this moment."""
    return clock.now()


def today() -> date:
    """Return the business day, the same one throughout a request."""
    if "today" not in g:
        with looking() as session:
            g.today = clock.today(session, house().settings)
    return cast("date", g.today)


def market() -> Market | None:
    """Return the market's law in force today, or none while no file has been activated."""
    if "market" not in g:
        with looking() as session:
            try:
                g.market = in_force.market_on(session, today())
            except dated.NothingInForceError:
                g.market = None
    return cast("Market | None", g.market)
