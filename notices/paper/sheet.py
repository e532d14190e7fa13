"""A stack of A4 pages that is written from the top down: text, rules, boxes, forms, footers."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from threading import Lock

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from notices.paper.fonts import STRONG, Fonts, printable
from notices.paper.lines import line_ends
from notices.wording import Span

WIDTH, HEIGHT = A4
LEFT = 20 * mm
RIGHT = WIDTH - 20 * mm
ROOM = RIGHT - LEFT
TOP = HEIGHT - 13 * mm
BOTTOM = 16 * mm
FOOT = 9 * mm

Color = tuple[int, int, int]
INK: Color = (27, 39, 51)
GREY: Color = (91, 103, 115)
RULE: Color = (196, 205, 213)
TINT: Color = (242, 246, 250)
BLUE: Color = (15, 76, 129)
RED: Color = (179, 38, 30)
SEAL: Color = (214, 98, 92)
PINK: Color = (253, 242, 240)
AMBER: Color = (156, 87, 0)
WHITE: Color = (255, 255, 255)
PALE: Color = (226, 229, 232)

_OUTLINE = 0.4
Box = tuple[float, float, float, float]

_SAVING = Lock()

rl_config.useA85 = 0  # Plain bytes are smaller, and quicker to write.

# A line of Chinese is drawn apart by at most this part of the size; beyond it stays ragged, as
# Latin text always does.
_STRETCH_MAX = 8


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks: size in points, lines this far apart, the first line indented."""

    size: float
    leading: float
    color: Color = INK
    is_strong: bool = False
    indent: float = 0


BODY = Style(9.5, 14)
SMALL = Style(8, 12, GREY)


