"""How many segments a text message takes, which is what the carrier charges for."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

# 3GPP TS 23.038, the default alphabet and its extension table; an extension sign is sent as an
# escape and a second septet, so it counts two.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("|^€{}[]~\\\f")


class Encoding(StrEnum):
    """How the signs of a message travel."""

    GSM_7 = "gsm7"
    UCS_2 = "ucs2"


# Units in a message of one segment, and in each segment of a longer one (a header takes the rest).
_ROOM = {Encoding.GSM_7: (160, 153), Encoding.UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes on its way: septets (GSM-7) or 16-bit units (UCS-2) of each segment."""

    encoding: Encoding
    units: tuple[int, ...]

    @property
    def count(self) -> int:
        """Return the number of segments, at least one."""
        return len(self.units)


def segments(text: str) -> Segments:
    """
    Return the segments that a text takes.

    One sign outside GSM-7 turns the whole message into UCS-2. Neither an extension sign nor a
    surrogate pair is ever torn between two segments, so a segment may stay one unit short.
    """
    encoding = _encoding_of(text)
    sizes = [_size(sign, encoding) for sign in text]
    single, part = _ROOM[encoding]
    if sum(sizes) <= single:
        return Segments(encoding, (sum(sizes),))
    return Segments(encoding, tuple(_filled(sizes, part)))


def _encoding_of(text: str) -> Encoding:
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        return Encoding.GSM_7
    return Encoding.UCS_2


def _size(sign: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if sign in _EXTENDED else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _filled(sizes: list[int], room: int) -> Iterator[int]:
    used = 0
    for size in sizes:
        if used + size > room:
            yield used
            used = 0
        used += size
    yield used
