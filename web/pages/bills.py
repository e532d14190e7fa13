"""A bill: its lines with how each came about, its readings and tariffs, and its paper."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from billing import books, correcting, corrections, discounts, run
from billing import store as billing
from billing.bill import IssuedBill
from billing.part_waivers import lateness_of_bill
from config.people import Permission
from meters import store as meters
from notices import papers
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.names import Who, who
from web.said import told

pages = Blueprint("bills", __name__, url_prefix="/bills")


@pages.get("/<number>")
@needs(*SEES)
def show(number: str) -> str:
    """Show a bill and explain every line of it."""
    return _show(number, [])


def _show(number: str, problems: list[str]) -> str:
    with house.looking() as session:
        bill, whose = _find(session, number)
        charges = books.open_charges(session, [bill.account_id], as_of=house.today())
        early = discounts.early_of(session, bill.id)
        lateness = lateness_of_bill(session, bill.id)
        point = meters.service_points(session, [bill.service_point_id])[bill.service_point_id]
        others = {
            one.id: one.number
            for one in billing.bills(
                session, ids=[key for key in (bill.reverses_id, bill.cancelled_by_id) if key]
            )
        }
        corrected = correcting.corrections_of_bill(session, bill.service_point_id, number)
    explanation = run.explain(house.sessions(), number)
    mine = [one for one in charges.get(bill.account_id, ()) if one.bill_id == bill.id]
    return render_template(
        "bill.html",
        bill=bill,
        who=whose,
        point=point,
        why=explanation,
        open=sum(one.open for one in mine),
        others=others,
        corrected=corrected,
        early=early,
        lateness=lateness,
        problems=problems,
    )


@pages.get("/<number>.pdf")
@needs(*SEES)
def paper(number: str) -> Response:
    """Return the bill as it is printed."""
    with house.looking() as session:
        _find(session, number)
    data = papers.bill(house.sessions(), number)
    return Response(
        data,
        mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename=bill-{number}.pdf"},
    )


@pages.post("/<number>/cancel")
@needs(Permission.CANCEL_BILLS)
def cancel(number: str) -> AnyResponse:
    """Ask for a bill to be cancelled; another person must allow it."""
    form = Form()
    reason = form.text("reason", _("Reason"), most=300)
    form.finish(lambda problems: _show(number, problems))
    with house.looking() as session:
        _find(session, number)
    try:
        asked = corrections.ask_to_cancel(
            house.sessions(), number, by=house.person().login, reason=reason, now=house.now()
        )
    except corrections.CannotCancelError as refused:
        raise BadInputError([told(refused)], lambda problems: _show(number, problems)) from refused
    flash(_("Asked for: somebody else must allow it."), "done")
    return redirect(url_for("approvals.show_one", approval_id=asked), 303)


def _find(session: Session, number: str) -> tuple[IssuedBill, Who]:
    bill = billing.find_bill(session, number)
    if bill is None:
        abort(404)
    whose = who(session, [bill.account_id])[bill.account_id]
    if not whose.is_visible:
        abort(404)
    return bill, whose
