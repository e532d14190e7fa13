"""Send text messages: what any gateway answers, and Twilio's, by its own client over HTTP."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from requests import RequestException
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from config.settings import Settings

TIMEOUT_SECONDS = 10
# The provider takes a validity of at most ten hours.
_VALID_MAX = timedelta(hours=10)
OPTED_OUT = 21610
"""Twilio's code for a recipient who wants no messages."""
_TOO_MANY = 429
_RETRY_SECONDS = 30
_CLOSED = frozenset({401, 403, 404})
_CLOSED_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Message:
    """
    A text message, with what gateways of registered templates want besides.

    :param template: the name of the wording, and `variables` the facts in it, by name.
    :param key: identifies the message to us; news of it come back under it.
    :param valid_for: how long the provider may go on trying to deliver it.
    """

    to: str
    text: str
    template: str
    variables: Mapping[str, str]
    key: int
    valid_for: timedelta


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the message, under its own id."""

    provider_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider surely hasn't taken the message, and won't."""

    code: int
    reason: str

    @property
    def is_opt_out(self) -> bool:
        """Test whether the recipient wants no messages."""
        return self.code == OPTED_OUT


@dataclass(frozen=True, slots=True)
class Busy:
    """The provider surely hasn't taken the message, and may later."""

    wait: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether the provider has the message."""

    reason: str


Answer = Accepted | Refused | Busy | Unsure


class Gateway(Protocol):
    """Anything that can send text messages and be asked what became of them."""

    def send(self, message: Message) -> Answer:
        """Hand a message over, once; never try again by itself."""
        ...

    def find(self, to: str, text: str, *, since: datetime) -> list[Accepted] | None:
        """Return the messages it has of this text to this number; none if it can't say now."""
        ...


class OwnHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """
    Twilio's own HTTP client with a time limit, without repeats, and to another origin if asked.

    The library by itself waits for ever. Only the origin of the address is exchanged, so path,
    credentials, fields and errors are the real ones, whoever answers.
    """

    def __init__(self, origin: str = "") -> None:
        # The library writes every request with its form fields, numbers and texts, to the log.
        logger = logging.getLogger("notices.sms.twilio")
        logger.setLevel(logging.WARNING)
        super().__init__(timeout=TIMEOUT_SECONDS, max_retries=0, logger=logger)
        self._origin = origin.rstrip("/")
        self.session.mount("http://", HTTPAdapter(max_retries=0))
        # To a stand-in no proxy leads, and looking for one takes longer than the post.
        self.session.trust_env = not self._origin

    def request(self, method: str, url: str, **rest: Any) -> Response:
        """Send a request to Twilio, or to the origin that stands for it."""
        if self._origin:
            parts = urlsplit(url)
            url = self._origin + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().request(method, url, **rest)


class TwilioGateway:
    """
    Twilio's messages of 2010-04-01.

    :param sender: a number, or the id of a messaging service (`MG…`).
    :param callback: the public address that news of a message come to, its key at the end.
    """

    def __init__(
        self, account_sid: str, auth_token: str, sender: str, *, callback: str, origin: str = ""
    ) -> None:
        self._client = Client(account_sid, auth_token, http_client=OwnHttpClient(origin))
        self._from = (
            {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        )
        self._callback = callback.rstrip("/")

    def send(self, message: Message) -> Answer:
        """Post a message once, and tell what came of it as surely as it can be told."""
        try:
            sent = self._client.messages.create(
                to=message.to,
                body=message.text,
                status_callback=f"{self._callback}/{message.key}",
                validity_period=int(min(message.valid_for, _VALID_MAX).total_seconds()),
                **self._from,
            )
        except TwilioRestException as problem:
            return _answer(problem)
        except (RequestException, json.JSONDecodeError) as problem:
            return Unsure(f"{type(problem).__name__} while posting")
        return Accepted(str(sent.sid), str(sent.status))

    def find(self, to: str, text: str, *, since: datetime) -> list[Accepted] | None:
        """Ask for the messages to a number since a moment that say just this."""
        try:
            found = self._client.messages.list(to=to, date_sent_after=since, limit=100)
        except (TwilioRestException, RequestException, json.JSONDecodeError):
            return None
        return [Accepted(str(one.sid), str(one.status)) for one in found if one.body == text]


def _answer(problem: TwilioRestException) -> Answer:
    if problem.status == _TOO_MANY:
        return Busy(timedelta(seconds=_RETRY_SECONDS), "too many requests")
    if problem.status in _CLOSED:
        # Our credentials or settings are wrong, not the message: it waits until they are mended.
        return Busy(timedelta(minutes=_CLOSED_MINUTES), f"Twilio refuses us: {problem.msg}")
    if 400 <= problem.status < 500:
        return Refused(int(problem.code or problem.status), str(problem.msg))
    return Unsure(f"the provider answered {problem.status}")


def gateway_of(settings: Settings) -> TwilioGateway:
    """Return the gateway that an installation's settings ask for."""
    return TwilioGateway(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_from,
        callback=f"{settings.base_url.rstrip('/')}/sms/status",
        origin=settings.twilio_origin,
    )


def is_signed(auth_token: str, url: str, fields: Mapping[str, str], signature: str | None) -> bool:
    """
    Test whether a callback comes from Twilio.

    :param url: the public address, as Twilio was given it; not what a proxy made of it.
    """
    if not signature:
        return False
    # As they are: a form may have a field twice, and a copy of it would be a table of lists.
    return bool(RequestValidator(auth_token).validate(url, fields, signature))
