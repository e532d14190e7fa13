"""What the rooms call things, in the person's language, and the color that goes with it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from web.language import is_chinese, lazy

__all__ = ["WORDS", "fact", "is_chinese", "tone", "word"]

_ = lazy

WORDS: Mapping[str, Any] = {
    # roles
    "clerk": _("clerk"),
    "cashier": _("cashier"),
    "collector": _("collector"),
    "supervisor": _("supervisor"),
    "credit_officer": _("credit officer"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
    # customers and supplies
    "person": _("person"),
    "company": _("company"),
    "residential": _("residential"),
    "commercial": _("commercial"),
    "industrial": _("industrial"),
    "agricultural": _("agricultural"),
    "postpaid": _("post-paid"),
    "prepaid": _("prepaid"),
    "none": _("none"),
    "life_support": _("life support"),
    "hospital": _("hospital"),
    "school": _("school"),
    "welfare": _("welfare"),
    "water": _("water works"),
    "public_safety": _("public safety"),
    # readings
    "total": _("total"),
    "sharp": _("sharp"),
    "peak": _("peak"),
    "flat": _("flat"),
    "valley": _("valley"),
    "deep_valley": _("deep valley"),
    "export": _("export"),
    "reactive": _("reactive"),
    "demand": _("demand"),
    "actual": _("actual"),
    "estimated": _("estimated"),
    "customer": _("by the customer"),
    "accepted": _("accepted"),
    "doubted": _("doubted"),
    "refused": _("refused"),
    "reread": _("to be read again"),
    "readings": _("readings"),
    "exchanges": _("meter exchanges"),
    "customers": _("customers"),
    "payments": _("payments"),
    "statement": _("bank statement"),
    # money
    "energy": _("energy"),
    "late_charge": _("late charge"),
    "fee": _("fee"),
    "receivable": _("receivable"),
    "revenue": _("revenue"),
    "tax": _("tax"),
    "cash": _("cash"),
    "on_account": _("on account"),
    "suspense": _("suspense"),
    "deposit": _("deposit"),
    "bad_debt": _("bad debt"),
    "rounding": _("rounding"),
    # arrears
    "low": _("low risk"),
    "middle": _("middle risk"),
    "high": _("high risk"),
    "sms_reminder": _("SMS reminder"),
    "letter": _("reminder letter"),
    "visit": _("visit"),
    "deposit_demand": _("deposit demand"),
    "prepaid_conversion": _("prepaid conversion"),
    "disconnection_notice": _("disconnection notice"),
    "disconnection": _("disconnection"),
    "reconnection": _("reconnection"),
    "proposed": _("waits for approval"),
    "approved": _("approved"),
    "done": _("done"),
    "withdrawn": _("withdrawn"),
    "stale": _("to be looked at again"),
    "waiting": _("waiting"),
    # acts that need a second person
    "activate_file": _("put a file in force"),
    "issue_bills": _("issue bills"),
    "cancel_bill": _("cancel a bill"),
    "waive_late_charge": _("waive a late charge"),
    "refund": _("refund"),
    "reopen_month": _("reopen a month"),
    "set_credit_limit": _("set a credit limit"),
    "set_terms": _("set terms"),
    "override_grade": _("override a grade"),
    "demand_deposit": _("demand a deposit"),
    "waive_deposit": _("waive a deposit"),
    "refund_deposit": _("refund a deposit"),
    "instalment_plan": _("instalment plan"),
    "convert_to_prepaid": _("convert to prepaid"),
    "disconnect": _("disconnect"),
    "write_off": _("write off"),
    "blacklist": _("put on the blacklist"),
    "publish_blacklist": _("publish a blacklist entry"),
    # jobs and their runs
    "running": _("running"),
    "failed": _("failed"),
    "start": _("start"),
    "pause": _("pause"),
    "resume": _("let go on"),
    "policy": _("the policy"),
}

_TONES: Mapping[str, str] = {
    "accepted": "done",
    "done": "done",
    "approved": "done",
    "issued": "done",
    "sent": "done",
    "delivered": "done",
    "served": "done",
    "low": "low",
    "middle": "middle",
    "high": "high",
    "doubted": "wait",
    "proposed": "wait",
    "waiting": "wait",
    "reviewed": "wait",
    "held": "wait",
    "running": "calm",
    "drawn_up": "calm",
    "queued": "calm",
    "sending": "calm",
    "stale": "wait",
    "reread": "wait",
    "unknown": "wait",
    "refused": "bad",
    "failed": "bad",
    "parked": "bad",
    "undelivered": "bad",
    "cancelled": "bad",
    "disconnection": "high",
    "disconnection_notice": "high",
    "prepaid_conversion": "middle",
    "deposit_demand": "middle",
    "sms_reminder": "calm",
    "letter": "calm",
}


def word(code: object) -> str:
    """Return what a code of the rooms is called; one without a word of its own as it is."""
    text = "" if code is None else str(code)
    known = WORDS.get(text)
    return text.replace("_", " ") if known is None else str(known)


def tone(code: object) -> str:
    """Return the class of color in which a state or tier is shown."""
    return _TONES.get(str(code), "")


def fact(name: str) -> str:
    """Return the name of a recorded fact as people read it."""
    known = WORDS.get(name)
    return gettext(name.replace("_", " ")) if known is None else str(known)
