"""Cases by commands: what is agreed, who looks after whom, and policies before they rule."""

import re
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from billing import store as master
from config import database
from tests.arrears import street
from tests.billing import town
from tests.web.cli.conftest import Terminal

DAY = "2026-03-23"


@pytest.fixture
def owing(database_url: str, staff: None) -> str:
    """Let A-100 owe 300.00 since 16 March 2026 with one reminder sent; return its bill."""
    sessions = database.sessions(database_url)
    with sessions.begin() as session:
        street.enact(session)
        account = town.settle_in(session, "A-100", "A-200")["A-100"]
        street.bill(session, account, "300.00", due=street.DUE)
    street.live(sessions, account, street.DUE, date(2026, 3, 20))
    with sessions() as session:
        bill = master.bills(session, account_id=account.id)[0].number
    database.engine_of(sessions).dispose()
    return bill


def test_a_case_is_walked_by_commands(terminal: Terminal, owing: str) -> None:
    def type_in(*words: object):
        return terminal("arrears", *words, "--today", DAY)

    assert (
        "nobody of this name" in type_in("transfer", "A-100", "--to", "ghost", "--as", "zhao").err
    )
    assert type_in("transfer", "A-100", "--to", "li", "--as", "zhao", "--json").json["cases"] == 1
    (case,) = terminal("arrears", "cases", "--collector", "li", "--json").json
    assert case["account"] == "A-100"
    moved = type_in("hand-over", "li", "--to", "zhao", "--as", "zhao", "--json").json
    assert (moved["cases"], moved["answered_for"]) == (1, 0)

    refused = type_in("promise", "A-100", "900.00", "--by-day", "2026-04-01", "--as", "li")
    assert (refused.code, "up to 300.00 is overdue" in refused.err) == (2, True)
    taken = type_in("promise", "A-100", "100.00", "--by-day", "2026-04-01", "--as", "li", "--json")
    assert taken.json["promise_id"] == 1

    words = ("dispute", "A-100", owing, "--until", "2026-04-01", "--note", "meter", "--as", "li")
    opened = type_in(*words, "--json").json
    (number,) = opened["dispute_ids"]
    settled = type_in("settle-dispute", number, "rejected", "--as", "li", "--json").json
    assert settled["state"] == "rejected"
    assert type_in("settle-dispute", number, "upheld", "--as", "li").code == 2

    done = type_in("duty", "A-100", "copy_to_authority", "--note", "by post", "--as", "li")
    assert done.code == 0
    assert type_in("duty", "A-200", "copy_to_authority", "--note", "x", "--as", "li").code == 2


def test_a_day_of_storm_is_entered_and_taken_out(terminal: Terminal, owing: str) -> None:
    words = ("arrears", "day", "2026-03-25", "storm")
    assert terminal(*words, "--as", "zhao").code == 2, "nobody said who forecast it"
    entered = terminal(*words, "--note", "weather service", "--as", "zhao", "--json").json
    again = terminal(*words, "--note", "weather service", "--as", "zhao", "--json").json
    assert entered["event"] == again["event"], "a day is entered once"
    assert terminal(*words, "--remove", "--as", "zhao").code == 0
    assert terminal(*words, "--remove", "--as", "zhao").code == 2


def test_a_dry_run_says_level_step_rule_and_what_stops_the_others(
    terminal: Terminal, owing: str, tmp_path: Path
) -> None:
    path = tmp_path / "tonight.xlsx"
    words = ("arrears", "review", "--as-of", "2026-03-31", "--dry-run", "--xlsx", path)
    (one,) = terminal(*words, "--json").json["proposals"]
    assert one["level_now"] == "reminder"
    assert (one["kind"], one["level"], one["overdue"]) == ("letter", "letter", "300.00")
    steps, quiet = load_workbook(path).worksheets
    (row,) = steps.iter_rows(min_row=2, values_only=True)
    assert row[:6] == ("A-100", "reminder", "reminder letter", "letter", 300, 300)
    assert quiet.max_row == 1
    words = ("arrears", "review", "--as-of", "2026-03-25", "--dry-run", "--xlsx", path)
    (left,) = terminal(*words, "--json").json["quiet"]
    assert left["level_now"] == "reminder"
    rows = list(load_workbook(path).worksheets[1].iter_rows(min_row=2, values_only=True))
    assert rows[0][0] == "A-100"


