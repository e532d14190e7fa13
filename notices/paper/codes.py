"""Codes that machines read: the QR of a payment, the bars of a paper's number."""

import re
from typing import cast
from urllib.parse import urlencode

import zxingcpp
from reportlab.graphics.barcode.code128 import Code128

from billing.money import Money, major
from notices.paper.sheet import INK, Sheet

_QUIET = 2
_DARK = re.compile(b"\x00+")


def payment_code(address: str, *, account: str, amount: Money) -> str:
    """Return what a payment's QR says: where to pay, for which account, how much."""
    facts = {"account": account, "amount": str(major(amount))}
    return f"{address}?{urlencode(facts)}"


def draw_qr(sheet: Sheet, text: str, x: float, y: float, side: float) -> None:
    """Draw a QR code as one path in the square whose lower left corner is at the point."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    # An image is a buffer of one byte a module, which its types don't say.
    pixels = memoryview(cast("bytes", code.to_image(scale=1, add_quiet_zones=False)))
    size, dots = len(pixels), pixels.tobytes()
    rows = [dots[at : at + size] for at in range(0, size * size, size)]
    module = side / (size + 2 * _QUIET)
    # In units of modules, from the top left one down: whole numbers, some hundreds of them.
    left, top = x + _QUIET * module, y + side - _QUIET * module
    dark = (
        f"{start} {number} {end - start} 1 re"
        for number, row in enumerate(rows)
        for start, end in (run.span() for run in _DARK.finditer(row))
    )
    place = f"{module:.4f} 0 0 {-module:.4f} {left:.4f} {top:.4f} cm"
    sheet.canvas.addLiteral(f"q {place} 0 g {' '.join(dark)} f Q")


def draw_bars(sheet: Sheet, text: str, x: float, y: float, height: float, *, width: float) -> None:
    """Draw a Code 128 of a text, the text below it, so wide from the point on."""
    bars = Code128(text, barHeight=height, barWidth=1, quiet=0, barStrokeWidth=0)
    sheet.canvas.saveState()
    sheet.canvas.translate(x, y)
    sheet.canvas.scale(width / bars.width, 1)
    sheet.canvas.setFillColorRGB(0, 0, 0)
    bars.drawOn(sheet.canvas, 0, 0)
    sheet.canvas.restoreState()
    sheet.put(x + width / 2, y - 9, text, 8, color=INK, align=1 / 2)
