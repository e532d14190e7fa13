"""Pages about what went wrong: what happened, why, and what to do, with the right status."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from config.approval import OwnWorkError
from config.dated import NothingInForceError
from config.lease import BusyError
from notices.paper.fonts import MissingGlyphsError
from web import house
from web.forms import BadInputError
from web.language import lazy
from web.shield import UPLOAD_MAX

Answer = tuple[str, int]


def explain(app: Flask) -> None:
    """Let the application answer errors as people would."""
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(BadInputError, _bad_input)
    app.register_error_handler(NothingInForceError, _no_rules)
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(OwnWorkError, _own_work)
    app.register_error_handler(MissingGlyphsError, _not_printed)
    app.register_error_handler(HTTPException, _plain)
    app.register_error_handler(Exception, _fault)


def problems_page(problems: list[str], status: int = 400) -> Answer:
    """Return a page that lists the problems of what was sent."""
    title = _("That can't be taken as it is")
    return _page(title, problems, _("Go back, mend what is named, and send it again."), status)


def _forged(problem: CSRFError) -> Answer:
    return _page(
        _("This form is no longer valid"),
        [_("Its check number is missing or belongs to another login. Nothing was changed.")],
        _("Load the page again and send the form once more."),
        400,
    )


def _bad_input(problem: BadInputError) -> Answer | HTTPException:
    if problem.again is None:
        return problems_page(problem.problems, problem.status)
    try:
        return problem.again(problem.problems), problem.status
    except HTTPException as unseen:
        return _plain(unseen)  # What the form was about isn't there, or isn't theirs to see.


def _no_rules(problem: NothingInForceError) -> Answer:
    subject = str(problem).partition(":")[0]
    return _page(
        _("A rule is missing"),
        [_("No file is in force for: %(subject)s. Nothing was changed.", subject=subject)],
        _("Propose the file under Rules in force, and let a second person put it in force."),
        409,
    )


def _busy(problem: BusyError) -> Answer:
    return _page(
        _("Somebody else is doing this just now"),
        [_("The same work is running already; two of them would only get in each other’s way.")],
        _("Wait for it to end, or watch it under Jobs."),
        409,
    )


def _own_work(problem: OwnWorkError) -> Answer:
    return _page(
        _("This takes a second person"),
        [_("You began or asked for this yourself, so somebody else must decide it.")],
        _("Tell a colleague who has the right."),
        403,
    )


def _not_printed(problem: MissingGlyphsError) -> Answer:
    return _page(
        _("This can’t be printed"),
        [_("No font has %(signs)s, in %(where)s.", signs=problem.signs, where=problem.where)],
        _("Correct the name or address, or name a further font under [paper] in supplier.toml."),
        409,
    )


def _plain(problem: HTTPException) -> Answer | HTTPException:
    status = problem.code or 500
    if status < 400:
        return problem
    title, reason, remedy = _texts(status)
    return _page(title, [reason], remedy, status)


def _texts(status: int) -> tuple[str, str, str]:
    """Return what happened, why, and what to do, in the person's language."""
    status = min(500, status)
    title, reason, remedy = _TEXTS.get(status, _TEXTS[400])
    return str(title), str(reason) % {"size": UPLOAD_MAX // 1024**2}, str(remedy)


_TEXTS: Mapping[int, tuple[Any, Any, Any]] = {
    400: (
        lazy("That request can't be understood"),
        lazy("It lacks something, or holds what can't be. Nothing was changed."),
        lazy("Go back to the page it came from and try again."),
    ),
    403: (
        lazy("That isn't yours to do"),
        lazy("None of your roles allows this act or this page. Nothing was changed."),
        lazy("Ask somebody whose work it is, or the administrator for the role."),
    ),
    404: (
        lazy("Nothing is here"),
        lazy("There is no such page, or what it showed isn't yours to see."),
        lazy("Check the number, or search for it above."),
    ),
    405: (
        lazy("That address takes no such request"),
        lazy("The page exists, but not for this kind of request."),
        lazy("Go back and use the buttons of the page."),
    ),
    413: (
        lazy("The file is too large"),
        lazy("A page takes in files of up to %(size)s MiB."),
        lazy("Split the file, or take it in with the command wattledger."),
    ),
    429: (
        lazy("Too many tries"),
        lazy("So many requests in so little time are refused."),
        lazy("Wait a little, then try again."),
    ),
    500: (
        lazy("Something broke on our side"),
        lazy("The fault has been recorded. What was under way has been undone."),
        lazy("Try again; if it happens twice, tell the administrator the time of day."),
    ),
}


def _fault(problem: Exception) -> Answer:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=problem)
    title, reason, remedy = _texts(500)
    try:
        return _page(title, [reason], remedy, 500)
    except Exception:
        return f"{title}. {reason} {remedy}", 500


def _page(title: str, problems: list[str], remedy: str, status: int) -> Answer:
    if request.headers.get("HX-Request"):
        return render_template("fragments/problem.html", title=title, remedy=remedy), status
    return (
        render_template(
            "error.html",
            title=title,
            problems=problems,
            remedy=remedy,
            status=status,
            is_in=house.person_or_none() is not None,
        ),
        status,
    )
