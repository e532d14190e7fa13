"""What people say of a customer beside the figures: an expert's word, and why one is watched."""

from datetime import date

import click

from arrears import adjusting, crediting, security
from arrears.credit_file import Ending, Flag, ItemKind
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, pass_desk, reporting
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


COMMANDS = (set_flag, end_guarantee)
