"""Ageing on the command line: accounts taken together by class, route, office or customer."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from arrears import ageing_report
from arrears.ageing import Ageing
from arrears.groups import Grouping
from web.cli import report
from web.cli.desk import Desk
from web.cli.problems import DONE, NEEDS_A_PERSON


def tell(desk: Desk, by: Grouping, *, as_of: date, xlsx: Path | None) -> int:
    """Report the ageing of a day by groups, and return 1 if it didn't sum to the receivable."""
    with desk.looking() as session:
        found = ageing_report.report(session, as_of=as_of)
        groups = ageing_report.grouped(session, found, by)
    if xlsx is not None:
        ageing_report.write_groups(found, groups, xlsx)
    rows = [
        {
            "group": one.group,
            "name": one.name,
            "accounts": one.accounts,
            **aged(one.ageing, found.labels),
            "on_account": report.amount(one.on_account),
        }
        for one in groups
    ]
    total = aged(found.total, found.labels) | {"on_account": report.amount(found.on_account)}
    receivable = report.amount(found.receivable)
    if desk.as_json:
        facts = {"as_of": as_of, "by": by, "buckets": found.labels, "groups": rows}
        report.one(desk, facts | {"total": total, "receivable": receivable})
    else:
        lines = [row | row["buckets"] for row in rows]
        columns = {str(by): "group", "name": "name", "accounts": "accounts"}
        columns |= {label: label for label in found.labels}
        columns |= {"owed": "owed", "on account": "on_account"}
        report.table(desk, lines, columns, empty="nobody owes anything")
        report.say(desk, f"owed {total['owed']}, receivable {receivable}; {len(rows)} groups")
    is_whole = sum(one.ageing.total for one in groups) == found.receivable
    return DONE if is_whole else NEEDS_A_PERSON


def aged(ageing: Ageing, labels: Iterable[str]) -> dict[str, Any]:
    """Return an ageing as reports write it: each bucket, the sums, and the classes by year."""
    buckets = zip(labels, ageing.buckets, strict=True)
    return {
        "buckets": {label: report.amount(amount) for label, amount in buckets},
        "owed": report.amount(ageing.total),
        "overdue": report.amount(ageing.overdue),
        "oldest_days": ageing.oldest_days,
        "this_month": report.amount(ageing.this_month),
        "this_year": report.amount(ageing.this_year),
        "former_years": report.amount(ageing.former_years),
    }
