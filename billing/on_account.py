"""Split settlement: large users are asked for parts of a month's energy before its bill."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from billing import advances, billed, books, store
from billing.account import Account
from billing.advances import NewAdvance
from billing.bill import BillKind, IssuedBill
from billing.instalment import part_of, parts_by
from billing.money import Money
from config import journal
from config.almanac import calendar_named
from config.database import in_chunks, reading
from config.in_force import market_on

LATEST_DAYS = 62
"""A bill that ended longer ago says nothing of this month."""
ACCOUNTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A part of a month that an account is asked for, and its number once it is in the books."""

    account_number: str
    no: int
    settlements: int
    amount: Money
    due_on: date
    number: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What was asked for, and the accounts that it touched.

    `left_out` says of whom nothing could be asked, for want of a bill to go by.
    """

    parts: tuple[AskedFor, ...]
    account_ids: tuple[int, ...]
    left_out: tuple[str, ...] = ()


def look(sessions: sessionmaker[Session], *, today: date) -> Asked:
    """Return what would be asked for today; nothing is written."""
    parts: list[AskedFor] = []
    touched: list[int] = []
    left_out: list[str] = []
    with reading(sessions) as session:
        for some in in_chunks(advances.settling_in_parts(session), ACCOUNTS_AT_ONCE):
            due, without = _due(session, list(some), today)
            parts += [_told(account, new) for account, new in due]
            touched += [account.id for account, _ in due]
            left_out += without
    return Asked(tuple(parts), tuple(dict.fromkeys(touched)), tuple(left_out))


def ask(sessions: sessionmaker[Session], *, by: str, today: date, now: datetime) -> Asked:
    """
    Ask every account that settles in parts for those of this month whose day has come.

    A part is asked for once; done twice on a day, the second time asks for nothing.
    """
    parts: list[AskedFor] = []
    touched: list[int] = []
    left_out: list[str] = []
    with reading(sessions) as session:
        ids = advances.settling_in_parts(session)
    for some in in_chunks(ids, ACCOUNTS_AT_ONCE):
        with sessions.begin() as session:
            # Who asks in the same moment waits here, and finds that it is done.
            books.lock_accounts(session, set(some))
            due, without = _due(session, list(some), today)
            numbers = advances.ask(session, [new for _, new in due], posted_on=today, by=by)
            left_out += without
            for (account, new), number in zip(due, numbers, strict=True):
                parts.append(_told(account, new, number))
                touched.append(account.id)
    with sessions.begin() as session:
        facts = {"asked": len(parts), "amount": sum(one.amount for one in parts)}
        subject = f"settlements {today}"
        journal.note(session, by=by, act="ask on account", subject=subject, facts=facts, now=now)
    return Asked(tuple(parts), tuple(dict.fromkeys(touched)), tuple(left_out))


def _due(
    session: Session, ids: list[int], today: date
) -> tuple[list[tuple[Account, NewAdvance]], list[str]]:
    """Return the parts that accounts are to be asked for by today, and who can't be asked."""
    month = today.replace(day=1)
    accounts = store.accounts(session, ids, on=today)
    supplies = store.supplies_on(session, ids, today)
    done = advances.asked_for(session, ids, month)
    market = market_on(session, today)
    calendar = calendar_named(market.calendar)
    found, left_out = [], []
    for key, account in sorted(accounts.items()):
        parts = parts_by(month, account.settlements, until=today)
        parts = [part for part in parts if (key, part.no) not in done]
        if not parts or not account.is_open_on(today) or key not in supplies:
            continue
        latest = _latest(session, account, today)
        if not latest:
            left_out.append(
                f"account {account.number} has no bill of the last {LATEST_DAYS} days to go by; "
                f"bill it first"
            )
            continue
        lines = store.bill_lines(session, [one.id for one in latest])
        amount = part_of([(one.period, lines[one.id]) for one in latest], account.settlements)
        days = max(account.credit_days, market.due.credit_days_min)
        due_on = market.due.rolled(today + timedelta(days), calendar)
        billed_until = max(one.period.end for one in latest)
        numbers = tuple(one.number for one in latest)
        found += [
            (
                account,
                NewAdvance(
                    key, supplies[key][0].supply_class, month, part.no, amount, due_on, numbers
                ),
            )
            for part in parts
            if amount and part.day >= billed_until
        ]
    return found, left_out


def _latest(session: Session, account: Account, today: date) -> list[IssuedBill]:
    """Return the newest bill of each service point of an account that no other cancels."""
    found: dict[int, IssuedBill] = {}
    for bill in billed.bills(session, account_id=account.id):
        is_standing = bill.kind is BillKind.REGULAR and bill.cancelled_by_id is None
        if is_standing and (today - bill.period.end).days <= LATEST_DAYS:
            before = found.get(bill.service_point_id)
            if before is None or before.period.end <= bill.period.end:
                found[bill.service_point_id] = bill
    return [found[key] for key in sorted(found)]


def _told(account: Account, new: NewAdvance, number: str = "") -> AskedFor:
    return AskedFor(account.number, new.no, account.settlements, new.amount, new.due_on, number)
