"""The bill: what was used, what it costs and why, what to pay by when, and how."""

from dataclasses import dataclass
from decimal import Decimal

from billing.customer import Language
from billing.line import Line
from billing.money import show
from meters.reading import Part
from notices.capitals import capitals
from notices.figures import day_text, period_text, price_text, priced_text, quantity_text
from notices.paper.charts import draw_usage
from notices.paper.heads import Mark, Pages, draw_letterhead, draw_number, draw_title
from notices.paper.labels import label, word
from notices.paper.payment import draw_payment
from notices.paper.sheet import BLUE, GREY, INK, LEFT, RIGHT, ROOM, SMALL, TINT, Sheet, Style
from notices.paper.tables import Column, draw_table
from notices.sheets import BillPaper
from notices.supplier import Supplier
from notices.wording import Span, Words

_CARD = 210
_ASIDE = 66
_SMALLEST = 15 / 2


@dataclass(frozen=True, slots=True)
class PrintedBill:
    """A bill with the words of its notes and who sends it."""

    paper: BillPaper
    words: Words
    supplier: Supplier


def draw_bill(sheet: Sheet, bill: PrintedBill, *, mark: Mark | None = None) -> None:
    """
    Draw a bill from the top of the current page, which has to be empty, to its last page.

    :param mark: what stands at the right of each page's foot, such as the page of a batch.
    """
    paper, language = bill.paper, bill.paper.language
    head = bill.supplier.letterhead(language)
    pages = Pages(sheet, f"{head.name}  ·  {paper.bill.number}", language, mark)
    draw_letterhead(sheet, bill.supplier, language)
    draw_title(sheet, bill.words.title, bill.words.other_title)
    draw_number(sheet, paper.bill.number, day_text(paper.bill.issued_on, language), language)
    _draw_top(sheet, paper)
    _draw_readings(sheet, paper)
    _draw_lines(sheet, paper)
    for block in bill.words.blocks:
        sheet.write(block.spans, SMALL)
        sheet.y -= 2
    if paper.to_pay:
        draw_payment(
            sheet,
            bill.supplier,
            language,
            accounts=[paper.account.number],
            amount=paper.to_pay + paper.earlier,
        )
    draw_usage(sheet, paper.usage, language)
    pages.end()


def _draw_top(sheet: Sheet, paper: BillPaper) -> None:
    """Draw who is billed for what on the left, and what to pay by when on the right."""
    top, room = sheet.y - 2, ROOM - _CARD - 16
    name = Span(paper.customer.name, is_strong=True)
    size = 12 if sheet.width(name.text, 12, strong=True) <= room else 9
    sheet.write([name], Style(size, size + 3), room=room)
    facts = _facts(paper)
    for what, value in facts:
        sheet.put(LEFT, sheet.y - 11, label(what, paper.language), 8, color=GREY)
        if sheet.width(value, _SMALLEST) <= room - _ASIDE:
            sheet.put(LEFT + _ASIDE, sheet.y - 11, value, sheet.fit(value, 9, room - _ASIDE))
            sheet.y -= 15
        else:  # An address is never cut short; it takes the lines it needs.
            sheet.y -= 3
            sheet.write([Span(value)], Style(8, 10), x=LEFT + _ASIDE, room=room - _ASIDE)
            sheet.y -= 2
    height = max(94, top - sheet.y + 2)
    _draw_card(sheet, paper, top, height)
    sheet.y = top - height - 6


def _facts(paper: BillPaper) -> list[tuple[str, str]]:
    language, bill = paper.language, paper.bill
    facts = [
        ("account", paper.account.number),
        ("customer_number", paper.customer.number),
        ("address", paper.account.address),
        ("period", period_text(bill.period.start, bill.period.end, language)),
        ("class", f"{word(bill.supply_class, language)}  ·  {paper.tariff}"),
    ]
    return [(what, value) for what, value in facts if value]


