"""The words for what the customer master names by a code: what happened, what changed, acts."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

WORDS: Mapping[str, Any] = {
    "account_opened": _("account opened"),
    "moved_in": _("supply begun"),
    "supply_changed": _("supply changed"),
    "suspended": _("capacity suspended"),
    "resumed": _("suspension ended"),
    "moved_out": _("supply ended"),
    "renamed": _("name changed"),
    "terms_changed": _("terms changed"),
    "account_closed": _("account closed"),
    "final_bill": _("issue a final bill"),
    "advance": _("asked for before the bill"),
    "advance_set_off": _("set off against the bill"),
}

ACTS: Mapping[str, Any] = {
    "open account": _("account opened"),
    "close account": _("account closed"),
    "change name": _("name changed"),
    "suspend supply": _("capacity suspended"),
    "resume supply": _("suspension ended"),
    "set terms": _("terms changed"),
    "take back": _("taken back"),
    "what": _("what"),
    "settle finally": _("settled finally"),
    "ask on account": _("settlements asked for"),
    "supply_class": _("class"),
    "tariff": _("tariff"),
    "contracted_kw": _("contracted kW"),
    "capacity_kva": _("capacity kVA"),
    "suspended_kva": _("kVA suspended"),
    "household_size": _("household"),
    "payment_mode": _("paid"),
    "protection": _("protection"),
    "credit_days": _("days to pay"),
    "settlements": _("settlements a month"),
    "discount_percent": _("percent off for paying early"),
    "discount_days": _("days that are early"),
    "service_point": _("service point"),
    "name": _("name"),
    "on": _("from"),
    "bill_amount": _("final bills"),
    "owed_before": _("open before"),
    "parts": _("parts asked for before"),
    "payee": _("to whom"),
    "reason": _("reason"),
    "credit": _("on account"),
    "deposit": _("deposit"),
    "left_to_pay": _("left to pay"),
    "periods": _("periods"),
    "asked": _("asked for"),
}
"""Acts of the audit trail, and the names of facts."""
