"""Papers on an account that are a head and a table: its statement, a note of what was corrected."""

from collections.abc import Sequence
from dataclasses import dataclass

from notices.paper.heads import Pages, draw_letterhead, draw_number, draw_seal, draw_title
from notices.paper.sheet import GREY, LEFT, RIGHT, ROOM, TINT, Sheet
from notices.paper.tables import Column, draw_table
from notices.supplier import Supplier

_FACT = 15
_SEAL_ROOM = 90


@dataclass(frozen=True, slots=True)
class AccountPaper:
    """
    A paper on an account: facts on top, then rows, then what they come to.

    `facts` are (what, value) pairs; `sums` stand large under the table; `columns` are heads with
    their part of the room, the numbers' to the right.
    """

    supplier: Supplier
    language: str
    title: str
    other_title: str
    number: str
    day: str
    facts: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None
    sums: tuple[tuple[str, str], ...]


def draw_account_paper(sheet: Sheet, paper: AccountPaper) -> None:
    """Draw the paper from the top of the current page, on as many as it needs."""
    pages = Pages(sheet, f"{paper.title}  {paper.number}", paper.language)
    draw_letterhead(sheet, paper.supplier, paper.language)
    draw_title(sheet, paper.title, paper.other_title)
    draw_number(sheet, paper.number, paper.day, paper.language)
    _draw_facts(sheet, paper.facts)
    draw_table(sheet, paper.columns, paper.rows, total=paper.total)
    _draw_sums(sheet, paper.sums)
    sheet.need(_SEAL_ROOM)
    name = paper.supplier.letterhead(paper.language).name
    sheet.put(RIGHT, sheet.y - 34, name, 9, strong=True, align=1)
    sheet.put(RIGHT, sheet.y - 48, paper.day, 9, align=1)
    draw_seal(sheet, paper.supplier, paper.language, RIGHT - 50, sheet.y - 42)
    pages.end()


def _draw_facts(sheet: Sheet, facts: Sequence[tuple[str, str]]) -> None:
    for what, value in facts:
        baseline = sheet.y - 10
        sheet.put(LEFT, baseline, what, 8, color=GREY)
        size = sheet.fit(value, 9, ROOM - 90)
        sheet.put(LEFT + 84, baseline, sheet.cut(value, size, ROOM - 90), size)
        sheet.y -= _FACT
    sheet.y -= 6


def _draw_sums(sheet: Sheet, sums: Sequence[tuple[str, str]]) -> None:
    height = 18 * len(sums) + 6
    sheet.need(height + 6)
    sheet.box(LEFT, sheet.y - height, ROOM, height, fill=TINT)
    for at, (what, value) in enumerate(sums):
        is_last = at == len(sums) - 1
        baseline = sheet.y - 16 - 18 * at
        sheet.put(LEFT + 12, baseline, what, 9, color=GREY)
        sheet.put(RIGHT - 12, baseline, value, 12 if is_last else 10, strong=is_last, align=1)
    sheet.y -= height + 8
