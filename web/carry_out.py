"""Send a decision on to the door that asked for it, which carries it out in one transaction."""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import approval as arrears_approval
from arrears import crediting, review
from billing import corrections
from config import approval
from config.approval import Act, Approval
from config.database import reading
from config.people import User
from web import activation


def decide(
    sessions: sessionmaker[Session],
    one: Approval,
    *,
    accept: bool,
    reason: str,
    by: User,
    today: date,
    now: datetime,
) -> Approval:
    """
    Say yes or no to an act, carry it out when it is approved, and return it as it stands then.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises activation.UnfitFileError: if a file cannot take force.
    :raises corrections.CannotCancelError: if something else happened to the bill meanwhile.
    """
    if one.act is Act.SET_CREDIT_LIMIT:
        crediting.grant(sessions, one.id, by=by, accept=accept, reason=reason, today=today, now=now)
    elif one.act not in (Act.ACTIVATE_FILE, Act.CANCEL_BILL):
        door = arrears_approval.approve if accept else arrears_approval.refuse
        door(sessions, one.id, by=by, reason=reason, today=today, now=now)
    elif not accept:
        with sessions.begin() as session:
            approval.decide(session, one.id, by=by, accept=False, reason=reason, now=now)
    elif one.act is Act.ACTIVATE_FILE:
        with sessions.begin() as session:
            activation.activate(session, one.id, by=by, reason=reason, now=now)
    else:
        bill = corrections.cancel(sessions, one.id, by=by, reason=reason, today=today, now=now)
        review.reassess(sessions, [bill.account_id], today=today, now=now)
    with reading(sessions) as session:
        decided = approval.find(session, one.id)
    assert decided is not None, "it was decided a moment ago"
    return decided
