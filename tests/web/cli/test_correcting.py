"""Bills that a wrong meter made: put right, and the correction taken back, by commands."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import people
from config.people import Role
from tests.billing.grid import read, town
from tests.billing.test_run import MARCH, bill, issue
from tests.web.cli.conftest import PASSWORD, Terminal

RATIO = ("--true-ratio", 40, "--billed-ratio", 30, "--reason", "plate misread")


@pytest.fixture
def office(sessions: sessionmaker[Session], staff: None) -> None:
    """Bill a household for January and February; a second supervisor is there."""
    town(sessions, A1=3000)
    issue(sessions, bill(sessions))
    with sessions.begin() as session:
        read(session, "A1", MARCH, 3300)
        people.add_user(
            session, login="sun", name="sun", password=PASSWORD, roles={Role.SUPERVISOR}
        )
    issue(sessions, bill(sessions, MARCH), today=MARCH)


def owed(terminal: Terminal) -> object:
    return terminal("arrears", "age", "--json").json


def test_a_correction_is_issued_and_cancelled_by_two_people_each(
    terminal: Terminal, office: None
) -> None:
    before = owed(terminal)
    correct = ("bills", "correct", "A1", "--from", "2026-01-01", "--until", "2026-03-01", *RATIO)
    asked = terminal(*correct, "--as", "zhao", "--json")
    assert asked.code == 1, asked.err  # It waits for another person.
    approve = ("approvals", "approve", asked.json["approval"], "--reason", "seen it")
    own = terminal(*approve, "--as", "zhao")
    assert "someone else must decide" in own.err
    assert owed(terminal) == before
    assert terminal(*approve, "--as", "sun").code == 0
    [issued] = terminal("bills", "corrections", "A1", "--json").json
    assert float(issued["amount"]) > 0
    assert owed(terminal) != before

    number = issued["number"]
    explained = [
        terminal("bills", "explain", one["number"], "--json").json["corrected_by"]
        for one in issued["bills"]
    ]
    assert explained == [[number], [number]]
    assert f"{number} corrects bills" in terminal("bills", "explain", number).err
    refused = terminal("bills", "cancel", f"{number}9", "--reason", "wrong plate", "--as", "sun")
    assert refused.code == 2
    assert f"{number}9" in refused.err
    cancel = ("bills", "cancel", number, "--reason", "the plate was right", "--json")
    clerk = terminal(*cancel, "--as", "li")
    assert clerk.code == 2, "a clerk may not"
    waits = terminal(*cancel, "--as", "zhao")
    assert waits.code == 0, waits.err
    assert owed(terminal) != before, "one person alone undoes nothing"
    approve = ("approvals", "approve", waits.json["approval"], "--reason", "seen it too")
    assert terminal(*approve, "--as", "sun").code == 0

    undone, kept = terminal("bills", "corrections", "A1", "--json").json
    assert (undone["reverses"], kept["cancelled_by"]) == (number, undone["number"])
    assert float(undone["amount"]) == -float(kept["amount"])
    assert owed(terminal) == before
    told = terminal("bills", "explain", kept["bills"][0]["number"]).out
    assert "comes out the same" in told
    assert number not in told
    assert terminal("check").code == 0
