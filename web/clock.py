"""The only clock of the house: the front doors read it and hand days and instants down."""

import os
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from config import business_day
from config.settings import PREFIX, Settings

TODAY = f"{PREFIX}TODAY"


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def today(session: Session, settings: Settings) -> date:
    """Return the business day: the environment's, else the one set in the database, else today."""
    if os.environ.get(TODAY):
        return date.fromisoformat(os.environ[TODAY])
    return business_day.set_day(session) or now().astimezone(settings.zone).date()
