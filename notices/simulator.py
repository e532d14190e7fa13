"""
A stand-in for Twilio on this machine: its address, its fields, its errors, and no messages sent.

The last digits of a number decide what becomes of a message to it (`FATES`); everything else is
accepted and, if a callback was asked for, reported sent and delivered with Twilio's signature.
"""

import json
import secrets
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from twilio.request_validator import RequestValidator

FATES: Mapping[str, str] = {
    "21610": "the recipient has opted out: refused",
    "21211": "no valid number: refused",
    "20429": "too many requests, the first time; accepted after that",
    "50000": "an error of the provider; the message was not taken",
    "50001": "an error of the provider, though the message was taken",
    "30003": "accepted, but never delivered: the handset can't be reached",
}
"""What becomes of a message, by the last five digits of its number."""

_PREFIX = "/2010-04-01/Accounts/"
_ERRORS = {
    "21610": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "21211": (400, 21211, "Invalid 'To' Phone Number"),
}


@dataclass(slots=True)
class Arrived:
    """A message that arrived here instead of on somebody's telephone."""

    sid: str
    to: str
    sender: str
    body: str
    status: str
    callback: str
    at: datetime
    validity: int | None = None
    history: list[str] = field(default_factory=list)


class Simulator:
    """
    The stand-in, on a port of its own: `with Simulator(...) as simulator: simulator.origin`.

    :param clock: tells what time it is. :param port: any free one by default.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        clock: Callable[[], datetime],
        port: int = 0,
        sends_callbacks: bool = True,
    ) -> None:
        self.account_sid, self._token = account_sid, auth_token
        self.messages: list[Arrived] = []
        self.requests = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._seen_busy: set[str] = set()
        self._sends_callbacks = sends_callbacks
        self._news: SimpleQueue[tuple[Arrived, str, str] | None] = SimpleQueue()
        self._server = _Server(("127.0.0.1", port), self)
        self._threads = [
            threading.Thread(target=self._server.serve_forever, daemon=True),
            threading.Thread(target=self._report, daemon=True),
        ]

    @property
    def origin(self) -> str:
        """The address to give as WATTLEDGER_TWILIO_ORIGIN."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Simulator":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer, in threads that end with the process."""
        for thread in self._threads:
            thread.start()

    def serve_forever(self) -> None:
        """Answer until interrupted."""
        self._threads[1].start()
        self._server.serve_forever()

    def stop(self) -> None:
        """Report what is left to report, and answer no more."""
        self._news.put(None)
        self._threads[1].join(timeout=10)
        self._server.shutdown()
        self._server.server_close()

    def is_known(self, authorization: str | None) -> bool:
        """Test whether a request has this account's credentials."""
        if not authorization or not authorization.startswith("Basic "):
            return False
        given = b64decode(authorization.removeprefix("Basic ")).decode()
        return given == f"{self.account_sid}:{self._token}"

    def take(self, fields: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a message as its number's last digits demand."""
        to = fields.get("To", "")
        fate = to[-5:]
        with self._lock:
            self.requests += 1
            if fate in _ERRORS:
                return _error(*_ERRORS[fate])
            if fate == "20429" and to not in self._seen_busy:
                self._seen_busy.add(to)
                return _error(429, 20429, "Too Many Requests")
            if fate == "50000":
                return _error(500, 20500, "Internal Server Error")
            arrived = self._keep(fields)
        self._tell(arrived, "undelivered" if fate == "30003" else "delivered")
        if fate == "50001":
            return _error(500, 20500, "Internal Server Error")
        return 201, self._as_json(arrived)

    def _keep(self, fields: Mapping[str, str]) -> Arrived:
        validity = fields.get("ValidityPeriod")
        arrived = Arrived(
            # No other message has this id, not even one of a stand-in that was started before.
            sid=f"SM{secrets.token_hex(16)}",
            to=fields.get("To", ""),
            sender=fields.get("From") or fields.get("MessagingServiceSid", ""),
            body=fields.get("Body", ""),
            status="accepted" if "MessagingServiceSid" in fields else "queued",
            callback=fields.get("StatusCallback", ""),
            at=self._clock(),
            validity=int(validity) if validity else None,
        )
        self.messages.append(arrived)
        return arrived

    def _tell(self, arrived: Arrived, end: str) -> None:
        for status in ("sent", end):
            self._news.put((arrived, status, "30003" if status == "undelivered" else ""))

    def _report(self) -> None:
        """Report one piece of news after the other, signed, until there are no more."""
        line = requests.Session()
        # To this machine no proxy leads, and looking for one takes longer than the post.
        line.trust_env = False
        while (news := self._news.get()) is not None:
            arrived, status, code = news
            arrived.status = status
            arrived.history.append(status)
            if not arrived.callback or not self._sends_callbacks:
                continue
            fields = {
                "MessageSid": arrived.sid,
                "MessageStatus": status,
                "To": arrived.to,
                "AccountSid": self.account_sid,
                **({"ErrorCode": code} if code else {}),
            }
            signature = RequestValidator(self._token).compute_signature(arrived.callback, fields)
            try:
                line.post(
                    arrived.callback,
                    data=fields,
                    headers={"X-Twilio-Signature": signature},
                    timeout=5,
                )
            except requests.RequestException:
                arrived.history.append(f"{status}: nobody answered {arrived.callback}")

    def listed(self, to: str) -> dict[str, Any]:
        """Return a page of the messages to a number, as Twilio lists them."""
        with self._lock:
            found = [self._as_json(one) for one in self.messages if not to or one.to == to]
        path = f"{_PREFIX}{self.account_sid}/Messages.json"
        return {
            "messages": found[::-1],
            "page": 0,
            "page_size": len(found),
            "start": 0,
            "end": len(found),
            "first_page_uri": path,
            "next_page_uri": None,
            "previous_page_uri": None,
            "uri": path,
        }

    def _as_json(self, arrived: Arrived) -> dict[str, Any]:
        moment = format_datetime(arrived.at)
        path = f"{_PREFIX}{self.account_sid}/Messages/{arrived.sid}"
        return {
            "sid": arrived.sid,
            "account_sid": self.account_sid,
            "messaging_service_sid": arrived.sender if arrived.sender.startswith("MG") else None,
            "to": arrived.to,
            "from": arrived.sender,
            "body": arrived.body,
            "status": arrived.status,
            "num_segments": "1",
            "num_media": "0",
            "direction": "outbound-api",
            "api_version": "2010-04-01",
            "price": None,
            "price_unit": "USD",
            "error_code": 30003 if arrived.status == "undelivered" else None,
            "error_message": None,
            "date_created": moment,
            "date_updated": moment,
            "date_sent": moment,
            "uri": f"{path}.json",
            "subresource_uris": {"media": f"{path}/Media.json"},
        }

    def page(self) -> str:
        """Return the messages as a page for people."""
        with self._lock:
            rows = "".join(
                f"<tr><td>{one.at:%H:%M:%S}<td>{escape(one.to)}<td>{escape(one.body)}"
                f"<td>{escape(one.status)}"
                for one in reversed(self.messages)
            )
        fates = "".join(f"<li><code>…{end}</code> {escape(fate)}" for end, fate in FATES.items())
        return _PAGE.format(count=len(self.messages), rows=rows, fates=fates)


_PAGE = """<!doctype html><meta charset="utf-8"><title>SMS simulator</title>
<style>body{{font:15px/1.5 system-ui;margin:2rem auto;max-width:62rem;color:#1b2733}}
table{{border-collapse:collapse;width:100%}}td,th{{border-bottom:1px solid #c4cdd5;padding:.4rem;
text-align:left;vertical-align:top}}td:nth-child(-n+2){{white-space:nowrap}}</style>
<h1>SMS simulator</h1><p>{count} messages arrived here; none was sent to a telephone.
Reload to see more.</p><table><tr><th>Time<th>To<th>Text<th>Status</tr>{rows}</table>
<h2>Numbers with a fate</h2><ul>{fates}</ul>"""


def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A client that opens many connections at once isn't turned away.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        super().__init__(address, _Handler)
        self.simulator = simulator

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a connection whose answers aren't held back for more to come."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


class _Handler(BaseHTTPRequestHandler):
    """Translates HTTP to the simulator and back."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self._is_allowed():
            fields = {key: values[-1] for key, values in parse_qs(body).items()}
            self._answer(*self.server.simulator.take(fields))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/":
            page = self.server.simulator.page()
            self._send(200, page.encode(), "text/html; charset=utf-8")
        elif self._is_allowed():
            to = parse_qs(parts.query).get("To", [""])[-1]
            self._answer(200, self.server.simulator.listed(to))

    def _is_allowed(self) -> bool:
        simulator = self.server.simulator
        if urlsplit(self.path).path != f"{_PREFIX}{simulator.account_sid}/Messages.json":
            self._answer(*_error(404, 20404, "The requested resource was not found"))
            return False
        if not simulator.is_known(self.headers.get("Authorization")):
            self._answer(*_error(401, 20003, "Authenticate"))
            return False
        return True

    def _answer(self, status: int, facts: dict[str, Any]) -> None:
        self._send(status, json.dumps(facts).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: messages are on the page."""
