"""A month settled in several parts, as it explains itself at the terminal."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session, sessionmaker

from billing import advances, customers, final, on_account, store
from billing.account import AccountTerms
from billing.money import major
from config.database import reading
from meters.reading import RegisterCode
from tests.billing.grid import CLERK, at, read
from tests.billing.test_moving import FEBRUARY, issued, of, works
from tests.web.cli.conftest import Terminal

LAST, MARCH = date(2026, 2, 28), date(2026, 3, 1)


@pytest.fixture
def bill(sessions: sessionmaker[Session]) -> str:
    """Bill a factory for February, of which two parts of three were asked for; less was used."""
    works(sessions)
    with sessions.begin() as session:
        account = store.find_accounts(session, ["F1"])["F1"]
        store.add_terms(session, [AccountTerms(account.id, date(2026, 1, 15), 15, 3)])
    issued(sessions, FEBRUARY)
    on_account.ask(sessions, by=CLERK, today=LAST, now=at(LAST))
    with sessions.begin() as session:
        read(session, "F1", MARCH, 40001, 10000)
    issued(sessions, MARCH)
    with reading(sessions) as session:
        return store.bills(session, account_id=account.id)[-1].number


def test_a_bill_names_the_parts_that_were_set_off_against_it(terminal: Terminal, bill: str) -> None:
    told = terminal("bills", "explain", bill)
    facts = terminal("bills", "explain", bill, "--json").json

    assert told.code == 0
    assert f"settled by parts {', '.join(facts['settled_by_parts'])}\n" in told.out
    assert [one.split()[0] for one in facts["settled_by_parts"]] == ["A00000001", "A00000002"]


def test_a_part_is_worked_out_again_from_the_bill_it_was_asked_for_by(
    terminal: Terminal, bill: str, sessions: sessionmaker[Session]
) -> None:
    told = terminal("bills", "explain", "A00000001")
    facts = terminal("bills", "explain", "A00000001", "--json").json

    assert told.code == 0
    assert "a month's energy by these lines, shared out and rounded down" in told.out
    assert (facts["part"], facts["of"], facts["amount"]) == (1, 3, "6666.66")
    assert facts["same"] is True
    with reading(sessions) as session:
        part = advances.find_advance(session, "A00000001")
    assert part is not None
    assert {line["bill"] for line in facts["lines"]} == set(part.by_bills)
    assert sum(Decimal(line["amount"]) for line in facts["lines"]) == 20_000


def test_what_a_final_bill_comes_to_is_shown_to_the_second_person_in_yuan(
    terminal: Terminal, bill: str, sessions: sessionmaker[Session]
) -> None:
    readings = {RegisterCode.TOTAL: Decimal(40001), RegisterCode.REACTIVE: Decimal(10000)}
    customers.move_out(sessions, **of("F1", on=MARCH, readings=readings, today=MARCH))
    asked, found = final.ask_final(
        sessions, account_number="F1", by=CLERK, reason="left", today=MARCH, now=at(MARCH)
    )

    told = terminal("approvals", "show", asked)
    facts = terminal("approvals", "show", asked, "--json").json["facts"]

    assert f"left_to_pay {major(found.due)}," in told.out
    assert facts["left_to_pay"] == found.due


def test_the_statement_says_what_was_owed_after_each_entry_and_of_which_bill(
    terminal: Terminal, bill: str
) -> None:
    rows = terminal("payments", "statement", "F1", "--json").json

    changes = {
        ("receivable", "revenue"): 1,
        ("receivable", "tax"): 1,
        ("advance", "on_account"): -1,
    }
    changes |= {("receivable", "advance"): 1, ("receivable", "late_charge"): 1}
    owed = Decimal(0)
    for row in rows:
        owed += Decimal(row["amount"]) * changes.get((row["debit"], row["credit"]), 0)
        assert Decimal(row["owed"]) == owed
    late = [row["bill"] for row in rows if row["credit"] == "late_charge"]
    assert late == [bill.replace("20260301", "20260201")]
    assert bill in {row["bill"] for row in rows if row["text"] == "settled"}
