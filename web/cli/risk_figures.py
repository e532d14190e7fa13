"""Figures of the receivable: collection rates, DSO, provision, expected cash, migration."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from arrears import figures, figures_report
from arrears.credit import GRADES
from arrears.figures import Line
from arrears.groups import accounts_in
from arrears.kpi import DEFINITIONS
from billing.supply import SupplyClass
from config import people
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.problems import NotDoneError

NEW_FILE = click.Path(path_type=Path, dir_okay=False)
AS_OF = click.option("--as-of", type=DAY, help="The day; otherwise the business day.")
OFFICE = click.option("--office", help="Only of this office's accounts, by its code.")
CLASS = click.option(
    "--class",
    "supply_class",
    type=click.Choice([one.value for one in SupplyClass]),
    help="Only of accounts of this class.",
)


def among(
    session: Session, office: str | None, supply_class: str | None, day: date
) -> frozenset[int] | None:
    """Return the accounts asked for; an office that isn't there is told."""
    known = {one.code for one in people.offices(session)}
    if office is not None and office not in known:
        raise NotDoneError(f"no office has the code {office}; there are {', '.join(sorted(known))}")
    return accounts_in(session, office=office, supply_class=supply_class, as_of=day)


@click.command(cls=Command, example="wattledger risk kpi --as-of 2026-01-31 --by class --json")
@AS_OF
@click.option(
    "--by",
    type=click.Choice(figures.GROUPINGS),
    default="all",
    show_default=True,
    help="A line for each of these, and one for all.",
)
@OFFICE
@CLASS
@click.option("--xlsx", type=NEW_FILE, help="Write a workbook with the definitions, too.")
@on_a_day
@reporting
@pass_desk
def kpi(
    desk: Desk,
    as_of: date | None,
    *,
    by: str,
    office: str | None,
    supply_class: str | None,
    xlsx: Path | None,
) -> None:
    """Show collection rates, DSO and the like of a day, each with its definition."""
    day = desk.day(as_of)
    with desk.looking() as session:
        some = among(session, office, supply_class, day)
        lines = figures.kpis(session, as_of=day, by=by, among=some)
        ceiling = figures.bad_debt_ceiling(session, as_of=day)
        if xlsx is not None:
            aside = figures.provision(session, as_of=day, among=some)
            figures_report.write(xlsx, lines, aside)
    rows = [_line(line, ceiling) for line in lines]
    if desk.as_json:
        definitions = {name: report.plain(one) for name, one in DEFINITIONS.items()}
        facts = {"as_of": day, "by": by, "lines": rows, "bad_debt_ceiling_percent": ceiling}
        report.one(desk, facts | {"definitions": definitions})
        return
    for line in lines:
        _tell(desk, line, ceiling)


def _tell(desk: Desk, line: Line, ceiling: Decimal | None) -> None:
    rows = [
        {"figure": one.title, "value": line.figures[name], "unit": one.unit, "is": one.formula}
        for name, one in DEFINITIONS.items()
    ]
    columns = {"figure": "figure", "value": "value", "unit": "unit", "definition": "is"}
    report.table(desk, rows, columns, title=line.group)
    if line.is_over(ceiling):
        report.say(
            desk, f"{line.group}: more than {ceiling} % is overdue for over a year or written off"
        )


def _line(line: Line, ceiling: Decimal | None) -> dict[str, Any]:
    return {
        "group": line.group,
        "figures": line.figures,
        "is_over_ceiling": line.is_over(ceiling),
        "of": {
            name: value if name in ("sales_days", "sales_kwh") else report.amount(value)
            for name, value in report.plain(line.of).items()
        },
    }


@click.command(cls=Command, example="wattledger risk provision --as-of 2026-01-31 --json")
@AS_OF
@OFFICE
@CLASS
@on_a_day
@reporting
@pass_desk
def provision(desk: Desk, as_of: date | None, office: str | None, supply_class: str | None) -> None:
    """
    Work out what to set aside for money that will not come, by a matrix of roll rates.

    A roll rate is what a month's bucket passed on to the next, over twelve months; the loss rate
    of a bucket is the product of the rolls that still lie before it.
    """
    day = desk.day(as_of)
    with desk.looking() as session:
        some = among(session, office, supply_class, day)
        found = figures.provision(session, as_of=day, among=some)
    rows: list[dict[str, Any]] = [
        {
            "bucket": label,
            "balance": report.amount(balance),
            "roll_rate": None if roll is None else round(roll, 4),
            "loss_rate": round(rate, 4),
            "provision": report.amount(amount),
        }
        for label, balance, roll, rate, amount in zip(
            found.labels,
            found.balances,
            (*found.rolls, None),
            found.rates,
            found.amounts,
            strict=True,
        )
    ]
    if desk.as_json:
        total = report.amount(found.total)
        report.one(desk, {"as_of": found.as_of, "buckets": rows, "total": total})
        return
    columns = {"days overdue": "bucket", "balance": "balance", "rolls on": "roll_rate"}
    report.table(desk, rows, columns | {"lost": "loss_rate", "set aside": "provision"})
    report.say(desk, f"set aside in all: {report.amount(found.total)}")


@click.command(cls=Command, example="wattledger risk cash --as-of 2026-01-31 --json")
@AS_OF
@OFFICE
@CLASS
@on_a_day
@reporting
@pass_desk
def cash(desk: Desk, as_of: date | None, office: str | None, supply_class: str | None) -> None:
    """Say when what is open now will come in, week by week, if customers pay as they did."""
    day = desk.day(as_of)
    with desk.looking() as session:
        some = among(session, office, supply_class, day)
        found = figures.expected_cash(session, as_of=day, among=some)
    rows = [
        {"week_from": week.starts_on, "expected": report.amount(week.expected)}
        for week in found.weeks
    ]
    if desk.as_json:
        whole, later = report.amount(found.open), report.amount(found.later)
        facts = {"as_of": found.as_of, "open": whole, "weeks": rows, "later_or_never": later}
        report.one(desk, facts)
        return
    report.table(desk, rows, {"week from": "week_from", "expected": "expected"})
    report.say(
        desk, f"open {report.amount(found.open)}, later or never {report.amount(found.later)}"
    )


@click.command(cls=Command, example="wattledger risk migration --since 2025-12-31 --json")
@click.option("--since", type=DAY, required=True, help="The earlier day.")
@AS_OF
@on_a_day
@reporting
@pass_desk
def migration(desk: Desk, since: date, as_of: date | None) -> None:
    """Count the customers by the grade they had on a day and the one they had later."""
    with desk.looking() as session:
        moves = figures.migration(session, since=since, as_of=desk.day(as_of))
    rows = [
        {
            "from": before,
            **{str(after): moves.get((before, after), 0) for after in GRADES},
            "customers": sum(moves.get((before, after), 0) for after in GRADES),
        }
        for before in GRADES
    ]
    columns = {"from": "from", **{str(one): str(one) for one in GRADES}, "customers": "customers"}
    report.table(desk, rows, columns)


COMMANDS = (kpi, provision, cash, migration)
