"""Send a decision on to the door that asked for it, which carries it out in one transaction."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from arrears import adjusting, crediting, public_credit, review, security
from arrears import approval as arrears_approval
from billing import (
    agreeing,
    closing,
    corrections,
    final,
    misreadings,
    moving,
    refunds,
    taking_back,
    till,
    waivers,
)
from billing.ledger import BackdatedError
from config import approval
from config.acts import Act
from config.approval import Approval
from config.database import reading
from config.people import User
from web import activation

REFUSALS = (
    activation.UnfitFileError,
    corrections.CannotCancelError,
    BackdatedError,
    misreadings.CannotCorrectError,
    moving.RefusedActError,
    closing.CannotCloseError,
    final.CannotSettleError,
    refunds.CannotRefundError,
    waivers.CannotWaiveError,
    security.BadSecurityError,
    public_credit.BadReportError,
)
"""What stands against an act although it may be approved; the message says what to do."""

Door = Callable[..., object]
"""Approves an act and carries it out."""


def _activate(
    sessions: sessionmaker[Session], approval_id: int, *, today: date, **facts: Any
) -> None:
    with sessions.begin() as session:
        activation.activate(session, approval_id, **facts)


_DOORS: Mapping[Act, Door] = {
    Act.ACTIVATE_FILE: _activate,
    Act.FINAL_BILL: final.settle,
    Act.SET_TERMS: agreeing.agree,
    Act.TAKE_BACK: taking_back.agree,
    Act.CANCEL_BILL: corrections.cancel,
    Act.CORRECT_BILLS: misreadings.issue_correction,
    Act.REFUND: refunds.refund,
    Act.REFUND_DEPOSIT: refunds.release,
    Act.WAIVE_LATE_CHARGE: waivers.waive,
    Act.REOPEN_MONTH: closing.reopen,
}
"""The door of each act; whatever else waits is a step of arrears."""

_GRANTS: Mapping[Act, Door] = {
    Act.SET_CREDIT_LIMIT: crediting.grant,
    Act.OVERRIDE_GRADE: adjusting.grant,
    Act.RELEASE_GUARANTEE: security.grant,
    Act.CALL_GUARANTEE: security.grant,
    Act.REPORT_ARREARS: public_credit.grant,
    Act.TILL_DIFFERENCE: till.agree,
}
"""The door of each act that grants what was asked for, or not."""


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
    :raises Exception: one of `REFUSALS`, if something else happened meanwhile.
    """
    if (grants := _GRANTS.get(one.act)) is not None:
        grants(sessions, one.id, by=by, accept=accept, reason=reason, today=today, now=now)
    elif (door := _DOORS.get(one.act)) is None:
        step_door = arrears_approval.approve if accept else arrears_approval.refuse
        step_door(sessions, one.id, by=by, reason=reason, today=today, now=now)
    elif not accept:
        with sessions.begin() as session:
            approval.decide(session, one.id, by=by, accept=False, reason=reason, now=now)
    else:
        door(sessions, one.id, by=by, reason=reason, today=today, now=now)
        if one.account_id is not None:
            review.reassess(sessions, [one.account_id], today=today, now=now)
    with reading(sessions) as session:
        decided = approval.find(session, one.id)
    assert decided is not None, "it was decided a moment ago"
    return decided
