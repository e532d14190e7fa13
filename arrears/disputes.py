"""Disputes: a customer contests single charges; only those lead to no step until it is settled."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import review, store
from arrears.case import REST_MAX, Dispute, DisputeState, EventKind
from arrears.deadlines import tell
from arrears.switches import When
from billing import books
from billing import store as master
from config import journal

SETTLED = (DisputeState.UPHELD, DisputeState.REJECTED)
"""What a person may say of a dispute; that its time ran out the review finds by itself."""


class BadDisputeError(Exception):
    """A dispute can't be opened or settled like this; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Disputes that were opened, one for each charge, and how many steps that ended."""

    dispute_ids: tuple[int, ...]
    ended: int


def dispute(
    sessions: sessionmaker[Session],
    account_number: str,
    bill_number: str,
    *,
    note: str,
    ends_on: date,
    by: str,
    today: date,
    now: datetime,
) -> Opened:
    """
    Let what is open of a bill rest until a day, which belongs to the dispute.

    All else the account owes goes on. If nobody settles it, it counts again the day after.

    :raises BadDisputeError: if the bill isn't the account's, nothing of it is open, it is in
        dispute already, the end is past or more than a year away, or the note is empty.
    """
    when = When(today, now, by)
    with sessions.begin() as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        if account is None:
            raise BadDisputeError(f"account {account_number}: there is none of this number")
        books.lock_accounts(session, [account.id])
        charges = _open_of(session, account.id, bill_number, today)
        before = store.open_disputes(session, [account.id])
        problem = _problem(before.get(account.id, []), charges, note, ends_on, when)
        if problem is not None:
            raise BadDisputeError(f"bill {bill_number}: {problem}")
        ids = _open(session, account.id, charges, note, ends_on, when)
        facts: dict[str, object] = {
            "bill": bill_number,
            "note": note.strip(),
            "until": ends_on,
            "disputes": ids,
        }
        tell(session, account.id, EventKind.DISPUTED, facts, when)
        _note(session, "open dispute", f"account {account.number}", facts, when)
        return Opened(tuple(ids), review.look_at(session, [account.id], when))


def settle(
    sessions: sessionmaker[Session],
    dispute_id: int,
    state: DisputeState,
    *,
    by: str,
    today: date,
    now: datetime,
) -> Dispute:
    """
    Say what a dispute has come to: rejected, the charge counts again from today.

    Upheld, it leads to no step any more; a door of billing corrects it.

    :raises BadDisputeError: if there is no such open dispute, or that is no word for a person.
    """
    if state not in SETTLED:
        raise BadDisputeError(f"dispute {dispute_id}: say one of {', '.join(SETTLED)}")
    when = When(today, now, by)
    with sessions.begin() as session:
        found = store.settle_dispute(session, dispute_id, state, by=by, on=today)
        if found is None:
            raise BadDisputeError(f"dispute {dispute_id}: there is none, or it was settled before")
        facts: dict[str, object] = {"dispute": dispute_id, "state": state}
        tell(session, found.account_id, EventKind.DISPUTE_SETTLED, facts, when)
        _note(session, "settle dispute", f"dispute {dispute_id}", facts, when)
        return found


def _open(
    session: Session,
    account_id: int,
    charges: Iterable[int],
    note: str,
    ends_on: date,
    when: When,
) -> list[int]:
    return [
        store.add_dispute(
            session,
            Dispute(
                0,
                account_id,
                charge_id,
                note.strip(),
                when.by,
                when.today,
                ends_on,
                DisputeState.OPEN,
            ),
            by=when.by,
        )
        for charge_id in charges
    ]


def _open_of(session: Session, account_id: int, bill_number: str, today: date) -> list[int]:
    """Return the open charges of the account that a bill raised."""
    charges = books.open_charges(session, [account_id], as_of=today).get(account_id, ())
    ids = {charge.bill_id for charge in charges if charge.bill_id is not None}
    named = {bill.id for bill in master.bills(session, ids=ids) if bill.number == bill_number}
    return [charge.id for charge in charges if charge.bill_id in named]


def _problem(
    open_disputes: Iterable[Dispute], charges: Collection[int], note: str, ends_on: date, when: When
) -> str | None:
    if not charges:
        return "the account has none of this number with anything open"
    if {one.charge_id for one in open_disputes} & set(charges):
        return "it is in dispute already; settle that first"
    if ends_on < when.today:
        return f"ends_on: {ends_on} is past; a dispute ends today or later"
    if ends_on > when.today + REST_MAX:
        return f"ends_on: {ends_on} is more than a year away; settle it by then"
    if not note.strip():
        return "note: is empty; say what the customer contests"
    return None


def _note(session: Session, act: str, subject: str, facts: dict[str, object], when: When) -> None:
    journal.note(session, by=when.by, act=act, subject=subject, facts=facts, now=when.now)
