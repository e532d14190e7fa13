"""Messages through the real client of Twilio to a simulator over HTTP."""

import json
import re
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, parse_qsl

import pytest
import requests
from werkzeug.datastructures import MultiDict

from notices.simulator import FATES, Simulator
from notices.sms import Accepted, Busy, Message, Refused, TwilioGateway, Unsure, is_signed
from tests.corpora import corpus
from tests.notices import office
from tests.notices.office import CALLBACK, DUE, SID, TOKEN

TEXT = "【澄湖供电】李玥：您的电费已逾期。"


def message(to, *, text=TEXT, key=7, hours=3):
    return Message(to, text, "zh/sms_reminder", {}, key, timedelta(hours=hours))


@pytest.fixture
def simulator():
    with Simulator(SID, TOKEN, clock=lambda: office.at(DUE), sends_callbacks=False) as running:
        yield running


@pytest.fixture
def gateway(simulator):
    return office.gateway(simulator)


def test_a_message_arrives_with_its_text_its_callback_and_its_time_to_live(simulator, gateway):
    answer = gateway.send(message("+8613800000001"))
    (arrived,) = simulator.messages
    assert answer == Accepted(arrived.sid, "queued")
    assert (arrived.to, arrived.body) == ("+8613800000001", TEXT)
    assert arrived.callback == f"{CALLBACK}/7"
    assert arrived.validity == 3 * 3600


def test_a_messaging_service_takes_the_place_of_a_number(simulator):
    service = TwilioGateway(SID, TOKEN, "MG" + "1" * 32, callback=CALLBACK, origin=simulator.origin)
    assert service.send(message("+8613800000001")).status == "accepted"
    assert simulator.messages[0].sender == "MG" + "1" * 32


def test_a_message_lives_for_ten_hours_at_most(simulator, gateway):
    gateway.send(message("+8613800000001", hours=13))
    assert simulator.messages[0].validity == 36_000


@pytest.mark.parametrize(
    ("ending", "answer"),
    [("21610", Refused), ("21211", Refused), ("20429", Busy), ("50000", Unsure), ("50001", Unsure)],
)
def test_each_fate_is_answered_as_what_it_is(gateway, ending, answer):
    assert ending in FATES
    assert isinstance(gateway.send(message(f"+86138000{ending}")), answer)


def test_only_a_message_that_was_taken_can_be_found(simulator, gateway):
    for ending in ("50000", "50001", "00001"):
        gateway.send(message(f"+86138000{ending}"))
    gateway.send(message("+8613800000001", text="another"))
    since = office.at(DUE)
    assert gateway.find("+8613800050000", TEXT, since=since) == []
    (found,) = gateway.find("+8613800050001", TEXT, since=since)
    assert found.provider_id == simulator.messages[0].sid
    assert len(gateway.find("+8613800000001", TEXT, since=since)) == 1


def test_somebody_who_opted_out_is_known_as_such(gateway):
    answer = gateway.send(message("+8613800021610"))
    assert answer.is_opt_out
    assert "unsubscribed" in answer.reason
    assert not gateway.send(message("+8613800021211")).is_opt_out


def test_wrong_credentials_are_our_fault_and_the_message_waits(simulator):
    wrong = TwilioGateway(SID, "wrong", "+1", callback=CALLBACK, origin=simulator.origin)
    answer = wrong.send(message("+8613800000001"))
    assert isinstance(answer, Busy)
    assert "Authenticate" in answer.reason
    assert simulator.messages == []


def test_nobody_listening_is_no_certainty():
    nowhere = TwilioGateway(SID, TOKEN, "+1", callback=CALLBACK, origin="http://127.0.0.1:9")
    assert isinstance(nowhere.send(message("+8613800000001")), Unsure)
    assert nowhere.find("+8613800000001", TEXT, since=office.at(DUE)) is None


