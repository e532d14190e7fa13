"""What frames every paper: the letterhead, the title, the seal, the foot of a page."""

from collections.abc import Callable
from math import cos, pi, radians, sin

from billing.customer import Language
from notices.paper.labels import label
from notices.paper.sheet import (
    BLUE,
    FOOT,
    GREY,
    INK,
    LEFT,
    RIGHT,
    ROOM,
    RULE,
    SEAL,
    WHITE,
    Color,
    Sheet,
)
from notices.supplier import Letterhead, Supplier

_HEAD = 46
_SEAL = 34


def draw_letterhead(sheet: Sheet, supplier: Supplier, language: str, color: Color = BLUE) -> None:
    """Draw the supplier's mark, names and hotline at the top of the page."""

    def draw() -> None:
        own, other = _heads(supplier, language)
        _draw_mark(sheet, LEFT, top - 30, 30, color)
        sheet.put(LEFT + 38, top - 13, own.name, 13, strong=True)
        sheet.put(LEFT + 38, top - 26, other.name, 8, color=GREY)
        hotline = f"{label('hotline', language)} {supplier.hotline}"
        sheet.put(RIGHT, top - 13, hotline, 10, strong=True, color=color, align=1)
        sheet.put(RIGHT, top - 26, own.address, 8, color=GREY, align=1)
        sheet.rule(LEFT, top - 38, RIGHT, color=color, line=5 / 4)

    top = sheet.y
    sheet.form(("head", language, color), draw)
    sheet.y = top - _HEAD


def _heads(supplier: Supplier, language: str) -> tuple[Letterhead, Letterhead]:
    other = Language.ENGLISH if language == Language.CHINESE else Language.CHINESE
    return supplier.letterhead(language), supplier.letterhead(other)


def _draw_mark(sheet: Sheet, x: float, y: float, side: float, color: Color) -> None:
    """Draw a spark in a square; no supplier's own emblem, but a place for one."""
    sheet.box(x, y, side, side, fill=color, round_by=side / 6)
    outline = ((56, 86), (26, 46), (47, 46), (42, 14), (74, 56), (52, 56))
    path = sheet.canvas.beginPath()
    for number, (right, up) in enumerate(outline):
        move = path.lineTo if number else path.moveTo
        move(x + side * right / 100, y + side * up / 100)
    path.close()
    sheet.canvas.setFillColorRGB(*(part / 255 for part in WHITE))
    sheet.canvas.drawPath(path, stroke=0, fill=1)


def draw_title(sheet: Sheet, title: str, other: str, color: Color = INK) -> None:
    """Draw the title in the middle, and below it what the paper is called in the other language."""
    is_wide = ord(title[0]) >= 0x2E80
    size, apart = 20, 6 if is_wide else 0
    width = sheet.width(title, size, strong=True, apart=apart)
    x = LEFT + (ROOM - width) / 2
    sheet.put(x, sheet.y - 21, title, size, strong=True, color=color, apart=apart)
    sheet.put(LEFT + ROOM / 2, sheet.y - 34, other, 8, color=GREY, align=1 / 2)
    sheet.y -= 42


def draw_number(sheet: Sheet, number: str, day: str, language: str) -> None:
    """Draw the paper's number on the left and its day on the right."""
    baseline = sheet.y - 9
    sheet.put(LEFT, baseline, f"{label('code', language)} {number}", 9, color=GREY)
    sheet.put(RIGHT, baseline, day, 9, color=GREY, align=1)
    sheet.y -= 18


def draw_seal(sheet: Sheet, supplier: Supplier, language: str, x: float, y: float) -> None:
    """Draw the supplier's seal around the point, or the ring in which the office stamps by hand."""

    def draw() -> None:
        canvas = sheet.canvas
        canvas.setStrokeColorRGB(*(part / 255 for part in SEAL))
        if not supplier.has_seal:
            canvas.setLineWidth(1 / 2)
            canvas.setDash([2, 2])
            canvas.circle(0, 0, _SEAL, stroke=1, fill=0)
            canvas.setDash()
            sheet.put(0, -4, label("seal_here", language), 9, color=SEAL, align=1 / 2)
            return
        canvas.setLineWidth(2)
        canvas.circle(0, 0, _SEAL, stroke=1, fill=0)
        head = supplier.letterhead(language)
        _draw_star(sheet, 10)
        _draw_arc(sheet, head.seal, _SEAL - 11)
        size = sheet.fit(head.seal_use, 7, _SEAL * 7 / 5)
        sheet.put(0, -23, head.seal_use, size, color=SEAL, align=1 / 2)

    reach = _SEAL + 2
    sheet.form(("seal", language), draw, at=(x, y), box=(-reach, -reach, reach, reach))


def _draw_star(sheet: Sheet, radius: float) -> None:
    path = sheet.canvas.beginPath()
    for number in range(10):
        turn = pi / 2 + number * pi / 5
        reach = radius * 2 / 5 if number % 2 else radius
        move = path.lineTo if number else path.moveTo
        move(reach * cos(turn), reach * sin(turn))
    path.close()
    sheet.canvas.setFillColorRGB(*(part / 255 for part in SEAL))
    sheet.canvas.drawPath(path, stroke=0, fill=1)


def _draw_arc(sheet: Sheet, text: str, radius: float) -> None:
    """Draw the text around the upper part of the ring, read from the left."""
    size, span = (9, 230) if len(text) <= 14 else (6, 270)
    step = span / max(1, len(text))
    for number, sign in enumerate(text):
        turn = 90 + span / 2 - step * (number + 1 / 2)
        sheet.turned(
            radius * cos(radians(turn)), radius * sin(radians(turn)), turn - 90, sign, size, SEAL
        )


Mark = Callable[[Sheet], None]
"""Draws what stands at the right of a page's foot, such as the page of a batch."""


class Pages:
    """Numbers the pages of one paper among others, and says on each whether another follows."""

    def __init__(self, sheet: Sheet, whose: str, language: str, mark: Mark | None = None) -> None:
        self._sheet, self._whose, self._language, self._mark = sheet, whose, language, mark
        self._first = sheet.page
        sheet.foot = self._continued

    def end(self) -> None:
        """Say that the current page is the paper's last."""
        page = self._sheet.page - self._first + 1
        text = label("last_page", self._language).format(page, page)
        self._sheet.foot = lambda _: self._draw(text)

    def _continued(self, _: Sheet) -> None:
        page = self._sheet.page - self._first + 1
        self._draw(label("page", self._language).format(page))

    def _draw(self, text: str) -> None:
        sheet = self._sheet
        sheet.rule(LEFT, FOOT + 12, RIGHT, color=RULE, line=1 / 4)
        sheet.put(LEFT, FOOT, self._whose, 7, color=GREY)
        if self._mark is None:
            sheet.put(RIGHT, FOOT, text, 7, color=GREY, align=1)
        else:
            sheet.put(LEFT + ROOM / 2, FOOT, text, 7, color=GREY, align=1 / 2)
            self._mark(sheet)
