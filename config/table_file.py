"""Tables from outside: CSV, TXT and XLSX files read row by row by a layout, all by one reader."""

import csv
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from io import BytesIO, TextIOWrapper
from itertools import islice, starmap
from pathlib import Path
from typing import Any

from config.cells import Cell, fold, is_blank, text_of
from config.encoding import encoding_of, xml_encoding_of
from config.file_type import FileType, recognize
from config.layout import Layout, LayoutError, parse_layout
from config.refusal import Problem, RefusedFileError, shown
from config.rows import Block, Row, RowReader, find_columns
from config.settings import from_environment
from config.workbook import Grid, read_grid
from config.xml_rows import read_xml
from config.zip_guard import COLUMNS_MAX

WORKBOOK_BYTES_MAX = 20 * 1024 * 1024
TEXT_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 2_000_000
"""Rows of a text file; a workbook has fewer by itself."""
# Few enough that one bad row doesn't make many others slow, and enough to read by columns.
_ROWS_AT_ONCE = 500

PACKAGED = Path(__file__).parent / "layouts"


@dataclass(frozen=True, slots=True)
class File:
    """
    A file as it came, recognized by its content.

    `encoding` is that of a text or XML, and empty for a workbook.
    """

    name: str
    digest: str
    type: FileType
    data: bytes
    encoding: str

    def lines(self) -> TextIOWrapper:
        """Return the file's text; line ends are left as they are."""
        return TextIOWrapper(BytesIO(self.data), encoding=self.encoding, newline="")

    def refuse(self, *problems: Problem) -> RefusedFileError:
        """Return the refusal of this file, to be raised."""
        return RefusedFileError(self.name, problems)


def open_file(path: Path, *, name: str | None = None, otherwise: str | None = None) -> File:
    """
    Read a file and recognize what it is.

    :param name: the name it was sent under, if it is kept under another.
    :param otherwise: the encoding of a text that is in none of those known by themselves.
    :raises RefusedFileError: if it is too large, is not what its name says, or can't be read.
    """
    file_name = shown(name or path.name)
    size = path.stat().st_size
    with path.open("rb") as stream:
        data = stream.read(TEXT_BYTES_MAX + 1)
    found = recognize(data, Path(file_name).suffix)
    if isinstance(found, Problem):
        raise RefusedFileError(file_name, [found])
    most = WORKBOOK_BYTES_MAX if found is FileType.WORKBOOK else TEXT_BYTES_MAX
    if size > most:
        what = f"the file has {size // 1024 // 1024} MiB"
        remedy = f"at most {most // 1024 // 1024} MiB are taken; send it in parts"
        raise RefusedFileError(file_name, [Problem(0, "too_large", what, remedy)])
    encoding = _encoding(data, found, otherwise)
    if isinstance(encoding, Problem):
        raise RefusedFileError(file_name, [encoding])
    return File(file_name, sha256(data).hexdigest(), found, data, encoding)


def _encoding(data: bytes, found: FileType, otherwise: str | None) -> str | Problem:
    if found is FileType.WORKBOOK:
        return ""
    encoding = xml_encoding_of(data) if found is FileType.XML else encoding_of(data)
    is_open = isinstance(encoding, Problem) and encoding.code == "encoding"
    return otherwise if is_open and otherwise and found is FileType.TEXT else encoding


