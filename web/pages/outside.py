"""What machines outside ask for: is the house well, and what became of a text message."""

from flask import Blueprint, Response, abort, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from notices import dispatch, sms
from web import house, store
from web.jobs import is_alive
from web.login import open_to_all
from web.shield import csrf

pages = Blueprint("outside", __name__)


@pages.get("/health")
@open_to_all
def health() -> tuple[Response, int]:
    """Say whether the database answers and a worker walks; no more, for anybody may ask."""
    try:
        with house.looking() as session:
            session.execute(text("SELECT 1"))
            beat = store.last_beat(session)
    except SQLAlchemyError:
        return jsonify(status="broken", database="silent"), 503
    worker = "alive" if is_alive(beat, house.now()) else "none"
    return jsonify(status="ok", database="ok", worker=worker), 200


@pages.post("/sms/status/<int:key>")
@csrf.exempt  # type: ignore[untyped-decorator]
@open_to_all
def sms_status(key: int) -> tuple[str, int]:
    """
    Hear from the provider what became of a message.

    The signature is that of the public address we gave the provider, not of the address under
    which a proxy passes the request on; without a right one nothing is believed.
    """
    settings = house.house().settings
    address = settings.base_url.rstrip("/") + request.full_path.rstrip("?")
    signature = request.headers.get("X-Twilio-Signature")
    token = settings.twilio_auth_token
    if not token or not sms.is_signed(token, address, request.form, signature):
        abort(403)
    news = {name: request.form.get(name, "") for name in ("MessageSid", "MessageStatus")}
    if not all(news.values()):
        abort(400)
    dispatch.status(
        house.sessions(),
        key=key,
        provider_id=news["MessageSid"],
        status=news["MessageStatus"],
        code=request.form.get("ErrorCode", ""),
        now=house.now(),
    )
    return "", 204
