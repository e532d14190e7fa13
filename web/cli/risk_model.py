"""Scorecards judged on customers whose end is known, and learnt from them."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from arrears import own_history, samples
from arrears.card_debt import Sample
from arrears.credit import Scorecard
from arrears.judging import Judgement, judge
from arrears.own_history import OwnHistory
from arrears.prediction import Share
from arrears.rules import CREDIT
from arrears.scorecard import BadScorecardError, parse_scorecard
from config import dated
from config.dated import BadFileError
from web.cli import report, risk_report
from web.cli.command import Command
from web.cli.desk import Desk, on_a_day, pass_desk, reporting
from web.cli.problems import NotDoneError
from web.scorecard_text import card_text

SCORECARDS = dated.PACKAGED / "scorecards"
IN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT_FILE = click.Path(dir_okay=False, path_type=Path)
EXTRA = "learning needs scikit-learn; install wattledger[risk]"


@click.command(cls=Command, example="wattledger risk evaluate arrears --on customers.csv --json")
@click.argument("card")
@click.option("--on", "data", type=IN_FILE, required=True, help="Customers whose end is known.")
@click.option("--report", "page", type=OUT_FILE, help="Write a page with plots, too.")
@reporting
@pass_desk
def evaluate(desk: Desk, card: str, data: Path, page: Path | None) -> None:
    """
    Say how well a CARD tells the customers of a file who failed from those who didn't.

    CARD is a file, a card that ships (`arrears`), or a dated one such as 2024-06-01. Where a card
    names no probability it is taken from the other customers, by cross-validation.
    """
    found = card_named(card, desk.settings.config)
    judgement = judge(found, samples.read(data))
    facts = {"card": found.name, "title": found.title, "indicators": len(found.weighings)}
    facts |= figures(judgement)
    if page is not None:
        page.write_text(risk_report.page(found, judgement, facts), "utf-8")
    _tell(desk, facts)


@click.command(
    cls=Command,
    example="wattledger risk train --on customers.csv --out card.toml --report card.html",
)
@click.option("--on", "data", type=IN_FILE, help="Customers whose end is known.")
@click.option("--own", is_flag=True, help="The supplier's own customers, from the books.")
@click.option(
    "--months",
    type=click.IntRange(1, 60),
    default=12,
    show_default=True,
    help="With --own: how many month ends it learns from.",
)
@click.option(
    "--unseen",
    type=click.IntRange(1, 24),
    default=3,
    show_default=True,
    help="With --own: on how many later month ends, never seen, the card is judged.",
)
@click.option("--out", type=OUT_FILE, required=True, help="Where the card is written.")
@click.option("--report", "page", type=OUT_FILE, help="Write a page with plots, too.")
@click.option(
    "--title", default="Learnt scorecard · 学习所得评分卡", help="What the card is called."
)
@click.option(
    "--most",
    type=click.IntRange(1, 30),
    default=15,
    show_default=True,
    help="How many indicators it may look at.",
)
@on_a_day
@reporting
@pass_desk
def train(
    desk: Desk,
    data: Path | None,
    *,
    own: bool,
    months: int,
    unseen: int,
    out: Path,
    page: Path | None,
    title: str,
    most: int,
) -> None:
    """
    Learn a card from customers whose end is known, and judge it on those it has not seen.

    With --own they are the supplier's: each month's end is a sample, and who was more than thirty
    days late within three months after it has failed. The card is a candidate: it takes force
    like any other, put into policies/credit of the supplier's folder, proposed by one person and
    activated by another (`config propose`).
    """
    if own == (data is not None):
        raise NotDoneError("say either --on FILE or --own")
    history = _history(desk, months, unseen) if own else None
    known = history.seen if history is not None else samples.read(data or Path())
    source = "the supplier's own books" if data is None else data.name
    learnt, facts = _learn(known, out, title, most, source=source)
    if history is not None:
        facts["out_of_time"] = _later(learnt, history)
    out.write_text(card_text(learnt.table, facts, source), "utf-8")
    if page is not None:
        page.write_text(risk_report.page(learnt.card, learnt.unseen, facts), "utf-8")
    _tell(desk, facts)
    if history is not None and not desk.as_json:
        report.one(desk, {f"later months: {k}": v for k, v in facts["out_of_time"].items()})
    report.say(desk, f"{out} is a candidate; propose it as policies/credit/<day> when you trust it")


def _learn(
    known: Sequence[Sample], out: Path, title: str, most: int, *, source: str
) -> tuple[Any, dict[str, Any]]:
    """Return what was learnt, and its figures."""
    try:
        from arrears import learning
    except ModuleNotFoundError as missing:
        raise NotDoneError(EXTRA) from missing
    try:
        learnt = learning.learn(known, name=out.stem, title=title, most=most)
    except learning.NothingToLearnError as refused:
        raise NotDoneError(f"{source}: {refused}") from refused
    facts: dict[str, Any] = {
        "card": str(out),
        "title": title,
        "indicators": len(learnt.card.weighings),
    }
    facts |= figures(learnt.unseen)
    facts["stability_psi"] = _round(learnt.stability)
    facts["information_values"] = {name: _round(one) for name, one in learnt.values.items()}
    return learnt, facts


def _history(desk: Desk, months: int, unseen: int) -> OwnHistory:
    """
    Return the supplier's own customers of older and of later months.

    :raises NotDoneError: if nothing was posted yet, or no later month is there to judge on.
    """
    with desk.looking() as session:
        found = own_history.own_history(session, until=desk.today, months=months, unseen=unseen)
    if not found.unseen:
        raise NotDoneError(
            f"the books know no customers of {found.unseen_days[0]} to {found.unseen_days[-1]}; "
            f"a card needs later months to be judged on"
        )
    return found


def _later(learnt: Any, history: OwnHistory) -> dict[str, Any]:
    from arrears import learning

    later, moved = learning.out_of_time(learnt, seen=history.seen, unseen=history.unseen)
    return {
        "learnt_from": [str(day) for day in history.seen_days],
        "judged_on": [str(day) for day in history.unseen_days],
        "customers": later.customers,
        "failed": later.bad,
        "auc": _round(later.auc),
        "ks": _round(later.ks),
        "brier": _round(later.brier),
        "calibration_error_mean": _round(later.mean_error),
        "stability_psi": _round(moved),
    }


def card_named(name: str, folder: Path | None) -> Scorecard:
    """
    Return the card of a file, one that ships, or one of a day.

    :raises NotDoneError: if there is none, or it isn't one.
    """
    places = [Path(name), SCORECARDS / f"{name}.toml"]
    try:
        for path in places:
            if path.is_file():
                # The name of such a file is no day, so any day will do: it isn't in force.
                file = dated.read(path, subject=CREDIT, starts_on=date.min)
                return parse_scorecard(path.stem, file.table)
        for shipped in dated.shipped(folder):
            if shipped.subject == CREDIT and name in (shipped.name, str(shipped.starts_on)):
                return parse_scorecard(shipped.name, shipped.table)
    except (BadScorecardError, BadFileError) as bad:
        raise NotDoneError(str(bad)) from bad
    shipped_names = ", ".join(sorted(path.stem for path in SCORECARDS.glob("*.toml")))
    raise NotDoneError(f"there is no card {name}; name a file, or one that ships: {shipped_names}")


def figures(found: Judgement) -> dict[str, Any]:
    """Return the figures of a judgement as plain numbers."""
    return {
        "customers": found.customers,
        "failed": found.bad,
        "auc": _round(found.auc),
        "ks": _round(found.ks),
        "brier": _round(found.brier),
        "probability_from": "card" if found.is_own_probability else "cross-validation",
        "calibration_error_mean": _round(found.mean_error),
        "calibration_error_worst": _round(found.worst_error),
        "calibration": [_share(one) for one in found.calibration],
        "grades": [_share(one) for one in found.grades],
        "grades_rise_strictly": found.is_rising,
        "reasons": dict(found.reasons[:10]),
        "fairness": {
            attribute: [_share(one) for one in shares] for attribute, shares in found.groups.items()
        },
    }


def _share(one: Share) -> dict[str, Any]:
    return {
        "name": one.name,
        "customers": one.customers,
        "failed": one.bad,
        "rate": _round(one.rate),
        "expected": _round(one.expected_rate),
    }


def _round(number: Decimal | None) -> float | None:
    return None if number is None else round(float(number), 4)


def _tell(desk: Desk, facts: dict[str, Any]) -> None:
    if desk.as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    report.say(
        desk,
        f"{facts['card']}: {facts['indicators']} indicators on {facts['customers']} customers, of "
        f"whom {facts['failed']} failed",
    )
    report.say(desk, f"AUC {facts['auc']}, KS {facts['ks']}, Brier {facts['brier']}")
    report.say(
        desk,
        f"calibration by tenths: off by {facts['calibration_error_mean']} on average, by "
        f"{facts['calibration_error_worst']} at worst (probability from "
        f"{facts['probability_from']})",
    )
    columns = {"grade": "name", "customers": "customers", "failed": "failed"}
    report.table(desk, facts["grades"], columns | {"rate": "rate", "expected": "expected"})
    rises = "rise" if facts["grades_rise_strictly"] else "DO NOT rise"
    report.say(desk, f"the rates {rises} strictly over the nine grades")


COMMANDS = (evaluate, train)
