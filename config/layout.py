"""How a supplier's tables are laid out: the language of the layout files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from config.cells import DateStyle, same
from config.table import TableReader


class LayoutError(Exception):
    """A layout file cannot be read; the message names the file, the key and the remedy."""


class ColumnType(StrEnum):
    """What the cells of a column hold."""

    ID = "id"
    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"


class Delimiter(StrEnum):
    """What stands between the cells of a text file."""

    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"
    PIPE = "pipe"

    @property
    def mark(self) -> str:
        """The character itself."""
        return {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}[self.value]


class Separator(StrEnum):
    """A mark inside a number."""

    NONE = "none"
    POINT = "point"
    COMMA = "comma"
    SPACE = "space"
    APOSTROPHE = "apostrophe"

    @property
    def mark(self) -> str:
        """The character itself."""
        return {"none": "", "point": ".", "comma": ",", "space": " ", "apostrophe": "'"}[self.value]


@dataclass(frozen=True, slots=True)
class Column:
    """
    Where a field of the record stands and how it is written.

    A constant stands nowhere: it is the same in every row of such a file.
    """

    field: str
    type: ColumnType
    names: tuple[str, ...] = ()
    position: int | None = None
    constant: str | None = None
    default: str | None = None
    is_optional: bool = False
    values: Mapping[str, str] | None = None

    @property
    def is_required(self) -> bool:
        """Test whether a file without this column is refused."""
        return self.constant is None and self.default is None and not self.is_optional


@dataclass(frozen=True, slots=True)
class Spread:
    """Columns of which each gives a record of its own: one register of the meter, say."""

    into: str
    value: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Trailer:
    """
    The last row of a file, by which one tells that nothing is missing.

    Its first cell begins with `marker`; others have the number of rows behind the words `count`,
    and their sum behind `total`.
    """

    marker: str
    count: str
    total: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table holds what."""

    name: str
    kind: str
    title: str
    header_row: int
    delimiter: str
    date_style: DateStyle
    decimal: str
    thousands: str
    ignores_other_columns: bool
    missing: frozenset[str]
    columns: tuple[Column, ...]
    spread: Spread | None = None
    skip_rows_without: str | None = None
    trailer: Trailer | None = None

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns of the fields and those that are spread."""
        return self.columns + (self.spread.columns if self.spread else ())


_MISSING = ("", "-", "--", "—", "——", "#N/A", "N/A", "null", "无", "空")


def parse_layout(name: str, table: Mapping[str, Any]) -> Layout:
    """
    Return the layout that a file's table describes.

    :raises LayoutError: with everything that is wrong with it.
    """
    problems: list[str] = []
    reader = TableReader(f"layouts/{name}", table, problems)
    layout = Layout(
        name=name,
        kind=reader.text("kind"),
        title=reader.text("title", name),
        header_row=reader.whole("header_row", 1),
        delimiter=reader.choice("delimiter", Delimiter, Delimiter.COMMA).mark,
        date_style=reader.choice("dates", DateStyle, DateStyle.YMD),
        decimal=reader.choice("decimal", Separator, Separator.POINT).mark,
        thousands=reader.choice("thousands", Separator, Separator.NONE).mark,
        ignores_other_columns=reader.flag("ignore_other_columns", default=False),
        missing=frozenset(map(same, ("", *reader.texts("missing", _MISSING)))),
        columns=tuple(map(_column, reader.tables("column", "field"))),
        spread=_spread(reader) if "spread" in reader else None,
        skip_rows_without=reader.text("skip_rows_without")
        if "skip_rows_without" in reader
        else None,
        trailer=_trailer(reader.table("trailer")) if "trailer" in reader else None,
    )
    reader.finish()
    problems += _contradictions(layout)
    if problems:
        raise LayoutError("\n".join(problems))
    return layout


def _column(reader: TableReader) -> Column:
    column = Column(
        field=reader.text("field"),
        type=reader.choice("type", ColumnType, ColumnType.TEXT),
        names=reader.texts("names"),
        position=reader.whole_or_none("position", least=1),
        constant=reader.text("constant") if "constant" in reader else None,
        default=reader.text("default") if "default" in reader else None,
        is_optional=reader.flag("optional", default=False),
        values=_values(reader),
    )
    reader.finish()
    if column.constant is None and column.position is None and not column.names:
        reader.wrong("names", "is missing", "say where it stands: names, position or constant")
    if (column.type is ColumnType.CODE) != (column.values is not None):
        reader.wrong("values", "does not fit the type", "type = 'code' goes with [column.values]")
    return column


def _values(reader: TableReader) -> dict[str, str] | None:
    if "values" not in reader:
        return None
    words = reader.table("values")
    return {word: words.text(word) for word in words}


def _spread(reader: TableReader) -> Spread:
    table = reader.table("spread")
    spread = Spread(
        into=table.text("into"),
        value=table.text("value"),
        columns=tuple(
            Column(
                field=column.text("word"),
                type=ColumnType.NUMBER,
                names=column.texts("names"),
                position=column.whole_or_none("position", least=1),
                is_optional=True,
            )
            for column in table.tables("column", "word")
        ),
    )
    table.finish()
    return spread


def _trailer(reader: TableReader) -> Trailer:
    trailer = Trailer(reader.text("marker"), reader.text("count"), reader.text("total"))
    reader.finish()
    return trailer


def _contradictions(layout: Layout) -> Iterator[str]:
    where = f"layouts/{layout.name}"
    fields = [column.field for column in layout.columns]
    if not fields and not layout.spread:
        yield f"{where}: column: there is none; write [[column]] for each field"
    for field in sorted({field for field in fields if fields.count(field) > 1}):
        yield f"{where}: column: {field} stands there twice; name each field once"
    if layout.decimal == layout.thousands or layout.decimal not in (".", ","):
        yield f"{where}: decimal: must be a point or a comma, and not the thousands mark"
    if layout.skip_rows_without not in (None, *fields):
        yield f"{where}: skip_rows_without: {layout.skip_rows_without} is no field of this layout"
    if not layout.header_row:
        for column in layout.columns:
            if column.constant is None and column.position is None:
                yield f"{where}: {column.field}: without a header row it wants a position"
