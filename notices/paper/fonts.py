"""
The fonts of the house, and which of them draws a character.

A font prints an empty box for a character it lacks, in silence. So each character is asked for
in one font after another, and one that no font has is reported instead of drawn.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

FOLDER = Path(__file__).parents[1] / "fonts"
REGULAR = "wattledger-regular"
STRONG = "wattledger-strong"
# All of GBK and Extension A for data, GB 2312 for headings: names outside it fall back.
_FILES = {
    REGULAR: FOLDER / "NotoSansSC-Regular-gbk+extA+.ttf",
    STRONG: FOLDER / "NotoSansSC-Bold-gb2312.ttf",
}
_EM = 1000  # Fonts give widths in thousandths of the size.
# What has no shape of its own: controls, and format marks such as a zero-width space.
_SHAPELESS = re.compile(
    "["
    + "".join(
        re.escape(chr(code))
        for code in (*range(0x10000), *range(0xE0000, 0xE1000))
        if unicodedata.category(chr(code)) in ("Cc", "Cf")
    )
    + "]"
)


class MissingGlyphsError(Exception):
    """No font has a character; the message lists each with its code and where it stands."""

    def __init__(self, signs: Sequence[str], where: str) -> None:
        self.signs = listed(signs)
        self.where = where
        super().__init__(describe(signs, where))


class BadFontError(Exception):
    """A further font named in the supplier's file can't be used."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A text parted by the font that draws each piece, and how wide it is at a size of one."""

    runs: tuple[tuple[str, str], ...]
    width: float


class Fonts:
    """The vendored fonts and a supplier's further ones, each asked in turn for a character."""

    def __init__(self, further: tuple[str, ...]) -> None:
        names = tuple(_register(f"wattledger-further-{path}", Path(path)) for path in further)
        for name, path in _FILES.items():
            _register(name, path)
        self._chains = {
            False: (REGULAR, *names, STRONG),
            True: (STRONG, REGULAR, *names),
        }
        self._found: dict[tuple[str, bool], tuple[str, float] | None] = {}
        # Most of what a batch draws are the same few labels over and over.
        self.measure = lru_cache(maxsize=50_000)(self._measure)

    def missing(self, text: str) -> list[str]:
        """Return the characters of a text that no font has, each once."""
        signs = dict.fromkeys(printable(text))
        return [sign for sign in signs if self._look_up(sign, is_strong=False) is None]

    def width_of(self, sign: str, is_strong: bool) -> float:
        """
        Return how wide a character is at a size of one.

        :raises MissingGlyphsError: if no font has it.
        """
        return self._drawn_by(sign, is_strong)[1]

    def _measure(self, text: str, is_strong: bool) -> Measured:
        """
        Return how a text is drawn.

        :raises MissingGlyphsError: if no font has one of its characters.
        """
        drawn = [(sign, *self._drawn_by(sign, is_strong)) for sign in printable(text)]
        runs = (
            (name, "".join(sign for sign, _, _ in group))
            for name, group in groupby(drawn, lambda one: one[1])
        )
        return Measured(tuple(runs), sum(width for _, _, width in drawn))

    def _drawn_by(self, sign: str, is_strong: bool) -> tuple[str, float]:
        found = self._look_up(sign, is_strong)
        if found is None:
            raise MissingGlyphsError([sign], "a text")
        return found

    def _look_up(self, sign: str, is_strong: bool) -> tuple[str, float] | None:
        key = (sign, is_strong)
        if key not in self._found:
            self._found[key] = self._search(sign, is_strong)
        return self._found[key]

    def _search(self, sign: str, is_strong: bool) -> tuple[str, float] | None:
        code = ord(sign)
        for name in self._chains[is_strong]:
            face = cast("TTFont", pdfmetrics.getFont(name)).face
            if code in face.charToGlyph:
                return name, face.charWidths.get(code, face.defaultWidth) / _EM
        return None


@lru_cache(maxsize=8)
def fonts(further: tuple[str, ...] = ()) -> Fonts:
    """
    Return the fonts of the house with a supplier's further ones; reading them takes a moment.

    :raises BadFontError: if a further font isn't there or isn't TrueType.
    """
    return Fonts(further)


def printable(text: str) -> str:
    """
    Return a text as it can be drawn on a line: composed, without what has no shape of its own.

    Line breaks become blanks; invisible marks (a byte order mark, a zero-width space) go.
    """
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    if composed.isascii() and composed.isprintable():
        return composed
    return _SHAPELESS.sub("", re.sub(r"\s", " ", composed))


def listed(signs: Iterable[str]) -> str:
    """Return the characters, each with its code."""
    return ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs)


def describe(signs: Iterable[str], where: str) -> str:
    """Return what is missing, where, and what helps."""
    return (
        f"{where}: no font has {listed(signs)}; name a TrueType font that has it in supplier.toml "
        f"under [paper] fonts, or correct the text"
    )


def _register(name: str, path: Path) -> str:
    try:
        # Shaping would look ligatures up for every string; the scripts we print need none.
        pdfmetrics.registerFont(TTFont(name, path, shapable=False))
    except (TTFError, OSError) as problem:
        raise BadFontError(
            f"{path}: {problem}; [paper] fonts wants TrueType files with outlines (.ttf)"
        ) from problem
    return name
