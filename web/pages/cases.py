"""Cases: who looks after them, what was agreed in them, and what keeps everything back."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from arrears import collectors, disputes, duties, freshness, promises, store, writing_off
from arrears.case import Case, DisputeState
from config import day_events
from config.calendar import DayEvent
from config.law import DutyKind
from config.people import Permission
from web import house, listing
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, find_who, who
from web.said import said

pages = Blueprint("cases", __name__, url_prefix="/cases")


@dataclass(frozen=True, slots=True)
class Line:
    """An open case as the list shows it."""

    case: Case
    who: Who


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show the open cases, the days people entered, and the sources of payments."""
    today = house.today()
    chosen = request.args.get("collector", "")
    with house.looking() as session:
        cases = store.open_cases(session)
        names = who(session, cases)
        entered = day_events.entered(session, today.replace(day=1), date.max)
        late = freshness.sources(session, today=today, now=house.now())
    lines = [
        Line(case, names[key])
        for key, case in cases.items()
        if names[key].is_visible and (not chosen or (case.collector or "-") == chosen)
    ]
    everyone = sorted({one.collector for one in cases.values() if one.collector})
    return render_template(
        "cases.html",
        page=listing.cut(lines),
        collectors=everyone,
        chosen=chosen,
        entered=[one for one in entered if one.removed_by is None],
        kinds=list(DayEvent),
        sources=late,
        here=listing.here,
    )


