"""Debt of former years on the command line: targets, and what was recovered against them."""

from datetime import date

import click

from arrears import old_debt as debts
from arrears.old_debt import Target, Whose
from billing.money import Money
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY

WHOSE = [one.value for one in Whose]


@click.command(
    cls=Command, name="old-debt", example="wattledger risk old-debt --by collector --json"
)
@click.option("--by", type=click.Choice(WHOSE), default="office", show_default=True)
@click.option("--as-of", type=DAY, help="The day; otherwise the business day.")
@on_a_day
@reporting
@pass_desk
def old_debt(desk: Desk, by: str, as_of: date | None) -> None:
    """Show what was recovered of former years' debt this year, against each target."""
    day = desk.day(as_of)
    with desk.looking() as session:
        found = debts.old_debt(session, as_of=day, by=Whose(by))
    rows = [
        {
            "name": one.name,
            "opening": report.amount(one.opening),
            "recovered": report.amount(one.recovered),
            "target": None if one.target is None else report.amount(one.target),
            "reached_percent": one.reached,
        }
        for one in found
    ]
    if desk.as_json:
        report.one(desk, {"as_of": day, "by": by, "lines": rows})
        return
    columns = {by: "name", "open when the year began": "opening", "recovered": "recovered"}
    report.table(desk, rows, columns | {"target": "target", "reached %": "reached_percent"})


@click.command(
    cls=Command, name="target", example="wattledger risk target office N 500000 --year 2026 --as li"
)
@click.argument("whose", type=click.Choice(WHOSE))
@click.argument("name")
@click.argument("amount", type=AMOUNT)
@click.option("--year", type=click.IntRange(2000, 2999), help="Otherwise this year.")
@acting
@pass_desk
def target(desk: Desk, whose: str, name: str, amount: Money, *, year: int | None) -> None:
    """Set how much of former years' debt an office or a collector is to recover in a year."""
    by = desk.by(Permission.APPROVE_CREDIT)
    new = Target(year or desk.today.year, Whose(whose), name, amount)
    debts.set_target(desk.sessions, new, by=by, now=desk.now)
    report.say(desk, f"{whose} {name} is to recover {report.amount(amount)} in {new.year}")


COMMANDS = (old_debt, target)
