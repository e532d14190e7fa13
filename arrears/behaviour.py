"""What is known of a customer on a day: bills and usage from our books, facts from outside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from billing.money import Money
from billing.supply import SupplyClass

MONTH_DAYS = 30
"""A month of lateness, so that being late by months is what the usual buckets of ageing show."""


class DueBill(NamedTuple):
    """
    A bill that fell due, the day it was settled if it was, and whether money was taken back.

    `raised_on` is the day since which the books know it; none if that was before its due date.
    """

    due_on: date
    settled_on: date | None
    is_returned: bool
    amount: Money = 0
    raised_on: date | None = None

    def is_open_on(self, day: date) -> bool:
        """
        Test whether the bill stood open at the end of a day.

        What a returned payment had settled counts as open until it really was.
        """
        is_known = self.raised_on is None or self.raised_on <= day
        return is_known and (self.settled_on is None or self.settled_on > day)


class Use(StrEnum):
    """How a line of credit was used in a month, as another creditor reports it."""

    UNUSED = "unused"
    PAID_IN_FULL = "paid_in_full"
    REVOLVING = "revolving"


@dataclass(frozen=True, slots=True)
class ReportedMonth:
    """What another creditor reports of a month: how the line was used, what stood, what came in."""

    ended_on: date
    use: Use
    balance: Money
    paid: Money


@dataclass(frozen=True, slots=True)
class CreditReport:
    """An outside report on a customer's line of credit elsewhere, its months oldest first."""

    source: str
    as_of: date
    limit: Money
    months: tuple[ReportedMonth, ...]


class Event(StrEnum):
    """What a customer did or what befell him that is remembered."""

    THEFT = "theft"
    BREACH = "breach"
    COURT_EVENT = "court_event"
    BLACKLISTING = "blacklisting"
    BROKEN_PROMISE = "broken_promise"


@dataclass(frozen=True, slots=True)
class Ratios:
    """What the newest financial statement comes to; none where it doesn't say."""

    debt: Decimal | None = None
    current: Decimal | None = None
    profit: Decimal | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """
    All that the catalogue may look at in a customer, of all his accounts together.

    `bills` are those that fell due in the last twelve months and older ones still open;
    `months_late` says for the day and the month ends before it, newest first, how many months the
    oldest bill was late then; `monthly_kwh` is the usage of each billed period by its end.
    `security` is what deposits, guarantees, collateral and insurance cover; `peer_share` the share
    of peers that pay no sooner. Nothing here may be newer than the day of the assessment.
    """

    customer_since: date
    bills: tuple[DueBill, ...] = ()
    overdue: Money = 0
    months_in_arrears: int = 0
    average_bill: Money | None = None
    monthly_kwh: tuple[tuple[date, Decimal], ...] = ()
    broken_plans: int = 0
    is_protected: bool = False
    months_late: tuple[int, ...] = ()
    report: CreditReport | None = None
    ratios: Ratios | None = None
    security: Money = 0
    events: tuple[tuple[Event, date], ...] = ()
    is_blacklisted: bool = False
    capacity_kva: Decimal | None = None
    peer_share: Decimal | None = None
    classes: frozenset[SupplyClass] = frozenset()


@lru_cache(maxsize=64)
def month_ends(as_of: date, count: int) -> tuple[date, ...]:
    """Return the day itself and the ends of the months before it, so many days in all."""
    days = [as_of]
    while len(days) < count:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return tuple(days)


def months_late_on(bills: Collection[DueBill], days: Sequence[date]) -> tuple[int, ...]:
    """
    Return for each of the days how many months the oldest open bill was late, begun ones counted.

    One is 1 to 30 days overdue, two 31 to 60, and so on; none is not overdue.
    """
    late = [one for one in bills if one[1] is None or one[1] > one[0]]
    if not late:
        return (0,) * len(days)
    found = []
    for day in days:
        open_then = [bill.due_on for bill in late if bill.due_on < day and bill.is_open_on(day)]
        days_late = (day - min(open_then)).days if open_then else 0
        found.append(-(-days_late // MONTH_DAYS))
    return tuple(found)
