"""Drawing lots: the same seed and the same topic always give the same answer."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def lot(*topic: object) -> Random:
    """
    Return a source of chance that belongs to the topic alone.

    It depends on nothing else (not on what was drawn before, not on the hash seed of the process),
    so one account's fate does not change when another account is added.
    """
    return Random("/".join(map(str, topic)))  # noqa: S311 - a simulation, not a secret


def chance(permille: int, *topic: object) -> bool:
    """Say whether something that happens so many times in 1,000 happens here."""
    return lot(*topic).randrange(1000) < permille


def one_of(draw: Random, weighted: Sequence[tuple[T, int]]) -> T:
    """Return one of the items, each as likely as its weight."""
    left = draw.randrange(sum(weight for _, weight in weighted))
    for item, weight in weighted:
        if left < weight:
            return item
        left -= weight
    raise AssertionError("the weights sum to more than was drawn")
