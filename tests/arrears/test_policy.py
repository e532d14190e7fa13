"""A policy says what it means or is refused; one that is laxer than the law never takes force."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from arrears import rules as arrears_rules
from arrears.credit import Grade
from arrears.decide import deposit_amount
from arrears.laxness import violations
from arrears.policy import BadPolicyError, Policy, parse_policy
from arrears.rules import LaxPolicyError, check_policy, in_force
from arrears.standing import Standing
from arrears.step import MOVES, StepKind, StepState, Track, track_of
from billing.money import money
from billing.supply import SupplyClass
from config import dated
from config.market import parse_market
from tests.arrears import street
from tests.arrears.shipped import CONFIG, rules, table_of

NAME = "policies/dunning/2024-06-01"


def changed(**levels: dict[str, Any]) -> dict[str, Any]:
    """Return the shipped policy's table with some words of some levels changed."""
    table = table_of(NAME)
    by_name = {level["name"]: level for level in table["level"]}
    for name, words in levels.items():
        by_name[name].update(words)
    return table


def policy(table: dict[str, Any]) -> Policy:
    return parse_policy("policies/dunning/ours", table)


@pytest.mark.parametrize("path", sorted(CONFIG.glob("markets/cn/*.toml")), ids=lambda p: p.stem)
def test_the_shipped_policy_keeps_to_every_shipped_law_of_china(path: Any) -> None:
    market = parse_market(path.stem, table_of(f"markets/cn/{path.stem}"))
    assert violations(rules().policy, market) == ()


def test_the_shipped_policy_is_too_lax_for_another_country_and_says_where() -> None:
    market = parse_market("markets/au", table_of("markets/au/2012-07-01"))
    said = "\n".join(map(str, violations(rules().policy, market)))
    assert "level cut, residential: overdue_min = 100.00; at least 300.00 is wanted" in said
    assert "level cut: notice_days.residential = 7; at least 10 are wanted" in said


@pytest.mark.parametrize(
    ("level", "words", "said"),
    [
        (
            "notice_high_risk",
            {"overdue_days_min": 30},
            "overdue_days_min = 30; at least 31 are wanted (电力供应与使用条例 art. 39)",
        ),
        ("cut", {"dunnings_min": 0}, "dunnings_min = 0; at least 1 wanted"),
        (
            "cut",
            {"approvals": 1},
            "approvals = 1; at least 2 are wanted (供电营业规则 1996 art. 67",
        ),
        ("notice", {"protected": True}, "who is protected is never on the way to a cut"),
        ("deposit", {"needs_approval": False}, "wants a person's decision"),
        ("prepaid", {"needs_approval": False}, "(个人信息保护法 art. 24)"),
        ("notice", {"needs_approval": False}, "disconnection_notice wants a person's decision"),
    ],
)
def test_a_level_that_is_laxer_than_the_law_is_named_with_the_article(
    level: str, words: dict[str, Any], said: str
) -> None:
    found = "\n".join(map(str, violations(policy(changed(**{level: words})), rules().market)))
    assert f"level {level}" in found
    assert said in found


def test_a_notice_shorter_than_the_law_or_older_than_it_allows_is_refused() -> None:
    table = table_of(NAME)
    table["notice_days"] = {"residential": 6, "other": 8}
    said = "\n".join(map(str, violations(policy(table), rules().market)))
    assert "notice_days.residential = 6; at least 7 are wanted" in said
    assert "notice_days.industrial = 8; a notice is too old after 7" in said


def test_a_deposit_above_the_law_s_ceiling_is_refused() -> None:
    table = table_of(NAME)
    table["deposit"]["average_bills"] = 3
    (one,) = violations(policy(table), rules().market)
    assert "deposit.average_bills = 3; at most 2" in one.message


