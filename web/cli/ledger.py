"""The books: trial balance, journal for the general ledger, closing of months."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from billing import books, chart, closing
from billing.closing import MonthState
from billing.general_ledger import Per, journal
from billing.month import Month
from config.people import Permission
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.problems import DONE, NEEDS_A_PERSON
from web.journal_sheet import journal_sheet


class MonthKind(click.ParamType[Month]):
    """A month, written 2026-01."""

    name = "month"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Month:
        """Return the month that is written."""
        if isinstance(value, Month):
            return value
        try:
            return Month(datetime.strptime(value, "%Y-%m").date())
        except ValueError:
            self.fail(f"{value!r} is no month; write it as 2026-01", param, ctx)


MONTH = MonthKind()


@click.group(cls=Words)
def ledger() -> None:
    """The books: trial balance, journal for the general ledger, closing of months."""


@ledger.command(example="wattledger ledger balance --as-of 2026-01-31 --json")
@click.option("--as-of", type=DAY, help="As the books stood on this day; otherwise today.")
@on_a_day
@reporting
@pass_desk
def balance(desk: Desk, as_of: date | None) -> None:
    """Show the trial balance: what was debited and credited to each book up to a day."""
    accounts = chart.read(desk.settings.config)
    with desk.looking() as session:
        found = books.trial_balance(session, as_of=desk.day(as_of))
    rows = [
        {
            "account": accounts[book].number,
            "book": book.value,
            "debit": report.amount(debit),
            "credit": report.amount(credit),
            "balance": report.amount(debit - credit),
        }
        for book, (debit, credit) in found.items()
        if debit or credit
    ]
    columns = {"account": "account", "book": "book", "debit": "debit", "credit": "credit"}
    report.table(desk, rows, columns | {"balance": "balance"}, empty="nothing is in the books")
    debits = sum(debit for debit, _ in found.values())
    credits_ = sum(credit for _, credit in found.values())
    report.say(desk, f"debits {report.amount(debits)}, credits {report.amount(credits_)}")


@ledger.command("journal", example="wattledger ledger journal 2026-01 --out january.xlsx")
@click.argument("month", type=MONTH)
@click.option(
    "--per", type=click.Choice([one.value for one in Per]), default=Per.DAY.value, show_default=True
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help=".csv or .xlsx")
@reporting
@pass_desk
def journal_(desk: Desk, month: Month, per: str, out: Path | None) -> None:
    """
    Write the journal of a MONTH for the general ledger: lines that sum to zero.

    The accounts are those of chart_of_accounts.toml in the supplier's folder.
    """
    accounts = chart.read(desk.settings.config)
    with desk.looking() as session:
        moved = books.movements_by_day(session, since=month.first, until=month.end)
    lines = journal(moved, per=Per(per), last=month.last)
    sheet = journal_sheet(str(month), lines, accounts)
    if out is not None:
        from config.workbook import write_table

        write_table(out, sheet)
        report.say(desk, f"{len(lines)} lines in {out}; they sum to 0.00")
        return
    columns = {heading.text: heading.text for heading in sheet.headings}
    rows = [dict(zip(columns, map(_shown, row), strict=True)) for row in sheet.rows]
    report.table(desk, rows, columns, empty="nothing was posted in this month")


def _shown(value: Any) -> Any:
    return str(value) if not isinstance(value, int) else value


@ledger.command(example="wattledger ledger months --json")
@on_a_day
@reporting
@pass_desk
def months(desk: Desk) -> None:
    """List the months, newest first: open or closed, and what each comes to."""
    rows = [_month(one) for one in closing.all_months(desk.sessions, today=desk.today)]
    columns = {"month": "month", "state": "state", "entries": "entries"}
    columns |= {"receivable": "receivable", "on account": "on_account", "suspense": "suspense"}
    columns |= {"by": "done_by", "on": "done_on"}
    report.table(desk, rows, columns, empty="nothing is in the books")


def _month(one: MonthState) -> dict[str, Any]:
    totals = {str(book): report.amount(sums.closing) for book, sums in one.totals.books.items()}
    last = one.acts[-1] if one.acts else None
    return {
        "month": str(one.month),
        "state": "closed" if one.is_closed else "open again" if one.acts else "open",
        "entries": one.totals.entries,
        **{book: totals.get(book, "0.00") for book in ("receivable", "on_account", "suspense")},
        "closing": totals,
        "done_by": last.done_by if last else None,
        "done_on": last.done_on.isoformat() if last else None,
        "acts": len(one.acts),
    }


@ledger.command(example="wattledger ledger close 2026-01 --as wang.fang")
@click.argument("month", type=MONTH)
@click.option("--dry-run", is_flag=True, help="Show the control totals and what stands against.")
@acting
@reporting
@pass_desk
def close(desk: Desk, month: Month, dry_run: bool) -> int:
    """
    Close a MONTH: its control totals are kept, and nothing is posted into it any more.

    Months are closed in their order, when they are over and the books hold. 1 with --dry-run if
    something stands against it.
    """
    by = desk.by(Permission.CLOSE_MONTHS)
    if not dry_run:
        closing.close_month(desk.sessions, month, by=by, today=desk.today, now=desk.now)
    state = closing.look(desk.sessions, month, today=desk.today)
    obstacles = state.obstacles if dry_run else ()
    facts = _month(state) | {"obstacles": list(obstacles)}
    if desk.as_json:
        report.one(desk, facts)
    else:
        _draw(desk, state)
        for one in obstacles:
            click.echo(one, err=True)
    return NEEDS_A_PERSON if obstacles else DONE


def _draw(desk: Desk, state: MonthState) -> None:
    rows = [
        {
            "book": book,
            "opening": report.amount(sums.opening),
            "debit": report.amount(sums.debit),
            "credit": report.amount(sums.credit),
            "closing": report.amount(sums.closing),
        }
        for book, sums in state.totals.books.items()
    ]
    title = f"{state.month}: {_month(state)['state']}, {state.totals.entries} entries"
    columns = {name: name for name in ("book", "opening", "debit", "credit", "closing")}
    report.table(desk, rows, columns, empty="nothing is in the books", title=title)


@ledger.command(example='wattledger ledger reopen 2026-01 --reason "bank fee" --as wang.fang')
@click.argument("month", type=MONTH)
@click.option("--reason", required=True, help="Why; it stands on the approval and in the books.")
@acting
@reporting
@pass_desk
def reopen(desk: Desk, month: Month, reason: str) -> int:
    """Ask for a closed MONTH to be opened again; another person then approves it."""
    by = desk.by(Permission.CLOSE_MONTHS)
    asked = closing.ask_to_reopen(desk.sessions, month, by=by, reason=reason, now=desk.now)
    report.one(desk, {"month": str(month), "approval": asked})
    report.say(desk, f"another person now says yes: wattledger approvals approve {asked}")
    return NEEDS_A_PERSON


@ledger.command("late-charges", example="wattledger ledger late-charges --as wang.fang")
@acting
@reporting
@pass_desk
def late_charges(desk: Desk) -> None:
    """Post what has accrued for lateness by today, as at the end of a month."""
    made = closing.post_late_charges(
        desk.sessions, by=desk.by(Permission.CLOSE_MONTHS), today=desk.today, now=desk.now
    )
    report.one(desk, {"posted_on": desk.today, "late_charges": made})
