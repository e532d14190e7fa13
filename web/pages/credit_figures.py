"""The figures of what is owed: of all or of an office or class, with targets and a workbook."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from arrears import figures, figures_report, old_debt
from arrears.behaviour import month_ends
from arrears.credit import GRADES
from arrears.figures import Provision
from arrears.forecast import Forecast
from arrears.groups import accounts_in
from arrears.kpi import DEFINITIONS
from arrears.old_debt import BadTargetError, Target, Whose
from billing.supply import SupplyClass
from config import people
from config.people import Office, Permission
from web import house
from web.charts import Bar, Columns, columns
from web.forms import BadInputError, Form
from web.login import needs
from web.shows import short

pages = Blueprint("credit_figures", __name__, url_prefix="/credit")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEES_CREDIT = (Permission.SEE_CREDIT,)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures are asked for: the day, the groups, of which office and class, and so whose."""

    as_of: date
    by: str
    only: dict[str, str]
    offices: list[Office]
    some: frozenset[int] | None


@pages.get("/figures")
@needs(*SEES_CREDIT)
def show_figures() -> str:
    """Show the figures of a day with their definitions, provision, expected cash and grades."""
    with house.looking() as session:
        asked = _asked(session)
        day, some = asked.as_of, asked.some
        lines = figures.kpis(session, as_of=day, by=asked.by, among=some)
        provision = figures.provision(session, as_of=day, among=some)
        cash = figures.expected_cash(session, as_of=day, among=some)
        since = month_ends(day, 2)[-1]
        moves = figures.migration(session, since=since, as_of=day, among=some)
        ceiling = figures.bad_debt_ceiling(session, as_of=day)
        seen = _some(session, {}, asked.offices, day)
        old = {one: old_debt.old_debt(session, as_of=day, by=one, among=seen) for one in Whose}
    return render_template(
        "credit_figures.html",
        as_of=day,
        by=asked.by,
        only=asked.only,
        offices=asked.offices,
        classes=list(SupplyClass),
        groupings=figures.GROUPINGS,
        lines=lines,
        definitions=DEFINITIONS,
        provision=_rows(provision),
        set_aside=provision.total,
        cash=cash,
        chart=_weeks(cash),
        grades=GRADES,
        moves=moves,
        ceiling=ceiling,
        old=old,
        since=since,
    )


def _rows(found: Provision) -> list[tuple[Any, ...]]:
    """Return the rows of the provision: bucket, balance, roll, loss rate, what is set aside."""
    rolls = (*found.rolls, None)
    return list(zip(found.labels, found.balances, rolls, found.rates, found.amounts, strict=True))


def _asked(session: Session) -> Asked:
    """
    Return which figures are asked for.

    :raises BadInputError: if the day is to come, or an office or class isn't there.
    """
    form = Form(request.args)
    as_of = form.day("as_of", _("As of"), default=house.today())
    if as_of > house.today():
        form.problems.append(_("%(day)s is after today, %(today)s", day=as_of, today=house.today()))
    offices = [one for one in people.offices(session) if house.sees_office(one.id)]
    only = {name: said for name in ("office", "class") if (said := request.args.get(name))}
    known = {"office": [one.code for one in offices], "class": [str(one) for one in SupplyClass]}
    labels = {"office": _("Office"), "class": _("Class")}
    for name, said in only.items():
        if said not in known[name]:
            facts = {"name": labels[name], "said": said, "there": ", ".join(known[name])}
            form.problems.append(_("%(name)s: %(said)s isn't there; there are %(there)s.", **facts))
    form.finish()
    by = request.args.get("by", figures.ALL)
    some = _some(session, only, offices, as_of)
    return Asked(as_of, by if by in figures.GROUPINGS else figures.ALL, only, offices, some)


def _some(
    session: Session, only: dict[str, str], offices: list[Office], as_of: date
) -> frozenset[int] | None:
    """Return the accounts asked for; who belongs to offices sees no others' than theirs."""
    supply_class = only.get("class")
    if "office" in only or house.offices_seen() is None:
        return accounts_in(
            session, office=only.get("office"), supply_class=supply_class, as_of=as_of
        )
    theirs = [
        accounts_in(session, office=one.code, supply_class=supply_class, as_of=as_of)
        for one in offices
    ]
    return frozenset().union(*(some for some in theirs if some is not None))


def _weeks(cash: Forecast) -> Columns:
    bars = [
        Bar(f"{one.starts_on:%m-%d}", float(one.expected), short(one.expected))
        for one in cash.weeks
    ]
    return columns(_("Expected cash by week"), bars, height=150)


@pages.post("/targets")
@needs(Permission.APPROVE_CREDIT)
def set_target() -> AnyResponse:
    """Set how much of former years' debt an office or a collector is to recover this year."""
    form = Form()
    whose = form.choice("whose", _("Whose"), {str(one): one for one in Whose})
    name = form.text("name", _("Office or collector"), most=64)
    amount = form.money("amount", _("Amount"))
    if not form.problems and amount < 0:
        form.problems.append(_("Amount: a target isn't below zero."))
    form.finish()
    assert whose is not None
    new = Target(house.today().year, whose, name, amount)

    try:
        old_debt.set_target(house.sessions(), new, by=house.person().login, now=house.now())
    except BadTargetError as refused:
        words = _("Name an office by its code, or a collector by the login.")
        raise BadInputError([words]) from refused
    flash(_("The target is set."), "done")
    return redirect(url_for("credit_figures.show_figures"), 303)


@pages.get("/figures.xlsx")
@needs(*SEES_CREDIT)
def export() -> Response:
    """Return the figures as a workbook, with the definitions and the provision."""
    with TemporaryDirectory(prefix="wattledger-figures-") as folder:
        path = Path(folder) / "figures.xlsx"
        with house.looking() as session:
            asked = _asked(session)
            lines = figures.kpis(session, as_of=asked.as_of, by=asked.by, among=asked.some)
            aside = figures.provision(session, as_of=asked.as_of, among=asked.some)
            figures_report.write(path, lines, aside)
        data = path.read_bytes()
    name = f"figures-{asked.as_of}.xlsx"
    return Response(
        data, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"}
    )
