"""Read a table's rows by a layout: each row's fields, or everything that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from config.cells import (
    FIELD_MAX,
    Cell,
    CellError,
    Reader,
    code_reader,
    date_reader,
    fold,
    is_blank,
    moment_reader,
    number_reader,
    read_id,
    read_text,
    same,
    text_of,
)
from config.layout import Column, ColumnType, Layout
from config.refusal import Problem

OURS = "!"
"""Headings that begin so are columns that we wrote into a file of failed rows; they are passed
over when the mended file comes back."""


class Row(NamedTuple):
    """
    A row of a table: its fields by name, or what is wrong with it.

    A field that could not be read is not among the fields. `spread` has the value of each
    spread column that holds one.
    """

    number: int
    fields: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    spread: Mapping[str, Any] = {}


def find_columns(layout: Layout, headings: Sequence[Cell]) -> dict[str, int] | list[Problem]:
    """
    Return the place of each of the layout's columns, counted from 0, or what is wrong.

    Without a header row the headings are not looked at: the positions of the layout hold.
    """
    known = [same(text_of(heading)) for heading in headings] if layout.header_row else []
    places: dict[str, int] = {}
    problems: list[Problem] = []
    used: set[int] = set()
    for column in layout.all_columns:
        names = set(map(same, column.names))
        here = [at for at, heading in enumerate(known) if heading in names]
        used.update(here)
        if len(here) > 1:
            shown = " and ".join(text_of(headings[at]) for at in here)
            what = f"two columns could be {column.field}: {shown}"
            problems.append(_header(layout, what, "keep one of them"))
        elif here:
            places[column.field] = here[0]
        elif column.position is not None:
            places[column.field] = column.position - 1
        elif column.is_required:
            what = f"there is no column for {column.field}"
            problems.append(_header(layout, what, f"call it {' or '.join(column.names[:6])}"))
    spread = layout.spread.columns if layout.spread else ()
    if spread and not any(column.field in places for column in spread):
        wanted = ", ".join(column.names[0] for column in spread if column.names)
        problems.append(_header(layout, "no column holds values", f"give one of {wanted}"))
    problems += _strangers(layout, headings, places, used)
    return problems or places


def _strangers(
    layout: Layout, headings: Sequence[Cell], places: Mapping[str, int], used: set[int]
) -> Iterator[Problem]:
    if layout.ignores_other_columns or not layout.header_row:
        return
    missing = [column for column in layout.all_columns if column.field not in places]
    names = [name for column in missing for name in column.names]
    for at, heading in enumerate(headings):
        text = fold(text_of(heading))[:40]
        if at in used or at in places.values() or not text or text.startswith(OURS):
            continue
        near = get_close_matches(text, names, n=1)
        meant = f"did you mean {near[0]}?" if near else "take it out, or choose another layout"
        yield _header(layout, f"nobody knows the column {text!r}", meant)


def _header(layout: Layout, message: str, remedy: str) -> Problem:
    return Problem(layout.header_row, "header", message, remedy)


class Block(NamedTuple):
    """Rows that are right in every cell, by columns: their numbers, and each field's values."""

    numbers: Sequence[int]
    fields: Mapping[str, Sequence[Any]]

    def rows(self) -> Iterator[Row]:
        """Yield the rows one by one."""
        names = list(self.fields)
        for number, *values in zip(self.numbers, *self.fields.values(), strict=True):
            yield Row(number, dict(zip(names, values, strict=True)))


class _Planned(NamedTuple):
    """A column, where it stands, and what reads its cells."""

    column: Column
    at: int
    read: Reader


