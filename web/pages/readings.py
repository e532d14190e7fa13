"""Readings: files in, doubts to settle, and the sheets that readers carry."""

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config import batch
from config.batch import Decision, Kind
from config.batch_report import NoSuchBatchError, write_report
from config.people import Permission
from meters import exchange, gaps, intake, rounds
from meters import store as meters
from meters.store import Route
from web import house, listing
from web.forms import BadInputError, Form
from web.handed import XLSX, written
from web.login import needs
from web.menu import SEES
from web.pages.batches import take_in

pages = Blueprint("readings", __name__, url_prefix="/readings")
_KINDS = {"xlsx": XLSX, "json": "application/json"}
BATCHES = 60
DOUBTS = 100


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show the files that were taken in and the doubts that wait."""
    return _show([])


def _show(problems: list[str]) -> str:
    with house.looking() as session:
        batches = [
            one
            for kind in (Kind.READINGS, Kind.EXCHANGES)
            for one in batch.batches(session, kind, limit=BATCHES)
        ]
        doubts = intake.doubts(session)
        rereadings = intake.rereadings(session)
        routes = _routes(session)
    batches.sort(key=lambda one: one.id or 0, reverse=True)
    return render_template(
        "readings.html",
        routes=routes,
        batches=batches[:BATCHES],
        doubts=doubts[:DOUBTS],
        doubts_in_all=len(doubts),
        rereadings=rereadings[:DOUBTS],
        Decision=Decision,
        problems=problems,
    )


@pages.get("/missing")
@needs(*SEES)
def missing() -> str:
    """Show which registers were not read this month, route by route, before bills are run."""
    since = house.today().replace(day=1)
    route = request.args.get("route", "")
    with house.looking() as session:
        routes = _routes(session)
        known = route if route in {one.code for one in routes} else None
        found = gaps.missing(session, route=known, since=since, until=house.today())
    seen = [one for one in found if house.sees_office(one.point.office_id)]
    return render_template(
        "missing.html",
        page=listing.cut(seen),
        since=since,
        routes=routes,
        here=listing.here,
        chips=listing.chips({"route": (_("Route"), route)}),
    )


@pages.get("/routes/<code>.xlsx")
@needs(*SEES)
def route_sheet(code: str) -> Response:
    """Return the sheet that the reader of a route carries and fills in."""
    with house.looking() as session:
        if code not in {one.code for one in _routes(session)}:
            abort(404)
    with TemporaryDirectory(prefix="wattledger-route-") as folder:
        path = Path(folder) / "route.xlsx"
        try:
            rounds.route_sheet(house.sessions(), code, path, today=house.today())
        except rounds.NoSuchRouteError:
            abort(404)
        data = path.read_bytes()
    name = f"attachment; filename*=UTF-8''{quote(f'route-{code}-{house.today()}.xlsx')}"
    return Response(data, mimetype=XLSX, headers={"Content-Disposition": name})


def _routes(session: Session) -> list[Route]:
    return [one for one in meters.routes(session) if house.sees_office(one.office_id)]


@pages.post("")
@needs(Permission.TAKE_IN_READINGS)
def upload() -> Response | str:
    """Take in a file of readings or of meter exchanges, or only test it."""
    if request.form.get("kind") == Kind.EXCHANGES:
        return take_in(exchange.take_in, again=_show)
    meter = request.form.get("meter", "").strip()[:64]
    asked = intake.Asked(house.house().settings.time_zone, meter or None)
    return take_in(intake.take_in, again=_show, asked=asked)


@pages.get("/template.xlsx")
@needs(*SEES)
def template() -> Response:
    """Return an empty workbook to type readings into."""
    return written("readings.xlsx", XLSX, rounds.template)


@pages.get("/batches/<int:batch_id>/report.xlsx", defaults={"kind": "xlsx"})
@pages.get("/batches/<int:batch_id>/report.json", defaults={"kind": "json"})
@needs(*SEES)
def batch_report(batch_id: int, kind: str) -> Response:
    """Return what became of a file, as a workbook or for a program."""

    def write(path: Path) -> None:
        with house.looking() as session:
            try:
                write_report(session, batch_id, path)
            except NoSuchBatchError:
                abort(404)

    return written(f"report-of-batch-{batch_id}.{kind}", _KINDS[kind], write)


@pages.get("/unread")
@needs(*SEES)
def unread() -> str:
    """Show which registers nobody has looked at for too long, estimates or not."""
    with house.looking() as session:
        found = gaps.unread(session, route=None, today=house.today())
    seen = [one for one in found if house.sees_office(one.point.office_id)]
    return render_template("unread.html", page=listing.cut(seen), here=listing.here)


@pages.post("/doubts/<int:verdict_id>")
@needs(Permission.TAKE_IN_READINGS)
def settle(verdict_id: int) -> Response:
    """Say of a doubted reading whether it holds."""
    form = Form()
    word = form.choice("accept", _("Decision"), {"yes": "yes", "no": "no", "reread": "reread"})
    reason = form.text("reason", _("Reason"))
    form.finish(_show)
    said = {"by": house.person().login, "reason": reason}
    if word == "reread":
        settled = intake.order_rereading(house.sessions(), verdict_id, now=house.now(), **said)
    else:
        settled = intake.settle(
            house.sessions(),
            verdict_id,
            accept=word == "yes",
            today=house.today(),
            now=house.now(),
            **said,
        )
    if settled is None:
        raise BadInputError([_("Somebody has settled this doubt already.")], _show)
    flash(_("The doubt is settled."), "done")
    return redirect(url_for("readings.show"), 303)
