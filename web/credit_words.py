"""The words of credit: indicators, items of the file, warnings; `web.vocabulary` has the rest."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

CREDIT: Mapping[str, Any] = {
    # indicators
    "days_beyond_terms": _("average delay, by money"),
    "months_late": _("months late now"),
    "worst_bucket": _("worst month end of a year"),
    "recent_lateness": _("lateness of half a year"),
    "late_month_ends": _("month ends in arrears"),
    "month_ends_two_late": _("month ends over 30 days late"),
    "usage_trend": _("usage against the months before"),
    "usage_volatility": _("unrest of usage"),
    "report_limit": _("credit line elsewhere"),
    "report_drawn": _("credit line drawn"),
    "report_drawn_worst": _("credit line drawn at most"),
    "report_drawn_average": _("credit line drawn on average"),
    "report_free_least": _("credit line left at least"),
    "report_paid_recently": _("monthly payment elsewhere"),
    "report_paid_of_limit": _("payments against the credit line"),
    "report_paid_share": _("payments against balances elsewhere"),
    "report_spending": _("monthly purchases elsewhere"),
    "report_spending_of_limit": _("purchases against the credit line"),
    "report_months_unpaid": _("months without a payment elsewhere"),
    "report_months_in_full": _("months paid in full elsewhere"),
    "report_months_unused": _("months without use elsewhere"),
    # warnings, items of the file, groups of figures
    "over_limit": _("over the credit limit"),
    "over_warning_line": _("over the warning line"),
    "grade_fell": _("the grade fell"),
    "late_often": _("late at many month ends"),
    "usage_fell": _("usage fell"),
    "file_incomplete": _("the credit file is incomplete"),
    "change_reported": _("a change was reported"),
    "red": _("red"),
    "orange": _("orange"),
    "yellow": _("yellow"),
    "blue": _("blue"),
    "legal_representative": _("legal representative"),
    "shareholders": _("main shareholders"),
    "contract": _("supply contract"),
    "financial_statement": _("financial statement"),
    "credit_report": _("credit report"),
    "insurance": _("credit insurance"),
    "guarantee": _("guarantee"),
    "collateral": _("collateral"),
    "document": _("document"),
    "note": _("note"),
    "all": _("all together"),
    "by_all": _("all together"),
    "by_class": _("by class"),
    "by_office": _("by office"),
    "by_route": _("by route"),
    "by_customer": _("by customer"),
    "by_month": _("by month"),
}

CREDIT_FACTS: Mapping[str, Any] = {
    "what": _("what changed"),
    "limit": _("credit limit"),
    "limit_before": _("credit limit before"),
    "warning_line": _("warning line"),
    "exposure": _("exposure"),
    "before": _("before"),
    "missing": _("lacking"),
    "done": _("done"),
    "action": _("action"),
    "item": _("item"),
}

CREDIT_ACTS: Mapping[str, Any] = {
    "record in credit file": _("recorded in a credit file"),
    "report a change": _("a change was reported"),
    "take credit warning": _("took on an early warning"),
    "close credit warning": _("closed an early warning"),
}
