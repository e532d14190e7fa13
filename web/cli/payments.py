"""Payments: at the counter, from files and banks; suspense; taking a payment back."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

import click

from billing import bank, books, cashier, second_look, store
from billing.matching import Suggestion
from billing.payment import Payment, Receipt
from billing.statement import statement_lines
from config.batch import Batch
from config.people import Permission
from web.cli import cashier as cashier_acts
from web.cli import report, tills
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY, RECEIPT, ROW_ID
from web.cli.numbers import ACCOUNT
from web.cli.problems import NotDoneError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_as_of = click.option(
    "--as-of",
    type=DAY,
    help="The last day it tells of; otherwise as it says itself, or today if nothing is in it.",
)


_method = click.option(
    "--method",
    type=click.Choice(["cash", "card", "qr", "transfer", "cheque"]),
    default="cash",
    show_default=True,
    help="How it was paid; cash lies in the till.",
)


@click.group(cls=Words)
def payments() -> None:
    """Payments: at the counter, from files and banks; suspense; taking a payment back."""


def _look_again(desk: Desk, account_ids: Collection[int]) -> None:
    """Have the accounts looked at again: whoever has paid is left in peace at once."""
    from arrears import review

    review.reassess(desk.sessions, account_ids, today=desk.today, now=desk.now)


@payments.command(example="wattledger payments take 0001234 120.50 --reference 8841 --as zhao.min")
@click.argument("account", type=ACCOUNT)
@click.argument("amount", type=AMOUNT)
@click.option("--channel", default="counter", show_default=True, help="Where the money came in.")
@click.option("--reference", required=True, help="What the channel calls it; given once.")
@click.option("--value-on", type=DAY, help="The day from which it counts; otherwise today.")
@click.option("--bill", "bills", multiple=True, metavar="NUMBER", help="To be settled first.")
@_method
@acting
@reporting
@pass_desk
def take(
    desk: Desk,
    account: str,
    amount: int,
    *,
    channel: str,
    reference: str,
    value_on: date | None,
    bills: Sequence[str],
    method: str,
) -> None:
    """Take a payment of AMOUNT for an ACCOUNT, and settle what is open."""
    receipt = cashier.pay(
        desk.sessions,
        account_number=account,
        amount=amount,
        channel=channel,
        reference=reference,
        value_on=value_on or desk.today,
        by=desk.by(Permission.TAKE_PAYMENTS),
        today=desk.today,
        now=desk.now,
        designated=bills,
        method=method,
    )
    _look_again(desk, [receipt.account_id])
    report.one(desk, _receipt(receipt))
    if receipt.account_closed_on is not None:
        click.echo(
            f"account {receipt.account_number} is closed since {receipt.account_closed_on}: find "
            "out whose the money is, and refund it or have the payment taken back",
            err=True,
        )


def _receipt(receipt: Receipt) -> dict[str, object]:
    return {
        "receipt": receipt.number,
        "account": receipt.account_number,
        "amount": report.amount(receipt.amount),
        "settled": report.amount(sum(amount for _, amount in receipt.settled)),
        "late_charge": report.amount(receipt.late_charge),
        "on_account": report.amount(receipt.on_account),
        "value_on": receipt.value_on,
        "posted_on": receipt.posted_on,
    }


@payments.command("take-in", example="wattledger payments take-in counter.csv --as zhao.min")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--layout", help="Which column is what; otherwise found by the headings.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@_as_of
@acting
@reporting
@pass_desk
def take_in(
    desk: Desk, files: Sequence[Path], *, layout: str | None, dry_run: bool, as_of: date | None
) -> int:
    """
    Take in FILES of payments, CSV or XLSX, by a layout.

    Money whose owner isn't known goes to suspense. The same file again changes nothing.
    """
    by = desk.by(Permission.TAKE_PAYMENTS)
    codes = []
    for file in files:
        batch = cashier.take_in(
            desk.sessions,
            file,
            layout=layout,
            by=by,
            today=desk.today,
            now=desk.now,
            dry_run=dry_run,
            as_of=as_of,
        )
        codes.append(_taken(desk, batch, file))
    return max(codes)


@payments.command("bank", example="wattledger payments bank statement.xml --as zhao.min")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@_as_of
@acting
@reporting
@pass_desk
def bank_(desk: Desk, files: Sequence[Path], *, dry_run: bool, as_of: date | None) -> int:
    """Take in statements (camt.053, camt.054, MT940); what can't be matched goes to suspense."""
    by = desk.by(Permission.TAKE_PAYMENTS)
    codes = []
    for file in files:
        batch = bank.take_in(
            desk.sessions,
            file,
            by=by,
            today=desk.today,
            now=desk.now,
            dry_run=dry_run,
            as_of=as_of,
        )
        codes.append(_taken(desk, batch, file))
    return max(codes)


