"""The words for what the books name by a code: signs of whose money it is, faults of meters."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

WORDS: Mapping[str, Any] = {
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
