"""A bill: what an account is asked to pay for a service point and a period, and how it came about."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.money import Money
from billing.supply import SupplyClass
from meters.period import Period


class BillKind(StrEnum):
    """What a bill is as a document."""

    REGULAR = "regular"
    REVERSAL = "reversal"


class RunState(StrEnum):
    """How far a billing run has come; it only moves forward."""

    DRAWING_UP = "drawing_up"
    DRAWN_UP = "drawn_up"
    ISSUING = "issuing"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """
    A bill with a number: from now on it is a document, and money.

    `amount` is what is asked for, tax included; a reversal's is negative and names the bill that
    it cancels. `tax` is the part of it that is value-added tax.
    """

    id: int
    number: str
    account_id: int
    supply_id: int
    service_point_id: int
    supply_class: SupplyClass
    kind: BillKind
    revision: int
    period: Period
    issued_on: date
    due_on: date
    kwh: Decimal
    amount: Money
    tax: Money
    is_estimated: bool = False
    run_id: int | None = None
    reverses_id: int | None = None
    cancelled_by_id: int | None = None
