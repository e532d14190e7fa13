"""Tariff files at the terminal: checked, priced by and compared, without a database."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook

from tests.billing import shipped
from tests.web.cli.conftest import Terminal

USAGES = [
    {"id": "a", "class": "homes", "start": "2026-01-01", "end": "2027-01-01", "kwh": 5000},
    {"id": "b", "class": "shops & more", "start": "2026-01-01", "end": "2026-02-01", "kwh": 200},
]
HOURS = """
title_en = "Hours"
title_zh = "分时"
currency = "USD"
[registers]
super_off_peak = { en = "super off-peak", zh = "深谷" }
[[calendar]]
name = "hours"
otherwise = "flat"
[[calendar.window]]
register = "super_off_peak"
hours = ["00:00-06:00"]
[[energy]]
code = "energy"
en = "Energy"
zh = "电度电费"
calendar = "hours"
prices = { flat = 0.2, super_off_peak = 0.1 }
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Lay a few tariff files and usages in a folder."""
    texts = {
        "old.toml": shipped.files()["residential_beijing"].text,
        "new.toml": shipped.files()["residential_shanghai"].text,
        "hours.toml": HOURS,
        "usages.json": json.dumps(USAGES),
    }
    found = {name: tmp_path / name for name in texts}
    for name, text in texts.items():
        found[name].write_text(text, "utf-8")
    return found


def test_a_sound_file_is_checked_and_a_broken_one_says_where(
    terminal: Terminal, files: dict[str, Path]
) -> None:
    assert terminal("tariff", "check", files["old.toml"], files["hours.toml"]).code == 0
    files["new.toml"].write_text('title_en = "x"\n= 3\n', "utf-8")
    answer = terminal("tariff", "check", files["old.toml"], files["new.toml"])
    assert answer.code == 1
    assert "new.toml:2: not TOML" in answer.err


def test_hours_are_priced_by_a_calendar_and_say_so(
    terminal: Terminal, files: dict[str, Path]
) -> None:
    day = {"id": "d", "start": "2026-03-01", "end": "2026-03-02"}
    recorded = [day | {"intervals": {"minutes": 60, "kwh": ["1"] * 24}}]
    metered = [day | {"registers": {"flat": 18, "super_off_peak": 6}}]
    for usages in (recorded, metered):
        files["usages.json"].write_text(json.dumps(usages), "utf-8")
        answer = terminal("tariff", "price", files["hours.toml"], files["usages.json"], "--json")
        assert answer.code == 0
        [priced] = answer.json
        assert (priced["total"], priced["currency"]) == ("4.20", "USD")
        assert [(line["code"], line["quantity"], line["amount"]) for line in priced["lines"]] == [
            ("energy.flat", "18", "3.60"),
            ("energy.super_off_peak", "6", "0.60"),
        ]


def test_a_usage_that_cannot_be_read_is_refused_with_its_place(
    terminal: Terminal, files: dict[str, Path]
) -> None:
    files["usages.json"].write_text("[{", "utf-8")
    answer = terminal("tariff", "price", files["old.toml"], files["usages.json"])
    assert answer.code == 2
    assert "usages.json:1: not JSON" in answer.err


def test_two_tariffs_are_compared_by_class(terminal: Terminal, files: dict[str, Path]) -> None:
    paths = (files["old.toml"], files["new.toml"], files["usages.json"])
    answer = terminal("tariff", "compare", *paths, "--json")
    assert answer.code == 0
    homes, shops, everybody = answer.json["classes"]
    assert (homes["name"], homes["more"], homes["difference"]) == ("homes", 1, "631.50")
    assert (shops["name"], everybody["usages"]) == ("shops & more", 2)

    folder = files["old.toml"].parent
    for name in ("c.xlsx", "c.svg", "c.html"):
        assert terminal("tariff", "compare", *paths, "--out", folder / name).code == 0
    by_class, each = load_workbook(folder / "c.xlsx").worksheets
    assert [cell.value for cell in by_class[2]][:8] == ["homes", 1, 1, 0, 0, 2597.5, 3229, 631.5]
    assert [cell.value for cell in each[2]][:2] == ["a", "homes"]
    drawn = ET.parse(folder / "c.svg").getroot()
    assert "shops & more" in {text.text for text in drawn.iter() if text.tag.endswith("text")}
    page = (folder / "c.html").read_text("utf-8")
    assert "shops &amp; more" in page
    assert "631.50" in page


def test_what_cannot_be_compared_is_refused(terminal: Terminal, files: dict[str, Path]) -> None:
    paths = (files["old.toml"], files["hours.toml"], files["usages.json"])
    answer = terminal("tariff", "compare", *paths)
    assert answer.code == 2
    assert "one currency" in answer.err
    answer = terminal("tariff", "compare", *paths, "--out", files["old.toml"].parent / "c.doc")
    assert answer.code == 2
    assert "ends in none of .xlsx, .svg, .html" in answer.err
