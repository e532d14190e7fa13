"""Read a TOML table key by key and gather all that is wrong, so that a file is refused once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

# Digits that no figure of a supplier has more of, before the point and behind it.
_DIGITS, _PLACES = 15, 28

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")


class TableReader:
    """
    Reads one table of a file; every problem goes to the list that all tables of the file share.

    A value that is missing or wrong is reported and replaced by a harmless one, so that reading
    goes on and finds the rest; the caller refuses the file when the list isn't empty.
    """

    def __init__(self, where: str, table: Mapping[str, Any], problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self._table = table
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def wrong(self, key: str, what: str, right: str) -> None:
        """Report a problem with a key: what is wrong with it and what would be right."""
        self.problems.append(f"{self.where}: {key}: {what}; {right}")

    def __iter__(self) -> Iterator[str]:
        """Walk over the table's keys in the order of the file."""
        return iter(self._table)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; required when there is no default."""
        value = self._take(key, default, "a text in quotes is wanted")
        if isinstance(value, str) and value.strip():
            return value
        return self._refuse(key, value, "a text in quotes is wanted", default or "")

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self._take(key, default, "write true or false")
        if isinstance(value, bool):
            return value
        return self._refuse(key, value, "write true or false", False)

    def whole(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """Return a whole number that isn't below the least."""
        right = f"a whole number of at least {least} is wanted"
        value = self._take(key, default, right)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        return self._refuse(key, value, right, least)

    def whole_or_none(self, key: str, *, least: int = 0) -> int | None:
        """Return a whole number, or none if the key is absent."""
        return None if self._is_absent(key) else self.whole(key, least=least)

    def number(self, key: str, default: Decimal | None = None, *, least: int = 0) -> Decimal:
        """Return an exact decimal number that isn't below the least."""
        right = f"a number of at least {least} is wanted"
        value = self._take(key, default, right)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and _is_usual(value):
            number = Decimal(value)
            if number >= least:
                return number
        return self._refuse(key, value, right, Decimal(least))

    def number_or_none(self, key: str, *, least: int = 0) -> Decimal | None:
        """Return an exact decimal number, or none if the key is absent."""
        return None if self._is_absent(key) else self.number(key, least=least)

    def minor(self, key: str, default: int | None = None, *, digits: int) -> int:
        """Return an amount of money in whole minor units; the file has it in major units."""
        if self._is_absent(key) and default is not None:
            return default
        scaled = self.number(key).scaleb(digits)
        if scaled == scaled.to_integral_value():
            return int(scaled)
        right = f"at most {digits} decimals are wanted"
        return self._refuse(key, self._table.get(key), right, 0)

    def day(self, key: str) -> date:
        """Return a day, written 2026-01-31 without quotes."""
        right = "a day like 2026-01-31 without quotes is wanted"
        value = self._take(key, None, right)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return self._refuse(key, value, right, date.min)

    def days(self, key: str) -> tuple[date, ...]:
        """Return a list of days; none if the key is absent."""
        right = "a list of days like [2026-01-31] is wanted"
        values = self._list(key, right)
        bad = [v for v in values if not isinstance(v, date) or isinstance(v, datetime)]
        return self._refuse(key, bad, right, ()) if bad else tuple(values)

    def time(self, key: str, default: time | None = None) -> time:
        """Return a time of day, written 08:00:00 without quotes."""
        right = "a time of day like 08:00:00 without quotes is wanted"
        value = self._take(key, default, right)
        if isinstance(value, time):
            return value
        return self._refuse(key, value, right, time.min)

    def choice(self, key: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """Return one of the words that the file may choose from."""
        right = f"choose one of {', '.join(choices)}"
        value = self._take(key, default, right)
        if isinstance(value, str) and value in set(choices):
            return choices(value)
        return self._refuse(key, value, right, default or next(iter(choices)))

    def choices(
        self, key: str, choices: type[Choice], default: Iterable[Choice] = ()
    ) -> tuple[Choice, ...]:
        """Return a list of words, each one that the file may choose from."""
        if self._is_absent(key):
            return tuple(default)
        right = f"a list of some of {', '.join(choices)} is wanted"
        values = self._list(key, right)
        bad = [value for value in values if value not in set(choices)]
        return self._refuse(key, bad, right, ()) if bad else tuple(map(choices, values))

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        if self._is_absent(key):
            return default
        right = "a list of texts in quotes is wanted"
        values = self._list(key, right)
        bad = [value for value in values if not isinstance(value, str)]
        return self._refuse(key, bad, right, ()) if bad else tuple(values)

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of at least one text; a single one may stand without the list."""
        right = "a text in quotes or a list of them is wanted"
        value = self._take(key, None, right)
        many = [value] if isinstance(value, str) else value
        if isinstance(many, list) and many and all(isinstance(one, str) for one in many):
            return tuple(many)
        return self._refuse(key, value, right, ())

    def wholes(self, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        if self._is_absent(key):
            return default
        right = "a list of whole numbers is wanted"
        values = self._list(key, right)
        bad = [v for v in values if not isinstance(v, int) or isinstance(v, bool)]
        return self._refuse(key, bad, right, ()) if bad else tuple(values)

    def numbers(self, key: str) -> tuple[Decimal, ...]:
        """Return a list of exact decimal numbers; none if the key is absent."""
        right = "a list of numbers is wanted"
        values = self._list(key, right)
        bad = [v for v in values if not isinstance(v, int | Decimal) or isinstance(v, bool)]
        return self._refuse(key, bad, right, ()) if bad else tuple(map(Decimal, values))

    def table(self, key: str, *, required: bool = True) -> "TableReader":
        """Return the reader of a table inside this one; an empty one if it is absent."""
        value = self._take(key, None if required else {}, f"a table [{key}] is wanted")
        if not isinstance(value, Mapping):
            value = self._refuse(key, value, f"a table [{key}] is wanted", {})
        return TableReader(f"{self.where}: {key}", value, self.problems)

    def tables(self, key: str, named_by: str = "name") -> "tuple[TableReader, ...]":
        """Return the readers of a list of tables, each called by the key that names it."""
        right = f"a list of tables [[{key}]] is wanted"
        values = self._list(key, right)
        if any(not isinstance(value, Mapping) for value in values):
            return self._refuse(key, values, right, ())
        return tuple(
            TableReader(f"{self.where}: {key} {value.get(named_by, at)}", value, self.problems)
            for at, value in enumerate(values, start=1)
        )

    def finish(self) -> None:
        """Report every key of the table that nobody asked for."""
        for key in self._table:
            if key not in self._known:
                near = get_close_matches(key, self._known, n=1)
                meant = f"did you mean {near[0]}?" if near else f"known are {_listed(self._known)}"
                self.problems.append(f"{self.where}: {key}: nobody knows this word; {meant}")

    def _take(self, key: str, default: object, right: str) -> Any:
        self._known.add(key)
        if key in self._table:
            return self._table[key]
        if default is None:
            self.wrong(key, "is missing", right)
            return _REPORTED
        return default

    def _list(self, key: str, right: str) -> list[Any]:
        self._known.add(key)
        values = self._table.get(key, [])
        return values if isinstance(values, list) else self._refuse(key, values, right, [])

    def _is_absent(self, key: str) -> bool:
        self._known.add(key)
        return key not in self._table

    def _refuse(self, key: str, value: object, right: str, harmless: Value) -> Value:
        if value is not _REPORTED:
            self.wrong(key, f"has {value if isinstance(value, Decimal) else repr(value)}", right)
        return harmless


_REPORTED = object()


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _is_usual(value: int | Decimal) -> bool:
    """Test whether a number is one that can be reckoned with: no NaN, nothing endless."""
    number = Decimal(value)
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has one"
    return number.adjusted() < _DIGITS and exponent >= -_PLACES