@pytest.mark.parametrize(
    ("language", "kind", "reason", "stop"),
    [
        (
            "en",
            "reminder letter",
            "300.00 overdue, the oldest for 15 days",
            "done on 2026-03-19 for this debt",
        ),
        ("zh", "催费函", "逾期 300.00，最长 15 天", "2026-03-19"),
    ],
)
def test_a_dry_run_s_workbook_has_its_reasons_in_the_reader_s_language(
    terminal: Terminal, owing: str, tmp_path: Path, language: str, kind: str, reason: str, stop: str
) -> None:
    path = tmp_path / "tonight.xlsx"
    words = ("arrears", "review", "--dry-run", "--xlsx", path, "--language", language)
    assert terminal(*words, "--as-of", "2026-03-31").code == 0
    (row,) = load_workbook(path).worksheets[0].iter_rows(min_row=2, values_only=True)
    assert row[2] == kind
    assert row[9].startswith(reason)
    assert terminal(*words, "--as-of", "2026-03-25").code == 0
    (left,) = load_workbook(path).worksheets[1].iter_rows(min_row=2, values_only=True)
    assert stop in left[4]
    assert bool(re.search("[\u4e00-\u9fff]", left[4])) is (language == "zh")


def test_a_policy_is_told_printed_and_tried_on_the_past(
    terminal: Terminal, owing: str, tmp_path: Path
) -> None:
    pdf = tmp_path / "policy.pdf"
    told = terminal("arrears", "policy", "--language", "zh", "--pdf", pdf, "--today", DAY)
    assert "逾期第 31 天起" in told.out
    assert pdf.read_bytes().startswith(b"%PDF")

    shipped = terminal("config", "show", "policies/dunning/2024-06-01").out
    ours = tmp_path / "ours.toml"
    ours.write_text(shipped.replace("overdue_days_min = 3\n", "overdue_days_min = 1\n"), "utf-8")
    xlsx = tmp_path / "b.xlsx"
    words = ("arrears", "backtest", ours, "--from", "2026-03-01", "--to", DAY, "--today", DAY)
    found = terminal(*words, "--message-cost", "0.05", "--xlsx", xlsx, "--as", "zhao", "--json")
    rows = {row["what"]: (row["in_force"], row["tried"]) for row in found.json["rows"]}
    assert rows["sms_reminder"] == (1, 1)
    assert rows["first_step_earlier"] == (None, 1)
    assert rows["cost"] == ("0.05", "0.05")
    assert len(load_workbook(xlsx).worksheets) == 2
    assert terminal(*words, "--to", "2027-01-01", "--as", "zhao").code == 2

    lax = tmp_path / "lax.toml"
    lax.write_text(shipped.replace("overdue_days_min = 31", "overdue_days_min = 5"), "utf-8")
    warned = terminal("arrears", "backtest", lax, *words[3:], "--as", "zhao")
    assert "电力供应与使用条例 art. 39" in warned.err
    bad = tmp_path / "bad.toml"
    bad.write_text(shipped.replace('step = "letter"', 'step = "pigeon"'), "utf-8")
    refused = terminal("arrears", "policy", bad, "--today", DAY)
    assert refused.code == 2
    assert "level letter: step: has 'pigeon'; choose one of" in refused.err


def test_the_sources_of_payments_are_listed(terminal: Terminal, owing: str) -> None:
    found = terminal("arrears", "sources")
    assert (found.code, found.out.strip()) == (0, "the policy names no source of payments")


def test_what_is_owed_is_taken_together_by_words_in_small_letters(terminal: Terminal, owing: str):
    for by in ("account", "customer", "class", "route", "office"):
        answer = terminal("arrears", "age", "--by", by, "--today", DAY, "--json")

        assert answer.code == 0, answer.err
        assert "300.00" in answer.out
