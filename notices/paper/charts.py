"""Charts drawn for a customer: the energy of the last months as bars."""

from collections.abc import Sequence
from decimal import Decimal

from notices.figures import quantity_text, short_month_text
from notices.notice import MonthUsed
from notices.paper.labels import label
from notices.paper.sheet import BLUE, GREY, LEFT, ROOM, RULE, Color, Sheet

PALE: Color = (158, 187, 214)
HEIGHT = 96
_HEAD = 20
_FOOT = 14
_STEPS = tuple(map(Decimal, ("1", "1.2", "1.6", "2", "2.4", "3", "4", "5", "6", "8", "10")))


def draw_usage(sheet: Sheet, months: Sequence[MonthUsed], language: str) -> None:
    """Draw the months' energy as bars at `y`, the newest one dark, each with its figure."""
    if not any(month.kwh for month in months):
        return
    sheet.need(HEIGHT)
    top = sheet.y
    sheet.put(LEFT, top - 9, label("usage", language), 8, strong=True, color=GREY)
    ceiling = nice_ceiling(max(month.kwh for month in months))
    foot, height = top - HEIGHT + _FOOT, HEIGHT - _FOOT - _HEAD
    _draw_scale(sheet, foot, height, ceiling)
    left, room = LEFT + 34, ROOM - 34
    step = room / len(months)
    for at, month in enumerate(months):
        x = left + step * at
        tall = height * int(max(month.kwh, Decimal(0)) * 1000 / ceiling) / 1000
        is_last = at == len(months) - 1
        sheet.box(x + step / 5, foot, step * 3 / 5, tall, fill=BLUE if is_last else PALE)
        figure = quantity_text(month.kwh.quantize(Decimal(1)))
        size = sheet.fit(figure, 7, step)
        sheet.put(x + step / 2, foot + tall + 2, figure, size, color=GREY, align=1 / 2)
        name = short_month_text(month.month, language)
        sheet.put(x + step / 2, foot - 9, name, 7, color=GREY, align=1 / 2)
    sheet.y = top - HEIGHT - 6


def _draw_scale(sheet: Sheet, foot: float, height: float, ceiling: Decimal) -> None:
    for half in range(3):
        level = foot + height * half / 2
        sheet.rule(LEFT + 34, level, LEFT + ROOM, color=RULE, line=1 / 4)
        figure = quantity_text(ceiling * half / 2)
        size = sheet.fit(figure, 7, 30)
        sheet.put(LEFT + 30, level - 2, figure, size, color=GREY, align=1)


def nice_ceiling(most: Decimal) -> Decimal:
    """Return the least round number that isn't below the most; its half is round too."""
    if most <= 0:
        return Decimal(1)
    unit = Decimal(1).scaleb(most.adjusted())
    return next(unit * step for step in _STEPS if unit * step >= most)
