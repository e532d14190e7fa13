"""
The demo's text messages: the real client, a stand-in for the provider, and its callbacks.

The stand-in has a process of its own, as a provider would, and so a processor of its own.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session, sessionmaker

from notices import dispatch, sms
from web.demo import provider
from web.demo.provider import Provider

_PATIENCE_S = 30


class Telephone:
    """Sends the day's messages, and waits until the provider has told what became of each."""

    def __init__(self, sessions: sessionmaker[Session], origin: str) -> None:
        """:param origin: where the provider answers."""
        self._sessions = sessions
        self.now: datetime | None = None
        self.heard = self._awaited = 0
        self._receiver = _Receiver(self)
        self._gateway = sms.TwilioGateway(
            provider.ACCOUNT,
            provider.TOKEN,
            provider.SENDER,
            callback=f"{self._receiver.origin}/sms/status",
            origin=origin,
        )

    def send(self, *, today: date, now: datetime) -> dispatch.Dispatched:
        """Send what waits, and return when every callback has come in."""
        self.now = now
        done = dispatch.send(self._sessions, self._gateway, today=today, now=now, limit=10_000)
        until = time.monotonic() + _PATIENCE_S
        # Each message that was taken is reported twice: sent, then delivered or not.
        self._awaited += 2 * done.sent
        while self.heard < self._awaited and time.monotonic() < until:
            time.sleep(0.002)
        return done

    def take_news(self, address: str, fields: dict[str, str], signature: str | None) -> int:
        """Take in a callback, if the provider's signature is on it; return the HTTP status."""
        url = f"{self._receiver.origin}{address}"
        if not sms.is_signed(provider.TOKEN, url, fields, signature):
            return 403
        assert self.now is not None, "news follow a message"
        dispatch.status(
            self._sessions,
            key=int(address.rsplit("/", 1)[-1]),
            provider_id=fields["MessageSid"],
            status=fields["MessageStatus"],
            code=fields.get("ErrorCode", ""),
            now=self.now,
        )
        self.heard += 1
        return 204

    def start(self) -> None:
        """Begin to hear the provider's news."""
        self._receiver.start()

    def stop(self) -> None:
        """Hear no more."""
        self._receiver.stop()


@contextmanager
def telephone(sessions: sessionmaker[Session]) -> Iterator[Telephone]:
    """Open a telephone, with the provider's stand-in at the other end of the line."""
    other = Provider()
    found = Telephone(sessions, other.origin)
    found.start()
    try:
        with other:  # It reports what is left to report while somebody still hears it.
            yield found
    finally:
        found.stop()


class _Receiver:
    """Listens to the provider's callbacks on a port of its own."""

    def __init__(self, owner: Telephone) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # The provider keeps its line open.

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                fields = dict(parse_qsl(body, keep_blank_values=True))
                path = urlsplit(self.path).path
                self.send_response(
                    owner.take_news(path, fields, self.headers["X-Twilio-Signature"])
                )
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing; the messages are in the books."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def origin(self) -> str:
        """The address that the provider is told."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to take the provider's news."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more news."""
        self._server.shutdown()
        self._server.server_close()
