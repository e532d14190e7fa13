"""What the levels of the shipped dunning policies are called; a level of one's own has its name."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

LEVELS: Mapping[str, Any] = {
    "courtesy": _("reminder before the due date"),
    "reminder": _("reminder"),
    "reminder_large_user": _("reminder, large user"),
    "letter": _("letter of reminder"),
    "letter_high_risk": _("letter of reminder, high risk"),
    "letter_large_user": _("letter of reminder, large user"),
    "visit": _("visit to collect"),
    "visit_large_user": _("visit, large user"),
    "visit_protected": _("visit, protected"),
    "notice": _("disconnection notice"),
    "notice_high_risk": _("disconnection notice, high risk"),
    "notice_middle_risk": _("disconnection notice, middle risk"),
    "notice_large_user": _("disconnection notice, large user"),
    "notice_prepaid": _("notice to a prepaid customer"),
    "second_notice": _("second notice"),
    "cut": _("disconnection"),
    "block_prepaid": _("block of a prepaid meter"),
    "deposit": _("deposit demand"),
    "deposit_large_user": _("deposit demand, large user"),
    "guarantee": _("guarantee demand"),
    "prepaid": _("conversion to prepayment"),
    "legal": _("hand-over to a lawyer"),
    "write_off": _("write-off"),
}
