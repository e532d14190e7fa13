"""An expert's word, terms, proposals, and what the file tells the indicators, on real databases."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears import adjusting, assessing, crediting, invariants, proposing, review, store
from arrears.credit import Grade, Tier
from arrears.credit_file import Flag, ItemKind
from arrears.crediting import BadCreditError, Paper
from arrears.early_warning import Granted
from arrears.file_facts import parse_facts
from arrears.flowing_in import flowed_in
from arrears.indicators import measure
from arrears.proposing import proposal
from billing import store as master
from billing.history import Event, supply_history
from billing.money import money
from billing.supply import Supply, SupplyClass
from config import approval
from config.acts import Act
from config.approval import OwnWorkError, State
from tests.arrears import street
from tests.arrears.test_cards import CARD
from tests.billing import town

SMALL = SupplyClass.COMMERCIAL
TODAY = date(2027, 1, 4)
DAY = timedelta(days=1)
WHEN = {"today": TODAY, "now": street.at(TODAY)}


@pytest.fixture
def mill(sessions):
    """Give M-1, which paid every bill of a year on time and was assessed last night."""
    with sessions.begin() as session:
        street.enact(session)
        account = town.settle_in(session, "M-1", supply_class=SupplyClass.INDUSTRIAL)["M-1"]
    for month in range(12):
        due = assessing.months_later(date(2026, 1, 16), month)
        with sessions.begin() as session:
            street.bill(session, account, "300.00", due=due)
        street.pay(sessions, account, "300.00", on=due - DAY)
    review.review(sessions, today=TODAY - DAY, now=street.at(TODAY - DAY))
    return account


def put(sessions, kind, title="x", *, holds_from=TODAY, amount=None, until=None, **figures):
    """Put an item into the file of M-1."""
    return crediting.record(
        sessions, "M-1", kind, title=title, holds_from=holds_from, expires_on=until,
        amount=amount, by="li", paper=Paper("bureau", "", figures), **WHEN,
    )  # fmt: skip


def grading(sessions, account):
    """Return the newest assessment."""
    with sessions() as session:
        return store.assessments(session, [account.customer_id])[account.customer_id]


def ask(sessions, notches, *, until=date(2027, 6, 30), by=street.MAKER):
    """Ask that the grade of M-1 be moved."""
    return adjusting.ask(
        sessions, "M-1", notches=notches, until=until, reason="new owner", by=by, **WHEN
    )


def officer(sessions, no=0):
    """Return somebody who may approve."""
    with sessions() as session:
        return street.officer(session, no)


def test_an_expert_s_word_takes_a_second_person_ends_by_itself_and_is_told(sessions, mill):
    before = grading(sessions, mill)
    assert (before.grade, before.adjusted, before.card) == ("AAA", 0, "")
    asked = ask(sessions, -1, by=street.OFFICERS[0])
    with pytest.raises(OwnWorkError):
        adjusting.grant(sessions, asked, by=officer(sessions), accept=True, reason="ok", **WHEN)
    decided = adjusting.grant(
        sessions, asked, by=officer(sessions, 1), accept=True, reason="ok", **WHEN
    )
    assert decided.state is State.APPROVED
    after = grading(sessions, mill)
    assert (after.grade, after.adjusted, after.reason) == ("AA", -1, "adjustment")
    assert assessing.worked_out(CARD, after).by_points is Grade.AAA
    with sessions() as session:
        standing = store.credit_standings(session, [mill.customer_id])[mill.customer_id]
        assert standing.next_on == date(2027, 7, 1)
        assert invariants.findings(session, today=TODAY) == []
    ended = date(2027, 7, 1)
    review.review(sessions, today=ended, now=street.at(ended))
    assert grading(sessions, mill).adjusted == 0


def test_a_word_on_the_day_of_an_assessment_counts_from_the_next_review(sessions, mill):
    first = adjusting.grant(
        sessions, ask(sessions, -1), by=officer(sessions), accept=True, reason="ok", **WHEN
    )
    again = adjusting.grant(
        sessions, ask(sessions, 1), by=officer(sessions), accept=True, reason="ok", **WHEN
    )
    assert (first.state, again.state) == (State.APPROVED, State.APPROVED)
    assert grading(sessions, mill).adjusted == -1
    review.review(sessions, today=TODAY + DAY, now=street.at(TODAY + DAY))
    assert grading(sessions, mill).adjusted == 1


@pytest.mark.parametrize(
    ("notches", "until", "said"),
    [
        (2, date(2027, 6, 30), "by 1 up or down at most"),
        (0, date(2027, 6, 30), "by 1 up or down at most"),
        (1, TODAY, "must lie after today"),
        (1, date(2028, 1, 5), "not after 2028-01-04"),
    ],
)
def test_a_word_beyond_the_policy_is_refused_and_nothing_waits(
    sessions, mill, notches, until, said
):
    with pytest.raises(BadCreditError, match=said):
        ask(sessions, notches, until=until)
    with sessions() as session:
        assert approval.waiting(session) == []


def test_a_changed_grade_proposes_a_limit_and_a_credit_period_once(sessions, mill):
    asked = crediting.apply(
        sessions, "M-1", limit=money(500), warning_line=money(400), reason="-", by="li", **WHEN
    )
    crediting.grant(sessions, asked, by=officer(sessions), accept=True, reason="ok", **WHEN)
    assert proposing.propose(sessions, **WHEN) == 0, "nobody was assessed today"
    adjusting.grant(
        sessions, ask(sessions, -1), by=officer(sessions), accept=True, reason="ok", **WHEN
    )
    assert proposing.propose(sessions, **WHEN) == 2
    assert proposing.propose(sessions, **WHEN) == 0, "both wait already"
    with sessions() as session:
        limit = approval.waiting(session, act=Act.SET_CREDIT_LIMIT)[0]
        period = approval.waiting(session, act=Act.SET_TERMS)[0]
    assert (limit.facts["limit"], limit.facts["warning_line"]) == (money(900), money(720))
    assert (limit.facts["grade_before"], limit.facts["grade"]) == ("AAA", "AA")
    assert period.facts["credit_days"] == 30
    crediting.grant(sessions, limit.id, by=officer(sessions), accept=True, reason="ok", **WHEN)
    with sessions() as session:
        held = store.limits_on(session, [mill.customer_id], TODAY)[mill.customer_id]
    assert held.limit == money(900)


@given(st.sampled_from(Tier), st.integers(1, 10**8), st.integers(0, 10**9))
def test_a_proposal_is_what_the_tier_is_worth_and_far_from_what_was_granted(tier, bill, limit):
    assert CARD.limits is not None
    found = proposal(CARD.limits, tier, bill, Granted(1, limit, 0, TODAY))
    if found is not None:
        assert abs(found.limit - dict(CARD.limits.bills)[tier] * bill) <= money(1)
        assert 0 <= found.warning_line <= found.limit
        assert abs(found.limit - limit) * 100 >= CARD.limits.change_percent * limit
        assert proposal(CARD.limits, tier, bill, Granted(1, found.limit, 0, TODAY)) is None


def values(sessions, account, day=TODAY):
    """Return the values of the catalogue for M-1's customer."""
    with sessions() as session:
        behaviour = assessing.behaviour_of(session, [account.customer_id], today=day)
    return {one.name: one.value for one in measure(behaviour[account.customer_id], as_of=day)}


