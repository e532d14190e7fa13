"""
What banks write into the details of a SWIFT movement (field 86): three ways, and none at all.

German banks number the parts (`?20` to `?29` and `?60` to `?63` the purpose, `?32` and `?33` the
payer; DFÜ agreement, annex 3, chapter 8.2.3) and put words such as `EREF+` into the purpose. Dutch
banks write words between slashes (`/EREF/`, `/REMI/`). Others write as they please.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

KEYWORDS = (
    *("EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "IBAN"),
    *("BIC", "BREF", "RREF", "PURP"),
)
"""The words that stand in a purpose, each with a plus behind it."""
_WORDS = re.compile(rf"(?<![A-Z])({'|'.join(KEYWORDS)})[+:]")
_SLASHED = re.compile(
    r"(?:^|/)(TRTP|CSID|IBAN|BIC|NAME|REMI|EREF|PREF|KREF|MARF|ORDP|BENM|CNTP|ULTD|ULTC|RTRN|PURP|ISDT"
    r"|SUBJ|ADDR|ID|INIT|TRCD|OCMT|EXCH|CHGS|ORIG|SVCL)/"
)
_SUBFIELD = re.compile(r"^(?:\d{3})?([?>~<^@*&])\d{2}")
_PAYER = ("32", "33")
_PURPOSE = (*map(str, range(20, 30)), *map(str, range(60, 64)))
_STRUCTURED = re.compile(r"^STRD/(?:CUR/|ISO/)?/?(.*)$")
_REFERENCE_MAX, _LINE_MAX = 35, 65


@dataclass(frozen=True, slots=True)
class Details:
    """Who paid and what for; each is empty where nothing is said."""

    payer: str = ""
    purpose: str = ""
    end_to_end: str = ""
    structured: str = ""
    return_reason: str = ""


def details_of(lines: Sequence[str]) -> Details:
    """Return what the lines of a movement's details say."""
    flat = "".join(lines)
    numbered = _numbered(flat)
    if numbered:
        payer = " ".join(filter(None, (numbered.get(key, "").strip() for key in _PAYER)))
        return _purpose("".join(numbered.get(key, "") for key in _PURPOSE).strip(), payer)
    if len(_SLASHED.findall(flat)) > 1:
        return _slashed(flat)
    return _purpose(_unwrapped(lines), "")


def _unwrapped(lines: Sequence[str]) -> str:
    """Return free text; a line that is full goes on in the next one, in the midst of a word."""
    ends = ("" if len(line) >= _LINE_MAX else "\n" for line in lines)
    return "".join(f"{line}{end}" for line, end in zip(lines, ends, strict=True)).strip()


def _numbered(flat: str) -> dict[str, str]:
    """Return the numbered parts; the mark before each is whatever stands before the first."""
    first = _SUBFIELD.match(flat)
    if first is None:
        return {}
    pieces = re.split(rf"{re.escape(first[1])}(\d{{2}})", flat)[1:]
    parts: dict[str, str] = {}
    for key, text in zip(pieces[::2], pieces[1::2], strict=True):
        parts[key] = parts.get(key, "") + text
    return parts if len(parts) > 1 else {}


def _purpose(text: str, payer: str) -> Details:
    """Return a purpose whose words, if there are any, say what is what."""
    pieces = _WORDS.split(text.replace("\n", " ") if _WORDS.search(text) else text)
    said = {key: value.strip() for key, value in zip(pieces[1::2], pieces[2::2], strict=True)}
    end_to_end = re.sub(r"\s", "", said.get("EREF", ""))[:_REFERENCE_MAX]
    rest = [pieces[0].strip(), *(said.get(key, "") for key in ("SVWZ", "KREF"))]
    # Who pays for somebody else names whom: `ABWA` is the other payer.
    who = payer or said.get("ABWA", "")
    words = text if "SVWZ" not in said else " ".join(filter(None, rest))
    return Details(who, words, end_to_end)


def _slashed(flat: str) -> Details:
    pieces = _SLASHED.split(flat)
    said: dict[str, str] = {}
    for key, text in zip(pieces[1::2], pieces[2::2], strict=True):
        said.setdefault(key, text.strip("/ "))
    remittance = said.get("REMI", "")
    structured = _STRUCTURED.match(remittance)
    purpose = re.sub(r"^USTD/+", "", remittance)
    # The other party: its account, its bank, its name, its town.
    party = said.get("CNTP", "").split("/")
    return Details(
        payer=(said.get("NAME") or (party[2] if len(party) > 2 else "")).strip(),
        purpose="" if structured else purpose if "REMI" in said else flat,
        end_to_end=said.get("EREF", "").replace(" ", "")[:_REFERENCE_MAX],
        structured=structured[1].strip("/ ") if structured else "",
        return_reason=said.get("RTRN", ""),
    )
