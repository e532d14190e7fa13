"""Letters to a customer: reminder, deposit, prepayment, disconnection, from words and facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from billing.money import show
from notices.figures import (
    day_text,
    item_mark,
    listed,
    period_text,
    priced_text,
    quantity_text,
    time_text,
)
from notices.notice import Notice, NoticeKind, OwedCharge
from notices.paper.charts import draw_usage
from notices.paper.heads import Mark, Pages, draw_letterhead, draw_number, draw_seal, draw_title
from notices.paper.labels import label
from notices.paper.payment import draw_payment
from notices.paper.sheet import (
    AMBER,
    BLUE,
    BODY,
    GREY,
    INK,
    LEFT,
    PINK,
    RED,
    RIGHT,
    ROOM,
    RULE,
    TINT,
    Color,
    Sheet,
    Style,
)
from notices.paper.strip import STRIP, draw_strip
from notices.paper.tables import Column, draw_table
from notices.supplier import Supplier
from notices.wording import Block, BlockKind, Words

_COLORS: Mapping[NoticeKind, Color] = {
    NoticeKind.LETTER: AMBER,
    NoticeKind.DISCONNECTION_NOTICE: RED,
}
_SERVED = frozenset({NoticeKind.DISCONNECTION_NOTICE})
"""Kinds whose service is proved, so that a receipt of service is cut off their last page."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice with its words and who sends it."""

    notice: Notice
    words: Words
    supplier: Supplier


def draw_letter(sheet: Sheet, letter: Letter, *, mark: Mark | None = None) -> None:
    """
    Draw a letter from the top of the current page, which has to be empty, to its last page.

    :param mark: what stands at the right of each page's foot, such as the page of a batch.
    """
    notice, supplier, words = letter.notice, letter.supplier, letter.words
    language, color = notice.language, _color(notice)
    pages = Pages(
        sheet, f"{supplier.letterhead(language).name}  ·  {notice.number}", language, mark
    )
    draw_letterhead(sheet, supplier, language, color)
    draw_title(sheet, words.title, words.other_title, INK if color is BLUE else color)
    draw_number(sheet, notice.number, day_text(notice.issued_on, language), language)
    items = 0
    for block in words.blocks:
        if block.kind is BlockKind.PLACE:
            _PLACES[block.text](sheet, letter)
        elif block.kind is BlockKind.ITEM:
            items += 1
            _draw_item(sheet, block, item_mark(items, language), language)
        else:
            _draw_paragraph(sheet, block, language)
    if notice.kind in _SERVED:
        draw_strip(sheet, notice)
    pages.end()


def _color(notice: Notice) -> Color:
    return _COLORS.get(notice.kind, BLUE)


def _draw_paragraph(sheet: Sheet, block: Block, language: str) -> None:
    is_greeting = all(span.is_strong for span in block.spans)
    is_indented = language == "zh" and not is_greeting
    style = Style(BODY.size, BODY.leading, indent=2 * BODY.size if is_indented else 0)
    sheet.write(block.spans, style)
    sheet.y -= 3


def _draw_item(sheet: Sheet, block: Block, mark: str, language: str) -> None:
    left = LEFT + (2 * BODY.size if language == "zh" else 16)
    sheet.need(BODY.leading)
    sheet.put(left - sheet.width(mark, BODY.size), sheet.y - BODY.size, mark)
    sheet.write(block.spans, BODY, x=left + 2, room=RIGHT - left - 2)
    sheet.y -= 1


