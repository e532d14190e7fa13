"""The words for the roles that people have here, and for what these may do."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

PEOPLE_WORDS: Mapping[str, Any] = {
    "clerk": _("clerk"),
    "cashier": _("cashier"),
    "collector": _("collector"),
    "supervisor": _("supervisor"),
    "credit_officer": _("credit officer"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
    "see_accounts": _("see accounts"),
    "see_credit": _("see grades"),
    "see_audit": _("see the audit trail"),
    "take_in_readings": _("take in readings"),
    "take_in_customers": _("take in customers"),
    "run_bills": _("begin bill runs"),
    "issue_bills": _("issue bills"),
    "cancel_bills": _("cancel bills"),
    "take_payments": _("take payments"),
    "reverse_payments": _("take payments back"),
    "close_months": _("close months"),
    "review_arrears": _("review arrears"),
    "hold_cases": _("hold accounts"),
    "approve_credit": _("decide on credit"),
    "approve_disconnection": _("decide on disconnection"),
    "approve_billing": _("decide on billing"),
    "approve_files": _("put files in force"),
    "propose_files": _("propose files"),
    "send_notices": _("send notices"),
    "serve_notices": _("serve notices"),
    "switch_supply": _("cut and reconnect"),
    "run_jobs": _("run jobs"),
    "manage_people": _("manage people"),
}
