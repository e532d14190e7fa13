"""Laws that hold for every account under the shipped policies and markets, whatever happens."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.credit import GRADES
from arrears.decide import outcome
from arrears.fitting import Rules
from arrears.laxness import violations
from arrears.standing import DutyDone, Hold
from arrears.step import DUNNING, RECOVERY, SECURITY, Step, StepKind, StepState
from billing.supply import Protection, SupplyClass
from config.calendar import DayEvent
from config.claims import Bars, months_before
from config.deposit import DepositRule
from config.law import Duty, DutyKind, PrepaidRule
from tests.arrears.player import Account, Bill, Dispute, Payment, People
from tests.arrears.shipped import CONFIG, rules

FIRST = date(2026, 1, 1)
LAST = date(2026, 6, 30)
DAY = timedelta(days=1)
SHIPPED = [
    ("cn/1996-10-08", "2024-06-01"),
    ("cn/2024-06-01", "2024-06-01"),
    ("cn/2024-06-01", "2026-12-01"),
    *(
        (f"{market.parent.name}/{market.stem}", f"{policy.parent.name}/{policy.stem}")
        for policy in sorted(CONFIG.glob("policies/dunning/*/*.toml"))
        for market in sorted(CONFIG.glob(f"markets/{policy.parent.name}/*.toml"))
    ),
]
"""Every shipped law with every policy shipped for it."""

amounts = st.integers(50, 2_000_000)
days = st.dates(FIRST, LAST)


@st.composite
def bills(draw: st.DrawFn) -> tuple[Bill, ...]:
    """Draw up to five bills, each raised some days before it is due."""
    found = []
    for due_on in draw(st.lists(st.dates(FIRST, date(2026, 4, 30)), min_size=1, max_size=5)):
        raised_on = due_on - timedelta(days=draw(st.integers(0, 30)))
        ended_on = raised_on - timedelta(days=draw(st.sampled_from([0, 3, 150, 340])))
        used = (ended_on - timedelta(days=draw(st.integers(1, 60))), ended_on)
        found.append(Bill(due_on, draw(amounts), raised_on, used))
    return tuple(found)


@st.composite
def disputes(draw: st.DrawFn, bills: tuple[Bill, ...]) -> tuple[Dispute, ...]:
    """Draw up to two disputes about bills, of which some are settled by a person."""
    found = []
    for bill in draw(st.lists(st.sampled_from(bills), max_size=2, unique=True)):
        since = bill.due_on + timedelta(days=draw(st.integers(0, 20)))
        until = since + timedelta(days=draw(st.integers(0, 40)))
        settled = draw(st.none() | st.integers(1, 90).map(lambda n, on=since: on + n * DAY))
        found.append(Dispute(bill.due_on, since, until, settled))
    return tuple(found)


@st.composite
def payments(draw: st.DrawFn) -> tuple[Payment, ...]:
    """Draw up to four payments, of which some are taken back later."""
    found = []
    for on, amount in draw(st.lists(st.tuples(days, amounts), max_size=4)):
        found.append(Payment(on, amount))
        if draw(st.integers(0, 3)) == 0:
            found.append(Payment(on + timedelta(days=draw(st.integers(1, 40))), -amount))
    return tuple(found)


@st.composite
def holds(draw: st.DrawFn) -> tuple[Hold, ...]:
    """Draw up to two holds of up to a month."""
    found = []
    for no, starts_on in enumerate(draw(st.lists(days, max_size=2)), start=1):
        ends_on = starts_on + timedelta(days=draw(st.integers(0, 30)))
        found.append(Hold(no, 1, "dispute", "", "wang", starts_on, ends_on))
    return tuple(found)


@st.composite
def duties(draw: st.DrawFn) -> tuple[DutyDone, ...]:
    """Draw duties done for the customer, most of them on some day."""
    done = [kind for kind in DutyKind if draw(st.integers(0, 3))]
    return tuple(DutyDone(kind, draw(days)) for kind in done)


@st.composite
def laws(draw: st.DrawFn) -> Rules:
    """Draw a shipped law and policy, and days that somebody entered."""
    found = rules(*draw(st.sampled_from(SHIPPED)))
    entered = draw(
        st.dictionaries(days, st.frozensets(st.sampled_from(list(DayEvent)), min_size=1))
    )
    return replace(found, calendar=replace(found.calendar, events=entered))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Draw an account with its history, its customer and the people who deal with it."""
    people = People(
        approve_after=draw(st.integers(0, 12)),
        print_after=draw(st.integers(0, 4)),
        serve_after=draw(st.integers(0, 8)),
        switch_after=draw(st.integers(0, 3)),
        refuse=frozenset(draw(st.sets(st.sampled_from(list(StepKind)), max_size=1))),
    )
    own = draw(bills())
    changes = draw(st.lists(st.tuples(days, st.sampled_from(GRADES)), max_size=3))
    return Account(
        rules=draw(laws()),
        duties=draw(duties()),
        bills=own,
        disputes=draw(disputes(own)),
        payments=draw(payments()),
        grades=((date.min, draw(st.sampled_from(GRADES))), *sorted(changes)),
        supply_class=draw(st.sampled_from(list(SupplyClass))),
        protection=draw(st.sampled_from([Protection.NONE, *Protection])),
        average_bill=draw(st.one_of(st.none(), amounts)),
        security=draw(st.integers(0, 1_000_000)),
        holds=draw(holds()),
        people=people,
        away=frozenset(draw(st.sets(days, max_size=10))),
    )