def test_the_file_feeds_the_indicators(sessions, mill):
    assert values(sessions, mill)["debt_ratio"] is None
    put(
        sessions, ItemKind.STATEMENT, total_assets="1000000", total_liabilities="400000.00",
        current_assets="300000", current_liabilities="200000", revenue="500000", profit="-50000",
    )  # fmt: skip
    put(sessions, ItemKind.GUARANTEE, amount=money(600), until=date(2027, 12, 31))
    put(sessions, ItemKind.THEFT, holds_from=date(2026, 7, 4))
    put(sessions, ItemKind.COURT_EVENT, holds_from=date(2026, 12, 5))
    put(sessions, ItemKind.BLACKLISTING, until=date(2027, 6, 30))
    months = {"2026-11-30": "revolving 20000.00 0", "2026-12-31": "paid_in_full 10000 12000"}
    put(sessions, ItemKind.CREDIT_REPORT, limit="50000", **months)
    found = values(sessions, mill)
    expected = {
        "debt_ratio": "0.4", "current_ratio": "1.5", "profit_margin": "-0.1",
        "security_cover": "2", "months_since_theft": "6", "months_since_court_event": "0",
        "blacklisted": "1", "report_limit": "50000", "report_drawn": "0.2",
        "report_months_unpaid": "1", "report_months_in_full": "1",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == {
        name: Decimal(value) for name, value in expected.items()
    }
    assert found["months_since_breach"] is None
    later = values(sessions, mill, date(2028, 1, 1))
    assert (later["blacklisted"], later["security_cover"]) == (0, None)
    assert values(sessions, mill, TODAY - DAY)["blacklisted"] == 0, "it wasn't recorded then"


def test_bad_figures_are_refused_all_at_once():
    _, problems = parse_facts(ItemKind.STATEMENT, {"assets": "1", "profit": "much"})
    assert len(problems) == 2
    said = parse_facts(ItemKind.CREDIT_REPORT, {"2026-12-31": "drawn 1 2", "2026-11-30": "unused"})
    assert len(said[1]) == 3, "the limit is missing, too"
    assert parse_facts(ItemKind.NOTE, {"profit": "1"})[1]
    agreed = {"late_charge_per_day": "0.2", "settlements": "2.5", "discount": "1"}
    assert len(parse_facts(ItemKind.CONTRACT, agreed)[1]) == 3


def test_a_contract_says_what_was_agreed():
    agreed = {"late_charge_per_day": "0.002", "settlements": "3"}
    assert parse_facts(ItemKind.CONTRACT, agreed) == (agreed, [])


def test_changes_of_service_come_from_the_supplies_themselves():
    def supply(no, point, since, until, **terms):
        return Supply(
            no, 1, point, since, until, **({"supply_class": SMALL, "tariff": "t"} | terms)
        )

    day = [date(2026, month, 1) for month in range(1, 7)]
    found = supply_history(
        [
            supply(1, 7, day[0], day[1]),
            supply(2, 7, day[1], day[2], capacity_kva=Decimal(315)),
            supply(4, 8, day[2], day[4]),
            supply(3, 7, day[3], None),
        ],
        {7: "P-7", 8: "P-8"},
    )
    assert [(one.on, one.point, one.event) for one in found] == [
        (day[4], "P-8", Event.MOVED_OUT),
        (day[3], "P-7", Event.MOVED_IN),
        (day[2], "P-8", Event.MOVED_IN),
        (day[2], "P-7", Event.MOVED_OUT),
        (day[1], "P-7", Event.CHANGED),
        (day[0], "P-7", Event.MOVED_IN),
    ]
    assert found[4].facts == {"capacity_kva": (None, Decimal(315))}


def test_a_credit_file_knows_the_services_up_to_its_day(sessions, mill):
    with sessions() as session:
        [supply] = master.supplies_of(session, [mill.id])[mill.id]
        began, before = (
            flowed_in(session, mill.customer_id, None, as_of=day).services
            for day in (supply.starts_on, supply.starts_on - DAY)
        )
    assert [(one.on, one.event) for one in began] == [(supply.starts_on, Event.MOVED_IN)]
    assert before == ()


def test_a_flag_is_up_until_its_newest_word_ends(sessions, mill):
    put(sessions, ItemKind.WATCH, Flag.TENANT)
    put(sessions, ItemKind.WATCH, Flag.LARGE_OLD_DEBT)
    with pytest.raises(BadCreditError, match="is no flag"):
        put(sessions, ItemKind.WATCH, "rich")
    put(sessions, ItemKind.WATCH, Flag.TENANT, until=TODAY)
    with sessions() as session:
        now = crediting.credit_file(session, "M-1", as_of=TODAY)
        later = crediting.credit_file(session, "M-1", as_of=TODAY + DAY)
    assert now.flags == (Flag.LARGE_OLD_DEBT, Flag.TENANT)
    assert later.flags == (Flag.LARGE_OLD_DEBT,)


def test_peers_of_the_class_tell_how_a_large_user_stands(sessions):
    with sessions.begin() as session:
        street.enact(session)
        numbers = [f"L-{no:02}" for no in range(12)]
        accounts = town.settle_in(session, *numbers, supply_class=SupplyClass.INDUSTRIAL)
        for account in accounts.values():
            for month in range(3):
                due = assessing.months_later(date(2026, 9, 16), month)
                street.bill(session, account, "100.00", due=due)
        supplies = master.supplies_of(session, [one.id for one in accounts.values()])
        large = [replace(one[0], capacity_kva=Decimal(630)) for one in supplies.values()]
        master.change_supplies(session, large, on=date(2026, 12, 20))
    for no, account in enumerate(accounts.values()):
        street.pay(sessions, account, "300.00", on=date(2026, 11, 20) + no * DAY)
    review.review(sessions, today=TODAY, now=street.at(TODAY))
    with sessions() as session:
        ids = [one.customer_id for one in accounts.values()]
        found = store.assessments(session, ids)
        assert invariants.findings(session, today=TODAY) == []
    assert {one.card for one in found.values()} == {"large_users"}
    shares = [Decimal(found[key].indicators["peer_percentile"]) for key in ids]
    assert shares == sorted(shares, reverse=True), "who pays sooner stands higher"
    assert (shares[0], shares[-1]) == (1, Decimal("0.0833"))
