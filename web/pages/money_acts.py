"""What is asked for an account's money, for another person to decide: refund, release, waive."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from billing import refunds, waivers
from config.people import Permission
from web import house
from web.forms import BadInputError, Form
from web.login import needs
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
    """Ask for an account's late charges to be waived."""
    _refuse_stranger(number)
    form = Form()
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    return _ask(number, waivers.ask_waiver, reason=reason)


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
