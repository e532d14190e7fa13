"""What is billed and paid."""

from dataclasses import dataclass
from datetime import date


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

    def is_open_on(self, day: date) -> bool:
        """Test whether the account may be billed for the day."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)