SLOW = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize(("market", "policy"), SHIPPED)
def test_every_shipped_policy_keeps_to_its_law(market: str, policy: str) -> None:
    found = rules(market, policy)
    assert violations(found.policy, found.market) == ()
    assert found.market.disconnection.approvals >= 2


@pytest.mark.slow
@SLOW
@given(accounts())
def test_no_step_is_ever_earlier_than_the_law(account: Account) -> None:
    account.play(FIRST, LAST)
    law = account.rules.market.disconnection_for(account.supply_class)
    for step in account.steps:
        debts = _debts(account, step.proposed_on - DAY)
        assert_claimed(account, step)
        if step.kind in (StepKind.DISCONNECTION_NOTICE, StepKind.DISCONNECTION):
            oldest = min(due_on for due_on, _ in debts)
            assert (step.proposed_on - oldest).days >= law.min_days_overdue
            urged = [
                one
                for one in account.steps
                if one.kind in DUNNING and one.done_on and oldest < one.done_on <= step.proposed_on
            ]
            assert len(urged) >= law.min_dunnings
            assert account.protection not in law.protected
        elif step.kind is StepKind.PREPAID_CONVERSION:
            prepaid = account.rules.market.prepaid
            oldest = min(due_on for due_on, _ in debts)
            assert prepaid.conversion is not PrepaidRule.FORBIDDEN
            assert account.protection not in prepaid.protected
            assert (step.proposed_on - oldest).days >= prepaid.min_days_overdue
            assert_done(account, prepaid.duties, step.proposed_on, oldest)
        elif step.kind is StepKind.DEPOSIT_DEMAND:
            deposit = account.rules.market.deposit
            assert deposit.rule_for(account.supply_class) is not DepositRule.FORBIDDEN
            assert account.protection not in deposit.waived_for
            assert len(debts) >= deposit.min_bills_overdue
            ceiling = deposit.ceiling_average_bills
            assert ceiling is None or account.rules.policy.deposit.average_bills <= ceiling
        elif step.kind not in (StepKind.RECONNECTION, StepKind.COURTESY_REMINDER):
            assert debts, f"{step} without a debt"


@SLOW
@given(accounts())
def test_nobody_is_cut_without_a_served_notice_that_had_its_days(account: Account) -> None:
    account.play(FIRST, LAST)
    law = account.rules.market.disconnection_for(account.supply_class)
    calendar = account.rules.calendar
    for cut in account.steps:
        if cut.kind is not StepKind.DISCONNECTION or cut.done_on is None:
            continue
        served = [
            step.served_on
            for step in account.steps
            if step.kind is StepKind.DISCONNECTION_NOTICE and step.served_on is not None
        ]
        days_ = max(law.notice_days_min, account.rules.policy.notice_days_for(account.supply_class))
        assert any(
            law.first_cut_day(on, days_, calendar) <= cut.done_on
            and (law.notice_days_max is None or (cut.done_on - on).days <= law.notice_days_max)
            for on in served
        )
        assert law.blackout_on(cut.done_on, calendar, {account.protection}) is None
        oldest = min(due_on for due_on, _ in _debts(account, cut.proposed_on - DAY))
        assert_done(account, law.duties, cut.proposed_on, oldest)
        assert not any(hold.is_on(cut.done_on) for hold in account.holds)


