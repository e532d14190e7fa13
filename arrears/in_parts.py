"""How customers paid the bills of a year: whole, or in parts."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing import books
from billing import store as master

YEAR = timedelta(days=365)


def paid_in_parts(
    session: Session, customer_ids: Collection[int], as_of: date
) -> dict[int, tuple[bool, ...]]:
    """
    Return of each customer's bills of a year whether they were paid in parts, the newest first.

    Accounts that agreed to settle a month in several parts are left out.
    """
    by_customer = master.accounts_of(session, customer_ids)
    accounts = master.accounts(session, [one for some in by_customer.values() for one in some])
    whole = [key for key, one in accounts.items() if one.settlements == 1]
    paid = books.paid_in_parts(session, whole, since=as_of - YEAR, until=as_of)
    found = {}
    for key, some in by_customer.items():
        bills = sorted((bill for one in some for bill in paid.get(one, ())), reverse=True)
        found[key] = tuple(in_parts for _, in_parts in bills)
    return found
