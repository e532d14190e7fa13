"""What is overdue, and what should follow: ageing, review, cases, holds, cuts."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from arrears import holds, review_sheet, store
from arrears import review as reviews
from arrears.groups import Grouping
from arrears.holds import HoldReason
from arrears.review import Review
from billing import store as billing
from billing.account import Account
from config.people import Permission
from web.cli import ageing_lines, backtest, cuts, dealings, report, writing_off
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY, ROW_ID, WORKERS
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError
from web.language import DEFAULT, LANGUAGES, speaking
from web.said import spoken

NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Words)
def arrears() -> None:
    """What is overdue, and what should follow: ageing, review, cases, holds, cuts."""


@arrears.command(example="wattledger arrears age --as-of 2026-01-31 --json")
@click.option("--as-of", type=DAY, help="The day; otherwise the business day.")
@click.option(
    "--by",
    type=click.Choice(["account", *map(str, Grouping)]),
    default="account",
    help="A row for each account, customer, class, route or office.",
)
@click.option("--xlsx", type=NEW_FILE, help="Write a workbook with a row for each, too.")
@on_a_day
@reporting
@pass_desk
def age(desk: Desk, as_of: date | None, by: str, xlsx: Path | None) -> int:
    """
    Sort what was owed on a day into buckets by days overdue; they sum to the receivable.

    Any past day gives what the books said then. 1 if the buckets did not sum to the receivable.
    """
    day = desk.day(as_of)
    if by != "account":
        return ageing_lines.tell(desk, Grouping(by), as_of=day, xlsx=xlsx)
    if xlsx is None:
        found = reviews.ageing(desk.sessions, as_of=day)
    else:
        found = reviews.ageing_workbook(desk.sessions, xlsx, as_of=day)
    rows = [
        {
            "account": row.account_number,
            "customer": row.customer_number,
            "name": row.customer_name,
            **ageing_lines.aged(row.ageing, found.labels),
            "on_account": report.amount(row.on_account),
        }
        for row in found.rows
    ]
    total = ageing_lines.aged(found.total, found.labels)
    total["on_account"] = report.amount(found.on_account)
    receivable = report.amount(found.receivable)
    if desk.as_json:
        facts = {"as_of": day, "buckets": found.labels, "accounts": rows, "total": total}
        report.one(desk, facts | {"receivable": receivable})
    else:
        lines = [{"bucket": label, "amount": total["buckets"][label]} for label in found.labels]
        report.table(desk, lines, {"days overdue": "bucket", "amount": "amount"})
        report.say(
            desk,
            f"owed {total['owed']}, overdue {total['overdue']}, on account "
            f"{total['on_account']}, receivable {receivable}; {len(rows)} accounts",
        )
    return DONE if found.total.total == found.receivable else NEEDS_A_PERSON


@arrears.command(example="wattledger arrears review --as-of 2026-01-31 --dry-run --json")
@click.option("--as-of", type=DAY, help="The business day to review; otherwise today.")
@click.option("--dry-run", is_flag=True, help="Say what would be proposed, and keep nothing.")
@click.option("--xlsx", type=NEW_FILE, help="Write the steps, and what stops the others, too.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=WORKERS,
    help="Processes that measure and grade; the grades are the same for any number.",
)
@click.option("--language", type=click.Choice(list(LANGUAGES)), help="Of the workbook.")
@acting
@reporting
@pass_desk
def review(
    desk: Desk,
    as_of: date | None,
    *,
    dry_run: bool,
    xlsx: Path | None,
    workers: int,
    language: str | None,
) -> int:
    """
    Look at every account that owes: grade it, decide the next step, propose what needs a word.

    Once for each business day; again changes nothing. A dry run also tells what stops the others.
    1 if about an account nothing could be decided; it is left as it was, and named.
    """
    if not dry_run:
        desk.by(Permission.REVIEW_ARREARS)
    with report.progress(desk, "accounts") as progress:
        done = reviews.review(
            desk.sessions,
            # What a night to come would do may be asked; it is done only when it has come.
            today=(as_of if dry_run else None) or desk.day(as_of),
            now=desk.now,
            dry_run=dry_run,
            workers=workers,
            progress=progress,
        )
    if xlsx is not None:
        with speaking(language or DEFAULT):
            review_sheet.write(done, xlsx, say=spoken)
    if desk.as_json:
        report.one(desk, _review(done))
    else:
        _tell(desk, done)
    for one in done.failed:
        click.echo(f"account {one.account_number}: {one.stopped_by[0].message}", err=True)
    return NEEDS_A_PERSON if done.failed else DONE


def _review(done: Review) -> dict[str, Any]:
    money = ("amount", "overdue")
    facts: dict[str, Any] = report.plain(done)
    for one, row in zip(done.proposals, facts["proposals"], strict=True):
        row |= {key: report.amount(getattr(one, key)) for key in money}
    for name in ("quiet", "failed"):
        for quiet, row in zip(getattr(done, name), facts[name], strict=True):
            row["overdue"] = report.amount(quiet.overdue)
    return facts | {"counts": {str(kind): count for kind, count in done.counts}}


def _tell(desk: Desk, done: Review) -> None:
    facts = _review(done)
    what = "would be proposed" if done.is_dry_run else "proposed"
    again = ", reviewed before" if done.is_repeat else ""
    report.say(
        desk,
        f"{done.as_of}{again}: {done.reviewed} accounts reviewed, {done.assessed} customers "
        f"assessed, {len(done.proposals)} steps {what}, {done.withdrawn} ended",
    )
    columns = {"account": "account_number", "now": "level_now", "step": "kind", "rule": "level"}
    columns |= {"amount": "amount"}
    columns |= {"overdue": "overdue", "days": "overdue_days", "grade": "grade"}
    columns |= {"needs a word": "needs_approval", "because": "reasons"}
    if facts["proposals"]:
        report.table(desk, facts["proposals"], columns)


@arrears.command(example="wattledger arrears show 0001234")
@click.argument("account", type=ACCOUNT)
@on_a_day
@reporting
@pass_desk
def show(desk: Desk, account: str) -> None:
    """Show what was done about an ACCOUNT that owes: its steps, its holds, what happened."""
    with desk.looking() as session:
        found = _account(session, account)
        steps = store.steps_of(session, found.id)
        on_hold = store.holds_of(session, found.id)
        events = store.timeline(session, found.id)
    if desk.as_json:
        report.one(desk, {"account": account, "steps": steps, "holds": on_hold, "events": events})
        return
    rows = [report.plain(one) | {"amount": report.amount(one.amount)} for one in steps]
    columns = {"step": "id", "kind": "kind", "level": "level", "on": "proposed_on"}
    columns |= {"amount": "amount", "state": "state", "done": "done_on", "served": "served_on"}
    report.table(desk, rows, columns, empty="nothing was done about it")
    for one in on_hold:
        lifted = f", lifted on {one.lifted_on}" if one.lifted_on else ""
        report.say(
            desk,
            f"hold {one.id}: {one.starts_on} to {one.ends_on}{lifted}: {one.reason} {one.note}",
        )


def _account(session: Any, number: str) -> Account:
    found = billing.find_accounts(session, [number]).get(number)
    if found is None:
        raise NotDoneError(f"no account has the number {number}; try `wattledger customers find`")
    return found


@arrears.command(
    example="wattledger arrears hold 0001234 promise --until 2026-02-15 --note 'pays then' --as li"
)
@click.argument("account", type=ACCOUNT)
@click.argument("reason", type=click.Choice([reason.value for reason in HoldReason]))
@click.option("--until", type=DAY, required=True, help="The last day of the hold.")
@click.option("--note", required=True, help="Why, for whoever wonders later.")
@acting
@reporting
@pass_desk
def hold(desk: Desk, account: str, reason: str, *, until: date, note: str) -> None:
    """Leave an ACCOUNT alone until a day: an order to cut is recalled, what was decided waits."""
    placed = holds.place(
        desk.sessions,
        account,
        reason=HoldReason(reason),
        note=note,
        ends_on=until,
        by=desk.by(Permission.HOLD_CASES),
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, placed)


@arrears.command(example="wattledger arrears lift-hold 5 --as wang.fang")
@click.argument("number", type=ROW_ID, metavar="HOLD")
@acting
@reporting
@pass_desk
def lift_hold(desk: Desk, number: int) -> None:
    """End a HOLD before its day, so that the account is dealt with again."""
    by = desk.by(Permission.HOLD_CASES)
    lifted = holds.lift(desk.sessions, number, by=by, today=desk.today, now=desk.now)
    report.one(desk, lifted)


@arrears.command(example="wattledger arrears sweep --as wang.fang")
@acting
@reporting
@pass_desk
def sweep(desk: Desk) -> None:
    """Look again at every account to which something was posted since its steps were decided."""
    desk.by(Permission.REVIEW_ARREARS)
    ended = reviews.sweep(desk.sessions, today=desk.today, now=desk.now)
    report.one(desk, {"steps_ended": ended})


for _command in cuts.COMMANDS:
    arrears.add_command(_command)
for _name, _other in (dealings.COMMANDS | backtest.COMMANDS | writing_off.COMMANDS).items():
    arrears.add_command(_other, _name)
