"""Corrections of issued bills: a document is never changed, another one cancels it."""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from billing import books, correcting, drafts, store
from billing.bill import BillKind, IssuedBill
from config import approval, journal
from config.acts import Act
from config.people import User

NUMBER_PREFIX = "R"
"""A bill has one reversal at most, so its number is the bill's with a letter before it."""


class CannotCancelError(Exception):
    """The bill can't be cancelled, or not yet; the message says what would have to be done."""


def ask_to_cancel(
    sessions: sessionmaker[Session], number: str, *, by: str, reason: str, now: datetime
) -> int:
    """
    Ask for a bill to be cancelled, and return the approval that this now needs.

    :raises CannotCancelError: if there is no such bill, others stand in the way, or it was asked
        for before and nobody has decided yet.
    """
    with sessions.begin() as session:
        bill = _cancellable(session, number)
        # Two who ask in the same moment wait for each other here.
        books.lock_accounts(session, {bill.account_id})
        _refuse_asked(session, number)
        return approval.ask(
            session,
            act=Act.CANCEL_BILL,
            subject=f"bill {number}",
            account_id=bill.account_id,
            summary=f"cancel bill {number}: {reason}",
            facts={"number": number, "amount": bill.amount, "reason": reason},
            maker=by,
            now=now,
        )


def cancel(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> IssuedBill:
    """
    Approve the cancellation of a bill and carry it out; return the document that cancels it.

    What was posted on the bill is undone, what had been paid is the customer's again, and the
    next run bills the period anew.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotCancelError: if something else happened to the bill meanwhile.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        number = str(decided.facts["number"])
        bill = _cancellable(session, number)
        why = str(decided.facts["reason"])
        reversal = drafts.add_reversal(
            session, bill, number=f"{NUMBER_PREFIX}{number}", on=today, reason=why
        )
        books.post_bills(session, [reversal], posted_on=today)
        facts = {"reversal": reversal.number, "reason": why}
        journal.note(
            session, by=by.login, act="cancel bill", subject=f"bill {number}", facts=facts, now=now
        )
        return reversal


def _refuse_asked(session: Session, number: str) -> None:
    for one in approval.waiting(session, act=Act.CANCEL_BILL, subject=f"bill {number}"):
        raise CannotCancelError(
            f"{one.maker} has asked for bill {number} to be cancelled; approval {one.id} waits for "
            f"a decision"
        )


def _cancellable(session: Session, number: str) -> IssuedBill:
    bill = store.find_bill(session, number)
    if bill is None:
        raise CannotCancelError(f"there is no bill {number}; look its number up on the account")
    if bill.kind is BillKind.REVERSAL:
        raise CannotCancelError(f"{number} cancels another bill itself; bill the period anew")
    if bill.cancelled_by_id is not None:
        raise CannotCancelError(f"bill {number} is cancelled already")
    corrected = correcting.corrections_over(session, bill.service_point_id, bill.period)
    if corrected:
        raise CannotCancelError(
            f"{', '.join(corrected)} corrected bill {number}, and would hang in the air without it"
        )
    later = drafts.billed_after(session, bill)
    if later:
        # Blocks of the calendar year and every period's start go by the bill before.
        periods = "; ".join(map(str, later))
        raise CannotCancelError(
            f"bill {number} has others after it ({periods}); cancel them first, the newest first"
        )
    return bill
