"""
What the rooms say in whole sentences, said again in the person's language.

The rooms speak English, with figures and names in their sentences. Each sentence here is one of
theirs, with %(names)s where those stand; it is matched, translated, and filled with the same
figures. A sentence that isn't here is shown as the room said it, and marked as English.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from flask_babel import gettext

from web.language import is_chinese
from web.sentences import SENTENCES
from web.vocabulary import WORDS
from web.words import level


def told(problem: Exception) -> str:
    """Return what a door refused with, in the person's language where there are words for it."""
    return said(str(problem)) or str(problem)


def said(text: str) -> str | None:
    """
    Return what a room said in the person's language; none if there are no words for it.

    Several sentences in one, parted by semicolons, are said again one by one.
    """
    if not text or not is_chinese():
        return text
    whole = _again(text)
    if whole is not None:
        return whole
    # A semicolon may stand inside a sentence, too: try the longest pieces first.
    halves = text.split("; ")
    for at in range(len(halves) - 1, 0, -1):
        first = _again("; ".join(halves[:at]))
        rest = said("; ".join(halves[at:])) if first is not None else None
        if first is not None and rest is not None:
            return "；".join(part for part in (first, rest) if part)
    return None


def _again(text: str) -> str | None:
    for sentence, pattern in zip(SENTENCES, _patterns(), strict=True):
        match = pattern.fullmatch(text)
        if match is not None:
            values = {
                name: level(value) if name == "level" else _value(value)
                for name, value in match.groupdict().items()
            }
            return gettext(sentence) % values
    return None


def _value(text: str) -> str:
    """Return what stands in a sentence: a code's word, a sentence of its own, or as it is."""
    if text in WORDS:
        return str(WORDS[text])
    listed = [one.strip() for one in text.split(",")]
    if len(listed) > 1 and any(one in WORDS for one in listed):
        return "、".join(str(WORDS.get(one, one)) for one in listed)
    return _again(text) or text


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[re.Pattern[str]]:
    for sentence in SENTENCES:
        parts = re.split(r"%\((\w+)\)s", sentence)
        pieces = (
            f"(?P<{part}>{_SHAPES.get(part, '.+?')})"
            if at % 2
            else re.escape(part.replace("%%", "%"))
            for at, part in enumerate(parts)
        )
        yield re.compile("".join(pieces))


# What stands in a place, where it is less than anything.
_WORDS = (
    "code serial level grade state day today after until first value days times least most usual "
    "kwh lower upper used kva kw idle factor kvarh standard percent old new row digits places "
    "decimals quantity moved kept done debt overdue number months amount point tariff class"
)
_SHAPES = dict.fromkeys(_WORDS.split(), r"\S+")
# An article ends with its parenthesis, lest the next sentence be taken for a part of it.
_SHAPES["article"] = r"(?:(?!\); ).)+?"


def spoken(text: str) -> str:
    """Return a code or a sentence of a room in the reader's language; as it is if none is known."""
    if text in WORDS:
        return str(WORDS[text])
    return said(text) or text


def is_english(text: str) -> bool:
    """Test whether a text stands in English on a page that speaks Chinese."""
    return is_chinese() and not re.search(r"[\u4e00-\u9fff]", text)
