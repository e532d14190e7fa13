"""What the rooms call things, in the person's language, and the color that goes with it."""

from collections.abc import Mapping

from web.language import is_chinese
from web.level_words import LEVELS
from web.vocabulary import ACTS, FACTS, MEANINGS, WORDS

__all__ = ["act", "fact", "is_chinese", "level", "meaning", "tone", "word"]

_TONES: Mapping[str, str] = {
    "accepted": "done",
    "done": "done",
    "approved": "done",
    "issued": "done",
    "sent": "done",
    "delivered": "done",
    "served": "done",
    "low": "low",
    "middle": "middle",
    "high": "high",
    "doubted": "wait",
    "proposed": "wait",
    "waiting": "wait",
    "reviewed": "wait",
    "held": "wait",
    "running": "calm",
    "drawn_up": "calm",
    "queued": "calm",
    "sending": "calm",
    "stale": "wait",
    "reread": "wait",
    "unknown": "wait",
    "refused": "bad",
    "failed": "bad",
    "parked": "bad",
    "undelivered": "bad",
    "cancelled": "bad",
    "disconnection": "high",
    "disconnection_notice": "high",
    "prepaid_conversion": "middle",
    "deposit_demand": "middle",
    "guarantee_demand": "middle",
    "sms_reminder": "calm",
    "letter": "calm",
}


def word(code: object) -> str:
    """Return what a code of the rooms is called; one without a word of its own as it is."""
    text = "" if code is None else str(code)
    known = WORDS.get(text)
    return text.replace("_", " ") if known is None else str(known)


def level(name: str) -> str:
    """Return what a level of a dunning policy is called; one of the supplier's own as a word."""
    known = LEVELS.get(name)
    return word(name) if known is None else str(known)


def tone(code: object) -> str:
    """Return the class of color in which a state or tier is shown."""
    return _TONES.get(str(code), "")


def fact(name: str) -> str:
    """Return the name of a recorded fact as people read it."""
    known = FACTS.get(name, WORDS.get(name))
    return name.replace("_", " ") if known is None else str(known)


def meaning(code: object) -> str:
    """Return in a sentence what a verdict's code means, or the code in words if it has none."""
    known = MEANINGS.get(str(code))
    return word(code) if known is None else str(known)


def act(text: str) -> str:
    """Return an act of the audit trail in the person's language, or nothing if it has no words."""
    known = ACTS.get(text)
    if known is not None:
        return str(known)
    verb, _, what = text.partition(" ")
    if verb in _DECISIONS and what in WORDS:
        return f"{word(_DECISIONS[verb])}: {word(what)}"
    return ""


_DECISIONS = {"approve": "approved", "refuse": "refused", "withdraw": "withdrawn"}
