"""Where a line of text may end: Chinese between any two signs, Latin between words."""

from collections.abc import Sequence

# reportlab's own lists are Japanese and let ，；：！？》 begin a line.
_NEVER_FIRST = frozenset("，。、；：！？）》】〕〉」』”’…—～·％‰℃,.;:!?)]}%>/°")
_NEVER_LAST = frozenset("（《【〔〈「『“‘￥¥＄$([{<#№")


def line_ends(text: str, widths: Sequence[float], room: float, indent: float = 0) -> list[int]:
    """
    Return where each line of a text ends, as indexes into it; the last is the text's length.

    A word that is wider than the room is torn, since it has to stand somewhere.

    :param widths: the width of each sign. :param room: the width of a line, of the first one
        less the indent.
    """
    ends: list[int] = []
    start, used, latest = 0, indent, 0
    for at, width in enumerate(widths):
        if at > start and _may_part(text, at):
            latest = at
        if used + width > room and text[at] != " " and at > start:
            end = latest if latest > start else at
            ends.append(end)
            start, latest = end, end
            used = sum(widths[_begins(text, end) : at])
        used += width
    ends.append(len(text))
    return ends


def _begins(text: str, at: int) -> int:
    """Return where the line's first word begins: blanks at a line's head aren't drawn."""
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _may_part(text: str, at: int) -> bool:
    """Whether a line may end before the sign at the place."""
    before, after = text[at - 1], text[at]
    if after in _NEVER_FIRST or before in _NEVER_LAST or after == " ":
        return False
    if before == " ":
        # A number stays with what it counts, and an amount with its currency.
        counts = text[at - 2 : at - 1].isdigit() and after.isalpha()
        return not counts and not (after.isdigit() and text[max(0, at - 4) : at - 1].isupper())
    return _is_wide(before) or _is_wide(after)


def _is_wide(sign: str) -> bool:
    return ord(sign) >= 0x2E80
