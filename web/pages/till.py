"""The cashier's day: open the till, see what should be in it, count it, close it."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from billing import till, tillbook
from billing.ledger import BackdatedError
from billing.months import ClosedDayError
from billing.till import TillDay, TillError
from config.approval import State
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
        left = till.left_before(session, house.person().login, today)
    return render_template(
        "till.html", own=_own(), tills=found, left=left, problems=problems, State=State
    )


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
    is_said = bool(request.form.get("opening", "").strip())
    opening = _amount(form, "opening", _("Change in the till")) if is_said else None
    note = form.text("note", _("Note"), required=False, most=300)
    form.finish(_show)
    try:
        till.open_till(
            house.sessions(),
            by=house.person().login,
            opening=opening,
            note=note,
            today=house.today(),
            now=house.now(),
        )
    except TillError as refused:
        raise BadInputError([told(refused)], _show) from refused
    flash(_("The till is open."), "done")
    return redirect(url_for("till.show"), 303)


def _amount(form: Form, name: str, label: str) -> int:
    """Return an amount that may be nothing, in minor units."""
    is_nothing = request.form.get(name, "").strip() in ("0", "0.0", "0.00")
    return 0 if is_nothing else form.money(name, label)


@pages.post("/close")
@needs(Permission.TAKE_PAYMENTS)
def close() -> Response:
    """Close the person's till with what was counted."""
    form = Form()
    day = form.day("day", _("Day"), default=house.today())
    counted = _amount(form, "counted", _("Counted"))
    has_part = bool(request.form.get("handed_in", "").strip())
    handed_in = _amount(form, "handed_in", _("Handed in")) if has_part else 0
    note = form.text("note", _("Note"), required=False, most=300)
    form.finish(_show)
    login = house.person().login
    try:
        made = till.close_till(
            house.sessions(),
            cashier=login,
            day=day,
            counted=counted,
            handed_in=handed_in,
            note=note,
            by=login,
            today=house.today(),
            now=house.now(),
        )
    except (TillError, ClosedDayError) as refused:
        raise BadInputError([told(refused)], _show) from refused
    flash(_("The till of %(day)s is closed.", day=day), "done")
    if made.till.count is not None and made.till.count.approval_id is not None:
        asked = made.till.count.approval_id
        flash(_("The difference waits for another person: approval %(n)s.", n=asked), "wait")
    return redirect(url_for("till.show"), 303)


@pages.post("/recount")
@needs(Permission.REVERSE_PAYMENTS)
def recount() -> Response:
    """Take back the count of somebody's till, which is open again then."""
    form = Form()
    cashier = form.text("cashier", _("Cashier"), most=64)
    day = form.day("day", _("Day"))
    reason = form.text("reason", _("Reason"), most=300)
    form.finish(_show)
    try:
        till.recount(
            house.sessions(),
            cashier=cashier,
            day=day,
            by=house.person().login,
            reason=reason,
            today=house.today(),
            now=house.now(),
        )
    except (TillError, ClosedDayError, BackdatedError) as refused:
        raise BadInputError([told(refused)], _show) from refused
    flash(_("The till of %(who)s is open again, to be counted.", who=cashier), "done")
    return redirect(url_for("till.show"), 303)
