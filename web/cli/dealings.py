"""Dealings in a case: disputes, promises, duties, who looks after it, and days people enter."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from arrears import collectors, disputes, duties, freshness, promises, store
from arrears.case import DisputeState
from billing import store as billing
from billing.money import Money
from config import day_events
from config.calendar import DayEvent
from config.law import DutyKind
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY, ROW_ID
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError


@click.command(
    cls=Command,
    example="wattledger arrears dispute 0001234 B-2026-000017 --until 2026-02-15 "
    "--note 'meter contested' --as li",
)
@click.argument("account", type=ACCOUNT)
@click.argument("bill")
@click.option("--until", type=DAY, required=True, help="The last day of the dispute.")
@click.option("--note", required=True, help="What the customer contests.")
@acting
@reporting
@pass_desk
def dispute(desk: Desk, account: str, bill: str, *, until: date, note: str) -> None:
    """Let one BILL of an ACCOUNT rest while it is contested; what else it owes goes on."""
    by = desk.by(Permission.HOLD_CASES)
    opened = disputes.dispute(
        desk.sessions,
        account,
        bill,
        note=note,
        ends_on=until,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, opened)


@click.command(cls=Command, example="wattledger arrears settle-dispute 5 rejected --as wang.fang")
@click.argument("number", type=ROW_ID, metavar="DISPUTE")
@click.argument("outcome", type=click.Choice([str(state) for state in disputes.SETTLED]))
@acting
@reporting
@pass_desk
def settle_dispute(desk: Desk, number: int, outcome: str) -> None:
    """Say what a DISPUTE has come to; a rejected one counts again from today."""
    by = desk.by(Permission.HOLD_CASES)
    found = disputes.settle(
        desk.sessions, number, DisputeState(outcome), by=by, today=desk.today, now=desk.now
    )
    report.one(desk, found)


@click.command(
    cls=Command, example="wattledger arrears promise 0001234 120.00 --by-day 2026-02-15 --as li"
)
@click.argument("account", type=ACCOUNT)
@click.argument("amount", type=AMOUNT)
@click.option("--by-day", type=DAY, required=True, help="The day by which it is promised.")
@acting
@reporting
@pass_desk
def promise(desk: Desk, account: str, amount: Money, by_day: date) -> None:
    """Take the word of an ACCOUNT's customer to pay an AMOUNT: it is left alone until the day."""
    by = desk.by(Permission.HOLD_CASES)
    taken = promises.take(
        desk.sessions,
        account,
        amount=amount,
        due_on=by_day,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, taken)


@click.command(
    cls=Command,
    example="wattledger arrears duty 0001234 offer_payment_plan --on 2026-02-10 "
    "--note 'by letter' --as li",
)
@click.argument("account", type=ACCOUNT)
@click.argument("kind", type=click.Choice([str(kind) for kind in DutyKind]))
@click.option("--on", "on", type=DAY, help="The day it was done; otherwise the business day.")
@click.option("--note", required=True, help="To whom, and how.")
@acting
@reporting
@pass_desk
def duty(desk: Desk, account: str, kind: str, *, on: date | None, note: str) -> None:
    """Record that a duty the law wants, such as the offer of a plan, was done for an ACCOUNT."""
    by = desk.by(Permission.HOLD_CASES)
    duties.done(
        desk.sessions,
        account,
        DutyKind(kind),
        done_on=on or desk.today,
        note=note,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, {"account": account, "duty": kind, "done_on": on or desk.today})


@click.command(cls=Command, example="wattledger arrears cases --collector li --json")
@click.option("--collector", help="Only the cases of this collector.")
@click.option("--nobodys", is_flag=True, help="Only the cases that nobody looks after.")
@reporting
@pass_desk
def cases(desk: Desk, collector: str | None, nobodys: bool) -> None:
    """List the open cases, since when, and who looks after each."""
    with desk.looking() as session:
        found = list(store.open_cases(session).values())
        accounts = billing.accounts(session, {one.account_id for one in found})
    if collector or nobodys:
        found = [one for one in found if one.collector == (None if nobodys else collector)]
    rows = [
        {
            "case": one.id,
            "account": accounts[one.account_id].number,
            "opened_on": one.opened_on,
            "collector": one.collector,
        }
        for one in found
    ]
    columns = {"case": "case", "account": "account", "since": "opened_on"}
    report.table(desk, rows, columns | {"collector": "collector"}, empty="no case is open")


