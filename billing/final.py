"""
The final bill of who has moved out: what is unbilled is billed, the deposit set off, the rest paid.

It is asked for by one person and issued by another, who sees what it comes to; all of it is one
transaction: the bills of every service point, the security that pays them, the money given back.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing import advances, billed, books, drafts, runs, store
from billing.account import Account
from billing.bill import Draft, IssuedBill, RunState
from billing.counter import account_of
from billing.drawing import draw_up_accounts, rules_on
from billing.interest import UnknownRateError
from billing.issuing import next_issued
from billing.money import Money, show
from billing.refunding import Refund
from billing.run import LEASE
from config import approval, journal
from config.acts import Act
from config.approval import Approval
from config.database import reading
from config.lease import holding
from config.people import User

CYCLE = "final"
"""What stands in the place of a route with the run of a final bill."""
SERVICE_POINTS_MAX = 1_000


# What the second person says yes to; late charges may go on until then.
_AGREED = {
    "bill_amount": "bills of",
    "owed_before": "an open amount of",
    "credit": "money on account of",
    "deposit": "a deposit of",
}


class CannotSettleError(Exception):
    """An account can't be settled finally yet; the message says what would have to be done."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """
    What an account's final bill comes to, in minor units.

    `billed` is what its bills ask for, `owed` what is open before them and `accrued` the late
    charges on it until now; `parts` of the bills were asked for before and are set off by them;
    `credit` and `deposit` are what the house holds of the customer. `doubts` are what rules would
    hold the bills for. `interest` is what the deposit has earned; it goes on until it is set off.
    """

    drafts: tuple[Draft, ...]
    doubts: tuple[str, ...]
    owed: Money
    accrued: Money
    parts: Money
    credit: Money
    deposit: Money
    interest: Money

    @property
    def billed(self) -> Money:
        """What the bills of the days not billed yet come to."""
        return sum(one.amount for one in self.drafts)

    @property
    def due(self) -> Money:
        """What the customer owes when all is set off; below zero what is given back."""
        owed = self.owed + self.accrued + self.billed - self.parts
        return owed - self.credit - self.deposit - self.interest


@dataclass(frozen=True, slots=True)
class Settled:
    """A final bill as it was issued: its documents, what was given back, and what is still due."""

    account: Account
    bills: tuple[IssuedBill, ...]
    deposit: Money
    interest: Money
    refund: Refund | None
    due: Money


def look(sessions: sessionmaker[Session], account_number: str, *, today: date) -> Settlement:
    """
    Return what the final bill of an account would come to; nothing is written.

    :raises UnknownAccountError: if no account has the number.
    :raises CannotSettleError: with everything that stands against it.
    """
    with reading(sessions) as session:
        return _look(session, account_of(session, account_number), today)


def ask_final(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    payee: str = "",
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> tuple[int, Settlement]:
    """
    Ask for the final bill of an account; return the approval that this now needs, and the bill.

    :param payee: to whom goes what is left of the customer's money, if anything is.
    :raises UnknownAccountError: if no account has the number.
    :raises CannotSettleError: with everything that stands against it.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        books.lock_accounts(session, {account.id})
        _refuse_asked(session, account)
        found = _look(session, account, today)
        _refuse_needless(account, found, payee)
        facts = _facts(found) | {"payee": payee.strip(), "reason": reason}
        asked = approval.ask(
            session,
            act=Act.FINAL_BILL,
            subject=_subject(account),
            account_id=account.id,
            summary=_summary(account, found, reason),
            facts=facts,
            maker=by,
            now=now,
        )
        return asked, found


