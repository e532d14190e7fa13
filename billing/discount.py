"""
What is taken off a bill that is paid early: prompt-payment discount (现金折扣).

It is a cost of being paid soon and never a part of the price: the bill and its tax stay as they
are (国税函[2008]875号, 一(五)), and what is taken off is booked once the bill was paid in time.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from billing.money import Money, major, times

PERCENT_MAX = 20
"""A higher percentage is a slip of the pen."""
_PLACES_MAX = 2


class TakenOn(StrEnum):
    """What of a bill a discount is taken on."""

    BILL = "bill"
    ENERGY = "energy"  # its lines by the kWh


@dataclass(frozen=True, slots=True)
class Offer:
    """What is taken off a bill if all the rest is paid by a day, that day included."""

    charge_id: int
    bill_id: int
    account_id: int
    percent: Decimal
    until: date
    amount: Money


def discount_of(base: Money, percent: Decimal) -> Money:
    """Return so many percent of an amount, in whole minor units, half up."""
    return times(major(base), percent.scaleb(-2))


def problems_of(percent: Decimal, days: int, credit_days: int) -> list[str]:
    """Return what is wrong with a discount that terms of an account are to have."""
    found = []
    exponent = percent.as_tuple().exponent
    if not 0 <= percent <= PERCENT_MAX or not isinstance(exponent, int) or exponent < -_PLACES_MAX:
        found.append(
            f"a discount of {percent} percent can't be; write 0 to {PERCENT_MAX}, with at most "
            f"{_PLACES_MAX} decimals"
        )
    if not 0 <= days <= credit_days:
        found.append(
            f"a discount for paying within {days} days can't be; write 0 to {credit_days}, the "
            f"days of credit"
        )
    if bool(percent) != bool(days):
        found.append("a discount has a percentage and days to pay in; write both, or 0 for neither")
    return found


def last_day(issued_on: date, days: int) -> date:
    """Return the last day on which a bill is paid early, before holidays are looked at."""
    return issued_on + timedelta(days)
