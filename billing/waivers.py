"""Late charges waived: what has accrued is put on record, and taken back by a second person."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing import books
from billing.account import Account
from billing.counter import account_of
from billing.money import Money, show
from config import approval, journal
from config.acts import Act
from config.approval import Approval
from config.people import User


class CannotWaiveError(Exception):
    """There is nothing to waive; the message says what would be right."""


def ask_waiver(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    bills: Sequence[str] = (),
    amount: Money | None = None,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> int:
    """
    Ask for late charges to be waived, and return the approval that this now needs.

    Those that are open, and what has accrued by the day the approval is given.

    :param bills: numbers of the bills whose late charges are meant; by default all.
    :param amount: how much of them, in minor units; by default all.
    :raises UnknownAccountError: if no account has the number.
    :raises CannotWaiveError: if nothing is open and nothing accrues, or less than the amount, or a
        bill isn't the account's.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        all_ = _amount(session, account.id, _bill_ids(session, account.id, bills), today)
        _refuse_unfit(all_ if amount is None else amount, all_, account)
        part = "" if amount is None else f"{show(amount)} of "
        facts = {"amount": all_ if amount is None else amount, "bills": list(bills)}
        return approval.ask(
            session,
            act=Act.WAIVE_LATE_CHARGE,
            subject=f"account {account.number}",
            account_id=account.id,
            summary=f"waive {part}late charges of {show(all_)} of account {account.number}: "
            f"{reason}",
            # What they come to says that only a part is meant.
            facts=facts | ({} if amount is None else {"late_charge": all_}) | {"reason": reason},
            maker=by,
            now=now,
        )


def _refuse_unfit(amount: Money, all_: Money, account: Account) -> None:
    if not all_:
        raise CannotWaiveError(
            f"no late charge of account {account.number} is open; one that was paid can't be "
            f"waived, take back the payment first"
        )
    if not 0 < amount <= all_:
        raise CannotWaiveError(
            f"{show(amount)} can't be waived: late charges of {show(all_)} of account "
            f"{account.number} are open; waive more than nothing and no more than that"
        )


def waive(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> tuple[int, Money]:
    """
    Approve a waiver and post it; return the account's id and what was waived.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotWaiveError: if it has been paid meanwhile, or so much of it that less is open.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        account = account_of(session, decided.subject.removeprefix("account "))
        books.lock_accounts(session, {account.id})
        waived = _waive(session, account, decided, by=by.login, today=today)
        if not waived:
            raise CannotWaiveError(f"no late charge of account {account.number} is open any more")
        facts = {"amount": waived, "bills": decided.facts["bills"], "approval": approval_id}
        subject = f"account {account.number}"
        journal.note(
            session, by=by.login, act="waive late charges", subject=subject, facts=facts, now=now
        )
        return account.id, waived


def _waive(session: Session, account: Account, decided: Approval, *, by: str, today: date) -> Money:
    """Waive what was asked for, all of it or so much."""
    principals = _bill_ids(session, account.id, decided.facts["bills"])
    said: dict[str, Any] = {
        "approval_id": decided.id,
        "by": by,
        "reason": str(decided.facts["reason"]),
        "posted_on": today,
    }
    if "late_charge" not in decided.facts:
        return books.waive_late_charges(session, account.id, principals, **said)
    amount = int(decided.facts["amount"])
    waived = books.waive_part(session, account.id, amount, principals, **said)
    if waived:
        _refuse_unfit(amount, waived, account)
    return waived


def _bill_ids(session: Session, account_id: int, numbers: Sequence[str]) -> frozenset[int] | None:
    """Return the charges of the bills that are meant, or none for all."""
    if not numbers:
        return None
    found = books.find_bills_owed(session, numbers)
    for number in numbers:
        if number not in found or found[number].account_id != account_id:
            raise CannotWaiveError(f"the account has no bill {number!r}; correct the number")
    return frozenset(found[number].charge_id for number in numbers)


def _amount(
    session: Session, account_id: int, principals: frozenset[int] | None, today: date
) -> Money:
    accrued = books.late_charges_to(session, [account_id], as_of=today).get(account_id, {})
    charges = books.open_charges(session, [account_id], as_of=today).get(account_id, [])
    return sum(
        amount for key, amount in accrued.items() if principals is None or key in principals
    ) + sum(
        one.open
        for one in charges
        if one.for_charge_id is not None and (principals is None or one.for_charge_id in principals)
    )