@pages.post("/transfer")
@needs(Permission.REVIEW_ARREARS)
def transfer() -> Response:
    """Let a collector look after the cases that are ticked."""
    form = Form()
    to = form.text("to", _("Collector"), most=64)
    numbers = request.form.getlist("numbers")
    if not numbers:
        form.problems.append(_("Tick at least one row."))
    with house.looking() as session:
        if any(find_who(session, number) is None for number in numbers):
            form.problems.append(_("An account is not there, or not yours to see."))
    form.finish()
    try:
        moved = collectors.transfer(
            house.sessions(),
            numbers,
            to=to,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except collectors.BadTransferError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(ngettext("%(num)s case transferred.", "%(num)s cases transferred.", moved), "done")
    return redirect(url_for("cases.show"), 303)


@pages.post("/hand-over")
@needs(Permission.REVIEW_ARREARS)
def hand_over() -> Response:
    """Hand all that a person who leaves looks after to another."""
    form = Form()
    leaver = form.text("leaver", _("Who leaves"), most=64)
    to = form.text("to", _("Collector"), most=64)
    form.finish()
    try:
        moved = collectors.hand_over(
            house.sessions(),
            leaver,
            to=to,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except collectors.BadTransferError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(ngettext("%(num)s case transferred.", "%(num)s cases transferred.", moved.cases), "done")
    return redirect(url_for("cases.show"), 303)


@pages.post("/days")
@needs(Permission.REVIEW_ARREARS)
def enter_day() -> Response:
    """Enter a day no calendar foresees, such as extreme cold."""
    form = Form()
    day = form.day("day", _("Day"))
    kind = form.choice("kind", _("Kind"), {str(one): one for one in DayEvent})
    note = form.text("note", _("Who forecast or ordered it"), most=300)
    form.finish()
    assert kind is not None
    with house.sessions().begin() as session:
        day_events.enter(session, day, kind, note=note, by=house.person().login, now=house.now())
    flash(_("The day is entered; who the law protects on it is not cut."), "done")
    return redirect(url_for("cases.show", _anchor="days"), 303)


@pages.post("/days/<int:event_id>/remove")
@needs(Permission.REVIEW_ARREARS)
def remove_day(event_id: int) -> Response:
    """Take a day that was entered by mistake out again."""
    try:
        with house.sessions().begin() as session:
            day_events.remove(session, event_id, by=house.person().login, now=house.now())
    except day_events.BadDayEventError as refused:
        raise BadInputError([_("This day is not there, or was taken out before.")]) from refused
    flash(_("The day is taken out."), "done")
    return redirect(url_for("cases.show", _anchor="days"), 303)


@pages.post("/<number>/promise")
@needs(Permission.HOLD_CASES)
def promise(number: str) -> Response:
    """Take a customer's word to pay by a day."""
    form = Form()
    amount = form.money("amount", _("Amount"))
    due_on = form.day("due_on", _("By"))
    _find(form, number)
    form.finish()
    try:
        promises.take(
            house.sessions(),
            number,
            amount=amount,
            due_on=due_on,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except promises.BadPromiseError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(_("The promise is kept; the account is left alone until %(day)s.", day=due_on), "done")
    return _back(number)


@pages.post("/<number>/dispute")
@needs(Permission.HOLD_CASES)
def dispute(number: str) -> Response:
    """Let a contested bill rest until a day."""
    form = Form()
    bill = form.text("bill", _("Bill"), most=64)
    note = form.text("note", _("Note"), most=300)
    ends_on = form.day("ends_on", _("Until"))
    _find(form, number)
    form.finish()
    try:
        disputes.dispute(
            house.sessions(),
            number,
            bill,
            note=note,
            ends_on=ends_on,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except disputes.BadDisputeError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(_("The bill rests until %(day)s; what else is owed goes on.", day=ends_on), "done")
    return _back(number)


@pages.post("/<number>/dispute/<int:dispute_id>")
@needs(Permission.HOLD_CASES)
def settle(number: str, dispute_id: int) -> Response:
    """Say what a dispute has come to."""
    form = Form()
    state = form.choice("state", _("Decision"), {str(one): one for one in disputes.SETTLED})
    _find(form, number)
    with house.looking() as session:
        whose = find_who(session, number)
        own = store.disputes_of(session, whose.account.id) if whose else []
    if not any(one.id == dispute_id and one.state is DisputeState.OPEN for one in own):
        form.problems.append(_("This dispute is not there, or was settled before."))
    form.finish()
    assert state is not None
    disputes.settle(
        house.sessions(),
        dispute_id,
        state,
        by=house.person().login,
        today=house.today(),
        now=house.now(),
    )
    flash(_("The dispute is settled."), "done")
    return _back(number)


@pages.post("/<number>/duty")
@needs(Permission.HOLD_CASES)
def duty(number: str) -> Response:
    """Record that a duty the law wants was done for a customer."""
    form = Form()
    kind = form.choice("kind", _("Kind"), {str(one): one for one in DutyKind})
    done_on = form.day("done_on", _("Day"), default=house.today())
    note = form.text("note", _("Note"), most=300)
    _find(form, number)
    form.finish()
    assert kind is not None
    try:
        duties.done(
            house.sessions(),
            number,
            kind,
            done_on=done_on,
            note=note,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except duties.BadDutyError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(_("It is on record that this was done."), "done")
    return _back(number)


@pages.post("/<number>/write-off")
@needs(Permission.REVIEW_ARREARS)
def write_off(number: str) -> Response:
    """Ask that what is overdue be written off; two others approve it."""
    form = Form()
    reason = form.text("reason", _("Reason"), most=300)
    evidence = form.text("evidence", _("Papers that prove it"), most=300)
    _find(form, number)
    form.finish()
    try:
        writing_off.ask(
            house.sessions(),
            number,
            reason=reason,
            evidence=evidence,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except writing_off.CannotWriteOffError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(_("The write-off waits for two people, under Approvals."), "done")
    return _back(number)


@pages.post("/<number>/recover")
@needs(Permission.REVIEW_ARREARS)
def recover(number: str) -> Response:
    """Use the account's money for what was written off."""
    form = Form()
    _find(form, number)
    form.finish()
    try:
        writing_off.recover(
            house.sessions(),
            number,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except writing_off.CannotWriteOffError as refused:
        raise BadInputError([_words(refused)]) from refused
    flash(_("The money is booked for what was written off."), "done")
    return _back(number)


def _find(form: Form, number: str) -> None:
    with house.looking() as session:
        if find_who(session, number) is None:
            form.problems.append(_("No account has the number %(number)s.", number=number))


def _words(refused: Exception) -> str:
    return said(str(refused)) or str(refused)


def _back(number: str) -> Response:
    return redirect(url_for("accounts.show", number=number, _anchor="case"), 303)
