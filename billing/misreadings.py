"""Energy that was measured wrong: found, worked out, and billed or credited by a second person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing import books, correcting, store
from billing.account import Account
from billing.bill import BillKind, IssuedBill, digests_in
from billing.correcting import CorrectionFor, IssuedCorrection
from billing.correction import Billed, Correction, Fault, Finding, correct, problems_of
from billing.counter import account_of
from billing.money import show
from billing.tariffs import TariffBook
from config import approval, journal
from config.acts import Act
from config.almanac import calendar_named
from config.approval import Approval
from config.database import reading
from config.in_force import market_on
from config.people import User
from meters.period import Period
from meters.reading import Usage, plain


class CannotCorrectError(Exception):
    """The bills can't be corrected so; the message says everything that would have to be right."""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What a correction would come to, before anybody has allowed it."""

    account: Account
    service_point_id: int
    finding: Finding
    made: Correction


def work_out(
    sessions: sessionmaker[Session],
    account_number: str,
    finding: Finding,
    *,
    service_point_id: int | None = None,
) -> WorkedOut:
    """
    Return what bills come to without a fault, and the difference; nothing is written.

    :param service_point_id: wanted where the account has bills of several points.
    :raises UnknownAccountError: if no account has the number.
    :raises CannotCorrectError: if the figures can't be, or no bill lies in the period.
    """
    with reading(sessions) as session:
        return _work_out(session, account_number, finding, service_point_id)


def ask_correction(
    sessions: sessionmaker[Session],
    account_number: str,
    finding: Finding,
    *,
    service_point_id: int | None = None,
    by: str,
    reason: str,
    now: datetime,
) -> tuple[int, WorkedOut]:
    """
    Ask for bills to be corrected; return the approval that this needs and what it comes to.

    :raises UnknownAccountError, CannotCorrectError: as `work_out` does.
    """
    with sessions.begin() as session:
        found = _work_out(session, account_number, finding, service_point_id)
        made = found.made
        asked = approval.ask(
            session,
            act=Act.CORRECT_BILLS,
            subject=f"account {account_number}",
            account_id=found.account.id,
            summary=f"correct {len(made.bills)} bills of account {account_number} by "
            f"{plain(made.kwh)} kWh and {show(made.amount)}: {reason}",
            facts={
                "fault": str(finding.fault),
                "starts_on": finding.period.start.isoformat(),
                "ends_on": finding.period.end.isoformat(),
                "measure": [plain(one) for one in finding.measure],
                "service_point_id": found.service_point_id,
                "kwh": plain(made.kwh),
                "amount": made.amount,
                "reason": reason,
            },
            maker=by,
            now=now,
        )
        return asked, found


def issue_correction(
    sessions: sessionmaker[Session],
    approval_id: int,
    *,
    by: User,
    reason: str,
    today: date,
    now: datetime,
) -> IssuedCorrection:
    """
    Approve a correction, or that one is cancelled; issue its document and post it.

    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    :raises CannotCorrectError: if the bills changed meanwhile, so that it comes to something else.
    """
    with sessions.begin() as session:
        decided = approval.decide(session, approval_id, by=by, accept=True, reason=reason, now=now)
        facts = decided.facts
        if "cancels" in facts:
            return _cancel(session, decided, by=by, today=today, now=now)
        start, end = (date.fromisoformat(facts[key]) for key in ("starts_on", "ends_on"))
        measure = tuple(Decimal(one) for one in facts["measure"])
        finding = Finding(Fault(facts["fault"]), Period(start, end), measure)
        number = decided.subject.removeprefix("account ")
        found = _work_out(session, number, finding, facts["service_point_id"])
        if found.made.amount != facts["amount"]:
            raise CannotCorrectError(
                f"it comes to {show(found.made.amount)} by now, and {show(facts['amount'])} was "
                f"asked for: the bills changed; refuse it and ask anew"
            )
        issued = _issue(session, approval_id, found, by=by, reason=facts["reason"], today=today)
        told = {"number": issued.number, "amount": issued.amount, "fault": str(issued.fault)}
        subject = f"account {number}"
        journal.note(
            session, by=by.login, act="correct bills", subject=subject, facts=told, now=now
        )
        return issued