def test_a_provider_that_never_answers_is_left_after_the_limit(monkeypatch):
    monkeypatch.setattr("notices.sms.TIMEOUT_SECONDS", 0.3)

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self):
            time.sleep(2)

    server = HTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    slow = TwilioGateway(
        SID, TOKEN, "+1", callback=CALLBACK, origin=f"http://127.0.0.1:{server.server_port}"
    )
    began = time.monotonic()
    assert isinstance(slow.send(message("+8613800000001")), Unsure)
    assert time.monotonic() - began < 1.5
    server.shutdown()
    server.server_close()


def test_news_come_signed_and_in_order():
    heard, done = [], threading.Event()

    class Ours(BaseHTTPRequestHandler):
        def do_POST(self):
            fields = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            url = f"http://127.0.0.1:{self.server.server_port}{self.path}"
            signature = self.headers.get("X-Twilio-Signature")
            heard.append(
                (self.path, fields["MessageStatus"], is_signed(TOKEN, url, fields, signature))
            )
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if len(heard) == 4:
                done.set()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Ours)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    callback = f"http://127.0.0.1:{server.server_port}/sms/status"
    with Simulator(SID, TOKEN, clock=lambda: office.at(DUE)) as simulator:
        own = TwilioGateway(SID, TOKEN, "+1", callback=callback, origin=simulator.origin)
        own.send(message("+8613800000001", key=1))
        own.send(message("+8613800030003", key=2))
        assert done.wait(10)
    server.shutdown()
    server.server_close()
    assert heard == [
        ("/sms/status/1", "sent", True),
        ("/sms/status/1", "delivered", True),
        ("/sms/status/2", "sent", True),
        ("/sms/status/2", "undelivered", True),
    ]


def test_the_page_shows_what_arrived_and_takes_no_markup_from_it(simulator, gateway):
    gateway.send(message("+8613800000001", text="<script>alert(1)</script> 停电"))
    page = requests.get(simulator.origin, timeout=5)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "停电" in page.text


def test_a_strangers_request_is_turned_away(simulator):
    address = f"{simulator.origin}/2010-04-01/Accounts/{SID}/Messages.json"
    assert requests.post(address, data={"To": "+1"}, timeout=5).status_code == 401
    assert requests.get(address, timeout=5, auth=("x", "y")).status_code == 401
    assert requests.get(f"{simulator.origin}/other", timeout=5).status_code == 404
    assert simulator.messages == []


def test_the_published_signatures_are_told_apart():
    cases = json.loads(corpus("twilio", "signature_vectors.json").read_text("utf-8"))
    form = next(one["params"] for one in cases["vectors"] if one["name"] == "form post")
    checked = 0
    for vector in cases["vectors"]:
        params = form if vector.get("params") == "as form post" else vector.get("params")
        if not isinstance(params, list):
            continue  # A body of JSON: news of messages come as forms.
        fields = MultiDict(params)
        token = vector.get("auth_token", cases["auth_token"])
        valid = is_signed(token, vector["url"], fields, vector["signature"])
        assert valid == vector["valid"], vector["name"]
        checked += 1
    assert checked >= 5
    assert not is_signed("12345", "https://x.example", {}, None)
    assert not is_signed("12345", "https://x.example", {}, "")


def test_our_message_has_the_fields_that_the_api_describes(simulator, gateway):
    described = json.loads(corpus("twilio", "twilio_api_v2010.json").read_text("utf-8"))
    path = described["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    body = path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    known = set(body["schema"]["properties"])
    seen = []
    take = simulator.take
    simulator.take = lambda fields: (seen.append(set(fields)), take(fields))[1]
    gateway.send(message("+8613800000001"))
    assert seen[0] <= known
    assert {"To", "Body", "StatusCallback", "ValidityPeriod"} <= seen[0]
    assert re.fullmatch(r"SM[0-9a-f]{32}", simulator.messages[0].sid)
    assert parse_qs("") == {}
