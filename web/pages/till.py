"""The cashier's day: open the till, see what should be in it, count it, close it."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from billing import till, tillbook
from billing.till import TillDay, TillError
from config.people import Permission
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.said import told

pages = Blueprint("till", __name__, url_prefix="/till")
DAYS = 31


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show the person's own till of today, and everybody's of the last month."""
    return _show([])


def _show(problems: list[str]) -> str:
    today = house.today()
    with house.looking() as session:
        found = tillbook.tills(session, since=today - timedelta(days=DAYS), until=today)
    return render_template("till.html", own=_own(), tills=found, problems=problems)


def _own() -> TillDay | None:
    """Return the person's newest till that is open, or else today's."""
    login, today = house.person().login, house.today()
    with house.looking() as session:
        since = today - timedelta(days=DAYS)
        own = tillbook.tills(session, since=since, until=today, cashiers=[login])
    found = next((one for one in own if one.is_open), None) or next(
        (one for one in own if one.day == today), None
    )
    return None if found is None else till.look(house.sessions(), login, found.day)


@pages.post("")
@needs(Permission.TAKE_PAYMENTS)
def open_() -> Response:
    """Open the person's till of today."""
    form = Form()
    is_empty = request.form.get("opening", "").strip() in ("", "0", "0.00")
    opening = 0 if is_empty else form.money("opening", _("Change in the till"))
    form.finish(_show)
    try:
        till.open_till(
            house.sessions(),
            by=house.person().login,
            opening=opening,
            today=house.today(),
            now=house.now(),
        )
    except TillError as refused:
        raise BadInputError([told(refused)], _show) from refused
    flash(_("The till is open."), "done")
    return redirect(url_for("till.show"), 303)


@pages.post("/close")
@needs(Permission.TAKE_PAYMENTS)
def close() -> Response:
    """Close the person's till with what was counted."""
    form = Form()
    day = form.day("day", _("Day"), default=house.today())
    is_empty = request.form.get("counted", "").strip() in ("0", "0.00")
    counted = 0 if is_empty else form.money("counted", _("Counted"))
    note = form.text("note", _("Note"), required=False, most=300)
    form.finish(_show)
    login = house.person().login
    try:
        made = till.close_till(
            house.sessions(),
            cashier=login,
            day=day,
            counted=counted,
            note=note,
            by=login,
            now=house.now(),
        )
    except TillError as refused:
        raise BadInputError([told(refused)], _show) from refused
    tone = "wait" if made.till.difference else "done"
    flash(_("The till of %(day)s is closed.", day=day), tone)
    return redirect(url_for("till.show"), 303)