@payments.command(
    "accept-statement",
    example='wattledger payments accept-statement 41 --reason "fees" --as wang.fang',
)
@click.argument("batch", type=ROW_ID)
@click.option("--reason", required=True, help="What the bank said of it; it is kept.")
@acting
@reporting
@pass_desk
def accept_statement(desk: Desk, batch: int, reason: str) -> None:
    """
    Say that nothing is missing of the statement of a BATCH whose balances don't add up.

    Somebody other than who took it in says so; until then payments are taken to be late.
    """
    by = desk.who(Permission.APPROVE_BILLING)
    found = second_look.accept(desk.sessions, batch, by=by, reason=reason, now=desk.now)
    report.one(desk, {"batch": found.id, "file": found.file_name, "decision": "accepted"})


def _taken(desk: Desk, batch: Batch, file: Path) -> int:
    if batch.id is not None and not batch.is_repeat:
        with desk.looking() as session:
            touched = cashier.accounts_of(session, batch.id)
        _look_again(desk, touched)
    code = report.batch(desk, batch, file)
    keys = ("posted", "suspense", "refused", "total")
    sums = [f"{report.amount(batch.facts[key])} {key}" for key in keys if key in batch.facts]
    if sums:
        report.say(desk, f"  {', '.join(sums)}")
    return code


@payments.command(example="wattledger payments suspense --json")
@on_a_day
@reporting
@pass_desk
def suspense(desk: Desk) -> None:
    """List the money of which nobody knows whose it is, the oldest first, and whose it may be."""
    with desk.looking() as session:
        found = cashier.suspense(session)
        likely = cashier.suggestions(session, found, today=desk.today)
    columns = {"payment": "payment", "came on": "value_on", "amount": "open", "payer": "payer"}
    columns |= {"text": "text", "channel": "channel", "reference": "reference"}
    columns |= {"may be": "may_be", "sure": "sure"}
    rows = [_payment(one) | _likely(likely[one.id]) for one in found]
    report.table(desk, rows, columns, empty="no money in suspense")


def _likely(found: Sequence[Suggestion]) -> dict[str, object]:
    best = found[0] if found else None
    return {
        "may_be": f"{best.number} {best.name}" if best else "",
        "sure": f"{best.confidence} %" if best else "",
        "suggestions": [report.plain(one) for one in found],
    }


def _payment(payment: Payment) -> dict[str, object]:
    return {
        "payment": payment.id,
        "receipt": payment.number,
        "channel": payment.channel,
        "reference": payment.reference,
        "amount": report.amount(payment.amount),
        "open": report.amount(payment.open),
        "value_on": payment.value_on,
        "posted_on": payment.posted_on,
        "payer": payment.payer,
        "text": payment.text,
        "received_by": payment.received_by,
    }


