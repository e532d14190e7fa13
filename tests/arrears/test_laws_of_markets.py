"""What each shipped law says: its minima and protections, and both readings of contradictions."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from arrears import law
from arrears.credit import Grade
from arrears.laxness import violations
from arrears.policy import BadPolicyError, parse_policy
from arrears.rules import check_market
from arrears.standing import Debt, DutyDone, Standing
from arrears.step import Step, StepKind, StepState
from billing.late_charge import accrued
from billing.ledger import Charge, ChargeKind
from billing.supply import Protection, SupplyClass
from config import dated
from config.calendar import DayEvent
from config.deposit import AnnualShare
from config.law import DutyKind, PrepaidRule
from config.market import parse_market
from tests.arrears.shipped import CONFIG, rules, table_of

FILES = sorted(CONFIG.glob("markets/*/*.toml"))
DUE = date(2026, 1, 5)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_word_of_a_shipped_law_is_one_that_a_room_obeys(path: Any) -> None:
    file = dated.read(path, subject=f"markets/{path.parent.name}")
    assert check_market(file) == ()
    market = parse_market(file.name, file.table)
    gaps = [key for key, article in market.disconnection.articles if not article.strip()]
    assert not gaps
    assert market.disconnection.approvals >= 2


def test_a_word_that_nobody_obeys_is_refused_with_the_words_that_are() -> None:
    path = CONFIG / "markets/cn/2024-06-01.toml"
    text = path.read_text("utf-8").replace('"life_support", "hospital"', '"life_suport"')
    (said,) = check_market(
        dated.DatedFile("markets/cn", date(2024, 6, 1), text, dated.digest_of(text))
    )
    assert "nobody knows 'life_suport'; choose of" in said


def standing(**facts: Any) -> Standing:
    return Standing(
        1,
        Grade.C,
        **{
            "debts": (Debt(DUE, 30_000, True, 30_000),),
            "classes": frozenset({SupplyClass.RESIDENTIAL}),
            "average_bill": 10_000,
            **facts,
        },
    )


def step(kind: StepKind, on: date, served_on: date | None = None) -> Step:
    return Step(1, 1, 1, kind, "x", on, 0, StepState.DONE, 0, "", done_on=on, served_on=served_on)


def against(market: str, policy: str, kind: StepKind, today: date, **facts: Any) -> set[str]:
    found = rules(market, policy)
    events = facts.pop("events", {})
    calendar = replace(found.calendar, events=events)
    return {
        one.limit for one in law.may(kind, standing(**facts), found.market, calendar, today=today)
    }


def urged(notice_on: date, served_on: date) -> tuple[Step, ...]:
    return (
        step(StepKind.SMS_REMINDER, DUE + timedelta(3)),
        step(StepKind.LETTER, DUE + timedelta(10)),
        step(StepKind.DISCONNECTION_NOTICE, notice_on, served_on),
    )


PLAN = DutyDone(DutyKind.OFFER_PAYMENT_PLAN, date(2026, 2, 1))
TX = ("us_tx/2014-01-01", "us_tx/2024-01-01")
NY = ("us_ny/2003-06-18", "us_ny/2024-01-01")
UK = ("uk/2023-11-08", "uk/2024-01-01")
STEPS = urged(date(2026, 2, 2), date(2026, 2, 3))


@pytest.mark.parametrize(
    ("today", "events", "stops"),
    [
        (date(2026, 2, 13), {}, {"blackout"}),  # a Friday, the eve of a day off
        (date(2026, 2, 18), {}, set()),
        (date(2026, 2, 18), {date(2026, 2, 18): DayEvent.EXTREME_COLD}, {"blackout"}),
        (date(2026, 2, 18), {date(2026, 2, 17): DayEvent.EXTREME_COLD}, set()),
        (date(2026, 2, 18), {date(2026, 2, 16): DayEvent.EXTREME_HEAT}, {"blackout"}),
        (date(2026, 2, 18), {date(2026, 2, 15): DayEvent.EXTREME_HEAT}, set()),
        (date(2026, 2, 18), {date(2026, 2, 18): DayEvent.STORM}, set()),
    ],
)
def test_extreme_weather_in_texas(today: date, events: Any, stops: set[str]) -> None:
    entered = {day: frozenset({kind}) for day, kind in events.items()}
    found = against(*TX, StepKind.DISCONNECTION, today, steps=STEPS, duties=(PLAN,), events=entered)
    assert found == stops


def test_new_york_cuts_from_monday_to_thursday_and_on_no_eve() -> None:
    steps = urged(date(2026, 4, 16), date(2026, 4, 17))
    free = [
        day
        for day in (date(2026, 5, 4) + timedelta(n) for n in range(28))
        if not against(*NY, StepKind.DISCONNECTION, day, steps=steps, duties=(PLAN,))
    ]
    assert {day.strftime("%a") for day in free} == {"Mon", "Tue", "Wed", "Thu"}
    assert date(2026, 5, 25) not in free, "Memorial Day"


@pytest.mark.parametrize(
    ("protection", "today", "is_stopped"),
    [
        (Protection.ELDERLY, date(2026, 3, 31), True),
        (Protection.ELDERLY, date(2026, 4, 8), False),
        (Protection.INFANT, date(2026, 10, 1), True),
        (Protection.NONE, date(2026, 3, 31), False),
    ],
)
def test_in_a_british_winter_pensioners_and_infants_are_not_cut(
    protection: Protection, today: date, is_stopped: bool
) -> None:
    duties = (PLAN, DutyDone(DutyKind.OFFER_PREPAYMENT, date(2026, 2, 1)))
    own = frozenset({protection} - {Protection.NONE})
    found = against(
        *UK,
        StepKind.DISCONNECTION,
        today,
        steps=STEPS,
        duties=duties,
        protections=own,
    )
    assert found == ({"blackout"} if is_stopped else set())


def test_water_works_are_cut_only_once_the_authority_has_a_copy() -> None:
    market = ("cn/2024-06-01", "2024-06-01")
    steps = urged(date(2026, 2, 5), date(2026, 2, 5))
    facts: dict[str, Any] = {"protections": frozenset({Protection.WATER}), "steps": steps}
    today = date(2026, 2, 12)
    assert against(*market, StepKind.DISCONNECTION, today, **facts) == {"duty"}
    for done_on, stops in ((date(2026, 2, 9), set()), (date(2026, 2, 10), {"duty"})):
        copy = (DutyDone(DutyKind.COPY_TO_AUTHORITY, done_on),)
        assert against(*market, StepKind.DISCONNECTION, today, duties=copy, **facts) == stops
    old = (DutyDone(DutyKind.COPY_TO_AUTHORITY, DUE),)
    assert against(*market, StepKind.DISCONNECTION, today, duties=old, **facts) == {"duty"}


def test_fifteen_clear_days_leave_out_both_ends() -> None:
    found = rules("in/2003-06-10", "in/2024-01-01")
    rule = found.market.disconnection
    assert rule.first_cut_day(date(2026, 7, 1), 15, found.calendar) == date(2026, 7, 17)


# ---- contradictions of the sources, each a named mode or a dated file ----


@pytest.mark.parametrize(("mode", "owed"), [("whole_span", 22_200), ("split_at_year_end", 19_000)])
def test_contradiction_1_a_debt_of_last_year(mode: str, owed: int) -> None:
    table = table_of("markets/cn/2024-06-01")
    table["late_charge"]["cross_year_mode"] = mode
    rule = parse_market("cn", table).late_charge

    def charge(no: int, due_on: date, amount: int) -> Charge:
        return Charge(
            id=no,
            account_id=1,
            kind=ChargeKind.ENERGY,
            bill_id=no,
            raised_on=due_on,
            due_on=due_on,
            amount=amount,
            open=amount,
            late_from=due_on,
            supply_class="industrial",
        )

    found = [charge(1, date(2000, 12, 15), 200_000), charge(2, date(2001, 1, 15), 300_000)]
    assert sum(accrued(one, until=date(2001, 1, 18), rule=rule) for one in found) == owed


def test_contradiction_2_the_floor_of_one_yuan_is_the_rule_of_1996_alone() -> None:
    assert rules("cn/1996-10-08").market.late_charge.floor == 100
    assert rules("cn/2024-06-01").market.late_charge.floor == 0


def test_contradiction_3_seven_days_for_residents_and_a_second_notice_of_half_an_hour() -> None:
    market = rules("cn/2024-06-01").market
    assert market.disconnection_for("residential").notice_days_min == 7
    assert market.disconnection_for("commercial").notice_days_min == 3
    assert market.disconnection.second_notice_minutes == 30
    table = table_of("markets/cn/2024-06-01")
    table["disconnection"]["second_notice_minutes"] = 60
    assert parse_market("cn", table).disconnection_for("residential").second_notice_minutes == 60


def test_contradiction_4_three_days_or_one_to_give_supply_back() -> None:
    assert rules("cn/1996-10-08").market.reconnection_hours == 72
    assert rules("cn/2024-06-01").market.reconnection_hours == 24


@pytest.mark.parametrize(
    ("share", "most"), [(AnnualShare.ONE_FIFTH, "2.4"), (AnnualShare.ONE_SIXTH, "2")]
)
def test_contradiction_10_a_fifth_or_a_sixth_of_a_year_in_texas(
    share: AnnualShare, most: str
) -> None:
    table = table_of("markets/us_tx/2014-01-01")
    table["deposit"]["annual_share"] = str(share)
    market = parse_market("us_tx", table)
    assert market.deposit.ceiling_average_bills == Decimal(most)
    policy = rules(*TX).policy  # asks for 2.4 average bills
    lax = [one.limit for one in violations(policy, market)]
    assert lax == ([] if share is AnnualShare.ONE_FIFTH else ["deposit"])


def test_contradiction_10_no_deposit_at_all_as_in_california() -> None:
    table = table_of("markets/us_tx/2014-01-01")
    table["deposit"]["rules"] = {"residential": "forbidden", "other": "allowed"}
    market = parse_market("us_ca", table)
    facts = standing(steps=STEPS)
    calendar = rules(*TX).calendar
    found = law.may(StepKind.DEPOSIT_DEMAND, facts, market, calendar, today=date(2026, 3, 2))
    assert [one.limit for one in found] == ["deposit"]


@pytest.mark.parametrize(
    ("day", "protection", "is_protected"),
    [
        ("2023-04-18", Protection.OVER_75, False),
        ("2023-04-18", Protection.OVER_85, True),
        ("2023-11-08", Protection.OVER_75, True),
        ("2023-11-08", Protection.INFANT, True),
    ],
)
def test_contradiction_11_eighty_five_in_april_and_seventy_five_since_november(
    day: str, protection: Protection, is_protected: bool
) -> None:
    market = rules(f"uk/{day}", "uk/2024-01-01").market
    assert (protection in market.prepaid.protected) is is_protected
    assert market.prepaid.conversion is PrepaidRule.ALLOWED
    assert market.prepaid.min_dunnings == 10


# ---- the words of a policy ----


def bad(**changes: Any) -> str:
    table = table_of("policies/dunning/cn/2024-06-01")
    by_name = {level["name"]: level for level in table["level"]}
    for name, words in changes.items():
        by_name[name].update(words)
    with pytest.raises(BadPolicyError) as refused:
        parse_policy("policies/dunning/ours", table)
    return str(refused.value)


@pytest.mark.parametrize(
    ("level", "words", "said"),
    [
        ("cut", {"segments": ["rich"]}, "nobody knows 'rich'; known are protected, large_user"),
        ("legal", {"needs_approval": False}, "people decide on legal; set it to true"),
        ("cut", {"open_percent_min": 101}, "is above 100; a share in percent is wanted"),
        ("letter", {"days": "workdays"}, "choose one of calendar, business"),
        ("courtesy", {"overdue_days_min": 3}, "overdue_days_min: nobody knows this word"),
        ("courtesy", {"before_due_days": 0}, "a whole number of at least 1 is wanted"),
        ("letter", {"holds": ["none", "illness"]}, "holds: nobody knows 'illness'; a list of some"),
        ("letter", {"holds": []}, "holds: is empty, so it never fits; name some of none, dispute"),
        ("cut", {"holds": ["none", "plan"]}, "a hold keeps disconnection back whatever its reason"),
        ("deposit", {"holds": ["plan"]}, "only courtesy_reminder, sms_reminder, letter, visit may"),
    ],
)
def test_a_word_that_cannot_be_is_refused_with_its_level(
    level: str, words: dict[str, Any], said: str
) -> None:
    found = bad(**{level: words})
    assert f"policies/dunning/ours: level {level}: " in found
    assert said in found


@pytest.mark.parametrize(
    ("market", "level", "words", "said"),
    [
        ("us_ny", "deposit", {"bills_min": 1}, "bills_min = 1; at least 2 are wanted"),
        ("uk", "prepaid", {"dunnings_min": 9}, "dunnings_min = 9; at least 10 are wanted (SLC 28"),
        ("uk", "prepaid", {"overdue_min": 199}, "overdue_min = 199.00; at least 200.00 wanted"),
        ("za", "cut", {"approvals": 1}, "approvals = 1; at least 2 are wanted"),
    ],
)
def test_a_policy_laxer_than_another_country_s_law_is_named_with_the_article(
    market: str, level: str, words: dict[str, Any], said: str
) -> None:
    table = table_of(f"policies/dunning/{market}/2024-01-01")
    next(one for one in table["level"] if one["name"] == level).update(words)
    policy = parse_policy("ours", table)
    newest = max(CONFIG.glob(f"markets/{market}/*.toml"))
    law_of = rules(f"{market}/{newest.stem}", f"{market}/2024-01-01").market
    assert any(said in str(one) for one in violations(policy, law_of))
