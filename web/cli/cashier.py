"""What a cashier and the office behind do besides taking payments: give back, waive, count."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import click

from arrears import review
from billing import deposits, refunds, till, tillbook, waivers
from billing.tillbook import Till
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON

_DAYS = 31


@click.command(
    cls=Command,
    example='wattledger payments refund 0001234 88 --to "Li Na, 6222" --reason left --as li.na',
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
    example="wattledger payments release-deposit 0001234 --to 6222 --reason moved --as li.na",
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
    "credit-interest", cls=Command, example="wattledger payments credit-interest --as li.na"
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
@click.option("--bill", "bills", multiple=True, metavar="NUMBER", help="Only this bill's.")
@click.option("--reason", required=True, help="Why; it stands on the approval and in the books.")
@acting
@reporting
@pass_desk
def waive(desk: Desk, account: str, bills: Sequence[str], reason: str) -> int:
    """Ask for the late charges of an ACCOUNT to be waived; another person approves it."""
    asked = waivers.ask_waiver(
        desk.sessions,
        account_number=account,
        bills=bills,
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


@click.command(
    "open-till", cls=Command, example="wattledger payments open-till --change 200 --as zhao.min"
)
@click.option("--change", type=AMOUNT, help="The change in it; by default nothing.")
@acting
@reporting
@pass_desk
def open_till(desk: Desk, change: int | None) -> None:
    """Open your till of the day."""
    made = till.open_till(
        desk.sessions,
        by=desk.by(Permission.TAKE_PAYMENTS),
        opening=change or 0,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, _till(made.till) | {"expected": report.amount(made.expected)})


@click.command(
    "close-till", cls=Command, example="wattledger payments close-till 1240.50 --as zhao.min"
)
@click.argument("counted", type=AMOUNT)
@click.option("--note", default="", help="What a difference is; wanted where there is one.")
@click.option("--cashier", metavar="LOGIN", help="Whose till, for a supervisor; otherwise yours.")
@click.option("--day", type=DAY, help="The till's day; otherwise today.")
@acting
@reporting
@pass_desk
def close_till(desk: Desk, counted: int, note: str, cashier: str | None, day: date | None) -> int:
    """Close a till with the cash COUNTED in it, its change included; 1 if it differs."""
    is_others = cashier is not None and cashier != desk.login
    by = desk.by(Permission.REVERSE_PAYMENTS if is_others else Permission.TAKE_PAYMENTS)
    made = till.close_till(
        desk.sessions,
        cashier=cashier or by,
        day=day or desk.today,
        counted=counted,
        note=note,
        by=by,
        now=desk.now,
    )
    taken = {
        method or "not said": f"{report.amount(amount)} in {count}"
        for method, (amount, count) in sorted(made.taken.items())
    }
    report.one(desk, _till(made.till) | {"taken": taken})
    return NEEDS_A_PERSON if made.till.difference else DONE


@click.command("tills", cls=Command, example="wattledger payments tills --json")
@click.option("--days", default=_DAYS, show_default=True, type=click.IntRange(1, 4000))
@on_a_day
@reporting
@pass_desk
def tills(desk: Desk, days: int) -> None:
    """List the tills of the last days, the newest first: what was counted, what differs."""
    with desk.looking() as session:
        found = tillbook.tills(
            session, since=desk.today - timedelta(days=days - 1), until=desk.today
        )
    columns = {name: name for name in ("day", "cashier", "opening", "expected", "counted")}
    columns |= {"difference": "difference", "note": "note", "closed by": "closed_by"}
    report.table(desk, [_till(one) for one in found], columns, empty="no till was opened")


def _till(one: Till) -> dict[str, Any]:
    amounts = {
        "opening": one.opening,
        "expected": one.expected,
        "counted": one.counted,
        "difference": one.difference,
    }
    shown = {key: None if value is None else report.amount(value) for key, value in amounts.items()}
    facts: dict[str, Any] = report.plain(one)
    return facts | shown | {"state": "open" if one.is_open else "closed"}


COMMANDS = (refund, release_deposit, credit_interest, waive, open_till, close_till, tills)
