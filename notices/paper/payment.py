"""How to pay, in a box: by code, by bank, in person."""

from collections.abc import Sequence

from billing.money import Money
from notices.paper.codes import draw_qr, payment_code
from notices.paper.labels import label
from notices.paper.sheet import GREY, LEFT, RIGHT, ROOM, RULE, Sheet
from notices.supplier import Supplier

HEIGHT = 84
_SIDE = HEIGHT - 14
_ROOM = ROOM - 186


def draw_payment(
    sheet: Sheet,
    supplier: Supplier,
    language: str,
    *,
    accounts: Sequence[str],
    amount: Money,
) -> None:
    """Draw the ways to pay at `y`, and a code that has account and amount in it."""
    sheet.need(HEIGHT + 4)
    top = sheet.y - 2
    sheet.form(
        ("payment", language),
        lambda: _draw_blank(sheet, supplier, language),
        at=(0, top),
        box=(LEFT - 1, -HEIGHT - 1, RIGHT + 1, 1),
    )
    reference = label("pay_bank_how", language).format("、".join(accounts))
    size = sheet.fit(reference, 8, _ROOM)
    sheet.put(LEFT + 88, top - 59, sheet.cut(reference, size, _ROOM), size, strong=True)
    code = payment_code(supplier.payment_address, account=accounts[0], amount=amount)
    draw_qr(sheet, code, RIGHT - _SIDE - 8, top - _SIDE - 3, _SIDE)
    sheet.y = top - HEIGHT - 8


def _draw_blank(sheet: Sheet, supplier: Supplier, language: str) -> None:
    """Draw what is the same for every customer, the top of the box being at zero."""
    head = supplier.letterhead(language)
    sheet.box(LEFT, -HEIGHT, ROOM, HEIGHT, edge=RULE, round_by=4)
    sheet.put(LEFT + 10, -15, label("how_to_pay", language), 10, strong=True)
    ways = (
        (31, "pay_scan", label("pay_scan_how", language)),
        (45, "pay_bank", f"{supplier.account_name}  {supplier.account_number}  {head.bank}"),
        (73, "pay_hall", f"{head.address}  ·  {label('hotline', language)} {supplier.hotline}"),
    )
    for down, name, text in ways:
        sheet.put(LEFT + 10, -down, label(name, language), 8, strong=True)
        sheet.put(LEFT + 88, -down, text, sheet.fit(text, 8, _ROOM), color=GREY)
    caption = label("pay_scan_caption", language)
    sheet.put(RIGHT - _SIDE / 2 - 8, 5 - HEIGHT, caption, 7, color=GREY, align=1 / 2)
