"""What a notice tells about an account, gathered for many accounts at once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from arrears import claims
from billing import books
from billing import store as master
from billing.account import Account
from billing.bill import IssuedBill
from billing.customer import Customer
from billing.ledger import Charge
from billing.money import Money
from billing.payment import DepositDemand
from billing.supply import Supply
from meters.readings import dials_in_place
from meters.store import ServicePoint, service_points
from notices import store
from notices.notice import MonthUsed, NoticeKind

_YEAR = timedelta(days=366)
_MONTHS = 12
_HORIZON = timedelta(days=3 * 366)
"""How far back reminders are listed: as long as a debt can be sued for."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """
    An account as it stands on a day: whose it is, where, and what of it is overdue.

    `late` is what has accrued on each charge and isn't posted, `bills` those that raised the
    charges, `told` the notices that reached the customer before; `coming` falls due later. What is
    disputed or may not be claimed is in none of them.
    """

    account: Account
    customer: Customer
    supplies: tuple[Supply, ...]
    points: tuple[ServicePoint, ...]
    meters: tuple[str, ...]
    overdue: tuple[Charge, ...]
    late: dict[int, Money]
    bills: dict[int, IssuedBill]
    told: tuple[tuple[date, NoticeKind], ...]
    usage: tuple[MonthUsed, ...]
    deposit_held: Money
    demand: DepositDemand | None
    coming: tuple[Charge, ...] = ()

    @property
    def owed(self) -> Money:
        """Return what is overdue."""
        return sum(charge.open for charge in self.overdue)


def circumstances(
    session: Session, account_ids: Collection[int], *, today: date
) -> dict[int, Circumstances]:
    """Return how each of the accounts stands today."""
    accounts = master.accounts(session, account_ids)
    customers = master.customers(session, {one.customer_id for one in accounts.values()})
    supplies = master.supplies_on(session, account_ids, today)
    places = _places(session, supplies.values(), today)
    charges = books.open_charges(session, account_ids, as_of=today)
    resting = claims.resting(session, charges, today=today)
    charges = {
        key: [one for one in some if one.id not in resting.get(key, ())]
        for key, some in charges.items()
    }
    late = books.late_charges_to(session, account_ids, as_of=today)
    told = store.dunned(session, account_ids, since=today - _HORIZON)
    usage = _usage(session, account_ids, today)
    held = books.deposits_held(session, account_ids, as_of=today)
    demands = books.deposit_demands(session, account_ids)
    overdue = {key: [one for one in some if one.due_on < today] for key, some in charges.items()}
    bills = _bills(session, (one for some in charges.values() for one in some))
    found = {}
    for account_id, account in accounts.items():
        own = tuple(supplies.get(account_id, ()))
        found[account_id] = Circumstances(
            account=account,
            customer=customers[account.customer_id],
            supplies=own,
            points=tuple(places[supply.service_point_id][0] for supply in own),
            meters=tuple(s for supply in own for s in places[supply.service_point_id][1]),
            overdue=tuple(overdue.get(account_id, ())),
            late=late.get(account_id, {}),
            bills=bills,
            told=tuple(told.get(account_id, ())),
            usage=usage.get(account_id, ()),
            deposit_held=held.get(account_id, 0),
            demand=_newest(demands.get(account_id, ())),
            coming=tuple(one for one in charges.get(account_id, ()) if one.due_on >= today),
        )
    return found


def _places(
    session: Session, supplies: Iterable[Sequence[Supply]], today: date
) -> dict[int, tuple[ServicePoint, tuple[str, ...]]]:
    """Return each supplied point, and the meters that are in place there."""
    ids = {supply.service_point_id for some in supplies for supply in some}
    dials = dials_in_place(session, ids, today)
    return {
        point_id: (
            point,
            tuple(dict.fromkeys(dial.register.serial for dial in dials.get(point_id, ()))),
        )
        for point_id, point in service_points(session, ids).items()
    }


def _bills(session: Session, charges: Iterable[Charge]) -> dict[int, IssuedBill]:
    ids = {charge.bill_id for charge in charges if charge.bill_id is not None}
    return {bill.id: bill for bill in master.bills(session, ids=ids)}


def _usage(
    session: Session, account_ids: Collection[int], today: date
) -> dict[int, tuple[MonthUsed, ...]]:
    """Return the energy of the last months, several bills of a month together."""
    found = {}
    billed = master.monthly_bills(session, account_ids, since=today - _YEAR, until=today)
    for account_id, bills in billed.items():
        months: dict[date, Decimal] = {}
        for end, kwh, _ in bills:
            # A period ends with the day after its last one; that last day names the month.
            month = (end - timedelta(days=1)).replace(day=1)
            months[month] = months.get(month, Decimal(0)) + kwh
        used = [MonthUsed(month, kwh) for month, kwh in sorted(months.items())]
        found[account_id] = tuple(used[-_MONTHS:])
    return found


def _newest(demands: Sequence[DepositDemand]) -> DepositDemand | None:
    return max(demands, key=lambda demand: demand.id, default=None)
