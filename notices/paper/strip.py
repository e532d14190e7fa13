"""The receipt of service (送达回执) at the end of a notice, cut off when it has been served."""

from notices.notice import Notice
from notices.paper.codes import draw_bars
from notices.paper.labels import BOTH
from notices.paper.sheet import BOTTOM, GREY, INK, LEFT, RIGHT, ROOM, Sheet

STRIP = 110
_WAYS = ("direct", "left", "registered", "refused")
_LINES = (("received_by", "relation"), ("witness", "served_by"), ("served_at", "note"))


def draw_strip(sheet: Sheet, notice: Notice) -> None:
    """Draw the receipt of service at the foot of the page, on another page if it doesn't fit."""
    sheet.need(STRIP)
    top = BOTTOM + STRIP - 6
    sheet.form("strip", lambda: _draw_blank(sheet, top))
    draw_bars(sheet, notice.number, RIGHT - 150, top - 28, 20, width=150)
    accounts = "、".join(account.number for account in notice.accounts)
    who = f"{accounts}  {notice.customer.name}  {notice.accounts[0].address}"
    room = ROOM - 162
    size = sheet.fit(who, 8, room)
    sheet.put(LEFT, top - 32, sheet.cut(who, size, room), size)
    sheet.y = BOTTOM


def _draw_blank(sheet: Sheet, top: float) -> None:
    """Draw what is the same on every receipt."""
    _draw_cut_line(sheet, top)
    sheet.put(LEFT, top - 18, BOTH["receipt_of_service"], 10, strong=True)
    sheet.put(LEFT + 150, top - 18, BOTH["acknowledged"], 8, color=GREY)
    _draw_ways(sheet, top - 49)
    for row, names in enumerate(_LINES):
        for column, name in enumerate(names):
            x = LEFT + (ROOM / 2 + 8) * column
            level = top - 67 - 17 * row
            sheet.put(x, level, BOTH[name], 8)
            start = x + sheet.width(BOTH[name], 8) + 6
            sheet.rule(start, level - 2, x + ROOM / 2 - 8, color=GREY)


def _draw_cut_line(sheet: Sheet, level: float) -> None:
    """Draw a dashed line with scissors: rings and blades, for no font of ours has them."""
    sheet.rule(LEFT - 20, level, RIGHT + 20, color=GREY, dashes=(4, 3))
    canvas = sheet.canvas
    canvas.setStrokeColorRGB(*(part / 255 for part in GREY))
    canvas.setLineWidth(4 / 5)
    for up in (1, -1):
        canvas.circle(LEFT - 30, level + 3 * up, 2, stroke=1, fill=0)
        canvas.line(LEFT - 28, level + 2 * up, LEFT - 20, level - 2 * up)


def _draw_ways(sheet: Sheet, baseline: float) -> None:
    sheet.put(LEFT, baseline, BOTH["how_served"], 8)
    x = LEFT + sheet.width(BOTH["how_served"], 8) + 12
    for way in _WAYS:
        sheet.box(x, baseline - 1, 8, 8, edge=INK)
        sheet.put(x + 12, baseline, BOTH[way], 8)
        x += sheet.width(BOTH[way], 8) + 24
