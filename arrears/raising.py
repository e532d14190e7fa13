"""Raise early warnings, and keep who looks after each and what came of it."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.assessing import behaviour_of
from arrears.credit import Grade
from arrears.credit_file import expiring, missing
from arrears.crediting import BadCreditError, exposures
from arrears.early_warning import Watched, warnings_of
from arrears.in_parts import paid_in_parts
from billing import store as master
from config import journal
from config.people import POLICY

AT_ONCE = 2_000
"""How many customers are looked at in one transaction."""


def scan(sessions: sessionmaker[Session], *, today: date, now: datetime) -> int:
    """Look at every customer, raise the early warnings that are not open yet, and count them."""
    with sessions() as session:
        accounts = master.accounts(session, master.account_ids(session))
    ids = sorted({one.customer_id for one in accounts.values()})
    raised = 0
    for at in range(0, len(ids), AT_ONCE):
        with sessions.begin() as session:
            found = watched(session, ids[at : at + AT_ONCE], as_of=today)
            new = [one for each in found for one in warnings_of(each, as_of=today)]
            raised += len(store.raise_warnings(session, new, on=today, by=POLICY))
    return raised


def take(
    sessions: sessionmaker[Session], warning_id: int, *, owner: str, action: str, now: datetime
) -> None:
    """
    Say who looks after a warning, and what they do.

    :raises BadCreditError: if none of this number is open, or no action is said.
    """
    _settle(sessions, warning_id, action, "action", by=owner, now=now, on=None)


def close(
    sessions: sessionmaker[Session],
    warning_id: int,
    *,
    by: str,
    done: str,
    today: date,
    now: datetime,
) -> None:
    """
    Close a warning with what was done.

    :raises BadCreditError: if none of this number is open, or nothing is said.
    """
    _settle(sessions, warning_id, done, "done", by=by, now=now, on=today)


def watched(session: Session, customer_ids: Collection[int], *, as_of: date) -> list[Watched]:
    """Return what is known of customers, of all at once."""
    behaviours = behaviour_of(session, customer_ids, today=as_of)
    items = store.file_items(session, customer_ids, as_of=as_of)
    open_to = exposures(session, behaviours, items, as_of=as_of)
    granted = store.limits_on(session, customer_ids, as_of)
    gradings = store.assessments(session, customer_ids)
    customers = master.customers(session, customer_ids)
    in_parts = paid_in_parts(session, behaviours, as_of)
    return [
        Watched(
            key,
            behaviour,
            open_to[key],
            granted.get(key),
            Grade(gradings[key].grade) if key in gradings else None,
            _grade_before(gradings.get(key)),
            # A file is kept for whom somebody has begun one, or who has a limit.
            (key in items or key in granted)
            and bool(missing(items.get(key, ()), customers[key].kind, on=as_of)),
            tuple(expiring(items.get(key, ()), on=as_of)),
            in_parts.get(key, ()),
        )
        for key, behaviour in behaviours.items()
    ]


def _settle(
    sessions: sessionmaker[Session],
    warning_id: int,
    words: str,
    field: str,
    *,
    by: str,
    now: datetime,
    on: date | None,
) -> None:
    if not words.strip():
        raise BadCreditError(f"{field}: is empty; say it for whoever wonders later")
    with sessions.begin() as session:
        if on is None:
            is_open = store.take_warning(session, warning_id, owner=by, action=words.strip())
        else:
            is_open = store.close_warning(session, warning_id, by=by, done=words.strip(), on=on)
        if not is_open:
            raise BadCreditError(f"warning {warning_id}: none of this number is open")
        act = "take credit warning" if on is None else "close credit warning"
        subject = f"warning {warning_id}"
        journal.note(session, by=by, act=act, subject=subject, facts={field: words}, now=now)


def _grade_before(grading: Any) -> Grade | None:
    return None if grading is None or grading.previous is None else Grade(grading.previous)
