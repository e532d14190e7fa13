"""The ageing of a day as a report: a row per account, totals, and a workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from arrears.ageing import DEFAULT_EDGES, Ageing, age, in_sum, labels
from arrears.groups import Grouping, groups_of
from arrears.rules import DUNNING, policy_of
from billing import books
from billing import store as master
from billing.money import MINOR, Money, major
from config import dated
from config.workbook import Formula, Heading, Sheet, Value, write_workbook
from meters import store as points

AMOUNT = "#,##0." + "0" * MINOR


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """One account's ageing; its credit on account stands beside what it owes."""

    account_id: int
    account_number: str
    customer_number: str
    customer_name: str
    office_id: int
    ageing: Ageing
    on_account: Money


@dataclass(frozen=True, slots=True)
class AgeingReport:
    """
    What every account owed on a day.

    `receivable` is what the ledger says all owed together: the buckets sum to it, always.
    """

    as_of: date
    edges: tuple[int, ...]
    rows: tuple[AgeingRow, ...]
    total: Ageing
    on_account: Money
    receivable: Money

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the buckets."""
        return labels(self.edges)


@dataclass(frozen=True, slots=True)
class AgeingGroup:
    """Accounts taken together: how many, what they owed, and their credit beside it."""

    group: str
    name: str
    accounts: int
    ageing: Ageing
    on_account: Money


def report(session: Session, *, as_of: date) -> AgeingReport:
    """Return the ageing of a day, by the bucket edges of the policy then in force."""
    edges = edges_on(session, as_of)
    charges = books.open_charges(session, None, as_of=as_of)
    credit = books.on_account(session, None, as_of=as_of)
    accounts = master.accounts(session, charges.keys() | credit.keys())
    customers = master.customers(session, {one.customer_id for one in accounts.values()})
    rows = []
    for account in sorted(accounts.values(), key=lambda account: account.number):
        customer = customers[account.customer_id]
        rows.append(
            AgeingRow(
                account.id,
                account.number,
                customer.number,
                customer.name,
                customer.office_id,
                age(charges.get(account.id, ()), as_of=as_of, edges=edges),
                credit.get(account.id, 0),
            )
        )
    return AgeingReport(
        as_of,
        edges,
        tuple(rows),
        in_sum((row.ageing for row in rows), edges=edges),
        sum(credit.values()),
        books.receivable(session, as_of=as_of),
    )


def grouped(session: Session, found: AgeingReport, by: Grouping) -> list[AgeingGroup]:
    """
    Return a report's rows taken together by class, route, office or customer; none is left out.

    The name is that of a customer or a route; classes and offices have none beside their code.
    """
    groups = groups_of(session, by, [row.account_id for row in found.rows], as_of=found.as_of)
    members: dict[str, list[AgeingRow]] = {}
    for row in found.rows:
        members.setdefault(groups[row.account_id], []).append(row)
    routes = {one.code: one.name for one in points.routes(session)} if by is Grouping.ROUTE else {}
    return [
        AgeingGroup(
            group,
            rows[0].customer_name if by is Grouping.CUSTOMER else routes.get(group, ""),
            len(rows),
            in_sum((row.ageing for row in rows), edges=found.edges),
            sum(row.on_account for row in rows),
        )
        for group, rows in sorted(members.items())
    ]


def edges_on(session: Session, day: date) -> tuple[int, ...]:
    """Return the bucket edges that the policy in force on a day names, or the usual ones."""
    try:
        return policy_of(dated.in_force(session, DUNNING, day)).bucket_edges_days
    except dated.NothingInForceError:
        return DEFAULT_EDGES


def write(found: AgeingReport, path: Path) -> None:
    """Write a report as a workbook: a sheet of accounts, and totals that are formulas."""
    write_workbook(path, [_accounts(found), _years(found)])


def write_groups(found: AgeingReport, groups: Sequence[AgeingGroup], path: Path) -> None:
    """
    Write a report taken together as a workbook: the groups with a chart, then its accounts.

    The groups' totals are formulas, and the ledger's own receivable stands below them with the
    difference, which is a formula too and nothing.
    """
    write_workbook(path, [_groups(found, groups), _accounts(found), _years(found)])


def _groups(found: AgeingReport, groups: Sequence[AgeingGroup]) -> Sheet:
    buckets = len(found.labels)
    last = _column(2 + buckets)
    owed = _column(3 + buckets)
    headings = [
        Heading("分组 Group"),
        Heading("名称 Name", width=32),
        Heading("户数 Accounts"),
        *_bucket_headings(found),
        Heading("欠费合计 Owed", format=AMOUNT),
        Heading("其中逾期 Overdue", format=AMOUNT),
        Heading("本月欠费 This month", format=AMOUNT),
        Heading("本年往月 This year", format=AMOUNT),
        Heading("陈欠 Former years", format=AMOUNT),
        Heading("预收余额 On account", format=AMOUNT),
        Heading("最长逾期天数 Oldest days"),
    ]
    rows = [_group_row(one, at, last) for at, one in enumerate(groups, start=2)]
    sums = [_sum(_column(at), len(groups)) for at in range(2, 3 + buckets + 6)]
    total = len(groups) + 2
    blank: list[Value] = [None] * (2 + buckets)
    rows += [
        ["合计 Total", f"{found.as_of}", *sums, found.total.oldest_days],
        ["总账应收 Receivable by the ledger", *blank, major(found.receivable)],
        ["差额 Difference", *blank, Formula(f"{owed}{total}-{owed}{total + 1}")],
    ]
    charted = tuple(range(4, 4 + buckets))
    return Sheet(f"账龄 Ageing {found.as_of}", headings, rows, stacked=(charted, len(groups)))


def _group_row(one: AgeingGroup, at: int, last: str) -> list[Value]:
    """Return a group's row of the workbook, which buckets end in the column `last`."""
    return [
        one.group,
        one.name,
        one.accounts,
        *(major(amount) for amount in one.ageing.buckets),
        Formula(f"SUM(D{at}:{last}{at})"),
        Formula(f"SUM(E{at}:{last}{at})"),
        major(one.ageing.this_month),
        major(one.ageing.this_year),
        major(one.ageing.former_years),
        major(one.on_account),
        one.ageing.oldest_days,
    ]


