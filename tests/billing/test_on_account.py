from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from billing import (
    advances,
    books,
    cashier,
    corrections,
    customers,
    final,
    invariants,
    on_account,
    store,
)
from billing.account import AccountTerms
from billing.instalment import part_of, parts_by
from billing.ledger import Book
from billing.line import Line
from billing.money import money, show
from config.database import reading
from meters.period import Period
from meters.reading import RegisterCode
from notices import account_papers, papers
from notices.papers import UnknownPaperError
from tests.billing.grid import CHIEF, CLERK, at, person, read
from tests.billing.test_moving import FEBRUARY, issued, of, works

MARCH = date(2026, 3, 1)
TENTH, ELEVENTH, LAST = date(2026, 2, 10), date(2026, 2, 11), date(2026, 2, 28)


def ask(sessions, day):
    return on_account.ask(sessions, by=CLERK, today=day, now=at(day))


@pytest.fixture
def factory(sessions):
    """Settle a factory that pays in three parts; January's energy came to 20,000."""
    works(sessions)
    with sessions.begin() as session:
        account = store.find_accounts(session, ["F1"])["F1"]
        store.add_terms(session, [AccountTerms(account.id, date(2026, 1, 15), 15, 3)])
    issued(sessions, FEBRUARY)
    return account


def test_a_third_of_the_last_months_energy_is_asked_for_twice_and_the_bill_settles_the_rest(
    sessions, factory
):
    assert ask(sessions, TENTH).parts == ()
    assert [one.amount for one in on_account.look(sessions, today=ELEVENTH).parts] == [666666]
    first = ask(sessions, ELEVENTH)
    assert ask(sessions, ELEVENTH).parts == ()
    (second,) = ask(sessions, LAST).parts
    with sessions.begin() as session:
        read(session, "F1", MARCH, 80000, 20000)

    issued(sessions, MARCH)

    (one,) = first.parts
    assert (one.no, one.settlements, one.amount, second.no) == (1, 3, money("6666.66"), 2)
    with reading(sessions) as session:
        told = advances.advances_of(session, factory.id)
        assert [(part.month, part.is_set_off) for part in told] == [(FEBRUARY, True)] * 2
        bill = store.bills(session, account_id=factory.id)[-1]
        charge = books.charges_of_bills(session, [bill.id])[bill.id]
        open_ = books.open_charges(session, [factory.id], as_of=MARCH)[factory.id]
        rest = next(one.open for one in open_ if one.id == charge)
        balance = books.trial_balance(session, as_of=MARCH)[Book.ADVANCE]
        assert rest == bill.amount - 2 * money("6666.66")
        assert balance[0] == balance[1]
        assert invariants.findings(session, today=MARCH) == []


def test_a_part_that_is_paid_late_bears_late_charges_of_its_own(sessions, factory):
    (part,) = ask(sessions, ELEVENTH).parts

    with reading(sessions) as session:
        late = date(2026, 4, 1)
        owed = books.late_charges_to(session, [factory.id], as_of=late)[factory.id]
        charges = books.open_charges(session, [factory.id], as_of=late)[factory.id]
        own = next(one for one in charges if one.amount == part.amount)
    assert own.due_on == part.due_on
    assert owed[own.id] > 0


def test_more_than_the_bill_stays_on_account_and_what_is_set_off_is_not_taken_back(
    sessions, factory
):
    ask(sessions, LAST)
    with sessions.begin() as session:
        read(session, "F1", MARCH, 40001, 10000)
    issued(sessions, MARCH)

    with reading(sessions) as session:
        payments = books.payments_of(session, factory.id)
        assert [one.channel for one in payments] == ["advance_set_off"] * 2
        assert invariants.findings(session, today=MARCH) == []
    with pytest.raises(cashier.UnknownPaymentError, match="cancel the bill"):
        cashier.reverse(sessions, payments[0].id, by=CHIEF, reason="?", today=MARCH, now=at(MARCH))


def test_a_bill_that_is_cancelled_and_billed_again_leaves_the_same_owed(sessions, factory):
    ask(sessions, LAST)
    with sessions.begin() as session:
        read(session, "F1", MARCH, 80000, 20000)
    issued(sessions, MARCH)

    def owed():
        with reading(sessions) as session:
            charges = books.open_charges(session, [factory.id], as_of=MARCH)[factory.id]
            credit = books.on_account(session, [factory.id], as_of=MARCH).get(factory.id, 0)
            assert invariants.findings(session, today=MARCH) == []
            return sum(one.open for one in charges) - credit

    before = owed()
    with reading(sessions) as session:
        number = store.bills(session, account_id=factory.id)[-1].number
    asked = corrections.ask_to_cancel(sessions, number, by=CLERK, reason="?", now=at(MARCH))
    decided = {"reason": "", "today": MARCH, "now": at(MARCH)}
    corrections.cancel(sessions, asked, by=person(CHIEF), **decided)
    issued(sessions, MARCH)

    assert owed() == before


def test_who_is_not_supplied_any_more_is_asked_for_nothing(sessions, factory):
    with sessions.begin() as session:
        (supply,) = store.supplies_of(session, [factory.id])[factory.id]
        store.end_supplies(session, [supply.id], on=FEBRUARY)

    assert ask(sessions, LAST).parts == ()


