"""One box for everything, and lists that say what they show."""

import re
from typing import Any

import pytest

from billing import store as billing
from tests.web.conftest import Office


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0100000003", "/accounts/0100000003"),
        ("100000003", "/accounts/0100000003"),
        ("K0100000003", "/accounts/0100000003"),
        ("M0100000003", "/accounts/0100000003"),
        ("P0100000003", "/accounts/0100000003"),
        # As a keyboard set to Chinese types them.
        ("\uff11\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff13", "/accounts/0100000003"),
        ("\uff2d0\uff1100000003", "/accounts/0100000003"),
        ("赵淼鑫", "/accounts/0100000003"),
        ("东湖路3号", "/accounts/0100000003"),
    ],
)
def test_the_one_thing_a_text_means_is_opened_at_once(
    shared_office: Office, text: str, wanted: str
) -> None:
    client = shared_office.as_("clerk").client
    answer = client.get("/search", query_string={"q": text})
    assert (answer.status_code, answer.headers.get("Location")) == (302, wanted)


def test_bills_notices_and_receipts_are_found_by_their_numbers(shared_office: Office) -> None:
    visitor = shared_office.as_("clerk")
    account = visitor.get("/accounts/0100000001").text
    payment = re.search(r"/payments/(\d+)", account)
    notice = re.search(r"/notices/([A-Z]{2}\d{4}-\d+)", visitor.get("/notices").text)
    assert payment is not None
    assert notice is not None
    with shared_office.sessions() as session:
        key = billing.find_accounts(session, ["0100000001"])["0100000001"].id
        bill = billing.bills(session, account_id=key)[0].number
    for text, place in (
        (bill, f"/bills/{bill}"),
        (f"R{int(payment[1]):09d}", f"/payments/{payment[1]}"),
        (notice[1].lower(), f"/notices/{notice[1]}"),
    ):
        answer = visitor.client.get("/search", query_string={"q": text})
        assert answer.headers.get("Location") == place


def test_suggestions_come_while_one_types_and_say_when_nothing_fits(
    shared_office: Office,
) -> None:
    client = shared_office.as_("clerk").client
    assert "王淼" in client.get("/search/suggest", query_string={"q": "王淼"}).text
    assert "没有与" in client.get("/search/suggest", query_string={"q": "不存在的人"}).text
    assert client.get("/search/suggest", query_string={"q": "1"}).text.strip() == ""


def test_filters_stand_in_the_address_and_can_be_taken_off(shared_office: Office) -> None:
    visitor = shared_office.as_("clerk")
    page = visitor.get("/arrears?class=residential&tier=high").text
    chips = re.findall(r'class="chip">([^<]+)<a href="([^"]+)"', page)
    assert [one[0] for one in chips] == ["用电类别: 居民", "风险档: 高风险"]
    assert "class=" not in chips[0][1]
    assert "tier=high" in chips[0][1]


def test_the_list_is_sorted_both_ways_by_its_columns(shared_office: Office) -> None:
    visitor = shared_office.as_("clerk")

    def overdue(sort: str) -> list[float]:
        page = visitor.get(f"/arrears?sort={sort}").text
        return [
            float(one.replace(",", "")) for one in re.findall(r'class="num strong">([\d,.]+)', page)
        ]

    rising, falling = overdue("overdue"), overdue("-overdue")
    assert len(rising) > 3
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)


def test_the_export_holds_every_match_and_no_formula_of_a_customers_making(
    shared_office: Office,
) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    answer = shared_office.as_("clerk").get("/arrears/export.xlsx?class=residential")
    sheet: Any = load_workbook(BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    page = shared_office.as_("clerk").get("/arrears?class=residential").text
    shown = re.search(r"(\d+) 户", page)
    assert shown is not None
    assert len(rows) == int(shown[1]) + 1
    assert rows[0][0] == "户号"
    assert isinstance(rows[1][0], str)


def test_an_empty_house_says_what_to_do_first_on_every_page(empty_office: Office) -> None:
    visitor = empty_office.as_("everything")
    for path, words in (
        ("/", "尚未生效"),
        ("/customers", "尚无客户"),
        ("/readings", "尚未导入抄表示数"),
        ("/runs", "尚无核算批次"),
        ("/payments", "尚无收款"),
        ("/payments/suspense", "没有待清分款项"),
        ("/arrears", "没有逾期欠费"),
        ("/approvals", "没有待审批的事项"),
        ("/notices", "从未发送通知"),
        ("/rules", "尚无文件生效"),
        ("/jobs", "尚无运行记录"),
    ):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert words in answer.text, path


def test_what_wants_a_rule_that_is_not_in_force_says_which(empty_office: Office) -> None:
    answer = empty_office.as_("officer").get("/arrears/tonight")
    assert answer.status_code == 409
    assert "policies/dunning" in answer.text


def test_people_of_an_office_see_only_its_customers(own_office: Office) -> None:
    from config import people

    with own_office.sessions.begin() as session:
        elsewhere = people.add_office(session, code="CH2", name_zh="西山所", name_en="West")
        people.add_user(
            session, login="west", name="西山", password="a stone in the river",
            roles=[people.Role.CLERK, people.Role.CASHIER], office_ids=[elsewhere],
        )  # fmt: skip
    visitor = own_office.as_("west")
    assert visitor.get("/accounts/0100000003").status_code == 404
    assert "尚无客户" in visitor.get("/customers").text
    assert "/accounts/0100000003" not in visitor.get("/search?q=0100000003").text
    assert "没有逾期欠费" in visitor.get("/arrears").text
    assert "从未发送通知" in visitor.get("/notices").text
    home = visitor.get("/").text
    assert "¥0" in home
    assert "各月应收与实收" not in home, "the figures of all offices are not theirs"
    payment = re.search(r"/payments/(\d+)", own_office.as_("clerk").get("/payments").text)
    assert payment is not None
    assert visitor.get(f"/payments/{payment[1]}").status_code == 404
    refused = visitor.post(
        "/payments/take", account="0100000003", amount="5", method="cash", reference="w"
    )
    assert refused.status_code == 400
    fields = {"account": "0100000003", "deposit": "5", "deposit_method": "cash"}
    refused = visitor.post("/payments/take-deposit", **fields, deposit_reference="w")
    assert refused.status_code == 400
    assert visitor.post("/accounts/0100000003/waive", amount="1", reason="w").status_code == 404
