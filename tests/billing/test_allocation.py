import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.allocation import Credit, allocate, settle
from billing.ledger import Charge, ChargeKind
from billing.money import money
from config.law import Cap, CrossYearMode, LateCharge, LateRate

ORDER = ("fee", "late_charge", "energy")
CASES = tomllib.loads(Path("tests/cases/payments/allocation.toml").read_text("utf-8"))["case"]
NO_LATE_CHARGE = LateCharge(
    (), LateRate(Decimal(0), Decimal(0)), CrossYearMode.SPLIT_AT_YEAR_END, 0, Cap.NONE, ""
)
TWO_PER_MILLE = LateCharge(
    (), LateRate(Decimal(2), Decimal(3)), CrossYearMode.SPLIT_AT_YEAR_END, 0, Cap.NONE, ""
)


def charge(number, due_on, amount, kind=ChargeKind.ENERGY, **facts):
    return Charge(
        number,
        1,
        kind,
        number,
        min(due_on, due_on - timedelta(days=15)),
        due_on,
        amount,
        facts.pop("open_", amount),
        due_on,
        **facts,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_which_charges_a_payment_settles(case):
    names = [name for name, *_ in case["charges"]]
    charges = [
        charge(at, due_on, money(amount), ChargeKind(kind))
        for at, (_, kind, due_on, amount) in enumerate(case["charges"])
    ]

    pairs, left = allocate(
        money(case["pays"]),
        charges,
        order=ORDER,
        designated=[names.index(name) for name in case.get("designated", ())],
    )

    assert [[names[key], amount] for key, amount in pairs] == [
        [name, money(amount)] for name, amount in case["settles"]
    ]
    assert left == money(case["left"])


def test_paying_late_costs_the_late_charge_first():
    # 1,000.00 due on 1 March, 500.00 paid on the 11th: ten days at two per mille are 20.00.
    found = settle(
        [Credit(9, 50_000, date(2026, 3, 11))],
        [charge(1, date(2026, 3, 1), 100_000)],
        rule=TWO_PER_MILLE,
        order=ORDER,
        posted_on=date(2026, 3, 12),
    )

    (late,) = found.late_charges
    assert (late.amount, late.late_from, late.for_charge_id) == (2_000, date(2026, 3, 11), 1)
    assert late.raised_on == late.due_on == date(2026, 3, 12)
    assert [(a.charge_id, a.amount, a.value_on) for a in found.allocations] == [
        (late.id, 2_000, date(2026, 3, 12)),
        (1, 48_000, date(2026, 3, 11)),
    ]


def test_money_that_was_there_in_time_costs_nothing():
    found = settle(
        [Credit(9, 100_000, date(2026, 3, 1))],
        [charge(1, date(2026, 3, 1), 100_000)],
        rule=TWO_PER_MILLE,
        order=ORDER,
        posted_on=date(2026, 3, 9),
    )

    assert found.late_charges == ()
    assert [a.amount for a in found.allocations] == [100_000]


def test_a_second_payment_is_charged_only_for_the_days_since_the_first():
    found = settle(
        [Credit(9, 52_000, date(2026, 3, 11)), Credit(10, 60_000, date(2026, 3, 16))],
        [charge(1, date(2026, 3, 1), 100_000)],
        rule=TWO_PER_MILLE,
        order=ORDER,
        posted_on=date(2026, 3, 16),
    )

    # Ten days on 1,000.00, then five days on the 500.00 that were left.
    assert [late.amount for late in found.late_charges] == [2_000, 500]
    assert [late.id for late in found.late_charges] == [-1, -2]


def test_a_designated_bill_takes_its_late_charge_with_it():
    found = settle(
        [Credit(9, 100_000, date(2026, 3, 31))],
        [charge(1, date(2026, 1, 20), 100_000), charge(2, date(2026, 3, 21), 50_000)],
        rule=TWO_PER_MILLE,
        order=ORDER,
        posted_on=date(2026, 3, 31),
        designated=[2],
    )

    settled = [(a.charge_id, a.amount) for a in found.allocations]
    assert settled == [(-2, 1_000), (2, 50_000), (-1, 14_000), (1, 35_000)]


amounts = st.integers(1, 10**8)
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
charges_ = st.lists(st.tuples(days, amounts, st.sampled_from(ChargeKind)), max_size=8).map(
    lambda rows: [charge(at, due, amount, kind) for at, (due, amount, kind) in enumerate(rows)]
)
credits_ = st.lists(st.tuples(amounts, days), max_size=5).map(
    lambda rows: [Credit(at, amount, day) for at, (amount, day) in enumerate(rows)]
)


@given(amounts, charges_, st.lists(st.integers(0, 8), max_size=3, unique=True))
def test_paying_is_never_lost(amount, charges, designated):
    pairs, left = allocate(amount, charges, order=ORDER, designated=designated)

    assert sum(part for _, part in pairs) + left == amount
    assert left == 0 or left == amount - sum(one.open for one in charges)


@given(credits_, charges_)
def test_settling_never_uses_more_than_there_is(given_, charges):
    found = settle(given_, charges, rule=TWO_PER_MILLE, order=ORDER, posted_on=date(2027, 1, 1))

    owed = {one.id: one.open for one in (*charges, *found.late_charges)}
    held = {credit.payment_id: credit.open for credit in given_}
    for allocation in found.allocations:
        owed[allocation.charge_id] -= allocation.amount
        held[allocation.payment_id] -= allocation.amount
    assert min(owed.values(), default=0) >= 0
    assert min(held.values(), default=0) >= 0
    # No debt stands beside unused money.
    assert not any(owed.values()) or not any(held.values())


@given(credits_, charges_)
def test_settling_what_is_settled_changes_nothing(given_, charges):
    first = settle(given_, charges, rule=NO_LATE_CHARGE, order=ORDER, posted_on=date(2027, 1, 1))
    if first.allocations:
        used = {credit.payment_id: credit.open for credit in given_}
        for allocation in first.allocations:
            used[allocation.payment_id] -= allocation.amount
        open_ = {one.id: one.open for one in charges}
        for allocation in first.allocations:
            open_[allocation.charge_id] -= allocation.amount
        again = settle(
            [Credit(c.payment_id, used[c.payment_id], c.value_on) for c in given_],
            [charge(c.id, c.due_on, c.amount, c.kind, open_=open_[c.id]) for c in charges],
            rule=NO_LATE_CHARGE,
            order=ORDER,
            posted_on=date(2027, 1, 1),
        )
        assert again.allocations == ()
