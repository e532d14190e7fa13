"""Customers who are watched for a reason: who looked last, and by when somebody looks again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from arrears import crediting, store
from arrears.credit import WATCH_DAYS, Grade
from arrears.credit_file import FileItem, Flag, ItemKind, holding
from arrears.crediting import BadCreditError, Paper
from arrears.rules import CREDIT, card_of
from billing import books
from billing import store as master
from billing.customer import Customer
from billing.money import Money, major
from config import dated
from config.workbook import Heading, Sheet, Value, write_workbook

_AMOUNT = "#,##0.00"
_WORDS = {
    Flag.PROTECTED_ENTERPRISE: "受保护企业 protected enterprise",
    Flag.LARGE_OLD_DEBT: "陈欠数额大 large old debt",
    Flag.TENANT: "租户 tenant",
    Flag.HIGH_MOBILITY: "流动性强 moves often",
}


@dataclass(frozen=True, slots=True)
class WatchedFor:
    """
    A customer who is watched, why, and since when.

    `looked_on` is the day of the newest word on it, `found` what was found then, and `next_on` the
    day on which somebody is to look again. `open` is all that is owed, `overdue` what of it is
    late.
    """

    customer: Customer
    flag: Flag
    since: date
    looked_on: date
    looked_by: str
    found: str
    next_on: date
    grade: Grade | None
    open: Money
    overdue: Money

    def is_due_on(self, day: date) -> bool:
        """Test whether somebody is to look at the customer by a day."""
        return self.next_on <= day


def watch_list(session: Session, *, as_of: date) -> list[WatchedFor]:
    """Return who is watched on a day, and why; who is to be looked at first comes first."""
    ids = store.watched_customers(session)
    files = store.file_items(session, ids, as_of=as_of)
    customers, grades = master.customers(session, ids), store.grades_on(session, as_of)
    owed = _owed(session, ids, as_of)
    days = intervals(session, as_of)
    found = []
    for key, items in files.items():
        watches = [one for one in items if one.kind is ItemKind.WATCH]
        for item in holding(watches, on=as_of):
            flag = Flag(item.title)
            found.append(
                WatchedFor(
                    customers[key],
                    flag,
                    _since(watches, item),
                    item.recorded_on,
                    item.recorded_by,
                    item.source,
                    item.recorded_on + timedelta(days[flag]),
                    grades.get(key),
                    *owed.get(key, (0, 0)),
                )
            )
    return sorted(found, key=lambda one: (one.next_on, one.customer.number, one.flag))


def intervals(session: Session, day: date) -> Mapping[Flag, int]:
    """Return after how many days each flag is looked at again, by the credit policy of a day."""
    try:
        said = dict(card_of(dated.in_force(session, CREDIT, day)).watch_days)
    except dated.NothingInForceError:
        said = {}
    return {flag: said.get(flag, WATCH_DAYS[flag]) for flag in Flag}


def follow_up(
    sessions: sessionmaker[Session],
    number: str,
    flag: Flag,
    *,
    found: str,
    by: str,
    today: date,
    now: datetime,
) -> int:
    """
    Say what was found when a watched customer was looked at, and return the item that keeps it.

    The flag stays up until the day that was said before, and its interval begins anew.

    :raises BadCreditError: if nothing is said, or the customer isn't watched for this.
    """
    if not found.strip():
        raise BadCreditError("found: is empty; say it for whoever looks next time")
    with sessions() as session:
        customer = crediting.customer_of(session, number)
        items = store.file_items(session, [customer.id], as_of=today).get(customer.id, [])
    watches = [one for one in holding(items, on=today) if one.kind is ItemKind.WATCH]
    held = [one for one in watches if one.title == flag]
    if not held:
        raise BadCreditError(f"{customer.number}: is not watched as {flag}; set the flag first")
    return crediting.record(
        sessions,
        number,
        ItemKind.WATCH,
        title=flag,
        holds_from=today,
        expires_on=held[0].expires_on,
        paper=Paper(source=found.strip()),
        by=by,
        today=today,
        now=now,
    )


def write(path: Path, rows: Sequence[WatchedFor], *, as_of: date) -> None:
    """Write the watch list as a workbook."""
    headings = [
        Heading("客户编号 Customer"),
        Heading("户名 Name", width=30),
        Heading("关注原因 Watched as", width=30),
        Heading("关注起始日 Since"),
        Heading("上次跟进 Looked at"),
        Heading("跟进人 By"),
        Heading("跟进情况 Found", width=40),
        Heading("下次跟进 Next"),
        Heading("到期 Due"),
        Heading("信用等级 Grade"),
        Heading("欠费 Open", format=_AMOUNT),
        Heading("逾期 Overdue", format=_AMOUNT),
    ]
    lines: list[list[Value]] = [
        [
            one.customer.number,
            one.customer.name,
            _WORDS[one.flag],
            one.since,
            one.looked_on,
            one.looked_by,
            one.found,
            one.next_on,
            "是 yes" if one.is_due_on(as_of) else "",
            one.grade or "",
            major(one.open),
            major(one.overdue),
        ]
        for one in rows
    ]
    write_workbook(path, [Sheet(f"重点跟踪 Watched {as_of}", headings, lines)])


def _since(watches: Sequence[FileItem], item: FileItem) -> date:
    """Return the day since which a flag has been up without a break, renewed or not."""
    since = item.holds_from
    own = [one for one in watches if one.title == item.title and one.id < item.id]
    for one in sorted(own, key=lambda one: one.id, reverse=True):
        if one.expires_on is not None and one.expires_on < since - timedelta(days=1):
            break
        since = min(since, one.holds_from)
    return since


def _owed(session: Session, customer_ids: set[int], as_of: date) -> dict[int, tuple[Money, Money]]:
    """Return what customers owe on a day, and what of it is overdue."""
    by_customer = master.accounts_of(session, customer_ids)
    ids = [one for some in by_customer.values() for one in some]
    charges = books.open_charges(session, ids, as_of=as_of)
    found = {}
    for key, some in by_customer.items():
        own = [charge for one in some for charge in charges.get(one, ())]
        late = sum(one.open for one in own if one.due_on < as_of)
        found[key] = (sum(one.open for one in own), late)
    return found
