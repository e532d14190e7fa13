"""Readings in a table: one to a row, or a row for each meter with a column for each register."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.layout import Layout, LayoutError
from config.table_file import File, read_table
from meters.formats.raw import BadRow, RawReading, ReadFile
from meters.reading import ReadingKind, RegisterCode

KIND = "readings"
_CODES = {str(code): code for code in RegisterCode}
_KINDS = {str(kind): kind for kind in ReadingKind}


def read(file: File, *, layout: str | None, folder: Path | None = None) -> ReadFile:
    """
    Read a table of readings by a layout.

    :param layout: its name; without one it is recognized by the headings.
    :raises RefusedFileError: if the table can't be read at all.
    :raises LayoutError: if the layout doesn't lead to readings.
    """
    table = read_table(file, kind=KIND, layout=layout, folder=folder)
    _check(table.layout)
    readings: list[RawReading] = []
    bad_rows: list[BadRow] = []
    count = 0
    for number, fields, problems, spread in table.rows():
        count += 1
        if problems:
            bad_rows.append(BadRow(number, fields.get("serial", ""), problems))
        elif spread:
            readings += (
                _reading(number, fields, value, RegisterCode(word))
                for word, value in spread.items()
            )
        else:
            code = _CODES[fields.get("register", "total")]
            readings.append(_reading(number, fields, fields["value"], code))
    return ReadFile(table.layout.name, table.names, count, readings, bad_rows, table.raw)


def _reading(row: int, fields: Mapping[str, Any], value: Any, code: RegisterCode) -> RawReading:
    kind = _KINDS[fields.get("kind", "actual")]
    return RawReading(row, fields["serial"], fields["taken_on"], value, kind, code)


def _check(layout: Layout) -> None:
    """Refuse a layout that can't give readings, before it meets the first row."""
    fields = {column.field: column for column in layout.columns}
    wanted = {"serial", "taken_on"} if layout.spread else {"serial", "taken_on", "value"}
    problems = [f"column: {field} is missing" for field in sorted(wanted - set(fields))]
    for field, known in (("register", _CODES), ("kind", _KINDS)):
        column = fields.get(field)
        codes = set((column.values or {}).values()) if column else set()
        strange = sorted(codes - set(known))
        problems += [f"{field}: {code} is none of {', '.join(known)}" for code in strange]
    words = [column.field for column in layout.spread.columns] if layout.spread else []
    problems += [f"spread: {word} is no register" for word in words if word not in _CODES]
    if problems:
        raise LayoutError("\n".join(f"layouts/{layout.name}: {problem}" for problem in problems))
