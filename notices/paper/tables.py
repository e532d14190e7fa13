"""Tables that go on over pages, their head on each."""

from collections.abc import Sequence
from dataclasses import dataclass

from notices.paper.sheet import BLUE, INK, LEFT, ROOM, TINT, Color, Sheet

_PAD = 4
_ROW = 15
_HEAD = 17
_TEXT = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its part of the room, and whether its cells end at its right edge."""

    head: str
    part: int
    is_right: bool = False


def draw_table(
    sheet: Sheet,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    total: Sequence[str] | None = None,
    size: int = 8,
    color: Color = BLUE,
) -> None:
    """Draw the rows at `y`, and under them a strong row of totals if there is one."""
    lefts, widths = _places(columns)
    sheet.y -= 3
    sheet.need(_HEAD + _ROW * min(2, len(rows)))
    _draw_head(sheet, columns, lefts, widths, size, color)
    for number, row in enumerate(rows):
        is_last = number == len(rows) - 1
        if sheet.need(_ROW * (2 if is_last and total else 1)):
            _draw_head(sheet, columns, lefts, widths, size, color)
        _draw_row(sheet, columns, lefts, widths, row, size)
        sheet.rule(LEFT, sheet.y, LEFT + ROOM, line=1 / 4)
    if total is not None:
        sheet.box(LEFT, sheet.y - _ROW, ROOM, _ROW, fill=TINT)
        _draw_row(sheet, columns, lefts, widths, total, size, strong=True)
        sheet.rule(LEFT, sheet.y, LEFT + ROOM, color=color, line=3 / 4)
    sheet.y -= 6


def _places(columns: Sequence[Column]) -> tuple[list[float], list[float]]:
    parts = sum(column.part for column in columns)
    widths = [ROOM * column.part / parts for column in columns]
    lefts = [LEFT + sum(widths[:at]) for at in range(len(widths))]
    return lefts, widths


def _draw_head(
    sheet: Sheet,
    columns: Sequence[Column],
    lefts: Sequence[float],
    widths: Sequence[float],
    size: int,
    color: Color,
) -> None:
    def draw() -> None:
        sheet.box(LEFT, -_HEAD, ROOM, _HEAD, fill=TINT)
        sheet.rule(LEFT, 0, LEFT + ROOM, color=color, line=3 / 4)
        for column, left, width in zip(columns, lefts, widths, strict=True):
            fitting = sheet.fit(column.head, size, width - 2 * _PAD, strong=True)
            x = left + width - _PAD if column.is_right else left + _PAD
            align = int(column.is_right)
            sheet.put(x, 6 - _HEAD, column.head, fitting, strong=True, color=color, align=align)

    # The same head stands over the tables of a whole batch.
    key = ("table", size, color, *columns)
    sheet.form(key, draw, at=(0, sheet.y), box=(LEFT, -_HEAD - 1, LEFT + ROOM, 1))
    sheet.y -= _HEAD


def _draw_row(
    sheet: Sheet,
    columns: Sequence[Column],
    lefts: Sequence[float],
    widths: Sequence[float],
    cells: Sequence[str],
    size: int,
    *,
    strong: bool = False,
) -> None:
    baseline = sheet.y - _ROW + _TEXT
    for column, left, width, cell in zip(columns, lefts, widths, cells, strict=True):
        if not cell:
            continue
        room = width - 2 * _PAD
        fitting = sheet.fit(cell, size, room, strong=strong)
        text = cell if column.is_right else sheet.cut(cell, fitting, room, strong=strong)
        x = left + width - _PAD if column.is_right else left + _PAD
        align = int(column.is_right)
        sheet.put(x, baseline, text, fitting, strong=strong, color=INK, align=align)
    sheet.y -= _ROW
