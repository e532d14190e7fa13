"""Work outside: visits to make, supplies to cut and to give back, meters to change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from arrears import conversion, disconnection, visits
from arrears import store as arrears
from arrears.case import Conversion, ConversionState
from arrears.disconnection import Due
from arrears.step import IN_PERSON, Step, StepKind, StepState
from arrears.visits import VisitOutcome
from billing import store as billing
from config.people import Permission
from meters import store as meters
from meters.store import ServicePoint
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, who
from web.said import said

pages = Blueprint("field", __name__, url_prefix="/field")
SWITCHING = (StepKind.DISCONNECTION, StepKind.RECONNECTION)
UNDER_WAY = (ConversionState.AGREEMENT_WANTED, ConversionState.ORDERED)
ROWS = 200
CHANGES = 50


@dataclass(frozen=True, slots=True)
class Call:
    """A step to be carried out at a customer's, and where that is."""

    step: Step
    who: Who
    point: ServicePoint | None


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show what is to be done outside, in walking order."""
    return _show([])


def _show(problems: list[str]) -> str:
    today = house.today()
    with house.looking() as session:
        calls = _calls(session, arrears.pending_steps(session, kinds=sorted(IN_PERSON), limit=ROWS))
        orders = _calls(session, arrears.pending_steps(session, kinds=SWITCHING, limit=ROWS))
        has_cases = bool(arrears.open_cases(session))
        changes = _conversions(session)
    running = disconnection.due(house.sessions(), today=today) if has_cases else []
    return render_template(
        "field.html",
        calls=calls,
        orders=orders,
        running=_visible(running),
        changes=changes[:CHANGES],
        changes_in_all=len(changes),
        outcomes=list(VisitOutcome),
        states=ConversionState,
        problems=problems,
    )


def _calls(session: Session, steps: list[Step]) -> list[Call]:
    """Return steps that may be carried out, with where they are, in walking order."""
    ready = [step for step in steps if step.state is StepState.APPROVED]
    names = who(session, {step.account_id for step in ready})
    supplies = billing.supplies_of(session, names)
    point_of = {key: some[-1].service_point_id for key, some in supplies.items()}
    points = meters.service_points(session, set(point_of.values()))
    found = [
        Call(step, names[step.account_id], points.get(point_of.get(step.account_id, 0)))
        for step in ready
        if names[step.account_id].is_visible
    ]
    return sorted(found, key=_walk)


def _walk(call: Call) -> tuple[str, int, str]:
    point = call.point
    return ("", 0, call.who.number) if point is None else (
        point.route_code or "", point.walk_order, point.number
    )  # fmt: skip


def _visible(running: list[Due]) -> list[tuple[Due, Who]]:
    with house.looking() as session:
        names = who(session, {one.step.account_id for one in running})
    return [
        (one, names[one.step.account_id])
        for one in running
        if names[one.step.account_id].is_visible
        and (one.last_on is None or one.last_on >= house.today())
    ]


def _conversions(session: Session) -> list[tuple[Conversion, Who]]:
    found = arrears.conversions(session, states=UNDER_WAY)
    names = who(session, {one.account_id for one in found})
    return [(one, names[one.account_id]) for one in found if names[one.account_id].is_visible]


@pages.post("/visits/<int:step_id>")
@needs(Permission.SERVE_NOTICES)
def visit(step_id: int) -> Response:
    """Record a visit and what came of it."""
    form = Form()
    outcome = form.choice("outcome", _("Outcome"), {str(one): one for one in VisitOutcome})
    note = form.text("note", _("Note"), required=False, most=300)
    promised = outcome is VisitOutcome.PROMISED
    promised_on = form.day("promised_on", _("Promised for")) if promised else None
    form.finish(_show)
    _refuse_hidden(step_id)
    assert outcome is not None
    try:
        step = visits.made(
            house.sessions(),
            step_id,
            outcome=outcome,
            note=note,
            promised_on=promised_on,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except visits.NoVisitError as refused:
        raise BadInputError([_("This visit can't be recorded: %(why)s", why=refused)], _show) from (
            refused
        )
    _tell(step, _("The visit is recorded."))
    return redirect(url_for("field.show"), 303)


@pages.post("/orders/<int:step_id>")
@needs(Permission.SWITCH_SUPPLY)
def carry_out(step_id: int) -> Response:
    """Record that a supply was cut or given back just now."""
    form = Form()
    told = form.text("second_notice_at", _("Told again at"), required=False, most=20)
    second = _moment(told) if told else None
    if told and second is None:
        form.problems.append(_("Told again at: write day and time, such as 2026-03-31 09:30."))
    form.finish(_show)
    _refuse_hidden(step_id)
    try:
        step = disconnection.done(
            house.sessions(),
            step_id,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
            second_notice_at=second,
        )
    except disconnection.MayNotCutError as refused:
        words = said(str(refused)) or str(refused)
        raise BadInputError([words], _show) from refused
    _tell(step, _("Recorded: the supply is switched."))
    return redirect(url_for("field.show"), 303)


def _moment(text: str) -> datetime | None:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None or not date(2000, 1, 1) <= local.date() < date(2100, 1, 1):
        return None
    return local.replace(tzinfo=house.house().settings.zone).astimezone(UTC)


def _refuse_hidden(step_id: int) -> None:
    """Refuse what concerns a customer whom the person may not see."""
    with house.looking() as session:
        step = arrears.find_step(session, step_id)
        if step is None or not who(session, [step.account_id])[step.account_id].is_visible:
            abort(404)


def _tell(step: Step, words: str) -> None:
    if step.state is StepState.WITHDRAWN:
        words = _("Meanwhile this has been ended, by a payment or a hold: leave it as it is.")
    flash(words, "wait" if step.state is StepState.WITHDRAWN else "done")


@pages.post("/conversions/<int:conversion_id>/agree")
@needs(Permission.SERVE_NOTICES)
def agree(conversion_id: int) -> Response:
    """Record that the customer has signed, so that the meter can be changed."""
    return _convert(conversion_id, conversion.agree)


@pages.post("/conversions/<int:conversion_id>/activate")
@needs(Permission.SWITCH_SUPPLY)
def activate(conversion_id: int) -> Response:
    """Let the account pay before it uses, from today on."""
    return _convert(conversion_id, conversion.activate)


@pages.post("/conversions/<int:conversion_id>/withdraw")
@needs(Permission.HOLD_CASES)
def withdraw(conversion_id: int) -> Response:
    """Leave the account as it is."""
    return _convert(conversion_id, conversion.withdraw)


def _convert(conversion_id: int, door: Callable[..., Conversion]) -> Response:
    with house.looking() as session:
        found = arrears.find_conversion(session, conversion_id)
        if found is None or not who(session, [found.account_id])[found.account_id].is_visible:
            abort(404)
    try:
        door(
            house.sessions(),
            conversion_id,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except conversion.BadConversionError as refused:
        words = _("It is no longer where this could be done; look at the list again.")
        raise BadInputError([words], _show) from refused
    flash(_("Recorded."), "done")
    return redirect(url_for("field.show"), 303)
