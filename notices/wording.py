"""The words of a notice: a supplier's text with $names, and the same text filled with facts."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256
from typing import Any

# ASCII: a Chinese text has no blank after a name, and its signs would count as letters of it.
_NAME = re.compile(r"\$(?:(?P<name>[A-Za-z_]\w*)|(?P<dollar>\$)|)", re.ASCII)
_PLACE = re.compile(r"^\[(\w+)\]$", re.ASCII)
_PIECE = re.compile(r"\{([^{}]*)\}|([^{}]+)")


class BadWordingError(Exception):
    """A wording asks for what its notice doesn't have; the message lists every problem."""


class MissingFactsError(Exception):
    """A notice lacks facts that its wording can't do without."""


class BlockKind(StrEnum):
    """What a block of a notice is."""

    PARAGRAPH = "paragraph"
    ITEM = "item"  # one of a numbered list
    PLACE = "place"  # where something drawn stands: the table of bills, how to pay, ...


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one weight. Spans of an optional piece share its number, from 1 on."""

    text: str
    is_strong: bool = False
    optional: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, an item, or the name of a place."""

    kind: BlockKind
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """Return the block's words without their weights."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a supplier's file says, its $names not yet filled."""

    where: str
    title: str
    blocks: tuple[Block, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer is told, word for word."""

    title: str
    blocks: tuple[Block, ...]
    other_title: str = ""  # what the paper is called in the other language

    def plain(self) -> str:
        """Return the words alone, a line for each paragraph; what a text message says."""
        told = (block.text for block in self.blocks if block.kind is not BlockKind.PLACE)
        return "\n".join(told)

    def to_facts(self) -> dict[str, Any]:
        """Return the words as they are kept with the notice."""
        return {
            "title": self.title,
            "other_title": self.other_title,
            "blocks": [
                [block.kind.value, [[span.text, span.is_strong] for span in block.spans]]
                for block in self.blocks
            ],
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Words":
        """Return the words that were kept."""
        return cls(
            facts["title"],
            tuple(
                Block(BlockKind(kind), tuple(Span(text, strong) for text, strong in spans))
                for kind, spans in facts["blocks"]
            ),
            facts["other_title"],
        )


def parse_wording(
    where: str, text: str, *, names: Collection[str], places: Collection[str]
) -> Wording:
    """
    Return the wording that a file holds.

    The first paragraph is the title if it reads `title: …`. Paragraphs are parted by empty lines;
    one that begins with `- ` is an item of a numbered list, `[charges]` alone is a place, `*…*`
    is strong, `{…}` is left out when a fact in it is absent, `$$` is a dollar sign, and a line
    with `#` in front is a comment.

    :param names: the facts a notice of this kind has. :param places: what can be drawn in it.
    :raises BadWordingError: with every unknown name and place, its line and the remedy.
    """
    problems: list[str] = []
    title = ""
    blocks: list[Block] = []
    for line, paragraph in _paragraphs(text):
        here = f"{where}:{line}"
        problems += _wrong_names(here, paragraph, names)
        if paragraph.startswith("title:") and not blocks:
            title = paragraph.removeprefix("title:").strip()
            continue
        problems += _wrong_marks(here, paragraph)
        block = _block(paragraph)
        if block.kind is BlockKind.PLACE and block.text not in places:
            problems.append(_unknown(here, f"[{block.text}]", "place", places, "[{}]"))
        blocks.append(block)
    if not any(block.kind is not BlockKind.PLACE for block in blocks):
        problems.append(f"{where}: says nothing; write at least one paragraph")
    if problems:
        raise BadWordingError("\n".join(problems))
    return Wording(where, title, tuple(blocks), sha256(text.encode()).hexdigest())


def fill(wording: Wording, facts: Mapping[str, str]) -> Words:
    """
    Return the wording with the facts in place of its $names.

    An optional piece goes when a fact in it is absent (missing or empty), and a paragraph that
    is left without words goes too.

    :raises MissingFactsError: if a fact is absent that isn't in an optional piece.
    """
    present = {name for name, value in facts.items() if value}
    absent = dict.fromkeys(name for name in _names(wording.title) if name not in present)
    filled = []
    for block in wording.blocks:
        spans = _told(block, present)
        for span in spans:
            absent |= dict.fromkeys(name for name in _names(span.text) if name not in present)
        if spans:
            texts = (Span(_substituted(span.text, facts), span.is_strong) for span in spans)
            filled.append(Block(block.kind, tuple(texts)))
    if absent:
        raise MissingFactsError(
            f"{wording.where} needs {', '.join(f'${name}' for name in absent)}, which this notice "
            f"lacks; complete the record, or put the words that need it into {{}}"
        )
    return Words(_substituted(wording.title, facts), tuple(filled))


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield each paragraph in one line, with the number of the line it begins on."""
    gathered: list[str] = []
    begins = 1
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        starts_anew = not line or _PLACE.match(line) or line.startswith(("- ", "title:"))
        if starts_anew and gathered:
            yield begins, _joined(gathered)
            gathered = []
        if line:
            begins = begins if gathered else number
            gathered.append(line)


def _joined(lines: Sequence[str]) -> str:
    """Join the lines of a paragraph: with a blank between Latin words, without beside Chinese."""
    text = lines[0]
    for line in lines[1:]:
        text += (" " if ord(text[-1]) < 0x2E80 and ord(line[0]) < 0x2E80 else "") + line
    return text


def _block(paragraph: str) -> Block:
    place = _PLACE.match(paragraph)
    if place:
        return Block(BlockKind.PLACE, (Span(place[1]),))
    kind = BlockKind.ITEM if paragraph.startswith("- ") else BlockKind.PARAGRAPH
    return Block(kind, tuple(_spans(paragraph.removeprefix("- ").strip())))


def _spans(text: str) -> Iterator[Span]:
    optional = 0
    for match in _PIECE.finditer(text):
        optional += match[1] is not None
        for at, part in enumerate((match[1] or match[2] or "").split("*")):
            if part:
                yield Span(part, bool(at % 2), optional if match[1] is not None else 0)


def _names(text: str) -> list[str]:
    return [match["name"] for match in _NAME.finditer(text) if match["name"]]


def _wrong_names(where: str, text: str, names: Collection[str]) -> Iterator[str]:
    for match in _NAME.finditer(text):
        if match["name"] is None and match["dollar"] is None:
            yield f"{where}: a lonely $; write $$ for a dollar sign"
        elif match["name"] is not None and match["name"] not in names:
            yield _unknown(where, match[0], "fact", names, "${}")


def _wrong_marks(where: str, text: str) -> Iterator[str]:
    if any((match[1] or match[2] or "").count("*") % 2 for match in _PIECE.finditer(text)):
        yield f"{where}: a * is not closed; put *strong words* between two, on one side of a {{"
    if set("{}") & set(re.sub(r"\{[^{}]*\}", "", text)):
        yield f"{where}: a {{ or }} stands alone; put {{optional words}} between the two"


def _unknown(where: str, what: str, noun: str, known: Collection[str], form: str) -> str:
    near = get_close_matches(what.strip("$[]"), known, n=1)
    remedy = (
        f"did you mean {form.format(near[0])}?"
        if near
        else f"known are {', '.join(form.format(name) for name in sorted(known)) or 'none'}"
    )
    return f"{where}: {what} is no {noun} of this notice; {remedy}"


def _told(block: Block, present: Collection[str]) -> list[Span]:
    """Return the spans of a block without the optional pieces that lack a fact."""
    lacking = {
        span.optional
        for span in block.spans
        if span.optional and any(name not in present for name in _names(span.text))
    }
    return [span for span in block.spans if span.optional not in lacking]


def _substituted(text: str, facts: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: facts.get(match["name"], "") if match["name"] else "$", text)
