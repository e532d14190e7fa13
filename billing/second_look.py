"""
A second person looks at a statement that doesn't add up, and says that nothing of it is missing.

Its money is posted either way. Until then the bank is taken to have told nothing of its days, so
that nobody is dunned whose payment may be among what is missing.
"""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from config import batch
from config.batch import OUT_OF_BALANCE, Batch, Decision, KeptVerdict, Kind
from config.people import User


class CannotAcceptError(Exception):
    """The statement can't be accepted so; the message says what would be right."""


def waiting(session: Session, batch_id: int) -> list[KeptVerdict]:
    """Return the doubts about a whole statement that nobody has settled, in their order."""
    kept = batch.verdicts(session, batch_id, kind=Kind.STATEMENT, undecided=True)
    return [one for one in kept if one.verdict.code == OUT_OF_BALANCE]


def accept(
    sessions: sessionmaker[Session], batch_id: int, *, by: User, reason: str, now: datetime
) -> Batch:
    """
    Say that nothing is missing of a statement that doesn't add up, and return its batch.

    :raises CannotAcceptError: if the person took it in or says no reason, if it is no statement,
        or if nothing of it is in doubt.
    """
    with sessions.begin() as session:
        found = batch.get(session, batch_id)
        if found is None or found.kind is not Kind.STATEMENT:
            raise CannotAcceptError(
                f"batch {batch_id} is no bank statement; look at the list of files"
            )
        if found.received_by == by.login:
            raise CannotAcceptError(
                f"{by.name} took in batch {batch_id}; somebody else looks at it"
            )
        if not reason.strip():
            raise CannotAcceptError("say what the bank said of it; the reason is kept")
        settled = [
            batch.settle(
                session,
                one.id,
                kinds=(Kind.STATEMENT,),
                decision=Decision.ACCEPTED,
                by=by.login,
                reason=reason.strip(),
                now=now,
            )
            for one in waiting(session, batch_id)
        ]
        if not any(settled):
            raise CannotAcceptError(f"nothing of batch {batch_id} is in doubt any more")
        return found
