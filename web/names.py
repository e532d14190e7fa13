"""Whose account it is: what a list needs to name accounts, in as few questions as possible."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing import store as billing
from billing.account import Account
from billing.customer import Customer
from web import house


@dataclass(frozen=True, slots=True)
class Who:
    """An account and its customer."""

    account: Account
    customer: Customer

    @property
    def number(self) -> str:
        """The account's number."""
        return self.account.number

    @property
    def name(self) -> str:
        """The customer's name."""
        return self.customer.name

    @property
    def is_visible(self) -> bool:
        """Test whether the customer is the person's to see."""
        return house.sees_office(self.customer.office_id)


def who(session: Session, account_ids: Collection[int]) -> dict[int, Who]:
    """Return whose the accounts are."""
    accounts = billing.accounts(session, sorted(set(account_ids)))
    customers = billing.customers(session, {one.customer_id for one in accounts.values()})
    return {key: Who(one, customers[one.customer_id]) for key, one in accounts.items()}


def find_who(session: Session, number: str) -> Who | None:
    """Return whose the account of this number is, if it exists and the person may see it."""
    account = billing.find_accounts(session, [number]).get(number)
    if account is None:
        return None
    found = who(session, [account.id])[account.id]
    return found if found.is_visible else None
