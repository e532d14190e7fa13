"""The bar on top of every page: where one can go, and which key goes there."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from sqlalchemy.orm import Session

from config import approval
from config.people import Permission
from web import house
from web.language import lazy as _
from web.names import who

SEES = (Permission.SEE_ACCOUNTS,)
DECIDES = (Permission.SEE_ACCOUNTS, Permission.APPROVE_FILES)


@dataclass(frozen=True, slots=True)
class Place:
    """A place one can go to: its name, its view, its key after `g`, and who may go there."""

    label: Any
    endpoint: str
    key: str
    needs: tuple[Permission, ...] = ()
    is_main: bool = True


PLACES = (
    Place(_("Home"), "home.show", "h"),
    Place(_("Customers"), "customers.show", "c", SEES),
    Place(_("Readings"), "readings.show", "r", SEES),
    Place(_("Bills"), "runs.show", "b", SEES),
    Place(_("Payments"), "payments.show", "p", SEES),
    Place(_("Arrears"), "arrears.show", "a", SEES),
    Place(_("Approvals"), "approvals.show", "v", DECIDES),
    Place(_("Notices"), "notices.show", "n", SEES),
    Place(_("Field"), "field.show", "f", SEES),
    Place(_("Cases"), "cases.show", "k", SEES, is_main=False),
    Place(_("Back-test"), "backtest.show", "x", (Permission.REVIEW_ARREARS,), is_main=False),
    Place(_("Credit management"), "credit.show", "d", (Permission.SEE_CREDIT,), is_main=False),
    Place(_("Credit changes"), "credit_sharing.show_changes", "i", SEES, is_main=False),
    Place(_("Books"), "ledger.show", "l", SEES, is_main=False),
    Place(_("Rules in force"), "rules.show", "u", is_main=False),
    Place(_("Jobs"), "jobs.show", "j", is_main=False),
    Place(_("People"), "people.show", "e", (Permission.MANAGE_PEOPLE,), is_main=False),
    Place(_("Audit trail"), "audit.show", "t", (Permission.SEE_AUDIT,), is_main=False),
)


def hang(app: Flask) -> None:
    """Put the bar on every page."""
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    someone = house.person_or_none()
    if someone is None:
        return {"places": (), "person": None}
    places = [place for place in PLACES if not place.needs or any(map(house.may, place.needs))]
    return {
        "places": places,
        "person": someone,
        "business_day": house.today(),
        "calendar_day": house.now().astimezone(house.house().settings.zone).date(),
        "to_decide": _to_decide,
        "is_here": _is_here,
        "is_in_more": any(_is_here(place) for place in places if not place.is_main),
        "this_page": request.full_path.rstrip("?")
        if request.method == "GET"
        else url_for("home.show"),
    }


def _to_decide() -> int:
    with house.looking() as session:
        return to_decide(session)


def to_decide(session: Session) -> int:
    """Return how many approvals wait for this person."""
    waiting = approval.waiting(session, user=house.person())
    if house.offices_seen() is None:
        return len(waiting)
    ids = [one.account_id for one in waiting if one.account_id is not None]
    hidden = {key for key, one in who(session, ids).items() if not one.is_visible}
    return sum(one.account_id not in hidden for one in waiting)


def _is_here(place: Place) -> bool:
    blueprint = place.endpoint.partition(".")[0]
    return request.blueprint in (blueprint, *_ALSO.get(blueprint, ()))


_ALSO = {
    "customers": ("accounts", "search"),
    "runs": ("bills",),
    "arrears": ("ageing",),
    "payments": ("till", "money_acts"),
}
