"""A route's sheet on paper: what is read where, in walking order, with room for the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from meters.point import RouteLine
from meters.reading import plain
from notices.figures import day_text
from notices.paper.heads import draw_letterhead, draw_title
from notices.paper.labels import label, word
from notices.paper.sheet import GREY, LEFT, RIGHT, ROOM, Sheet
from notices.paper.tables import Column, draw_table
from notices.supplier import Supplier

_WRITTEN = "…………………"
"""Where the reader writes."""


@dataclass(frozen=True, slots=True)
class PrintedRoute:
    """A route to be walked on a day, and whose it is."""

    code: str
    printed_on: date
    language: str
    supplier: Supplier
    lines: Sequence[RouteLine]


def draw_route(sheet: Sheet, route: PrintedRoute) -> None:
    """Draw the sheet on as many pages as it takes."""
    language = route.language
    draw_letterhead(sheet, route.supplier, language)
    draw_title(sheet, f"{label('route_sheet', language)} {route.code}", route.code)
    day = day_text(route.printed_on, language)
    sheet.put(RIGHT, sheet.y - 9, day, 9, color=GREY, align=1)
    reader = label("reader", language)
    sheet.put(LEFT, sheet.y - 9, reader, 9, color=GREY)
    sheet.rule(LEFT + sheet.width(reader, 9) + 6, sheet.y - 11, LEFT + ROOM / 3, color=GREY)
    sheet.y -= 18
    columns = [
        Column(label("nth", language), 5),
        Column(label("point", language), 14),
        Column(label("address", language), 26),
        Column(label("meters", language), 14),
        Column(label("register", language), 10),
        Column(label("last_reading", language), 20, is_right=True),
        Column(label("expected", language), 16, is_right=True),
        Column(label("reading", language), 20, is_right=True),
    ]
    rows = [_row(number, line, language) for number, line in enumerate(route.lines, start=1)]
    draw_table(sheet, columns, rows, size=7)


def _row(number: int, line: RouteLine, language: str) -> list[str]:
    last, expected = line.last, line.expected
    return [
        str(number),
        line.point.number,
        line.point.address,
        line.serial,
        word(line.code, language),
        f"{plain(last.value)} ({last.taken_on:%m-%d})" if last else "",
        f"{plain(expected[0])}–{plain(expected[1])}" if expected else "",
        _WRITTEN,
    ]
