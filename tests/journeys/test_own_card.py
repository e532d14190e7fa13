"""A card learnt from the supplier's own books: a candidate, two people's word, then in force."""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.orm import Session

from arrears.assessing import months_later
from billing import books
from billing.payment import NewPayment
from config import database
from tests.arrears import street
from tests.billing import town
from tests.web.cli.conftest import Terminal, staff, terminal

__all__ = ["staff", "terminal"]
# How our own history is read is tested on both kinds of database in tests/arrears.
pytestmark = [pytest.mark.slow, pytest.mark.alike_on_databases]

TODAY = date(2026, 3, 2)
MONTHS = 27
PEOPLE = 100
TRAIN = ("risk", "train", "--own", "--months", 17, "--unseen", 1, "--out")


def fill(url: str) -> None:
    """Let customers of several habits live for 27 months: some are often late, and then very."""
    drawn = Random(5)
    sessions = database.sessions(url)
    first = months_later(TODAY.replace(day=1), -MONTHS)
    with sessions.begin() as session:
        street.enact(session)
        accounts = list(town.settle_in(session, *(f"A-{no:03}" for no in range(PEOPLE))).values())
        acts: dict[date, list[NewPayment]] = {}
        for month in range(MONTHS):
            raised = months_later(first, month)
            due = raised + timedelta(days=15)
            for no, account in enumerate(accounts):
                late = days_late(drawn, no % 5)
                # A tenth of a percent a day is what the law lets lateness cost.
                amount = 10_000 + 10 * max(0, late)
                on = due + timedelta(days=late)
                new = NewPayment(account.id, "counter", f"{account.number}-{due}", amount, on)
                acts.setdefault(on, []).append(new)
            for on in sorted(on for on in acts if on < raised):
                pay(session, acts.pop(on), on)
            bills = [
                town.a_bill(session, one, "100.00", issued_on=raised, due_on=due)
                for one in accounts
            ]
            books.post_bills(session, bills, posted_on=raised)
        for on in sorted(on for on in acts if on < TODAY):
            pay(session, acts[on], on)
    database.engine_of(sessions).dispose()


def days_late(drawn: Random, habit: int) -> int:
    """Return how late somebody pays a bill; the higher the habit, the later on average."""
    if drawn.randrange(100) < 2 + 6 * habit:
        return drawn.randrange(40, 70)
    return drawn.randrange(1, 25) if drawn.randrange(100) < 10 + 15 * habit else -3


def pay(session: Session, new: list[NewPayment], on: date) -> None:
    """Take in what came on a day."""
    books.receive(session, new, posted_on=on, by="till", now=street.at(on))


def test_a_card_learnt_from_our_own_books_grades_once_two_people_said_so(
    terminal: Terminal,
    staff: None,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("sklearn")
    card = tmp_path / "policies" / "credit" / f"{TODAY}.toml"
    card.parent.mkdir(parents=True)
    early = terminal(*TRAIN, card)
    assert early.code == 2
    assert "a card needs later months to be judged on" in early.err
    assert not card.exists(), "what cannot be learnt leaves no file"

    fill(database_url)
    few = terminal(*TRAIN[:3], "--months", 1, "--unseen", 1, "--out", card)
    assert few.code == 2
    assert "are too few; at least 250 of either kind are wanted" in few.err
    assert not card.exists()

    page = tmp_path / "card.html"
    learnt = terminal(*TRAIN, card, "--report", page, "--json")
    assert learnt.code == 0, learnt.err
    assert learnt.json["out_of_time"]["auc"] > 0.6, "habits stay what they are"
    assert learnt.json["out_of_time"]["judged_on"] == ["2025-11-30"]
    assert "<svg" in page.read_text("utf-8")

    monkeypatch.setenv("WATTLEDGER_CONFIG", str(tmp_path))
    before = terminal("arrears", "review", "--dry-run", "--json")
    proposed = terminal("config", "propose", f"policies/credit/{TODAY}", "--as", "li")
    assert proposed.code == 0, proposed.err
    number = proposed.out.split()[-1]
    own = terminal("config", "activate", number, "--reason", "mine", "--as", "li")
    assert own.code == 2, "nobody approves what they asked for"
    assert terminal("arrears", "review", "--dry-run", "--json").json == before.json
    better = ("config", "activate", number, "--reason", "better than by hand", "--as", "zhao")
    assert terminal(*better).code == 0
    assert terminal("arrears", "review", "--as", "zhao").code == 0
    good, late = (terminal("risk", "show", f"C-A-00{no}", "--json").json for no in (0, 1))
    assert {good["scorecard"], late["scorecard"]} == {f"policies/credit/{TODAY}"}
    assert good["score"] > late["score"]
    looked_at = {one["indicator"] for one in good["points"]}
    assert looked_at == set(learnt.json["information_values"])
    assert all(one["source"] for one in good["points"])
    assert good["history"][0]["grade"] == good["grade"]
    long_ago = terminal("risk", "show", "C-A-000", "--as-of", "2001-01-01")
    assert long_ago.code == 2
    assert f"the first was on {good['history'][-1]['as_of']}" in long_ago.err
