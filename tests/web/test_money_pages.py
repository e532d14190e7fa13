"""Money over the pages: taken once, given to its owner, taken back by somebody else."""

import re
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from sqlalchemy.orm import Session

from arrears import store as arrears
from billing import books
from billing import cashier as cashiers
from billing import store as billing
from billing.account import Account
from config import approval
from config.acts import Act
from tests.web.conftest import Office

ACCOUNT = "0100000003"
STATEMENT = "camt.053"


def owed(office: Office, number: str) -> int:
    """Return what an account owes, less its credit."""
    with office.sessions() as session:
        key = billing.find_accounts(session, [number])[number].id
        charges = books.open_charges(session, [key], as_of=date(2026, 5, 20)).get(key, [])
        credit = books.on_account(session, [key], as_of=date(2026, 5, 20)).get(key, 0)
        return sum(one.open for one in charges) - credit


def test_a_payment_over_the_counter_settles_and_gives_a_receipt(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    before = owed(own_office, ACCOUNT)
    taken = cashier.post(
        "/payments/take", account=ACCOUNT, amount="100.50", method="cash", reference="till-1"
    )
    assert taken.status_code == 303
    page = cashier.get(taken.headers["Location"]).text
    assert "100.50" in page
    assert owed(own_office, ACCOUNT) <= before - 10050 + 9000  # late charges may be posted with it
    receipt = cashier.get(taken.headers["Location"] + ".pdf")
    assert receipt.data.startswith(b"%PDF")


def test_the_same_form_sent_twice_is_taken_once_and_says_who_took_it(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    fields = {"account": ACCOUNT, "amount": "30", "method": "cash", "reference": "till-2"}
    assert cashier.post("/payments/take", **fields).status_code == 303
    after_one = owed(own_office, ACCOUNT)
    again = cashier.post("/payments/take", **fields)
    assert again.status_code == 400
    assert "已入账" in again.text
    assert "cashier" in again.text
    assert owed(own_office, ACCOUNT) == after_one


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", ""),
        ("amount", "0"),
        ("amount", "-5"),
        ("amount", "1e99"),
        ("amount", "NaN"),
        ("amount", "12.345"),
        ("account", "no such"),
        ("method", "magic"),
        ("value_on", "2026-13-45"),
        ("value_on", "2030-01-01"),
        ("reference", ""),
        ("bills", "20200101010000001"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_and_nothing_is_posted(
    own_office: Office, field: str, value: str
) -> None:
    fields = {"account": ACCOUNT, "amount": "30", "method": "cash", "reference": "till-3"}
    before = owed(own_office, ACCOUNT)
    refused = own_office.as_("cashier").post("/payments/take", **fields | {field: value})
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert owed(own_office, ACCOUNT) == before


def test_what_was_paid_in_full_ends_what_was_decided_before(own_office: Office) -> None:
    with own_office.sessions() as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        before = [step for step in arrears.steps_of(session, key) if step.is_pending]
    assert before
    cashier = own_office.as_("cashier")
    form = cashier.get(f"/payments/take?account={ACCOUNT}").text
    amount = re.search(r'name="amount"[^>]*value="([^"]+)"', form)
    assert amount is not None
    taken = cashier.post(
        "/payments/take", account=ACCOUNT, amount=amount[1], method="cash", reference="till-4"
    )
    assert taken.status_code == 303
    assert owed(own_office, ACCOUNT) == 0
    with own_office.sessions() as session:
        assert not [step for step in arrears.steps_of(session, key) if step.is_pending]


def test_money_of_unknown_owners_waits_and_is_given_to_an_account(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    file = "payment_ref,account_no,value_date,amount,payer\nX-1,9999999999,2026-05-19,55.00,路人\n"
    sent = cashier.post("/payments", file=_file(file), kind="payments", dry_run="no")
    assert sent.status_code == 303, sent.text
    waiting = cashier.get("/payments/suspense").text
    assert "路人" in waiting
    key = re.search(r'action="/payments/suspense/(\d+)"', waiting)
    assert key is not None
    before = owed(own_office, ACCOUNT)
    refused = cashier.post(f"/payments/suspense/{key[1]}", account="no such")
    assert refused.status_code == 400
    given = cashier.post(f"/payments/suspense/{key[1]}", account=ACCOUNT)
    assert given.status_code == 303
    assert owed(own_office, ACCOUNT) < before
    again = cashier.post(f"/payments/suspense/{key[1]}", account=ACCOUNT)
    assert again.status_code == 400
    assert "先行处理" in again.text


def test_a_payment_is_taken_back_by_somebody_else_with_a_reason(own_office: Office) -> None:
    both = own_office.as_("everything")
    before = owed(own_office, ACCOUNT)
    taken = both.post(
        "/payments/take", account=ACCOUNT, amount="20", method="cash", reference="till-5"
    )
    place = taken.headers["Location"]
    own = both.post(f"{place}/reverse", reason="收错")
    assert own.status_code == 400
    assert "他人冲回" in own.text
    supervisor = own_office.as_("supervisor")
    assert supervisor.post(f"{place}/reverse", reason="").status_code == 400
    assert supervisor.post(f"{place}/reverse", reason="收错").status_code == 303
    assert owed(own_office, ACCOUNT) >= before
    assert supervisor.post(f"{place}/reverse", reason="再来").status_code == 400


def test_a_refund_whose_payment_is_taken_back_is_said_to_be_owed(own_office: Office) -> None:
    cashier, chief = own_office.as_("cashier"), own_office.as_("supervisor")
    paid = {"account": ACCOUNT, "amount": "90000", "method": "card", "reference": "till-9"}
    place = cashier.post("/payments/take", **paid).headers["Location"]
    back = {"amount": "10", "payee": "李娜", "reason": "多缴"}
    assert cashier.post(f"/accounts/{ACCOUNT}/refund", **back).status_code == 303
    with own_office.sessions() as session:
        (asked,) = approval.waiting(session, act=Act.REFUND)
    assert chief.post(f"/approvals/{asked.id}", accept="yes").status_code == 303
    assert chief.post(f"{place}/reverse", reason="退票").status_code == 303

    page = chief.get(f"/accounts/{ACCOUNT}").text
    assert "应收回的退款" in page
    assert "owed again" not in page


def _file(text: str) -> tuple[object, str]:
    from io import BytesIO

    return BytesIO(text.encode()), "收费.csv"


def test_bills_of_a_wrong_meter_are_corrected_and_that_is_cancelled_again(
    own_office: Office,
) -> None:
    asker, other = own_office.as_("supervisor"), own_office.as_("second")

    def approve() -> None:
        with own_office.sessions() as session:
            (one,) = approval.waiting(session, act=Act.CORRECT_BILLS)
        assert other.get(f"/approvals/{one.id}").status_code == 200
        assert other.post(f"/approvals/{one.id}", accept="yes").status_code == 303

    with own_office.sessions() as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        period = billing.bills(session, account_id=key)[-1].period
    days = {"since": f"{period.start}", "until": f"{period.end}"}
    wrong = {"fault": "wrong_ratio", "one": "2", "other": "1", "reason": "换错互感器"} | days
    before = owed(own_office, ACCOUNT)
    assert asker.post(f"/accounts/{ACCOUNT}/correct", **wrong).status_code == 303
    approve()
    assert owed(own_office, ACCOUNT) > before
    (document,) = re.findall(
        rf"/accounts/{ACCOUNT}/corrections/(K\d+)\.pdf", asker.get(f"/accounts/{ACCOUNT}").text
    )
    path = f"/accounts/{ACCOUNT}/corrections/{document}/cancel"
    assert asker.post(path, reason="").status_code == 400
    assert asker.post(path, reason="互感器没有换错").status_code == 303
    assert asker.post(path, reason="再来一次").status_code == 400
    approve()

    assert owed(own_office, ACCOUNT) == before
    assert asker.post(path, reason="再来一次").status_code == 400
    assert path not in asker.get(f"/accounts/{ACCOUNT}").text


def test_money_for_a_closed_account_is_taken_and_said_to_want_its_owner(own_office: Office) -> None:
    number = "0100000099"
    with own_office.sessions.begin() as session:
        (customer,) = billing.customers(
            session, {billing.find_accounts(session, [ACCOUNT])[ACCOUNT].customer_id}
        ).values()
        opened, closed = date(2025, 1, 1), date(2026, 5, 2)
        account = Account(0, number, customer.id, 15, opened, closed, 0)
        billing.add_accounts(session, [account])

    cashier = own_office.as_("cashier")
    taken = cashier.post(
        "/payments/take", account=number, amount="20", method="cash", reference="till-closed"
    )

    assert taken.status_code == 303
    page = cashier.get(taken.headers["Location"]).text
    assert "该户已于2026-05-02销户" in page
    assert owed(own_office, number) == -2000


def test_a_statement_that_lacks_something_is_accepted_by_somebody_else(own_office: Office) -> None:
    swift = (
        ":20:S1\n:25:CN1\n:28C:1/1\n:60F:C260518CNY10,00\n"
        ":61:2605180518C5,00NTRFB-1\n:86:no idea\n:62F:C260518CNY40,00\n"
    )
    sent = own_office.as_("cashier").post(
        "/payments", kind="statement", file=(BytesIO(swift.encode()), "may.sta")
    )
    page = sent.headers["Location"]
    supervisor = own_office.as_("supervisor")
    assert "并无缺漏" in supervisor.get(page).text
    assert "并无缺漏" not in own_office.as_("cashier").get(page).text

    assert supervisor.post(f"{page}/accept", reason="").status_code == 400
    assert supervisor.post(f"{page}/accept", reason="手续费").status_code == 303

    assert "并无缺漏" not in supervisor.get(page).text
    again = supervisor.post(f"{page}/accept", reason="手续费")
    assert again.status_code == 400
    assert "已无存疑之处" in again.text


def demanded(office: Office, amount: int, number: str = ACCOUNT) -> str:
    """Ask an account for security and return the demand's number."""
    return cashiers.demand_deposit(
        office.sessions,
        account_number=number,
        amount=amount,
        due_on=date(2026, 6, 20),
        by="officer",
        reason="step 7, level deposit of policies/dunning/2026-01-01",
        today=date(2026, 5, 20),
        now=datetime(2026, 5, 20, 9, tzinfo=UTC),
    ).number


def held(office: Office) -> int:
    with office.sessions() as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        return books.deposits_held(session, [key]).get(key, 0)


def deposit(**fields: str) -> dict[str, str]:
    told = {"account": ACCOUNT, "deposit": "120", "deposit_method": "cash"}
    return told | {"deposit_reference": "deposit-1"} | fields


def test_a_deposit_that_was_asked_for_is_taken_at_the_counter(own_office: Office) -> None:
    cashier, before, owes = own_office.as_("cashier"), held(own_office), owed(own_office, ACCOUNT)
    number = demanded(own_office, 50_000)
    form = cashier.get(f"/payments/take?account={ACCOUNT}").text
    assert number in form
    assert "措施 7" in form, "why it was asked for is said in the person's language"
    assert 'value="500.00"' in form, "what is still to pay stands in the form"

    taken = cashier.post("/payments/take-deposit", **deposit(demand=number))

    assert taken.status_code == 303
    assert held(own_office) == before + 12_000
    assert owed(own_office, ACCOUNT) == owes, "it settles nothing"
    assert cashier.get(taken.headers["Location"] + ".pdf").data.startswith(b"%PDF")
    assert 'value="380.00"' in cashier.get(f"/payments/take?account={ACCOUNT}").text
    again = cashier.post("/payments/take-deposit", **deposit(demand=number))
    assert again.status_code == 400
    assert "已入账" in again.text
    assert held(own_office) == before + 12_000


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"deposit": "0"}, "大于零"),
        ({"deposit": "ten"}, "1,234.50"),
        ({"account": "9999"}, "9999"),
        ({"demand": "D99999999"}, "未曾"),
        ({"deposit_method": "gold"}, "所列"),
    ],
)
def test_a_deposit_that_cannot_be_is_refused_in_the_persons_words(
    own_office: Office, fields: dict[str, str], told: str
) -> None:
    before = held(own_office)
    refused = own_office.as_("cashier").post("/payments/take-deposit", **deposit(**fields))
    assert refused.status_code == 400
    assert told in refused.text
    assert held(own_office) == before


