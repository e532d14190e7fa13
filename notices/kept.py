"""Frozen values as plain facts that a database keeps, and back again."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


def to_facts(value: Any) -> Any:
    """Return a frozen value, and the values in it, as texts, numbers, lists and tables."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_facts(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [to_facts(part) for part in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    return value


def from_facts(kind: type[Value], facts: Any) -> Value:
    """Return the value of a kind that was kept as facts."""
    return _read(kind, facts)  # type: ignore[no-any-return]


def _read(kind: Any, facts: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        inner = next(part for part in get_args(kind) if part is not type(None))
        return None if facts is None else _read(inner, facts)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], part) for part in facts)
    if is_dataclass(kind):
        return _read_fields(kind, facts)
    if kind in (date, time, datetime):
        return kind.fromisoformat(facts)
    if kind is Decimal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return kind(facts)
    return facts


def _read_fields(kind: Any, facts: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], part) for name, part in facts.items()})


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)