@SLOW
@given(accounts())
def test_there_is_at_most_one_step_a_day_and_time_between_two(account: Account) -> None:
    account.play(FIRST, LAST)
    proposed = [s for s in account.steps if s.kind is not StepKind.RECONNECTION]
    days_ = [step.proposed_on for step in proposed]
    assert len(days_) == len(set(days_))
    for step in proposed:
        level = account.rules.policy.level(step.level)
        assert level is not None
        before = [
            other.done_on
            for other in account.steps
            if other.done_on is not None
            and other.done_on < step.proposed_on
            and other.case_id == step.case_id
            and (other.kind in SECURITY) == (step.kind in SECURITY)
            and (other.kind in RECOVERY) == (step.kind in RECOVERY)
            and other.kind not in NOT_DWELT_ON
        ]
        if before:
            assert (step.proposed_on - max(before)).days >= level.min_dwell_days


@pytest.mark.slow
@SLOW
@given(accounts())
def test_paying_everything_leaves_nothing_pending(account: Account) -> None:
    account.play(FIRST, LAST)
    taken_back = sum(-payment.amount for payment in account.payments if payment.amount < 0)
    owed = sum(bill.amount for bill in account.bills) + taken_back
    account.payments = (*account.payments, Payment(LAST + DAY, owed))
    account.play(LAST + DAY, LAST + 4 * DAY)
    assert not any(step.is_pending for step in account.steps)
    standing = account.standing(LAST + 4 * DAY, booked_until=LAST + 4 * DAY)
    assert not standing.is_cut
    before = len(account.steps)
    account.play(LAST + 5 * DAY, LAST + 60 * DAY)
    assert len(account.steps) == before, "silence"


@SLOW
@given(accounts())
def test_what_is_decided_depends_on_the_standing_and_the_day_alone(account: Account) -> None:
    account.play(FIRST, LAST)
    standing = account.standing(LAST, booked_until=LAST)
    turned = replace(standing, steps=standing.steps[::-1])
    first = outcome(standing, account.rules, today=LAST)
    again = outcome(turned, account.rules, today=LAST)
    assert first[1].proposed == again[1].proposed
    assert {s.id for s, _ in first[0].withdrawn} == {s.id for s, _ in again[0].withdrawn}


def assert_done(account: Account, wanted: Iterable[Duty], on: date, oldest: date) -> None:
    """Assert that every duty the law wanted was done for the debt, and early enough."""
    for duty in wanted:
        if duty.binds(on, {account.protection}):
            assert any(
                one.kind is duty.kind
                and one.done_on > oldest
                and duty.allows_from(one.done_on, account.rules.calendar) <= on
                for one in account.duties
            )


def assert_claimed(account: Account, step: Step) -> None:
    """Assert that a measure isn't taken for what was billed too late, nor against a protest."""
    standing = account.standing(step.proposed_on, booked_until=step.proposed_on - DAY)
    market = account.rules.market
    is_cut = step.kind in (StepKind.DISCONNECTION_NOTICE, StepKind.DISCONNECTION)
    if is_cut:
        assert not any(one.is_under_protest for one in standing.contested)
    rule = market.back_billing
    if rule is None or step.kind is StepKind.RECONNECTION:
        return
    if is_cut or rule.bars is Bars.CLAIM:
        assert any(
            bill.used is None or bill.used[1] > months_before(bill.raised_on, rule.months)
            for bill in account.bills
            if bill.raised_on < step.proposed_on
        )


def _debts(account: Account, booked_until: date) -> list[tuple[date, int]]:
    charges, credit = account.open_charges(booked_until)
    found = []
    for charge in sorted(charges, key=lambda one: one.due_on):
        met = min(credit, charge.open)
        credit -= met
        if charge.open > met and charge.due_on < booked_until + DAY:
            found.append((charge.due_on, charge.open - met))
    return found


NOT_DWELT_ON = (StepKind.DISCONNECTION, StepKind.RECONNECTION, StepKind.COURTESY_REMINDER)


def test_refused_steps_stay_refused() -> None:
    account = Account(
        rules(),
        (Bill(date(2026, 1, 15), 50_000, date(2026, 1, 1)),),
        people=People(refuse=frozenset({StepKind.DISCONNECTION_NOTICE})),
    )
    account.play(FIRST, LAST)
    assert {s.state for s in account.steps if s.kind is StepKind.DISCONNECTION_NOTICE} == {
        StepState.REFUSED
    }
