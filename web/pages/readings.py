"""Readings: files in, doubts to settle, and the sheets that readers carry."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from config import batch
from config.batch import Decision, Kind
from config.people import Permission
from meters import exchange, intake
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.pages.batches import take_in

pages = Blueprint("readings", __name__, url_prefix="/readings")
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
    batches.sort(key=lambda one: one.id or 0, reverse=True)
    return render_template(
        "readings.html",
        batches=batches[:BATCHES],
        doubts=doubts[:DOUBTS],
        doubts_in_all=len(doubts),
        Decision=Decision,
        problems=problems,
    )


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