class RowReader:
    """Reads the rows of one table by its layout; made once for a table, called for each row."""

    def __init__(
        self,
        layout: Layout,
        places: Mapping[str, int],
        width: int,
        *,
        is_1904: bool = False,
    ) -> None:
        """
        Prepare to read a table.

        :param places: where each column stands, as `find_columns` returns it.
        :param width: how many cells a row has to have.
        :param is_1904: whether the workbook counts its days from 1904.
        """
        self._layout = layout
        self._width = width
        self._skip = places.get(layout.skip_rows_without or "")
        self._constants: dict[str, Any] = {}
        plan = []
        for column in layout.columns:
            read = _reader(column, layout, is_1904=is_1904)
            constant = column.constant if column.constant is not None else column.default
            if column.field in places:
                plan.append(_Planned(column, places[column.field], read))
            elif constant is not None:
                self._constants[column.field] = read(constant)
        self._plan = tuple(plan)
        self._spread = tuple(
            _Planned(column, places[column.field], _reader(column, layout, is_1904=is_1904))
            for column in (layout.spread.columns if layout.spread else ())
            if column.field in places
        )
        self._is_plain = not self._spread and self._skip is None

    def block(self, rows: Sequence[tuple[int, Sequence[Cell]]]) -> Block | None:
        """Read many rows at once by their columns; none if one of them wants a closer look."""
        numbers, cells = zip(*rows, strict=True)
        if not self._is_plain or set(map(len, cells)) != {self._width}:
            return None
        columns = list(zip(*cells, strict=True))
        fields: dict[str, Sequence[Any]] = {}
        for column, at, read in self._plan:
            if not self._layout.missing.isdisjoint(columns[at]):
                return None
            try:
                fields[column.field] = list(map(read, columns[at]))
            except CellError:
                return None
        constants = ((name, [value] * len(rows)) for name, value in self._constants.items())
        return Block(numbers, {**fields, **dict(constants)})

    def __call__(self, number: int, cells: Sequence[Cell]) -> Row | None:
        """
        Read a row; none if it is left out.

        A row is left out when it is blank, or lacks what the layout's `skip_rows_without` names.
        """
        if all(map(is_blank, cells)) or self._is_skipped(cells):
            return None
        problems = list(_misfits(number, cells, self._width))
        fields = dict(self._constants)
        values: dict[str, Any] = {}
        for planned in self._plan:
            problems += self._take(number, planned, cells, fields)
        for planned in self._spread:
            problems += self._take(number, planned, cells, values)
        if self._spread and not values and not problems:
            names = ", ".join(planned.column.field for planned in self._spread)
            what = f"none of {names} holds a value"
            problems.append(Problem(number, "missing", what, "fill one in or take the row out"))
        return Row(number, fields, tuple(problems), values)

    def _is_skipped(self, cells: Sequence[Cell]) -> bool:
        at = self._skip
        return at is not None and at < len(cells) and self._is_missing(cells[at])

    def _is_missing(self, cell: Cell) -> bool:
        if not isinstance(cell, str):
            return False
        return is_blank(cell) or same(cell[:FIELD_MAX]) in self._layout.missing

    def _take(
        self, number: int, planned: _Planned, cells: Sequence[Cell], into: dict[str, Any]
    ) -> Iterator[Problem]:
        """Read one cell into the fields, or say what is wrong with it."""
        column, at, read = planned
        if at >= len(cells):
            return
        try:
            if not self._is_missing(cells[at]):
                into[column.field] = read(cells[at])
            elif column.default is not None:
                into[column.field] = read(column.default)
            elif not column.is_optional:
                yield Problem(number, "missing", f"{column.field} is empty", "fill it in")
        except CellError as error:
            yield Problem(number, error.code, f"{column.field}: {error.message}", error.remedy)


def _reader(column: Column, layout: Layout, *, is_1904: bool) -> Reader:
    if column.type is ColumnType.ID:
        return read_id
    if column.type is ColumnType.NUMBER:
        return number_reader(decimal=layout.decimal, thousands=layout.thousands)
    if column.type is ColumnType.DATE:
        return date_reader(layout.date_style, is_1904=is_1904)
    if column.type is ColumnType.MOMENT:
        return moment_reader(layout.date_style, is_1904=is_1904)
    return read_text if column.values is None else code_reader(column.values)


def _misfits(number: int, cells: Sequence[Cell], width: int) -> Iterator[Problem]:
    more = [cell for cell in cells[width:] if not is_blank(cell)]
    if len(cells) < width or more:
        what = f"the row has {len(cells)} cells and the heading {width}"
        yield Problem(number, "field_count", what, "look for a missing or an extra comma")
