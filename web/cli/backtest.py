"""Policies before they rule: in plain words, and over the supplier's own past."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from arrears import backtest as backtests
from arrears import rules as arrears_rules
from arrears.backtest import Comparison, Costs
from arrears.readable import readable
from billing.customer import Language
from billing.money import Money
from config import dated
from config.dated import DatedFile
from config.in_force import market_on
from config.people import Permission
from notices import stationery
from notices.paper import press
from web import activation
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import AMOUNT, DAY
from web.cli.problems import NotDoneError

LANGUAGES = [str(one) for one in Language]
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=Command, example="wattledger arrears policy --language zh --pdf policy.pdf")
@click.argument("policy", required=False)
@click.option(
    "--language",
    type=click.Choice([str(one) for one in Language]),
    default="en",
    help="Of what is said.",
)
@click.option("--pdf", type=NEW_FILE, help="Write it as a PDF, too.")
@on_a_day
@reporting
@pass_desk
def policy_(desk: Desk, policy: str | None, language: str, pdf: Path | None) -> None:
    """Say in plain words what a POLICY does and when; otherwise the one in force."""
    file = _file(desk, policy)
    with desk.looking() as session:
        market = market_on(session, desk.today)
    plain = readable(arrears_rules.policy_of(file), market, language)
    if pdf is not None:
        supplier = stationery.read(desk.settings.config).supplier
        pdf.write_bytes(press.print_policy(plain, supplier, Language(language)))
    if desk.as_json:
        report.one(desk, plain)
        return
    for line in plain.general:
        report.say(desk, line)
    for section in plain.sections:
        report.say(desk, f"\n{section.segment} {section.track}".rstrip())
        rows: list[dict[str, Any]] = [
            report.plain(rule) | {"if": "; ".join(rule.conditions)} for rule in section.rules
        ]
        columns = {"when": "when", "what": "what", "approval": "approval", "only if": "if"}
        report.table(desk, rows, columns)


@click.command(
    cls=Command,
    example="wattledger arrears backtest ours.toml --from 2025-07-01 --to 2025-12-31 --xlsx b.xlsx",
)
@click.argument("policy")
@click.option("--from", "first", type=DAY, required=True, help="The first day of the past.")
@click.option("--to", "last", type=DAY, required=True, help="Its last day.")
@click.option("--message-cost", type=AMOUNT, default=0, help="What a text message costs.")
@click.option("--letter-cost", type=AMOUNT, default=0, help="What a letter costs.")
@click.option("--visit-cost", type=AMOUNT, default=0, help="What a visit or a cut costs.")
@click.option("--xlsx", type=NEW_FILE, help="Write a workbook with a chart of each day's work.")
@acting
@reporting
@pass_desk
def backtest(
    desk: Desk,
    policy: str,
    *,
    first: date,
    last: date,
    message_cost: Money,
    letter_cost: Money,
    visit_cost: Money,
    xlsx: Path | None,
) -> None:
    """
    Replay the past under a POLICY, a file or the name of one, beside the policy in force.

    The payments are those that really came. Nothing is written to the database. Also told: in
    what the policy is laxer than the law, which a replay obeys all the same.
    """
    desk.by(Permission.REVIEW_ARREARS)
    file = _file(desk, policy)
    tried = arrears_rules.policy_of(file)
    with desk.looking() as session:
        for problem in arrears_rules.check_policy(session, file):
            click.echo(problem, err=True)
    with report.progress(desk, "accounts") as progress:
        found = backtests.backtest(
            desk.sessions,
            tried,
            first=first,
            last=last,
            today=desk.today,
            costs=Costs(message_cost, letter_cost, visit_cost),
            progress=progress,
        )
    if xlsx is not None:
        backtests.write(found, xlsx)
    _tell(desk, found)


def _tell(desk: Desk, found: Comparison) -> None:
    rows: list[dict[str, Any]] = [
        {"what": what, "in_force": ruling, "tried": tried}
        for what, ruling, tried in backtests.rows(found)
    ]
    cost = {"what": "cost", "in_force": report.amount(found.ruling.cost)}
    rows.append(cost | {"tried": report.amount(found.tried.cost)})
    if desk.as_json:
        facts = {"from": found.first, "to": found.last, "accounts": found.accounts}
        names = {"in_force": found.ruling.policy, "tried": found.tried.policy}
        peaks = {"in_force": found.ruling.peak[0], "tried": found.tried.peak[0]}
        report.one(desk, facts | {"policies": names, "peak_days": peaks, "rows": rows})
        return
    report.say(desk, f"{found.accounts} accounts from {found.first} to {found.last}")
    columns = {"": "what", f"in force: {found.ruling.policy}": "in_force"}
    report.table(desk, rows, columns | {f"tried: {found.tried.policy}": "tried"})


def _file(desk: Desk, named: str | None) -> DatedFile:
    """Return the policy of a path, or of a name or digest, or without one that in force."""
    with desk.looking() as session:
        if named is None:
            return dated.in_force(session, arrears_rules.DUNNING, desk.today)
        known = [one.file for one in dated.activations(session)]
    path = Path(named)
    if path.is_file():
        return dated.read(path, subject=arrears_rules.DUNNING, starts_on=desk.today)
    offered = activation.in_order(dated.shipped(desk.settings.config), market=desk.settings.market)
    offered += dated.shipped_for(arrears_rules.DUNNING, desk.settings.market)
    for file in known + offered:
        is_policy = file.subject == arrears_rules.DUNNING
        if is_policy and (file.name == named or file.digest.startswith(named)):
            return file
    raise NotDoneError(f"{named}: no file and no policy of this name; see `wattledger config list`")


COMMANDS = {"policy": policy_, "backtest": backtest}
