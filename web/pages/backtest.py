"""Back-test: what another policy would have come to over the supplier's own past."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from arrears import backtest, rules
from arrears.backtest import Comparison
from config import dated
from config.dated import DatedFile
from config.people import Permission
from web import activation, house
from web.charts import Bar, Columns, columns
from web.forms import Form
from web.login import needs

pages = Blueprint("backtest", __name__, url_prefix="/backtest")
DAYS_MAX = 366
"""So many days a page replays at once; a longer past is the command's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A comparison, its figures, and the work of each month under either policy."""

    found: Comparison
    rows: list[tuple[str, int | None, int | None]]
    ruling: Columns
    tried: Columns


@pages.get("")
@needs(Permission.REVIEW_ARREARS)
def show() -> str:
    """Show the form, and, once it says a policy and two days, what came of it."""
    files = _files()
    outcome = _outcome(files) if request.args.get("policy") else None
    today = house.today()
    return render_template(
        "backtest.html",
        files=files,
        outcome=outcome,
        chosen=request.args.get("policy", ""),
        first=request.args.get("first", str(today - timedelta(days=90))),
        last=request.args.get("last", str(today)),
    )


def _outcome(files: list[DatedFile]) -> Outcome:
    form = Form(request.args)
    file = form.choice("policy", _("Policy"), {one.digest: one for one in files})
    first = form.day("first", _("From"))
    last = form.day("last", _("To"))
    if not form.problems and not first <= last <= house.today():
        form.problems.append(_("Give two days in order, neither of them to come."))
    if not form.problems and (last - first).days > DAYS_MAX:
        form.problems.append(_("A page replays a year at most; the command takes more."))
    form.finish()
    assert file is not None
    found = backtest.backtest(
        house.sessions(), rules.policy_of(file), first=first, last=last, today=house.today()
    )
    return Outcome(
        found,
        backtest.rows(found),
        _chart(_("Work under the policy in force"), found.ruling, found),
        _chart(_("Work under the policy tried"), found.tried, found),
    )


def _chart(title: str, tally: backtest.Tally, found: Comparison) -> Columns:
    weeks: dict[date, int] = {}
    day = found.first
    while day <= found.last:
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = weeks.get(monday, 0) + tally.work.get(day, 0)
        day += timedelta(days=1)
    bars = [Bar(f"{day:%m-%d}", float(work), str(work), "calm") for day, work in weeks.items()]
    return columns(title, bars, width=900, height=130)


def _files() -> list[DatedFile]:
    """Return every policy that was proposed here or is shipped for this market, once each."""
    settings = house.house().settings
    with house.looking() as session:
        known = [one.file for one in dated.activations(session)]
    known += activation.in_order(dated.shipped(settings.config), market=settings.market)
    known += dated.shipped_for(rules.DUNNING, settings.market)
    found = {one.digest: one for one in known if one.subject == rules.DUNNING}
    return list(found.values())
