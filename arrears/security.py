"""Guarantees and collateral of a credit file: released or called, by two people."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.credit_file import Ending, FileItem, ItemKind
from billing import store as master
from billing.money import show
from config import approval, journal
from config.acts import Act
from config.approval import Approval, State
from config.people import User

ENDS = frozenset({ItemKind.GUARANTEE, ItemKind.COLLATERAL})
"""What is given back or made use of; an insurance pays by its own terms."""
ACTS: Mapping[Ending, Act] = {
    Ending.RELEASED: Act.RELEASE_GUARANTEE,
    Ending.CALLED: Act.CALL_GUARANTEE,
}
_ENDINGS = {act: ending for ending, act in ACTS.items()}
_VERBS = {Ending.RELEASED: "release", Ending.CALLED: "call"}


class BadSecurityError(Exception):
    """A guarantee cannot be released or called so; the message lists why, one a line."""


def ask(
    sessions: sessionmaker[Session],
    item_id: int,
    ending: Ending,
    *,
    reason: str,
    by: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask that a guarantee or collateral be released or called, and return the approval it needs.

    :param item_id: its number in the credit file.
    :raises BadSecurityError: with everything that is wrong with it.
    """
    with sessions.begin() as session:
        item = store.find_item(session, item_id)
        problems = [] if reason.strip() else ["reason: is empty; say why, for whoever decides"]
        problems += _problems(item, item_id, today)
        if item is None or problems:
            raise BadSecurityError("\n".join(problems))
        customer = master.customers(session, [item.customer_id])[item.customer_id]
        what = f"{_VERBS[ending]} the {item.kind} of {item.title}"
        return approval.ask(
            session,
            act=ACTS[ending],
            subject=f"customer {customer.number}",
            summary=f"{what} for {customer.name}, {show(item.amount or 0)}",
            facts={
                "customer": customer.number,
                "item": item.id,
                "title": item.title,
                "amount": item.amount,
                "until": None if item.expires_on is None else item.expires_on.isoformat(),
                "reason": reason.strip(),
            },
            maker=by,
            now=now,
        )


def grant(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    accept: bool,
    reason: str,
    today: date,
    now: datetime,
) -> Approval:
    """
    Decide on a release or a call; once allowed the item covers nothing from today on.

    What a guarantor then pays is taken in as any payment is.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises BadSecurityError: if it has ended meanwhile; nothing is decided then.
    """
    with sessions.begin() as session:
        decided = approval.decide(
            session, approval_id, by=by, accept=accept, reason=reason, now=now
        )
        if decided.state is State.APPROVED:
            item_id, ending = decided.facts["item"], _ENDINGS[decided.act]
            if problems := _problems(store.find_item(session, item_id), item_id, today):
                raise BadSecurityError("\n".join(problems))
            store.end_item(session, item_id, ending, on=today, approval_id=approval_id, now=now)
            journal.note(
                session,
                by=by.login,
                act=f"{_VERBS[ending]} guarantee",
                subject=decided.subject,
                facts={"item": item_id, "approval": approval_id},
                now=now,
            )
        return decided


def _problems(item: FileItem | None, item_id: int, today: date) -> list[str]:
    if item is None or item.kind not in ENDS:
        return [f"item {item_id}: no guarantee or collateral has this number; see the credit file"]
    if item.ended_on is not None:
        return [f"item {item_id}: was {item.ending} on {item.ended_on}"]
    if not item.is_on(today):
        return [f"item {item_id}: held until {item.expires_on}; nothing is left to end"]
    return []
