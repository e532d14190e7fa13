"""Customers and their accounts: the list, and files of new ones."""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing import books, customers
from billing import store as billing
from config import batch, people
from config.batch import Kind
from config.people import Permission
from web import house, listing
from web.account_lines import account_lines
from web.handed import XLSX, written
from web.listing import COUNTED_MAX, Page
from web.login import needs
from web.menu import SEES
from web.pages.batches import take_in

pages = Blueprint("customers", __name__, url_prefix="/customers")


@pages.get("")
@needs(*SEES)
def show() -> str:
    """Show the accounts, a page at a time."""
    return _show([])


def _show(problems: list[str]) -> str:
    with house.looking() as session:
        ids = _ids(session)
        page = listing.cut(ids)
        lines = account_lines(session, page.rows, today=house.today())
        batches = batch.batches(session, Kind.CUSTOMERS, limit=8)
        offices = people.offices(session)
    chips = {
        "q": (_("Text"), request.args.get("q", "")),
        "owing": (_("Owing"), _("yes")),
    }
    return render_template(
        "customers.html",
        page=Page(lines, page.number, page.total, page.size),
        is_cut=len(ids) >= COUNTED_MAX and bool(request.args.get("q")),
        batches=batches,
        offices=offices,
        here=listing.here,
        chips=listing.chips(chips),
        problems=problems,
    )


def _ids(session: Session) -> list[int]:
    """Return the accounts that the filters let through, in the order of their ids."""
    seen = house.offices_seen()
    text = request.args.get("q", "").strip()[:100]
    if text:
        hits = billing.search(session, text, office_ids=seen, limit=COUNTED_MAX)
        ids = [one.account_id for one in hits]
    else:
        ids = billing.account_ids(session, office_ids=seen)
    if request.args.get("owing"):
        owing = books.open_charges(session, None, as_of=house.today())
        ids = [one for one in ids if one in owing]
    return ids


@pages.get("/template.xlsx")
@needs(*SEES)
def template() -> Response:
    """Return an empty workbook to type customers into."""
    return written("customers.xlsx", XLSX, customers.template)


@pages.post("")
@needs(Permission.TAKE_IN_CUSTOMERS)
def upload() -> Response | str:
    """Take in a file of customers, accounts and supplies, or only test it."""
    return take_in(customers.take_in, again=_show)
