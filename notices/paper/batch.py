"""A print batch: a cover with the walking list, then every paper, its code on each page."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from notices.figures import day_text, priced_text
from notices.notice import NoticeKind
from notices.paper.codes import draw_bars
from notices.paper.heads import Mark, Pages, draw_letterhead
from notices.paper.labels import label
from notices.paper.letter import Letter, draw_letter
from notices.paper.sheet import FOOT, GREY, LEFT, RIGHT, ROOM, Sheet
from notices.paper.tables import Column, draw_table
from notices.record import Stop
from notices.supplier import Supplier

_TOTAL = "pages of the batch"
_FIGURES = 18
"""Room for the digits of the total, which is known only at the end."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Letters that are printed together, in walking order, each with its stop."""

    number: str
    printed_on: date
    printed_by: str
    language: str
    supplier: Supplier
    letters: tuple[tuple[Stop, Letter], ...]


def draw_batch(sheet: Sheet, batch: Batch) -> None:
    """Draw the cover and then every letter; the file isn't saved yet."""
    _draw_cover(sheet, batch)
    for number, (_, letter) in enumerate(batch.letters, start=1):
        sheet.new_page()
        draw_letter(sheet, letter, mark=_mark(batch, number))
    total = str(sheet.page)
    sheet.define(_TOTAL, lambda: _put_total(sheet, total), box=(0, -3, _FIGURES, 9))


def _mark(batch: Batch, number: int) -> Mark:
    """Return what draws the batch's code: its number, which letter of it, which page of it."""
    letter = label("nth_letter", batch.language).format(number)

    def draw(sheet: Sheet) -> None:
        code = f"{batch.number}  ·  {letter}  ·  {sheet.page} / "
        sheet.put(RIGHT - _FIGURES, FOOT, code, 7, color=GREY, align=1)
        # How many pages there are is known at the end; till then the place of it is named.
        sheet.place(_TOTAL, (RIGHT - _FIGURES, FOOT))

    return draw


def _put_total(sheet: Sheet, total: str) -> None:
    sheet.put(0, 0, total, 7, color=GREY)


def _draw_cover(sheet: Sheet, batch: Batch) -> None:
    language, supplier = batch.language, batch.supplier
    head = supplier.letterhead(language)
    pages = Pages(sheet, f"{head.name}  ·  {batch.number}", language)
    draw_letterhead(sheet, supplier, language)
    top = sheet.y
    sheet.put(LEFT, top - 24, label("batch_title", language), 20, strong=True)
    sheet.put(LEFT, top - 44, batch.number, 14, strong=True)
    draw_bars(sheet, batch.number, RIGHT - 170, top - 34, 28, width=170)
    sheet.y = top - 56
    _draw_totals(sheet, batch)
    _draw_hand_over(sheet, language)
    sheet.put(LEFT, sheet.y - 12, label("walking_list", language), 10, strong=True)
    sheet.y -= 18
    _draw_list(sheet, batch)
    pages.end()


def _draw_totals(sheet: Sheet, batch: Batch) -> None:
    """Draw how many letters of each kind there are for each route, and the money in them."""
    language = batch.language
    by_route = Counter((stop.office, stop.route) for stop, _ in batch.letters)
    by_kind = Counter(letter.notice.kind for _, letter in batch.letters)
    both = Counter((s.office, s.route, letter.notice.kind) for s, letter in batch.letters)
    kinds = [kind for kind in NoticeKind if by_kind[kind]]
    columns = [
        Column(label("office", language), 20),
        Column(label("route", language), 14),
        *(Column(label(kind, language), 14, is_right=True) for kind in kinds),
        Column(label("letters", language), 10, is_right=True),
    ]
    rows = [
        [office, route, *(str(both[office, route, kind] or "") for kind in kinds), str(count)]
        for (office, route), count in by_route.items()
    ]
    counts = [str(by_kind[kind]) for kind in kinds]
    total = [label("total", language), "", *counts, str(len(batch.letters))]
    facts = "    ".join(
        (
            f"{label('printed_on', language)}  {day_text(batch.printed_on, language)}",
            f"{label('printed_by', language)}  {batch.printed_by}",
            f"{label('money', language)}  {_money(batch)}",
        )
    )
    sheet.put(LEFT, sheet.y - 9, facts, 9)
    sheet.y -= 16
    draw_table(sheet, columns, rows, total=total)


def _money(batch: Batch) -> str:
    total = sum(letter.notice.total for _, letter in batch.letters)
    currency = next((letter.notice.currency for _, letter in batch.letters), "")
    return priced_text(total, currency, batch.language)


def _draw_hand_over(sheet: Sheet, language: str) -> None:
    """Draw where the person who carries the letters signs, and counts what comes back."""
    level = sheet.y - 14
    width = ROOM / 3
    for at, name in enumerate(("taken_by", "date", "returned")):
        x = LEFT + width * at
        text = label(name, language)
        sheet.put(x, level, text, 8, color=GREY)
        sheet.rule(x + sheet.width(text, 8) + 6, level - 2, x + width - 12, color=GREY)
    sheet.y -= 24


def _draw_list(sheet: Sheet, batch: Batch) -> None:
    language = batch.language
    columns = [
        Column(label("nth", language), 6),
        Column(label("route", language), 10),
        Column(label("order", language), 7, is_right=True),
        Column(label("account", language), 15),
        Column(label("customer", language), 18),
        Column(label("address", language), 28),
        Column(label("notice", language), 16),
    ]
    rows = [_row(number, *one) for number, one in enumerate(batch.letters, start=1)]
    draw_table(sheet, columns, rows, size=7)


def _row(number: int, stop: Stop, letter: Letter) -> list[str]:
    notice = letter.notice
    first = notice.accounts[0]
    more = f" +{len(notice.accounts) - 1}" if len(notice.accounts) > 1 else ""
    return [
        str(number),
        stop.route,
        str(stop.order),
        first.number + more,
        notice.customer.name,
        first.address,
        notice.number,
    ]
