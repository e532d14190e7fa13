"""What others have to know: changes of credit, privileges, arrears told to a public platform."""

from datetime import date, timedelta
from pathlib import Path

import click

from arrears import changes as changing
from arrears import public_credit, store
from arrears.credit import Privilege
from arrears.rules import CREDIT, card_of
from billing import store as billing
from config import dated
from config.people import Permission, Role
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY

NEW_FILE = click.Path(path_type=Path, dir_okay=False)
AS_OF = click.option("--as-of", type=DAY, help="The day; otherwise the business day.")
LATELY = timedelta(days=14)


@click.command(
    cls=Command, example="wattledger credit changes --since 2026-01-01 --for collector --json"
)
@click.option("--since", type=DAY, help="From this day on; otherwise of the last 14 days.")
@click.option(
    "--for",
    "role",
    type=click.Choice([role.value for role in Role]),
    help="Only what people with this role have to know.",
)
@AS_OF
@on_a_day
@reporting
@pass_desk
def changes(desk: Desk, since: date | None, role: str | None, as_of: date | None) -> None:
    """Show what changed in the credit of customers, and which departments have to know it."""
    until = desk.day(as_of)
    roles = None if role is None else [Role(role)]
    with desk.looking() as session:
        found = changing.changes(session, since=since or until - LATELY, until=until, roles=roles)
        customers = billing.customers(session, {one.customer_id for one in found})
    rows = [
        {
            "on": one.on,
            "customer": customers[one.customer_id].number,
            "name": customers[one.customer_id].name,
            "what": one.what,
            "kind": one.kind,
            "words": one.words,
            "by": one.by,
            "for": sorted(changing.NEEDS[one.what]),
        }
        for one in found
    ]
    columns = {"day": "on", "customer": "customer", "name": "name", "what": "what"}
    columns |= {"is": "words", "by": "by", "for": "for"}
    report.table(desk, rows, columns, empty="nothing changed")


@click.command(cls=Command, example="wattledger risk privileges --of no_deposit --json")
@click.option(
    "--of",
    "privilege",
    type=click.Choice([one.value for one in Privilege]),
    help="Name the customers who enjoy this one.",
)
@on_a_day
@reporting
@pass_desk
def privileges(desk: Desk, privilege: str | None) -> None:
    """Show what good grades are worth by the credit policy in force, and to how many."""
    with desk.looking() as session:
        card = card_of(dated.in_force(session, CREDIT, desk.today))
        least = dict(card.privileges)
        if privilege is None:
            counts = store.grades_count(session)
            rows = [
                {
                    "privilege": one,
                    "least_grade": grade,
                    "customers": sum(
                        count for each, count in counts.items() if one in card.privileges_of(each)
                    ),
                }
                for one, grade in least.items()
            ]
            columns = {"privilege": "privilege", "from grade": "least_grade"}
            columns |= {"customers": "customers"}
            report.table(desk, rows, columns, empty=f"{card.name} gives none")
            return
        grade = least.get(Privilege(privilege))
        holders = {} if grade is None else store.graded_at_least(session, grade)
        customers = billing.customers(session, holders)
    rows = [
        {"customer": customers[key].number, "name": customers[key].name, "grade": grade}
        for key, grade in holders.items()
    ]
    columns = {"customer": "customer", "name": "name", "grade": "grade"}
    report.table(desk, rows, columns, empty="nobody enjoys it")


@click.command(cls=Command, name="to-report", example="wattledger credit to-report --json")
@AS_OF
@on_a_day
@reporting
@pass_desk
def to_report(desk: Desk, as_of: date | None) -> None:
    """Show whose arrears the market wants reported to a public credit platform, and aren't yet."""
    day = desk.day(as_of)
    with desk.looking() as session:
        found = public_credit.to_report(session, as_of=day)
        rule = public_credit.rule_on(session, day)
    rows = [
        {
            "customer": one.customer.number,
            "name": one.customer.name,
            "overdue": report.amount(one.overdue),
            "since": one.since,
        }
        for one in found
    ]
    columns = {"customer": "customer", "name": "name", "overdue": "overdue", "since": "since"}
    empty = "nobody is to be reported" if rule else "the law in force names no platform"
    report.table(desk, rows, columns, empty=empty)


@click.command(
    cls=Command,
    name="report-arrears",
    example="wattledger credit report-arrears C000123 --reason 'silent since May' --as li",
)
@click.argument("number")
@click.option("--reason", required=True, help="Why, for whoever decides.")
@acting
@reporting
@pass_desk
def report_arrears(desk: Desk, number: str, reason: str) -> None:
    """Ask that a customer's arrears be told to the public credit platform; another allows it."""
    by = desk.by(Permission.REVIEW_ARREARS)
    asked = public_credit.ask(
        desk.sessions, number, reason=reason, by=by, today=desk.today, now=desk.now
    )
    report.one(desk, {"approval": asked})


@click.command(
    cls=Command, name="reported", example="wattledger credit reported --xlsx platform.xlsx"
)
@AS_OF
@click.option("--xlsx", type=NEW_FILE, help="Write the file for the platform, too.")
@on_a_day
@reporting
@pass_desk
def reported(desk: Desk, as_of: date | None, xlsx: Path | None) -> None:
    """Show what was reported to the public credit platform, and what of it is settled by now."""
    day = desk.day(as_of)
    with desk.looking() as session:
        found = public_credit.reported(session, as_of=day)
    if xlsx is not None:
        public_credit.write(xlsx, found, as_of=day)
    rows = [
        {
            "customer": one.customer.number,
            "name": one.customer.name,
            "amount": report.amount(one.amount),
            "since": one.since,
            "reported_on": one.reported_on,
            "by": one.by,
            "overdue_now": report.amount(one.overdue_now),
            "is_settled": one.is_settled,
        }
        for one in found
    ]
    columns = {"customer": "customer", "name": "name", "reported": "amount", "since": "since"}
    columns |= {"on": "reported_on", "by": "by", "now": "overdue_now", "settled": "is_settled"}
    report.table(desk, rows, columns, empty="nothing was reported")


COMMANDS = (changes, to_report, report_arrears, reported)
