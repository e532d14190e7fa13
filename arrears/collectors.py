"""Who looks after a case: a collector, another after a transfer, the successor of a leaver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.case import Case, CaseEvent, EventKind
from billing import store as master
from config import journal, people


class BadTransferError(Exception):
    """Cases can't be transferred like this; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many cases, and how many holds, disputes and promises, another person has now."""

    cases: int
    answered_for: int


def transfer(
    sessions: sessionmaker[Session],
    account_numbers: Sequence[str],
    *,
    to: str,
    by: str,
    today: date,
    now: datetime,
) -> int:
    """
    Let a collector look after the open cases of accounts, and return how many there were.

    :raises BadTransferError: if the collector isn't here any more, or an account has no case.
    """
    with sessions.begin() as session:
        _refuse_absent(session, to)
        accounts = master.find_accounts(session, account_numbers)
        cases = store.open_cases(session, [one.id for one in accounts.values()])
        known = {number for number, one in accounts.items() if one.id in cases}
        without = [number for number in account_numbers if number not in known]
        if without:
            raise BadTransferError(
                f"account {', '.join(without)}: has no open case; nothing is to be transferred"
            )
        _move(session, list(cases.values()), to=to, by=by, today=today, now=now)
        return len(cases)


def hand_over(
    sessions: sessionmaker[Session], leaver: str, *, to: str, by: str, today: date, now: datetime
) -> HandedOver:
    """
    Hand everything of a collector who leaves to another: cases, holds, disputes, promises.

    :raises BadTransferError: if the other isn't here any more, or is the same person.
    """
    with sessions.begin() as session:
        _refuse_absent(session, to)
        if leaver == to:
            raise BadTransferError(f"{leaver}: hands over to somebody else; name another person")
        cases = store.cases_of_collector(session, leaver)
        _move(session, cases, to=to, by=by, today=today, now=now)
        moved = store.hand_over_ownership(session, leaver, to, today=today)
        facts = {"to": to, "cases": len(cases), "answered_for": moved}
        journal.note(session, by=by, act="hand over cases", subject=leaver, facts=facts, now=now)
        return HandedOver(len(cases), moved)


def _refuse_absent(session: Session, login: str) -> None:
    user = people.find_user(session, login)
    if user is None or not user.is_active:
        raise BadTransferError(f"{login}: nobody of this name works here; see `people list`")


def _move(
    session: Session, cases: Sequence[Case], *, to: str, by: str, today: date, now: datetime
) -> None:
    store.set_collector(session, [case.id for case in cases], to)
    store.add_events(
        session,
        [
            CaseEvent(
                case.id,
                today,
                now,
                by,
                EventKind.TRANSFERRED,
                None,
                {"from": case.collector, "to": to},
            )
            for case in cases
        ],
    )
