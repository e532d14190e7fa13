"""The demo's text messages: the real client, a stand-in for the provider, and its callbacks."""

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
from notices.simulator import Simulator

# Nobody's: the simulator is given the same, and nobody else is asked.
_ACCOUNT = f"AC{'0' * 32}"
_TOKEN = "nobody's"  # noqa: S105
_SENDER = f"MG{'1' * 32}"
_PATIENCE_S = 30


class Telephone:
    """Sends the day's messages, and waits until the provider has told what became of each."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self.now: datetime | None = None
        self.heard = 0
        self._simulator = Simulator(_ACCOUNT, _TOKEN, clock=self._clock)
        self._receiver = _Receiver(self)
        self._gateway = sms.TwilioGateway(
            _ACCOUNT,
            _TOKEN,
            _SENDER,
            callback=f"{self._receiver.origin}/sms/status",
            origin=self._simulator.origin,
        )

    def send(self, *, today: date, now: datetime) -> dispatch.Dispatched:
        """Send what waits, and return when every callback has come in."""
        self.now = now
        done = dispatch.send(self._sessions, self._gateway, today=today, now=now, limit=10_000)
        until = time.monotonic() + _PATIENCE_S
        # Each message that was taken is reported twice: sent, then delivered or not.
        while self.heard < 2 * len(self._simulator.messages) and time.monotonic() < until:
            time.sleep(0.002)
        return done

    def take_news(self, address: str, fields: dict[str, str], signature: str | None) -> int:
        """Take in a callback, if the provider's signature is on it; return the HTTP status."""
        url = f"{self._receiver.origin}{address}"
        if not sms.is_signed(_TOKEN, url, fields, signature):
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

    def _clock(self) -> datetime:
        assert self.now is not None, "a message has its moment"
        return self.now

    def start(self) -> None:
        """Begin to answer."""
        self._simulator.start()
        self._receiver.start()

    def stop(self) -> None:
        """Answer no more."""
        self._simulator.stop()
        self._receiver.stop()


@contextmanager
def telephone(sessions: sessionmaker[Session]) -> Iterator[Telephone]:
    """Open a telephone, with the provider's stand-in at the other end of the line."""
    found = Telephone(sessions)
    found.start()
    try:
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
