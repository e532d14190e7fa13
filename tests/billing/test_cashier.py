import threading
from dataclasses import replace
from datetime import date

import pytest

from billing import books, cashier
from billing.incoming import Fate, Incoming, Known, judge
from billing.money import money
from config import journal, people
from config.database import reading
from config.people import Role
from tests.billing import town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)
APRIL_1 = date(2026, 4, 1)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


def pay(sessions, number="A-100", amount="100.00", *, on=MARCH_1, by="li.wei", **facts):
    return cashier.pay(
        sessions,
        account_number=number,
        amount=money(amount),
        channel=facts.pop("channel", "counter"),
        reference=facts.pop("reference", "T-1"),
        value_on=facts.pop("value_on", on),
        by=by,
        today=on,
        now=town.at(on),
        **facts,
    )


def test_a_receipt_says_what_the_money_did(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "1000.00", on=MARCH_1, due_on=MARCH_16)

    receipt = pay(sessions, amount="1100.00", on=MARCH_26)

    assert receipt.account_id == accounts["A-100"].id
    assert (receipt.late_charge, receipt.on_account) == (1_000, 9_000)
    assert [amount for _, amount in receipt.settled] == [1_000, 100_000]
    with reading(sessions) as session:
        (note,) = journal.notes(session, subject=f"payment {receipt.number}")
        assert (note.by, note.act) == ("li.wei", "take payment")


def test_the_same_receipt_twice_is_told_by_whom_and_when(sessions, accounts):
    pay(sessions, by="li.wei")

    with pytest.raises(cashier.AlreadyReceivedError) as told:
        pay(sessions, on=MARCH_16, by="wang.min", amount="120.00")

    assert "taken by li.wei on 2026-03-01" in str(told.value)
    with reading(sessions) as session:
        assert books.on_account(session, None, as_of=APRIL_1) == {accounts["A-100"].id: 10_000}


@pytest.mark.parametrize("numbers", [("A-100", "A-100"), ("A-100", "A-200")])
def test_two_clerks_at_the_same_moment_post_one_receipt_once(sessions, accounts, numbers):
    outcomes = []
    gate = threading.Barrier(len(numbers))

    def clerk(number, by):
        gate.wait()
        try:
            outcomes.append(pay(sessions, number, by=by))
        except cashier.AlreadyReceivedError as told:
            outcomes.append(told)

    clerks = [
        threading.Thread(target=clerk, args=(number, by))
        for number, by in zip(numbers, ("li.wei", "wang.min"), strict=True)
    ]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    (receipt,) = [one for one in outcomes if isinstance(one, cashier.Receipt)]
    (told,) = [one for one in outcomes if isinstance(one, cashier.AlreadyReceivedError)]
    assert receipt.received_by in str(told)
    with reading(sessions) as session:
        assert sum(books.on_account(session, None, as_of=MARCH_1).values()) == 10_000
        assert len(books.statement(session, receipt.account_id)) == 1


def test_many_payments_at_once_lose_nothing(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "1000.00", on=MARCH_1, due_on=MARCH_16)

    def clerk(till):
        for at in range(5):
            pay(sessions, amount="30.00", reference=f"{till}-{at}")

    clerks = [threading.Thread(target=clerk, args=(till,)) for till in range(4)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_1) == [("energy", 40_000)]


def test_the_customer_says_which_bill_is_meant(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "100.00", on=MARCH_1, due_on=MARCH_16)
        later = town.bill(session, accounts["A-100"], "80.00", on=MARCH_1, due_on=MARCH_26)

    receipt = pay(sessions, amount="80.00", designated=[later.number])

    assert [amount for _, amount in receipt.settled] == [8_000]
    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_1) == [("energy", 10_000)]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"amount": "0.00"}, cashier.BadPaymentError),
        ({"amount": "-5.00"}, cashier.BadPaymentError),
        ({"value_on": MARCH_16}, cashier.BadPaymentError),
        ({"value_on": date(2025, 11, 28)}, cashier.BadPaymentError),
        ({"value_on": date(1900, 1, 1)}, cashier.BadPaymentError),
        ({"value_on": date(1, 1, 1)}, cashier.BadPaymentError),
        ({"reference": " "}, cashier.BadPaymentError),
        ({"reference": "1" * 141}, cashier.BadPaymentError),
        ({"channel": "c" * 33}, cashier.BadPaymentError),
        ({"channel": "credit_note"}, cashier.BadPaymentError),
        ({"channel": " Deposit_Released"}, cashier.BadPaymentError),
        ({"number": "A-999"}, cashier.UnknownAccountError),
        ({"designated": ["B-1"]}, cashier.UnknownBillError),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(sessions, accounts, facts, error):
    with pytest.raises(error):
        pay(sessions, **facts)

    with reading(sessions) as session:
        assert books.newest_posting(session) is None


