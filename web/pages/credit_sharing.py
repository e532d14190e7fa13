"""What others have to know of credit: changes for each department, arrears told to a platform."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from arrears import changes as changing
from arrears import public_credit
from billing import store as billing
from config.people import Permission
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.menu import SEES
from web.said import told

pages = Blueprint("credit_sharing", __name__, url_prefix="/credit")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LATELY = timedelta(days=14)


@pages.get("/changes")
@needs(*SEES)
def show_changes() -> str:
    """Show what changed lately in customers' credit that the person's roles have to know."""
    until = house.today()
    with_all = bool(request.args.get("all")) and house.may(Permission.SEE_CREDIT)
    roles = None if with_all else house.person().roles
    with house.looking() as session:
        found = changing.changes(session, since=until - LATELY, until=until, roles=roles)
        customers = billing.customers(session, {one.customer_id for one in found})
        numbers = _numbers(session, customers)
    return render_template(
        "credit_changes.html",
        changes=[one for one in found if house.sees_office(customers[one.customer_id].office_id)],
        customers=customers,
        numbers=numbers,
        needs=changing.NEEDS,
        with_all=with_all,
        since=until - LATELY,
    )


@pages.get("/platform")
@needs(Permission.SEE_CREDIT)
def show_platform() -> str:
    """Show whose arrears are to be reported to the public credit platform, and whose were."""
    today = house.today()
    with house.looking() as session:
        rule = public_credit.rule_on(session, today)
        waiting = public_credit.to_report(session, as_of=today)
        reported = public_credit.reported(session, as_of=today)
        ids = {one.customer.id for one in waiting} | {one.customer.id for one in reported}
        numbers = _numbers(session, ids)
    return render_template(
        "credit_platform.html",
        rule=rule,
        waiting=[one for one in waiting if house.sees_office(one.customer.office_id)],
        reported=[one for one in reported if house.sees_office(one.customer.office_id)],
        numbers=numbers,
    )


@pages.post("/platform")
@needs(Permission.REVIEW_ARREARS)
def report() -> AnyResponse:
    """Ask that a customer's arrears be reported; another person allows it."""
    form = Form()
    number = form.text("customer", _("Customer"), most=64)
    reason = form.text("reason", _("Reason"), most=300)
    form.finish()
    try:
        public_credit.ask(
            house.sessions(),
            number,
            reason=reason,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except public_credit.BadReportError as refused:
        raise BadInputError([told(refused)]) from refused
    flash(_("It waits for a second person, under Approvals."), "done")
    return redirect(url_for("credit_sharing.show_platform"), 303)


@pages.get("/platform.xlsx")
@needs(Permission.SEE_CREDIT)
def export() -> Response:
    """Return the file for the platform: what was reported, and what of it is settled."""
    today = house.today()
    with TemporaryDirectory(prefix="wattledger-platform-") as folder:
        path = Path(folder) / "platform.xlsx"
        with house.looking() as session:
            found = public_credit.reported(session, as_of=today)
            seen = [one for one in found if house.sees_office(one.customer.office_id)]
            public_credit.write(path, seen, as_of=today)
        data = path.read_bytes()
    name = f"platform-{today}.xlsx"
    return Response(
        data, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"}
    )


def _numbers(session: Session, customer_ids: Collection[int]) -> dict[int, str]:
    """Return the number of the first account of each customer."""
    accounts = billing.accounts_of(session, customer_ids)
    firsts = billing.accounts(session, {some[0] for some in accounts.values() if some})
    return {key: firsts[some[0]].number for key, some in accounts.items() if some}
