"""
The books: charges, payments and the ledger, the one face of them to this house.

A store: it takes a session first, works on sets, and never commits. Every posting holds the rows
of the accounts that it touches and raises their `posted_no`.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from billing.charging import bills_of_charges, charges_of_bills, find_bills_owed, post_bills
from billing.depositbook import (
    Released,
    demand_deposits,
    deposit_demands,
    held_as_security,
    receive_deposit,
    release_deposit,
)
from billing.digest import books_digest
from billing.interestbook import (
    Earned,
    credit_interest,
    holders,
    interest_earned,
    interest_terms,
    last_releases,
)
from billing.late_news import paid_in_time_after_all
from billing.lateness import overdue_accounts, post_lateness, waive_late_charges, waive_part
from billing.ledger import Book, Charge
from billing.likely import suggestions
from billing.lookback import (
    Totals,
    balances,
    charges_ever,
    depositors,
    movements_by_day,
    movements_of,
    newest_posting,
    open_on,
    returned_since,
    statement,
    totals,
    trial_balance,
)
from billing.met import SettledCharge, payment_behaviour
from billing.money import Money
from billing.part_payments import paid_in_parts
from billing.part_waiver import to_ask
from billing.part_waivers import waivers_of
from billing.posting import credits_now, lock_accounts, open_now, posted_numbers
from billing.receiving import (
    Received,
    accounts_of_batch,
    assign,
    find_payments,
    late_charge_ids,
    lock_payments,
    newest_payments,
    payments,
    payments_of,
    receive,
    reverse_payments,
    reversed_on,
    suspense,
)
from billing.refunding import pay_out, refunds_of
from billing.writing_off import WrittenOff, recover, write_off, written_off
from config.in_force import market_on

__all__ = [
    "Earned",
    "Received",
    "Released",
    "SettledCharge",
    "Totals",
    "WrittenOff",
    "accounts_of_batch",
    "assign",
    "bills_of_charges",
    "books_digest",
    "charges_ever",
    "charges_of_bills",
    "credit_interest",
    "demand_deposits",
    "deposit_demands",
    "deposits_held",
    "find_bills_owed",
    "find_payments",
    "held_as_security",
    "holders",
    "interest_earned",
    "interest_terms",
    "last_releases",
    "late_charge_ids",
    "late_charge_to",
    "late_charges_to",
    "lock_accounts",
    "lock_payments",
    "movements_by_day",
    "movements_of",
    "newest_payments",
    "newest_posting",
    "on_account",
    "open_charges",
    "overdue_accounts",
    "paid_in_parts",
    "paid_in_time_after_all",
    "pay_out",
    "payment_behaviour",
    "payments",
    "payments_of",
    "post_bills",
    "post_lateness",
    "posted_numbers",
    "receivable",
    "receive",
    "receive_deposit",
    "recover",
    "refunds_of",
    "release_deposit",
    "returned_since",
    "reverse_payments",
    "reversed_on",
    "statement",
    "suggestions",
    "suspense",
    "totals",
    "trial_balance",
    "waive_late_charges",
    "waive_part",
    "write_off",
    "written_off",
]


def open_charges(
    session: Session, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, list[Charge]]:
    """
    Return what was open on a day for each of the accounts, or of all; the oldest due first.

    Accounts that owed nothing are left out. The kept open amounts are used when nothing was
    posted after the day, and the entries up to the day when something was.
    """
    newest = newest_posting(session)
    if newest is None or as_of >= newest:
        return open_now(session, account_ids)
    return open_on(session, account_ids, as_of=as_of)


def receivable(session: Session, *, as_of: date) -> Money:
    """Return what all customers together owed on a day."""
    debited, credited = trial_balance(session, as_of=as_of)[Book.RECEIVABLE]
    return debited - credited


def on_account(
    session: Session, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, Money]:
    """
    Return the money of each account that no charge had used by a day, if there was any.

    What is kept as open of the payments is used as `open_charges` uses what is open of charges.
    """
    newest = newest_posting(session)
    if account_ids is None or (newest is not None and as_of < newest):
        return balances(session, Book.ON_ACCOUNT, account_ids, as_of=as_of)
    return {
        account_id: sum([one.open for one in some])
        for account_id, some in credits_now(session, account_ids).items()
    }


def deposits_held(
    session: Session, account_ids: Collection[int] | None, *, as_of: date | None = None
) -> dict[int, Money]:
    """Return the security that was held of each account on a day, or is now, if there is any."""
    # Few accounts ever gave any: to look for it in all that was ever posted costs far more.
    ever = None if account_ids is None else depositors(session, account_ids)
    return balances(session, Book.DEPOSIT, ever, as_of=as_of or date.max)


def late_charges_to(
    session: Session, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, dict[int, Money]]:
    """Return for each account what has accrued by a day and isn't posted, by charge id."""
    rule = market_on(session, as_of).late_charge
    found: dict[int, dict[int, Money]] = {}
    open_ = open_charges(session, account_ids, as_of=as_of)
    waivers = waivers_of(session, open_, as_of=as_of)
    for account_id, charges in open_.items():
        own = waivers.get(account_id, {})
        amounts = {
            charge.id: to_ask(own.get(charge.id, ()), charge, until=as_of, rule=rule)
            for charge in charges
        }
        found[account_id] = {key: amount for key, amount in amounts.items() if amount}
    return found


def late_charge_to(
    session: Session, account_ids: Collection[int] | None, *, as_of: date
) -> dict[int, Money]:
    """Return for each account that has open charges what has accrued by a day and isn't posted."""
    found = late_charges_to(session, account_ids, as_of=as_of)
    return {account_id: sum(amounts.values()) for account_id, amounts in found.items()}
