"""
Where the outside cases are: files and expected results that nobody of the project wrote.

`WATTLEDGER_CASES` names the folder; without it the folder `shared/cases` beside the checkout is
looked for. The suite is green without them on the cases that are committed; a test of an absent
corpus says which corpus it misses, and the head of the report lists all that are absent.
"""

import os
from pathlib import Path

import pytest

VARIABLE = "WATTLEDGER_CASES"
ROOT = Path(os.environ.get(VARIABLE) or Path(__file__).parents[2] / "shared" / "cases")

# Each corpus and where in the folder it is, `..` being the data that come with the cases.
CORPORA = {
    "abuse": "abuse",
    "ageing": "ageing",
    "bank": "bank",
    "domain": "domain",
    "greenbutton": "greenbutton",
    "mscons": "mscons",
    "nem": "nem",
    "tariff": "tariff",
    "twilio": "twilio",
    "worked_bills": "worked_bills",
    "arrears_oregon": "../data/arrears_oregon",
    "credit": "../data/credit",
    "loads": "../data/loads",
}


def absent() -> list[str]:
    """Return the names of the corpora that are not on this machine."""
    return [name for name in CORPORA if not _folder(name).is_dir()]


def corpus(name: str, *parts: str) -> Path:
    """Return a corpus's folder, or a file in it; without the corpus the test is skipped aloud."""
    folder = _folder(name)
    if not folder.is_dir():
        pytest.skip(f"the outside cases '{name}' are not here; set {VARIABLE} to their folder")
    path = folder.joinpath(*parts)
    assert path.exists(), f"{path} is missing from the outside cases '{name}'"
    return path


def describe() -> str:
    """Say in one line which outside cases will be tested."""
    missing = absent()
    if not missing:
        return f"all {len(CORPORA)} corpora in {ROOT}"
    if len(missing) == len(CORPORA):
        return f"none in {ROOT}; their tests are skipped (set {VARIABLE} to have them run)"
    return f"in {ROOT}; absent, their tests skipped: {', '.join(missing)}"


def _folder(name: str) -> Path:
    return (ROOT / CORPORA[name]).resolve()
