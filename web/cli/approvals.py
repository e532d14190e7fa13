"""What waits for a second person: look, approve, refuse."""

from collections.abc import Sequence
from typing import Any

import click

from billing import store as billing
from config import approval
from config.acts import MAY_APPROVE, Act
from config.approval import Approval
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.kinds import ROW_ID
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError

STANDS_AGAINST = (
    approval.OwnWorkError,
    approval.NotAllowedError,
    approval.AlreadyDecidedError,
    NotDoneError,
)


@click.group(cls=Words)
def approvals() -> None:
    """What waits for a second person: look, approve, refuse."""


@approvals.command("list", example="wattledger approvals list --act disconnect --json")
@click.option("--act", type=click.Choice([act.value for act in Act]), help="Only this act.")
@reporting
@pass_desk
def list_(desk: Desk, act: str | None) -> int:
    """List what waits for a word, oldest first; 1 if anything does."""
    with desk.looking() as session:
        waiting = approval.waiting(session, act=None if act is None else Act(act))
        numbers = [one.account_id for one in waiting if one.account_id is not None]
        accounts = billing.accounts(session, numbers)
    rows = [_row(one, accounts) for one in waiting]
    columns = {"approval": "approval", "act": "act", "account": "account", "what": "summary"}
    columns |= {"asked by": "maker", "words missing": "missing"}
    report.table(desk, rows, columns, empty="nothing waits")
    return NEEDS_A_PERSON if rows else DONE


def _row(one: Approval, accounts: Any) -> dict[str, Any]:
    account = accounts.get(one.account_id)
    facts: dict[str, Any] = report.plain(one)
    facts["approval"] = facts.pop("id")
    return facts | {"account": account.number if account else None, "missing": one.missing}


@approvals.command(example="wattledger approvals show 41")
@click.argument("number", type=ROW_ID, metavar="APPROVAL")
@acting
@reporting
@pass_desk
def show(desk: Desk, number: int) -> None:
    """
    Show one act asked for, the facts it rests on, and what was said of it.

    With --as it is kept that the person has looked: of many, some must be before all are allowed.
    """
    with desk.looking() as session:
        found = approval.find(session, number)
    if found is None:
        raise NotDoneError(f"there is no approval {number}; see `wattledger approvals list`")
    if desk.login is not None:
        by = desk.who(MAY_APPROVE[found.act])
        with desk.sessions.begin() as session:
            approval.look(session, number, by=by, now=desk.now)
    report.one(desk, found)


@approvals.command(example='wattledger approvals approve 41 42 --reason "seen" --as wang.fang')
@click.argument("numbers", nargs=-1, required=True, type=ROW_ID, metavar="APPROVAL...")
@click.option("--reason", default="", help="Why; kept with the decision.")
@acting
@reporting
@pass_desk
def approve(desk: Desk, numbers: Sequence[int], reason: str) -> int:
    """
    Say yes. What enough people have said yes to is carried out at once.

    Nobody approves what they asked for themselves. An act whose cause is gone, such as a debt
    that was paid, comes back withdrawn.
    """
    return _decide(desk, numbers, reason, accept=True)


@approvals.command(example='wattledger approvals refuse 41 --reason "agreed a plan" --as wang.fang')
@click.argument("numbers", nargs=-1, required=True, type=ROW_ID, metavar="APPROVAL...")
@click.option("--reason", required=True, help="Why; kept with the decision.")
@acting
@reporting
@pass_desk
def refuse(desk: Desk, numbers: Sequence[int], reason: str) -> int:
    """Say no."""
    return _decide(desk, numbers, reason, accept=False)


def _decide(desk: Desk, numbers: Sequence[int], reason: str, *, accept: bool) -> int:
    """Decide each by itself: what cannot be decided keeps no other from being."""
    from web import carry_out

    if accept:
        _refuse_unseen(desk, numbers)
    rows, problems = [], 0
    for number in numbers:
        try:
            decided = _decide_one(desk, number, reason, accept=accept)
        except (*STANDS_AGAINST, *carry_out.REFUSALS) as problem:
            click.echo(f"approval {number}: {problem}", err=True)
            problems += 1
        else:
            facts = {"state": decided.state, "missing": decided.missing}
            rows.append({"approval": number, "summary": decided.summary} | facts)
    columns = {"approval": "approval", "state": "state", "words missing": "missing"}
    report.table(desk, rows, columns | {"what": "summary"}, empty="nothing was decided")
    return NEEDS_A_PERSON if problems else DONE


def _refuse_unseen(desk: Desk, numbers: Sequence[int]) -> None:
    """Refuse a yes to many acts whose sample the person hasn't opened."""
    with desk.looking() as session:
        found = approval.find_all(session, list(numbers))
        if found:
            by = desk.who(MAY_APPROVE[next(iter(found.values())).act])
            approval.refuse_unseen(session, sorted(found), by=by)


def _decide_one(desk: Desk, number: int, reason: str, *, accept: bool) -> Approval:
    from web import carry_out

    with desk.looking() as session:
        found = approval.find(session, number)
    if found is None:
        raise NotDoneError("there is none; see `wattledger approvals list`")
    by = desk.who(MAY_APPROVE[found.act])
    return carry_out.decide(
        desk.sessions, found, accept=accept, reason=reason, by=by, today=desk.today, now=desk.now
    )
