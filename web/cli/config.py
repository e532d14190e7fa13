"""Tariffs, policies and law: what is in force, who allowed it, and what could be."""

from collections.abc import Sequence
from pathlib import Path

import click

from config import approval, dated
from config.acts import Act
from config.dated import DatedFile
from config.people import Permission
from web import activation
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import ROW_ID
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError


@click.group(cls=Words)
def config() -> None:
    """Tariffs, policies and law: what is in force, who allowed it, and what could be."""


@config.command("list", example="wattledger config list")
@on_a_day
@reporting
@pass_desk
def list_(desk: Desk) -> None:
    """List every file that was proposed or could be, and which are in force."""
    with desk.looking() as session:
        activations = dated.activations(session)
        waits = approval.find_all(session, [one.approval_id for one in activations])
    rows = [
        {
            "file": one.file.name,
            "state": _state(one, waits[one.approval_id], activations, desk),
            "proposed_by": one.proposed_by,
            "approval": one.approval_id,
            "digest": one.file.digest[:12],
        }
        for one in activations
    ]
    known = {one.file.digest for one in activations}
    rows += [
        {"file": file.name, "state": "not proposed", "digest": file.digest[:12]}
        for file in _offered(desk)
        if file.digest not in known
    ]
    columns = {"file": "file", "state": "state", "proposed by": "proposed_by"}
    rows.sort(key=lambda row: str(row["file"]))
    report.table(desk, rows, columns | {"approval": "approval", "digest": "digest"})


def _state(
    one: dated.Activation, asked: approval.Approval, all_: Sequence[dated.Activation], desk: Desk
) -> str:
    if one.activated_at is None:
        return str(asked.state)
    if one.file.starts_on > desk.today:
        return "takes force later"
    rivals = [
        other
        for other in all_
        if other.file.subject == one.file.subject
        and other.activated_at is not None
        and other.file.starts_on <= desk.today
    ]
    newest = max(rivals, key=lambda other: (other.file.starts_on, other.id))
    return "in force" if newest is one else "was in force"


@config.command(example="wattledger config show tariffs/residential/2026-01-01")
@click.argument("name")
@pass_desk
def show(desk: Desk, name: str) -> None:
    """Show the text of a file, by its NAME or by its digest."""
    files = _offered(desk)
    with desk.looking() as session:
        files += [one.file for one in dated.activations(session)]
    click.echo(_named(files, name).text, nl=False)


@config.command(example="wattledger config propose tariffs/residential/2026-01-01 --as li")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "is_all", is_flag=True, help="Propose every file that never was.")
@acting
@pass_desk
def propose(desk: Desk, names: Sequence[str], is_all: bool) -> int:
    """
    Propose that files take force; another person then activates them.

    A NAME is a file of the supplier's folder (WATTLEDGER_CONFIG) or of the package, as
    `config list` shows it. A policy is checked against the law in force, so in a new house the
    market's file is activated first.
    """
    by = desk.by(Permission.PROPOSE_FILES)
    offered = _offered(desk)
    wanted = offered if is_all else [_named(offered, name) for name in names]
    if not wanted:
        raise NotDoneError("name a file, or say --all; `wattledger config list` names them")
    with desk.looking() as session:
        known = {one.file.digest for one in dated.activations(session)}
    fresh = [file for file in wanted if file.digest not in known]
    unfit = [file for file in fresh if not _try_to_propose(desk, file, by)]
    if len(fresh) < len(wanted):
        report.say(desk, f"{len(wanted) - len(fresh)} had been proposed before")
    return NEEDS_A_PERSON if unfit else DONE


def _try_to_propose(desk: Desk, file: DatedFile, by: str) -> bool:
    try:
        with desk.sessions.begin() as session:
            number = activation.propose(session, file, by=by, now=desk.now)
    except activation.UnfitFileError as problem:
        click.echo(str(problem), err=True)
        return False
    report.say(desk, f"{file.name} waits as approval {number}")
    return True


@config.command(example='wattledger config activate 12 --reason "as decreed" --as zhao')
@click.argument("approvals", nargs=-1, type=ROW_ID, metavar="APPROVAL...")
@click.option("--all", "is_all", is_flag=True, help="Activate every file that waits.")
@click.option("--reason", default="", help="Why; kept with the decision.")
@acting
@pass_desk
def activate(desk: Desk, approvals: Sequence[int], is_all: bool, reason: str) -> None:
    """Activate proposed files, as the second person; they take force on the day in their name."""
    user = desk.who(Permission.APPROVE_FILES)
    with desk.sessions.begin() as session:
        waiting = approval.waiting(session, act=Act.ACTIVATE_FILE)
        numbers = [one.id for one in waiting] if is_all else approvals
        for number in numbers:
            file = activation.activate(session, number, by=user, reason=reason, now=desk.now)
            report.say(desk, f"{file.name} takes force on {file.starts_on}")
    if not numbers:
        report.say(desk, "no file waits; `wattledger config list` shows them all")


def _offered(desk: Desk) -> list[DatedFile]:
    """Return the files that may be proposed here: a house has the law of one market."""
    shipped = dated.shipped(desk.settings.config)
    return activation.in_order(shipped, market=desk.settings.market)


def _named(files: Sequence[DatedFile], name: str) -> DatedFile:
    plain = name.removesuffix(Path(name).suffix if name.endswith(".toml") else "")
    for file in files:
        if file.name == plain or file.digest.startswith(name):
            return file
    raise NotDoneError(f"there is no file {name}; `wattledger config list` names them")
