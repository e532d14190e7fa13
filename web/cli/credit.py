"""Credit files, limits, and early warnings of customers."""

from datetime import date
from decimal import Decimal
from typing import Any

import click

from arrears import crediting, proposing, raising, store
from arrears.credit_file import FileItem, ItemKind
from arrears.crediting import CreditFile, Paper
from arrears.flowing_in import FlowedIn, flowed_in
from billing import store as billing
from billing.money import Money
from config.people import Permission
from web.cli import credit_grants, credit_sharing, report
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY, FIGURE, ROW_ID

_WARNED = {"warning": "id", "level": "level", "about": "kind", "customer": "customer"}
_WARNED |= {"raised": "raised_on", "owner": "owner", "action": "action", "done": "done"}


@click.group(cls=Words)
def credit() -> None:
    """Credit files, limits, and early warnings of customers."""


@credit.command(example="wattledger credit show C000123 --as-of 2026-01-31 --json")
@click.argument("number")
@click.option("--as-of", type=DAY, help="The day; otherwise the business day.")
@on_a_day
@reporting
@pass_desk
def show(desk: Desk, number: str, as_of: date | None) -> None:
    """
    Show the credit file of a customer: what is in it, what is lacking, limit and exposure.

    NUMBER is the customer's, or that of one of the customer's accounts.
    """
    with desk.looking() as session:
        found = crediting.credit_file(session, number, as_of=desk.day(as_of))
        flowed = flowed_in(session, found.customer.id, found.behaviour, as_of=found.as_of)
    facts = _file(found) | _flowed(flowed)
    if desk.as_json:
        report.one(desk, facts)
        return
    services, paying = facts.pop("services"), facts.pop("paying")
    items = facts.pop("items")
    months = facts.pop("months")
    warned = facts.pop("warnings")
    report.one(desk, facts)
    columns = {"item": "id", "kind": "kind", "title": "title", "from": "holds_from"}
    columns |= {"until": "expires_on", "amount": "amount", "source": "source", "ended": "ending"}
    report.table(desk, items, columns, title="file", empty="nothing is on file")
    report.table(desk, months, {"month": "ended_on", "kWh": "kwh", "change": "change"})
    columns = {"on": "on", "service point": "point", "what": "what", "facts": "facts"}
    report.table(desk, services, columns, title="changes of service", empty="none")
    columns = {"indicator": "indicator", "value": "value", "unit": "unit", "source": "source"}
    report.table(desk, paying, columns, title="how bills are paid")
    report.table(desk, warned, {k: v for k, v in _WARNED.items() if v != "customer"})


def _file(found: CreditFile) -> dict[str, Any]:
    exposure, granted = found.exposure, found.granted
    return {
        "customer": found.customer.number,
        "name": found.customer.name,
        "as_of": found.as_of,
        "grade": found.grade,
        "changed_since_assessment": found.is_changed,
        "missing": found.missing,
        "expiring": [f"{one.kind} {one.title} {one.expires_on}" for one in found.expiring],
        "limit": report.amount(granted.limit) if granted else None,
        "warning_line": report.amount(granted.warning_line) if granted else None,
        "exposure": report.amount(exposure.amount),
        "exposure_of": {
            name: report.amount(value) for name, value in report.plain(exposure).items()
        },
        "flags": found.flags,
        "privileges": found.privileges,
        "adjustment": found.adjustment,
        "items": [_item(one) for one in found.items],
        "months": months_of(found),
        "warnings": [report.plain(one) for one in found.warnings],
    }


def _flowed(flowed: FlowedIn) -> dict[str, Any]:
    return {
        "services": [
            {
                "on": one.on,
                "point": one.point,
                "what": one.event,
                "facts": [f"{name}: {was} -> {now}" for name, (was, now) in one.facts.items()],
            }
            for one in flowed.services
        ],
        "paying": [
            {"indicator": one.name, "value": one.value, "unit": one.unit, "source": one.source}
            for one in flowed.paying
        ],
    }


def _item(one: FileItem) -> dict[str, Any]:
    facts: dict[str, Any] = report.plain(one)
    return facts | {"amount": None if one.amount is None else report.amount(one.amount)}


def months_of(found: CreditFile) -> list[dict[str, Any]]:
    """Return the kWh of each billed month with its change, as they flow in from billing."""
    usage = found.behaviour.monthly_kwh if found.behaviour else ()
    rows: list[dict[str, Any]] = []
    before: Decimal | None = None
    for ended_on, kwh in usage:
        change = None if not before else f"{(kwh - before) / before:+.1%}"
        rows.append({"ended_on": ended_on, "kwh": kwh, "change": change})
        before = kwh
    return rows


