"""Duties toward a customer besides reminders: a copy to the authority, a plan offered, a visit."""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.case import CaseEvent, EventKind
from billing import store as master
from config import journal
from config.law import DutyKind


class BadDutyError(Exception):
    """A duty can't have been done like this; the message says what would be right."""


def done(
    sessions: sessionmaker[Session],
    account_number: str,
    kind: DutyKind,
    *,
    done_on: date,
    note: str,
    by: str,
    today: date,
    now: datetime,
) -> None:
    """
    Record that a duty was done for a customer, so that the law's time runs from that day.

    :raises BadDutyError: if the account has no open case, or the day or the note can't be.
    """
    with sessions.begin() as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        case = account and store.open_cases(session, [account.id]).get(account.id)
        if not account or not case:
            raise BadDutyError(f"account {account_number}: has no open case")
        if done_on > today:
            raise BadDutyError(f"done_on: {done_on} is to come; record it when it is done")
        if not note.strip():
            raise BadDutyError("note: is empty; say to whom it was done, and how")
        store.add_duty(session, case.id, kind, done_on=done_on, note=note.strip(), by=by, now=now)
        facts = {"duty": kind, "done_on": done_on, "note": note.strip()}
        event = CaseEvent(case.id, today, now, by, EventKind.DUTY_DONE, None, facts)
        store.add_events(session, [event])
        subject = f"account {account.number}"
        journal.note(session, by=by, act="duty done", subject=subject, facts=facts, now=now)
