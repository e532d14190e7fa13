"""Leave an account alone for a while: with a reason, somebody who answers for it, and an end."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import review, store
from arrears.case import REST_MAX, CaseEvent, EventKind
from arrears.standing import Hold, HoldReason
from arrears.switches import When
from billing import store as master
from config import journal

__all__ = ["BadHoldError", "HoldReason", "Placed", "lift", "place"]


class BadHoldError(Exception):
    """A hold cannot be placed or lifted; the message says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A hold that was placed, and how many orders it ended."""

    hold_id: int
    ended: int


def place(
    sessions: sessionmaker[Session],
    account_number: str,
    *,
    reason: HoldReason,
    note: str,
    ends_on: date,
    by: str,
    today: date,
    now: datetime,
    owner: str | None = None,
) -> Placed:
    """
    Stop everything about an account until a day, which belongs to the hold; then it goes on.

    An order to cut that isn't carried out yet is recalled; what else was decided waits.

    :raises BadHoldError: if the account isn't there, the end is in the past or more than a year
        away, or the note is empty.
    """
    with sessions.begin() as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        problem = _problem(account_number, account is not None, note, ends_on, today)
        if account is None or problem is not None:
            raise BadHoldError(problem)
        hold = Hold(0, account.id, reason, note, owner or by, today, ends_on)
        hold_id = store.add_hold(session, hold, by=by, now=now)
        facts = {"hold": hold_id, "reason": reason, "note": note, "until": ends_on}
        _tell(session, account.id, EventKind.HELD, facts, When(today, now, by))
        journal.note(
            session,
            by=by,
            act="hold account",
            subject=f"account {account.number}",
            facts=facts,
            now=now,
        )
        return Placed(hold_id, review.look_at(session, [account.id], When(today, now, by)))


def lift(
    sessions: sessionmaker[Session], hold_id: int, *, by: str, today: date, now: datetime
) -> Hold:
    """
    End a hold before its day, so that the account is dealt with again from today on.

    :raises BadHoldError: if there is no such hold or it was lifted before.
    """
    with sessions.begin() as session:
        hold = store.lift_hold(session, hold_id, by=by, on=today)
        if hold is None:
            raise BadHoldError(f"hold {hold_id}: there is none, or it was lifted before")
        _tell(
            session, hold.account_id, EventKind.HOLD_LIFTED, {"hold": hold_id}, When(today, now, by)
        )
        journal.note(session, by=by, act="lift hold", subject=f"hold {hold_id}", now=now)
        return hold


def _problem(number: str, is_known: bool, note: str, ends_on: date, today: date) -> str | None:
    if not is_known:
        return f"account {number}: there is none of this number; look it up by name"
    if ends_on < today:
        return f"ends_on: {ends_on} is past; a hold ends today or later"
    if ends_on > today + REST_MAX:
        return f"ends_on: {ends_on} is more than a year away; place it for less, and anew by then"
    if not note.strip():
        return "note: is empty; say why, for whoever wonders later"
    return None


def _tell(
    session: Session, account_id: int, kind: EventKind, facts: dict[str, object], when: When
) -> None:
    case = store.open_cases(session, [account_id]).get(account_id)
    if case is not None:
        store.add_events(
            session,
            [CaseEvent(case.id, when.today, when.now, when.by, kind, None, facts)],
        )
