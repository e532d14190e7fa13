"""The words for what belongs to cases: further steps, protections, duties, promises, back-tests."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

CASE_WORDS: Mapping[str, Any] = {
    "courtesy_reminder": _("SMS before the due date"),
    "second_notice": _("Second notice in person"),
    "legal": _("Hand-over to a lawyer"),
    "take_to_court": _("Hand-over to a lawyer"),
    "medical": _("medical need"),
    "elderly": _("of old age"),
    "over_75": _("75 and over"),
    "over_85": _("85 and over"),
    "infant": _("a child under two"),
    "indigent": _("indigent"),
    "violence": _("victim of violence"),
    "extreme_cold": _("extreme cold"),
    "extreme_heat": _("extreme heat"),
    "storm": _("storm"),
    "authority_order": _("order of the authority"),
    "copy_to_authority": _("copy to the authority"),
    "offer_payment_plan": _("payment plan offered"),
    "offer_prepayment": _("prepayment offered"),
    "customer_contact": _("spoken to the customer"),
    "emergency_contact": _("emergency contact told"),
    "welfare_referral": _("referred to the social services"),
    "welfare_visit": _("welfare visit"),
    "promise_open": _("open"),
    "dispute_open": _("open"),
    "dispute_upheld": _("customer was right"),
    "dispute_rejected": _("charge stands"),
    "dispute_lapsed": _("ran out"),
    "duty_done": _("done for the customer"),
    "disputed": _("bill disputed"),
    "dispute_settled": _("dispute settled"),
    "promise_kept": _("promise kept"),
    "promise_broken": _("promise broken"),
    "transferred": _("transferred"),
    "approvals": _("approvals"),
    "accounts_touched": _("accounts that meet a measure"),
    "peak_day_work": _("work on the busiest day"),
    "spared": _("accounts spared a notice or a cut"),
    "newly_hit": _("accounts newly met by a notice or a cut"),
    "first_step_earlier": _("accounts met earlier"),
    "first_step_later": _("accounts met later or not at all"),
}