def _draw_card(sheet: Sheet, paper: BillPaper, top: float, height: float) -> None:
    language = paper.language
    left = RIGHT - _CARD
    sheet.box(left, top - height, _CARD, height, fill=TINT)
    sheet.box(left, top - height, 3, height, fill=BLUE)
    amount = paper.to_pay if paper.bill.amount >= 0 else -paper.bill.amount
    text = priced_text(amount, paper.currency, language)
    what = "to_pay" if paper.bill.amount >= 0 else "in_your_favor"
    sheet.put(left + 14, top - 16, label(what, language), 9, color=GREY)
    size = sheet.fit(text, 22, _CARD - 24, strong=True)
    sheet.put(left + 14, top - 41, text, size, strong=True, color=BLUE)
    if paper.bill.amount <= 0:
        return
    rows = [("due_on", day_text(paper.bill.due_on, language))]
    if paper.late_by_day or paper.late_by_month:
        unit = "day" if paper.late_by_day else "month"
        rate = f"{paper.late_by_day or paper.late_by_month} / {label(unit, language)}"
        rows.append(("late_from", f"{day_text(paper.late_from, language)}  ({rate})"))
    for at, (what, value) in enumerate(rows):
        baseline = top - 62 - 16 * at
        sheet.put(left + 14, baseline, label(what, language), 8, color=GREY)
        size = sheet.fit(value, 9, _CARD - 84, strong=True)
        sheet.put(left + 76, baseline, value, size, strong=True, color=INK)


def _draw_readings(sheet: Sheet, paper: BillPaper) -> None:
    """Draw the readings that the energy comes from, register by register."""
    if not paper.parts:
        return
    language = paper.language
    columns = [
        Column(label("register", language), 26),
        Column(label("before", language), 25, is_right=True),
        Column(label("now", language), 25, is_right=True),
        Column(label("multiplier", language), 10, is_right=True),
        Column(label("used", language), 14, is_right=True),
    ]
    draw_table(sheet, columns, [_reading_row(part, language) for part in paper.parts])


def _reading_row(part: Part, language: str) -> list[str]:
    def shown(value: Decimal, day: str, is_estimated: bool) -> str:
        mark = f"{label('estimated', language)} " if is_estimated else ""
        return f"{mark}{quantity_text(value)}  ({day})"

    opening, closing = part.opening, part.closing
    return [
        f"{part.serial}  {word(part.code, language)}",
        shown(opening.value, opening.taken_on.isoformat(), opening.is_estimated),
        shown(closing.value, closing.taken_on.isoformat(), closing.is_estimated),
        quantity_text(part.multiplier),
        quantity_text(part.kwh),
    ]


def _draw_lines(sheet: Sheet, paper: BillPaper) -> None:
    """Draw what each part of the bill costs: quantity times price."""
    language = paper.language
    columns = [
        Column(label("line", language), 44),
        Column(label("quantity", language), 18, is_right=True),
        Column(label("unit", language), 10, is_right=True),
        Column(label("price", language), 16, is_right=True),
        Column(f"{label('amount', language)} ({paper.currency})", 18, is_right=True),
    ]
    rows = [_line_row(line, language, paper.currency) for line in paper.lines]
    for number, amount in paper.set_off:
        rows.append([label("set_off_no", language).format(number), "", "", "", show(-amount)])
    if paper.from_credit:
        rows.append([label("credit_used", language), "", "", "", show(-paper.from_credit)])
    tax = label("tax", language).format(show(paper.bill.tax)) if paper.bill.tax else ""
    total = [label("total", language), "", "", "", show(paper.bill.amount - paper.credit)]
    draw_table(sheet, columns, rows, total=total)
    below = [tax]
    if language == Language.CHINESE and paper.currency == "CNY" and paper.to_pay:
        below.insert(0, f"{label('in_capitals', language)}{capitals(paper.to_pay)}")
    sheet.put(LEFT, sheet.y - 6, "    ".join(filter(None, below)), 8, color=GREY)
    sheet.y -= 14


def _line_row(line: Line, language: str, currency: str) -> list[str]:
    is_share = line.unit == "%"
    return [
        line.text_zh if language == Language.CHINESE else line.text_en,
        quantity_text(line.quantity),
        currency if is_share else word(line.unit, language),
        f"{quantity_text(line.price * 100)} %" if is_share else price_text(line.price),
        show(line.amount),
    ]
