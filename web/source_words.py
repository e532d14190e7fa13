"""Whence indicators are measured, in the words of `arrears.indicators`, for people to read."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

SOURCES: Mapping[str, Any] = {
    "the last 12 bills that fell due": _("the last 12 bills that fell due"),
    "bills due in the last 12 months": _("bills due in the last 12 months"),
    "bills due in the last 12 months, weighted by amount": _(
        "bills due in the last 12 months, weighted by amount"
    ),
    "bills overdue on the day": _("bills overdue on the day"),
    "overdue money against an average bill": _("overdue money against an average bill"),
    "payments of the last 12 months": _("payments of the last 12 months"),
    "opening of the first account": _("opening of the first account"),
    "instalment plans and agreements": _("instalment plans and agreements"),
    "the oldest open bill on the day": _("the oldest open bill on the day"),
    "the ageing at the last 12 month ends": _("the ageing at the last 12 month ends"),
    "the ageing at the last 6 month ends, each weighing 0.8 of the next": _(
        "the ageing at the last 6 month ends, each weighing 0.8 of the next"
    ),
    "the ageing at the last 6 month ends": _("the ageing at the last 6 month ends"),
    "the last 6 month ends with a bill over 30 days late": _(
        "the last 6 month ends with a bill over 30 days late"
    ),
    "three months against the year before": _("three months against the year before"),
    "three months against the three before": _("three months against the three before"),
    "deviation of 12 months from their mean": _("deviation of 12 months from their mean"),
    "outside credit report: the line of credit": _("outside credit report: the line of credit"),
    "outside credit report: balance against the line": _(
        "outside credit report: balance against the line"
    ),
    "outside credit report: highest balance against the line": _(
        "outside credit report: highest balance against the line"
    ),
    "outside credit report: average balance against the line": _(
        "outside credit report: average balance against the line"
    ),
    "outside credit report: what was left of the line at the worst": _(
        "outside credit report: what was left of the line at the worst"
    ),
    "outside credit report: a month's payment, each weighing 0.7 of the next": _(
        "outside credit report: a month's payment, each weighing 0.7 of the next"
    ),
    "outside credit report: two months' payments against the line": _(
        "outside credit report: two months' payments against the line"
    ),
    "outside credit report: payments against balances": _(
        "outside credit report: payments against balances"
    ),
    "outside credit report: a month's purchases": _("outside credit report: a month's purchases"),
    "outside credit report: a month's purchases against the line": _(
        "outside credit report: a month's purchases against the line"
    ),
    "outside credit report: months without a payment": _(
        "outside credit report: months without a payment"
    ),
    "outside credit report: months paid in full": _("outside credit report: months paid in full"),
    "outside credit report: months without use": _("outside credit report: months without use"),
    "the newest financial statement that holds: liabilities against assets": _(
        "the newest financial statement that holds: liabilities against assets"
    ),
    "the newest financial statement that holds: current assets against current liabilities": _(
        "the newest financial statement that holds: current assets against current liabilities"
    ),
    "the newest financial statement that holds: profit against revenue": _(
        "the newest financial statement that holds: profit against revenue"
    ),
    "deposits, guarantees, collateral and insurance against an average bill": _(
        "deposits, guarantees, collateral and insurance against an average bill"
    ),
    "theft of electricity on file": _("theft of electricity on file"),
    "other breaches of contract on file": _("other breaches of contract on file"),
    "court events on file": _("court events on file"),
    "promises to pay that were broken": _("promises to pay that were broken"),
    "blacklists on file that hold": _("blacklists on file that hold"),
    "the supplies of the day, together": _("the supplies of the day, together"),
    "peers of the industry, else of the class, that pay no sooner": _(
        "peers of the industry, else of the class, that pay no sooner"
    ),
    "the supply's protection": _("the supply's protection"),
}
