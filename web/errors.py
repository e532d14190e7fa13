"""Pages about what went wrong: what happened, why, and what to do, with the right status."""

from flask import Flask, current_app, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from web import house
from web.forms import BadInputError
from web.shield import UPLOAD_MAX

Answer = tuple[str, int]


def explain(app: Flask) -> None:
    """Let the application answer errors as people would."""
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(BadInputError, _bad_input)
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


def _bad_input(problem: BadInputError) -> Answer:
    if problem.again is not None:
        return problem.again(problem.problems), 400
    return problems_page(problem.problems)


def _plain(problem: HTTPException) -> Answer | HTTPException:
    status = problem.code or 500
    if status < 400:
        return problem
    title, reason, remedy = _texts(status)
    return _page(title, [reason], remedy, status)


def _texts(status: int) -> tuple[str, str, str]:
    if status == 403:
        return (
            _("That isn't yours to do"),
            _("None of your roles allows this act or this page. Nothing was changed."),
            _("Ask somebody whose work it is, or the administrator for the role."),
        )
    if status == 404:
        return (
            _("Nothing is here"),
            _("There is no such page, or what it showed isn't yours to see."),
            _("Check the number, or search for it above."),
        )
    if status == 405:
        return (
            _("That address takes no such request"),
            _("The page exists, but not for this kind of request."),
            _("Go back and use the buttons of the page."),
        )
    if status == 413:
        return (
            _("The file is too large"),
            _("A page takes in files of up to %(size)s MiB.", size=UPLOAD_MAX // 1024**2),
            _("Split the file, or take it in with the command wattledger."),
        )
    if status == 429:
        return (
            _("Too many tries"),
            _("So many requests in so little time are refused."),
            _("Wait a little, then try again."),
        )
    if status < 500:
        return (
            _("That request can't be understood"),
            _("It lacks something, or holds what can't be. Nothing was changed."),
            _("Go back to the page it came from and try again."),
        )
    return (
        _("Something broke on our side"),
        _("The fault has been recorded. What was under way has been undone."),
        _("Try again; if it happens twice, tell the administrator the time of day."),
    )


def _fault(problem: Exception) -> Answer:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=problem)
    title, reason, remedy = _texts(500)
    try:
        return _page(title, [reason], remedy, 500)
    except Exception:  # noqa: BLE001 - what broke may be what every page needs, the database say
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
