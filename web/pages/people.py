"""People who may log in: who they are, what they may do, and where."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from config import journal, people
from config.people import PERMISSIONS, Permission, Role
from web import house, store
from web.forms import BadInputError, Form
from web.language import LANGUAGES
from web.login import needs
from web.pages.me import password_problems

pages = Blueprint("people", __name__, url_prefix="/people")


@pages.get("")
@needs(Permission.MANAGE_PEOPLE)
def show() -> str:
    """Show everybody who may or might log in."""
    return _show([])


def _show(problems: list[str]) -> str:
    with house.looking() as session:
        everybody = people.users(session)
        offices = people.offices(session)
    return render_template(
        "people.html",
        everybody=everybody,
        offices={one.id: one for one in offices},
        roles=list(Role),
        permissions=PERMISSIONS,
        problems=problems,
    )


@pages.post("")
@needs(Permission.MANAGE_PEOPLE)
def add() -> Response:
    """Add a person."""
    form = Form()
    login = form.text("login", _("Login"), most=64)
    if login and not login.replace(".", "").replace("-", "").replace("_", "").isalnum():
        form.problems.append(_("Login: letters, digits, points and dashes only."))
    wanted = {
        "login": login,
        "name": form.text("name", _("Name"), most=100),
        "language": form.choice("language", _("Language"), {one: one for one in LANGUAGES}),
        "roles": [Role(one) for one in form.choices("roles", _("Roles"), list(Role))],
    }
    if not wanted["roles"]:
        form.problems.append(_("Roles: tick at least one."))
    password = form.text("password", _("Password"), most=200)
    form.problems.extend(password_problems(password) if password else [])
    offices = _offices(form)
    form.finish(_show)
    _add(form, wanted, password=password, office_ids=offices)
    flash(_("%(name)s may log in now.", name=wanted["name"]), "done")
    return redirect(url_for("people.show"), 303)


def _offices(form: Form) -> list[int]:
    with house.looking() as session:
        known = {str(one.id): one.id for one in people.offices(session)}
    return [known[one] for one in form.choices("offices", _("Offices"), list(known))]


def _add(form: Form, wanted: dict[str, Any], *, password: str, office_ids: list[int]) -> None:
    moment = house.now()
    try:
        with house.sessions().begin() as session:
            people.add_user(session, **wanted, password=password, office_ids=office_ids)
            journal.note(
                session,
                by=house.person().login,
                act="add person",
                subject=wanted["login"],
                facts={"roles": sorted(wanted["roles"]), "offices": office_ids},
                now=moment,
            )
    except people.LoginTakenError as problem:
        words = _("Login: it is taken; choose another.")
        raise BadInputError([words], _show) from problem


@pages.post("/<login>/active")
@needs(Permission.MANAGE_PEOPLE)
def set_active(login: str) -> Response:
    """Let a person log in again, or no longer; what they did stays under their name."""
    form = Form()
    wanted = form.choice("active", _("May log in"), {"yes": True, "no": False})
    form.finish(_show)
    moment = house.now()
    if login == house.person().login:
        raise BadInputError(
            [_("Nobody shuts themselves out; ask another administrator.")],
            _show,
        )
    with house.sessions().begin() as session:
        user = people.find_user(session, login)
        if user is None:
            abort(404)
        people.set_user(session, login, is_active=wanted)
        if not wanted:
            ids = [stay.id for stay in store.stays(session, user.id)]
            store.end_stays(session, ids, now=moment)
        journal.note(
            session,
            by=house.person().login,
            act="let log in" if wanted else "shut out",
            subject=login,
            now=moment,
        )
    return redirect(url_for("people.show"), 303)


@pages.post("/<login>/password")
@needs(Permission.MANAGE_PEOPLE)
def set_password(login: str) -> Response:
    """Give a person a new password, and end where they are logged in."""
    form, moment = Form(), house.now()
    password = form.text("password", _("Password"), most=200)
    form.problems.extend(password_problems(password) if password else [])
    form.finish(_show)
    with house.sessions().begin() as session:
        user = people.find_user(session, login)
        if user is None:
            abort(404)
        people.set_user(session, login, password=password)
        store.end_stays(session, [stay.id for stay in store.stays(session, user.id)], now=moment)
        journal.note(
            session, by=house.person().login, act="set password", subject=login, now=moment
        )
    flash(_("%(name)s has a new password.", name=user.name), "done")
    return redirect(url_for("people.show"), 303)
