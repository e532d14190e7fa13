"""Prepaid accounts, and the way of an account to prepayment."""

from collections.abc import Callable
from typing import Any

import click

from arrears import conversion
from arrears.case import Conversion, ConversionState
from billing import store as billing
from billing.supply import PaymentMode
from config.people import Permission
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import ROW_ID


@click.group(cls=Words)
def vend() -> None:
    """Prepaid accounts, and the way of an account to prepayment."""


@vend.command(example="wattledger vend accounts --json")
@on_a_day
@reporting
@pass_desk
def accounts(desk: Desk) -> None:
    """List the accounts that pay before they use."""
    with desk.looking() as session:
        supplies = billing.supplies_on(session, billing.account_ids(session), desk.today)
        prepaid = {
            account_id: [one for one in some if one.payment_mode is PaymentMode.PREPAID]
            for account_id, some in supplies.items()
        }
        found = billing.accounts(session, [one for one, some in prepaid.items() if some])
    rows = [
        {
            "account": account.number,
            "since": min(one.starts_on for one in prepaid[account.id]),
            "service_points": len(prepaid[account.id]),
        }
        for account in found.values()
    ]
    columns = {"account": "account", "since": "since", "service points": "service_points"}
    report.table(desk, rows, columns, empty="no account pays before it uses")


@vend.command(example="wattledger vend conversions --state agreement_wanted")
@click.option(
    "--state", type=click.Choice([state.value for state in ConversionState]), help="Only these."
)
@reporting
@pass_desk
def conversions(desk: Desk, state: str | None) -> None:
    """List the accounts on their way to prepayment, the newest first."""
    states = tuple(ConversionState) if state is None else (ConversionState(state),)
    _show(desk, conversion.conversions(desk.sessions, states))


def _show(desk: Desk, found: list[Conversion]) -> None:
    with desk.looking() as session:
        known = billing.accounts(session, {one.account_id for one in found})
    rows: list[dict[str, Any]] = [
        report.plain(one) | {"account": known[one.account_id].number} for one in found
    ]
    columns = {"conversion": "id", "account": "account", "state": "state"}
    columns |= {"approved": "approved_on", "agreed": "agreed_on", "ended": "ended_on"}
    report.table(desk, rows, columns, empty="no account is on its way to prepayment")


def _move(desk: Desk, number: int, door: Callable[..., Conversion], right: Permission) -> None:
    moved = door(desk.sessions, number, by=desk.by(right), today=desk.today, now=desk.now)
    _show(desk, [moved])


@vend.command(example="wattledger vend agree 3 --as sun.qiang")
@click.argument("number", type=ROW_ID, metavar="CONVERSION")
@acting
@reporting
@pass_desk
def agree(desk: Desk, number: int) -> None:
    """Record that the customer has signed the agreement, so that the meter can be changed."""
    _move(desk, number, conversion.agree, Permission.SERVE_NOTICES)


@vend.command(example="wattledger vend activate 3 --as sun.qiang")
@click.argument("number", type=ROW_ID, metavar="CONVERSION")
@acting
@reporting
@pass_desk
def activate(desk: Desk, number: int) -> None:
    """Let the account pay before it uses, from today on."""
    _move(desk, number, conversion.activate, Permission.SWITCH_SUPPLY)


@vend.command(example="wattledger vend withdraw 3 --as wang.fang")
@click.argument("number", type=ROW_ID, metavar="CONVERSION")
@acting
@reporting
@pass_desk
def withdraw(desk: Desk, number: int) -> None:
    """Leave the account as it is."""
    _move(desk, number, conversion.withdraw, Permission.HOLD_CASES)
