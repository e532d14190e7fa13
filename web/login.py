"""Who comes in: the password, the throttle, the stay that really ends, and what a page needs."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

from flask import (
    Blueprint,
    Flask,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from config import journal, people
from config.people import Permission, User
from web import house, store

IDLE_MAX = timedelta(minutes=60)
STAY_MAX = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
THROTTLE_WITHIN = timedelta(minutes=15)
FAILURES_MAX = 5
"""Wrong passwords for one login from one address before it must wait."""
FAILURES_MAX_OF_LOGIN = 20
"""Wrong passwords for one login from anywhere."""
FAILURES_MAX_OF_ADDRESS = 40
"""Wrong passwords from one address for any login."""

View = TypeVar("View", bound=Callable[..., Any])
pages = Blueprint("login", __name__)
_manager = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]
    """A person together with the stay in which they are here."""

    def __init__(self, user: User, secret: str, stay_id: int) -> None:
        self.user = user
        self.secret = secret
        self.stay_id = stay_id

    def get_id(self) -> str:
        """Return the secret of the stay; the cookie holds nothing else about the person."""
        return self.secret


def guard(app: Flask) -> None:
    """Let the application know its people."""
    _manager.init_app(app)
    _manager.user_loader(_load)
    _manager.unauthorized_handler(_send_to_login)


def needs(*permissions: Permission) -> Callable[[View], View]:
    """
    Return a decorator that lets only people with one of the permissions see a page.

    Without permissions anybody who is logged in may. The permissions stay readable on the view,
    where the test of every route and role finds them.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return _send_to_login()
            if permissions and not any(house.may(one) for one in permissions):
                abort(403)
            return view(*args, **kwargs)

        checked.needs = permissions  # type: ignore[attr-defined]
        return cast("View", checked)

    return decorate


def open_to_all(view: View) -> View:
    """Mark a page that nobody needs to be logged in for."""
    view.needs = None  # type: ignore[attr-defined]
    return view


@pages.get("/login")
@open_to_all
def show() -> Response | str:
    """Show the login page."""
    if current_user.is_authenticated:
        return redirect(url_for("home.show"))
    return render_template("login.html", next=_safe_next())


@pages.post("/login")
@open_to_all
def enter() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Log a person in, or say no more than that it didn't work."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    wait = _wait_for(login)
    if wait is not None:
        minutes = max(1, round(wait.total_seconds() / 60))
        words = _("Too many tries. Wait %(minutes)s minutes, then try again.", minutes=minutes)
        answer = render_template("login.html", problem=words, next=_safe_next(), login=login)
        return answer, 429, {"Retry-After": str(int(wait.total_seconds()))}
    user = _verified(login, password)
    if user is None:
        words = _("That login and password don't belong together. Check both and try again.")
        return render_template("login.html", problem=words, next=_safe_next(), login=login), 401
    _begin_stay(user)
    return redirect(_safe_next() or url_for("home.show"), 303)


@pages.post("/logout")
@needs()
def leave() -> Response:
    """End the stay, here and in the database: the cookie opens nothing afterwards."""
    moment = house.now()
    with house.sessions().begin() as database:
        store.end_stays(database, [current_user.stay_id], now=moment)
        journal.note(database, by=house.person().login, act="log out", subject="pages", now=moment)
    logout_user()
    session.clear()
    flash(_("You are logged out."), "done")
    return redirect(url_for("login.show"), 303)


def stay_id() -> int:
    """Return the stay in which the person is here."""
    return cast("int", current_user.stay_id)


def _load(secret: str) -> SignedIn | None:
    moment = house.now()
    with house.looking() as database:
        stay = store.find_stay(database, _digest(secret))
        if stay is None or not _is_current(stay, moment):
            return None
        user = next((one for one in people.users(database) if one.id == stay.user_id), None)
    if user is None or not user.is_active:
        return None
    if moment - stay.seen_at > SEEN_EVERY:
        with house.sessions().begin() as database:
            store.touch_stay(database, stay.id, now=moment)
    return SignedIn(user, secret, stay.id)


def _is_current(stay: store.Stay, moment: datetime) -> bool:
    return (
        stay.ended_at is None
        and moment - stay.seen_at <= IDLE_MAX
        and moment - stay.started_at <= STAY_MAX
    )


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _address() -> str:
    return request.remote_addr or "unknown"


def _wait_for(login: str) -> timedelta | None:
    """Return how long to wait because of wrong passwords, or none if one may try."""
    moment, address = house.now(), _address()
    limits = (
        ({"login": login, "address": address}, FAILURES_MAX),
        ({"login": login}, FAILURES_MAX_OF_LOGIN),
        ({"address": address}, FAILURES_MAX_OF_ADDRESS),
    )
    with house.looking() as database:
        for whose, most in limits:
            count, first = store.failures(database, now=moment, within=THROTTLE_WITHIN, **whose)
            if count >= most and first is not None:
                return first + THROTTLE_WITHIN - moment
    return None


def _verified(login: str, password: str) -> User | None:
    with house.looking() as database:
        user = people.verify_password(database, login, password)
    moment = house.now()
    with house.sessions().begin() as database:
        store.add_attempt(
            database, login=login, address=_address(), is_success=user is not None, now=moment
        )
        if user is None:
            journal.note(
                database,
                by="pages",
                act="refuse login",
                subject=login,
                facts={"address": _address()},
                now=moment,
            )
    return user


def _begin_stay(user: User) -> None:
    # A new secret for a new stay: whoever planted a cookie before knows nothing of it.
    session.clear()
    secret, moment = secrets.token_urlsafe(32), house.now()
    with house.sessions().begin() as database:
        store.add_stay(
            database,
            secret_digest=_digest(secret),
            user_id=user.id,
            address=_address(),
            agent=request.user_agent.string,
            now=moment,
        )
        journal.note(
            database,
            by=user.login,
            act="log in",
            subject="pages",
            facts={"address": _address()},
            now=moment,
        )
        stay = store.find_stay(database, _digest(secret))
    assert stay is not None
    login_user(SignedIn(user, secret, stay.id))


def _safe_next() -> str | None:
    """Return the page to go on to, if it is one of ours."""
    target = request.values.get("next", "")
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_ours and "\n" not in target and "\r" not in target else None


def _send_to_login() -> Response:
    if request.headers.get("HX-Request"):
        abort(403)
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("login.show", next=None if here == "/" else here))
