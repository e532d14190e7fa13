"""The words for what the books name by a code: whose money it is, faults of meters, acts."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

WORDS: Mapping[str, Any] = {
    "discount": _("discounts for paying early"),
    "interest": _("interest on deposits"),
    "deposit_interest": _("interest on the deposit"),
    "over_short": _("cash over and short"),
    "till_difference": _("a till over or short"),
    "deposit_released": _("deposit released"),
    "wrong_ratio": _("wrong ratio"),
    "meter_error": _("meter error"),
    "wrong_wiring": _("wrong wiring"),
    "stopped_meter": _("stopped meter"),
    "correct_bills": _("correct bills"),
    "sign_number": _("number but for a digit"),
    "sign_name": _("name"),
    "sign_named": _("named in the text"),
    "sign_bill": _("amount of a bill"),
    "sign_balance": _("amount owed"),
    "sign_habit": _("has paid for it before"),
}

FACTS: Mapping[str, Any] = {
    "cashier": _("cashier"),
    "counted": _("counted"),
    "day": _("day"),
    "difference": _("difference"),
    "expected": _("expected"),
    "handed_in": _("handed in"),
    "note": _("note"),
    "opening": _("change in the till"),
}

ACTS: Mapping[str, Any] = {
    "close month": _("month closed"),
    "close till": _("till closed"),
    "credit interest": _("interest on the deposit credited"),
    "count till again": _("count of a till taken back"),
    "correct bills": _("bills corrected"),
    "open month again": _("month opened again"),
    "open till": _("till opened"),
    "post late charges": _("late charges posted"),
    "refund": _("money given back"),
    "release deposit": _("deposit released"),
    "waive late charges": _("late charges waived"),
}