@click.command(
    cls=Command, example="wattledger arrears transfer 0001234 0001240 --to li --as wang.fang"
)
@click.argument("accounts", nargs=-1, required=True, type=ACCOUNT, metavar="ACCOUNT...")
@click.option("--to", required=True, help="The login of the collector.")
@acting
@reporting
@pass_desk
def transfer(desk: Desk, accounts: Sequence[str], to: str) -> None:
    """Let a collector look after the open cases of ACCOUNTs."""
    by = desk.by(Permission.REVIEW_ARREARS)
    moved = collectors.transfer(
        desk.sessions, accounts, to=to, by=by, today=desk.today, now=desk.now
    )
    report.one(desk, {"cases": moved, "to": to})


@click.command(cls=Command, example="wattledger arrears hand-over zhao --to li --as wang.fang")
@click.argument("leaver")
@click.option("--to", required=True, help="The login of who takes over.")
@acting
@reporting
@pass_desk
def hand_over(desk: Desk, leaver: str, to: str) -> None:
    """Hand all that a LEAVER looks after to another: cases, holds, disputes, promises."""
    by = desk.by(Permission.REVIEW_ARREARS)
    moved = collectors.hand_over(
        desk.sessions, leaver, to=to, by=by, today=desk.today, now=desk.now
    )
    report.one(desk, moved)


@click.command(
    cls=Command,
    example="wattledger arrears day 2026-02-10 extreme_cold --note 'weather service' --as li",
)
@click.argument("day", type=DAY)
@click.argument("kind", type=click.Choice([str(kind) for kind in DayEvent]))
@click.option("--note", default="", help="Who forecast or ordered it.")
@click.option("--remove", is_flag=True, help="Take the day out again; it stays on record.")
@acting
@reporting
@pass_desk
def day_event(desk: Desk, day: date, kind: str, *, note: str, remove: bool) -> None:
    """Enter a DAY no calendar foresees, such as extreme cold: the law may forbid a cut then."""
    by = desk.by(Permission.REVIEW_ARREARS)
    with desk.sessions.begin() as session:
        if remove:
            number = _number(day_events.entered(session, day, day), kind)
            day_events.remove(session, number, by=by, now=desk.now)
        else:
            number = day_events.enter(session, day, DayEvent(kind), note=note, by=by, now=desk.now)
    report.one(desk, {"event": number, "day": day, "kind": kind, "removed": remove})


def _number(entered: Sequence[day_events.EnteredDay], kind: str) -> int:
    found = [one.id for one in entered if one.kind == kind and one.removed_by is None]
    if not found:
        raise NotDoneError(f"no {kind} is entered for that day")
    return found[0]


@click.command(cls=Command, example="wattledger arrears sources --json")
@on_a_day
@reporting
@pass_desk
def sources(desk: Desk) -> int:
    """
    List the sources of payments and when each last brought a file; 1 if one is late.

    While one is, nothing is sent or printed and nobody is cut.
    """
    with desk.looking() as session:
        found = freshness.sources(session, today=desk.today, now=desk.now)
    rows: list[dict[str, Any]] = [
        {
            "source": one.source.name,
            "takes": ", ".join(one.source.takes),
            "hours": one.source.hours,
            "last_at": one.last_at,
            "is_late": one.is_late,
        }
        for one in found
    ]
    columns = {"source": "source", "brings": "takes", "hours borne": "hours", "last": "last_at"}
    empty = "the policy names no source of payments"
    report.table(desk, rows, columns | {"late": "is_late"}, empty=empty)
    return NEEDS_A_PERSON if any(one.is_late for one in found) else DONE


COMMANDS = {
    "dispute": dispute,
    "settle-dispute": settle_dispute,
    "promise": promise,
    "duty": duty,
    "cases": cases,
    "transfer": transfer,
    "hand-over": hand_over,
    "day": day_event,
    "sources": sources,
}
