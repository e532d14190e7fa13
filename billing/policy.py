"""The billing policy that a database goes by on a day: what is held, discounts, interest."""

from datetime import date

from sqlalchemy.orm import Session

from billing.sanity import BillingPolicy, parse_billing_policy
from config import dated

SUBJECT = "policies/billing"
"""The subject of the files that billing policies are."""


def policy_on(session: Session, day: date) -> BillingPolicy:
    """
    Return the billing policy in force on a day.

    :raises dated.NothingInForceError: if none has been activated for the day.
    """
    file = dated.in_force(session, SUBJECT, day)
    return parse_billing_policy(file.name, file.table)


def policy_if_any(session: Session, day: date) -> BillingPolicy | None:
    """Return the billing policy in force on a day, or none: money may come in before any bill."""
    try:
        return policy_on(session, day)
    except dated.NothingInForceError:
        return None