def test_a_lax_policy_cannot_be_activated_nor_run(sessions: Any) -> None:
    day = date(2026, 3, 1)
    path = CONFIG / f"{NAME}.toml"
    text = path.read_text("utf-8").replace("overdue_days_min = 31", "overdue_days_min = 10")
    lax = dated.DatedFile("policies/dunning", day, text, dated.digest_of(text))
    with sessions.begin() as session:
        street.enact(session)
        (first, *_) = check_policy(session, lax)
        assert "art. 39" in first
        street.put_in_force(session, lax)  # By a hand that asked nobody.
        with pytest.raises(LaxPolicyError, match=r"laxer than the law .*\n.*art\. 39"):
            in_force(session, day)


def test_a_case_keeps_the_policy_it_began_under(sessions: Any) -> None:
    day = date(2026, 4, 1)
    text = (CONFIG / f"{NAME}.toml").read_text("utf-8").replace('name = "letter"', 'name = "brief"')
    newer = dated.DatedFile("policies/dunning", day, text, dated.digest_of(text))
    with sessions.begin() as session:
        street.enact(session)
        old = in_force(session, date(2026, 3, 1))
        street.put_in_force(session, newer)
        now = in_force(session, day)
        assert now.rules.policy.level("brief") is not None
        kept = arrears_rules.rules_of(session, old.policy_digest, now)
    assert kept.policy.level("letter") is not None
    assert kept.market == now.rules.market


def test_a_bad_policy_is_refused_once_with_file_level_and_remedy() -> None:
    table = table_of(NAME)
    by_name = {level["name"]: level for level in table["level"]}
    by_name["letter"]["overdue_day_min"] = by_name["letter"].pop("overdue_days_min")
    by_name["visit"]["tiers"] = ["medium"]
    by_name["notice"]["step"] = "switch_off"
    by_name["reminder"]["after"] = ["letter"]
    by_name["deposit"]["name"] = "prepaid"
    by_name["prepaid"]["overdue_min"] = Decimal("0.001")
    table["bucket_edges_days"] = [60, 30]
    with pytest.raises(BadPolicyError) as refused:
        policy(table)
    lines = str(refused.value).splitlines()
    assert all(line.startswith("policies/dunning/ours: ") for line in lines)
    for part in (
        "level letter: overdue_day_min: nobody knows this word; did you mean overdue_days_min?",
        "level letter: overdue_days_min: is missing",
        "level visit: tiers: has ['medium']; a list of some of low, middle, high is wanted",
        "level notice: step: has 'switch_off'; choose one of courtesy_reminder",
        "level reminder: after: no level below asks for letter",
        "level prepaid: there are two of this name",
        "level prepaid: overdue_min: has 0.001; at most 2 decimals are wanted",
        "bucket_edges_days: [60, 30]; rising days are wanted",
    ):
        assert any(part in line for line in lines), part


@pytest.mark.parametrize(
    ("average", "held", "asked"),
    [
        ("5000.00", "0", "10000.00"),
        ("5000.01", "0", "10010.00"),
        ("5000.00", "9950.00", "0"),  # 50.00 is less than it is worth asking for
        ("5000.00", "9900.00", "100.00"),
        ("5000.00", "12000.00", "0"),
        ("0", "0", "0"),
    ],
)
def test_a_deposit_is_two_average_bills_less_what_is_held(
    average: str, held: str, asked: str
) -> None:
    standing = Standing(1, Grade.C, average_bill=money(average), security=money(held))
    assert deposit_amount(rules().policy.deposit, standing) == money(asked)


def test_notice_days_are_those_of_the_class() -> None:
    shipped = rules().policy
    assert shipped.notice_days_for(SupplyClass.RESIDENTIAL) == 7
    assert shipped.notice_days_for(SupplyClass.AGRICULTURAL) == 3


def test_every_state_of_a_step_leads_only_where_the_table_says() -> None:
    ends = {state for state, moves in MOVES.items() if not moves}
    assert ends == {StepState.DONE, StepState.REFUSED, StepState.WITHDRAWN}
    assert MOVES.keys() == set(StepState)
    assert {track_of(kind) for kind in StepKind} == set(Track)
