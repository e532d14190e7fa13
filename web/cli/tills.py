"""The cashier's day: open the till, count it, close it, have it counted again."""

from datetime import date, timedelta
from typing import Any

import click

from billing import till, tillbook
from billing.tillbook import Till
from config.people import Permission
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY
from web.cli.problems import DONE, NEEDS_A_PERSON

_DAYS = 31


@click.command(
    "open-till", cls=Command, example="wattledger payments open-till --change 200 --as zhao.min"
)
@click.option("--change", type=AMOUNT, help="The change in it; by default what stayed in the last.")
@click.option("--note", default="", help="Why it is other change than stayed; wanted then.")
@acting
@reporting
@pass_desk
def open_till(desk: Desk, change: int | None, note: str) -> None:
    """Open your till of the day."""
    made = till.open_till(
        desk.sessions,
        by=desk.by(Permission.TAKE_PAYMENTS),
        opening=change,
        note=note,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, _till(made.till) | {"expected": report.amount(made.expected)})


@click.command(
    "close-till", cls=Command, example="wattledger payments close-till 1240.50 --as zhao.min"
)
@click.argument("counted", type=AMOUNT)
@click.option("--hand-in", type=AMOUNT, help="What of it goes to the bank; by default nothing.")
@click.option("--note", default="", help="What a difference is; wanted where there is one.")
@click.option("--cashier", metavar="LOGIN", help="Whose till, for a supervisor; otherwise yours.")
@click.option("--day", type=DAY, help="The till's day; otherwise today.")
@acting
@reporting
@pass_desk
def close_till(
    desk: Desk,
    counted: int,
    *,
    hand_in: int | None,
    note: str,
    cashier: str | None,
    day: date | None,
) -> int:
    """
    Close a till with the cash COUNTED in it, its change included; 1 if it differs.

    A difference is posted to cash over and short, and another person says yes to it, or has the
    till counted again.
    """
    is_others = cashier is not None and cashier != desk.login
    by = desk.by(Permission.REVERSE_PAYMENTS if is_others else Permission.TAKE_PAYMENTS)
    made = till.close_till(
        desk.sessions,
        cashier=cashier or by,
        day=day or desk.today,
        counted=counted,
        handed_in=hand_in or 0,
        note=note,
        by=by,
        today=desk.today,
        now=desk.now,
    )
    taken = {
        method or "not said": f"{report.amount(amount)} in {count}"
        for method, (amount, count) in sorted(made.taken.items())
    }
    report.one(desk, _till(made.till) | {"taken": taken})
    asked = made.till.count.approval_id if made.till.count else None
    if asked is None:
        return DONE
    report.say(desk, f"another person now says yes: wattledger approvals approve {asked}")
    return NEEDS_A_PERSON


@click.command(
    "recount-till",
    cls=Command,
    example='wattledger payments recount-till zhao.min --reason "a note of 100" --as wang.fang',
)
@click.argument("cashier", metavar="LOGIN")
@click.option("--day", type=DAY, help="The till's day; otherwise today.")
@click.option("--reason", required=True, help="Why; it stands beside the count.")
@acting
@reporting
@pass_desk
def recount_till(desk: Desk, cashier: str, day: date | None, reason: str) -> None:
    """
    Take back what was counted in the till of a cashier LOGIN: it is open again.

    What was posted of a difference is undone. Whoever had the till, or counted it, can't.
    """
    made = till.recount(
        desk.sessions,
        cashier=cashier,
        day=day or desk.today,
        by=desk.by(Permission.REVERSE_PAYMENTS),
        reason=reason,
        today=desk.today,
        now=desk.now,
    )
    report.one(desk, _till(made.till) | {"expected": report.amount(made.expected)})


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
    columns |= {"difference": "difference", "agreed": "agreed", "note": "note"}
    columns |= {"closed by": "closed_by"}
    report.table(desk, [_till(one) for one in found], columns, empty="no till was opened")


def _till(one: Till) -> dict[str, Any]:
    """Return a till with the count that holds, and those that were taken back."""
    back = [count for count in one.counts if count.taken_back_on is not None]
    return {
        "id": one.id,
        "cashier": one.cashier,
        "day": report.plain(one.day),
        "opening": report.amount(one.opening),
        "opening_note": one.note,
        "state": "open" if one.is_open else "closed",
        **_count(one.count),
        "taken_back": [
            {
                **_count(count),
                "taken_back_on": report.plain(count.taken_back_on),
                "taken_back_by": count.taken_back_by,
                "reason": count.reason,
            }
            for count in back
        ],
    }


def _count(count: tillbook.Count | None) -> dict[str, Any]:
    amounts = ("expected", "counted", "handed_in", "left", "difference")
    texts = ("note", "closed_by", "closed_at", "entry_id", "approval_id")
    facts: dict[str, Any] = {
        **{key: None if count is None else report.amount(getattr(count, key)) for key in amounts},
        **{key: None if count is None else report.plain(getattr(count, key)) for key in texts},
    }
    return facts | {"agreed": None if count is None or count.state is None else str(count.state)}


COMMANDS = (open_till, close_till, recount_till, tills)