@given(st.integers(1, 10), st.dates(date(2026, 1, 1), date(2026, 12, 28)))
def test_the_parts_of_a_month_come_in_order_within_it(settlements, day):
    month = day.replace(day=1)
    parts = parts_by(month, settlements, until=date(2027, 1, 1))

    assert [part.no for part in parts] == list(range(1, settlements))
    assert all(part.day.month == month.month for part in parts)
    assert sorted(part.day for part in parts) == [part.day for part in parts]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.integers(1, 10))
def test_the_parts_never_come_to_more_than_the_energy_they_are_worked_out_by(amounts, settlements):
    def line(unit, amount):
        return Line("energy", "Energy", "电费", Decimal(1), unit, Decimal(1), amount)

    month = Period(date(2026, 1, 1), date(2026, 2, 1))
    bills = [(month, [line("kWh", amount), line("kVA", 999)]) for amount in amounts]

    assert part_of(bills, settlements) * settlements <= sum(amounts)
    assert part_of(bills, settlements) * settlements > sum(amounts) - settlements


def test_a_bill_of_two_months_counts_by_half():
    line = Line("energy", "Energy", "电费", Decimal(1), "kWh", Decimal(1), money("53.80"))
    months = Period(date(2026, 10, 1), date(2026, 12, 1))

    assert part_of([(months, [line])], 2) == money("13.45")


def test_whom_no_bill_speaks_of_is_named_and_not_forgotten(sessions, factory):
    late = date(2026, 4, 28)

    assert ask(sessions, late).parts == ()
    (said,) = on_account.look(sessions, today=late).left_out
    assert said == "account F1 has no bill of the last 62 days to go by; bill it first"


def test_a_final_bill_counts_the_parts_that_were_asked_for_before(sessions, factory):
    ask(sessions, LAST)
    readings = {RegisterCode.TOTAL: Decimal(80000), RegisterCode.REACTIVE: Decimal(20000)}
    customers.move_out(sessions, **of("F1", on=MARCH, readings=readings, today=MARCH))
    found = final.look(sessions, "F1", today=MARCH)
    assert found.parts == 2 * money("6666.66")
    asked, _ = final.ask_final(
        sessions, account_number="F1", by=CLERK, reason="left", today=MARCH, now=at(MARCH)
    )
    made = final.settle(sessions, asked, by=person(CHIEF), reason="", today=MARCH, now=at(MARCH))
    assert made.due == found.due


@pytest.mark.parametrize("left", [FEBRUARY, TENTH])
def test_a_part_asked_for_after_the_customer_had_left_is_set_off_by_the_final_bill(
    sessions, factory, left
):
    ask(sessions, ELEVENTH)
    twelfth = date(2026, 2, 12)
    with sessions.begin() as session:
        read(session, "F1", TENTH, 50000, 12500)
    readings = {RegisterCode.TOTAL: Decimal(50000), RegisterCode.REACTIVE: Decimal(12500)}
    gone = {"on": left, "today": twelfth} | ({} if left == FEBRUARY else {"readings": readings})
    customers.move_out(sessions, **of("F1", **gone))
    found = final.look(sessions, "F1", today=twelfth)
    assert found.parts == money("6666.66")
    assert bool(found.drafts) == (left != FEBRUARY)

    words = {"by": CLERK, "reason": "left", "today": twelfth, "now": at(twelfth)}
    asked, _ = final.ask_final(sessions, account_number="F1", payee="F1, 6222", **words)
    decided = {"reason": "", "today": twelfth, "now": at(twelfth)}
    made = final.settle(sessions, asked, by=person(CHIEF), **decided)

    assert made.due == found.due
    with reading(sessions) as session:
        [part] = advances.advances_of(session, factory.id)
        balance = books.trial_balance(session, as_of=twelfth)[Book.ADVANCE]
        assert invariants.findings(session, today=twelfth) == []
    assert part.is_set_off
    assert balance[0] == balance[1]


def test_a_bill_says_which_parts_are_set_off_and_what_of_them_was_not_paid(sessions, factory):
    parts = ask(sessions, LAST).parts
    with sessions.begin() as session:
        read(session, "F1", MARCH, 40001, 10000)
    issued(sessions, MARCH)
    with reading(sessions) as session:
        bill = store.bills(session, account_id=factory.id)[-1]
        found = advances.set_off_against(session, [bill.id], as_of=MARCH)[bill.id]

    text = "".join(
        page.extract_text() for page in PdfReader(BytesIO(papers.bill(sessions, bill.number))).pages
    )

    assert [number for number, _ in found] == [one.number for one in parts]
    assert [one.number for one in parts if f"抵减分次结算 {one.number}" not in text] == []
    assert "已用预存余额抵扣" not in text
    with reading(sessions) as session:
        owed = books.open_charges(session, [factory.id], as_of=MARCH)[factory.id]
    rest = sum(one.open for one in owed if one.bill_id != bill.id)
    assert show(rest) in text


def test_the_paper_that_asks_for_a_part_says_which_how_much_and_by_what(sessions, factory):
    (asked,) = ask(sessions, ELEVENTH).parts
    with reading(sessions) as session:
        [bill] = store.bills(session, account_id=factory.id)

    paper = PdfReader(BytesIO(account_papers.part(sessions, asked.number)))

    text = "".join(page.extract_text() for page in paper.pages)
    wanted = (
        "分次结算缴费通知单",
        asked.number,
        "2026年2月 第 1 次",
        "每月分 3 次结算",
        "6,666.66",
    )
    assert [word for word in (*wanted, bill.number, "F1 Canal Street") if word not in text] == []
    with pytest.raises(UnknownPaperError, match="no part of a month has the number 'A9'"):
        account_papers.part(sessions, "A9")
