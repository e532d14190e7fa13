"""A person's own login: language, password, and where else they are logged in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from config import journal, people
from web import house, login, store
from web.forms import BadInputError
from web.login import needs

PASSWORD_MIN = 10
PASSWORD_MAX = 200

pages = Blueprint("me", __name__, url_prefix="/me")


@pages.get("")
@needs()
def show() -> str:
    """Show the person's own login."""
    return _show([])


def _show(problems: list[str]) -> str:
    with house.looking() as session:
        stays = store.stays(session, house.person().id)
        offices = {one.id: one for one in people.offices(session)}
    return render_template(
        "me.html", stays=stays, offices=offices, this_stay=login.stay_id(), problems=problems
    )


@pages.post("/password")
@needs()
def change_password() -> Response:
    """Set a new password and end the person's other stays."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    problems = password_problems(new)
    me, moment = house.person(), house.now()
    with house.looking() as session:
        if people.verify_password(session, me.login, old) is None:
            problems.append(_("Present password: that isn't it."))
    if new != request.form.get("again", ""):
        problems.append(_("New password: the two are not the same."))
    if problems:
        raise BadInputError(problems, _show)
    with house.sessions().begin() as session:
        people.set_user(session, me.login, password=new)
        others = [stay.id for stay in store.stays(session, me.id) if stay.id != login.stay_id()]
        store.end_stays(session, others, now=moment)
        journal.note(session, by=me.login, act="change password", subject=me.login, now=moment)
    flash(_("The password is changed, and your other logins are ended."), "done")
    return redirect(url_for("me.show"), 303)


@pages.post("/stays")
@needs()
def end_others() -> Response:
    """End the person's stays on other machines."""
    me, moment = house.person(), house.now()
    with house.sessions().begin() as session:
        others = [stay.id for stay in store.stays(session, me.id) if stay.id != login.stay_id()]
        store.end_stays(session, others, now=moment)
        journal.note(
            session,
            by=me.login,
            act="end other logins",
            subject=me.login,
            facts={"count": len(others)},
            now=moment,
        )
    flash(_("Your other logins are ended."), "done")
    return redirect(url_for("me.show"), 303)


def password_problems(new: str) -> list[str]:
    """Return what is wrong with a new password."""
    if len(new) < PASSWORD_MIN:
        return [_("New password: at least %(least)s characters.", least=PASSWORD_MIN)]
    if len(new) > PASSWORD_MAX:
        return [_("New password: at most %(most)s characters.", most=PASSWORD_MAX)]
    if new.lower() in _COMMON or len(set(new)) < 4:
        return [_("New password: it is among the first that anybody tries.")]
    return []


_COMMON = frozenset(
    {"1234567890", "password12", "password123", "qwertyuiop", "wattledger", "0123456789"}
)
