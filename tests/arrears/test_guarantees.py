"""A guarantee: asked for, taken with its days, counted as security, released or called by two."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from arrears import crediting, raising, review, security, store
from arrears import decide as decision
from arrears.credit import Grade
from arrears.credit_file import Ending, ItemKind
from arrears.crediting import BadCreditError, Paper
from arrears.early_warning import WarningKind
from arrears.standing import Debt, Standing
from arrears.standings import standings
from arrears.step import Step, StepKind, StepState
from billing import store as master
from billing.account import Account
from billing.money import money
from billing.supply import SupplyClass
from config import approval
from config.approval import OwnWorkError, State
from tests.arrears import shipped, street
from tests.billing import town

TODAY = date(2026, 3, 20)
LAST = date(2026, 6, 30)


def take(sessions, *, amount=400, until=LAST, form="bank_guarantee"):
    """Take a guarantee for A-100's customer."""
    return crediting.record(
        sessions, "A-100", ItemKind.GUARANTEE, title="Bank of Ning", holds_from=TODAY,
        expires_on=until, amount=money(amount), paper=Paper(figures={"form": form}), by="li",
        today=TODAY, now=street.at(TODAY),
    )  # fmt: skip


def held(sessions, account, day):
    """Return the security that a review sees for an account on a day."""
    with sessions() as session:
        grade = review.in_force(session, day).card.new_grade
        known = standings(session, [account.id], today=day, new_grade=grade)
    return known[account.id].standing.security


def decide(sessions, asked, no, day, *, accept=True):
    """Let one of the officers say yes or no."""
    with sessions() as session:
        user = street.officer(session, no)
    return security.grant(
        sessions, asked, by=user, accept=accept, reason="seen", today=day, now=street.at(day)
    )


def test_a_guarantee_is_security_from_its_first_to_its_last_day(sessions, account):
    take(sessions)
    assert held(sessions, account, TODAY) == money(400)
    assert held(sessions, account, LAST) == money(400)
    assert held(sessions, account, LAST + street.DAY) == 0


def test_nothing_is_counted_for_two_accounts_of_one_customer(sessions, account):
    with sessions.begin() as session:
        second = Account(0, "B-100", account.customer_id, 15, street.OPENED, None, 0)
        master.add_accounts(session, [second])
        second = master.find_accounts(session, ["B-100"])["B-100"]
        (supply,) = master.supplies_of(session, [account.id])[account.id]
        office_id = master.customers(session, [account.customer_id])[account.customer_id].office_id
        place = town.point(session, "B-100", office_id)
        own = replace(supply, account_id=second.id, service_point_id=place)
        master.add_supplies(session, [own])
        street.bill(session, second, "100.00", due=street.DUE)
    take(sessions)
    assert held(sessions, account, TODAY) == money(300)
    assert held(sessions, second, TODAY) == money(100)


def test_who_gave_none_is_asked_and_who_gave_enough_is_not():
    rules = shipped.rules(policy="cn/2024-06-01")
    owing = Standing(
        account_id=1,
        grade=Grade.CC,
        debts=(Debt(street.DUE, money(90_000), is_bill=True),),
        classes=frozenset({SupplyClass.INDUSTRIAL}),
        average_bill=money(90_000),
        # The way to a cut is waiting for somebody already.
        steps=(waiting(StepKind.LETTER),),
    )
    day = street.DUE + 12 * street.DAY
    proposed = decision.decide(owing, rules, today=day).proposed
    assert (proposed.kind, proposed.amount) == (StepKind.GUARANTEE_DEMAND, money(180_000))
    assert proposed.needs_approval
    given = replace(owing, security=money(180_000))
    assert decision.decide(given, rules, today=day).proposed is None


def waiting(kind):
    """Return a step that waits to be carried out."""
    return Step(1, 1, 1, kind, "letter", TODAY, 0, StepState.APPROVED, 0, "")


def test_a_form_nobody_knows_is_refused(sessions, account):
    with pytest.raises(BadCreditError, match="surety, bank_guarantee, deposit_pledge"):
        take(sessions, form="handshake")
    assert held(sessions, account, TODAY) == 0


