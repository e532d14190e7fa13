"""Where a notice is on its way to the customer: states that only move forward."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from config.law import Sms


class State(StrEnum):
    """Where a notice is on its way."""

    QUEUED = "queued"
    SENDING = "sending"  # claimed; whoever claimed it is posting it now
    UNKNOWN = "unknown"  # posted, and nobody knows whether the provider has it
    SENT = "sent"  # the provider has it
    FAILED = "failed"  # the provider refused it, or couldn't deliver it
    DELIVERED = "delivered"
    PRINTED = "printed"
    CANCELLED = "cancelled"  # paid, or decided anew, before it went out


WAITING = frozenset({State.QUEUED})
UNDER_WAY = frozenset({State.SENDING, State.UNKNOWN})
TOLD = frozenset({State.SENT, State.DELIVERED, State.PRINTED})
"""States in which the customer has been told, as far as anybody knows."""

MOVES: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.PRINTED, State.CANCELLED, State.FAILED}),
    # Back to the queue only when the provider surely hasn't taken it.
    State.SENDING: frozenset(
        {State.SENT, State.FAILED, State.UNKNOWN, State.QUEUED, State.DELIVERED}
    ),
    State.UNKNOWN: frozenset({State.SENT, State.FAILED, State.DELIVERED, State.QUEUED}),
    State.SENT: frozenset({State.FAILED, State.DELIVERED}),
    State.FAILED: frozenset({State.DELIVERED}),
    State.DELIVERED: frozenset(),
    State.PRINTED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Which state may follow which; nothing else is ever written."""

_STATUSES: Mapping[str, State] = {
    "accepted": State.SENT,
    "scheduled": State.SENT,
    "queued": State.SENT,
    "sending": State.SENT,
    "sent": State.SENT,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
}
_RANKS = {State.SENT: 1, State.FAILED: 2, State.DELIVERED: 3}

# Half a minute is what a message may take through the provider before the quiet hours begin.
_LEAST_LEFT = timedelta(seconds=30)


def state_of(status: str) -> State | None:
    """Return what a provider's status means, or none if nobody knows the word."""
    return _STATUSES.get(status)


def follow(state: State, news: State) -> State:
    """
    Return the state after news from the provider: the further one of the two.

    So it doesn't matter in which order news come, or how often.
    """
    if state in UNDER_WAY:
        return news
    if state not in _RANKS:
        return state
    return max(state, news, key=lambda one: _RANKS.get(one, 0))


def time_left(now: datetime, window: Sms, zone: ZoneInfo) -> timedelta | None:
    """Return how long messages may still be sent today, or none in the quiet hours."""
    local = now.astimezone(zone)
    opens = _at(local, window.from_hour)
    closes = _at(local, window.until_hour)
    if not opens <= local < closes or closes - local < _LEAST_LEFT:
        return None
    return closes - local


def next_opening(now: datetime, window: Sms, zone: ZoneInfo) -> datetime:
    """Return when messages may be sent again; now, if they may be."""
    local = now.astimezone(zone)
    if time_left(now, window, zone) is not None:
        return now
    opens = _at(local, window.from_hour)
    return opens if local < opens else _at(local + timedelta(days=1), window.from_hour)


def _at(day: datetime, hour: time) -> datetime:
    return day.replace(
        hour=hour.hour, minute=hour.minute, second=hour.second, microsecond=hour.microsecond
    )
