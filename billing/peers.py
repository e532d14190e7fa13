"""Who is like whom: customers of an industry or of a class, for comparing one with the others."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing.bill import BillKind
from billing.sanity import History
from billing.supply import SupplyClass
from billing.tables import AccountRow, BillRow, BillRunRow, CustomerRow, SupplyRow
from config.database import among, in_chunks

INDUSTRY = "industry:"
CLASS = "class:"
BILLED_DAYS = 62
"""Runs up to a day of so many before say what a class uses now: two months, whatever the cycle."""


def peer_groups(
    session: Session, customer_ids: Collection[int], *, on: date
) -> dict[int, list[str]]:
    """Return the groups of each customer on a day, the narrowest first: industry, then class."""
    found: dict[int, list[str]] = {}
    for some in in_chunks(sorted(customer_ids)):
        industries = select(CustomerRow.id, CustomerRow.industry).where(
            among(CustomerRow.id, some), CustomerRow.industry.is_not(None)
        )
        for customer_id, industry in session.execute(industries):
            found.setdefault(customer_id, []).append(f"{INDUSTRY}{industry}")
        classes = (
            select(AccountRow.customer_id, SupplyRow.supply_class)
            .join(SupplyRow, SupplyRow.account_id == AccountRow.id)
            .where(among(AccountRow.customer_id, some), _is_on(on))
            .distinct()
            .order_by(AccountRow.customer_id, SupplyRow.supply_class)
        )
        for customer_id, supply_class in session.execute(classes):
            found.setdefault(customer_id, []).append(f"{CLASS}{supply_class}")
    return found


def peers(session: Session, group: str, *, on: date, most: int) -> list[int]:
    """
    Return customers of a group on a day, in order.

    Of more than `most` every second, third, and so on: the same day always gives the same ones.
    """
    kind, _, name = group.partition(":")
    query = (
        select(AccountRow.customer_id)
        .join(SupplyRow, SupplyRow.account_id == AccountRow.id)
        .where(_is_on(on))
        .distinct()
        .order_by(AccountRow.customer_id)
    )
    if f"{kind}:" == INDUSTRY:
        query = query.join(CustomerRow, CustomerRow.id == AccountRow.customer_id)
        query = query.where(CustomerRow.industry == name)
    else:
        query = query.where(SupplyRow.supply_class == name)
    ids = list(session.scalars(query))
    return ids[:: max(1, -(-len(ids) // most))]


def billed_by_class(
    session: Session, *, until: date, before_run: int | None = None
) -> dict[SupplyClass, History]:
    """
    Return what all supplies of each class were billed for lately, cancelled bills not counted.

    :param until: the first day that the runs looked at didn't bill, at most.
    :param before_run: only what earlier runs than this one drew up, so that a run that is gone on
        with goes by the same.
    """
    runs = select(BillRunRow.id).where(
        BillRunRow.until > until - timedelta(BILLED_DAYS), BillRunRow.until <= until
    )
    if before_run is not None:
        runs = runs.where(BillRunRow.id < before_run)
    reversal = aliased(BillRow)
    query = (
        select(BillRow.supply_class, func.count(), func.sum(BillRow.kwh), func.sum(BillRow.days))
        .outerjoin(reversal, reversal.reverses_id == BillRow.id)
        .where(
            BillRow.run_id.in_(list(session.scalars(runs))),
            BillRow.kind == BillKind.REGULAR,
            reversal.id.is_(None),
        )
        .group_by(BillRow.supply_class)
    )
    return {
        SupplyClass(name): History(bills, Decimal(kwh), int(days))
        for name, bills, kwh, days in session.execute(query)
    }


def _is_on(day: date) -> ColumnElement[bool]:
    ended = or_(SupplyRow.ends_on.is_(None), SupplyRow.ends_on > day)
    return (SupplyRow.starts_on <= day) & ended
