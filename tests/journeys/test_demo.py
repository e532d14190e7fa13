"""The demo is the same for the same seed: twice, on both databases, and after a kill -9."""

import contextlib
import time
from pathlib import Path

import pytest

from tests.databases import NewDatabase
from tests.journeys import killed_demo
from tests.mortal import PROCESSES
from web.demo import driver
from web.demo.diary import OtherDemoError
from web.demo.outcome import Outcome

pytestmark = pytest.mark.slow

ACCOUNTS, MONTHS = 60, 4


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Return what a small demo comes to on SQLite when nobody disturbs it."""
    return driver.run(tmp_path_factory.mktemp("demo"), accounts=ACCOUNTS, months=MONTHS)


def test_every_invariant_holds_at_the_end(undisturbed: Outcome) -> None:
    assert undisturbed.findings == ()
    assert len(undisturbed.checks) > 30


def test_something_of_everything_has_happened(undisturbed: Outcome) -> None:
    sections = {section.title: dict(section.rows) for section in undisturbed.sections}
    assert set(sections["Files taken in"]) >= {"readings", "customers", "payments", "statement"}
    assert sections["Bills"]["runs"].startswith(f"{MONTHS},")
    assert "delivered" in sections["Told the customers"]["text messages"]
    assert set(sections["Measures"]) >= {"sms reminder", "letter", "disconnection notice"}
    assert "equals the receivable" in sections["Ageing"]["in sum"]


def test_its_documents_can_be_opened(undisturbed: Outcome) -> None:
    begins = {".pdf": b"%PDF", ".xlsx": b"PK"}
    assert len(undisturbed.documents) >= 6
    for title, path in undisturbed.documents:
        assert path.read_bytes().startswith(begins[path.suffix]), title


def test_the_same_seed_makes_the_same_books_on_postgresql(
    undisturbed: Outcome, new_postgresql: NewDatabase, tmp_path: Path
) -> None:
    # That it makes the same on SQLite, the demo that is killed below shows.
    with new_postgresql() as url:
        again = driver.run(tmp_path, accounts=ACCOUNTS, months=MONTHS, database_url=url)
    assert again.books_digest == undisturbed.books_digest
    assert again.sections == undisturbed.sections
    assert again.findings == ()


def test_another_seed_makes_other_books(undisturbed: Outcome, tmp_path: Path) -> None:
    other = driver.run(tmp_path, accounts=20, months=2, seed="another")
    assert other.books_digest != undisturbed.books_digest
    assert other.findings == ()


def test_a_demo_killed_in_its_bill_runs_goes_on_to_the_same_books(
    undisturbed: Outcome, tmp_path: Path
) -> None:
    moments = (
        ("2026-07-02  draw up bills", 0.03),
        ("2026-08-04  draw up bills", 0.0),
        ("2026-08-05  issue bills", 0.05),
        ("2026-09-02  draw up bills", 0.1),
        ("2026-09-14  payments", 0.02),
    )
    for moment, delay in moments:
        kill_at(moment, tmp_path, delay)
    resumed = driver.run(tmp_path, accounts=ACCOUNTS, months=MONTHS)
    assert resumed.books_digest == undisturbed.books_digest
    assert resumed.sections == undisturbed.sections
    assert resumed.findings == ()


def test_a_folder_holds_one_demo(undisturbed: Outcome) -> None:
    with pytest.raises(OtherDemoError, match="another demo"):
        driver.run(undisturbed.folder, accounts=ACCOUNTS + 1, months=MONTHS)


def kill_at(moment: str, folder: Path, delay: float) -> None:
    """Let the demo run until it begins an act, and kill it a moment later."""
    heard, said = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=killed_demo.run, args=(folder, ACCOUNTS, MONTHS, said))
    child.start()
    said.close()
    reached = ""
    with contextlib.suppress(EOFError):
        while reached != moment:
            reached = heard.recv()
    time.sleep(delay)
    child.kill()
    child.join()
    assert reached == moment, f"the demo never came to {moment}"
