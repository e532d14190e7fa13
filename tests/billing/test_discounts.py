"""A bill that is paid early costs less, and what was taken off goes again with the money."""

import os
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from billing import agreeing, books, cashier, discounts, invariants, receivables, store
from billing.account import AccountTerms
from billing.ledger import Book
from billing.money import money, show
from billing.payment import NewPayment
from config import dated, people
from config.database import reading
from config.people import Role
from notices import account_papers, papers
from tests.billing import grid, town
from tests.billing.test_moving import FEBRUARY, issued, latest

SET, ISSUED, UNTIL, DUE = (date(2026, 3, day) for day in (1, 2, 12, 17))
LATER = date(2026, 4, 20)
POLICY = """title = "Review"
reading_age_days_max = 3
history_days = 400
[discount]
taken_on = "{on}"
"""


def give_discounts(session, on="bill"):
    """Put a billing policy into force by which discounts are taken on the bill, or its energy."""
    maker, checker = (
        people.add_user(session, login=f"disc.{no}", name="D", password="x", roles=[role])
        for no, role in ((1, Role.CREDIT_OFFICER), (2, Role.ADMINISTRATOR))
    )
    text = POLICY.format(on=on)
    file = dated.DatedFile("policies/billing", town.OPENED, text, dated.digest_of(text))
    wanted = dated.propose(session, file, by=maker.login, now=town.at(town.OPENED))
    dated.activate(session, wanted, by=checker, reason="-", now=town.at(town.OPENED))


def agreed(session, account, percent="2", days=10):
    """Agree on a discount with an account."""
    terms = AccountTerms(account.id, SET, 15, 1, Decimal(percent), days)
    store.add_terms(session, [terms])


@pytest.fixture
def account(sessions):
    with sessions.begin() as session:
        town.enact(session)
        give_discounts(session)
        found = town.settle_in(session, "A-1")["A-1"]
        agreed(session, found)
    return found


def billed(session, account, amount="1000.00"):
    return town.bill(session, account, amount, on=ISSUED, due_on=DUE)


def pay(session, account, amount, value_on, posted_on=None, ref=None):
    new = NewPayment(account.id, "counter", ref or f"{value_on}-{amount}", money(amount), value_on)
    on = posted_on or value_on
    return books.receive(session, [new], posted_on=on, by="li", now=town.at(on)).payment_ids[0]


def stands(session, account, as_of=LATER):
    """Return what is owed, what is on account, and what was taken off."""
    owed = sum(amount for _, amount in town.owed(session, account, as_of=as_of))
    credit = books.on_account(session, [account.id], as_of=as_of).get(account.id, 0)
    debit, undone = books.trial_balance(session, as_of=as_of)[Book.DISCOUNT]
    assert invariants.findings(session, today=as_of) == []
    return owed, credit, debit - undone


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        ([("980.00", UNTIL)], (0, 0, 2000)),
        ([("979.99", UNTIL)], (2001, 0, 0)),
        ([("1000.00", ISSUED)], (0, 2000, 2000)),
        ([("500.00", ISSUED), ("480.00", UNTIL)], (0, 0, 2000)),
        ([("980.00", date(2026, 3, 13))], (2000, 0, 0)),
        ([("1.00", date(2026, 3, 13)), ("999.00", date(2026, 3, 14))], (0, 0, 0)),
    ],
)
def test_two_percent_are_taken_off_if_all_the_rest_is_paid_within_ten_days(
    sessions, account, paid, left
):
    with sessions.begin() as session:
        billed(session, account)
        for amount, day in paid:
            pay(session, account, amount, day)

    with reading(sessions) as session:
        assert stands(session, account, as_of=DUE) == left


def test_money_that_came_in_time_counts_though_its_file_came_later_than_other_money(
    sessions, account
):
    with sessions.begin() as session:
        billed(session, account)
        pay(session, account, "980.00", date(2026, 3, 13), ref="after the day")
        assert stands(session, account, as_of=DUE) == (2000, 0, 0)

        pay(session, account, "980.00", UNTIL, posted_on=DUE, ref="in time")

        assert stands(session, account) == (0, money("980.00"), 2000)


def test_who_pays_all_but_a_large_discount_at_once_pays_the_bill_whole(sessions, account):
    with sessions.begin() as session:
        town.bill(session, account, "1000.00", on=date(2026, 2, 2), due_on=date(2026, 2, 17))
        pay(session, account, "850.00", date(2026, 2, 10))
        pay(session, account, "150.00", date(2026, 2, 16))
        store.add_terms(session, [AccountTerms(account.id, ISSUED, 15, 1, Decimal(15), 10)])
        billed(session, account)
        pay(session, account, "850.00", UNTIL)

        found = books.paid_in_parts(session, [account.id], since=FEBRUARY, until=LATER)

        assert found == {account.id: [(date(2026, 2, 17), True), (DUE, False)]}


@pytest.mark.parametrize("returned", [0, 1])
def test_a_payment_that_is_returned_takes_the_discount_with_it(sessions, account, returned):
    with sessions.begin() as session:
        billed(session, account)
        paid = [pay(session, account, "500.00", ISSUED, ref="1")]
        paid.append(pay(session, account, "480.00", UNTIL, ref="2"))
        books.reverse_payments(session, [paid[returned]], posted_on=UNTIL, reason="returned")

        kept = money(("480.00", "500.00")[returned])
        assert stands(session, account, as_of=UNTIL) == (money("1000.00") - kept, 0, 0)
        charge = books.open_charges(session, [account.id], as_of=UNTIL)[account.id][0]
        (gone,) = discounts.granted_on(session, charge.id)
        assert (gone.amount, gone.taken_back_on) == (2000, UNTIL)

        # What comes instead, still in time, earns it again.
        pay(session, account, ("500.00", "480.00")[returned], UNTIL, ref="3")
        assert stands(session, account, as_of=UNTIL) == (0, 0, 2000)


