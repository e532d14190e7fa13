"""The demo's arrears beside those of real utilities: the same figures, counted the same way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from billing import books
from billing.ledger import Charge, ChargeKind
from meters.orders import OrderKind, OrderState, orders
from web.demo.calibration import band
from web.demo.usage import next_month

# Months at the beginning in which no debt can be old yet: they are not measured.
WARM_UP_MONTHS = 4
# Days after the bill at which each bucket of the filings begins; younger money is no arrears there.
_BUCKETS = (31, 61, 91)


NOTICES = "disconnection notices for each disconnection"
CUTS = "disconnections for 1,000 accounts a month"


@dataclass(frozen=True, slots=True)
class Reached:
    """A figure of the demo beside the lowest and highest of the utilities in the filings."""

    figure: str
    reached: Decimal
    least: Decimal
    most: Decimal
    unit: str

    @property
    def is_inside(self) -> bool:
        """Say whether the demo lies within what is published."""
        return self.least <= self.reached <= self.most


def measured(
    session: Session, *, accounts: int, months: Sequence[date], notices: int
) -> tuple[Reached, ...]:
    """
    Return the demo's figures, each beside its published band.

    Customers and money in arrears are means over the month ends after the warm-up, as the filings
    count them: what is still open 31 days or more after the bill. The rest is of all months.

    :param notices: how many disconnection notices were printed.
    """
    measured_months = months[min(WARM_UP_MONTHS, len(months) - 1) :]
    ends = [next_month(month) - timedelta(days=1) for month in measured_months]
    in_arrears, shares = _owed(session, ends)
    done = orders(session, states=[OrderState.DONE])
    cuts = sum(order.kind is OrderKind.CUT for order in done)
    given_back = len(done) - cuts
    customers = Decimal(1000 * in_arrears) / (len(ends) * accounts)
    cuts_a_month = Decimal(100_000 * cuts) / (accounts * len(months))
    a_cut = Decimal(10 * notices) / max(1, cuts)
    back = Decimal(1000 * given_back) / max(1, cuts)
    rows: tuple[tuple[str, Decimal, str, int, str], ...] = (
        ("customers in arrears", customers, "customers_in_arrears_permille", 10, "%"),
        ("of their money, 31-60 days", shares[0], "money_31_60_permille", 10, "%"),
        ("of their money, 61-90 days", shares[1], "money_61_90_permille", 10, "%"),
        ("of their money, 91 days and more", shares[2], "money_91_up_permille", 10, "%"),
        (NOTICES, a_cut, "notices_per_disconnection_tenths", 10, ""),
        (CUTS, cuts_a_month, "disconnections_per_1000_accounts_hundredths", 100, ""),
        ("reconnected of those disconnected", back, "reconnected_permille", 10, "%"),
    )
    return tuple(_beside(*row) for row in rows)


def _owed(session: Session, ends: Sequence[date]) -> tuple[int, list[Decimal]]:
    """Return how many were in arrears at the month ends, and the permille of money in buckets."""
    in_arrears, money = 0, [0, 0, 0]
    for end in ends:
        late = _in_arrears(books.open_charges(session, None, as_of=end).values(), end)
        in_arrears += len(late)
        money = [sum(both) for both in zip(money, *late, strict=True)] if late else money
    whole = sum(money) or 1
    return in_arrears, [Decimal(1000 * part) / whole for part in money]


def _in_arrears(owing: Iterable[Sequence[Charge]], end: date) -> list[list[int]]:
    """Return for each account in arrears the money in each of the filings' buckets."""
    found = []
    for charges in owing:
        buckets = [0] * len(_BUCKETS)
        for charge in charges:
            age = (end - charge.raised_on).days
            if charge.kind is ChargeKind.ENERGY and age >= _BUCKETS[0]:
                at = sum(age >= edge for edge in _BUCKETS) - 1
                buckets[at] += charge.open
        if any(buckets):
            found.append(buckets)
    return found


def _beside(figure: str, reached: Decimal, column: str, scale: int, unit: str) -> Reached:
    least, most = band(column)
    return Reached(
        figure,
        (reached / scale).quantize(Decimal("0.1")),
        Decimal(least) / scale,
        Decimal(most) / scale,
        unit,
    )
