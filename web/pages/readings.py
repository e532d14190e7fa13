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
from config.people import Permission
from meters import exchange, gaps, intake, rounds
from meters import store as meters
from meters.store import Route
from web import house, listing
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.pages.batches import take_in

pages = Blueprint("readings", __name__, url_prefix="/readings")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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
        routes = _routes(session)
    batches.sort(key=lambda one: one.id or 0, reverse=True)
    return render_template(
        "readings.html",
        routes=routes,
        batches=batches[:BATCHES],
        doubts=doubts[:DOUBTS],
        doubts_in_all=len(doubts),
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
    return take_in(intake.take_in, again=_show)


@pages.post("/doubts/<int:verdict_id>")
@needs(Permission.TAKE_IN_READINGS)
def settle(verdict_id: int) -> Response:
    """Say of a doubted reading whether it holds."""
    form = Form()
    accept = form.choice("accept", _("Decision"), {"yes": True, "no": False})
    reason = form.text("reason", _("Reason"))
    form.finish(_show)
    settled = intake.settle(
        house.sessions(),
        verdict_id,
        accept=bool(accept),
        by=house.person().login,
        reason=reason,
        today=house.today(),
        now=house.now(),
    )
    if settled is None:
        raise BadInputError([_("Somebody has settled this doubt already.")], _show)
    flash(_("The doubt is settled."), "done")
    return redirect(url_for("readings.show"), 303)