def test_money_counts_from_a_quarter_back_at_most_and_not_before_the_account(sessions, accounts):
    pay(sessions, value_on=date(2025, 11, 29))
    with pytest.raises(cashier.BadPaymentError, match="ask for it to be waived"):
        pay(sessions, value_on=date(2025, 11, 28), reference="T-2")

    with sessions.begin() as session:
        town.settle_in(session, "A-300", office="south", opened_on=date(2026, 2, 1))
    with pytest.raises(cashier.BadPaymentError, match="was opened on 2026-02-01"):
        pay(sessions, "A-300", value_on=date(2026, 1, 31), reference="T-3")
    pay(sessions, "A-300", value_on=date(2026, 2, 1), reference="T-4")


def test_a_file_cannot_date_money_back_beyond_a_quarter_or_the_account(accounts):
    young = replace(accounts["A-200"], opened_on=date(2026, 3, 10))
    rows = [
        Incoming(row, "app", f"B-{row}", 100, day, ((number,),))
        for row, (number, day) in enumerate(
            [
                ("A-100", date(1, 1, 1)),
                ("A-100", date(1900, 1, 1)),
                ("A-100", date(2025, 12, 23)),
                ("A-100", date(2025, 12, 24)),
                ("A-200", date(2026, 3, 9)),
            ]
        )
    ]

    found = judge(rows, Known(accounts | {"A-200": young}), today=MARCH_26)

    assert [(one.fate, one.code) for one in found] == [
        (Fate.REFUSED, "date_past"),
        (Fate.REFUSED, "date_past"),
        (Fate.SUSPENSE, "date_past"),
        (Fate.POSTED, ""),
        (Fate.SUSPENSE, "before_opening"),
    ]


def test_far_too_much_is_told_as_that(sessions, accounts):
    with pytest.raises(cashier.BadPaymentError, match="more than one payment can be"):
        pay(sessions, amount="100000000000.00")


def test_a_bill_of_somebody_else_cannot_be_designated(sessions, accounts):
    with sessions.begin() as session:
        other = town.bill(session, accounts["A-200"], "80.00", on=MARCH_1, due_on=MARCH_16)

    with pytest.raises(cashier.UnknownBillError, match="A-100"):
        pay(sessions, designated=[other.number])


def test_a_payment_is_taken_back_once_and_it_is_told_by_whom(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "100.00", on=MARCH_1, due_on=MARCH_16)
    receipt = pay(sessions)

    def reverse(by):
        return cashier.reverse(
            sessions,
            receipt.payment_id,
            by=by,
            reason="returned by the bank",
            today=MARCH_26,
            now=town.at(MARCH_26),
        )

    assert reverse("wang.min").account_ids == (accounts["A-100"].id,)
    with pytest.raises(cashier.AlreadyDoneError, match=r"2026-03-26 by wang\.min"):
        reverse("wang.min")
    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_26) == [("energy", 10_000)]


@pytest.mark.parametrize(
    ("by", "reason", "says"),
    [("li.wei", "typo", "somebody else must"), ("wang.min", " ", "say why")],
)
def test_a_payment_is_taken_back_by_another_person_who_says_why(
    sessions, accounts, by, reason, says
):
    receipt = pay(sessions, by="li.wei")

    with pytest.raises(cashier.BadPaymentError, match=says):
        cashier.reverse(
            sessions,
            receipt.payment_id,
            by=by,
            reason=reason,
            today=MARCH_16,
            now=town.at(MARCH_16),
        )

    with reading(sessions) as session:
        assert books.reversed_on(session, [receipt.payment_id]) == {}


