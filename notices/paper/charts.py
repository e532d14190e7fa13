"""Charts drawn for a customer: the energy of the last months as bars."""

from collections.abc import Sequence
from decimal import Decimal

from notices.figures import quantity_text, short_month_text
from notices.notice import MonthUsed
from notices.paper.labels import label
from notices.paper.sheet import BLUE, BOTTOM, GREY, LEFT, ROOM, RULE, WHITE, Color, Sheet

PALE: Color = (158, 187, 214)
_LOW, _HIGH = 72, 120
_HEAD = 20
_FOOT = 14
_AXIS = 34
_STEPS = tuple(map(Decimal, ("1", "1.2", "1.6", "2", "2.4", "3", "4", "5", "6", "8", "10")))


def draw_usage(sheet: Sheet, months: Sequence[MonthUsed], language: str) -> None:
    """Draw the months' energy as bars at `y`, the newest one dark, each with its figure."""
    if not any(month.kwh for month in months):
        return
    sheet.need(_LOW)
    tall = min(_HIGH, sheet.y - BOTTOM)
    top, foot = sheet.y, sheet.y - tall + _FOOT
    height = tall - _FOOT - _HEAD
    sheet.put(LEFT, top - 9, label("usage", language), 8, strong=True, color=GREY)
    # The figure above the highest bar wants room too.
    ceiling = nice_ceiling(max(month.kwh for month in months) * 11 / 10)
    _draw_scale(sheet, foot, height, ceiling)
    step = (ROOM - _AXIS) / len(months)
    for at, month in enumerate(months):
        color = BLUE if at == len(months) - 1 else PALE
        middle = LEFT + _AXIS + step * (at + 1 / 2)
        # A part in a thousand is finer than any printer; the figure stands above the bar.
        level = height * int(max(month.kwh, Decimal(0)) * 1000 / ceiling) / 1000
        sheet.box(middle - step * 3 / 10, foot, step * 3 / 5, level, fill=color)
        figure = quantity_text(month.kwh.quantize(Decimal(1)))
        size = sheet.fit(figure, 7, step)
        blank = sheet.width(figure, size) + 2
        sheet.box(middle - blank / 2, foot + level + 2, blank, 7, fill=WHITE)
        sheet.put(middle, foot + level + 3, figure, size, color=GREY, align=1 / 2)
        name = short_month_text(month.month, language)
        sheet.put(middle, foot - 9, name, 7, color=GREY, align=1 / 2)
    sheet.y = top - tall - 6


def _draw_scale(sheet: Sheet, foot: float, height: float, ceiling: Decimal) -> None:
    for half in range(3):
        level = foot + height * half / 2
        sheet.rule(LEFT + _AXIS, level, LEFT + ROOM, color=RULE, line=1 / 4)
        figure = quantity_text(ceiling * half / 2)
        size = sheet.fit(figure, 7, _AXIS - 4)
        sheet.put(LEFT + _AXIS - 4, level - 2, figure, size, color=GREY, align=1)


def nice_ceiling(most: Decimal) -> Decimal:
    """Return the least round number that isn't below the most; its half is round too."""
    if most <= 0:
        return Decimal(1)
    unit = Decimal(1).scaleb(most.adjusted())
    return next(unit * step for step in _STEPS if unit * step >= most)
