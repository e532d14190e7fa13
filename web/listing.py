"""Long lists: pages with honest counts, columns to sort by, and filters that can be taken off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for

Row = TypeVar("Row")
SIZE = 50
DIGITS_MAX = 18
"""Ids of databases have no more digits."""
COUNTED_MAX = 10_000
"""Beyond so many, a list says "10,000+" unless it knows better."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A part of a list; `total` is how many there are in all."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = SIZE

    @property
    def count(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The place of the page's first row, the list's first being 1; 0 if it is empty."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the page's last row."""
        return max(0, self.first + len(self.rows) - 1)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address of the list without it."""

    label: str
    value: str
    off: str


def whole_number(text: str) -> int | None:
    """Return the whole number a text holds, or none if it is something else or far too long."""
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_number else None


def ticked(name: str) -> list[int]:
    """Return the ids that were ticked in a form."""
    found = map(whole_number, request.form.getlist(name))
    return [one for one in found if one is not None]


def page_number() -> int:
    """Return the page that was asked for; nonsense is the first."""
    return max(1, whole_number(request.args.get("page", "1")) or 1)


def cut(rows: Sequence[Row], *, size: int = SIZE) -> Page[Row]:
    """Return the page that was asked for of a list that is at hand; the last if it has fewer."""
    number = min(page_number(), max(1, -(-len(rows) // size)))
    return Page(rows[(number - 1) * size : number * size], number, len(rows), size)


def here(**changes: Any) -> str:
    """Return the address of this page with some of its arguments changed; none takes one away."""
    arguments: dict[str, Any] = {name: request.args.getlist(name) for name in request.args}
    arguments.update(request.view_args or {})
    for name, value in changes.items():
        if value is None or value == "":
            arguments.pop(name, None)
        else:
            arguments[name] = value
    assert request.endpoint is not None
    return url_for(request.endpoint, **arguments)


def chips(shown: Mapping[str, tuple[str, str]]) -> list[Chip]:
    """Return a chip for each argument of the address that filters, by its name and value."""
    return [
        Chip(label, value, here(**{name: None, "page": None}))
        for name, (label, value) in shown.items()
        if request.args.get(name)
    ]


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted, and which way."""

    by: str
    falls: bool

    def link(self, column: str) -> str:
        """Return the address that sorts by the column, the other way if it does already."""
        falls = not self.falls if self.by == column else column not in _RISES
        return here(sort=f"-{column}" if falls else column, page=None)

    def aria(self, column: str) -> str | None:
        """Return what a screen reader says of the column."""
        if self.by != column:
            return None
        return "descending" if self.falls else "ascending"


# Columns of words are read from the top; in columns of figures the largest matter first.
_RISES = frozenset({"account", "customer", "number", "name", "route", "class"})


def order(allowed: Sequence[str], default: str) -> Order:
    """Return the order that was asked for, if the list knows it."""
    wanted = request.args.get("sort", default)
    by = wanted.removeprefix("-")
    if by not in allowed:
        wanted, by = default, default.removeprefix("-")
    return Order(by, wanted.startswith("-"))


def ordered(rows: Sequence[Row], by: Order, keys: Mapping[str, Callable[[Row], Any]]) -> list[Row]:
    """Return the rows in the order that was asked for; equal ones keep theirs."""
    return sorted(rows, key=keys[by.by], reverse=by.falls)
