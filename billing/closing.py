"""
Closing: the day's entries are sealed once the day is over, and months are closed one by one.

A closed month takes no more postings. It is opened again, the newest first, by the word of a
second person; what is then posted into it shows beside the totals it was closed with.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from billing import books, invariants, lookback, months, tillbook
from billing.month import ControlTotals, Month, MonthAct, control_totals
from config import approval, journal
from config.acts import Act
from config.database import reading
from config.people import User
from config.seal import Seal

ACCOUNTS_AT_ONCE = 2_000
"""Accounts whose late charges are posted in one transaction."""
FINDINGS_TOLD = 5
"""Offenses against the books that keep a month open are told up to so many; `check` tells all."""


class CannotCloseError(Exception):
    """The month can't be closed, or opened again, yet; the message says all that stands against."""


@dataclass(frozen=True, slots=True)
class MonthState:
    """How a month stands: its totals now, its acts so far, and what keeps it from being closed."""

    month: Month
    totals: ControlTotals
    acts: tuple[MonthAct, ...]
    obstacles: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Test whether the month takes no more postings."""
        return bool(self.acts) and self.acts[-1].is_closed


def seal_days(sessions: sessionmaker[Session], *, today: date, now: datetime) -> list[Seal]:
    """Seal every day before today that has entries and isn't sealed, and return the seals."""
    with sessions.begin() as session:
        return months.seal_days(session, until=today, now=now)


def post_late_charges(
    sessions: sessionmaker[Session],
    *,
    by: str,
    today: date,
    now: datetime,
    chunk: int = ACCOUNTS_AT_ONCE,
) -> int:
    """
    Post what has accrued for lateness on every account by today, as at the end of a month.

    A chunk of accounts is one transaction; done twice on a day, the second time posts nothing.
    Returns how many late charges that makes.
    """
    made, after = 0, 0
    while True:
        with sessions.begin() as session:
            some = books.overdue_accounts(session, on=today, after=after, limit=chunk)
            if not some:
                break
            made += books.post_lateness(session, some, posted_on=today)
            after = some[-1]
    with sessions.begin() as session:
        journal.note(
            session,
            by=by,
            act="post late charges",
            subject=f"late charges {today}",
            facts={"posted": made},
            now=now,
        )
    return made


def all_months(sessions: sessionmaker[Session], *, today: date) -> list[MonthState]:
    """Return every month from the first posting to today's, the newest first."""
    with reading(sessions) as session:
        acts = months.month_acts(session)
        first = lookback.first_posting(session)
        found: list[MonthState] = []
        month = None if first is None else Month(first.replace(day=1))
        while month is not None and month.first <= today:
            own = tuple(act for act in acts if act.month == month)
            found.append(MonthState(month, _totals(session, month), own))
            month = Month(month.end)
        return found[::-1]


def look(sessions: sessionmaker[Session], month: Month, *, today: date) -> MonthState:
    """Return how a month stands, and everything that keeps it from being closed."""
    with reading(sessions) as session:
        acts = tuple(months.month_acts(session, month))
        obstacles = tuple(_obstacles(session, month, today))
        return MonthState(month, _totals(session, month), acts, obstacles)


def close_month(
    sessions: sessionmaker[Session],
    month: Month,
    *,
    by: str,
    reason: str = "",
    today: date,
    now: datetime,
) -> MonthAct:
    """
    Close a month: seal its days, keep its control totals, and post nothing into it any more.

    :raises CannotCloseError: if it isn't over, an earlier one is open, or the books don't hold.
    """
    try:
        with sessions.begin() as session:
            months.hold_month(session, month)
            obstacles = list(_obstacles(session, month, today))
            if obstacles:
                raise CannotCloseError("; ".join(obstacles))
            months.seal_days(session, until=month.end, now=now)
            months.seal_opening(session, month, now=now)
            totals = _totals(session, month)
            act = months.add_month_act(
                session, month, totals, is_closed=True, by=by, on=today, now=now, reason=reason
            )
            _note(session, act, "close month", now=now)
            return act
    except IntegrityError as problem:
        raise CannotCloseError(f"{month} was closed by somebody else just now") from problem


def ask_to_reopen(
    sessions: sessionmaker[Session], month: Month, *, by: str, reason: str, now: datetime
) -> int:
    """
    Ask for a closed month to be opened again, and return the approval that this now needs.

    :raises CannotCloseError: if it isn't closed, or a later one is.
    """
    with sessions.begin() as session:
        _refuse_reopening(session, month)
        return approval.ask(
            session,
            act=Act.REOPEN_MONTH,
            subject=f"month {month}",
            summary=f"open {month} again: {reason}",
            facts={"month": str(month), "reason": reason},
            maker=by,
            now=now,
        )


def reopen(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> MonthAct:
    """
    Approve that a month is opened again, and open it.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotCloseError: if the months changed meanwhile.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        month = Month(date.fromisoformat(f"{decided.facts['month']}-01"))
        _refuse_reopening(session, month)
        act = months.add_month_act(
            session,
            month,
            _totals(session, month),
            is_closed=False,
            by=by.login,
            on=today,
            now=now,
            reason=str(decided.facts["reason"]),
        )
        _note(session, act, "open month again", now=now)
        return act


def _totals(session: Session, month: Month) -> ControlTotals:
    before = lookback.movements(session, until=month.first)
    within = lookback.movements(session, since=month.first, until=month.end)
    return control_totals(before, within)


def _obstacles(session: Session, month: Month, today: date) -> list[str]:
    """Return everything that keeps a month from being closed."""
    acts = months.newest_acts(session)
    found = []
    if month in acts and acts[month].is_closed:
        found.append(f"{month} is closed already, since {acts[month].done_on}")
    if today < month.end:
        found.append(f"{month} isn't over before {month.end}; close it then")
    open_before = _first_open(session, acts, month)
    if open_before is not None:
        found.append(f"{open_before} is still open; close the earlier months first")
    found += [
        f"what the till of {one.cashier} on {one.day} is over or short waits for a second person"
        for one in tillbook.waiting(session, until=month.end)
    ]
    offenses = invariants.findings(session, today=today)
    found += [f"the books don't hold: {one}" for one in offenses[:FINDINGS_TOLD]]
    if len(offenses) > FINDINGS_TOLD:
        found.append(f"and {len(offenses) - FINDINGS_TOLD} more; `wattledger check` tells them all")
    return found


def _first_open(session: Session, acts: dict[Month, MonthAct], until: Month) -> Month | None:
    """Return the first month before another in which something was posted and that is open."""
    days = months.days_posted(session, since=None, until=until.first)
    for month in sorted({Month(day.replace(day=1)) for day in days}):
        if month not in acts or not acts[month].is_closed:
            return month
    return None


def _refuse_reopening(session: Session, month: Month) -> None:
    acts = months.newest_acts(session)
    if month not in acts or not acts[month].is_closed:
        raise CannotCloseError(f"{month} isn't closed; it takes postings as it is")
    later = [str(one) for one, act in acts.items() if one > month and act.is_closed]
    if later:
        raise CannotCloseError(
            f"{', '.join(later)} would no longer carry over what {month} ends with; have later "
            f"months opened first, the newest first"
        )


def _note(session: Session, act: MonthAct, what: str, *, now: datetime) -> None:
    facts = {"reason": act.reason, "no": act.no, **act.totals.facts()}
    journal.note(
        session, by=act.done_by, act=what, subject=f"month {act.month}", facts=facts, now=now
    )
