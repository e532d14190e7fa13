"""How many segments a message takes."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from notices.segments import Encoding, segments
from tests.corpora import corpus

CASES = tomllib.loads(Path("tests/cases/notices/segments.toml").read_text("utf-8"))["text"]
LATIN = "abc XYZ 0123 äöü £ €[]{}~^|\\ \n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_segments_of_known_texts(case):
    found = segments(case["sign"] * case["repeat"])
    assert (found.encoding, list(found.units)) == (case["encoding"], case["units"])


def test_the_published_examples():
    (example,) = [
        one
        for one in json.loads(corpus("domain", "examples.json").read_text("utf-8"))
        if one["id"] == "E15"
    ]
    signs = {"ucs2": "费", "gsm7": "a"}
    found = [segments(signs[encoding] * length).count for encoding, length in example["in"]]
    assert found == example["out"]


@given(some.text(max_size=500))
def test_every_unit_is_in_a_segment_and_none_is_too_long(text):
    found = segments(text)
    is_small = found.encoding is Encoding.GSM_7
    single, part = (160, 153) if is_small else (70, 67)
    if not is_small:
        assert sum(found.units) == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert all(units <= (single if found.count == 1 else part) for units in found.units)


@given(some.text(alphabet=LATIN, max_size=400), some.text(alphabet=LATIN, max_size=100))
def test_a_longer_text_never_takes_fewer_segments(text, more):
    assert segments(text + more).count >= segments(text).count


@given(some.text(alphabet=LATIN, max_size=400))
def test_one_chinese_sign_turns_the_whole_message(text):
    assert segments(text).encoding is Encoding.GSM_7
    assert segments(text + "电").encoding is Encoding.UCS_2
