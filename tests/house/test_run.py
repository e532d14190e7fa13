"""The bootstrap tells its troubles in sentences, and never the address of anyone's index."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import run
from tests import browser, postgres
from tests.house import code

HOST = "mirror.example"
NO_NETWORK = f"""
WARNING: Retrying after connection broken by 'NewConnectionError("host='{HOST}', port=443: \
Temporary failure in name resolution")': /simple/flask/
ERROR: Could not find a version that satisfies the requirement flask (from versions: none)
ERROR: No matching distribution found for flask
"""
NO_PACKAGE = f"""
Looking in indexes: https://me:secret@{HOST}/simple
ERROR: No matching distribution found for psycopg-binary>=3.3
"""
SAID = {
    "no network": (NO_NETWORK, "cannot be reached"),
    "no such package": (NO_PACKAGE, "psycopg-binary>=3.3 was not found"),
    "no room": ("ERROR: [Errno 28] No space left on device", "the disk is full"),
    "anything else": (
        f"ERROR: 500 for https://me:secret@{HOST}/simple/x",
        "could not be installed",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_pip_says_becomes_a_sentence_without_the_index(case: str) -> None:
    said, expected = SAID[case]

    told = run._pip_trouble(said)

    assert expected in told
    assert HOST not in told
    assert "secret" not in told


def test_without_a_word_it_shows_what_it_can_do() -> None:
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=code.ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 2
    assert "python3 run.py demo" in done.stdout


def test_an_old_python_is_told_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr("shutil.which", lambda name: None)

    with pytest.raises(run.SetUpError, match=r"needs Python 3\.11 or newer, and this is 3\.9\.2"):
        run._python_new_enough()


def test_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    module = next(one for one in code.modules() if one.path == Path("run.py"))
    imported = [node for node in ast.walk(module.tree) if isinstance(node, ast.Import)]
    names = {alias.name for node in imported for alias in node.names} | {
        str(node.module) for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom)
    }

    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_a_postgres_that_does_not_answer_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(postgres.ADDRESS, "postgresql://nobody@127.0.0.1:1/none")

    with (
        pytest.raises(postgres.NoPostgresError, match="no PostgreSQL answers"),
        postgres.server(),
    ):
        pass


def test_a_browser_that_is_not_there_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(browser.ADDRESS, str(tmp_path / "none"))

    with pytest.raises(browser.NoBrowserError, match="not a file"):
        browser.find()