@pytest.mark.parametrize("ending", list(Ending))
def test_it_ends_by_two_people_and_once(sessions, account, ending):
    item = take(sessions)
    how = {"by": street.OFFICERS[0], "today": TODAY, "now": street.at(TODAY)}
    asked = security.ask(sessions, item, ending, reason="paid for a year", **how)
    with pytest.raises(OwnWorkError):
        decide(sessions, asked, 0, TODAY)
    assert held(sessions, account, TODAY) == money(400)
    twice = security.ask(sessions, item, ending, reason="again", **how)
    assert decide(sessions, asked, 1, TODAY).state is State.APPROVED
    assert held(sessions, account, TODAY) == 0
    with pytest.raises(security.BadSecurityError, match=f"was {ending} on {TODAY}"):
        decide(sessions, twice, 1, TODAY)
    with sessions() as session:
        assert approval.find(session, twice).state is State.WAITING
        (kept,) = crediting.credit_file(session, "A-100", as_of=TODAY).items
    assert (kept.ending, kept.ended_on) == (ending, TODAY)


def test_a_no_leaves_it_as_it_is(sessions, account):
    item = take(sessions)
    asked = security.ask(
        sessions, item, Ending.CALLED, reason="owes", by="li", today=TODAY, now=street.at(TODAY)
    )
    assert decide(sessions, asked, 0, TODAY, accept=False).state is State.REFUSED
    assert held(sessions, account, TODAY) == money(400)


def test_what_is_no_guarantee_or_is_over_cannot_end(sessions, account):
    item = take(sessions)
    late = LAST + street.DAY
    how = {"by": "li", "today": late, "now": street.at(late)}
    with pytest.raises(security.BadSecurityError) as refused:
        security.ask(sessions, item, Ending.CALLED, reason=" ", **how)
    assert "reason" in str(refused.value)
    assert f"held until {LAST}" in str(refused.value)
    with pytest.raises(security.BadSecurityError, match="item 999"):
        security.ask(sessions, 999, Ending.CALLED, reason="x", **how)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (LAST - timedelta(days=31), None),
        (LAST - timedelta(days=30), WarningKind.SECURITY_ENDS),
        (LAST, WarningKind.SECURITY_ENDS),
        (LAST + timedelta(days=1), WarningKind.SECURITY_ENDED),
        (LAST + timedelta(days=31), None),
    ],
)
def test_somebody_is_told_before_it_ends_and_once_it_has(sessions, account, day, kind):
    take(sessions)
    raising.scan(sessions, today=day, now=street.at(day))
    with sessions() as session:
        told = [one for one in store.warnings(session) if one.kind.startswith("security")]
    assert [one.kind for one in told] == ([kind] if kind else [])
    assert all(one.facts["amount"] == money(400) for one in told)


@pytest.mark.slow
@pytest.mark.parametrize(("amount", "is_back"), [(300, True), (299, False)])
def test_a_guarantee_of_all_that_is_overdue_gives_supply_back(sessions, account, amount, is_back):
    street.live(sessions, account, street.DUE, date(2026, 5, 20))
    assert street.steps(sessions, account)[-1].kind is StepKind.DISCONNECTION
    day = date(2026, 5, 21)
    how = {"paper": Paper(figures={"form": "bank_guarantee"}), "by": "li"}
    crediting.record(
        sessions, "A-100", ItemKind.GUARANTEE, title="Bank of Ning", holds_from=day,
        expires_on=day + 60 * street.DAY, amount=money(amount), today=day, now=street.at(day), **how
    )  # fmt: skip
    last = street.steps(sessions, account)[-1]
    assert (last.kind is StepKind.RECONNECTION) is is_back
    street.work(sessions, day)
    street.live(sessions, account, day + street.DAY, day + 20 * street.DAY)
    kinds = [one.kind for one in street.steps(sessions, account)]
    assert kinds.count(StepKind.DISCONNECTION) == 1, "not cut again while somebody stands for it"


def test_where_the_law_knows_no_guarantee_only_money_gives_supply_back():
    cut = Step(
        1, 1, 1, StepKind.DISCONNECTION, "cut", TODAY, 1, StepState.DONE, 0, "", done_on=TODAY
    )
    standing = Standing(
        1, Grade.C, debts=(Debt(TODAY - 60 * street.DAY, 30_000, True),), steps=(cut,),
        covered=30_000, classes=frozenset({SupplyClass.RESIDENTIAL}),
    )  # fmt: skip
    for market, is_back in (
        ("cn/2024-06-01", True),
        ("us_ny/2003-06-18", True),
        ("uk/2023-11-08", False),
    ):
        rules = shipped.rules(market)
        assert decision.look_again(standing, rules, today=TODAY).is_to_reconnect is is_back, market
