"""The books: the trial balance, the journal for the general ledger, and the closing of months."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import books, chart, closing
from billing.general_ledger import Per, journal
from billing.month import Month
from config.people import Permission
from config.workbook import write_table
from web import house
from web.forms import BadInputError, Form
from web.journal_sheet import journal_sheet
from web.login import needs
from web.menu import SEES
from web.said import told

pages = Blueprint("ledger", __name__, url_prefix="/ledger")
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show the trial balance as of a day, and how the months stand."""
    form = Form(request.args)
    as_of = form.day("as_of", _("As of"), default=house.today())
    form.finish()
    with house.looking() as session:
        found = books.trial_balance(session, as_of=as_of)
    balances = {book: sums for book, sums in found.items() if any(sums)}
    return render_template(
        "ledger.html",
        as_of=as_of,
        balances=balances,
        chart=chart.read(house.house().settings.config),
        debits=sum(debit for debit, _credit in balances.values()),
        credits=sum(credit for _debit, credit in balances.values()),
        months=closing.all_months(house.sessions(), today=house.today()),
    )


@pages.get("/<month>")
@needs(*SEES)
def show_month(month: str) -> str:
    """Show a month: its control totals, what keeps it open, and how it was closed before."""
    return _show_month(_month(month), [])


def _show_month(month: Month, problems: list[str]) -> str:
    return render_template(
        "ledger_month.html",
        state=closing.look(house.sessions(), month, today=house.today()),
        chart=chart.read(house.house().settings.config),
        problems=problems,
    )


def _month(text: str) -> Month:
    try:
        return Month(date.fromisoformat(f"{text}-01"))
    except ValueError:
        abort(404)


@pages.post("/<month>/close")
@needs(Permission.CLOSE_MONTHS)
def close(month: str) -> AnyResponse:
    """Close a month."""
    which = _month(month)
    try:
        closing.close_month(
            house.sessions(),
            which,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except closing.CannotCloseError as refused:
        raise BadInputError([told(refused)], lambda problems: _show_month(which, problems)) from (
            refused
        )
    flash(_("%(month)s is closed.", month=which), "done")
    return redirect(url_for("ledger.show_month", month=month), 303)


@pages.post("/<month>/reopen")
@needs(Permission.CLOSE_MONTHS)
def reopen(month: str) -> AnyResponse:
    """Ask for a month to be opened again."""
    which = _month(month)
    form = Form()
    reason = form.text("reason", _("Reason"))
    form.finish(lambda problems: _show_month(which, problems))
    try:
        asked = closing.ask_to_reopen(
            house.sessions(), which, by=house.person().login, reason=reason, now=house.now()
        )
    except closing.CannotCloseError as refused:
        raise BadInputError([told(refused)], lambda problems: _show_month(which, problems)) from (
            refused
        )
    flash(_("Asked for: approval %(n)s waits for another person.", n=asked), "wait")
    return redirect(url_for("ledger.show_month", month=month), 303)


@pages.get("/<month>/journal.<form>")
@needs(*SEES)
def journal_file(month: str, form: str) -> Response:
    """Return a month's journal for the general ledger."""
    which = _month(month)
    if form not in FORMATS:
        abort(404)
    with house.looking() as session:
        moved = books.movements_by_day(session, since=which.first, until=which.end)
    lines = journal(moved, per=Per.DAY, last=which.last)
    sheet = journal_sheet(month, lines, chart.read(house.house().settings.config))
    with TemporaryDirectory(prefix="wattledger-journal-") as folder:
        path = Path(folder) / f"journal-{which}.{form}"
        write_table(path, sheet)
        data = path.read_bytes()
    name = f"attachment; filename=journal-{which}.{form}"
    return Response(data, mimetype=FORMATS[form], headers={"Content-Disposition": name})