def settle(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> Settled:
    """
    Approve a final bill: issue it, set the deposit off, give back what is left.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotSettleError: if the bills would come to something else by now.
    :raises BusyError: if a billing run is at work.
    """
    with holding(sessions, LEASE), sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        account = account_of(session, decided.subject.removeprefix("account "))
        books.lock_accounts(session, {account.id})
        found = _look(session, account, today)
        _refuse_different(account, found, decided)
        bills = _issue(session, found, decided, by=by.login, today=today, now=now)
        reference = f"{account.number} {approval_id}"
        released = books.release_deposit(
            session, account.id, reference, posted_on=today, by=by.login, now=now
        )
        refund = _give_back(session, account, decided, by=by.login, today=today)
        owed = books.open_charges(session, [account.id], as_of=today).get(account.id, [])
        made = Settled(
            account,
            bills,
            released.deposit,
            released.interest,
            refund,
            sum(one.open for one in owed),
        )
        _note(session, made, decided, by=by.login, now=now)
        return made


def _refuse_asked(session: Session, account: Account) -> None:
    for one in approval.waiting(session, act=Act.FINAL_BILL, subject=_subject(account)):
        raise CannotSettleError(
            f"{one.maker} has asked for the final bill of account {account.number}; approval "
            f"{one.id} waits for a decision"
        )


def _refuse_needless(account: Account, found: Settlement, payee: str) -> None:
    if not (found.drafts or found.owed or found.credit or found.deposit):
        raise CannotSettleError(
            f"account {account.number} is settled: nothing is open, held or left to bill; close it"
        )
    if found.due < 0 and not payee.strip():
        raise CannotSettleError(
            f"{show(-found.due)} would be given back; say to whom, such as a name and a bank "
            f"account"
        )


# --- looking ----------------------------------------------------------------------------------


def _look(session: Session, account: Account, today: date) -> Settlement:
    supplies = store.supplies_of(session, [account.id]).get(account.id, [])
    problems = []
    if any(one.ends_on is None or one.ends_on > today for one in supplies):
        problems.append(
            f"account {account.number} is still supplied; let the customer move out first"
        )
    waiting = [
        one.name
        for one in billed.standing(session, {one.service_point_id for one in supplies})
        if one.account_id == account.id and one.number is None
    ]
    if waiting:
        problems.append(f"{', '.join(waiting)} waits to be issued; have its run issued first")
    if problems:
        raise CannotSettleError("; ".join(problems))
    drawn, doubts = _drawn(session, account, today)
    key = account.id
    charges = books.open_charges(session, [key], as_of=today).get(key, [])
    end = max((one.period.end for one in drawn), default=None)
    return Settlement(
        drawn,
        doubts,
        owed=sum(one.open for one in charges),
        accrued=books.late_charge_to(session, [key], as_of=today).get(key, 0),
        parts=0 if end is None else advances.waiting_for(session, key, end),
        credit=books.on_account(session, [key], as_of=today).get(key, 0),
        deposit=books.deposits_held(session, [key]).get(key, 0),
        interest=_interest(session, key, today),
    )


def _interest(session: Session, account_id: int, today: date) -> Money:
    try:
        found = books.interest_earned(session, [account_id], until=today).get(account_id)
    except UnknownRateError as unknown:
        raise CannotSettleError(str(unknown)) from unknown
    return 0 if found is None else found.due


def _drawn(
    session: Session, account: Account, today: date
) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    """Return the bills of the days that are not billed yet, and what rules say of them."""
    drawn = draw_up_accounts(session, [account.id], rules_on(session, until=today, on=today), None)
    if drawn.parked:
        raise CannotSettleError("; ".join(f"{one.message}; {one.remedy}" for one in drawn.parked))
    short = [draft for draft, _ in drawn.drafts if not _is_to_the_end(session, account, draft)]
    if short:
        ends = ", ".join(str(draft.period) for draft in short)
        raise CannotSettleError(
            f"only {ends} could be billed together; bill those days with a run (bills run) first"
        )
    doubts = tuple(doubt[1] for _, doubt in drawn.drafts if doubt is not None)
    return tuple(draft for draft, _ in drawn.drafts), doubts


def _is_to_the_end(session: Session, account: Account, draft: Draft) -> bool:
    """Test whether nothing is left to bill at a service point after a draft."""
    supplies = store.supplies_of(session, [account.id])[account.id]
    here = [one for one in supplies if one.service_point_id == draft.service_point_id]
    return all(one.ends_on is not None and one.ends_on <= draft.period.end for one in here)


def _refuse_different(account: Account, found: Settlement, decided: Approval) -> None:
    now = _facts(found)
    for name, called in _AGREED.items():
        was, is_ = int(decided.facts[name]), int(now[name])
        if was != is_:
            raise CannotSettleError(
                f"the final bill of account {account.number} was asked for with {called} "
                f"{show(was)}, and it is {show(is_)} now; refuse it and ask again"
            )


# --- settling ---------------------------------------------------------------------------------


def _issue(
    session: Session,
    found: Settlement,
    decided: Approval,
    *,
    by: str,
    today: date,
    now: datetime,
) -> tuple[IssuedBill, ...]:
    """Draw up the bills as a run of their own and issue them; nothing if all is billed."""
    if not found.drafts:
        return ()
    begun = runs.begin_run(
        session,
        cycle=CYCLE,
        until=today,
        by=decided.maker,
        on=today,
        now=now,
    )
    run_id = begun.report.run_id
    drafts.add_drafts(session, run_id, [(draft, None) for draft in found.drafts])
    last = found.drafts[-1].account_id
    runs.advance(session, run_id, since=0, to=last, drafts=found.drafts, parked=0)
    runs.begin_issue(session, run_id, by=by, on=today)
    report = begun.report
    bills = next_issued(session, report, today, 0, 0, SERVICE_POINTS_MAX)
    assert len(bills) == len(found.drafts), "drafts of this transaction rest on its own readings"
    drafts.add_issues(session, bills)
    books.post_bills(session, bills, posted_on=today)
    runs.count_issues(session, run_id, since=0, to=last, bills=bills)
    runs.set_state(session, run_id, RunState.ISSUED)
    return tuple(bills)


def _give_back(
    session: Session, account: Account, decided: Approval, *, by: str, today: date
) -> Refund | None:
    """Give the customer what stands on account, where it was said to whom."""
    payee = str(decided.facts["payee"])
    rest = books.on_account(session, [account.id], as_of=today).get(account.id, 0)
    if rest <= 0 or not payee:
        return None
    reason = str(decided.facts["reason"])
    made = Refund(f"F{decided.id:08d}", account.id, rest, payee, today, by, reason)
    books.pay_out(session, made, approval_id=decided.id)
    return made


def _note(session: Session, made: Settled, decided: Approval, *, by: str, now: datetime) -> None:
    facts = {
        "bills": [one.number for one in made.bills],
        "bill_amount": sum(one.amount for one in made.bills),
        "deposit": made.deposit,
        "interest": made.interest,
        "amount": 0 if made.refund is None else made.refund.amount,
        "left_to_pay": made.due,
        "approval": decided.id,
    }
    subject = _subject(made.account)
    journal.note(session, by=by, act="settle finally", subject=subject, facts=facts, now=now)


def _subject(account: Account) -> str:
    return f"account {account.number}"


def _summary(account: Account, found: Settlement, reason: str) -> str:
    rest = f"{show(found.due)} due" if found.due >= 0 else f"{show(-found.due)} given back"
    with_interest = f" with interest of {show(found.interest)}" if found.interest else ""
    return (
        f"final bill of account {account.number}: {show(found.billed)} billed, "
        f"{show(found.deposit)} deposit set off{with_interest}, {rest}: {reason}"
    )


def _facts(found: Settlement) -> dict[str, Any]:
    return {
        "bill_amount": found.billed,
        "owed_before": found.owed,
        "late_charge": found.accrued,
        "parts": found.parts,
        "credit": found.credit,
        "deposit": found.deposit,
        "interest": found.interest,
        "left_to_pay": found.due,
        "periods": [f"{one.period.start} – {one.period.end}" for one in found.drafts],
        "doubts": list(found.doubts),
    }
