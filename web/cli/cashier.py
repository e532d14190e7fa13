"""What a cashier and the office behind do besides taking payments: give back and waive."""

from collections.abc import Sequence

import click

from arrears import review
from billing import deposits, refunds, waivers
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.kinds import AMOUNT
from web.cli.numbers import ACCOUNT
from web.cli.problems import NEEDS_A_PERSON


@click.command(
    cls=Command,
    example='wattledger payments refund 0001234 88 --to "Li Na, 6222" --reason left --as zhao.min',
)
@click.argument("account", type=ACCOUNT)
@click.argument("amount", type=AMOUNT)
@click.option("--to", "payee", required=True, help="To whom it goes: a name and a bank account.")
@click.option("--reason", required=True, help="Why; it stands on the approval and in the books.")
@acting
@reporting
@pass_desk
def refund(desk: Desk, account: str, amount: int, payee: str, reason: str) -> int:
    """Ask for AMOUNT of what stands on an ACCOUNT to be given back; another person approves it."""
    asked = refunds.ask_refund(
        desk.sessions,
        account_number=account,
        amount=amount,
        payee=payee,
        by=desk.by(Permission.TAKE_PAYMENTS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    return _asked(desk, account, asked)


@click.command(
    "release-deposit",
    cls=Command,
    example="wattledger payments release-deposit 0001234 --to 6222 --reason moved --as zhao.min",
)
@click.argument("account", type=ACCOUNT)
@click.option("--to", "payee", required=True, help="To whom the rest goes.")
@click.option("--reason", required=True, help="Why; it stands on the approval and in the books.")
@acting
@reporting
@pass_desk
def release_deposit(desk: Desk, account: str, payee: str, reason: str) -> int:
    """Ask for an ACCOUNT's security to pay what is owed, the rest to be given back."""
    asked = refunds.ask_release(
        desk.sessions,
        account_number=account,
        payee=payee,
        by=desk.by(Permission.TAKE_PAYMENTS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    return _asked(desk, account, asked)


@click.command(
    "credit-interest", cls=Command, example="wattledger payments credit-interest --as zhao.min"
)
@acting
@reporting
@pass_desk
def credit_interest(desk: Desk) -> None:
    """
    Put on account what deposits have earned up to the last day of the year on which that is done.

    The worker does it too; who was credited up to that day before isn't credited again.
    """
    made = deposits.credit_interest(
        desk.sessions, by=desk.by(Permission.TAKE_PAYMENTS), today=desk.today, now=desk.now
    )
    review.reassess(desk.sessions, sorted(made.amounts), today=desk.today, now=desk.now)
    if made.until is None:
        report.say(desk, "no law and no policy has interest credited year by year")
    facts = {"accounts": len(made.amounts), "amount": report.amount(made.total)}
    report.one(desk, {"until": made.until} | facts)


@click.command(
    cls=Command, example='wattledger payments waive 0001234 --reason "our mistake" --as zhao.min'
)
@click.argument("account", type=ACCOUNT)
@click.option("--amount", type=AMOUNT, help="Only so much of them.")
@click.option("--bill", "bills", multiple=True, metavar="NUMBER", help="Only this bill's.")
@click.option("--reason", required=True, help="Why; it stands on the approval and in the books.")
@acting
@reporting
@pass_desk
def waive(desk: Desk, account: str, amount: int | None, bills: Sequence[str], reason: str) -> int:
    """
    Ask for the late charges of an ACCOUNT to be waived; another person approves it.

    All that is open, or an amount of it: the oldest first.
    """
    asked = waivers.ask_waiver(
        desk.sessions,
        account_number=account,
        bills=bills,
        amount=amount,
        by=desk.by(Permission.TAKE_PAYMENTS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    return _asked(desk, account, asked)


def _asked(desk: Desk, account: str, approval_id: int) -> int:
    report.one(desk, {"account": account, "approval": approval_id})
    report.say(desk, f"another person now says yes: wattledger approvals approve {approval_id}")
    return NEEDS_A_PERSON


COMMANDS = (refund, release_deposit, credit_interest, waive)
