"""No character prints as an empty box: it is drawn by a font that has it, or it is reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from reportlab.pdfbase import pdfmetrics

from notices.paper.fonts import (
    BadFontError,
    MissingGlyphsError,
    describe,
    fonts,
    printable,
)
from notices.paper.labels import _LABELS, _WORDS, BOTH
from notices.paper.press import missing_in
from tests.notices import samples


def runs(text, *, strong=False):
    return [
        (name.removeprefix("wattledger-"), run) for name, run in fonts().measure(text, strong).runs
    ]


def test_a_name_that_the_strong_font_lacks_is_drawn_by_the_regular_one():
    assert runs("李玥", strong=True) == [("strong", "李"), ("regular", "玥")]
    assert runs("陈䶮 㛃 Müller") == [("regular", "陈䶮 㛃 Müller")]


def test_a_character_no_font_has_is_reported_with_its_code_and_a_remedy():
    assert fonts().missing("张𬎆和𬎆") == ["𬎆"]
    with pytest.raises(MissingGlyphsError, match=r"𬎆 \(U\+2C386\).*supplier.toml under \[paper\]"):
        fonts().measure("张𬎆", False)
    assert describe(["𬎆"], "DN1").startswith("DN1: no font has 𬎆 (U+2C386)")


@given(some.text(max_size=60))
def test_any_text_is_drawn_whole_or_refused(text):
    known = fonts()
    missing = known.missing(text)
    if missing:
        with pytest.raises(MissingGlyphsError):
            known.measure(text, False)
        return
    measured = known.measure(text, False)
    assert "".join(run for _, run in measured.runs) == printable(text)
    for name, run in measured.runs:
        glyphs = pdfmetrics.getFont(name).face.charToGlyph
        # Glyph 0 is the empty box.
        assert all(glyphs.get(ord(sign), 0) for sign in run)


def test_what_has_no_shape_is_left_out_and_accents_are_composed():
    assert printable("李\u200b玥\ufeff\n\tx\x00") == "李玥  x"
    assert printable("Mu\u0308ller") == "Müller"


def test_every_label_can_be_drawn():
    texts = [text for pair in (*_LABELS.values(), *_WORDS.values()) for text in pair]
    for text in [*texts, *BOTH.values()]:
        for strong in (False, True):
            fonts().measure(text, strong)


def test_the_supplier_and_the_wordings_can_be_drawn():
    assert missing_in([samples.STATIONERY.wordings.values()], samples.SUPPLIER) == []
    assert missing_in([samples.SUPPLIER.zh, samples.SUPPLIER.en], samples.SUPPLIER) == []


def test_a_further_font_that_is_none_is_refused(tmp_path):
    path = tmp_path / "not-a-font.ttf"
    path.write_text("no", "utf-8")
    with pytest.raises(BadFontError, match="wants TrueType files"):
        fonts((str(path),))
    with pytest.raises(BadFontError, match=r"gone\.ttf"):
        fonts((str(tmp_path / "gone.ttf"),))
