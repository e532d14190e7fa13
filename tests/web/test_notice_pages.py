"""Notices over the pages: word for word, served with proof, and heard of from the provider."""

import re
from collections.abc import Mapping

from twilio.request_validator import RequestValidator

from config import approval
from config.acts import Act
from notices import dispatch, printing
from notices import store as notices
from notices.notice import Channel, NoticeKind
from notices.outbox import State
from tests.web import office
from tests.web.conftest import TWILIO_TOKEN, Office

URL = "http://wattledger.example/sms/status/"


def printed_disconnection(own_office: Office) -> str:
    """Approve a disconnection notice, print it, and return its number."""
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.DISCONNECT)[0]
    for login in ("officer", "supervisor"):
        assert own_office.as_(login).post(f"/approvals/{one.id}", accept="yes").status_code == 303
    dispatch.prepare(own_office.sessions, today=office.TODAY, now=office.moment(office.TODAY))
    printing.print_due(
        own_office.sessions,
        own_office.settings.files / "print",
        today=office.TODAY,
        now=office.moment(office.TODAY, 3),
        by="clerk",
    )
    with own_office.sessions() as session:
        found = [
            told
            for told in notices.notices(session, channel=Channel.PAPER, states=[State.PRINTED])
            if told.kind is NoticeKind.DISCONNECTION_NOTICE
        ]
    return found[0].number


def test_a_notice_is_shown_word_for_word_and_as_it_was_printed(shared_office: Office) -> None:
    with shared_office.sessions() as session:
        told = notices.notices(session, channel=Channel.PAPER, limit=1)[0]
    page = shared_office.as_("clerk").get(f"/notices/{told.number}").text
    assert told.title in page
    paper = shared_office.as_("clerk").get(f"/notices/{told.number}.pdf")
    assert paper.data.startswith(b"%PDF")
    batch = shared_office.as_("clerk").get(f"/notices/batches/{told.batch}.pdf")
    assert batch.data.startswith(b"%PDF")


def test_a_text_message_has_no_paper(shared_office: Office) -> None:
    with shared_office.sessions() as session:
        told = notices.notices(session, channel=Channel.SMS, limit=1)[0]
    assert shared_office.as_("clerk").get(f"/notices/{told.number}.pdf").status_code == 404


def test_service_is_recorded_once_with_what_the_law_wants(own_office: Office) -> None:
    number = printed_disconnection(own_office)
    collector = own_office.as_("collector")
    place = f"/notices/{number}/served"
    without = collector.post(place, served_on="2026-05-20", method="left")
    assert without.status_code == 400
    future = collector.post(
        place, served_on="2026-05-21", method="direct", received_by="本人", witness=""
    )
    assert future.status_code == 400
    served = collector.post(
        place, served_on="2026-05-20", method="left", witness="邻居张三", received_by=""
    )
    assert served.status_code == 303, served.text
    page = collector.get(f"/notices/{number}").text
    assert "邻居张三" in page
    assert f'action="{place}"' not in page
    again = collector.post(
        place, served_on="2026-05-20", method="left", witness="邻居张三", received_by=""
    )
    assert again.status_code == 400


def test_printing_with_nothing_to_print_says_so(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    for _time in range(2):
        assert clerk.post("/notices/batches").status_code == 303
    assert "没有待打印的函件" in clerk.get("/notices").text


# --- what the provider tells us -----------------------------------------------------------------


def tell(own_office: Office, key: int, fields: Mapping[str, str], signature: str | None) -> int:
    """Send a callback as the provider does, and return the answer's status."""
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    client = own_office.app.test_client()
    return client.post(f"/sms/status/{key}", data=dict(fields), headers=headers).status_code


def signed(key: int, fields: Mapping[str, str], token: str = TWILIO_TOKEN) -> str:
    """Return the signature that the provider puts on a callback."""
    return str(RequestValidator(token).compute_signature(f"{URL}{key}", dict(fields)))


def sent(own_office: Office) -> tuple[int, dict[str, str], str]:
    """Return the key of a sent message, news of its delivery, and its notice's number."""
    with own_office.sessions() as session:
        told = notices.notices(session, channel=Channel.SMS, states=[State.SENT], limit=1)[0]
    key = int(re.sub(r"\D", "", told.provider_id or ""))
    news = {"MessageSid": str(told.provider_id), "MessageStatus": "delivered"}
    return key, news, told.number


def test_news_with_the_right_signature_is_believed_in_any_order_and_as_often_as_it_comes(
    own_office: Office,
) -> None:
    key, news, number = sent(own_office)
    for status in ("delivered", "sent", "delivered", "queued"):
        fields = news | {"MessageStatus": status}
        assert tell(own_office, key, fields, signed(key, fields)) == 204
    with own_office.sessions() as session:
        told = notices.find_notice(session, number)
    assert told is not None
    assert told.state is State.DELIVERED


def test_news_without_or_with_a_wrong_signature_is_refused_and_not_believed(
    own_office: Office,
) -> None:
    key, news, number = sent(own_office)
    for signature in (None, "", "wrong", signed(key, news, "another token"), signed(key + 1, news)):
        assert tell(own_office, key, news, signature) == 403
    changed = news | {"MessageStatus": "failed"}
    assert tell(own_office, key, changed, signed(key, news)) == 403
    with own_office.sessions() as session:
        told = notices.find_notice(session, number)
    assert told is not None
    assert told.state is State.SENT


def test_news_of_a_message_that_is_not_ours_changes_nothing(own_office: Office) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert tell(own_office, 999_999, fields, signed(999_999, fields)) == 204
    empty: dict[str, str] = {"MessageStatus": "delivered"}
    assert tell(own_office, 1, empty, signed(1, empty)) == 400


def test_anybody_may_ask_whether_the_house_is_well_and_hears_no_more(
    shared_office: Office,
) -> None:
    answer = shared_office.browse().get("/health")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "worker": "none"}