def test_a_bills_credit_is_taken_back_by_cancelling_the_bill(sessions, accounts):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "-20.00", on=MARCH_1, due_on=MARCH_16)
        (credit,) = books.payments_of(session, accounts["A-100"].id)

    with pytest.raises(cashier.UnknownPaymentError, match="cancel the bill"):
        cashier.reverse(
            sessions, credit.id, by="li.wei", reason="?", today=MARCH_16, now=town.at(MARCH_16)
        )


def test_a_deposit_answers_the_oldest_demand(sessions, accounts):
    demand = cashier.demand_deposit(
        sessions,
        account_number="A-100",
        amount=30_000,
        due_on=MARCH_16,
        by="policy",
        reason="tier high",
        today=MARCH_1,
        now=town.at(MARCH_1),
    )
    receipt = cashier.pay_deposit(
        sessions,
        account_number="A-100",
        amount=30_000,
        channel="counter",
        reference="T-9",
        value_on=MARCH_1,
        by="li.wei",
        today=MARCH_1,
        now=town.at(MARCH_1),
    )

    assert (receipt.amount, receipt.on_account, receipt.settled) == (30_000, 0, ())
    with reading(sessions) as session:
        (found,) = books.deposit_demands(session, [accounts["A-100"].id])[accounts["A-100"].id]
        assert (found.number, found.is_met) == (demand.number, True)
        assert books.deposits_held(session, None, as_of=MARCH_1) == {accounts["A-100"].id: 30_000}


# --- files ------------------------------------------------------------------------------------

HEADING = "payment_ref,account_no,bill_no,value_date,amount,method\n"


def take_in(sessions, tmp_path, text, *, layout=None, by="li.wei", on=MARCH_26, dry_run=False):
    path = tmp_path / "payments.csv"
    path.write_text(text, "utf-8")
    return cashier.take_in(
        sessions, path, layout=layout, by=by, today=on, now=town.at(on), dry_run=dry_run
    )


def test_every_row_of_a_file_is_accounted_for(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        bill = town.bill(session, accounts["A-200"], "80.00", on=MARCH_1, due_on=MARCH_16)
    text = (
        f"{HEADING}"
        "P-1,A-100,,2026-03-10,120.50,cash\n"
        f"P-2,,{bill.number},2026-03-10,80.00,card\n"
        "P-3,A-999,,2026-03-10,7.77,cash\n"
        "P-4,A-100,,2026-03-10,-5.00,cash\n"
        "P-5,A-100,,2026-03-10,33.335,cash\n"
        "P-6,A-100,,2027-03-10,1.00,cash\n"
        "P-1,A-100,,2026-03-10,120.50,cash\n"
        "P-7,A-100,,10 March,1.00,cash\n"
    )

    found = take_in(sessions, tmp_path, text)

    assert (found.rows, found.accepted, found.refused) == (8, 3, 5)
    assert [(one.row, one.code) for one in found.verdicts] == [
        (4, "suspense"),
        (5, "negative"),
        (6, "precision"),
        (7, "date_future"),
        (8, "duplicate"),
        (9, "date_format"),
    ]
    assert all(one.remedy and one.raw for one in found.verdicts)
    facts = found.facts
    assert (facts["posted"], facts["suspense"], facts["refused"]) == (20_050, 777, 12_150)
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=APRIL_1).collected == 20_827
        assert [one.amount for one in cashier.suspense(session)] == [777]
        assert town.owed(session, accounts["A-200"], as_of=MARCH_26) == []
        assert cashier.accounts_of(session, found.id) == [one.id for one in accounts.values()]


def test_a_file_cannot_write_to_the_channels_that_the_books_keep(accounts):
    rows = [
        Incoming(row, channel, f"B-{row}", 12_050, MARCH_16, (("A-100",),))
        for row, channel in enumerate(("credit_note", "Deposit_Released", "app"), start=2)
    ]

    found = judge(rows, Known(accounts), today=MARCH_26)

    assert [(one.fate, one.code) for one in found] == [
        (Fate.REFUSED, "own_channel"),
        (Fate.REFUSED, "own_channel"),
        (Fate.POSTED, ""),
    ]


