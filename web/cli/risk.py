"""Grades and tiers of customers, and why; figures of the receivable; scorecards."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from arrears import store as arrears
from arrears.assessing import worked_out
from arrears.case import Grading
from arrears.credit import Assessed, Grade, Scorecard, tier_of
from arrears.grading import advice, missing_points
from arrears.rules import card_of
from billing import store as billing
from config import dated
from web.cli import credit_grants, credit_sharing, old_debt, report, risk_figures, risk_model
from web.cli.command import Words
from web.cli.desk import Desk, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.problems import NotDoneError


@click.group(cls=Words)
def risk() -> None:
    """Grades and tiers of customers, and why."""


@risk.command(example="wattledger risk tiers --json")
@reporting
@pass_desk
def tiers(desk: Desk) -> None:
    """Count the customers of each grade, and of each tier."""
    with desk.looking() as session:
        counts = arrears.grades_count(session)
    whole = Counter({tier_of(grade): 0 for grade in Grade})
    for grade, customers in counts.items():
        whole[tier_of(grade)] += customers
    rows = [
        {"grade": grade, "tier": tier_of(grade), "customers": counts.get(grade, 0)}
        for grade in Grade
    ]
    columns = {"grade": "grade", "tier": "tier", "customers": "customers"}
    report.table(desk, rows, columns)
    report.say(desk, ", ".join(f"{tier} {customers}" for tier, customers in whole.items()))


@risk.command(example="wattledger risk show C000123 --as-of 2026-01-31")
@click.argument("number")
@click.option("--as-of", type=DAY, help="The grade as it was on this day; otherwise the newest.")
@on_a_day
@reporting
@pass_desk
def show(desk: Desk, number: str, as_of: date | None) -> None:
    """
    Show the grade of a customer, what it rests on, and what would raise it.

    NUMBER is the customer's, or that of one of the customer's accounts.
    """
    with desk.looking() as session:
        customer_id = _customer(session, number)
        history = arrears.assessments_of(session, customer_id)
        grading = next((one for one in history if as_of is None or one.as_of <= as_of), None)
        if grading is None:
            raise NotDoneError(_not_yet(number, as_of, history))
        word = arrears.adjustments_on(session, [customer_id], grading.as_of).get(customer_id)
        file = dated.by_digest(session, grading.scorecard_digest)
        assert file is not None, "a grade names a scorecard whose text is kept"
        card = card_of(file)
    assessed = worked_out(card, grading)
    card = card.named(grading.card)
    facts = _facts(number, grading, card, assessed)
    facts["history"] = [
        {"as_of": one.as_of, "grade": one.grade, "score": one.score, "for": one.reason}
        for one in history
    ]
    if word is not None:
        facts |= {"because": word.reason, "until": word.ends_on, "asked_by": word.asked_by}
    if desk.as_json:
        report.one(desk, facts)
    else:
        _tell(desk, facts)


def _not_yet(number: str, as_of: date | None, history: Sequence[Grading]) -> str:
    if as_of is None or not history:
        return f"{number} has not been assessed yet; the next review does it"
    return f"{number} had not been assessed by {as_of}; the first was on {history[-1].as_of}"


def _customer(session: Any, number: str) -> int:
    customer = billing.find_customers(session, [number]).get(number)
    if customer is not None:
        return customer.id
    account = billing.find_accounts(session, [number]).get(number)
    if account is None:
        raise NotDoneError(f"no customer or account has the number {number}; try `customers find`")
    return account.customer_id


def _facts(number: str, grading: Grading, card: Scorecard, assessed: Assessed) -> dict[str, Any]:
    missing = missing_points(card, assessed)
    return {
        "customer": number,
        "grade": grading.grade,
        "tier": grading.tier,
        "score": grading.score,
        "as_of": grading.as_of,
        "assessed_for": grading.reason,
        "scorecard": card.name,
        "points": [
            {
                "indicator": one.indicator.name,
                "value": one.indicator.value,
                "unit": one.indicator.unit,
                "source": one.indicator.source,
                "points": one.points,
                "most": one.most,
                "band": one.band,
            }
            for one in assessed.points
        ],
        "by_points": assessed.by_points,
        "adjusted": assessed.adjusted,
        "limits": assessed.limits,
        "better_grade": None if missing is None else missing[0],
        "points_to_it": None if missing is None else missing[1],
        "advice": advice(card, assessed),
    }


def _tell(desk: Desk, facts: dict[str, Any]) -> None:
    score = "a new customer isn't scored" if facts["score"] is None else f"{facts['score']} points"
    report.say(
        desk,
        f"{facts['customer']}: {facts['grade']} ({facts['tier']}), {score}, as of "
        f"{facts['as_of']}, by {facts['scorecard']}",
    )
    names = ("indicator", "value", "unit", "points", "most", "band", "source")
    columns = {key: key for key in names}
    report.table(desk, facts["points"], columns)
    if facts["adjusted"]:
        told = f"an expert moved {facts['by_points']} by {facts['adjusted']:+}"
        report.say(desk, f"{told}: {facts.get('because', '')}, until {facts.get('until', '')}")
    report.table(
        desk,
        facts["history"],
        {"as of": "as_of", "grade": "grade", "score": "score", "because of": "for"},
        title="history",
    )
    for limit in facts["limits"]:
        report.say(desk, f"no better than {limit.ceiling}: {limit.reason}")
    if facts["better_grade"] is not None:
        report.say(desk, f"{facts['points_to_it']} points to {facts['better_grade']}; they are in:")
        for one in facts["advice"][:5]:
            report.say(
                desk, f"  {one.indicator}: {one.value} now, {one.wanted} gives {one.gain} more"
            )


COMMANDS = (
    credit_grants.adjust,
    credit_sharing.privileges,
    *risk_figures.COMMANDS,
    *old_debt.COMMANDS,
    *risk_model.COMMANDS,
)
for _command in COMMANDS:
    risk.add_command(_command)
