"""
The cashier's day: open the till with some change, take money, count it, close it.

What was counted over what should be there, or short of it, is posted as it is found, for the cash
of the books is the cash that is there. It stays a question until a second person has said a word
on it: yes, and it is borne; no, and the till is counted again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from billing import tillbook
from billing.money import Money, show
from billing.tillbook import CASH, COUNTER, Count, Till
from config import approval, journal
from config.acts import Act
from config.approval import OwnWorkError
from config.database import reading
from config.people import User


class TillError(Exception):
    """The till isn't as the act wants it; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class TillDay:
    """A till, what was taken by each method and how often, and the cash that should be in it."""

    till: Till
    taken: MappingProxyType[str, tuple[Money, int]]

    @property
    def expected(self) -> Money:
        """The change it was opened with, and the cash that was taken until it was counted."""
        if self.till.count is not None:
            return self.till.count.expected
        return self.till.opening + self.taken.get(CASH, (0, 0))[0]


def open_till(
    sessions: sessionmaker[Session],
    *,
    by: str,
    opening: Money | None,
    note: str = "",
    today: date,
    now: datetime,
) -> TillDay:
    """
    Open a person's till of today.

    :param opening: the change in it, in minor units; by default what stayed in the last one.
    :param note: what is said to other change than stayed there; it is wanted then.
    :raises TillError: if it was opened today already, or one of before isn't closed, or nobody
        says why other change is in it.
    """
    if opening is not None and opening < 0:
        raise TillError("there can't be less than nothing in a till")
    try:
        with sessions.begin() as session:
            before = tillbook.tills(session, since=date.min, until=today, cashiers=[by])
            still_open = [one for one in before if one.is_open]
            if still_open:
                raise TillError(f"the till of {still_open[0].day} is still open; close it first")
            opening = _opening(tillbook.last_closed(session, by, before=today), opening, note)
            tillbook.add_till(session, by, today, opening, note=note, now=now)
            facts = {"opening": opening, "note": note}
            _note(session, "open till", by, today, facts, by=by, now=now)
    except IntegrityError as problem:
        raise TillError(f"{by} had a till on {today} already; it is closed") from problem
    return look(sessions, by, today)


def left_before(session: Session, cashier: str, day: date) -> Money | None:
    """Return what stayed in a cashier's last till before a day; none if there was none."""
    last = tillbook.last_closed(session, cashier, before=day)
    return None if last is None or last.count is None else last.count.left


def _opening(last: Till | None, opening: Money | None, note: str) -> Money:
    if last is None or last.count is None:
        return opening or 0
    left = last.count.left
    if opening is None or opening == left:
        return left
    if not note.strip():
        raise TillError(
            f"{show(left)} stayed in the till of {last.day}, and this one is opened with "
            f"{show(opening)}: count again, or say in a note what the difference of "
            f"{show(opening - left)} is"
        )
    return opening


def close_till(
    sessions: sessionmaker[Session],
    *,
    cashier: str,
    day: date,
    counted: Money,
    handed_in: Money = 0,
    note: str = "",
    by: str,
    today: date,
    now: datetime,
) -> TillDay:
    """
    Count and close a till: from now on nothing more is taken into it.

    A difference is posted today to cash over and short, and a second person is asked about it.

    :param counted: the cash in it, in minor units, its change included.
    :param handed_in: what of it goes to the bank or the safe; the rest stays as change.
    :param note: what is said to a difference; it is wanted where there is one.
    :raises TillError: if there is no open till, a difference without a word on it, or more is
        handed in than there is.
    """
    with sessions.begin() as session:
        till = _held_open(session, cashier, day)
        facts = _facts(counted, _day(session, till).expected, handed_in, note)
        is_right = counted == facts["expected"]
        asked = None if is_right else _ask(session, till, facts, by=by, now=now)
        tillbook.add_count(
            session,
            till,
            **facts,
            approval_id=asked,
            posted_on=today,
            by=by,
            now=now,
        )
        _note(session, "close till", cashier, day, facts, by=by, now=now)
    return look(sessions, cashier, day)


