"""What a billing run would make of all accounts, or of a route: looked at, and nothing written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

from billing import runs
from billing.drawing import draw_up_accounts, rules_on
from billing.money import Money
from billing.outcome import Parked
from billing.run import CHUNK, NotReadyError, Progress, points_of
from config.database import reading


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A bill that a rule would hold for a second person."""

    account_id: int
    amount: Money
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class TrialRun:
    """What a run would come to: bills, their energy and amount, what is held and left alone."""

    bills: int
    kwh: Decimal
    amount: Money
    held: tuple[Doubtful, ...]
    parked: tuple[Parked, ...]


def try_run(
    sessions: sessionmaker[Session],
    *,
    cycle: str | None,
    until: date,
    today: date,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> TrialRun:
    """
    Return what a run up to a day would make; nothing is written, and no run has to wait for it.

    :param cycle: the code of the route; none means all accounts.
    :raises NotReadyError: if the day hasn't come yet, or there is no such route.
    :raises NothingInForceError: if there is no law or billing policy in force.
    """
    if until > today:
        raise NotReadyError(f"bills up to {until} can't be drawn up on {today}; wait for the day")
    bills, kwh, amount = 0, Decimal(0), 0
    held: list[Doubtful] = []
    parked: list[Parked] = []
    with reading(sessions) as session:
        rules = rules_on(session, until=until, on=today)
        points = None if cycle is None else points_of(session, cycle)
        chunks = list(_chunks(session, points, until, chunk))
        for done, ids in enumerate(chunks, start=1):
            drawn = draw_up_accounts(session, ids, rules, points)
            parked += drawn.parked
            for draft, doubt in drawn.drafts:
                bills, kwh, amount = bills + 1, kwh + draft.kwh, amount + draft.amount
                if doubt is not None:
                    held.append(Doubtful(draft.account_id, draft.amount, *doubt))
            if progress is not None:
                progress(done, len(chunks))
    return TrialRun(bills, kwh, amount, tuple(held), tuple(parked))


def _chunks(
    session: Session, points: frozenset[int] | None, until: date, size: int
) -> Iterator[list[int]]:
    if points is not None:
        ids = list(runs.accounts_at(session, points))
        yield from (ids[at : at + size] for at in range(0, len(ids), size))
        return
    after = 0
    while ids := runs.accounts_to_bill(session, after=after, until=until, limit=size):
        yield list(ids)
        after = ids[-1]
