"""English and Chinese: whose language a page speaks, and the words for what the rooms name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask_babel import Babel, force_locale, get_locale, lazy_gettext
from werkzeug.wrappers import Response

from config import people
from web import house
from web.login import open_to_all

LANGUAGES = {"en": "English", "zh": "中文"}
DEFAULT = "en"

pages = Blueprint("language", __name__)


def translate(app: Flask) -> None:
    """Let the application speak the person's language."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=_choose)
    app.jinja_env.globals["language"] = language
    app.jinja_env.globals["languages"] = LANGUAGES


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language where there is no page, as a command does that writes a file to read."""
    app = Flask("web")
    translate(app)
    with app.app_context(), force_locale(language):
        yield


def language() -> str:
    """Return the code of the language in which this page speaks."""
    locale = get_locale()
    return DEFAULT if locale is None else str(locale.language)


def is_chinese() -> bool:
    """Test whether this page speaks Chinese."""
    return language() == "zh"


@pages.post("/language")
@open_to_all
def switch() -> Response:
    """Speak another language from now on; a person who is logged in keeps it."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
        someone = house.person_or_none()
        if someone is not None and someone.language != wanted:
            with house.sessions().begin() as database:
                people.set_user(database, someone.login, language=wanted)
    target = request.form.get("next", "")
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return redirect(target if is_ours else url_for("home.show"), 303)


def _choose() -> str:
    someone = house.person_or_none()
    if someone is not None and someone.language in LANGUAGES:
        return someone.language
    chosen = session.get("language", "")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT


def lazy(text: str) -> Any:
    """Return a text that is translated when a page shows it."""
    return lazy_gettext(text)