@credit.command(
    example="wattledger credit record C000123 guarantee --title 'Bank of Ning' --amount 20000 "
    "--from 2026-01-01 --until 2026-12-31 --as li"
)
@click.argument("number")
@click.argument("kind", type=click.Choice([kind.value for kind in ItemKind]))
@click.option("--title", required=True, help="Who, or which paper.")
@click.option("--from", "holds_from", type=DAY, help="As of which day; otherwise today.")
@click.option("--until", type=DAY, help="The last day it holds.")
@click.option("--amount", type=AMOUNT, help="What it is worth, where it covers something.")
@click.option("--source", default="", help="Whose word it is.")
@click.option("--attachment", default="", help="Where the paper is kept.")
@click.option(
    "--figure",
    "figures",
    type=FIGURE,
    multiple=True,
    help="The form of a guarantee (form=surety, bank_guarantee, deposit_pledge); what a contract "
    "agrees on (late_charge_per_day=0.001, settlements=3); a figure of a "
    "statement (total_assets=1250000) or of a report (limit=50000, "
    "2026-03-31='revolving 2000 500': how the line was used, balance, paid); again and again.",
)
@acting
@reporting
@pass_desk
def record(
    desk: Desk,
    number: str,
    kind: str,
    *,
    title: str,
    holds_from: date | None,
    until: date | None,
    amount: Money | None,
    source: str,
    attachment: str,
    figures: tuple[tuple[str, str], ...],
) -> None:
    """Put an item into the credit file of a customer; nothing is edited, newer ones replace."""
    by = desk.by(Permission.REVIEW_ARREARS)
    item = crediting.record(
        desk.sessions,
        number,
        ItemKind(kind),
        title=title,
        holds_from=holds_from or desk.today,
        expires_on=until,
        amount=amount,
        paper=Paper(source, attachment, dict(figures)),
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, {"item": item})


@credit.command(
    "report-change", example="wattledger credit report-change 0001234 --what 'moved' --as li"
)
@click.argument("number")
@click.option("--what", required=True, help="What changed.")
@acting
@reporting
@pass_desk
def report_change(desk: Desk, number: str, what: str) -> None:
    """Tell the credit clerk that something about a customer changed; it becomes a task."""
    by = desk.by(Permission.SEE_ACCOUNTS)
    task = crediting.report_change(
        desk.sessions, number, what, by=by, today=desk.today, now=desk.now
    )
    report.one(desk, {"warning": task})


@credit.command(
    example="wattledger credit apply C000123 --limit 50000 --warn-at 40000 --reason 'pays' --as li"
)
@click.argument("number")
@click.option("--limit", type=AMOUNT, required=True, help="How far the customer is trusted.")
@click.option("--warn-at", type=AMOUNT, required=True, help="The warning line, within the limit.")
@click.option("--reason", required=True, help="Why, for whoever decides.")
@acting
@reporting
@pass_desk
def apply(desk: Desk, number: str, *, limit: Money, warn_at: Money, reason: str) -> None:
    """Ask that a customer be trusted up to a limit; another person grants it (`approvals`)."""
    by = desk.by(Permission.REVIEW_ARREARS)
    asked = crediting.apply(
        desk.sessions,
        number,
        limit=limit,
        warning_line=warn_at,
        reason=reason,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, {"approval": asked})


@credit.command(example="wattledger credit scan --as li")
@acting
@reporting
@pass_desk
def scan(desk: Desk) -> None:
    """Raise early warnings that aren't open yet, and propose limits where a grade changed."""
    desk.by(Permission.REVIEW_ARREARS)
    raised = raising.scan(desk.sessions, today=desk.today, now=desk.now)
    proposed = proposing.propose(desk.sessions, today=desk.today, now=desk.now)
    report.one(desk, {"raised": raised, "proposed": proposed})


@credit.command(example="wattledger credit warnings --json")
@click.option("--all", "with_closed", is_flag=True, help="Those that are closed, too.")
@on_a_day
@reporting
@pass_desk
def warnings(desk: Desk, with_closed: bool) -> None:
    """List early warnings and reported changes, the most urgent first."""
    with desk.looking() as session:
        found = store.warnings(session, with_closed=with_closed)
        customers = billing.customers(session, {one.customer_id for one in found})
    rows = [report.plain(one) | {"customer": customers[one.customer_id].number} for one in found]
    report.table(desk, rows, _WARNED, empty="nothing is open")


@credit.command(example="wattledger credit take 7 --action 'calls tomorrow' --as li")
@click.argument("warning", type=ROW_ID)
@click.option("--action", required=True, help="What you do about it.")
@acting
@pass_desk
def take(desk: Desk, warning: int, action: str) -> None:
    """Look after a WARNING: say what you do about it."""
    by = desk.by(Permission.REVIEW_ARREARS)
    raising.take(desk.sessions, warning, owner=by, action=action, now=desk.now)
    report.say(desk, f"warning {warning} is {by}'s")


@credit.command(example="wattledger credit close 7 --done 'guarantee obtained' --as li")
@click.argument("warning", type=ROW_ID)
@click.option("--done", required=True, help="What was done.")
@acting
@pass_desk
def close(desk: Desk, warning: int, done: str) -> None:
    """Close a WARNING with what was done."""
    by = desk.by(Permission.REVIEW_ARREARS)
    raising.close(desk.sessions, warning, by=by, done=done, today=desk.today, now=desk.now)
    report.say(desk, f"warning {warning} is closed")


for _command in (*credit_grants.COMMANDS, *credit_sharing.COMMANDS):
    credit.add_command(_command)