def test_the_same_file_again_changes_nothing(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,120.50,cash\n"
    first = take_in(sessions, tmp_path, text)
    with reading(sessions) as session:
        before = books.books_digest(session)

    again = take_in(sessions, tmp_path, text, by="wang.min")
    longer = take_in(sessions, tmp_path, f"{text}P-2,A-100,,2026-03-10,1.00,cash\n")

    assert (again.is_repeat, again.id) == (True, first.id)
    (told,) = longer.verdicts
    assert (told.code, longer.accepted) == ("already_received", 1)
    assert "taken by li.wei on 2026-03-26" in told.message
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=APRIL_1).collected == 12_150
        assert books.books_digest(session) != before


def test_a_dry_run_says_the_same_and_keeps_nothing(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,120.50,cash\nP-2,A-9,,2026-03-10,1.00,cash\n"

    dry = take_in(sessions, tmp_path, text, dry_run=True)
    with reading(sessions) as session:
        assert books.newest_posting(session) is None
    wet = take_in(sessions, tmp_path, text)

    assert dry.verdicts == wet.verdicts
    assert dry.facts == wet.facts


def test_two_clerks_take_in_one_file_and_it_counts_once(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,120.50,cash\n"
    found = []
    gate = threading.Barrier(2)

    def clerk(by):
        folder = tmp_path / by
        folder.mkdir()
        gate.wait()
        found.append(take_in(sessions, folder, text, by=by))

    clerks = [threading.Thread(target=clerk, args=(by,)) for by in ("li.wei", "wang.min")]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    assert sorted(one.is_repeat for one in found) == [False, True]
    assert len({one.received_by for one in found}) == 1
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=APRIL_1).collected == 12_050


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("#TRAILER,count=2,total=131.50", "total 131.50, and the file has 120.50"),
        ("#TRAILER,count=1,total=120.50", "rows 1, and the file has 2"),
        ("", "is missing"),
    ],
)
def test_a_file_whose_last_row_counts_otherwise_is_refused_whole(
    sessions, accounts, tmp_path, last, says
):
    rows = "P-1,A-100,,2026-03-10,100.50,cash\nP-2,A-100,,2026-03-10,20.00,cash\n"

    with pytest.raises(Exception, match=says) as refused:
        take_in(sessions, tmp_path, HEADING + rows + last, layout="payments_agent")

    assert refused.value.code == "control_total"
    with reading(sessions) as session:
        assert books.newest_posting(session) is None


def test_a_file_with_the_right_last_row_is_recognized_and_taken(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,100.50,cash\n#TRAILER,count=1,total=100.50\n"

    found = take_in(sessions, tmp_path, text)

    assert (found.layout, found.accepted) == ("payments_agent", 1)
    with reading(sessions) as session:
        assert list(books.find_payments(session, "agent", ["P-1"])) == ["P-1"]


def test_money_for_another_office_waits_for_that_office(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        town.settle_in(session, "S-1", office="south")
        south = people.add_office(session, code="south", name_zh="南", name_en="South")
        people.add_user(
            session,
            login="zhao",
            name="Zhao",
            password="x",
            roles=[Role.CASHIER],
            office_ids=[south],
        )
    text = f"{HEADING}P-1,A-100,,2026-03-10,5.00,cash\nP-2,S-1,,2026-03-10,5.00,cash\n"

    found = take_in(sessions, tmp_path, text, by="zhao")

    assert [(one.row, one.code) for one in found.verdicts] == [(2, "other_office")]
    assert (found.accepted, found.facts["suspense"]) == (2, 500)


def test_suspense_money_is_given_to_its_owner_once(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "5.00", on=MARCH_1, due_on=MARCH_16)
    take_in(sessions, tmp_path, f"{HEADING}P-1,A-9,,2026-03-10,5.00,cash\n")
    with reading(sessions) as session:
        (unknown,) = cashier.suspense(session)

    def assign(number, by):
        return cashier.assign(
            sessions,
            unknown.id,
            number,
            by=by,
            reason="phoned",
            today=MARCH_26,
            now=town.at(MARCH_26),
        )

    receipt = assign("A-100", "li.wei")

    assert (receipt.account_number, receipt.late_charge) == ("A-100", 0)
    with pytest.raises(cashier.AlreadyDoneError, match=r"li\.wei was quicker"):
        assign("A-200", "wang.min")
