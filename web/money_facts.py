"""Which of the facts that acts and cases record are amounts of money."""

MONEY_FACTS = frozenset(
    # of a customer's credit
    {"limit", "limit_before", "warning_line", "exposure"}
    | {
        "overdue",
        "coming",
        "amount",
        "average_bill",
        "security",
        "debt",
        "total",
        "posted",
        "suspense",
        "refused",
    }
    # of a till
    | {"counted", "expected", "handed_in", "difference", "opening"}
    # of a deposit that goes back
    | {"released", "interest", "given_back"}
    # of a final bill
    | {"bill_amount", "owed_before", "late_charge", "parts", "credit", "deposit", "left_to_pay"}
)
"""The recorded facts that are money, in minor units."""
