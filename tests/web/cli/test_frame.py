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