def _draw_summary(sheet: Sheet, letter: Letter) -> None:
    """Draw who is meant, and the two or three figures that matter, before all words."""
    notice = letter.notice
    facts = _who(notice)
    rows = (len(facts) + 1) // 2
    height = 16 * rows + 44
    sheet.need(height)
    top = sheet.y
    for at, (name, value) in enumerate(facts):
        x = LEFT + (ROOM / 2 + 6) * (at % 2)
        baseline = top - 10 - 16 * (at // 2)
        sheet.put(x, baseline, label(name, notice.language), 8, color=GREY)
        room = ROOM / 2 - 76
        size = sheet.fit(value, 9, room)
        sheet.put(x + 66, baseline, sheet.cut(value, size, room), size)
    _draw_figures(sheet, letter, top - 16 * rows - 2)
    sheet.y = top - height - 6


def _who(notice: Notice) -> list[tuple[str, str]]:
    accounts = notice.accounts
    facts = [
        ("account", "、".join(account.number for account in accounts)),
        ("customer_number", notice.customer.number),
        ("meters", "、".join(meter for account in accounts for meter in account.meters)),
    ]
    addresses = dict.fromkeys(account.address for account in accounts if account.address)
    facts += [("address", address) for address in addresses][:4]
    return [(name, value) for name, value in facts if value]


def _draw_figures(sheet: Sheet, letter: Letter, top: float) -> None:
    figures = _figures(letter.notice)
    gap, height = 8, 42
    width = (ROOM - gap * (len(figures) - 1)) / len(figures)
    color = _color(letter.notice)
    for at, (name, value) in enumerate(figures):
        x = LEFT + (width + gap) * at
        sheet.box(x, top - height, width, height, fill=PINK if color is RED else TINT)
        sheet.box(x, top - height, 3, height, fill=color)
        sheet.put(x + 12, top - 13, label(name, letter.notice.language), 8, color=GREY)
        size = sheet.fit(value, 15, width - 20, strong=True)
        sheet.put(x + 12, top - 32, value, size, strong=True, color=color if at == 0 else INK)


def _figures(notice: Notice) -> list[tuple[str, str]]:
    language = notice.language

    def priced(amount: int) -> str:
        return priced_text(amount, notice.currency, language)

    pay_by = day_text(notice.pay_by, language)
    if notice.deposit is not None:
        asked, by = ("guarantee", "hand_in_by") if _wants_paper(notice) else ("deposit", "pay_by")
        figures = [(asked, priced(notice.deposit.amount)), (by, pay_by)]
        held = notice.deposit.held
        return [*figures, ("deposit_held", priced(held))] if held else figures
    if notice.prepaid is not None:
        share = f"{notice.prepaid.recovery_percent.normalize():f} %"
        return [
            ("debt", priced(notice.prepaid.debt)),
            ("recovery", share),
            ("answer_by", pay_by),
        ]
    figures = [("total_due", priced(notice.total)), ("pay_by", pay_by)]
    if notice.cut is not None:
        hours = f"{time_text(notice.cut.from_hour)}–{time_text(notice.cut.until_hour)}"
        return [*figures, ("cut", f"{day_text(notice.cut.on, language)} {hours}")]
    if notice.late_per_day:
        figures.append(("late_per_day", priced(notice.late_per_day)))
    return figures


def _draw_charges(sheet: Sheet, letter: Letter) -> None:
    notice = letter.notice
    if not notice.charges:
        return
    language = notice.language
    has_accounts = len(notice.accounts) > 1
    columns = [
        *([Column(label("account", language), 16)] if has_accounts else []),
        Column(label("item", language), 24),
        Column(label("kwh", language), 10, is_right=True),
        Column(label("charged", language), 14, is_right=True),
        Column(label("paid", language), 14, is_right=True),
        Column(label("open", language), 14, is_right=True),
        Column(label("due_on", language), 13, is_right=True),
        Column(label("days", language), 10, is_right=True),
        Column(label("late_charge", language), 13, is_right=True),
    ]
    rows = [_charge_row(charge, language, has_accounts) for charge in notice.charges]
    total = [
        *([""] if has_accounts else []),
        f"{label('total', language)} ({notice.currency})",
        "",
        "",
        "",
        show(notice.principal),
        "",
        "",
        show(notice.late_charge),
    ]
    draw_table(sheet, columns, rows, total=total, color=_color(notice))


def _charge_row(charge: OwedCharge, language: str, has_accounts: bool) -> list[str]:
    what = label(charge.what, language)
    if charge.start is not None and charge.end is not None:
        period = period_text(charge.start, charge.end, language)
        what = period if charge.what == "energy" else f"{what} {period}"
    return [
        *([charge.account] if has_accounts else []),
        what,
        "" if charge.kwh is None else quantity_text(charge.kwh),
        show(charge.amount),
        show(charge.amount - charge.open),
        show(charge.open),
        charge.due_on.isoformat(),
        str(charge.days),
        show(charge.late_charge),
    ]


def _draw_payment(sheet: Sheet, letter: Letter) -> None:
    notice = letter.notice
    draw_payment(
        sheet,
        letter.supplier,
        notice.language,
        accounts=[account.number for account in notice.accounts],
        amount=notice.total
        if notice.deposit is None or _wants_paper(notice)
        else notice.deposit.amount,
    )


def _wants_paper(notice: Notice) -> bool:
    """Test whether somebody's word is asked for and no money; what is overdue is paid as ever."""
    return notice.kind is NoticeKind.GUARANTEE_DEMAND


def _draw_usage(sheet: Sheet, letter: Letter) -> None:
    draw_usage(sheet, letter.notice.usage, letter.notice.language)


def _draw_signature(sheet: Sheet, letter: Letter) -> None:
    """Draw who signs, in the supplier's name, under its seal."""
    notice, supplier = letter.notice, letter.supplier
    language = notice.language
    height = 50
    sheet.need(height + (STRIP if notice.kind in _SERVED else 0))
    top = sheet.y
    draw_seal(sheet, supplier, language, RIGHT - 60, top - 28)
    sheet.put(RIGHT, top - 27, supplier.letterhead(language).name, 10, strong=True, align=1)
    sheet.put(RIGHT, top - 41, day_text(notice.issued_on, language), 10, align=1)
    if notice.approved_by:
        names = f"{label('approved_by', language)}  {listed(notice.approved_by, language)}"
        sheet.put(LEFT, top - 41, names, 8, color=GREY)
    sheet.y = top - height


def _draw_agreement(sheet: Sheet, letter: Letter) -> None:
    """Draw the answers to choose from, and where both sides sign."""
    notice = letter.notice
    language, height = notice.language, 118
    sheet.need(height)
    top = sheet.y
    for at, answer in enumerate(("agree", "disagree")):
        baseline = top - 14 - 18 * at
        sheet.box(LEFT, baseline - 1, 9, 9, edge=INK)
        sheet.put(LEFT + 16, baseline, label(answer, language))
    sheet.rule(LEFT + 130, top - 34, RIGHT, color=GREY)
    width = ROOM / 2 - 8
    for at, party in enumerate(("party_a", "party_b")):
        x = LEFT + (width + 16) * at
        sheet.box(x, top - height, width, 72, edge=RULE, round_by=4)
        sheet.put(x + 10, top - 60, label(party, language), 8, color=GREY)
        name = notice.customer.name if at else letter.supplier.letterhead(language).name
        size = sheet.fit(name, 10, width - 20, strong=True)
        sheet.put(
            x + 10, top - 74, sheet.cut(name, size, width - 20, strong=True), size, strong=True
        )
        sheet.put(x + 10, top - 94, label("sign", language), 8, color=GREY)
        sheet.put(x + 10, top - 110, label("date", language), 8, color=GREY)
        for level in (96, 112):
            sheet.rule(x + 76, top - level, x + width - 10, color=GREY)
    sheet.y = top - height - 10


_PLACES: Mapping[str, Callable[[Sheet, Letter], None]] = {
    "summary": _draw_summary,
    "charges": _draw_charges,
    "payment": _draw_payment,
    "usage": _draw_usage,
    "signature": _draw_signature,
    "agreement": _draw_agreement,
}
