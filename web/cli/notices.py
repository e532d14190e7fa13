"""Messages and printed notices: write, send, print, serve, look up."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from config.people import Permission
from notices import dispatch, printing, service, store
from notices.notice import Channel
from notices.outbox import State
from notices.proof import Method
from notices.record import Told
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError


@click.group(cls=Words)
def notices() -> None:
    """Messages and printed notices: write, send, print, serve, look up."""


@notices.command(example="wattledger notices prepare --as li.na")
@acting
@reporting
@pass_desk
def prepare(desk: Desk) -> int:
    """
    Write the messages and letters that approved steps ask for.

    One for each customer and level, with the balance of this moment. 1 if some could not be.
    """
    desk.by(Permission.SEND_NOTICES)
    done = dispatch.prepare(desk.sessions, today=desk.today, now=desk.now)
    if desk.as_json:
        report.one(desk, done)
    else:
        click.echo(f"{done.messages} messages and {done.letters} letters written")
        for problem in done.problems:
            click.echo(str(problem), err=True)
    return NEEDS_A_PERSON if done.problems else DONE


@notices.command(example="wattledger notices send --limit 100 --as li.na")
@click.option("--limit", default=500, show_default=True, type=click.IntRange(1, 100_000))
@acting
@reporting
@pass_desk
def send(desk: Desk, limit: int) -> int:
    """
    Send the messages that wait: each is claimed, looked at once more, sent, and marked.

    Quiet hours, opt-outs and payments made meanwhile are respected. 1 if some failed or nobody
    knows what became of them.
    """
    from notices.sms import gateway_of

    desk.by(Permission.SEND_NOTICES)
    done = dispatch.send(
        desk.sessions, gateway_of(desk.settings), today=desk.today, now=desk.now, limit=limit
    )
    report.one(desk, done)
    return NEEDS_A_PERSON if done.failed or done.unknown else DONE


@notices.command("print", example="wattledger notices print --folder print --as li.na")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the files go; otherwise `print` in the house's folder of files.",
)
@acting
@reporting
@pass_desk
def print_(desk: Desk, folder: Path | None) -> int:
    """Print the letters that wait, in walking order; 1 if some can't be drawn."""
    by = desk.by(Permission.SEND_NOTICES)
    out = folder or desk.settings.files / "print"
    batches = list(_until_none(lambda: _printed(desk, out, by)))
    columns = {"batch": "number", "file": "path", "letters": "letters", "pages": "pages"}
    columns |= {"left out": "left_out", "problems": "problems"}
    report.table(desk, batches, columns, empty="no letter waits")
    return NEEDS_A_PERSON if any(one.problems for one in batches) else DONE


def _printed(desk: Desk, folder: Path, by: str) -> printing.PrintBatch | None:
    return printing.print_due(desk.sessions, folder, today=desk.today, now=desk.now, by=by)


def _until_none(act: Callable[[], printing.PrintBatch | None]) -> list[printing.PrintBatch]:
    found = []
    while (one := act()) is not None:
        found.append(one)
    return found


@notices.command(
    example="wattledger notices serve DN-000017 --method left --witness 'Wu Yan' --as sun.qiang"
)
@click.argument("number")
@click.option(
    "--method", type=click.Choice([one.value for one in Method]), required=True, help="How."
)
@click.option("--served-on", type=DAY, help="The day; otherwise the business day.")
@click.option("--received-by", default="", help="Who took it.")
@click.option("--witness", default="", help="Who saw it; wanted when it was left or refused.")
@acting
@reporting
@pass_desk
def serve(
    desk: Desk,
    number: str,
    *,
    method: str,
    served_on: date | None,
    received_by: str,
    witness: str,
) -> None:
    """Record that the notice with this NUMBER reached its customer: the law's days begin."""
    service.serve(
        desk.sessions,
        number,
        served_on=served_on or desk.today,
        method=Method(method),
        by=desk.by(Permission.SERVE_NOTICES),
        received_by=received_by,
        witness=witness,
        today=desk.today,
        now=desk.now,
    )
    _show_one(desk, number)


@notices.command("list", example="wattledger notices list --state unknown --json")
@click.option("--state", type=click.Choice([one.value for one in State]), help="Only these.")
@click.option("--channel", type=click.Choice([one.value for one in Channel]), help="Only these.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@reporting
@pass_desk
def list_(desk: Desk, *, state: str | None, channel: str | None, limit: int) -> None:
    """List the notices, newest first."""
    with desk.looking() as session:
        found = store.notices(
            session,
            channel=None if channel is None else Channel(channel),
            states=() if state is None else (State(state),),
            limit=limit,
        )
    columns = {"number": "number", "kind": "kind", "level": "level", "by": "channel"}
    columns |= {"on": "issued_on", "amount": "principal", "state": "state", "title": "title"}
    report.table(desk, [_told(one) for one in found], columns, empty="no notice yet")


def _told(one: Told) -> dict[str, Any]:
    facts: dict[str, Any] = report.plain(one)
    amounts = {"principal": one.principal, "late_charge": one.late_charge}
    return facts | {key: report.amount(value) for key, value in amounts.items()}


@notices.command(example="wattledger notices show DN-000017")
@click.argument("number")
@reporting
@pass_desk
def show(desk: Desk, number: str) -> None:
    """Show the notice with this NUMBER, word for word, and how far it came."""
    _show_one(desk, number)


def _show_one(desk: Desk, number: str) -> None:
    with desk.looking() as session:
        found = store.find_notice(session, number)
    if found is None:
        raise NotDoneError(f"there is no notice {number}; `wattledger notices list` names them")
    report.one(desk, _told(found))


@notices.command(example="wattledger notices count")
@reporting
@pass_desk
def count(desk: Desk) -> None:
    """Count the notices in each state, by the way they travel."""
    with desk.looking() as session:
        counts = store.count_by_state(session)
    rows = [
        {"channel": channel, "state": state, "notices": number}
        for (channel, state), number in sorted(counts.items())
    ]
    columns = {"by": "channel", "state": "state", "notices": "notices"}
    report.table(desk, rows, columns, empty="no notice yet")


@notices.command("opt-out", example="wattledger notices opt-out +8613800000000 --as li.na")
@click.argument("mobile")
@click.option("--back", is_flag=True, help="The customer wants messages again.")
@acting
@pass_desk
def opt_out(desk: Desk, mobile: str, back: bool) -> None:
    """Send no more messages to a MOBILE number."""
    by = desk.by(Permission.SEND_NOTICES)
    dispatch.opt_out(desk.sessions, mobile, is_out=not back, said=f"told {by}", now=desk.now)
    report.say(desk, f"{mobile} gets {'messages again' if back else 'no more messages'}")
