"""Read the usages of a file that is priced without a database: facts, or every problem of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.facts import Facts
from config.table import TableReader
from meters.period import Period
from meters.reading import TIME_OF_USE, RegisterCode

_DAYS = ("start", "end")
_NUMBERS = {
    "kwh",
    "reactive_kvarh",
    "export_kwh",
    "demand_kw",
    "contracted_kw",
    "capacity_kva",
    "year_kwh",
    "registers",
    "demands_kw",
    "suspended",
}
LEAST = -1_000_000_000
"""A usage is negative when it sets an estimate right that was too high."""


class BadUsagesError(Exception):
    """A file of usages cannot be priced; the message lists every problem, one a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class NamedUsage:
    """Facts to be priced, and the id by which the answer names them."""

    id: str
    facts: Facts


def parse_usages(name: str, rows: Sequence[Any]) -> list[NamedUsage]:
    """
    Return the usages that a file lists.

    :param rows: mappings with exact decimals; numbers may also be texts, days are 2026-01-31.
    :raises BadUsagesError: with every problem of the file.
    """
    problems: list[str] = []
    found = [
        _usage(_reader(f"{name}: usage {_id(row, at)}", row, problems), at)
        for at, row in enumerate(rows, start=1)
    ]
    if problems:
        raise BadUsagesError(problems)
    return [usage for usage in found if usage is not None]


def parse_facts(reader: TableReader) -> Facts | None:
    """Return the facts of a table, or none when a problem was reported."""
    before = len(reader.problems)
    start, end = reader.day("start"), reader.day("end")
    registers = _registers(reader, "registers")
    if "kwh" not in reader and not registers:
        reader.wrong("kwh", "is missing", "give kwh, or the kWh of registers")
    if end <= start and len(reader.problems) == before:
        reader.wrong("end", f"{end} isn't after {start}", "the end is the first day not billed")
    facts = Facts(
        period=Period(start, max(start, end)),
        kwh=reader.number("kwh", sum(registers.values(), Decimal(0)), least=LEAST),
        registers=registers,
        reactive_kvarh=reader.number_or_none("reactive_kvarh"),
        export_kwh=reader.number("export_kwh", Decimal(0)),
        demand_kw=reader.number_or_none("demand_kw"),
        demands_kw=_registers(reader, "demands_kw"),
        contracted_kw=reader.number_or_none("contracted_kw"),
        capacity_kva=reader.number_or_none("capacity_kva"),
        suspended=tuple(_suspended(part) for part in reader.tables("suspended", named_by="")),
        household_size=reader.whole_or_none("household_size", least=1),
        year_kwh=reader.number("year_kwh", Decimal(0), least=LEAST),
        year_months=reader.whole("year_months", 12, least=1),
        household_months=reader.whole("household_months", 12),
    )
    return facts if len(reader.problems) == before else None


def _usage(reader: TableReader, at: int) -> NamedUsage | None:
    identity = reader.text("id", str(at))
    facts = parse_facts(reader)
    reader.finish()
    return None if facts is None else NamedUsage(identity, facts)


def _id(row: Any, at: int) -> str:
    return str(row.get("id", at)) if isinstance(row, Mapping) else str(at)


def _registers(reader: TableReader, key: str) -> dict[RegisterCode, Decimal]:
    table = reader.table(key, required=False)
    known = {str(code): code for code in TIME_OF_USE}
    for word in table:
        if word not in known:
            table.wrong(word, "is no register", f"known are {', '.join(known)}")
    return {known[word]: table.number(word, least=LEAST) for word in table if word in known}


def _suspended(reader: TableReader) -> tuple[Decimal, int]:
    found = reader.number("kva"), reader.whole("days", least=1)
    reader.finish()
    return found


def _reader(where: str, row: Any, problems: list[str]) -> TableReader:
    """Return a reader of the row, texts of JSON read as what they stand for where they can be."""
    if not isinstance(row, Mapping):
        problems.append(f"{where}: has {row!r}; a mapping of keys to values is wanted")
        row = {"start": date.min, "end": date.max, "kwh": 0}
    values = dict(row)
    reader = TableReader(where, values, problems)
    if "id" in values:
        values["id"] = str(values["id"])
    for key in _DAYS:
        if not isinstance(values.get(key), date):
            values[key] = _day(reader, key, values.get(key))
    values |= {key: _numbers(values[key]) for key in values.keys() & _NUMBERS}
    return reader


def _day(reader: TableReader, key: str, value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        what = "is missing" if value is None else f"has {value!r}"
        reader.wrong(key, what, "a day such as 2026-01-31 is wanted")
        return date.min if key == "start" else date.max


def _numbers(value: Any) -> Any:
    """Return a value with every text in it that is a number as that number."""
    if isinstance(value, Mapping):
        return {key: _number(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return _number(value)


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return number if number.is_finite() else value
