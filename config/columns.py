"""How words are kept in a column: as long as the longest, and only those that are known."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint, String


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """Return the constraint that a column holds one of the words."""
    quoted = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({quoted})", name=column)


def word(words: type[StrEnum]) -> String:
    """Return the type of a column that holds one of the words."""
    return String(max(map(len, words)))
