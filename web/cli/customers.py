"""Customers, accounts and supplies: take in, find, show."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

import meters.store
from billing import books, store
from billing import customers as master
from billing.supply import SupplyClass, Terms
from config.people import Permission
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.problems import NotDoneError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(cls=Words)
def customers() -> None:
    """Customers, accounts and supplies: take in, find, show."""


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
@click.argument("account")
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


@customers.command(
    "move-out",
    example="wattledger customers move-out 0001234 P-77 --on 2026-02-10 --reason moved --as li.na",
)
@click.argument("account")
@click.argument("point")
@click.option("--on", type=DAY, required=True, help="The first day that is not supplied.")
@click.option("--reason", required=True, help="Why; kept with the act.")
@acting
@reporting
@pass_desk
def move_out(desk: Desk, account: str, point: str, *, on: date, reason: str) -> None:
    """End an ACCOUNT's supply at a service POINT."""
    ended = master.move_out(
        desk.sessions,
        account_number=account,
        service_point=point,
        on=on,
        by=desk.by(Permission.TAKE_IN_CUSTOMERS),
        reason=reason,
        now=desk.now,
    )
    report.one(desk, ended)


@customers.command(
    "move-in",
    example="wattledger customers move-in 0009876 P-77 --on 2026-02-10 --class residential "
    "--tariff residential_beijing --as li.na",
)
@click.argument("account")
@click.argument("point")
@click.option("--on", type=DAY, required=True, help="The first day that is supplied.")
@click.option(
    "--class",
    "supply_class",
    type=click.Choice([one.value for one in SupplyClass]),
    required=True,
    help="What the energy is used for.",
)
@click.option("--tariff", required=True, help="The code of the tariff, as `tariff list` shows it.")
@click.option("--household", type=click.IntRange(1, 99), help="How many live there.")
@acting
@reporting
@pass_desk
def move_in(
    desk: Desk,
    account: str,
    point: str,
    *,
    on: date,
    supply_class: str,
    tariff: str,
    household: int | None,
) -> None:
    """Begin to supply an ACCOUNT at a service POINT."""
    supply_id = master.move_in(
        desk.sessions,
        account_number=account,
        service_point=point,
        on=on,
        terms=Terms(SupplyClass(supply_class), tariff, household_size=household),
        by=desk.by(Permission.TAKE_IN_CUSTOMERS),
        now=desk.now,
    )
    report.one(desk, {"account": account, "service_point": point, "supply": supply_id})
