"""What is billed and paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SETTLEMENTS_MAX = 10


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """
    What is agreed with an account from a day on, until newer terms begin.

    `settlements` is in how many parts a month's energy is settled: all but the last are asked for
    on account before the bill, which settles the rest (分次结算, 供电营业规则 of 2024).
    `discount_percent` is taken off a bill that is paid in full within `discount_days` of its issue.
    """

    account_id: int
    starts_on: date
    credit_days: int
    settlements: int = 1
    discount_percent: Decimal = Decimal(0)
    discount_days: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """
    An agreement of a customer, on the terms of one day.

    `credit_days` are the days from the issue of a bill to its due date. `posted_no` rises with
    every posting: what was decided on an older number has to be looked at again.
    """

    id: int
    number: str
    customer_id: int
    credit_days: int
    opened_on: date
    closed_on: date | None
    posted_no: int
    settlements: int = 1
    discount_percent: Decimal = Decimal(0)
    discount_days: int = 0

    def is_open_on(self, day: date) -> bool:
        """Test whether the account may be billed for the day."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)