def _facts(counted: Money, expected: Money, handed_in: Money, note: str) -> dict[str, Any]:
    """Return what is said of a count, unless it can't be."""
    if not 0 <= handed_in <= counted:
        raise TillError(
            f"{show(handed_in)} can't be handed in of {show(counted)} that were counted; hand in "
            f"no more than there is"
        )
    if counted != expected and not note.strip():
        raise TillError(
            f"{show(counted)} were counted and {show(expected)} should be there: count again, or "
            f"say in a note what the difference of {show(counted - expected)} is"
        )
    return {"counted": counted, "expected": expected, "handed_in": handed_in, "note": note}


def _ask(session: Session, till: Till, facts: dict[str, Any], *, by: str, now: datetime) -> int:
    difference = facts["counted"] - facts["expected"]
    what = "over" if difference > 0 else "short"
    return approval.ask(
        session,
        act=Act.TILL_DIFFERENCE,
        subject=f"till {till.cashier} {till.day}",
        summary=f"{show(abs(difference))} {what} in the till of {till.cashier} on {till.day}: "
        f"{facts['note']}",
        facts={
            "cashier": till.cashier,
            "day": str(till.day),
            "difference": difference,
            **facts,
        },
        maker=by,
        now=now,
    )


def agree(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    accept: bool,
    reason: str,
    today: date,
    now: datetime,
) -> None:
    """
    Say yes to a till's difference, and it is borne; or no, and the till is to be counted again.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does; the
        till's own cashier doesn't decide either, whoever counted it.
    """
    with sessions.begin() as session:
        till = tillbook.till_of_approval(session, approval_id)
        assert till is not None, "an approval of a till's difference has its count"
        till = _held(session, till.cashier, till.day)
        if by.login == till.cashier:
            raise OwnWorkError(f"{by.name} had this till; someone else must decide")
        approval.decide(session, approval_id, by=by, accept=accept, reason=reason, now=now)
        if not accept and till.count is not None:
            _take_back(session, till, till.count, by=by.login, reason=reason, today=today, now=now)


def recount(
    sessions: sessionmaker[Session],
    *,
    cashier: str,
    day: date,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> TillDay:
    """
    Take back the count of a till, which is open again then; its difference is undone.

    :raises TillError: if it isn't closed, nobody says why, or the person counted it or had it.
    """
    if not reason.strip():
        raise TillError("say why the till is to be counted again; it stands beside the count")
    with sessions.begin() as session:
        till = _held(session, cashier, day)
        if till.count is None:
            raise TillError(f"the till of {cashier} on {day} is open; it isn't counted yet")
        if by in (cashier, till.count.closed_by):
            raise TillError(f"{by} counted this till or had it; somebody else takes the count back")
        if till.count.approval_id is not None:
            approval.withdraw(session, [till.count.approval_id], by=by, now=now)
        _take_back(session, till, till.count, by=by, reason=reason, today=today, now=now)
    return look(sessions, cashier, day)


def _take_back(
    session: Session,
    till: Till,
    count: Count,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> None:
    tillbook.take_back_count(session, count, posted_on=today, by=by, reason=reason)
    facts = {"counted": count.counted, "expected": count.expected, "reason": reason}
    _note(session, "count till again", till.cashier, till.day, facts, by=by, now=now)


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


def _held(session: Session, cashier: str, day: date) -> Till:
    """Return a till, its row held: nothing is taken into it, nor is it counted, meanwhile."""
    tillbook.hold_till(session, _till(session, cashier, day).id)
    return _till(session, cashier, day)


def _held_open(session: Session, cashier: str, day: date) -> Till:
    till = _held(session, cashier, day)
    if till.count is not None:
        raise TillError(f"the till of {cashier} on {day} is closed, by {till.count.closed_by}")
    return till


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
