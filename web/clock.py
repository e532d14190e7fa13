"""The only clock of the house: the front doors read it and hand days and instants down."""

import os
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from config import business_day
from config.settings import PREFIX, Settings

TODAY = f"{PREFIX}TODAY"


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
"""Days beyond these are slips of the hand; reckoning back from them would leave the calendar."""


class BadDayError(Exception):
    """The business day that the environment names is no day."""


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def today(session: Session, settings: Settings) -> date:
    """
    Return the business day: the environment's, else the one set in the database, else today.

    :raises BadDayError: if the environment's is no day.
    """
    if said := os.environ.get(TODAY):
        try:
            day = date.fromisoformat(said)
        except ValueError:
            day = date.min
        if not FIRST_DAY <= day < LAST_DAY:
            raise BadDayError(f"{TODAY}: {said!r} is no day; write it as 2026-01-31")
        return day
    return business_day.set_day(session) or now().astimezone(settings.zone).date()
