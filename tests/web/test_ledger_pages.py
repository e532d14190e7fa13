"""The books over the pages: months closed and opened again, money given back, tills counted."""

import re

from billing import books
from billing import store as billing
from billing.ledger import Book
from config import approval
from config.acts import Act
from config.database import reading
from tests.web.conftest import Office
from tests.web.office import TODAY

ACCOUNT = "0100000003"


def decide(office: Office, login: str) -> None:
    """Approve what was asked for last, as somebody else."""
    with reading(office.sessions) as session:
        newest = approval.waiting(session)[-1].id
    answer = office.as_(login).post(f"/approvals/{newest}", accept="yes", reason="seen")
    assert answer.status_code == 303, answer.text[:600]


def test_a_month_is_closed_on_its_page_and_opened_again_by_two(own_office: Office) -> None:
    chief = own_office.as_("supervisor")
    listed = chief.get("/ledger")
    assert listed.status_code == 200
    months = sorted(set(re.findall(r"/ledger/(\d{4}-\d{2})\"", listed.text)))
    first, later = months[0], months[1]
    refused = chief.post(f"/ledger/{later}/close")
    assert refused.status_code == 400
    assert "请先结较早的月份" in refused.text

    assert chief.post(f"/ledger/{first}/close").status_code == 303
    page = chief.get(f"/ledger/{first}").text
    assert "已结账" in page or "closed" in page
    assert chief.post(f"/ledger/{first}/reopen", reason="a fee").status_code == 303
    decide(own_office, "second")
    assert "a fee" in chief.get(f"/ledger/{first}").text
    for form in ("csv", "xlsx"):
        journal = chief.get(f"/ledger/{first}/journal.{form}")
        assert journal.status_code == 200
        assert journal.data
    assert chief.get(f"/ledger/{first}/journal.pdf").status_code == 404
    assert chief.get("/ledger/2026-13").status_code == 404


def test_a_cashier_may_not_close_a_month(own_office: Office) -> None:
    assert own_office.as_("cashier").post("/ledger/2026-01/close").status_code == 403


def test_money_is_given_back_from_the_account_page(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    cashier.post(
        "/payments/take", account=ACCOUNT, amount="9000", method="cash", reference="till-9"
    )
    asked = cashier.post(f"/accounts/{ACCOUNT}/refund", amount="50", payee="王", reason="twice")
    assert asked.status_code == 303
    before = credit(own_office)
    decide(own_office, "supervisor")
    assert credit(own_office) == before - 5_000
    assert ">退款</a>" in cashier.get(f"/accounts/{ACCOUNT}").text

    too_much = cashier.post(
        f"/accounts/{ACCOUNT}/refund", amount="99999", payee="王", reason="twice"
    )
    assert too_much.status_code == 400
    assert "不能退" in too_much.text


def test_late_charges_are_waived_from_the_account_page(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    assert cashier.post(f"/accounts/{ACCOUNT}/waive", reason="flood").status_code == 303
    decide(own_office, "supervisor")
    with reading(own_office.sessions) as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        charges = books.open_charges(session, [key], as_of=TODAY)[key]
    assert {str(one.kind) for one in charges} == {"energy"}


def test_a_till_is_opened_counted_and_closed_on_its_page(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    assert cashier.post("/till", opening="200").status_code == 303
    fields = {"account": ACCOUNT, "amount": "30", "method": "cash", "reference": "till-10"}
    assert cashier.post("/payments/take", **fields).status_code == 303
    page = cashier.get("/till").text
    assert "230.00" in page
    assert "未清点" in page
    assert "未结清" not in page, "that is a bill that isn't paid"
    short = cashier.post("/till/close", counted="229", day=str(TODAY))
    assert short.status_code == 400
    assert "实点" in short.text
    closed = cashier.post("/till/close", counted="229", day=str(TODAY), note="一元")
    assert closed.status_code == 303
    assert "一元" in cashier.get("/till").text
    late = cashier.post("/payments/take", **(fields | {"reference": "till-11"}))
    assert late.status_code == 400


def test_what_a_till_is_short_is_decided_by_another_person_on_the_pages(own_office: Office) -> None:
    cashier, supervisor = own_office.as_("cashier"), own_office.as_("supervisor")
    cashier.post("/till", opening="200")
    cashier.post("/till/close", counted="190", handed_in="40", note="十元", day=str(TODAY))
    with reading(own_office.sessions) as session:
        (asked,) = approval.waiting(session, act=Act.TILL_DIFFERENCE)
    assert "短款 ¥10.00" in supervisor.get(f"/approvals/{asked.id}").text

    assert supervisor.post(f"/approvals/{asked.id}", accept="yes").status_code == 303

    assert over_short(own_office) == -1_000
    assert cashier.post("/till/recount", cashier="cashier").status_code == 403
    again = {"cashier": "cashier", "day": str(TODAY), "reason": "found"}
    assert supervisor.post("/till/recount", **again).status_code == 303
    assert over_short(own_office) == 0
    assert "found" in supervisor.get("/till").text
    assert supervisor.post("/till/recount", **again).status_code == 400
    assert cashier.post("/till/close", counted="200", day=str(TODAY)).status_code == 303


def over_short(office: Office) -> int:
    with reading(office.sessions) as session:
        debit, credit = books.trial_balance(session, as_of=TODAY)[Book.OVER_SHORT]
    return credit - debit


def credit(office: Office) -> int:
    with reading(office.sessions) as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        return books.on_account(session, [key], as_of=TODAY).get(key, 0)
