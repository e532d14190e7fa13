"""The receipt: one half of the page for the customer, the other for the office."""

from dataclasses import dataclass

from billing.customer import Language
from billing.money import show
from notices.capitals import capitals
from notices.figures import day_text, period_text, priced_text
from notices.paper.codes import draw_bars
from notices.paper.heads import draw_letterhead, draw_seal, draw_title
from notices.paper.labels import label, word
from notices.paper.sheet import BLUE, GREY, HEIGHT, LEFT, RIGHT, ROOM, SMALL, TINT, TOP, Sheet
from notices.paper.tables import Column, draw_table
from notices.sheets import ReceiptPaper, Settled
from notices.supplier import Supplier
from notices.wording import Words

_ROWS_MAX = 5
"""More settled charges than these are summed up in a row, so that half a page is enough."""


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """A receipt with its words and who gives it."""

    paper: ReceiptPaper
    words: Words
    supplier: Supplier


def draw_receipt(sheet: Sheet, receipt: PrintedReceipt) -> None:
    """Draw a receipt on the current page, which has to be empty: the customer's copy and ours."""
    sheet.foot = None
    _draw_copy(sheet, receipt, "customers_copy")
    sheet.rule(LEFT - 20, HEIGHT / 2, RIGHT + 20, color=GREY, dashes=(4, 3))
    sheet.y = TOP - HEIGHT / 2
    _draw_copy(sheet, receipt, "offices_copy")


def _draw_copy(sheet: Sheet, receipt: PrintedReceipt, copy: str) -> None:
    paper, language = receipt.paper, receipt.paper.language
    top = sheet.y
    sheet.form(("receipt head", language), lambda: _draw_head(sheet, receipt), at=(0, top - TOP))
    sheet.y = top - 88
    sheet.put(RIGHT, top - 62, label(copy, language), 8, color=GREY, align=1)
    draw_bars(sheet, paper.number, LEFT, top - 70, 16, width=120)
    _draw_facts(sheet, paper)
    _draw_amount(sheet, paper)
    _draw_settled(sheet, paper)
    for block in receipt.words.blocks:
        sheet.write(block.spans, SMALL, room=ROOM - 130)
    foot = top - 350
    draw_seal(sheet, receipt.supplier, language, RIGHT - 50, foot + 14)
    by = f"{label('received_by', language)}  {paper.received_by}"
    sheet.put(LEFT, foot, by, 8, color=GREY)
    sheet.put(RIGHT, foot + 8, receipt.supplier.letterhead(language).name, 9, strong=True, align=1)
    sheet.put(RIGHT, foot - 5, day_text(paper.received_on, language), 9, align=1)


def _draw_head(sheet: Sheet, receipt: PrintedReceipt) -> None:
    sheet.y = TOP
    draw_letterhead(sheet, receipt.supplier, receipt.paper.language)
    draw_title(sheet, receipt.words.title, receipt.words.other_title)


def _draw_facts(sheet: Sheet, paper: ReceiptPaper) -> None:
    language = paper.language
    facts = [
        (0, 0, ROOM, "customer", paper.customer.name),
        (0, 1, ROOM / 2, "account", paper.account.number),
        (1, 1, ROOM / 2, "method", word(paper.method, language)),
        (0, 2, ROOM, "address", paper.account.address),
        (1, 2, ROOM / 2, "reference", paper.reference),
    ]
    is_split = bool(paper.reference)
    for column, row, room, what, value in facts:
        if not value:
            continue
        x = LEFT + (ROOM / 2 + 6) * column
        baseline = sheet.y - 10 - 15 * row
        sheet.put(x, baseline, label(what, language), 8, color=GREY)
        width = (ROOM / 2 if row == 2 and is_split else room) - 76
        size = sheet.fit(value, 9, width)
        sheet.put(x + 66, baseline, sheet.cut(value, size, width), size)
    sheet.y -= 50


def _draw_amount(sheet: Sheet, paper: ReceiptPaper) -> None:
    top, height, language = sheet.y, 36, paper.language
    sheet.box(LEFT, top - height, ROOM, height, fill=TINT)
    sheet.box(LEFT, top - height, 3, height, fill=BLUE)
    sheet.put(LEFT + 14, top - 22, label("received", language), 9, color=GREY)
    text = priced_text(paper.amount, paper.currency, language)
    sheet.put(LEFT + 76, top - 24, text, 17, strong=True, color=BLUE)
    if language == Language.CHINESE and paper.currency == "CNY":
        words = f"{label('in_capitals', language)}{capitals(paper.amount)}"
        size = sheet.fit(words, 9, ROOM - 270)
        sheet.put(RIGHT - 12, top - 22, words, size, align=1)
    sheet.y -= height + 6


def _draw_settled(sheet: Sheet, paper: ReceiptPaper) -> None:
    language = paper.language
    columns = [
        Column(label("settled", language), 40),
        Column(label("item", language), 40),
        Column(f"{label('amount', language)} ({paper.currency})", 20, is_right=True),
    ]
    shown, others = paper.settled, paper.settled[_ROWS_MAX:]
    if others:
        shown, others = paper.settled[: _ROWS_MAX - 1], paper.settled[_ROWS_MAX - 1 :]
    rows = [_settled_row(part, language) for part in shown]
    if others:
        more = label("others", language).format(len(others))
        rows.append([more, "", show(sum(part.amount for part in others))])
    if paper.credit:
        rows.append([label("to_credit", language), "", show(paper.credit)])
    draw_table(sheet, columns, rows)


def _settled_row(part: Settled, language: str) -> list[str]:
    period = ""
    if part.start is not None and part.end is not None:
        period = period_text(part.start, part.end, language)
    return [
        "  ".join(filter(None, (label(part.what, language), part.bill))),
        period,
        show(part.amount),
    ]