def _bucket_headings(found: AgeingReport) -> list[Heading]:
    return [
        Heading(f"{label} 天 days" if label != "current" else "未逾期 current", format=AMOUNT)
        for label in found.labels
    ]


def _accounts(found: AgeingReport) -> Sheet:
    headings = [
        Heading("账号 Account"),
        Heading("客户 Customer"),
        Heading("名称 Name", width=32),
        *_bucket_headings(found),
        Heading("欠费合计 Owed", format=AMOUNT),
        Heading("其中逾期 Overdue", format=AMOUNT),
        Heading("预收余额 On account", format=AMOUNT),
        Heading("最长逾期天数 Oldest days"),
    ]
    first, last = "D", _column(3 + len(found.labels) - 1)
    rows: list[list[Value]] = [
        [
            row.account_number,
            row.customer_number,
            row.customer_name,
            *(major(amount) for amount in row.ageing.buckets),
            Formula(f"SUM({first}{at}:{last}{at})"),
            Formula(f"SUM(E{at}:{last}{at})"),
            major(row.on_account),
            row.ageing.oldest_days,
        ]
        for at, row in enumerate(found.rows, start=2)
    ]
    sums = [_sum(_column(at), len(found.rows)) for at in range(3, 3 + len(found.labels) + 3)]
    rows.append(["合计 Total", "", f"{found.as_of}", *sums, found.total.oldest_days])
    return Sheet(f"账龄 Ageing {found.as_of}", headings, rows)


def _years(found: AgeingReport) -> Sheet:
    headings = [
        Heading("账号 Account"),
        Heading("本月欠费 This month", format=AMOUNT),
        Heading("本年往月 This year", format=AMOUNT),
        Heading("陈欠 Former years", format=AMOUNT),
        Heading("合计 Owed", format=AMOUNT),
    ]
    rows: list[list[Value]] = [
        [
            row.account_number,
            major(row.ageing.this_month),
            major(row.ageing.this_year),
            major(row.ageing.former_years),
            Formula(f"SUM(B{at}:D{at})"),
        ]
        for at, row in enumerate(found.rows, start=2)
    ]
    sums = [_sum(column, len(found.rows)) for column in "BCDE"]
    rows.append(["合计 Total", *sums])
    return Sheet("欠费年度 Years", headings, rows)


def _sum(column: str, rows: int) -> Formula | int:
    # Without rows the sum would be of its own cell.
    return Formula(f"SUM({column}2:{column}{rows + 1})") if rows else 0


def _column(at: int) -> str:
    return chr(ord("A") + at)
