"""The supplier's own past under another policy: the payments that came, other steps."""

from datetime import date

import pytest
from openpyxl import load_workbook

from arrears import backtest
from arrears.backtest import BadSpanError, Costs
from arrears.policy import Policy, parse_policy
from arrears.readable import readable
from arrears.step import StepKind, StepState
from billing.customer import Language
from notices import stationery
from notices.paper import press
from tests.arrears import street
from tests.arrears.shipped import CONFIG, rules, table_of

pytestmark = pytest.mark.slow

DUE = street.DUE
DAY = street.DAY
NAME = "policies/dunning/2024-06-01"


def policy(**levels: dict[str, object]) -> Policy:
    table = table_of(NAME)
    by_name = {level["name"]: level for level in table["level"]}
    for name, words in levels.items():
        by_name[name].update(words)
    return parse_policy("policies/dunning/tried", table)


def replayed(sessions, tried, last, **words):
    return backtest.backtest(sessions, tried, first=DUE - 30 * DAY, last=last, today=last, **words)


def test_the_policy_in_force_replays_what_really_happened(sessions, account):
    last = date(2026, 5, 12)
    street.live(sessions, account, DUE, last)
    real = {
        (step.kind, step.done_on)
        for step in street.steps(sessions, account)
        if step.state is StepState.DONE
    }
    found = replayed(sessions, rules().policy, last)
    assert found.ruling.done == found.tried.done == {kind: 1 for kind, _ in real}
    assert found.ruling.first_on == {account.id: DUE + 3 * DAY}
    assert found.ruling.hard_on == {account.id: date(2026, 4, 30)}
    assert (found.spared, found.hit, found.earlier, found.later) == (0, 0, 0, 0)


def test_a_milder_policy_spares_and_a_harder_one_is_earlier(sessions, account):
    street.pay(sessions, account, "320.00", on=date(2026, 5, 4))
    last = date(2026, 6, 10)
    late = {"overdue_days_min": 60}
    mild = policy(notice_high_risk=late, notice_middle_risk=late)
    found = replayed(sessions, mild, last)
    assert (found.spared, found.hit) == (1, 0)
    assert found.tried.done.get(StepKind.DISCONNECTION_NOTICE, 0) == 0
    harder = policy(reminder={"overdue_days_min": 1}, letter={"overdue_days_min": 8})
    sooner = replayed(sessions, harder, last)
    assert (sooner.earlier, sooner.later) == (1, 0)
    assert sooner.tried.first_on == {account.id: DUE + DAY}


def test_a_payment_ends_a_replay_on_its_own_day(sessions, account):
    paid_on = DUE + 10 * DAY
    street.pay(sessions, account, "320.00", on=paid_on)
    found = replayed(sessions, rules().policy, DUE + 90 * DAY)
    assert found.ruling.done == {StepKind.SMS_REMINDER: 1}
    assert all(day <= paid_on for day in found.ruling.work)


def test_a_replay_writes_nothing_and_tells_the_cost_and_the_busiest_day(sessions, account):
    last = date(2026, 5, 12)
    found = replayed(sessions, rules().policy, last, costs=Costs(5, 120, 1_000))
    assert street.steps(sessions, account) == []
    done = found.ruling.done
    letters = done[StepKind.LETTER] + done[StepKind.DISCONNECTION_NOTICE]
    cuts = done.get(StepKind.DISCONNECTION, 0)
    assert found.ruling.cost == 5 * done[StepKind.SMS_REMINDER] + 120 * letters + 1_000 * cuts
    day, work = found.ruling.peak
    assert work == max(found.ruling.work.values()) >= 1
    assert DUE < day <= last


def test_a_replay_is_written_as_a_workbook_with_a_chart(sessions, account, tmp_path):
    last = date(2026, 5, 12)
    found = replayed(sessions, rules().policy, last)
    path = tmp_path / "backtest.xlsx"
    backtest.write(found, path)
    book = load_workbook(path)
    steps, days = book.worksheets
    said = {row[0]: row[1:3] for row in steps.iter_rows(min_row=2, values_only=True)}
    assert said["sms_reminder"] == (1, 1)
    assert said["spared"] == (None, 0)
    assert days.max_row == 1 + (last - (DUE - 30 * DAY)).days + 1
    assert len(days._charts) == 1


def test_days_that_are_to_come_or_out_of_order_are_refused(sessions, account):
    for first, last in ((DUE, DUE - DAY), (DUE, DUE + DAY)):
        with pytest.raises(BadSpanError, match=f"up to {DUE}"):
            backtest.backtest(sessions, rules().policy, first=first, last=last, today=DUE)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", sorted(CONFIG.glob("policies/dunning/*/*.toml")), ids=str)
def test_every_shipped_policy_is_told_in_plain_words_and_printed(path, language):
    market = max(CONFIG.glob(f"markets/{path.parent.name}/*.toml")).stem
    found = rules(f"{path.parent.name}/{market}", f"{path.parent.name}/{path.stem}")
    plain = readable(found.policy, found.market, language)
    told = {rule.level for section in plain.sections for rule in section.rules}
    assert told == {level.name for level in found.policy.levels}
    assert {section.segment for section in plain.sections} >= (
        {"居民", "大用户"} if language == "zh" else {"residential", "large users"}
    )
    pdf = press.print_policy(plain, stationery.read(None).supplier, language)
    assert pdf.startswith(b"%PDF")


def test_plain_words_say_when_and_what_and_who_is_asked():
    found = rules("cn/2024-06-01", "cn/2024-06-01")
    plain = readable(found.policy, found.market, "en")
    rows = {rule.level: rule for section in plain.sections for rule in section.rules}
    courtesy = rows["courtesy"]
    assert (courtesy.when, courtesy.what) == (
        "3 days before the due date",
        "text message before the due date",
    )
    cut = rows["cut"]
    assert (cut.when, cut.approval) == ("from day 31 after the due date", "2 people approve")
    assert "at least 20 percent of the bills still open" in cut.conditions
    chinese = readable(found.policy, found.market, "zh")
    letter = next(
        rule for one in chinese.sections for rule in one.rules if rule.level == "letter_large_user"
    )
    assert (letter.when, letter.what) == ("逾期第 3 个工作日起", "催费函")


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (
            ["none", "promise", "plan"],
            "also while on hold for promise to pay, payment plan",
            "暂缓期间照常执行，暂缓原因：承诺缴费、分期付款",
        ),
        (["hardship"], "only while on hold for hardship", "仅限暂缓期间，暂缓原因：经济困难"),
    ],
)
def test_plain_words_say_under_which_holds_a_level_goes_on(words, english, chinese):
    table = table_of(NAME)
    next(one for one in table["level"] if one["name"] == "reminder")["holds"] = words
    policy = parse_policy("ours", table)
    for language, said in (("en", english), ("zh", chinese)):
        plain = readable(policy, rules().market, language)
        (told,) = [r for one in plain.sections for r in one.rules if r.level == "reminder"]
        assert said in told.conditions
    letter = [r for one in plain.sections for r in one.rules if r.level == "letter"]
    assert not any("暂缓" in said for rule in letter for said in rule.conditions)
