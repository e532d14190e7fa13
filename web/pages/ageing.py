"""Ageing: what was owed on a day and for how long, by class, route, office or customer."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from arrears import ageing_report
from arrears.ageing import Ageing, in_sum
from arrears.ageing_report import AgeingGroup, AgeingReport
from arrears.groups import Grouping
from web import house, listing
from web.charts import Bar, Slice, slices
from web.forms import Form
from web.login import needs
from web.menu import SEES
from web.pages.arrears import XLSX, ageing_chart, bucket_labels
from web.shows import money
from web.worklist import TONES

pages = Blueprint("ageing", __name__, url_prefix="/arrears")


@dataclass(frozen=True, slots=True)
class Shown:
    """The ageing that was asked for, of the accounts that the person may see."""

    by: Grouping
    report: AgeingReport
    groups: list[AgeingGroup]


@pages.get("/ageing")
@needs(*SEES)
def show() -> str:
    """Show the ageing of a day by groups, the chart over it, and that it sums to what is owed."""
    shown = _shown()
    return render_template(
        "ageing.html",
        shown=shown,
        page=listing.cut(shown.groups),
        labels=bucket_labels(shown.report),
        chart=ageing_chart(shown.report, shown.report.total, height=150),
        groupings=list(Grouping),
        parts_of=lambda ageing: _parts(shown.report, ageing),
        here=listing.here,
    )


@pages.get("/ageing.xlsx")
@needs(*SEES)
def export() -> Response:
    """Return the ageing by groups as a workbook whose totals are formulas."""
    shown = _shown()
    with TemporaryDirectory(prefix="wattledger-ageing-") as folder:
        path = Path(folder) / "ageing.xlsx"
        ageing_report.write_groups(shown.report, shown.groups, path)
        data = path.read_bytes()
    name = f"ageing-{shown.by}-{shown.report.as_of}.xlsx"
    return Response(
        data, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"}
    )


def _shown() -> Shown:
    form = Form(request.args)
    as_of = form.day("as_of", _("As of"), default=house.today())
    if as_of > house.today():
        form.problems.append(_("%(day)s is after today, %(today)s", day=as_of, today=house.today()))
    form.finish()
    by = {str(one): one for one in Grouping}.get(request.args.get("by", ""), Grouping.CLASS)
    with house.looking() as session:
        report = _visible(ageing_report.report(session, as_of=as_of))
        return Shown(by, report, ageing_report.grouped(session, report, by))


def _visible(report: AgeingReport) -> AgeingReport:
    """Return a report without the accounts of offices that the person doesn't see."""
    if house.offices_seen() is None:
        return report
    rows = tuple(row for row in report.rows if house.sees_office(row.office_id))
    total = in_sum((row.ageing for row in rows), edges=report.edges)
    credit = sum(row.on_account for row in rows)
    return replace(report, rows=rows, total=total, on_account=credit, receivable=total.total)


def _parts(report: AgeingReport, ageing: Ageing) -> list[Slice]:
    labels = bucket_labels(report)
    bars = [
        Bar(label, float(amount), money(amount), TONES[min(at, len(TONES) - 1)])
        for at, (label, amount) in enumerate(zip(labels, ageing.buckets, strict=True))
    ]
    return slices(bars, width=84)
