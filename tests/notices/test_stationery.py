"""The supplier's file and the wordings: what ships fits, and what doesn't fit is refused."""

import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from config.law import LateRate
from notices import stationery
from notices.figures import LANGUAGES
from notices.kept import from_facts, to_facts
from notices.notice import NAMES, PLACES, NoticeKind, facts_of
from notices.sheets import BILL_NAMES, RECEIPT_NAMES, facts_of_bill, facts_of_receipt
from notices.stationery import BadStationeryError
from notices.supplier import Supplier
from tests.notices import samples

SHIPPED = Path("config")


@pytest.fixture
def folder(tmp_path):
    """Return a supplier's own folder, a copy of what ships."""
    shutil.copy(SHIPPED / "supplier.toml", tmp_path)
    shutil.copytree(SHIPPED / "wording", tmp_path / "wording")
    return tmp_path


def test_both_languages_have_the_same_papers():
    names = {
        language: sorted(path.name for path in (SHIPPED / "wording" / language).iterdir())
        for language in LANGUAGES
    }
    assert names["zh"] == names["en"]
    assert set(names) == {path.name for path in (SHIPPED / "wording").iterdir() if path.is_dir()}


def test_the_readme_names_every_fact_place_and_paper():
    readme = (SHIPPED / "wording" / "README.md").read_text("utf-8")
    names = frozenset().union(*NAMES.values(), BILL_NAMES, RECEIPT_NAMES)
    places = frozenset().union(*PLACES.values())
    papers = {path.stem for path in (SHIPPED / "wording" / "zh").iterdir()}
    told = set(re.findall(r"`\$(\w+)`", readme))
    assert told == names | {"name"}
    assert all(f"`[{place}]`" in readme for place in places)
    assert all(f"`{paper}`" in readme for paper in papers)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("sample", [samples.notice, samples.bare], ids=["full", "bare"])
def test_every_shipped_wording_can_be_filled(language, kind, sample):
    written = stationery.read()
    facts = facts_of(sample(kind, language), written.sender(language))
    words = written.words(language, kind, facts)
    assert set(facts) == NAMES[kind]
    assert "$" not in words.plain()
    assert "{" not in words.plain()
    assert words.plain().strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_bills_and_receipts_can_be_filled(language):
    written = stationery.read()
    sender = written.sender(language)
    for paper in (samples.bill_paper(language), samples.big_bill_paper(language)):
        assert written.words(language, "bill", facts_of_bill(paper, sender)).plain()
    facts = facts_of_receipt(samples.receipt_paper(language), sender)
    assert written.words(language, "receipt", facts).plain()


def test_a_suppliers_own_file_stands_before_the_shipped_one(tmp_path):
    own = tmp_path / "wording" / "en" / "sms_reminder.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Please pay $total.", "utf-8")
    words = stationery.read(tmp_path).words("en", "sms_reminder", {"total": "5"})
    assert words.plain() == "Please pay 5."


def test_everything_that_is_wrong_is_told_at_once(folder):
    supplier = (folder / "supplier.toml").read_text("utf-8")
    (folder / "supplier.toml").write_text(supplier.replace("hotline =", "hotlin ="), "utf-8")
    (folder / "wording" / "zh" / "letter.txt").write_text("请缴 $totl", "utf-8")
    (folder / "wording" / "en" / "leter.txt").write_text("Pay", "utf-8")
    (folder / "wording" / "en" / "bill.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadStationeryError) as refused:
        stationery.read(folder)
    told = str(refused.value)
    assert "supplier.toml: hotline: is missing" in told
    assert "supplier.toml: hotlin: nobody knows this word; did you mean hotline?" in told
    assert "wording/zh/letter.txt:1: $totl is no fact of this notice; did you mean $total?" in told
    assert "wording/en/leter.txt: no notice is called that" in told
    assert "wording/en/bill.txt: not UTF-8 text" in told


def test_a_broken_supplier_file_names_the_line(folder):
    (folder / "supplier.toml").write_text("hotline = \nx = 1", "utf-8")
    with pytest.raises(BadStationeryError, match=r"supplier.toml: .*line 1"):
        stationery.read(folder)


def test_the_supplier_is_kept_and_comes_back_the_same():
    supplier = stationery.read().supplier
    assert from_facts(Supplier, to_facts(supplier)) == supplier


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1.5% of what is unpaid is added for every month."),
        ("zh", "未缴部分按月加收 1.5% 违约金"),
    ],
)
def test_a_bill_says_what_lateness_costs_by_the_month(language, said):
    rate = LateRate(Decimal(0), Decimal(0), Decimal("1.50"))
    paper = replace(samples.bill_paper(language), late_rate=rate)
    facts = facts_of_bill(paper, samples.STATIONERY.sender(language))
    text = samples.STATIONERY.words(language, "bill", facts).plain()
    assert said in text
    assert "every day" not in text
    assert "按日" not in text
