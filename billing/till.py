"""The cashier's day: open the till with some change, take money, count it, close."""

from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from billing import tillbook
from billing.money import Money, show
from billing.tillbook import CASH, COUNTER, Till
from config import journal
from config.database import reading


class TillError(Exception):
    """The till isn't as the act wants it; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class TillDay:
    """A till, what was taken by each method and how often, and the cash that should be in it."""

    till: Till
    taken: MappingProxyType[str, tuple[Money, int]]

    @property
    def expected(self) -> Money:
        """The change it was opened with, and the cash that was taken."""
        return self.till.opening + self.taken.get(CASH, (0, 0))[0]


def open_till(
    sessions: sessionmaker[Session],
    *,
    by: str,
    opening: Money,
    today: date,
    now: datetime,
) -> TillDay:
    """
    Open a person's till of today.

    :param opening: the change in it, in minor units.
    :raises TillError: if it was opened today already, or one of before isn't closed.
    """
    if opening < 0:
        raise TillError("there can't be less than nothing in a till")
    try:
        with sessions.begin() as session:
            before = tillbook.tills(session, since=date.min, until=today, cashiers=[by])
            still_open = [one for one in before if one.is_open]
            if still_open:
                raise TillError(f"the till of {still_open[0].day} is still open; close it first")
            tillbook.add_till(session, by, today, opening, now=now)
            _note(session, "open till", by, today, {"opening": opening}, by=by, now=now)
    except IntegrityError as problem:
        raise TillError(f"{by} had a till on {today} already; it is closed") from problem
    return look(sessions, by, today)


def close_till(
    sessions: sessionmaker[Session],
    *,
    cashier: str,
    day: date,
    counted: Money,
    note: str = "",
    by: str,
    now: datetime,
) -> TillDay:
    """
    Count and close a till: from now on nothing more is taken into it.

    :param counted: the cash in it, in minor units, its change included.
    :param note: what is said to a difference; it is wanted where there is one.
    :raises TillError: if there is no open till, or a difference without a word on it.
    """
    with sessions.begin() as session:
        till = _till(session, cashier, day)
        tillbook.hold_till(session, till.id)
        till = _till(session, cashier, day)
        if not till.is_open:
            raise TillError(f"the till of {cashier} on {day} is closed, by {till.closed_by}")
        found = _day(session, till)
        _refuse_unexplained(counted, found.expected, note)
        tillbook.add_count(
            session,
            till.id,
            counted=counted,
            expected=found.expected,
            note=note,
            by=by,
            now=now,
        )
        facts = {"counted": counted, "expected": found.expected, "note": note}
        _note(session, "close till", cashier, day, facts, by=by, now=now)
    return look(sessions, cashier, day)


def _refuse_unexplained(counted: Money, expected: Money, note: str) -> None:
    if counted != expected and not note.strip():
        raise TillError(
            f"{show(counted)} were counted and {show(expected)} should be there: count again, or "
            f"say in a note what the difference of {show(counted - expected)} is"
        )


def look(sessions: sessionmaker[Session], cashier: str, day: date) -> TillDay:
    """
    Return a till, and what was taken into it.

    :raises TillError: if the cashier opened none on the day.
    """
    with reading(sessions) as session:
        return _day(session, _till(session, cashier, day))


def refuse_closed_till(session: Session, channel: str, cashier: str, today: date) -> None:
    """
    Refuse to take money over the counter into a till that was counted today.

    :raises TillError: if it was.
    """
    if channel != COUNTER:
        return
    till = tillbook.find_till(session, cashier, today)
    if till is None:
        return
    tillbook.hold_till(session, till.id)
    till = tillbook.find_till(session, cashier, today)
    if till is not None and not till.is_open:
        raise TillError(
            f"the till of {cashier} was counted and closed today; somebody else takes the money, "
            f"or it is taken tomorrow"
        )


def _till(session: Session, cashier: str, day: date) -> Till:
    found = tillbook.find_till(session, cashier, day)
    if found is None:
        raise TillError(f"{cashier} has opened no till on {day}; open one first")
    return found


def _day(session: Session, till: Till) -> TillDay:
    return TillDay(till, MappingProxyType(tillbook.taken(session, till.cashier, till.day)))


def _note(
    session: Session,
    act: str,
    cashier: str,
    day: date,
    facts: dict[str, Any],
    *,
    by: str,
    now: datetime,
) -> None:
    subject = f"till {cashier} {day}"
    journal.note(session, by=by, act=act, subject=subject, facts=facts, now=now)
