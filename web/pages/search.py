"""One box for everything: accounts, customers, meters, bills, receipts, notices."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing import books
from billing import store as billing
from meters import readings as dials
from meters import store as meters
from notices import store as notices
from web import house, listing
from web.login import needs
from web.menu import SEES
from web.names import who

pages = Blueprint("search", __name__, url_prefix="/search")
HITS = 200
SUGGESTED = 8
TEXT_MAX = 100


@dataclass(frozen=True, slots=True)
class Found:
    """Something that the text may mean, and where it is shown."""

    number: str
    name: str
    what: str
    address: str


@pages.get("")
@needs(*SEES)
def show() -> Response | str:
    """Show what a text may mean; go there at once if there is only one."""
    text = _text()
    found = _search(text, HITS) if text else []
    if len(found) == 1:
        return redirect(found[0].address)
    return render_template("search.html", text=text, found=found, most=HITS)


@pages.get("/suggest")
@needs(*SEES)
def suggest() -> str:
    """Show the first few, under the box, while somebody types."""
    text = _text()
    found = _search(text, SUGGESTED) if len(text) > 1 else []
    return render_template("fragments/hits.html", text=text, found=found, most=SUGGESTED)


def _text() -> str:
    return billing.typed(request.args.get("q", ""))[:TEXT_MAX]


def _search(text: str, limit: int) -> list[Found]:
    with house.looking() as session:
        exact = [found for look in _EXACT for found in look(session, text)]
        hits = billing.search(session, text, office_ids=house.offices_seen(), limit=limit)
    accounts = [
        Found(
            one.account_number,
            one.customer_name,
            _("account"),
            url_for("accounts.show", number=one.account_number),
        )
        for one in hits
    ]
    known = {one.address for one in exact}
    return [*exact, *(one for one in accounts if one.address not in known)][:limit]


def _bills(session: Session, text: str) -> list[Found]:
    bill = billing.find_bill(session, text.upper())
    if bill is None:
        return []
    whose = who(session, [bill.account_id])[bill.account_id]
    if not whose.is_visible:
        return []
    return [Found(bill.number, whose.name, _("bill"), url_for("bills.show", number=bill.number))]


def _meters(session: Session, text: str) -> list[Found]:
    """Return the account that a meter's or a service point's number means today."""
    meter = dials.find_meters(session, [text]).get(text)
    numbers = {text} | (set(meter.points) if meter else set())
    points = meters.find_service_points(session, numbers)
    supplies = billing.supplies_at(session, [one.id for one in points.values()])
    accounts = {one.account_id for some in supplies.values() for one in some if one.ends_on is None}
    return [
        Found(one.number, one.name, _("meter"), url_for("accounts.show", number=one.number))
        for one in who(session, accounts).values()
        if one.is_visible
    ]


def _notices(session: Session, text: str) -> list[Found]:
    told = notices.find_notice(session, text.upper())
    if told is None:
        return []
    customer = billing.customers(session, [told.customer_id])[told.customer_id]
    if not house.sees_office(customer.office_id):
        return []
    address = url_for("notices.show_one", number=told.number)
    return [Found(told.number, customer.name, _("notice"), address)]


def _receipts(session: Session, text: str) -> list[Found]:
    key = listing.whole_number(text.upper().removeprefix("R").lstrip("0"))
    payment = books.payments(session, [key]).get(key) if key is not None else None
    if payment is None or not text.upper().startswith("R"):
        return []
    names = who(session, [payment.account_id]) if payment.account_id is not None else {}
    if any(not one.is_visible for one in names.values()):
        return []
    name = next((one.name for one in names.values()), payment.payer)
    address = url_for("payments.show_one", payment_id=payment.id)
    return [Found(payment.number, name, _("receipt"), address)]


_EXACT: tuple[Callable[[Session, str], list[Found]], ...] = (_bills, _meters, _notices, _receipts)
