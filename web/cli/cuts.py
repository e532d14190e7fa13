"""Cutting supply and giving it back: when it may be, what is ordered, what was done."""

from datetime import UTC, datetime
from typing import Any

import click

from arrears import disconnection, store
from arrears.step import Step, StepKind
from billing import store as billing
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import ROW_ID

SWITCHING = (StepKind.DISCONNECTION, StepKind.RECONNECTION)
COLUMNS = {"step": "id", "kind": "kind", "account": "account", "proposed": "proposed_on"}
COLUMNS |= {"amount": "amount", "state": "state", "done": "done_on"}


@click.command(cls=Command, example="wattledger arrears due --json")
@on_a_day
@reporting
@pass_desk
def due(desk: Desk) -> None:
    """List the served disconnection notices, and from when to when supply may be cut on each."""
    found = disconnection.due(desk.sessions, today=desk.today)
    rows = [
        {
            "account": one.account_number,
            "notice": one.step.id,
            "served_on": one.step.served_on,
            "first_on": one.first_on,
            "last_on": one.last_on,
        }
        for one in found
    ]
    columns = {"account": "account", "notice": "notice", "served": "served_on"}
    columns |= {"not before": "first_on", "not after": "last_on"}
    report.table(desk, rows, columns, empty="no notice runs")


@click.command(cls=Command, example="wattledger arrears orders")
@reporting
@pass_desk
def orders(desk: Desk) -> None:
    """List the supplies to be cut and to be given back, the oldest first."""
    with desk.looking() as session:
        steps = store.pending_steps(session, kinds=SWITCHING)
        rows = _rows(session, steps)
    report.table(desk, rows, COLUMNS, empty="nothing is to be switched")


def _rows(session: Any, steps: list[Step]) -> list[dict[str, Any]]:
    accounts = billing.accounts(session, {one.account_id for one in steps})
    return [
        report.plain(one)
        | {
            "account": accounts[one.account_id].number,
            "amount": report.amount(one.amount),
        }
        for one in steps
    ]


@click.command(
    cls=Command,
    example='wattledger arrears done 71 --second-notice-at "2026-02-20 09:30" --as sun.qiang',
)
@click.argument("step", type=ROW_ID)
@click.option(
    "--second-notice-at",
    type=click.DateTime(["%Y-%m-%d %H:%M"]),
    metavar="TIME",
    help="When the customer was told again, where the law wants that; the supplier's clock.",
)
@acting
@reporting
@pass_desk
def done(desk: Desk, step: int, second_notice_at: datetime | None) -> None:
    """
    Record that a crew carried out a STEP just now: cut a supply, or gave it back.

    If a payment or a hold ended the order meanwhile it comes back withdrawn, and the crew leaves
    the supply as it is.
    """
    told = second_notice_at and second_notice_at.replace(tzinfo=desk.settings.zone)
    moved = disconnection.done(
        desk.sessions,
        step,
        by=desk.by(Permission.SWITCH_SUPPLY),
        today=desk.today,
        now=desk.now,
        second_notice_at=told and told.astimezone(UTC),
    )
    with desk.looking() as session:
        rows = _rows(session, [moved])
    report.table(desk, rows, COLUMNS)


COMMANDS = (due, orders, done)
