"""How a run's chunks are shared out: workers look and decide, and only the run itself writes."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial

from sqlalchemy.orm import Session, sessionmaker

from billing.drawing import Drawn, Peers, Rules, draw_up_accounts, rules_on
from config import database
from config.database import reading
from config.workers import Here

Draw = Callable[[Sequence[int]], Drawn]
"""Draws up the accounts with the ids; nothing is written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run draws up, as it is told to another process."""

    url: str
    until: date
    on: date
    points: frozenset[int] | None
    peers: Peers


def drawing(
    executor: Executor,
    sessions: sessionmaker[Session],
    rules: Rules,
    *,
    on: date,
    points: frozenset[int] | None,
) -> Draw:
    """
    Return what an executor's workers do with a chunk.

    Other processes are told where the database is and look up the rules for themselves, once.

    :param on: the day on which the run began, whose law and policy it goes by.
    :param points: bill supplies at these service points only; none means all.
    """
    if isinstance(executor, Here):
        return partial(_draw, sessions, rules, points)
    url = database.engine_of(sessions).url.render_as_string(hide_password=False)
    return partial(_draw_elsewhere, Asked(url, rules.until, on, points, rules.peers))


def _draw(
    sessions: sessionmaker[Session],
    rules: Rules,
    points: frozenset[int] | None,
    ids: Sequence[int],
) -> Drawn:
    with reading(sessions) as session:
        return draw_up_accounts(session, ids, rules, points)


def _draw_elsewhere(asked: Asked, ids: Sequence[int]) -> Drawn:
    sessions, rules = _house(asked.url, asked.until, asked.on)
    return _draw(sessions, replace(rules, peers=asked.peers), asked.points, ids)


@cache
def _house(url: str, until: date, on: date) -> tuple[sessionmaker[Session], Rules]:
    sessions = database.sessions(url)
    with reading(sessions) as session:
        return sessions, rules_on(session, until=until, on=on, peers={})