def ask_to_cancel(
    sessions: sessionmaker[Session], number: str, *, by: str, reason: str, now: datetime
) -> int:
    """
    Ask for a correction to be cancelled, and return the approval that this needs.

    :raises CannotCorrectError: if there is none of the number, it was cancelled or cancels another,
        or it was asked for before and nobody has decided yet.
    """
    with sessions.begin() as session:
        found = _cancellable(session, number)
        books.lock_accounts(session, {found.account_id})
        for one in approval.waiting(session, act=Act.CORRECT_BILLS, subject=f"correction {number}"):
            raise CannotCorrectError(
                f"somebody asked for {number} to be cancelled before: approval {one.id} waits"
            )
        return approval.ask(
            session,
            act=Act.CORRECT_BILLS,
            subject=f"correction {number}",
            account_id=found.account_id,
            summary=f"cancel correction {number} of {show(found.amount)}: {reason}",
            facts={"cancels": number, "amount": found.amount, "reason": reason},
            maker=by,
            now=now,
        )


def _cancellable(session: Session, number: str) -> IssuedCorrection:
    found = correcting.find_correction(session, number)
    if found is None:
        raise CannotCorrectError(f"there is no correction {number}; look at the account's list")
    if found.reverses is not None:
        raise CannotCorrectError(f"{number} cancels {found.reverses}; correct the bills anew")
    if found.cancelled_by is not None:
        raise CannotCorrectError(f"{number} was cancelled already, by {found.cancelled_by}")
    numbers = {one.number for one in found.bills}
    later = [
        one.number
        for one in correcting.standing_at(session, found.service_point_id)
        if one.id > found.id and numbers & {each.number for each in one.bills}
    ]
    if later:
        raise CannotCorrectError(
            f"{', '.join(later)} corrected the same bills after {number}; cancel the newest first"
        )
    return found


def _cancel(
    session: Session, decided: Approval, *, by: User, today: date, now: datetime
) -> IssuedCorrection:
    was = _cancellable(session, decided.facts["cancels"])
    [supply_class] = {
        str(one.supply_class)
        for one in store.find_bills(session, [one.number for one in was.bills[:1]]).values()
    }
    what = CorrectionFor(
        account_id=was.account_id,
        service_point_id=was.service_point_id,
        supply_class=supply_class,
        approval_id=decided.id,
        number=f"R{was.number}",
        issued_on=today,
        due_on=today,
        issued_by=by.login,
        reason=decided.facts["reason"],
    )
    issued = correcting.reverse_correction(session, was, what)
    told = {"number": issued.number, "amount": issued.amount, "cancels": was.number}
    journal.note(
        session,
        by=by.login,
        act="cancel a correction",
        subject=f"correction {was.number}",
        facts=told,
        now=now,
    )
    return issued


def _issue(
    session: Session,
    approval_id: int,
    found: WorkedOut,
    *,
    by: User,
    reason: str,
    today: date,
) -> IssuedCorrection:
    account = store.accounts(session, [found.account.id], on=today)[found.account.id]
    bills = store.find_bills(session, [one.number for one in found.made.bills])
    owed = books.find_bills_owed(session, bills)
    what = CorrectionFor(
        account_id=account.id,
        service_point_id=found.service_point_id,
        supply_class=str(next(iter(bills.values())).supply_class),
        approval_id=approval_id,
        number=f"K{approval_id:08d}",
        issued_on=today,
        due_on=_due_on(session, account, today),
        issued_by=by.login,
        reason=reason,
    )
    charges = [
        (owed[one.number].charge_id, bills[one.number].due_on)
        for one in found.made.bills
        if one.number in owed
    ]
    return correcting.add_correction(session, what, found.finding, found.made, charges=charges)


