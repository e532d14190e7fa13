"""Who is watched, and why: what was found last, and who is to be looked at again."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from arrears import watching
from arrears.credit_file import Flag
from arrears.crediting import BadCreditError
from arrears.watching import WatchedFor
from billing import store as billing
from config.people import Permission
from web import house
from web.forms import BadInputError, Form
from web.login import needs
from web.names import find_who
from web.said import told

pages = Blueprint("credit_watch", __name__, url_prefix="/credit")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/watch")
@needs(Permission.SEE_CREDIT)
def show() -> str:
    """Show who is watched, those first who are to be looked at first."""
    only_due = bool(request.args.get("due"))
    with house.looking() as session:
        found = _seen(session, only_due=only_due)
        accounts = billing.accounts_of(session, {one.customer.id for one in found})
        firsts = billing.accounts(session, {some[0] for some in accounts.values() if some})
        days = watching.intervals(session, house.today())
    numbers = {key: firsts[some[0]].number for key, some in accounts.items() if some}
    return render_template(
        "credit_watch.html", watched=found, numbers=numbers, only_due=only_due, days=days
    )


@pages.get("/watch.xlsx")
@needs(Permission.SEE_CREDIT)
def export() -> Response:
    """Return the watch list as a workbook."""
    with TemporaryDirectory(prefix="wattledger-watch-") as folder:
        path = Path(folder) / "watch.xlsx"
        with house.looking() as session:
            found = _seen(session, only_due=bool(request.args.get("due")))
        watching.write(path, found, as_of=house.today())
        data = path.read_bytes()
    name = f"watch-{house.today()}.xlsx"
    return Response(
        data, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"}
    )


@pages.post("/files/<number>/watch")
@needs(Permission.REVIEW_ARREARS)
def follow_up(number: str) -> AnyResponse:
    """Say what was found when a watched customer was looked at."""
    with house.looking() as session:
        if find_who(session, number) is None:
            abort(404)
    form = Form()
    flag = form.choice("flag", _("Why the customer is watched"), {str(one): one for one in Flag})
    found = form.text("found", _("What was found"), most=300)
    form.finish()
    assert flag is not None
    try:
        watching.follow_up(
            house.sessions(),
            number,
            flag,
            found=found,
            by=house.person().login,
            today=house.today(),
            now=house.now(),
        )
    except BadCreditError as refused:
        raise BadInputError([told(refused)]) from refused
    flash(_("What was found is kept; the interval begins anew."), "done")
    return redirect(url_for("credit_watch.show"), 303)


def _seen(session: Session, *, only_due: bool) -> list[WatchedFor]:
    """Return whom the person may see of those who are watched."""
    today = house.today()
    return [
        one
        for one in watching.watch_list(session, as_of=today)
        if house.sees_office(one.customer.office_id) and (one.is_due_on(today) or not only_due)
    ]
