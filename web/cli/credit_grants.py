"""What people say of a customer beside the figures: an expert's word, and why one is watched."""

from datetime import date
from pathlib import Path

import click

from arrears import adjusting, crediting, security, watching
from arrears.credit_file import Ending, Flag, ItemKind
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY, ROW_ID


@click.command(
    cls=Command,
    name="flag",
    example="wattledger credit flag C000123 tenant --until 2026-12-31 --as li",
)
@click.argument("number")
@click.argument("flag", type=click.Choice([flag.value for flag in Flag]))
@click.option("--until", type=DAY, help="The last day of it; today takes it down.")
@acting
@reporting
@pass_desk
def set_flag(desk: Desk, number: str, flag: str, until: date | None) -> None:
    """Watch a customer for a reason; the newest word on the same FLAG holds."""
    by = desk.by(Permission.REVIEW_ARREARS)
    item = crediting.record(
        desk.sessions,
        number,
        ItemKind.WATCH,
        title=flag,
        holds_from=desk.today,
        expires_on=until,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, {"item": item})


@click.command(
    cls=Command,
    name="adjust",
    example="wattledger risk adjust C000123 --notches 1 --until 2026-12-31 "
    "--reason 'new owner' --as li",
)
@click.argument("number")
@click.option("--notches", type=int, required=True, help="How many grades; -1 is one worse.")
@click.option("--until", type=DAY, required=True, help="The last day of it.")
@click.option("--reason", required=True, help="Why, for whoever decides.")
@acting
@reporting
@pass_desk
def adjust(desk: Desk, number: str, *, notches: int, until: date, reason: str) -> None:
    """Ask that a customer's grade be moved by an expert's word; another person allows it."""
    by = desk.by(Permission.REVIEW_ARREARS)
    asked = adjusting.ask(
        desk.sessions,
        number,
        notches=notches,
        until=until,
        reason=reason,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, {"approval": asked})


@click.command(
    cls=Command,
    name="end-guarantee",
    example="wattledger credit end-guarantee 7 called --reason 'nothing paid since May' --as li",
)
@click.argument("item", type=ROW_ID)
@click.argument("ending", type=click.Choice([ending.value for ending in Ending]))
@click.option("--reason", required=True, help="Why, for whoever decides.")
@acting
@reporting
@pass_desk
def end_guarantee(desk: Desk, item: int, ending: str, *, reason: str) -> None:
    """Ask that a guarantee or collateral be released or called; another person allows it."""
    by = desk.by(Permission.REVIEW_ARREARS)
    asked = security.ask(
        desk.sessions, item, Ending(ending), reason=reason, by=by, today=desk.today, now=desk.now
    )
    report.one(desk, {"approval": asked})


@click.command(
    cls=Command,
    name="follow-up",
    example="wattledger credit follow-up C000123 tenant --found 'still there, pays' --as li",
)
@click.argument("number")
@click.argument("flag", type=click.Choice([flag.value for flag in Flag]))
@click.option("--found", required=True, help="What was found, for whoever looks next time.")
@acting
@reporting
@pass_desk
def follow_up(desk: Desk, number: str, flag: str, *, found: str) -> None:
    """Say what was found when a watched customer was looked at; the interval begins anew."""
    by = desk.by(Permission.REVIEW_ARREARS)
    item = watching.follow_up(
        desk.sessions, number, Flag(flag), found=found, by=by, today=desk.today, now=desk.now
    )
    report.one(desk, {"item": item})


@click.command(
    cls=Command, name="watch", example="wattledger credit watch --due --xlsx watched.xlsx"
)
@click.option("--due", is_flag=True, help="Only who is to be looked at by the day.")
@click.option("--as-of", type=DAY, help="The day; otherwise the business day.")
@click.option("--xlsx", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
@on_a_day
@reporting
@pass_desk
def watch(desk: Desk, *, due: bool, as_of: date | None, xlsx: Path | None) -> None:
    """List who is watched, why, who looked last, and by when somebody looks again."""
    day = desk.day(as_of)
    with desk.looking() as session:
        found = [
            one for one in watching.watch_list(session, as_of=day) if not due or one.is_due_on(day)
        ]
    if xlsx is not None:
        watching.write(xlsx, found, as_of=day)
    rows = [
        {
            "customer": one.customer.number,
            "name": one.customer.name,
            "flag": one.flag,
            "since": one.since,
            "looked_on": one.looked_on,
            "by": one.looked_by,
            "found": one.found,
            "next_on": one.next_on,
            "is_due": one.is_due_on(day),
            "grade": one.grade,
            "open": report.amount(one.open),
            "overdue": report.amount(one.overdue),
        }
        for one in found
    ]
    columns = {"customer": "customer", "name": "name", "as": "flag", "since": "since"}
    columns |= {"looked at": "looked_on", "by": "by", "found": "found", "next": "next_on"}
    columns |= {"due": "is_due", "grade": "grade", "open": "open", "overdue": "overdue"}
    report.table(desk, rows, columns, empty="nobody is to be looked at" if due else "nobody")


COMMANDS = (set_flag, end_guarantee, follow_up, watch)
