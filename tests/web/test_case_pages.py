"""Cases over the pages: promises, disputes, duties, transfers, weather days, back-test."""

import re
from datetime import date

from arrears import store as arrears
from billing import store as billing
from config import approval, day_events
from config.acts import Act
from tests.web import office
from tests.web.conftest import Office, Visitor


def owing_account(one: Office) -> tuple[str, int]:
    """Return the number and id of an account that has a case and no hold."""
    with one.sessions() as session:
        cases = arrears.open_cases(session)
        held = arrears.holds(session, cases, on=date(2026, 5, 20))
        key = next(key for key in cases if key not in held)
        return billing.accounts(session, [key])[key].number, key


def bill_open(visitor: Visitor, number: str) -> str:
    found = re.findall(r"/bills/(\w+)", visitor.get(f"/accounts/{number}").text)
    return str(found[0])


def test_a_promise_is_taken_and_seen_with_the_account(own_office: Office) -> None:
    collector = own_office.as_("collector")
    number, key = owing_account(own_office)
    place = f"/cases/{number}/promise"
    refused = collector.post(place, amount="9999999.00", due_on="2026-12-31")
    assert refused.status_code == 400
    assert "逾期共" in refused.text, "the room's refusal is said in Chinese"
    assert collector.post(place, amount="1.00", due_on="2026-12-31").status_code == 303
    assert "承诺 2026-12-31 前缴 1.00" in collector.get(f"/accounts/{number}").text
    with own_office.sessions() as session:
        (promise,) = arrears.promises_of(session, key)
    assert promise.amount == 100


def test_a_bill_is_disputed_and_the_dispute_settled(own_office: Office) -> None:
    collector = own_office.as_("collector")
    number, key = owing_account(own_office)
    with own_office.sessions() as session:
        bills = [one.number for one in billing.bills(session, account_id=key)]
    place = f"/cases/{number}/dispute"
    answers = {
        bill: collector.post(place, bill=bill, note="电表走快", ends_on="2026-12-31").status_code
        for bill in bills
    }
    assert 303 in answers.values(), "one of its bills is open"
    assert set(answers.values()) <= {303, 400}, "a settled bill can't be disputed"
    with own_office.sessions() as session:
        opened = arrears.disputes_of(session, key)
    settled = f"{place}/{opened[0].id}"
    assert settled in collector.get(f"/accounts/{number}").text
    assert collector.post(settled, state="lapsed").status_code == 400, "no word for a person"
    assert collector.post(settled, state="rejected").status_code == 303
    assert collector.post(settled, state="rejected").status_code == 400
    with own_office.sessions() as session:
        known = {one.id: str(one.state) for one in arrears.disputes_of(session, key)}
    assert known[opened[0].id] == "rejected"


def test_a_duty_is_put_on_record(own_office: Office) -> None:
    collector = own_office.as_("collector")
    number, key = owing_account(own_office)
    place = f"/cases/{number}/duty"
    assert collector.post(place, kind="magic", note="x").status_code == 400
    done = collector.post(place, kind="copy_to_authority", done_on="2026-05-04", note="已送经信局")
    assert done.status_code == 303
    with own_office.sessions() as session:
        case = arrears.open_cases(session, [key])[key]
        (kept,) = arrears.duties_done(session, [case.id])[case.id]
    assert kept.done_on == date(2026, 5, 4)


def test_cases_are_transferred_and_handed_over(own_office: Office) -> None:
    number, _key = owing_account(own_office)
    boss = own_office.as_("supervisor")
    assert number in boss.get("/cases?collector=-").text
    assert boss.post("/cases/transfer", to="collector").status_code == 400, "nothing is ticked"
    assert boss.post("/cases/transfer", to="ghost", numbers=number).status_code == 400
    assert boss.post("/cases/transfer", to="collector", numbers=number).status_code == 303
    assert number in boss.get("/cases?collector=collector").text
    assert boss.post("/cases/hand-over", leaver="collector", to="clerk").status_code == 303
    assert number not in boss.get("/cases?collector=collector").text
    assert number in boss.get("/cases?collector=clerk").text
    assert own_office.as_("collector").post("/cases/transfer", to="clerk").status_code == 403


def test_a_day_of_extreme_cold_is_entered_and_taken_out(own_office: Office) -> None:
    boss = own_office.as_("supervisor")
    assert boss.post("/cases/days", day="2026-12-24", kind="extreme_cold").status_code == 400
    entered = boss.post("/cases/days", day="2026-12-24", kind="extreme_cold", note="气象台")
    assert entered.status_code == 303
    page = boss.get("/cases").text
    assert "2026-12-24 · 严寒 · 气象台" in page
    (place,) = re.findall(r"/cases/days/\d+/remove", page)
    assert boss.post(place).status_code == 303
    assert boss.post(place).status_code == 400
    assert "气象台" not in boss.get("/cases").text
    with own_office.sessions() as session:
        (kept,) = day_events.entered(session, date(2026, 12, 24), date(2026, 12, 24))
    assert kept.removed_by == "supervisor", "it stays on record"


def test_the_policy_is_told_in_plain_words_and_printed(shared_office: Office) -> None:
    visitor = shared_office.as_("clerk")
    number, _key = owing_account(shared_office)
    page = visitor.get(f"/accounts/{number}").text
    digest = next(iter(re.findall(r"/rules/([0-9a-f]{64})", page)))
    plain = visitor.get(f"/rules/{digest}/plain").text
    assert "逾期第 31 天起" in plain
    assert "须 2 人审批" in plain
    pdf = visitor.get(f"/rules/{digest}/plain.pdf")
    assert pdf.data.startswith(b"%PDF")
    tariff = re.search(r'/rules/([0-9a-f]{64})">tariffs/', visitor.get("/rules").text)
    other = tariff.group(1) if tariff else "0" * 64
    assert visitor.get(f"/rules/{other}/plain").status_code == 404


def test_a_back_test_stands_beside_the_policy_in_force(shared_office: Office) -> None:
    boss = shared_office.as_("supervisor")
    page = boss.get("/backtest").text
    digests = re.findall(r'<option translate="no" value="([0-9a-f]{64})"', page)
    assert len(digests) >= 2, "the one in force and the one by segments"
    asked = f"/backtest?policy={digests[-1]}&first=2026-03-01&last=2026-05-04"
    found = boss.get(asked).text
    assert "并列比较" in found
    assert "更早采取措施的账户" in found
    assert "<svg" in found
    bad = boss.get(f"/backtest?policy={digests[-1]}&first=2026-05-04&last=2026-03-01")
    assert bad.status_code == 400


def test_many_are_allowed_at_once_only_after_a_sample_was_opened(own_office: Office) -> None:
    with own_office.sessions.begin() as session:
        ids = [
            approval.ask(
                session,
                act=Act.DISCONNECT,
                subject=f"account {no}",
                summary="cut",
                facts={},
                maker="policy",
                needed=2,
                now=office.moment(office.TODAY),
            )
            for no in range(12)
        ]
    boss = own_office.as_("supervisor")
    refused = boss.post("/approvals", accept="yes", reason="已核对", ids=ids)
    assert refused.status_code == 400
    named = re.search(r"请先打开并查看以下几项的依据：([\d, ]+)", refused.text)
    assert named is not None
    for key in named.group(1).split(","):
        assert boss.get(f"/approvals/{key.strip()}").status_code == 200
    assert boss.post("/approvals", accept="yes", reason="已核对", ids=ids).status_code == 303
    with own_office.sessions() as session:
        assert {approval.find_all(session, ids)[key].missing for key in ids} == {1}
