"""Debts written off, and what of them comes in all the same."""

import click

from arrears import writing_off
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.numbers import ACCOUNT


@click.command(
    cls=Command,
    example="wattledger arrears write-off 0001234 --reason 'company dissolved' "
    "--evidence 'register of 2026-02-10, file 17' --as li",
)
@click.argument("account", type=ACCOUNT)
@click.option("--reason", required=True, help="Why it can't be collected.")
@click.option("--evidence", required=True, help="Which papers prove it, and where they are.")
@acting
@reporting
@pass_desk
def write_off(desk: Desk, account: str, *, reason: str, evidence: str) -> None:
    """Ask that what is overdue of an ACCOUNT be written off; two others approve it."""
    by = desk.by(Permission.REVIEW_ARREARS)
    asked = writing_off.ask(
        desk.sessions,
        account,
        reason=reason,
        evidence=evidence,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    facts = {"step": asked.step_id, "approval": asked.approval_id}
    report.one(desk, facts | {"amount": report.amount(asked.amount)})


@click.command(cls=Command, example="wattledger arrears recover 0001234 --as li")
@click.argument("account", type=ACCOUNT)
@acting
@reporting
@pass_desk
def recover(desk: Desk, account: str) -> None:
    """Use the money that stands on an ACCOUNT for what was written off of it."""
    by = desk.by(Permission.REVIEW_ARREARS)
    amount = writing_off.recover(desk.sessions, account, by=by, today=desk.today, now=desk.now)
    report.one(desk, {"account": account, "recovered": report.amount(amount)})


COMMANDS = {"write-off": write_off, "recover": recover}
