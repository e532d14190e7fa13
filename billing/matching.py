"""Whose money in suspense may be: candidates weighed by number, name, amount and habit."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing.money import Money
from billing.payment import Payment

CERTAIN = 99
"""The most that a suggestion can be sure, in per cent: a person decides."""
SUGGESTED = 3
"""Suggestions for one payment at most."""
_NUMBER_MIN = 5
_NAME_MIN = 2
_DIGITS = re.compile(r"[0-9A-Za-z-]{5,40}", re.ASCII)


class Sign(StrEnum):
    """What speaks for a candidate."""

    NUMBER = "number"  # the text names its number but for one digit, or two that changed places
    NAME = "name"  # the payer has the customer's name
    NAMED = "named"  # the text has the customer's name in it
    BILL = "bill"  # a bill is open over exactly the amount
    BALANCE = "balance"  # all that is to be paid is exactly the amount
    HABIT = "habit"  # the payer has paid for it before


WEIGHTS = {
    Sign.NUMBER: 50,
    Sign.NAME: 45,
    Sign.NAMED: 35,
    Sign.BILL: 35,
    Sign.BALANCE: 40,
    Sign.HABIT: 40,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be meant: its customer's name, what is open, who has paid for it."""

    account_id: int
    number: str
    name: str
    open_amounts: tuple[Money, ...] = ()
    to_pay: Money = 0
    payers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An account that money may belong to: how sure that is in per cent, and what speaks for it."""

    account_id: int
    number: str
    name: str
    confidence: int
    signs: tuple[Sign, ...]


def suggest(payment: Payment, candidates: Collection[Candidate]) -> list[Suggestion]:
    """
    Return the accounts that a payment in suspense may belong to, the likeliest first.

    Where two are equally likely, neither is more than half sure.
    """
    found = [one for one in (_weigh(payment, each) for each in candidates) if one is not None]
    found.sort(key=lambda one: (-one.confidence, one.number))
    if len(found) > 1 and found[0].confidence == found[1].confidence:
        best = found[0].confidence
        found = [
            Suggestion(one.account_id, one.number, one.name, min(50, best), one.signs)
            if one.confidence == best
            else one
            for one in found
        ]
        found.sort(key=lambda one: (-one.confidence, one.number))
    return found[:SUGGESTED]


def _weigh(payment: Payment, one: Candidate) -> Suggestion | None:
    signs = tuple(_signs(payment, one))
    if not signs:
        return None
    confidence = min(CERTAIN, sum(WEIGHTS[sign] for sign in signs))
    return Suggestion(one.account_id, one.number, one.name, confidence, signs)


def _signs(payment: Payment, one: Candidate) -> Iterator[Sign]:
    name, payer, text = plain(one.name), plain(payment.payer), plain(payment.text)
    if one.number in near_numbers(payment):
        yield Sign.NUMBER
    if len(name) >= _NAME_MIN and name == payer:
        yield Sign.NAME
    elif len(name) >= _NAME_MIN and name in text:
        yield Sign.NAMED
    if one.to_pay == payment.amount:
        yield Sign.BALANCE
    elif payment.amount in one.open_amounts:
        yield Sign.BILL
    if payer and payer in one.payers:
        yield Sign.HABIT


def plain(text: str) -> str:
    """Return a name or text without case, spaces and points, to be compared."""
    return re.sub(r"[\s.,·'’-]+", "", text).casefold()


def near_numbers(payment: Payment) -> frozenset[str]:
    """Return the numbers that the text names but for one digit, or two neighbors exchanged."""
    found: set[str] = set()
    for word in dict.fromkeys(_DIGITS.findall(f"{payment.text} {payment.reference}")):
        if len(word) >= _NUMBER_MIN and any(letter.isdigit() for letter in word):
            found |= set(_near(word))
    return frozenset(found)


def _near(word: str) -> Iterator[str]:
    for at, letter in enumerate(word):
        if letter.isdigit():
            for other in "0123456789":
                if other != letter:
                    yield f"{word[:at]}{other}{word[at + 1 :]}"
        if at and word[at - 1] != letter:
            yield f"{word[: at - 1]}{letter}{word[at - 1]}{word[at + 1 :]}"


def words_of_names(payments: Sequence[Payment]) -> list[str]:
    """Return the payers' names as they stand, to look customers up by."""
    return sorted({one.payer.strip() for one in payments if one.payer.strip()})