@dataclass(frozen=True, slots=True)
class Table:
    """A file together with the layout it is read by."""

    file: File
    layout: Layout
    headings: Sequence[Cell]
    _places: Mapping[str, int]
    _grid: Grid | None

    def rows(self) -> Iterator[Row]:
        """
        Yield every row that isn't blank.

        :raises RefusedFileError: if the file ends before it has a row, or breaks off in one.
        """
        for found in self.blocks():
            if isinstance(found, Block):
                yield from found.rows()
            else:
                yield found

    def blocks(self) -> Iterator[Block | Row]:
        """
        Yield every row that isn't blank: those that are right many at once, the others alone.

        :raises RefusedFileError: as `rows` does.
        """
        width = len(self.headings) or max(self._places.values(), default=0) + 1
        is_1904 = self._grid is not None and self._grid.is_1904
        read = RowReader(self.layout, self._places, width, is_1904=is_1904)
        cells, count = self._body(), 0
        while some := list(islice(cells, _ROWS_AT_ONCE)):
            block = read.block(some)
            if block is not None:
                count += len(some)
                yield block
                continue
            for row in filter(None, starmap(read, some)):
                count += 1
                yield row
        self._check(count)

    def _body(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield the rows below the headings, without that which ends the file."""
        rows = _cells(self.file, self.layout, self._grid)
        below = (row for row in rows if row[0] > self.layout.header_row)
        if self.layout.trailer is None:
            return below
        return (row for row in below if not self._is_trailer(row[1]))

    def _check(self, count: int) -> None:
        # A list of payments without a row says that nothing came; of readings it is a wrong file.
        if not count and self.layout.kind != "payments":
            raise self.file.refuse(
                Problem(
                    0, "no_rows", "there is no row below the heading", "look for the right file"
                )
            )
        if count > ROWS_MAX:
            what = f"the file has {count} rows"
            remedy = f"at most {ROWS_MAX} are taken; send it in parts"
            raise self.file.refuse(Problem(0, "too_many_rows", what, remedy))

    def trailer(self) -> list[str] | None:
        """Return the cells of the row that the layout says ends the file; none if it is absent."""
        for _, cells in _cells(self.file, self.layout, self._grid):
            if self._is_trailer(cells):
                return [fold(text_of(cell)) for cell in cells]
        return None

    def _is_trailer(self, cells: Sequence[Cell]) -> bool:
        trailer = self.layout.trailer
        return (
            trailer is not None
            and bool(cells)
            and fold(text_of(cells[0])).startswith(trailer.marker)
        )

    def raw(self, numbers: Collection[int]) -> dict[int, dict[str, str]]:
        """Return some rows as they stand in the file, each cell by its heading."""
        wanted = set(numbers)
        names = self.names
        if not wanted:
            return {}
        return {
            number: {
                names[at] if at < len(names) else f"#{at + 1}": text_of(cell)[:1000]
                for at, cell in enumerate(cells)
            }
            for number, cells in _cells(self.file, self.layout, self._grid)
            if number in wanted
        }

    @property
    def names(self) -> list[str]:
        """The headings as texts; the number of the column where there is none."""
        texts = [text_of(cell).strip() for cell in self.headings]
        return [text or f"#{at}" for at, text in enumerate(texts, start=1)]


def read_table(file: File, *, kind: str, layout: str | None, folder: Path | None = None) -> Table:
    """
    Return the file as a table of the kind, laid out as the layout says.

    :param layout: the layout's name; without one it is recognized by the headings.
    :param folder: the supplier's configuration; by default that of WATTLEDGER_CONFIG.
    :raises RefusedFileError: if no layout fits, or the one named does not.
    """
    grid = _grid(file)
    if isinstance(grid, Problem):
        raise file.refuse(grid)
    fits: list[Table] = []
    misfits: list[tuple[Layout, list[Problem]]] = []
    for candidate in [find_layout(layout, folder)] if layout else layouts(kind, folder):
        headings = _headings(file, candidate, grid)
        places = find_columns(candidate, headings)
        if isinstance(places, list):
            misfits.append((candidate, places))
        elif candidate.header_row or layout:
            table = Table(file, candidate, headings, places, grid)
            # Unless it is named, a layout with a last row of its own fits only files that have it.
            if layout or candidate.trailer is None or table.trailer() is not None:
                fits.append(table)
    return _best(file, fits, misfits)


def _grid(file: File) -> Grid | Problem | None:
    """Return the cells of a file that isn't text, or why it isn't read."""
    if file.type is FileType.WORKBOOK:
        return read_grid(file.data)
    if file.type is FileType.XML:
        if b"UTF-7" in file.data[:200].upper():
            return Problem(0, "encoding", "XML in UTF-7 isn't read", "save it as UTF-8")
        return read_xml(file.lines())
    return None


def _best(
    file: File, fits: Sequence[Table], misfits: Sequence[tuple[Layout, list[Problem]]]
) -> Table:
    """Return the table of the layout that knows most of the headings."""
    known = [len(table._places) + (table.layout.trailer is not None) for table in fits]
    best = [table for table, count in zip(fits, known, strict=True) if count == max(known)]
    if len(best) == 1:
        return best[0]
    if best:
        names = ", ".join(table.layout.name for table in best)
        what = f"the headings fit several layouts: {names}"
        raise file.refuse(Problem(1, "header", what, "say which one it is"))
    if not misfits:
        raise file.refuse(Problem(0, "header", "there is no layout for such a file", "write one"))
    nearest, problems = min(misfits, key=_distance)
    others = ", ".join(layout.name for layout, _ in misfits)
    hint = f"; it was compared with {others}" if len(misfits) > 1 else ""
    first, *rest = problems[:20]
    raise file.refuse(
        Problem(
            first.row, first.code, f"{first.message} (layout {nearest.name}{hint})", first.remedy
        ),
        *rest,
    )


def _distance(misfit: tuple[Layout, list[Problem]]) -> tuple[int, int]:
    """Return how far a layout is from a file; headings that are nearly right bring it nearer."""
    problems = misfit[1]
    return len(problems), -sum(problem.remedy.startswith("did you") for problem in problems)


def _headings(file: File, layout: Layout, grid: Grid | None) -> Sequence[Cell]:
    if not layout.header_row:
        return ()
    for number, cells in _cells(file, layout, grid):
        if number >= layout.header_row:
            last = max((at for at, cell in enumerate(cells) if not is_blank(cell)), default=-1)
            if last >= COLUMNS_MAX:
                what = f"the file has {last + 1} columns"
                remedy = f"at most {COLUMNS_MAX} are taken; look for missing line ends"
                raise file.refuse(Problem(number, "too_many_columns", what, remedy))
            return cells
    raise file.refuse(Problem(0, "no_rows", "the file is empty", "look for the right file"))


def _cells(file: File, layout: Layout, grid: Grid | None) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield each row's number and its cells; a row that spans lines is called by its first."""
    if grid is not None:
        yield from enumerate(grid.rows, start=1)
        return
    # strict: an open quote would otherwise swallow the rest of the file as one cell.
    reader = csv.reader(file.lines(), delimiter=layout.delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        is_long = "field larger" in str(error)
        code = "field_too_long" if is_long else "quotes"
        remedy = "look for a quote (\") that isn't closed"
        raise file.refuse(
            Problem(before + 1, code, f"the row breaks off: {error}", remedy)
        ) from error


def layouts(kind: str, folder: Path | None = None) -> list[Layout]:
    """
    Return every layout of the kind by name; one of the supplier's hides the packaged one.

    :raises LayoutError: if one of the kind can't be read. A file that isn't TOML is of no kind.
    """
    paths = {path.stem: path for place in _places(folder) for path in sorted(place.glob("*.toml"))}
    found = []
    for name in sorted(paths):
        try:
            table = _read_toml(paths[name])
        except LayoutError:
            continue
        if table.get("kind") == kind:
            found.append(parse_layout(name, table))
    return found


def find_layout(name: str, folder: Path | None = None) -> Layout:
    """
    Return the layout of the name.

    :raises LayoutError: if there is none, or its file can't be read.
    """
    for place in reversed(_places(folder)):
        path = place / f"{name}.toml"
        # The name is compared, not put into a path: "../x" names no layout.
        if path in set(place.glob("*.toml")):
            return _read_layout(path)
    known = sorted({path.stem for place in _places(folder) for path in place.glob("*.toml")})
    raise LayoutError(f"layouts: there is no {name!r}; known are {', '.join(known)}")


def _places(folder: Path | None) -> list[Path]:
    own = folder or from_environment().config
    return [PACKAGED] if own is None else [PACKAGED, own / "layouts"]


def _read_layout(path: Path) -> Layout:
    return parse_layout(path.stem, _read_toml(path))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise LayoutError(f"layouts/{path.stem}: {problem}") from problem
