"""The front doors: pages, commands and the timetable. Translation only."""

import os
import secrets
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import IntegerConverter, Map

from config import database
from config.settings import Settings

__all__ = ["create_app"]


class _Key(IntegerConverter):
    """A database's id in an address; a larger number is nobody's."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - the router's own word
        super().__init__(map, max=2**63 - 1)


def create_app(settings: Settings, sessions: sessionmaker[Session] | None = None) -> Flask:
    """
    Return the pages as an application for any WSGI server.

    :param sessions: the database to stand on; by default the one the settings name.
    """
    # Imported here, so that `import web` stays quick for the commands.
    from web import errors, house, language, login, menu, shield, shows

    app = Flask("web", static_url_path="/static")
    app.url_map.converters["int"] = _Key
    app.config["SECRET_KEY"] = settings.secret_key or _kept_secret(settings.files)
    app.config["PREFERRED_URL_SCHEME"] = settings.base_url.partition(":")[0]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    house.move_in(app, house.House(settings, sessions or database.sessions(settings.database)))
    shield.protect(app)
    login.guard(app)
    language.translate(app)
    shows.prepare(app)
    menu.hang(app)
    errors.explain(app)
    _open_pages(app)
    return app


def _open_pages(app: Flask) -> None:
    from web import language, login, pages

    for blueprint in (login.pages, language.pages, *pages.all_pages()):
        app.register_blueprint(blueprint)


def _kept_secret(folder: Path) -> str:
    """Return the key that signs cookies, drawn once and kept where only we can read it."""
    path = folder / "secret-key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii")
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text("ascii")
