"""Arrears: the work list, and what tonight's review would do."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from arrears import freshness, holds, review, review_sheet
from arrears.ageing import Ageing, in_sum
from arrears.ageing_report import AgeingReport
from arrears.credit import Tier
from arrears.holds import HoldReason
from arrears.step import StepKind
from billing.supply import SupplyClass
from config.people import Permission
from web import house, listing, worklist
from web.charts import Bar, Columns, columns
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, find_who, who
from web.said import spoken
from web.shows import short
from web.words import word
from web.worklist import WorkLine

pages = Blueprint("arrears", __name__, url_prefix="/arrears")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = ("proposed", "approved", "done", "served", "stale", "on_hold")
TONIGHT = 500


@dataclass(frozen=True, slots=True)
class Work:
    """The list as it was asked for: all rows of it, and the report it comes from."""

    lines: list[WorkLine]
    report: AgeingReport
    order: listing.Order
    chips: list[listing.Chip]


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show who owes, filtered and ordered by the address of the page."""
    work = _work()
    total = in_sum((line.ageing for line in work.lines), edges=work.report.edges)
    return render_template(
        "arrears.html",
        page=listing.cut(work.lines),
        work=work,
        total=total,
        chart=ageing_chart(work.report, total),
        labels=bucket_labels(work.report),
        classes=list(SupplyClass),
        tiers=list(Tier),
        measures=[*StepKind, "no_measure"],
        states=STATES,
        here=listing.here,
    )


@pages.get("/export.xlsx")
@needs(*SEES)
def export() -> Response:
    """Return the whole list, as filtered and ordered, as a workbook."""
    work = _work()
    with TemporaryDirectory(prefix="wattledger-export-") as folder:
        path = Path(folder) / "arrears.xlsx"
        worklist.write(path, work.lines, labels=bucket_labels(work.report))
        data = path.read_bytes()
    name = f"arrears-{work.report.as_of}.xlsx"
    return Response(
        data, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"}
    )


def _work() -> Work:
    today = house.today()
    report = review.ageing(house.sessions(), as_of=today)
    with house.looking() as session:
        lines = worklist.work_lines(session, report, today=today)
    tests = worklist.tests_of(request.args, report.edges)
    chosen = [line for line in lines if all(test(line) for test in tests.values())]
    order = listing.order(worklist.ORDERS, "-days")
    return Work(
        listing.ordered(chosen, order, worklist.KEYS),
        report,
        order,
        listing.chips(_shown(report)),
    )


def _shown(report: AgeingReport) -> dict[str, tuple[str, str]]:
    """Return how each filter is called and what its value is called, for the chips."""
    labels = bucket_labels(report)
    bucket = request.args.get("bucket", "")
    at = listing.whole_number(bucket)
    in_range = at is not None and at < len(labels)
    names = {
        "q": (_("Text"), request.args.get("q", "")),
        "bucket": (_("Bucket"), labels[at or 0] if in_range else bucket),
        "all": (_("Also what is not due"), _("yes")),
    }
    coded = {
        "class": _("Class"),
        "tier": _("Tier"),
        "grade": _("Grade"),
        "measure": _("Last measure"),
        "state": _("State"),
    }
    return names | {
        name: (label, word(request.args.get(name, ""))) for name, label in coded.items()
    }


def bucket_labels(report: AgeingReport) -> list[str]:
    """Return the buckets' names in the person's language."""
    return [_("not due"), *(_("%(days)s days", days=one) for one in report.labels[1:])]


def ageing_chart(report: AgeingReport, total: Ageing, *, height: float = 104) -> Columns:
    """Return the ageing as columns, the worst reddest."""
    bars = [
        Bar(label, float(amount), short(amount), worklist.TONES[min(at, len(worklist.TONES) - 1)])
        for at, (label, amount) in enumerate(zip(bucket_labels(report), total.buckets, strict=True))
    ]
    return columns(_("Ageing of what is owed"), bars, width=410, height=height)


def _tonight() -> tuple[review.Review, dict[int, Who]]:
    """Return what a review would do now about accounts that the person may see, and whose."""
    found = review.review(house.sessions(), today=house.today(), now=house.now(), dry_run=True)
    ids = [one.account_id for one in found.proposals] + [one.account_id for one in found.quiet]
    with house.looking() as session:
        names = {key: one for key, one in who(session, ids).items() if one.is_visible}
    seen = replace(
        found,
        proposals=tuple(one for one in found.proposals if one.account_id in names),
        quiet=tuple(one for one in found.quiet if one.account_id in names),
        failed=tuple(one for one in found.failed if one.account_id in names),
    )
    return seen, names


@pages.get("/tonight")
@needs(Permission.REVIEW_ARREARS)
def tonight() -> str:
    """Show what the next review would do, and what stops it where it would do nothing."""
    found, names = _tonight()
    with house.looking() as session:
        late = freshness.late_sources(session, today=house.today(), now=house.now())
    kind = request.args.get("kind", "")
    proposals = [one for one in found.proposals if not kind or one.kind == kind]
    return render_template(
        "tonight.html",
        found=found,
        counts=Counter(one.kind for one in found.proposals),
        money=sum(one.overdue for one in proposals),
        page=listing.cut(proposals),
        quiet=found.quiet[:TONIGHT],
        quiet_in_all=len(found.quiet),
        names=names,
        kind=kind,
        late=late,
        here=listing.here,
        chips=listing.chips({"kind": (_("Measure"), word(kind))}),
    )


@pages.get("/tonight.xlsx")
@needs(Permission.REVIEW_ARREARS)
def tonight_workbook() -> Response:
    """Return the dry run of tonight as a workbook, its reasons in the reader's language."""
    found, _names = _tonight()
    with TemporaryDirectory(prefix="wattledger-export-") as folder:
        path = Path(folder) / "tonight.xlsx"
        review_sheet.write(found, path, say=spoken)
        data = path.read_bytes()
    name = f"tonight-{found.as_of}.xlsx"
    return Response(
        data, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"}
    )


@pages.post("/holds/<number>")
@needs(Permission.HOLD_CASES)
def hold(number: str) -> AnyResponse:
    """Leave an account alone until a day."""
    form = Form()
    reason = form.choice("reason", _("Reason"), {str(one): one for one in HoldReason})
    note = form.text("note", _("Note"), most=300)
    ends_on = form.day("ends_on", _("Until"))
    with house.looking() as session:
        if find_who(session, number) is None:
            form.problems.append(_("No account has the number %(number)s.", number=number))
    if not form.problems and ends_on < house.today():
        form.problems.append(_("Until: a hold ends today or later."))
    form.finish()
    assert reason is not None
    try:
        holds.place(
            house.sessions(),
            number,
            reason=reason,
            note=note,
            ends_on=ends_on,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except holds.BadHoldError as refused:
        raise BadInputError([str(refused)]) from refused
    flash(_("The account is left alone until %(day)s.", day=ends_on), "done")
    return redirect(url_for("accounts.show", number=number, _anchor="case"), 303)


@pages.post("/holds/<number>/<int:hold_id>/lift")
@needs(Permission.HOLD_CASES)
def lift(number: str, hold_id: int) -> AnyResponse:
    """End a hold before its day."""
    with house.looking() as session:
        if find_who(session, number) is None:
            raise BadInputError([_("No account has the number %(number)s.", number=number)])
    try:
        holds.lift(
            house.sessions(),
            hold_id,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except holds.BadHoldError as refused:
        raise BadInputError([_("This hold is not there, or was lifted before.")]) from refused
    flash(_("The hold is lifted."), "done")
    return redirect(url_for("accounts.show", number=number, _anchor="case"), 303)
