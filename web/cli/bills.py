"""Bills: run, look through what is held, issue; find, explain, preview, print, cancel."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import click

from arrears import review
from billing import final as finals
from billing import on_account, store, trial_run
from billing import run as runs
from billing.outcome import Held, Parked, RunReport
from billing.trial_run import Doubtful
from config.people import Permission
from web.cli import bill_documents, report
from web.cli import corrections as correction_acts
from web.cli.command import Words
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.kinds import DAY, ROW_ID, WORKERS
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError


@click.group(cls=Words)
def bills() -> None:
    """Bills: run, look through what is held, issue; find, explain, preview, print, cancel."""


@bills.command(example="wattledger bills run --cycle R07 --until 2026-02-01 --as li.na")
@click.option("--cycle", help="Only the accounts on this reading route; otherwise all.")
@click.option("--until", type=DAY, required=True, help="The first day that isn't billed.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=WORKERS,
    help="Processes that measure and price; the bills are the same for any number.",
)
@click.option("--preview", is_flag=True, help="Say what it would come to, and write nothing.")
@acting
@reporting
@pass_desk
def run(desk: Desk, cycle: str | None, until: date, *, workers: int, preview: bool) -> int:
    """
    Draw up what is due until a day; another person looks it through and issues it.

    A run that was stopped goes on. 1 if something was parked or is held for a person.
    """
    if preview:
        return _preview(desk, cycle, until)
    with report.progress(desk, "accounts") as progress:
        done = runs.bill(
            desk.sessions,
            cycle=cycle,
            until=until,
            by=desk.by(Permission.RUN_BILLS),
            today=desk.today,
            now=desk.now,
            workers=workers,
            progress=progress,
        )
    return _tell(desk, done)


def _preview(desk: Desk, cycle: str | None, until: date) -> int:
    desk.by(Permission.RUN_BILLS)
    with report.progress(desk, "chunks") as progress:
        found = trial_run.try_run(
            desk.sessions, cycle=cycle, until=until, today=desk.today, progress=progress
        )
    ids = {one.account_id for one in found.held} | {one.account_id for one in found.parked}
    with desk.looking() as session:
        names = {key: one.number for key, one in store.accounts(session, ids).items()}
    held = [_named(one, names) | {"amount": report.amount(one.amount)} for one in found.held]
    parked = [_named(one, names) for one in found.parked]
    facts = {"bills": found.bills, "kwh": found.kwh, "amount": report.amount(found.amount)}
    if desk.as_json:
        report.one(desk, facts | {"held": held, "parked": parked})
    else:
        click.echo(
            f"a run would bill {found.bills} for {facts['amount']}, park {len(parked)} and hold "
            f"{len(held)}; nothing is written"
        )
        if held:
            report.table(desk, held, _HELD)
        if parked:
            report.table(desk, parked, _PARKED)
    return NEEDS_A_PERSON if held or parked else DONE


_HELD = {"account": "account", "amount": "amount", "rule": "rule", "why": "message"}
_PARKED = {"account": "account", "code": "code"}
_PARKED |= {"what is wrong": "message", "what would be right": "remedy"}


def _named(one: Doubtful | Parked, names: Mapping[int, str]) -> dict[str, Any]:
    facts: dict[str, Any] = report.plain(one)
    return {"account": names[one.account_id]} | facts


@bills.command(
    example='wattledger bills final 0001234 --to "Li Na, 6222" --reason "moved out" --as li.na'
)
@click.argument("account", type=ACCOUNT)
@click.option("--to", "payee", default="", help="To whom goes what is left: name, bank account.")
@click.option("--reason", default="moved out", show_default=True, help="Why; kept with the act.")
@click.option("--preview", is_flag=True, help="Say what it would come to, and ask for nothing.")
@acting
@reporting
@pass_desk
def final(desk: Desk, account: str, *, payee: str, reason: str, preview: bool) -> int:
    """
    Ask for the final bill of an ACCOUNT that moved out; another person issues it.

    What is not billed yet is billed, the deposit is set off, the rest is due or given back.
    """
    if preview:
        _tell_final(desk, account, finals.look(desk.sessions, account, today=desk.today))
        return DONE
    asked, found = finals.ask_final(
        desk.sessions,
        account_number=account,
        payee=payee,
        by=desk.by(Permission.RUN_BILLS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    _tell_final(desk, account, found, approval=asked)
    report.say(desk, f"another person now says yes: wattledger approvals approve {asked}")
    return NEEDS_A_PERSON


_SUMS = ("owed", "accrued", "billed", "parts", "credit", "deposit", "interest", "due")


def _tell_final(desk: Desk, account: str, found: finals.Settlement, **more: int) -> None:
    sums = {name: getattr(found, name) for name in _SUMS}
    facts: dict[str, Any] = {"account": account}
    facts |= {name: report.amount(amount) for name, amount in sums.items()}
    periods = [str(one.period) for one in found.drafts]
    report.one(desk, facts | {"periods": periods, "doubts": list(found.doubts)} | more)


@bills.command("on-account", example="wattledger bills on-account --preview --as li.na")
@click.option("--preview", is_flag=True, help="Say what would be asked for, and ask for nothing.")
@acting
@reporting
@pass_desk
def on_account_(desk: Desk, *, preview: bool) -> int | None:
    """
    Ask those who settle a month in several parts for the parts whose day has come.

    A part is energy alone, by the last month's bill; the bill of the month settles the rest.
    """
    if preview:
        asked = on_account.look(desk.sessions, today=desk.today)
    else:
        by = desk.by(Permission.RUN_BILLS)
        asked = on_account.ask(desk.sessions, by=by, today=desk.today, now=desk.now)
        review.reassess(desk.sessions, asked.account_ids, today=desk.today, now=desk.now)
    rows = [report.plain(one) | {"amount": report.amount(one.amount)} for one in asked.parts]
    columns = {"number": "number", "account": "account_number", "part": "no"}
    columns |= {"of": "settlements", "amount": "amount", "due": "due_on"}
    report.table(desk, rows, columns, empty="nobody is to be asked today")
    for sentence in asked.left_out:
        click.echo(sentence, err=True)
    return NEEDS_A_PERSON if asked.left_out else None


@bills.command("runs", example="wattledger bills runs --json")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@reporting
@pass_desk
def runs_(desk: Desk, limit: int) -> None:
    """List the billing runs, newest first."""
    with desk.looking() as session:
        found = store.runs(session, limit=limit)
    columns = {"run": "code", "until": "until", "cycle": "cycle", "state": "state"}
    columns |= {"billed": "billed", "parked": "parked", "held": "held", "amount": "amount"}
    columns |= {"issued": "issued", "started by": "started_by", "issued by": "issued_by"}
    report.table(desk, [_run(one) for one in found], columns, empty="nothing was run yet")


def _run(one: RunReport) -> dict[str, Any]:
    amounts = {"amount": one.amount, "issued_amount": one.issued_amount}
    facts: dict[str, Any] = report.plain(one)
    return facts | {key: report.amount(amount) for key, amount in amounts.items()}


def _tell(desk: Desk, one: RunReport) -> int:
    facts = _run(one)
    if desk.as_json:
        report.one(desk, facts)
    else:
        click.echo(
            f"run {one.code} ({one.state}): {one.eligible} due, {one.billed} billed for "
            f"{facts['amount']}, {one.parked} parked, {one.held} held, {one.issued} issued"
        )
    return NEEDS_A_PERSON if one.parked or one.held else DONE


def _found(desk: Desk, text: str) -> RunReport:
    with desk.looking() as session:
        found = store.find_run_by_code(session, text)
    if found is None:
        raise NotDoneError(f"there is no run {text}; `wattledger bills runs` lists them")
    return found


@bills.command(example="wattledger bills parked 2026020101")
@click.argument("code", metavar="RUN")
@reporting
@pass_desk
def parked(desk: Desk, code: str) -> int:
    """List what a RUN left alone, why, and what would mend it; 1 if there is anything."""
    found = _found(desk, code)
    with desk.looking() as session:
        rows = store.parked_in(session, found.run_id)
    columns = {"account": "account", "code": "code", "what is wrong": "message"}
    columns |= {"what would be right": "remedy"}
    report.table(desk, _with_accounts(desk, rows), columns, empty="nothing was parked")
    return NEEDS_A_PERSON if rows else DONE


@bills.command(example="wattledger bills held 2026020101 --json")
@click.argument("code", metavar="RUN")
@reporting
@pass_desk
def held(desk: Desk, code: str) -> int:
    """List the drafts of a RUN that wait for a second person, and why; 1 if there are any."""
    rows = runs.held(desk.sessions, _found(desk, code).run_id)
    columns = {"draft": "bill_id", "account": "account", "amount": "amount"}
    columns |= {"rule": "rule", "why": "message"}
    report.table(desk, _with_accounts(desk, rows), columns, empty="nothing is held")
    return NEEDS_A_PERSON if rows else DONE


def _with_accounts(desk: Desk, rows: Sequence[Parked] | Sequence[Held]) -> list[dict[str, Any]]:
    with desk.looking() as session:
        accounts = store.accounts(session, {row.account_id for row in rows})
    found: list[dict[str, Any]] = []
    for row in rows:
        facts = report.plain(row) | {"account": accounts[row.account_id].number}
        if isinstance(row, Held):
            facts["amount"] = report.amount(row.amount)
        found.append(facts)
    return found


@bills.command(
    example='wattledger bills settle 2026020101 --accept 17 --reason "holiday home" --as wang.fang'
)
@click.argument("code", metavar="RUN")
@click.option("--accept", multiple=True, type=ROW_ID, metavar="DRAFT", help="Right; to be issued.")
@click.option(
    "--leave-out", multiple=True, type=ROW_ID, metavar="DRAFT", help="Wrong; drawn up anew."
)
@click.option("--accept-all", is_flag=True, help="Accept every draft that is held.")
@click.option("--reason", required=True, help="Why; kept with the decision.")
@acting
@reporting
@pass_desk
def settle(
    desk: Desk,
    code: str,
    *,
    accept: Sequence[int],
    leave_out: Sequence[int],
    accept_all: bool,
    reason: str,
) -> int:
    """Accept held drafts of a RUN, or leave them out; the second person does this."""
    found = _found(desk, code)
    if accept_all:
        waiting = (one.bill_id for one in runs.held(desk.sessions, found.run_id))
        accept = [one for one in waiting if one not in leave_out]
    done = runs.settle_held(
        desk.sessions,
        found.run_id,
        accept=accept,
        leave_out=leave_out,
        by=desk.by(Permission.ISSUE_BILLS),
        reason=reason,
        now=desk.now,
    )
    return _tell(desk, done)


@bills.command(example="wattledger bills issue 2026020101 --as wang.fang")
@click.argument("code", metavar="RUN")
@acting
@reporting
@pass_desk
def issue(desk: Desk, code: str) -> int:
    """
    Issue the drafts of a RUN: from now on they are documents and money.

    Not by whoever started the run. What is held waits for its word and is taken up by a later
    issue of the same run.
    """
    found = _found(desk, code)
    with report.progress(desk, "bills") as progress:
        done = runs.issue(
            desk.sessions,
            found.run_id,
            by=desk.by(Permission.ISSUE_BILLS),
            today=desk.today,
            now=desk.now,
            progress=progress,
        )
    return _tell(desk, done)


for _command in (*bill_documents.COMMANDS, *correction_acts.COMMANDS):
    bills.add_command(_command)