def test_a_bill_that_is_cancelled_gives_all_that_was_paid_back_and_no_more(sessions, account):
    with sessions.begin() as session:
        bill = billed(session, account)
        pay(session, account, "980.00", UNTIL)
        undone = town.a_bill(session, account, "-1000.00", issued_on=DUE, due_on=DUE, reverses=bill)
        books.post_bills(session, [undone], posted_on=DUE)

        assert stands(session, account) == (0, money("980.00"), 0)


def test_the_offer_is_of_the_terms_of_the_day_of_issue_and_kept_with_the_bill(sessions, account):
    with sessions.begin() as session:
        bill = billed(session, account)
        store.add_terms(session, [AccountTerms(account.id, ISSUED + timedelta(1), 15)])

        offered = discounts.offers_on_bills(session, [bill.id])[bill.id]

    assert (offered.amount, offered.until, offered.percent) == (2000, UNTIL, 2)


def test_without_a_word_of_the_policy_or_in_the_terms_nothing_is_offered(sessions):
    with sessions.begin() as session:
        town.enact(session)
        accounts = town.settle_in(session, "A-1", "A-2")
        agreed(session, accounts["A-1"])
        none = billed(session, accounts["A-1"])
        give_discounts(session)
        other = billed(session, accounts["A-2"])

        assert discounts.offers_on_bills(session, [none.id, other.id]) == {}


def test_a_discount_on_energy_is_taken_on_the_lines_by_the_kwh(sessions):
    with sessions.begin() as session:
        town.enact(session)
        give_discounts(session, on="energy")
        account = town.settle_in(session, "A-1")["A-1"]
        agreed(session, account, percent="1.25")
        bill = billed(session, account, "999.60")

        assert discounts.offers_on_bills(session, [bill.id])[bill.id].amount == 1250


EXAMPLES = 400 if "WATTLEDGER_TRUST" in os.environ else 15
acts = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.sampled_from([1, 48, 50, 98, 100]), st.integers(0, 30)),
        st.tuples(st.just("return"), st.integers(0, 5), st.just(0)),
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts)
def test_whatever_is_paid_and_returned_the_discount_is_given_if_and_only_if_it_was_earned(
    sessions, account, acts
):
    with sessions() as session:
        before = stands(session, account)
        billed(session, account, "100.00")
        paid = []
        for no, (what, amount, days) in enumerate(acts):
            if what == "pay":
                value_on = ISSUED + timedelta(days)
                at = pay(session, account, f"{amount}.00", value_on, posted_on=LATER, ref=f"h{no}")
                paid.append((at, amount, days))
            elif amount < len(paid):
                gone = paid.pop(amount)
                books.reverse_payments(session, [gone[0]], posted_on=LATER, reason="returned")
            early = sum(one for _, one, days in paid if days <= 10)
            came = sum(one for _, one, _ in paid) * 100
            off = 200 if early >= 98 else 0
            owed, credit, taken_off = stands(session, account)
            assert taken_off - before[2] == off
            undone, raised = books.trial_balance(session, as_of=LATER)[Book.LATE_CHARGE]
            assert credit - owed == came + off - 10000 - (raised - undone)
        session.rollback()


def test_from_the_terms_to_the_receipt(sessions):
    """Terms are asked for and agreed to; the bill, the receipt and the statement say the rest."""
    grid.town(sessions, A1=310)
    today = date(2026, 1, 30)
    with sessions.begin() as session:
        text = POLICY.format(on="energy")
        grid.enact(session, grid.file_of("policies/billing", date(2026, 1, 2), text))
    asked = agreeing.ask_terms(
        sessions,
        account_number="A1",
        wanted=agreeing.Wanted(today, discount_percent=Decimal("1.5"), discount_days=7),
        by=grid.CLERK,
        reason="pays on time",
        today=today,
        now=grid.at(today),
    )
    agreeing.agree(
        sessions, asked, by=grid.person(grid.CHIEF), reason="", today=today, now=grid.at(today)
    )
    issued(sessions, FEBRUARY)
    bill, _ = latest(sessions, "A1")
    with reading(sessions) as session:
        offer, none = discounts.early_of(session, bill.id)
        account = store.accounts(session, [bill.account_id], on=FEBRUARY)[bill.account_id]
    to_pay = bill.amount - offer.amount
    assert (account.discount_percent, account.discount_days, none) == (Decimal("1.5"), 7, [])
    assert text_of(papers.bill(sessions, bill.number)).count(show(to_pay))

    receipt = cashier.pay(
        sessions,
        account_number="A1",
        amount=to_pay,
        channel="counter",
        reference="1",
        value_on=offer.until,
        by=grid.CLERK,
        today=offer.until,
        now=grid.at(offer.until),
    )

    assert (receipt.on_account, sum(amount for _, amount in receipt.settled)) == (0, to_pay)
    assert show(offer.amount) in text_of(papers.receipt(sessions, receipt.number))
    since, until = date(2026, 2, 1), date(2026, 2, 28)
    told = text_of(account_papers.statement(sessions, "A1", since=since, until=until))
    assert f"账单{bill.number}提前缴费折扣" in told
    with reading(sessions) as session:
        _, (granted,) = discounts.early_of(session, bill.id)
        assert granted.payment_id == receipt.payment_id
        year_begins = date(2026, 1, 1)
        (moved,) = receivables.moves(
            session, since=since, until=until, year_begins=year_begins
        ).values()
    assert (moved.billed, moved.settled, moved.discounts) == (bill.amount, to_pay, offer.amount)


def text_of(paper):
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(paper)).pages)
