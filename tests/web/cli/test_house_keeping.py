"""The words that keep the house: the database, people, files in force, the timetable."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.web.cli.conftest import PASSWORD, Terminal


def test_a_database_is_made_brought_up_to_date_and_copied(
    tmp_path: Path, terminal: Terminal
) -> None:
    database, copy = f"sqlite:///{tmp_path / 'office.db'}", tmp_path / "copy.db"

    assert terminal("--database", database, "db", "upgrade").code == 0
    assert terminal("--database", database, "db", "status").code == 0
    assert terminal("--database", database, "db", "copy", copy).code == 0
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("SELECT count(*) FROM app_user").fetchone() == (0,)


def test_a_copy_never_overwrites_another(tmp_path: Path, terminal: Terminal) -> None:
    database, copy = f"sqlite:///{tmp_path / 'office.db'}", tmp_path / "copy.db"
    terminal("--database", database, "db", "upgrade")
    copy.write_text("last night's")

    answer = terminal("--database", database, "db", "copy", copy)

    assert answer.code == 2
    assert copy.read_text() == "last night's"


def test_people_are_let_in_freely_until_there_is_an_administrator(terminal: Terminal) -> None:
    words = ("--role", "clerk", "--password", PASSWORD)
    assert terminal("people", "add", "zhao", "Zhao Min", *words).code == 0
    words = ("--role", "administrator", "--password", PASSWORD)
    assert terminal("people", "add", "admin", "Chen Jing", *words).code == 0

    alone = terminal("people", "add", "li", "Li Na", "--role", "clerk", "--password", PASSWORD)
    by_admin = terminal(
        *("people", "add", "li", "Li Na", "--role", "clerk", "--password", PASSWORD),
        *("--as", "admin"),
    )

    assert (alone.code, by_admin.code) == (2, 0)
    assert [one["login"] for one in terminal("people", "list", "--json").json] == [
        "admin",
        "li",
        "zhao",
    ]


def test_a_login_is_given_once(terminal: Terminal, staff: None) -> None:
    words = ("--role", "clerk", "--password", PASSWORD, "--as", "admin")

    answer = terminal("people", "add", "li", "Li Wei", *words)

    assert answer.code == 2
    assert "taken" in answer.err


def test_a_weak_password_is_refused(terminal: Terminal, staff: None) -> None:
    answer = terminal("people", "set-password", "li", "--password", "1234", "--as", "admin")

    assert answer.code == 2
    assert "characters" in answer.err


def test_an_office_that_is_not_there_is_named_with_those_that_are(
    terminal: Terminal, staff: None
) -> None:
    terminal("people", "add-office", "N1", "城北供电所", "North", "--as", "admin")
    words = ("--role", "clerk", "--password", PASSWORD, "--as", "admin")

    answer = terminal("people", "add", "wu", "吴燕", "--office", "S9", *words)

    assert answer.code == 2
    assert "no office has the code S9; known: N1" in answer.err


def test_a_file_takes_force_when_a_second_person_says_so(terminal: Terminal, staff: None) -> None:
    offered = terminal("config", "list", "--json").json
    name = next(one["file"] for one in offered if one["file"].startswith("markets/cn"))

    assert terminal("config", "propose", name, "--as", "li").code == 0
    (waiting,) = [one for one in terminal("config", "list", "--json").json if one["file"] == name]
    alone = terminal("config", "activate", waiting["approval"], "--as", "li")
    second = terminal("config", "activate", waiting["approval"], "--as", "zhao")
    again = terminal("config", "activate", waiting["approval"], "--as", "zhao")

    assert waiting["state"] == "waiting"
    assert (alone.code, second.code, again.code) == (2, 0, 2)
    assert "already" in again.err


def test_a_file_that_is_not_offered_is_refused(terminal: Terminal, staff: None) -> None:
    answer = terminal("config", "propose", "tariffs/none/2026-01-01", "--as", "li")

    assert answer.code == 2
    assert "`wattledger config list` names them" in answer.err


def test_a_policy_is_proposed_beside_its_law_and_takes_force_after_it(
    terminal: Terminal, staff: None
) -> None:
    policy = "policies/dunning/2024-06-01"
    assert terminal("config", "propose", policy, "--as", "li").code == 1
    assert terminal("config", "propose", "--all", "--as", "li").code == 0
    [waits] = [one for one in terminal("config", "list", "--json").json if one["file"] == policy]

    too_soon = terminal("config", "activate", waits["approval"], "--as", "zhao")

    assert too_soon.code == 2
    assert "no law to check it against" in too_soon.err
    assert terminal("config", "activate", "--all", "--as", "zhao").code == 0
    states = {one["file"]: one["state"] for one in terminal("config", "list", "--json").json}
    assert states[policy] == "in force"
    assert not any(name.startswith(("tariffs/us", "markets/us")) for name in states)


@pytest.mark.parametrize("words", [("jobs", "list"), ("jobs", "runs"), ("people", "roles")])
def test_what_reports_reports_as_json(words: tuple[str, ...], terminal: Terminal) -> None:
    assert isinstance(terminal(*words, "--json").json, list)


def test_a_job_that_is_not_in_the_timetable_is_refused(terminal: Terminal, staff: None) -> None:
    answer = terminal("jobs", "start", "revew", "--as", "zhao")

    assert answer.code == 2
    assert "there is no job revew" in answer.err