@payments.command(example='wattledger payments assign 17 0001234 --reason "name" --as zhao.min')
@click.argument("payment", type=RECEIPT)
@click.argument("account", type=ACCOUNT)
@click.option("--reason", default="", help="How it was found; kept with the act.")
@acting
@reporting
@pass_desk
def assign(desk: Desk, payment: int, account: str, reason: str) -> None:
    """Give a PAYMENT in suspense to an ACCOUNT, as of the day it came."""
    receipt = cashier.assign(
        desk.sessions,
        payment,
        account,
        by=desk.by(Permission.TAKE_PAYMENTS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    _look_again(desk, [receipt.account_id])
    report.one(desk, _receipt(receipt))


@payments.command(
    example='wattledger payments reverse 17 --reason "returned by the bank" --as wang.fang'
)
@click.argument("payment", type=RECEIPT)
@click.option("--reason", required=True, help="Why; it stands in the books.")
@acting
@reporting
@pass_desk
def reverse(desk: Desk, payment: int, reason: str) -> None:
    """Take back a PAYMENT: what it had settled is open again, with its old due date."""
    done = cashier.reverse(
        desk.sessions,
        payment,
        by=desk.by(Permission.REVERSE_PAYMENTS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    _look_again(desk, done.account_ids)
    report.one(desk, {"receipt": done.number, "amount": report.amount(done.amount)})


@payments.command(
    "take-deposit",
    example="wattledger payments take-deposit 0001234 500 --reference 77 --as zhao.min",
)
@click.argument("account", type=ACCOUNT)
@click.argument("amount", type=AMOUNT)
@click.option("--channel", default="counter", show_default=True, help="Where the money came in.")
@click.option("--reference", required=True, help="What the channel calls it; given once.")
@click.option("--demand", metavar="NUMBER", help="The demand it answers; otherwise the oldest.")
@_method
@acting
@reporting
@pass_desk
def take_deposit(
    desk: Desk,
    account: str,
    amount: int,
    *,
    channel: str,
    reference: str,
    demand: str | None,
    method: str,
) -> None:
    """Take a payment of AMOUNT that is held for an ACCOUNT as security and settles nothing."""
    receipt = cashier.pay_deposit(
        desk.sessions,
        account_number=account,
        amount=amount,
        channel=channel,
        reference=reference,
        value_on=desk.today,
        by=desk.by(Permission.TAKE_PAYMENTS),
        today=desk.today,
        now=desk.now,
        demand_number=demand,
        method=method,
    )
    _look_again(desk, [receipt.account_id])
    report.one(desk, _receipt(receipt))


@payments.command(example="wattledger payments statement 0001234 --json")
@click.argument("account", type=ACCOUNT)
@click.option("--from", "since", type=DAY, help="The first day on paper; otherwise a year back.")
@click.option("--until", type=DAY, help="The last day on paper; otherwise today.")
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Write it as paper.")
@on_a_day
@reporting
@pass_desk
def statement(
    desk: Desk, account: str, since: date | None, until: date | None, pdf: Path | None
) -> None:
    """Show every entry in the books of an ACCOUNT in order, or its statement on paper."""
    if pdf is not None:
        from notices import account_papers

        last = until or desk.today
        first = since or last - timedelta(days=364)
        pdf.write_bytes(account_papers.statement(desk.sessions, account, since=first, until=last))
        report.one(desk, {"files": [pdf]})
        return
    with desk.looking() as session:
        found = store.find_accounts(session, [account]).get(account)
        if found is None:
            raise NotDoneError(f"no account has the number {account}; try `customers find`")
        lines = statement_lines(books.statement(session, found.id))
        charges = {line.entry.charge_id for line in lines if line.entry.charge_id is not None}
        billed = books.bills_of_charges(session, charges)
        numbers = {one.id: one.number for one in store.bills(session, account_id=found.id)}
        rows = [
            report.plain(line.entry)
            | {"amount": report.amount(line.entry.amount), "owed": report.amount(line.balance)}
            | {"bill": numbers.get(line.entry.bill_id or billed.get(line.entry.charge_id or 0, 0))}
            for line in lines
        ]
    columns = {"posted": "posted_on", "counts from": "value_on", "debit": "debit"}
    columns |= {"credit": "credit", "amount": "amount", "owed after it": "owed"}
    columns |= {"text": "text", "of bill": "bill"}
    report.table(desk, rows, columns, empty="nothing is in the books")


for _command in (*cashier_acts.COMMANDS, *tills.COMMANDS):
    payments.add_command(_command)
