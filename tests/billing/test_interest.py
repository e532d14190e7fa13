"""What deposits earn: worked out as the law counts, credited once, released with the deposit."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import books, cashier, deposits, final, invariants, refunds
from billing.interest import Held, Terms, UnknownRateError, last_day_of_credit, pieces, total
from billing.ledger import Book
from billing.money import money
from config import dated
from config.database import reading
from config.deposit import Interest, interest
from config.market import parse_market
from config.table import TableReader
from tests.billing import grid, secured, town
from tests.billing.test_final import ASKED, DECIDED, leave
from tests.billing.test_giving_back import account, approve, stands
from tests.billing.test_invariants import by_hand
from tests.billing.test_moving import FEBRUARY, issued

__all__ = ["account"]

CASES = tomllib.loads(Path("tests/cases/interest/cases.toml").read_text("utf-8"))
JANUARY_1, MARCH_1, MARCH_26 = date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 26)
JUNE_1 = date(2026, 6, 1)


def law_of(name):
    return parse_market(name, dated.read(Path(f"config/{name}.toml"), subject=name).table)


def terms_of(facts):
    law = law_of(facts["law"]).deposit.interest if "law" in facts else None
    if "house" not in facts:
        return Terms(law, None)
    said = facts["house"]
    rates = tuple((date.fromisoformat(day), Decimal(rate)) for day, rate in said["rates"])
    return Terms(law, Interest("-", rates, days_held_min=said.get("days_held_min", 0)))


TERMS = {name: terms_of(facts) for name, facts in CASES["terms"].items()}


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_what_deposits_earn(case):
    held = [
        Held(no, money(amount), date.fromisoformat(since))
        for no, (amount, since) in enumerate(case["held"])
    ]
    until = date.fromisoformat(case["until"])
    assert total(pieces(held, TERMS[case["terms"]], until=until)) == money(case["earned"])


def test_a_law_whose_rate_nobody_knows_is_not_taken_for_nothing():
    law = Terms(TERMS["texas"].law, None)
    with pytest.raises(UnknownRateError, match=r"183\.003.*2024-05-01.*deposit_interest"):
        pieces([Held(1, 100, date(2024, 5, 1))], law, until=date(2026, 1, 1))
    with pytest.raises(UnknownRateError, match="2024-05-01"):
        pieces([Held(1, 100, date(2024, 5, 1))], TERMS["texas"], until=date(2026, 1, 1))


days = st.integers(0, 2500).map(lambda no: date(2020, 1, 1) + timedelta(no))
rates = st.lists(
    st.tuples(days, st.integers(0, 1200).map(lambda no: Decimal(no) / 100)),
    max_size=5,
    unique_by=lambda one: one[0],
).map(lambda some: Interest("-", tuple(sorted(some))))
amounts = st.integers(1, 10**9)


@given(amounts, days, days, days, rates, rates)
def test_days_earn_the_same_whether_they_are_counted_together_or_not(amount, one, two, three, a, b):
    first, middle, last = sorted((one, two, three))
    terms = Terms(None, a)
    whole = pieces([Held(1, amount, first)], terms, until=last)
    apart = [
        *pieces([Held(1, amount, first)], terms, until=middle),
        *pieces([Held(1, amount, middle)], terms, until=last),
    ]
    assert abs(sum(x.earned for x in whole) - sum(x.earned for x in apart)) < Decimal("1e-20")
    law = Terms(Interest("-", ((date.min, Decimal(0)), *b.rates)), a)
    both = sum(x.earned for x in pieces([Held(1, amount, first)], law, until=last))
    assert both >= sum(x.earned for x in whole) - Decimal("1e-20"), "the greater rate holds"


@given(days, st.sampled_from(["01-01", "04-01", "12-31"]))
def test_interest_is_credited_on_the_newest_such_day(today, named):
    found = last_day_of_credit(Terms(Interest("-", credited_on=named), None), today)
    assert f"{found:%m-%d}" == named
    assert timedelta(0) <= today - found <= timedelta(366)


def test_a_file_says_what_is_wrong_with_its_rates():
    problems = []
    table = {
        "article": "-",
        "credited_on": "02-29",
        "rate": [
            {"from": date(2026, 1, 1), "percent": Decimal(3)},
            {"from": date(2025, 1, 1), "percent": Decimal(2)},
        ],
    }
    interest(TableReader("x", table, problems))
    assert problems == [
        "x: rate 2025-01-01: from: has 2025-01-01, after 2026-01-01; the earliest comes first",
        "x: credited_on: has '02-29'; a day of every year is wanted, like \"04-01\"",
    ]


def pay_deposit(sessions, amount, on, reference="D-1"):
    return cashier.pay_deposit(
        sessions,
        account_number="A-100",
        amount=money(amount),
        channel="bank",
        reference=reference,
        value_on=on,
        by="li.wei",
        today=on,
        now=town.at(on),
    )


def credit(sessions, day):
    made = deposits.credit_interest(sessions, by="the house", today=day, now=town.at(day))
    return made.until, made.total


def test_interest_is_credited_once_a_year_and_pays_what_is_owed(sessions, account):
    with sessions.begin() as session:
        secured.pay_interest(session, 'credited_on = "03-26"')
        town.bill(session, account, "5.00", on=MARCH_1, due_on=date(2026, 4, 16))
    pay_deposit(sessions, "3650.00", JANUARY_1)

    assert credit(sessions, MARCH_1) == (date(2025, 3, 26), 0)
    # 31 days at 3.00 a year and 53 at 4.50: 9.30 and 23.85.
    assert credit(sessions, MARCH_26) == (MARCH_26, 3315)
    assert credit(sessions, JUNE_1) == (MARCH_26, 0)
    assert stands(sessions, account, on=JUNE_1) == (2815, 365_000, [])


def test_a_deposit_goes_back_with_what_it_has_earned(sessions, account):
    with sessions.begin() as session:
        secured.pay_interest(session)
    pay_deposit(sessions, "3650.00", JANUARY_1)
    assert credit(sessions, MARCH_26) == (None, 0), "nothing is credited before it goes back"

    asked = refunds.ask_release(
        sessions,
        account_number="A-100",
        payee="Li Na, 6222",
        by="li.wei",
        reason="a year in time",
        today=MARCH_1,
        now=town.at(MARCH_1),
    )
    made = approve(sessions, refunds.release, asked, on=MARCH_26)

    assert made.amount == 365_000 + 3315
    assert stands(sessions, account, on=JUNE_1) == (0, 0, [])
    with reading(sessions) as session:
        moved = books.trial_balance(session, as_of=JUNE_1)
    assert moved[Book.INTEREST] == (3315, 0)
    assert moved[Book.CASH] == (365_000, 365_000 + 3315)


def test_what_a_bounced_deposit_had_earned_is_kept_from_what_others_earn(sessions, account):
    with sessions.begin() as session:
        secured.pay_interest(session, 'credited_on = "03-01"')
    pay_deposit(sessions, "3650.00", JANUARY_1)
    bounced = pay_deposit(sessions, "7300.00", JANUARY_1, "D-2")
    # 31 days at 3.00 and 28 at 4.50: 9.30 and 12.60 on 3,650.00, and twice that on 7,300.00.
    assert credit(sessions, MARCH_1) == (MARCH_1, 3 * 2190)
    cashier.reverse(
        sessions,
        bounced.payment_id,
        by="wang",
        reason="bounced",
        today=MARCH_26,
        now=town.at(MARCH_26),
    )
    with reading(sessions) as session:
        (earned,) = books.interest_earned(session, [account.id], until=MARCH_26).values()
    assert (earned.total, earned.before, earned.due) == (3315, 6570, 0)


def test_a_release_is_refused_while_the_rate_of_the_law_is_not_known(sessions, account):
    pay_deposit(sessions, "3650.00", JANUARY_1)
    path = Path("config/markets/cn/2024-06-01.toml")
    law = '[deposit.interest]\narticle = "an order on security"\n'
    text_ = path.read_text("utf-8").replace("[deposit.rules]", law + "[deposit.rules]")
    with sessions.begin() as session:
        grid.enact(session, grid.file_of("markets/cn", date(2025, 12, 1), text_))
    with pytest.raises(refunds.CannotRefundError, match=r"an order on security.*no rate is known"):
        refunds.ask_release(
            sessions,
            account_number="A-100",
            payee="Li Na",
            by="li.wei",
            reason="-",
            today=MARCH_26,
            now=town.at(MARCH_26),
        )
    assert stands(sessions, account) == (0, 365_000, [])


def test_the_final_bill_sets_off_what_the_deposit_has_earned(sessions):
    grid.town(sessions, A1=310)
    with sessions.begin() as session:
        secured.pay_interest(session, since=date(2026, 1, 15))
    issued(sessions, FEBRUARY)
    cashier.pay_deposit(
        sessions,
        account_number="A1",
        amount=money("36500.00"),
        channel="bank",
        reference="deposit",
        value_on=FEBRUARY,
        by="cashier",
        today=FEBRUARY,
        now=grid.at(FEBRUARY),
    )
    leave(sessions)

    asked, found = final.ask_final(sessions, payee="Li Na, 6222", **ASKED)
    days = (ASKED["today"] - FEBRUARY).days
    assert found.interest == 450 * days
    made = final.settle(sessions, asked, by=grid.person(grid.CHIEF), **DECIDED)

    assert (made.deposit, made.interest, made.due) == (3_650_000, 450 * days, 0)
    assert made.refund.amount == -found.due
    with reading(sessions) as session:
        assert invariants.findings(session, today=ASKED["today"]) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE deposit_interest SET amount = amount - 1",
        "DELETE FROM deposit_interest",
        "UPDATE deposit_interest SET facts = replace(facts, '2026-03-26', '2026-03-27')",
    ],
)
def test_interest_that_its_days_do_not_explain_is_found(sessions, account, damage):
    with sessions.begin() as session:
        secured.pay_interest(session, 'credited_on = "03-26"')
    pay_deposit(sessions, "3650.00", JANUARY_1)
    credit(sessions, MARCH_26)
    if sessions.kw["bind"].dialect.name != "sqlite":
        damage = damage.replace("replace(facts,", "replace(facts::text,").replace(
            "27')", "27')::json"
        )
    by_hand(sessions, damage)
    with reading(sessions) as session:
        found = invariants.findings(session, today=MARCH_26)
    assert [one.check for one in found] == ["interest on deposits is explained"]


def release(sessions, on):
    asked = refunds.ask_release(
        sessions,
        account_number="A-100",
        payee="Li Na",
        by="li.wei",
        reason="-",
        today=on,
        now=town.at(on),
    )
    return approve(sessions, refunds.release, asked, on=on)


def reverse(sessions, payment_id, on=JUNE_1):
    when = {"today": on, "now": town.at(on)}
    return cashier.reverse(sessions, payment_id, by="chen", reason="mistaken", **when)


def test_of_two_releases_the_later_is_taken_back_first(sessions, account):
    pay_deposit(sessions, "100.00", JANUARY_1)
    release(sessions, MARCH_1)
    pay_deposit(sessions, "50.00", MARCH_1, "D-2")
    release(sessions, MARCH_26)

    with pytest.raises(cashier.UnknownPaymentError, match="R000000004; take back that release"):
        reverse(sessions, 2)
    reverse(sessions, 4)
    reverse(sessions, 2)

    assert stands(sessions, account, on=JUNE_1)[1] == 15_000


def test_a_deposit_that_went_out_in_the_place_of_another_is_found(sessions, account):
    pay_deposit(sessions, "100.00", JANUARY_1)
    release(sessions, MARCH_1)
    pay_deposit(sessions, "150.00", MARCH_26, "D-2")
    with sessions.begin() as session:
        # As the books would do it, were they not asked what has become of it.
        books.reverse_payments(session, [1], posted_on=JUNE_1, reason="bounced")
    with reading(sessions) as session:
        found = invariants.findings(session, today=JUNE_1)
    assert [(one.check, one.message) for one in found] == [
        (
            "the deposits that are held are those that stand",
            "50.00 is held, and the deposits that stand come to 150.00",
        )
    ]
