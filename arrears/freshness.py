"""Payment freshness: while a source of payments is late, nothing is sent and nobody is cut."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from arrears.policy import Source
from arrears.rules import DUNNING, policy_of
from config import batch, dated
from config.in_force import market_on


@dataclass(frozen=True, slots=True)
class Freshness:
    """A source of payments, up to when its files tell all, and whether that is too long ago."""

    source: Source
    last_at: datetime | None
    is_late: bool

    def __str__(self) -> str:
        since = "never came"
        if self.last_at is not None:
            since = f"tell all up to {self.last_at:%Y-%m-%d %H:%M} UTC"
        return f"payments of {self.source.name} {since}; {self.source.hours} hours are borne"


def sources(session: Session, *, today: date, now: datetime) -> list[Freshness]:
    """Return the sources that the policy in force names, in its order; none if it names none."""
    policy = policy_of(dated.in_force(session, DUNNING, today))
    if not policy.sources:
        return []
    found, zone = [], ZoneInfo(market_on(session, today).time_zone)
    for source in policy.sources:
        came = (batch.latest(session, one, zone=zone) for one in source.takes)
        last_at = max((at for at in came if at is not None), default=None)
        hours = None if last_at is None else (now - last_at).total_seconds() / 3600
        found.append(Freshness(source, last_at, hours is None or hours > source.hours))
    return found


def late_sources(session: Session, *, today: date, now: datetime) -> list[Freshness]:
    """Return the sources that are late now: none of them, and letters may go out."""
    return [one for one in sources(session, today=today, now=now) if one.is_late]
