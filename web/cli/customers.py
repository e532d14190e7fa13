"""Customers, accounts and supplies: take in, find, show, move in and out, change, close."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

import meters.store
from billing import agreeing, books, store
from billing import customers as master
from billing.agreeing import Wanted
from billing.customer import CustomerKind, Language
from billing.customers import find_history
from billing.supply import PaymentMode
from config import batch
from config.batch import Kind
from config.failed_rows import write_failed_rows
from config.people import Permission
from web.cli import report, supplies
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY, ROW_ID
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError
from web.cli.supplies import QUANTITY
from web.cli.supplies import words_of as _words

NEW_FILE = click.Path(path_type=Path, dir_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(cls=Words)
def customers() -> None:
    """Customers, accounts and supplies: take in, find, show, move in and out, change, close."""


@customers.command("take-in", example="wattledger customers take-in customers.xlsx --as li.na")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--layout", help="Which column is what; otherwise found by the headings.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@acting
@reporting
@pass_desk
def take_in(desk: Desk, files: Sequence[Path], *, layout: str | None, dry_run: bool) -> int:
    """
    Take in FILES of customers with their accounts, supplies, places and meters: CSV or XLSX.

    Every row is accepted or refused; the same file again changes nothing.
    """
    by = desk.by(Permission.TAKE_IN_CUSTOMERS)
    codes = []
    for file in files:
        taken = master.take_in(
            desk.sessions,
            file,
            layout=layout,
            by=by,
            today=desk.today,
            now=desk.now,
            dry_run=dry_run,
        )
        codes.append(report.batch(desk, taken, file))
    return max(codes)


@customers.command(example="wattledger customers template new.xlsx")
@click.argument("file", type=NEW_FILE)
@pass_desk
def template(desk: Desk, file: Path) -> None:
    """Write an empty workbook to a FILE, to type customers into and take in."""
    master.template(file)
    report.say(desk, f"{file}")


@customers.command(example="wattledger customers failed 12 mend-me.xlsx")
@click.argument("number", type=ROW_ID, metavar="BATCH")
@click.argument("file", type=NEW_FILE)
@pass_desk
def failed(desk: Desk, number: int, file: Path) -> int:
    """Write the refused rows of a BATCH to a FILE (.csv or .xlsx), to be mended and taken in."""
    with desk.looking() as session:
        found = batch.get(session, number)
        if found is None or found.kind is not Kind.CUSTOMERS:
            raise NotDoneError(f"no file of customers was taken in as batch {number}")
        count = write_failed_rows(session, number, file)
    report.say(desk, f"{count} rows to mend in {file}" if count else "nothing is to be mended")
    return NEEDS_A_PERSON if count else DONE


@customers.command(example='wattledger customers find "王" --limit 20')
@click.argument("text")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@reporting
@pass_desk
def find(desk: Desk, text: str, limit: int) -> None:
    """Find accounts by a number (leading zeros or not), a name, an address or a mobile number."""
    with desk.looking() as session:
        hits = store.search(session, text, limit=limit)
    columns = {"account": "account_number", "customer": "customer_number"}
    columns |= {"name": "customer_name", "mobile": "mobile", "address": "address"}
    report.table(desk, hits, columns, empty="nobody is found")


@customers.command(example="wattledger customers show 0001234 --json")
@click.argument("account", type=ACCOUNT)
@on_a_day
@reporting
@pass_desk
def show(desk: Desk, account: str) -> None:
    """Show an ACCOUNT: its customer, its supplies, and what it owes on the business day."""
    with desk.looking() as session:
        found = store.find_accounts(session, [account]).get(account)
        if found is None:
            raise NotDoneError(f"no account has the number {account}; try `customers find`")
        customer = store.customers(session, [found.customer_id])[found.customer_id]
        supplies = store.supplies_of(session, [found.id]).get(found.id, [])
        points = meters.store.service_points(session, {one.service_point_id for one in supplies})
        charges = books.open_charges(session, [found.id], as_of=desk.today).get(found.id, [])
        credit = books.on_account(session, [found.id], as_of=desk.today).get(found.id, 0)
    owed = {
        "owed": report.amount(sum(one.open for one in charges)),
        "overdue": report.amount(sum(one.open for one in charges if one.due_on < desk.today)),
        "on_account": report.amount(credit),
    }
    rows: list[dict[str, Any]] = [
        report.plain(one) | {"service_point": points[one.service_point_id].number}
        for one in supplies
    ]
    if desk.as_json:
        facts = {"account": found, "customer": customer, "supplies": rows}
        report.one(desk, facts | owed | {"open_charges": charges})
        return
    facts = {"account": found.number, "customer": customer.number, "name": customer.name}
    report.one(desk, facts | {"mobile": customer.mobile, "address": customer.address} | owed)
    columns = {"service point": "service_point", "from": "starts_on", "until": "ends_on"}
    columns |= {"class": "supply_class", "tariff": "tariff", "paid": "payment_mode"}
    report.table(desk, rows, columns | {"protection": "protection"}, empty="no supply")


@customers.command(example="wattledger customers history 0001234 --json")
@click.argument("account", type=ACCOUNT)
@reporting
@pass_desk
def history(desk: Desk, account: str) -> None:
    """Show what happened to an ACCOUNT and its supplies, the latest first."""
    with desk.looking() as session:
        found = find_history(session, account)
    if found is None:
        raise NotDoneError(f"no account has the number {account}; try `customers find`")
    rows = [
        {"on": one.on, "what": one.event, "service_point": one.point, "facts": _facts(one.facts)}
        for one in found
    ]
    columns = {"on": "on", "what": "what", "service point": "service_point", "facts": "facts"}
    report.table(desk, rows, columns, empty="nothing happened")


def _facts(facts: Mapping[str, tuple[Any, Any]]) -> dict[str, str]:
    def told(was: Any, now: Any) -> str:
        return str(now) if was is None else f"{was} -> {now}"

    return {name: told(*map(report.plain, both)) for name, both in facts.items()}


@customers.command(
    "open",
    example='wattledger customers open 0009876 --customer C-77 --name "王伟" --office CH1 '
    "--as li.na",
)
@click.argument("account")
@click.option("--customer", required=True, help="The customer's number; a known one or a new one.")
@click.option("--name", default="", help="What a new customer is called.")
@click.option("--kind", type=_words(CustomerKind), default="person", show_default=True)
@click.option("--language", type=_words(Language), default="zh", show_default=True)
@click.option("--office", default="", help="The code of the office that serves a new customer.")
@click.option("--mobile", help="A mobile number.")
@click.option("--email", help="An e-mail address.")
@click.option("--address", help="Where letters go; otherwise to the premise.")
@click.option("--on", type=DAY, help="The day on which it is opened; otherwise today.")
@click.option("--credit-days", default=15, show_default=True, type=int, help="Days to pay a bill.")
@acting
@reporting
@pass_desk
def open_(
    desk: Desk, /, account: str, on: date | None, kind: str, language: str, **facts: Any
) -> None:
    """Open an ACCOUNT, for a new customer or a known one; its supply begins with `move-in`."""
    made = master.open_account(
        desk.sessions,
        master.NewAccount(
            store.typed(account),
            opened_on=on or desk.today,
            kind=CustomerKind(kind),
            language=Language(language),
            **facts,
        ),
        by=desk.by(Permission.TAKE_IN_CUSTOMERS),
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, made)


@customers.command(
    "change-name",
    example='wattledger customers change-name 0001234 "王伟" --reason married --as li.na',
)
@click.argument("account", type=ACCOUNT)
@click.argument("name")
@click.option("--on", type=DAY, help="The day from which it holds; otherwise today.")
@click.option("--reason", required=True, help="Why; kept with the act.")
@acting
@reporting
@pass_desk
def change_name(desk: Desk, account: str, name: str, on: date | None, reason: str) -> None:
    """Give the customer of an ACCOUNT another NAME; the former one is kept with its days."""
    made = master.rename(
        desk.sessions,
        account_number=account,
        name=name,
        on=on or desk.today,
        by=desk.by(Permission.TAKE_IN_CUSTOMERS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, made)


@customers.command(
    example="wattledger customers terms 0001234 --credit-days 10 --reason agreed --as li.na"
)
@click.argument("account", type=ACCOUNT)
@click.option("--on", type=DAY, help="The day from which they hold; otherwise today.")
@click.option("--credit-days", type=int, help="Days from the issue of a bill to its due day.")
@click.option("--settlements", type=int, help="In how many parts a month is settled.")
@click.option("--discount-percent", "percent", type=QUANTITY, help="Taken off if paid early.")
@click.option("--discount-days", "early", type=int, help="Days from the issue that are early.")
@click.option("--pay", "mode", type=_words(PaymentMode), help="After use, or before it.")
@click.option("--point", metavar="NUMBER", help="The service point that is paid for like this.")
@click.option("--reason", required=True, help="Why; it stands on the approval.")
@acting
@reporting
@pass_desk
def terms(
    desk: Desk,
    account: str,
    *,
    on: date | None,
    credit_days: int | None,
    settlements: int | None,
    percent: Decimal | None,
    early: int | None,
    mode: str | None,
    point: str | None,
    reason: str,
) -> int:
    """Ask for other terms of paying for an ACCOUNT; another person agrees to them."""
    payment_mode = None if mode is None else PaymentMode(mode)
    asked = agreeing.ask_terms(
        desk.sessions,
        account_number=account,
        wanted=Wanted(
            on or desk.today, credit_days, settlements, payment_mode, point, percent, early
        ),
        by=desk.by(Permission.TAKE_IN_CUSTOMERS, Permission.REVIEW_ARREARS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, {"account": account, "approval": asked})
    report.say(desk, f"another person now says yes: wattledger approvals approve {asked}")
    return NEEDS_A_PERSON


@customers.command(example="wattledger customers close 0001234 --reason left --as li.na")
@click.argument("account", type=ACCOUNT)
@click.option("--on", type=DAY, help="The first day on which it is closed; otherwise today.")
@click.option("--reason", required=True, help="Why; kept with the act.")
@acting
@reporting
@pass_desk
def close(desk: Desk, account: str, on: date | None, reason: str) -> None:
    """Close an ACCOUNT that is supplied no more and with which everything is settled."""
    closed = master.close(
        desk.sessions,
        account_number=account,
        on=on or desk.today,
        by=desk.by(Permission.TAKE_IN_CUSTOMERS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, closed)


for _command in supplies.COMMANDS:
    customers.add_command(_command)
