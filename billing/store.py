"""
The billing room's way to its rows of customers, accounts and supplies, of runs and bills.

Values in, values out, never a commit. What is owed and paid is in `billing.books`.
"""

from billing.master import (
    Hit,
    OverlapError,
    account_ids,
    accounts,
    accounts_of,
    add_accounts,
    add_customers,
    add_supplies,
    add_terms,
    change_supplies,
    close_accounts,
    customers,
    end_supplies,
    find_accounts,
    find_customers,
    search,
    set_payment_mode,
    supplies_at,
    supplies_of,
    supplies_on,
)

__all__ = [
    "Hit",
    "OverlapError",
    "account_ids",
    "accounts",
    "accounts_of",
    "add_accounts",
    "add_customers",
    "add_supplies",
    "add_terms",
    "change_supplies",
    "close_accounts",
    "customers",
    "end_supplies",
    "find_accounts",
    "find_customers",
    "search",
    "set_payment_mode",
    "supplies_at",
    "supplies_of",
    "supplies_on",
]
