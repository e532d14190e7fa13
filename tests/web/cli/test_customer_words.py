"""Customers at the terminal: opened, moved in, changed, moved out, settled finally, closed."""

from pathlib import Path

import pytest

from tests.web.cli.conftest import Terminal
from tests.web.cli.test_walk import CUSTOMERS

FIRST_DAY = "2026-01-05"
CLERK, CHIEF = ("--as", "li"), ("--as", "zhao")


@pytest.fixture
def house(terminal: Terminal, staff: None, tmp_path: Path) -> Terminal:
    """Return a terminal of a house with its rules and three customers; it is 2 March 2026."""
    assert terminal("config", "propose", "--all", *CLERK, "--today", FIRST_DAY).code == 0
    assert terminal("config", "activate", "--all", *CHIEF, "--today", FIRST_DAY).code == 0
    file = tmp_path / "c.csv"
    file.write_text(CUSTOMERS, "utf-8")
    assert terminal("customers", "take-in", file, *CLERK).code == 0
    return terminal


def test_a_customer_is_opened_supplied_changed_and_settled_finally(house: Terminal) -> None:
    assert (
        house(
            *(
                "customers",
                "open",
                "0009876",
                "--customer",
                "C9",
                "--name",
                "新户",
                "--office",
                "N1",
            ),
            *CLERK,
        ).code
        == 0
    )
    out = ("customers", "move-out", "0000001", "P1", "--on", "2026-03-02", "--reason", "moved")
    unread = house(*out, *CLERK)
    assert (unread.code, "give the closing reading" in unread.err) == (2, True)
    ended = house(*out, "--reading", "400", *CLERK, "--json")
    assert ended.json["ends_on"] == "2026-03-02"
    begun = house(
        *("customers", "move-in", "9876", "P1", "--on", "2026-03-02", "--class", "residential"),
        *("--tariff", "residential_beijing", "--household", "2", *CLERK, "--json"),
    )
    assert (begun.json["account"], begun.json["household_size"]) == ("0009876", 2)
    asked = house("bills", "final", " 0000001", *CLERK, "--json")
    assert (asked.code, asked.json["billed"], asked.json["due"]) == (1, "146.49", "146.49")
    approval = asked.json["approval"]
    assert house("approvals", "approve", approval, *CHIEF).code == 0
    refused = house("customers", "close", "1", "--reason", "left", *CLERK)
    assert (refused.code, "146.49 of account 0000001 is open" in refused.err) == (2, True)
    paid = house("payments", "take", "1", "146.49", "--reference", "88", *CLERK, "--json")
    receipt = paid.json["receipt"]
    closed = house("customers", "close", "1", "--reason", "left", *CLERK, "--json")
    assert closed.json["closed_on"] == "2026-03-02"
    assert house("check").code == 0
    more = house("payments", "take", "1", "5", "--reference", "89", *CLERK, "--json")
    assert (more.code, more.json["on_account"]) == (0, "5.00")
    assert "account 0000001 is closed since 2026-03-02: find out whose" in more.err
    # As it is printed on the receipt.
    taken_back = house("payments", "reverse", receipt, "--reason", "bounced", *CHIEF, "--json")
    assert taken_back.json["receipt"] == receipt


def test_a_supply_is_changed_and_its_history_told(house: Terminal) -> None:
    at = ("--on", "2026-02-10", "--reason", "asked", *CLERK)
    changed = house("customers", "change", "0000002", "P2", "--household", "6", *at, "--json")
    assert changed.json["starts_on"] == "2026-02-10"
    assert house("customers", "suspend", "0000002", "P2", *at).code == 2
    named = house("customers", "change-name", "2", "李蕾", "--reason", "married", *CLERK, "--json")
    assert named.json["name"] == "李蕾"
    asked = house(
        *("customers", "terms", "2", "--credit-days", "7", "--reason", "agreed", *CLERK, "--json")
    )
    assert house("approvals", "approve", asked.json["approval"], *CHIEF).code == 0
    told = house("customers", "history", "２", "--json").json
    assert [one["what"] for one in told] == [
        "terms_changed",
        "renamed",
        "supply_changed",
        "moved_in",
        "account_opened",
    ]
    assert told[0]["facts"] == {"credit_days": "15 -> 7"}
    assert told[2]["facts"] == {"household_size": "6"}


def test_the_template_and_the_failed_rows_are_written(house: Terminal, tmp_path: Path) -> None:
    assert house("customers", "template", tmp_path / "new.xlsx").code == 0
    bad = tmp_path / "bad.csv"
    bad.write_text(CUSTOMERS.replace("13800000001", "12").replace("C1,王芳", "C7,王芳"), "utf-8")
    taken = house("customers", "take-in", bad, *CLERK, "--json")
    failed = house("customers", "failed", taken.json["id"], tmp_path / "failed.xlsx")
    assert (failed.code, "1 rows to mend" in failed.out) == (1, True)
    assert house("customers", "failed", 999, tmp_path / "none.csv").code == 2
