"""What stands between a browser and the pages: content policy, headers, forged-form protection."""

import secrets
from itertools import chain
from typing import cast

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf import CSRFProtect

UPLOAD_MAX = 20 * 1024 * 1024
"""The largest file that is taken in through a page, in bytes."""

csrf = CSRFProtect()


def protect(app: Flask) -> None:
    """Put the shield before every page of the application."""
    is_https = app.config["PREFERRED_URL_SCHEME"] == "https"
    app.config.update(
        # A little more than the file, for the other fields of the form.
        MAX_CONTENT_LENGTH=UPLOAD_MAX + 64 * 1024,
        SESSION_COOKIE_NAME="__Host-wattledger" if is_https else "wattledger",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # The stay in the database ends a session, so a form may be as old as the stay.
        WTF_CSRF_TIME_LIMIT=None,
        # The address bar of a proxy may differ from ours; the token is what counts.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.globals["csp_nonce"] = nonce
    app.before_request(_refuse_zero_bytes)
    app.after_request(_headers)
    csrf.init_app(app)


def nonce() -> str:
    """
    Return the number that only this answer's own scripts and styles carry.

    It is drawn when first asked for, so that the page about a failed check has one as well.
    """
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return cast("str", g.csp_nonce)


def _refuse_zero_bytes() -> None:
    """Refuse what no database keeps: PostgreSQL takes no zero byte in a text."""
    if "\0" in request.path:
        abort(404)
    typed = [*request.args.items(multi=True), *request.form.items(multi=True)]
    files = [one.filename or "" for one in request.files.values()]
    if any("\0" in text for text in (*chain.from_iterable(typed), *files)):
        abort(400)


def _headers(response: Response) -> Response:
    ours = f"'self' 'nonce-{nonce()}'"
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce()}'",
            f"style-src {ours}",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if response.headers.get("Cache-Control") is None:
        # Pages hold customers' data: nothing is left behind in a shared machine's cache.
        response.headers["Cache-Control"] = "no-store"
    return response