def test_a_deposit_goes_by_the_till_like_any_cash(own_office: Office) -> None:
    cashier = own_office.as_("cashier")
    cashier.post("/till", opening="0")
    assert cashier.post("/payments/take-deposit", **deposit()).status_code == 303
    assert "120.00" in cashier.get("/till").text
    cashier.post("/till/close", counted="120", day="2026-05-20")
    late = cashier.post("/payments/take-deposit", **deposit(deposit_reference="deposit-2"))
    assert late.status_code == 400


def test_a_part_of_the_late_charges_is_waived_from_the_account_page(own_office: Office) -> None:
    cashier, chief = own_office.as_("cashier"), own_office.as_("supervisor")
    with own_office.sessions() as session:
        key = billing.find_accounts(session, [ACCOUNT])[ACCOUNT].id
        late = books.late_charge_to(session, [key], as_of=date(2026, 5, 20))[key]
        late += open_late(session, key)
    too_much = cashier.post(f"/accounts/{ACCOUNT}/waive", amount="99999", reason="flood")
    assert too_much.status_code == 400
    assert "不能减免" in too_much.text
    half = f"{late // 2 / 100:.2f}"
    asked_for = cashier.post(f"/accounts/{ACCOUNT}/waive", amount=half, reason="flood")
    assert asked_for.status_code == 303
    with own_office.sessions() as session:
        (asked,) = approval.waiting(session, act=Act.WAIVE_LATE_CHARGE)
    assert half in chief.get(f"/approvals/{asked.id}").text
    listed = chief.get("/approvals").text
    assert half in listed, "what is asked for stands in the list"
    assert f">account {ACCOUNT}<" not in listed

    assert chief.post(f"/approvals/{asked.id}", accept="yes").status_code == 303

    page = chief.get(f"/accounts/{ACCOUNT}").text
    assert "部分减免违约金" in page
    with own_office.sessions() as session:
        left = open_late(session, key)
        entries = books.statement(session, key)
        bill_id = next(one.bill_id for one in entries if one.debit == "late_charge")
        (bill,) = billing.bills(session, ids=[bill_id])
    assert left == late - late // 2
    assert "flood" in chief.get(f"/bills/{bill.number}").text
    assert chief.get(f"/accounts/{ACCOUNT}/statement.pdf").data.startswith(b"%PDF")


def test_what_was_undone_in_the_books_is_said_in_the_persons_words(own_office: Office) -> None:
    cashier, chief = own_office.as_("cashier"), own_office.as_("supervisor")
    for fields in ({"amount": "0.10"}, {}):
        asked_for = cashier.post(f"/accounts/{ACCOUNT}/waive", reason="flood", **fields)
        assert asked_for.status_code == 303
        with own_office.sessions() as session:
            (asked,) = approval.waiting(session, act=Act.WAIVE_LATE_CHARGE)
        assert chief.post(f"/approvals/{asked.id}", accept="yes").status_code == 303

    page = chief.get(f"/accounts/{ACCOUNT}").text
    assert "减免违约金：flood" in page
    assert "waived" not in page


def open_late(session: Session, account_id: int) -> int:
    charges = books.open_charges(session, [account_id], as_of=date(2026, 5, 20))[account_id]
    return sum(one.open for one in charges if one.kind == "late_charge")
