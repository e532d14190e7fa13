"""What every command has in common: the database, the person, the exit code, the one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.cli.conftest import Terminal


def test_a_misspelled_database_is_not_made_by_mistake(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ofice.db"

    answer = terminal("--database", f"sqlite:///{path}", "people", "list")

    assert answer.code == 2
    assert answer.err.startswith("error: there is no database")
    assert not path.exists()


def test_a_database_that_is_no_address_is_told_in_one_line(terminal: Terminal) -> None:
    answer = terminal("--database", "office.db", "people", "list")

    assert answer.code == 2
    assert "looks like sqlite:///office.db" in answer.err


def test_a_server_that_does_not_answer_is_told_in_one_line(terminal: Terminal) -> None:
    answer = terminal("--database", "postgresql://nobody@127.0.0.1:1/none", "people", "list")

    assert answer.code == 2
    assert answer.err.startswith("error: the database cannot be reached")
    assert len(answer.err.splitlines()) == 1


def test_an_unknown_setting_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTLEDGER_DATABSE", "sqlite:///office.db")

    answer = terminal("people", "list")

    assert answer.code == 2
    assert "unknown setting WATTLEDGER_DATABSE" in answer.err


def test_a_word_that_is_not_there_is_a_usage_error(terminal: Terminal) -> None:
    assert terminal("redings", "list").code == 2


def test_who_acts_must_be_said(terminal: Terminal, staff: None) -> None:
    answer = terminal("people", "let-in", "li")

    assert answer.code == 2
    assert "--as LOGIN" in answer.err


def test_who_acts_may_be_said_once_for_all(
    terminal: Terminal, staff: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTLEDGER_USER", "admin")

    assert terminal("people", "shut-out", "li").code == 0


def test_a_right_that_a_person_lacks_is_named(terminal: Terminal, staff: None) -> None:
    answer = terminal("people", "shut-out", "zhao", "--as", "li")

    assert answer.code == 2
    assert "manage_people" in answer.err


def test_a_stranger_is_refused(terminal: Terminal, staff: None) -> None:
    answer = terminal("people", "shut-out", "li", "--as", "nobody")

    assert (answer.code, answer.out) == (2, "")
    assert "nobody has the login nobody" in answer.err


def test_a_day_that_is_none_is_a_usage_error(terminal: Terminal) -> None:
    assert terminal("config", "list", "--today", "2026-02-30").code == 2


def test_the_installed_command_starts_quickly_and_without_a_database(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("wattledger")

    done = subprocess.run(
        [program, "--help"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )

    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("approvals", "show", "9" * 23),
        ("readings", "rows", "9" * 23),
        ("readings", "settle", "9" * 20, "--accept"),
        ("payments", "reverse", "9" * 23, "--reason", "bounced"),
        ("approvals", "show", "0"),
    ],
)
def test_a_number_that_no_database_keeps_is_refused(terminal: Terminal, words: list[str]) -> None:
    answer = terminal(*words)

    assert answer.code == 2
    assert "is no number of anything that is kept; write one that a list shows" in answer.err


def test_a_day_out_of_reach_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    far = terminal("check", "--today", "0001-01-01")
    monkeypatch.setenv("WATTLEDGER_TODAY", "garbage")
    garbage = terminal("check")

    assert (far.code, garbage.code) == (2, 2)
    assert "'0001-01-01' is out of reach; write a day such as 2026-01-31" in far.err
    said = "error: WATTLEDGER_TODAY: 'garbage' is no day; write it as 2026-01-31"
    assert garbage.err.splitlines() == [said]


def test_a_copy_into_a_folder_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTLEDGER_DATABASE", f"sqlite:///{tmp_path / 'office.db'}")
    terminal("db", "upgrade")

    answer = terminal("db", "copy", tmp_path / "nowhere" / "x.db")

    assert answer.code == 2
    assert "there is no folder" in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("bils", "No such command 'bils'; `wattledger --help`"),
        ("bills run --frob", "--frob: is no option of this command; `wattledger bills run --help`"),
        ("arrears hold A-1 other", "--until: is missing; `wattledger arrears hold --help`"),
        ("arrears age --as-of 3.2.26", "--as-of: '3.2.26' is no day; write it as 2026-01-31"),
    ],
)
def test_a_mistyped_word_is_told_in_one_line_with_what_would_be_right(terminal, typed, said):
    answer = terminal(*typed.split())

    assert answer.code == 2
    assert answer.err.startswith(f"error: {said}")
    assert len(answer.err.splitlines()) == 1


def test_a_day_that_has_not_come_has_no_figures_and_no_review(terminal: Terminal, staff: None):
    for words in ("arrears age", "arrears review --as zhao", "ledger balance", "risk kpi"):
        answer = terminal(*words.split(), "--as-of", "2026-03-03")

        assert answer.code == 2
        assert "--as-of: 2026-03-03 is after the business day, 2026-03-02" in answer.err
