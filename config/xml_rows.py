"""Rows in plain XML: each element under the root is one, with attributes and leaves as cells."""

from collections.abc import Sequence
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from config.cells import Cell
from config.refusal import Problem
from config.workbook import Grid
from config.zip_guard import COLUMNS_MAX

_ROW, _LEAF = 2, 3
"""How deep rows and the leaves in them lie; what is deeper is no table."""
ROWS_MAX = 200_000
_READ_AT_ONCE = 1 << 20


class _NoTableError(Exception):
    """The XML isn't one row after the other."""


class _Rows(ContentHandler):
    """Gathers the cells of each row by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self._depth = 0
        self._text: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        """Go into an element."""
        self._depth += 1
        self._text.clear()
        if self._depth == _ROW:
            if len(self.rows) == ROWS_MAX:
                raise _NoTableError(f"it has more than {ROWS_MAX} rows")
            self.rows.append(dict(attrs.items()))
        elif self._depth > _LEAF:
            raise _NoTableError(f"{name!r} lies too deep")
        if name.lower() == "html":
            raise _NoTableError("it is a web page")

    def characters(self, content: str) -> None:
        """Go on with the text of an element."""
        self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """Leave an element."""
        if self._depth == _LEAF:
            self.rows[-1][name] = "".join(self._text)
        self._depth -= 1


def read_xml(text: Any) -> Grid | Problem:
    """Return the rows of plain XML below the names of their cells, or why it isn't read."""
    handler, parser = _Rows(), create_parser(forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        while some := text.read(_READ_AT_ONCE):
            parser.feed(some)
        parser.close()
    except DefusedXmlException:
        remedy = "don't open it; ask who made it"
        return Problem(0, "xml_dtd", "the file declares its own entities", remedy)
    except _NoTableError as problem:
        what = f"the file is XML or a web page and no table: {problem}"
        return Problem(0, "wrong_type", what, "send the readings as .csv or .xlsx")
    except SAXException as problem:
        line = getattr(problem, "getLineNumber", lambda: 0)() or 0
        what = f"the XML is broken: {problem.getMessage()}"
        return Problem(line, "xml_syntax", what, "ask for the file again")
    return _grid(handler.rows)


def _grid(rows: Sequence[dict[str, str]]) -> Grid | Problem:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        what = "the file is XML or a web page and no table"
        return Problem(0, "wrong_type", what, "send the readings as .csv or .xlsx")
    if len(names) > COLUMNS_MAX:
        what = f"the file has {len(names)} columns"
        return Problem(0, "too_many_columns", what, f"at most {COLUMNS_MAX} are taken")
    cells: list[list[Cell]] = [[row.get(name, "") for name in names] for row in rows]
    return Grid([names, *cells], is_1904=False)
