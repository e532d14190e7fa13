"""
The billing room's way to its rows of customers, accounts and supplies, of runs and bills.

Values in, values out, never a commit. What is owed and paid is in `billing.books`.
"""

from billing.billed import (
    bill_facts,
    bill_lines,
    bills,
    bills_on_tariff,
    demands_before,
    draft_heads,
    find_bill,
    find_bills,
    monthly_bills,
    used_since,
)
from billing.held import held_in, parked_in
from billing.master import (
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
    customers_since,
    end_supplies,
    find_accounts,
    find_customers,
    set_payment_mode,
    supplies_at,
    supplies_of,
    supplies_on,
    terms_of,
    twins_of,
)
from billing.peers import peer_groups, peers
from billing.runs import find_run_by_code, runs
from billing.search import Hit, meant, search, typed

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
    "bill_facts",
    "bill_lines",
    "bills",
    "bills_on_tariff",
    "change_supplies",
    "close_accounts",
    "customers",
    "customers_since",
    "demands_before",
    "draft_heads",
    "end_supplies",
    "find_accounts",
    "find_bill",
    "find_bills",
    "find_customers",
    "find_run_by_code",
    "held_in",
    "meant",
    "monthly_bills",
    "parked_in",
    "peer_groups",
    "peers",
    "runs",
    "search",
    "set_payment_mode",
    "supplies_at",
    "supplies_of",
    "supplies_on",
    "terms_of",
    "twins_of",
    "typed",
    "used_since",
]
