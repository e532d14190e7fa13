"""An account's papers, and what is asked for it: a refund, a release, a waiver, a correction."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing import advances, correcting, misreadings, refunds, waivers
from billing.correction import Fault, Finding
from config.people import Permission
from meters.period import Period
from notices import account_papers
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import find_who
from web.said import told

pages = Blueprint("money_acts", __name__, url_prefix="/accounts")


@pages.post("/<number>/refund")
@needs(Permission.TAKE_PAYMENTS)
def refund(number: str) -> Response:
    """Ask for money on account to be given back."""
    _refuse_stranger(number)
    form = Form()
    amount = form.money("amount", _("Amount"))
    payee = form.text("payee", _("To whom"), most=200)
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    return _ask(number, refunds.ask_refund, amount=amount, payee=payee, reason=reason)


@pages.post("/<number>/release-deposit")
@needs(Permission.TAKE_PAYMENTS)
def release(number: str) -> Response:
    """Ask for an account's security to be released."""
    _refuse_stranger(number)
    form = Form()
    payee = form.text("payee", _("To whom the rest goes"), most=200)
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    return _ask(number, refunds.ask_release, payee=payee, reason=reason)


@pages.post("/<number>/waive")
@needs(Permission.TAKE_PAYMENTS)
def waive(number: str) -> Response:
    """Ask for an account's late charges to be waived, or an amount of them."""
    _refuse_stranger(number)
    form = Form()
    is_part = bool(request.form.get("amount", "").strip())
    amount = form.money("amount", _("Amount")) if is_part else None
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    return _ask(number, waivers.ask_waiver, amount=amount, reason=reason)


@pages.get("/<number>/statement.pdf")
@needs(*SEES)
def statement(number: str) -> Response:
    """Return the statement of an account as it is printed; by default of the last year."""
    _refuse_stranger(number)
    form = Form(request.args)
    until = form.day("until", _("Until"), default=house.today())
    since = form.day("since", _("From"), default=until - timedelta(days=364))
    form.finish()
    data = account_papers.statement(house.sessions(), number, since=since, until=until)
    return _pdf(data, f"statement-{number}")


@pages.get("/<number>/corrections/<document>.pdf")
@needs(*SEES)
def correction(number: str, document: str) -> Response:
    """Return the document of a correction as it is printed."""
    _refuse_unless_own(number, document, correcting.find_correction)
    return _pdf(account_papers.correction(house.sessions(), document), document)


@pages.get("/<number>/parts/<document>.pdf")
@needs(*SEES)
def part(number: str, document: str) -> Response:
    """Return what asks for a part of a month before its bill, as it is printed."""
    _refuse_unless_own(number, document, advances.find_advance)
    return _pdf(account_papers.part(house.sessions(), document), document)


@pages.post("/<number>/corrections/<document>/cancel")
@needs(Permission.CANCEL_BILLS)
def cancel_correction(number: str, document: str) -> Response:
    """Ask for a correction to be cancelled."""
    form = Form()
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    _refuse_unless_own(number, document, correcting.find_correction)
    try:
        asked = misreadings.ask_to_cancel(
            house.sessions(), document, by=house.person().login, reason=reason, now=house.now()
        )
    except misreadings.CannotCorrectError as refused:
        raise BadInputError([told(refused)]) from refused
    flash(_("Asked for: approval %(n)s waits for another person.", n=asked), "wait")
    return redirect(url_for("accounts.show", number=number), 303)


def _refuse_unless_own(number: str, document: str, find: Callable[[Session, str], Any]) -> None:
    """Show a document of an account under that account's address alone."""
    with house.looking() as session:
        whose = find_who(session, number)
        found = find(session, document)
    if whose is None or found is None or found.account_id != whose.account.id:
        abort(404)


def _pdf(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"inline; filename={name}.pdf"}
    return Response(data, mimetype="application/pdf", headers=headers)


@pages.post("/<number>/correct")
@needs(Permission.CANCEL_BILLS)
def correct(number: str) -> Response:
    """Ask for bills to be corrected for a fault of their meter."""
    _refuse_stranger(number)
    form = Form()
    fault = form.choice("fault", _("What was wrong"), {str(one): one for one in Fault})
    since = form.day("since", _("From"))
    until = form.day("until", _("Until"))
    reason = form.text("reason", _("Reason"), most=300)
    texts = [form.text(name, _("Figure"), required=False, most=30) for name in ("one", "other")]
    figures = [figure for text in texts if text for figure in [_figure(form, text)]]
    if not form.problems and until <= since:
        form.problems.append(_("The fault ends after it begins: mend the days."))
    form.finish()
    assert fault is not None, "a form without problems has its choice"
    finding = Finding(fault, Period(since, until), tuple(figures))
    try:
        asked, _found = misreadings.ask_correction(
            house.sessions(),
            number,
            finding,
            by=house.person().login,
            reason=reason,
            now=house.now(),
        )
    except misreadings.CannotCorrectError as refused:
        raise BadInputError([told(refused)]) from refused
    flash(_("Asked for: approval %(n)s waits for another person.", n=asked), "wait")
    return redirect(url_for("accounts.show", number=number), 303)


def _figure(form: Form, text: str) -> Decimal:
    try:
        figure = Decimal(text.replace(",", ""))
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite():
        form.problems.append(_("“%(text)s” is no figure; write it as 40 or -10.5.", text=text))
    return figure


def _refuse_stranger(number: str) -> None:
    with house.looking() as session:
        if find_who(session, number) is None:
            abort(404)


def _ask(number: str, door: Callable[..., int], **facts: Any) -> Response:
    try:
        asked = door(
            house.sessions(),
            account_number=number,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
            **facts,
        )
    except (refunds.CannotRefundError, waivers.CannotWaiveError) as refused:
        raise BadInputError([told(refused)]) from refused
    flash(_("Asked for: approval %(n)s waits for another person.", n=asked), "wait")
    return redirect(url_for("accounts.show", number=number), 303)
