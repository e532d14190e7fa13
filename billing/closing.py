"""Closing: the day's entries are sealed once the day is over, and nothing more is posted on it."""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from billing import lookback
from billing.posting import LEDGER
from config import seal
from config.seal import Seal


def seal_days(sessions: sessionmaker[Session], *, today: date, now: datetime) -> list[Seal]:
    """Seal every day before today that has entries and isn't sealed, and return the seals."""
    with sessions.begin() as session:
        since = seal.sealed_until(session, LEDGER)
        made = [
            seal.seal_day(session, LEDGER, day, rows=lookback.day_facts, now=now)
            for day in lookback.days_posted(session, since=since, until=today)
        ]
    return [one for one in made if one is not None]