def _due_on(session: Session, account: Account, issued_on: date) -> date:
    market = market_on(session, issued_on)
    days = max(account.credit_days, market.due.credit_days_min)
    return market.due.rolled(issued_on + timedelta(days), calendar_named(market.calendar))


def _work_out(
    session: Session, account_number: str, finding: Finding, point_id: int | None
) -> WorkedOut:
    problems = problems_of(finding)
    if problems:
        raise CannotCorrectError("; ".join(problems))
    account = account_of(session, account_number)
    bills = _bills(session, account, finding.period, point_id)
    points = sorted({one.service_point_id for one in bills})
    if not points:
        raise CannotCorrectError(
            f"account {account.number} has no bill for {finding.period}; look at its bills"
        )
    if len(points) > 1:
        raise CannotCorrectError(
            f"account {account.number} has bills of several service points for "
            f"{finding.period}; say which one"
        )
    before = correcting.standing_at(session, points[0])
    _refuse_same_days(finding, before)
    refuse_untold({one.number for one in bills}, before)
    facts = store.bill_facts(session, [one.id for one in bills])
    _refuse_gaps(finding, bills, facts)
    digests = {digest for one in facts.values() for digest in digests_in(one)}
    billed = [_as_it_stands(one, facts[one.id], before) for one in bills]
    made = correct(finding, billed, TariffBook().by_digests(session, digests))
    return WorkedOut(account, points[0], finding, made)


def _refuse_same_days(finding: Finding, before: Sequence[IssuedCorrection]) -> None:
    same = [one.number for one in before if one.period.overlap(finding.period) is not None]
    if same:
        raise CannotCorrectError(
            f"{', '.join(same)} corrected days of {finding.period} before; name other days, or "
            f"have that cancelled first (bills cancel)"
        )


def refuse_untold(numbers: Collection[str], before: Sequence[IssuedCorrection]) -> None:
    """
    Refuse to correct bills again whose tax wasn't kept when they were corrected before.

    Corrections kept the tax of all their bills together at first; of one bill it isn't known, and
    guessed it would be posted wrong.

    :raises CannotCorrectError: with the corrections that have to be cancelled first.
    """
    untold = [
        one.number
        for one in before
        if any(made.number in numbers and made.right_tax is None for made in one.bills)
    ]
    if untold:
        raise CannotCorrectError(
            f"{', '.join(untold)} kept no tax of each bill; have that cancelled first (bills "
            f"cancel), and correct its days again with these"
        )


def _refuse_gaps(
    finding: Finding, bills: Sequence[IssuedBill], facts: Mapping[int, Mapping[str, Any]]
) -> None:
    """Refuse to fill days that are known hour by hour with a normal day's energy."""
    if finding.fault is not Fault.STOPPED:
        return
    counted = [one.number for one in bills if Usage.from_facts(facts[one.id]["usage"]).intervals]
    if counted:
        raise CannotCorrectError(
            f"{', '.join(counted)} went by intervals; take in what is missing of them, then have "
            f"the bill cancelled and billed anew"
        )


def _as_it_stands(
    bill: IssuedBill, facts: Mapping[str, Any], before: Sequence[IssuedCorrection]
) -> Billed:
    """Return a bill with what corrections have made of it, and of those that it went on from."""
    own, earlier = [], []
    for one in before:
        finding = Finding(one.fault, one.period, one.measure)
        for made in one.bills:
            if made.number == bill.number:
                own.append((finding, made))
            elif made.period.end <= bill.period.start and bill.id <= (one.after_bill_id or 0):
                earlier.append(made)
    return Billed(bill, facts, tuple(own), tuple(earlier))


def _bills(
    session: Session, account: Account, period: Period, point_id: int | None
) -> list[IssuedBill]:
    found = [
        one
        for one in store.bills(session, account_id=account.id)
        if one.kind is BillKind.REGULAR
        and one.cancelled_by_id is None
        and one.period.start < period.end
        and one.period.end > period.start
        and point_id in (None, one.service_point_id)
    ]
    return sorted(found, key=lambda one: one.period.start)
