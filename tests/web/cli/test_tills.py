"""What a till is short, and a late charge in part: asked, allowed and shown by commands."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.billing.grid import town
from tests.billing.test_run import bill, issue
from tests.web.cli.conftest import Terminal


@pytest.fixture
def office(sessions: sessionmaker[Session], staff: None) -> None:
    """Bill a household in February, which hasn't paid on the second of March."""
    town(sessions, A1=3000)
    issue(sessions, bill(sessions))


def book(terminal: Terminal, name: str) -> object:
    rows = terminal("ledger", "balance", "--json").json
    return next((one for one in rows if one["book"] == name), None)


def test_what_a_till_is_short_is_posted_agreed_to_and_counted_again(
    terminal: Terminal, office: None
) -> None:
    assert terminal("payments", "open-till", "--change", "200", "--as", "li").code == 0
    pay = ("payments", "take", "A1", "50", "--method", "cash", "--reference", "T-1")
    assert terminal(*pay, "--as", "li").code == 0
    close = ("payments", "close-till", "248", "--hand-in", "48", "--as", "li", "--json")
    assert "say in a note" in terminal(*close).err

    closed = terminal(*close, "--note", "two coins")

    assert closed.code == 1, "it waits for another person"
    assert (closed.json["difference"], closed.json["left"]) == ("-2.00", "200.00")
    assert "2.00" in str(book(terminal, "over_short"))
    asked = ("approvals", "approve", closed.json["approval_id"], "--reason", "seen")
    assert terminal(*asked, "--as", "li").code == 2
    assert terminal(*asked, "--as", "zhao").code == 0
    [till] = terminal("payments", "tills", "--json").json
    assert (till["agreed"], till["note"]) == ("approved", "two coins")

    again = ("payments", "recount-till", "li", "--reason", "found them", "--json")
    assert terminal(*again, "--as", "li").code == 2
    opened = terminal(*again, "--as", "zhao").json
    assert (opened["state"], opened["expected"]) == ("open", "250.00")
    assert opened["taken_back"][0]["reason"] == "found them"
    assert terminal("payments", "close-till", "250", "--as", "li").code == 0
    assert terminal("check").code == 0


def test_a_part_of_a_late_charge_is_waived_and_the_bill_explains_it(
    terminal: Terminal, office: None
) -> None:
    [bill_] = terminal("bills", "list", "A1", "--json").json
    waive = ("payments", "waive", "A1", "--bill", bill_["number"], "--reason", "flood", "--json")
    assert (
        "can't be waived: late charges of" in terminal(*waive, "--amount", "9999", "--as", "li").err
    )

    asked = terminal(*waive, "--amount", "0.01", "--as", "li")

    assert asked.code == 1
    yes = ("approvals", "approve", asked.json["approval"], "--reason", "seen")
    assert terminal(*yes, "--as", "zhao").code == 0
    lateness = terminal("bills", "explain", bill_["number"], "--json").json["lateness"]
    [waiver] = lateness["waivers"]
    assert (waiver["amount"], waiver["what"], waiver["reason"]) == ("0.01", "a part", "flood")
    assert float(lateness["charged"]) > 0
    assert "waived" in terminal("bills", "explain", bill_["number"]).out
    assert "waived in part: flood" in terminal("payments", "statement", "A1").out
    assert terminal("check").code == 0