class Sheet:
    """
    The pages of one file, drawn from the top down; `y` is where the next thing goes.

    Text is gathered and drawn last on its page, so it stands on top of every box.
    """

    def __init__(self, fonts: Fonts, *, title: str, author: str, mark: str | None = None) -> None:
        """:param mark: a pale word across every page, such as that of a reprint."""
        self._file = BytesIO()
        # invariant: no clock and no random id in the file, so that equal papers are equal bytes.
        self.canvas = Canvas(self._file, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setCreator("wattledger")
        self.fonts = fonts
        self.y = TOP
        self.page = 1
        self.foot: Callable[[Sheet], None] | None = None
        # Paragraphs without a customer's facts are the same on every paper of a batch.
        self._lines = lru_cache(maxsize=1_000)(self._part)
        self._forms: dict[Hashable, str] = {}
        self._text = self.canvas.beginText()
        self._text_color: Color | None = None
        self._mark = mark
        self._begin_page()

    def new_page(self) -> None:
        """End the page with its footer and begin another."""
        self._end_page()
        self.page += 1
        self.y = TOP
        self._begin_page()

    def need(self, height: float) -> bool:
        """Begin another page if less than the height is left on this one; tell whether it did."""
        if self.y - height >= BOTTOM:
            return False
        self.new_page()
        return True

    def save(self) -> bytes:
        """End the last page and return the file's bytes."""
        self._end_page()
        # Cutting a font down to what was used reads it from a place that all threads share.
        with _SAVING:
            self.canvas.save()
        return self._file.getvalue()

    def _begin_page(self) -> None:
        if self._mark is not None:
            self.turned(WIDTH / 2, HEIGHT / 2, 30, self._mark, 72, PALE, strong=True)

    def _end_page(self) -> None:
        if self.foot is not None:
            self.foot(self)
        self._flush()
        self.canvas.showPage()

    def _flush(self) -> None:
        self.canvas.setLineWidth(_OUTLINE)
        self.canvas.drawText(self._text)
        self._text = self.canvas.beginText()
        self._text_color = None

    def put(
        self,
        x: float,
        y: float,
        text: str,
        size: float = BODY.size,
        *,
        strong: bool = False,
        color: Color = INK,
        align: float = 0,
        apart: float = 0,
    ) -> float:
        """
        Draw one line of text and return its width.

        :param align: which part of the text lies left of x: 0 starts there, 1 ends there.
        :param apart: additional space between signs.
        """
        measured = self.fonts.measure(text, strong)
        width = measured.width * size + apart * max(0, len(text) - 1)
        writer = self._writer(color)
        writer.setTextOrigin(x - width * align, y)
        if apart:
            writer.setCharSpace(apart)
        for font, run in measured.runs:
            writer.setFont(font, size)
            if strong and font != STRONG:
                self._thicken(writer, run, color)
            else:
                writer.textOut(run)
        if apart:
            writer.setCharSpace(0)
        return width

    def turned(
        self,
        x: float,
        y: float,
        degrees: float,
        text: str,
        size: float,
        color: Color,
        *,
        strong: bool = False,
    ) -> None:
        """Draw a text turned around its middle, below what is put on the page."""
        measured = self.fonts.measure(text, strong)
        self.canvas.saveState()
        self.canvas.translate(x, y)
        self.canvas.rotate(degrees)
        self.canvas.setFillColorRGB(*(part / 255 for part in color))
        at = -measured.width * size / 2
        for font, run in measured.runs:
            self.canvas.setFont(font, size)
            self.canvas.drawString(at, 0, run)
            at += self.canvas.stringWidth(run, font, size)
        self.canvas.restoreState()

    def width(self, text: str, size: float, *, strong: bool = False, apart: float = 0) -> float:
        """Return the width of a line of text."""
        width = self.fonts.measure(text, strong).width * size
        return width + apart * max(0, len(text) - 1)

    def _thicken(self, writer: PDFTextObject, run: str, color: Color) -> None:
        """Draw signs that only the regular font has with their outline, to look strong."""
        writer.setStrokeColorRGB(*(part / 255 for part in color))
        writer.setTextRenderMode(2)
        writer.textOut(run)
        writer.setTextRenderMode(0)

    def _writer(self, color: Color) -> PDFTextObject:
        if color != self._text_color:
            self._text.setFillColorRGB(*(part / 255 for part in color))
            self._text_color = color
        return self._text

    def fit(self, text: str, size: float, room: float, *, strong: bool = False) -> float:
        """Return the size, or the smaller one (not below six points) that lets a text fit."""
        width = self.width(text, size, strong=strong)
        return size if width <= room else max(6, size * room / width)

    def cut(self, text: str, size: float, room: float, *, strong: bool = False) -> str:
        """Return the text, its end replaced by an ellipsis if it is wider than the room."""
        text = printable(text)
        if self.width(text, size, strong=strong) <= room:
            return text
        while text and self.width(text + "…", size, strong=strong) > room:
            text = text[:-1]
        return text.rstrip() + "…"

    def _part(self, spans: tuple[Span, ...], style: Style, room: float) -> list[list[Span]]:
        """Return the spans parted into lines that fit the room."""
        signs = [
            (sign, span.is_strong or style.is_strong)
            for span in spans
            for sign in printable(span.text)
        ]
        text = "".join(sign for sign, _ in signs)
        size, width_of = style.size, self.fonts.width_of
        widths = [width_of(sign, is_strong) * size for sign, is_strong in signs]
        ends = line_ends(text, widths, room, style.indent)
        return [_spans(signs[start:end]) for start, end in zip([0, *ends], ends, strict=False)]

    def write(
        self, spans: Sequence[Span], style: Style = BODY, *, x: float = LEFT, room: float = ROOM
    ) -> None:
        """Draw a paragraph at `y`, going on to further pages where it must."""
        lines = self._lines(tuple(spans), style, room)
        for number, line in enumerate(lines):
            self.need(style.leading)
            indent = 0 if number else style.indent
            is_last = number == len(lines) - 1
            self._write_line(line, style, x + indent, None if is_last else room - indent)
            self.y -= style.leading

    def _write_line(self, line: Sequence[Span], style: Style, x: float, room: float | None) -> None:
        baseline = self.y - style.size
        apart = 0 if room is None else self._apart(line, style, room)
        for span in line:
            self.put(
                x,
                baseline,
                span.text,
                style.size,
                strong=span.is_strong,
                color=style.color,
                apart=apart,
            )
            x += self.width(span.text, style.size, strong=span.is_strong) + apart * len(span.text)

    def _apart(self, line: Sequence[Span], style: Style, room: float) -> float:
        """Return the space between signs that lets a line end at the margin."""
        text = "".join(span.text for span in line)
        if sum(ord(sign) >= 0x2E80 for sign in text) * 2 < len(text):
            return 0
        width = sum(self.width(span.text, style.size, strong=span.is_strong) for span in line)
        apart = (room - width) / max(1, len(text) - 1)
        return apart if 0 < apart <= style.size / _STRETCH_MAX else 0

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Color | None = None,
        edge: Color | None = None,
        round_by: float = 0,
        line: float = 1 / 2,
    ) -> None:
        """Draw a box whose lower left corner is at the point."""
        if fill is not None:
            self.canvas.setFillColorRGB(*(part / 255 for part in fill))
        if edge is not None:
            self.canvas.setStrokeColorRGB(*(part / 255 for part in edge))
            self.canvas.setLineWidth(line)
        strokes, fills = int(edge is not None), int(fill is not None)
        if round_by:
            self.canvas.roundRect(x, y, width, height, round_by, stroke=strokes, fill=fills)
        else:
            self.canvas.rect(x, y, width, height, stroke=strokes, fill=fills)

    def rule(
        self,
        x: float,
        y: float,
        until: float,
        *,
        color: Color = RULE,
        line: float = 1 / 2,
        dashes: Sequence[float] = (),
    ) -> None:
        """Draw a level line."""
        self.canvas.setStrokeColorRGB(*(part / 255 for part in color))
        self.canvas.setLineWidth(line)
        if dashes:
            self.canvas.setDash(list(dashes))
        self.canvas.line(x, y, until, y)
        if dashes:
            self.canvas.setDash()

    def form(
        self,
        key: Hashable,
        draw: Callable[[], None],
        *,
        at: tuple[float, float] = (0, 0),
        box: Box = (0, 0, WIDTH, HEIGHT),
    ) -> None:
        """
        Draw what is the same on many papers: kept once in the file and only named after.

        :param at: where the form's own origin comes to stand. :param box: what it covers.
        """
        if not self.canvas.hasForm(self._form_name(key)):
            self.define(key, draw, box=box)
        self.place(key, at)

    def place(self, key: Hashable, at: tuple[float, float]) -> None:
        """Draw a form with its origin at the point; it may be defined later."""
        name = self._form_name(key)
        if not any(at):
            self.canvas.doForm(name)
            return
        self.canvas.saveState()
        self.canvas.translate(*at)
        self.canvas.doForm(name)
        self.canvas.restoreState()

    def define(
        self, key: Hashable, draw: Callable[[], None], *, box: Box = (0, 0, WIDTH, HEIGHT)
    ) -> None:
        """Draw a form; pages before may have placed it already."""
        self._flush()
        self.canvas.beginForm(self._form_name(key), *map(round, box))
        y = self.y
        draw()
        self._flush()
        self.canvas.endForm()
        self.y = y

    def _form_name(self, key: Hashable) -> str:
        return self._forms.setdefault(key, f"f{len(self._forms) + 1}")


def _spans(signs: Sequence[tuple[str, bool]]) -> list[Span]:
    """Join signs of one weight; a line neither begins nor ends with a blank."""
    first, last = 0, len(signs)
    while first < last and signs[first][0] == " ":
        first += 1
    while last > first and signs[last - 1][0] == " ":
        last -= 1
    spans: list[Span] = []
    for sign, is_strong in signs[first:last]:
        if spans and spans[-1].is_strong == is_strong:
            spans[-1] = Span(spans[-1].text + sign, is_strong)
        else:
            spans.append(Span(sign, is_strong))
    return spans
