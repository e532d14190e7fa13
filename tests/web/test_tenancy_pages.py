"""A clerk's acts on an account over the pages: roles, forms, refusals in words, a second person."""

import re
from datetime import date

import pytest

from billing import books
from billing import store as billing
from tests.web.conftest import Office

ACCOUNT, POINT = "0100000001", "P0100000001"
MAY_1, TODAY = "2026-05-01", "2026-05-20"


def supplies(office: Office, number: str) -> list[object]:
    """Return an account's supplies."""
    with office.sessions() as session:
        key = billing.find_accounts(session, [number])[number].id
        return list(billing.supplies_of(session, [key]).get(key, []))


def test_a_household_that_grows_is_changed_and_stands_in_the_history(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    sent = clerk.post(
        f"/accounts/{ACCOUNT}/change",
        point=POINT,
        on=MAY_1,
        supply_class="residential",
        tariff="residential_beijing",
        household_size="6",
        protection="none",
        reason="添丁",
    )
    assert sent.status_code == 303
    page = clerk.get(f"/accounts/{ACCOUNT}").text
    assert "变更供用电" in page
    assert re.search(r"家庭人口</span> <span>\s*6", page)
    assert len(supplies(own_office, ACCOUNT)) == 2


def test_what_was_entered_by_mistake_is_taken_back_on_the_page(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    before = supplies(own_office, ACCOUNT)
    assert "撤销误登记" not in clerk.get(f"/accounts/{ACCOUNT}").text
    wrong = {"supply_class": "residential", "tariff": "residential_beijing", "protection": "none"}
    wrong |= {"point": POINT, "on": TODAY, "household_size": "9", "reason": "添丁"}
    assert clerk.post(f"/accounts/{ACCOUNT}/change", **wrong).status_code == 303
    assert "撤销误登记" in clerk.get(f"/accounts/{ACCOUNT}").text

    sent = clerk.post(f"/accounts/{ACCOUNT}/take-back", what="supply", point=POINT, reason="误录")

    assert sent.status_code == 303
    assert supplies(own_office, ACCOUNT) == before
    again = clerk.post(f"/accounts/{ACCOUNT}/take-back", what="supply", point=POINT, reason="误录")
    assert again.status_code == 400
    assert "只能撤销今日起生效的登记" in again.text


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("move-out", {"on": TODAY}, "请填写各示数类型的终止示数"),
        ("move-out", {"on": "2026-04-10", "reading-total": "1900"}, "已核算至"),
        ("move-out", {"on": TODAY, "reading-total": "abc"}, "请填写数字"),
        ("suspend", {"on": TODAY, "act": "suspend"}, "没有可暂停的容量"),
        ("terms", {"on": TODAY, "credit_days": "15"}, "已是此约定"),
        ("terms", {"on": TODAY, "credit_days": "999"}, "请填写0至365之间的整数"),
        ("name", {"on": "2026-06-01", "name": "李"}, "尚未到"),
        ("close", {"on": TODAY}, "请先办理迁出"),
        ("final", {}, "请先办理迁出"),
    ],
)
def test_what_stands_against_an_act_is_said_in_words_and_nothing_changes(
    own_office: Office, path: str, fields: dict[str, str], words: str
) -> None:
    before = supplies(own_office, ACCOUNT)
    refused = own_office.as_("clerk").post(
        f"/accounts/{ACCOUNT}/{path}", **{"point": POINT, "reason": "迁居"} | fields
    )
    assert refused.status_code == 400
    assert words in refused.text
    assert supplies(own_office, ACCOUNT) == before


def test_who_moves_out_gets_one_final_bill_by_another_person(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    moved = clerk.post(
        f"/accounts/{ACCOUNT}/move-out",
        **{"point": POINT, "on": TODAY, "reading-total": "2150", "reason": "迁居"},
    )
    assert moved.status_code == 303, moved.text[:3000]
    asked = clerk.post(f"/accounts/{ACCOUNT}/final", payee="", reason="迁居")
    assert asked.status_code == 303
    queue = own_office.as_("supervisor")
    listed = queue.get("/approvals?act=final_bill").text
    number = max(map(int, re.findall(r"/approvals/(\d+)", listed)))
    assert "最终账单" in queue.get(f"/approvals/{number}").text
    decided = queue.post(f"/approvals/{number}", word="approve", accept="yes", reason="核对无误")
    assert decided.status_code == 303
    with own_office.sessions() as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        last = billing.bills(session, account_id=key)[-1]
        owed = books.open_charges(session, [key], as_of=date(2026, 5, 20))[key]
    assert last.amount in [one.amount for one in owed]
    assert (last.period.end, last.kwh) == (date(2026, 5, 20), 100)


def test_an_account_is_opened_and_supplied(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    opened = clerk.post(
        "/customers/open",
        account="０１０９９９９９９９",
        customer="K99",
        name="新客户",
        kind="person",
        language="zh",
        office="CH1",
    )
    assert opened.status_code == 303, opened.text[:2000]
    assert "新客户" in clerk.get("/accounts/0109999999").text
    taken = clerk.post(
        "/accounts/0109999999/move-in",
        point=POINT,
        on=TODAY,
        supply_class="residential",
        tariff="residential_beijing",
        payment_mode="postpaid",
        protection="none",
    )
    assert taken.status_code == 400
    assert "请先办理该客户迁出" in taken.text


def test_the_template_is_handed_over(shared_office: Office) -> None:
    answer = shared_office.as_("clerk").get("/customers/template.xlsx")
    assert answer.data.startswith(b"PK")
