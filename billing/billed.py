"""The billing room's rows of bills: documents with a number, their lines, and what they keep."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from billing.basis import kwh_from
from billing.bill import BillKind, IssuedBill
from billing.line import Line
from billing.money import Money
from billing.supply import SupplyClass
from billing.tables import BillIssueRow, BillLineRow, BillRow, SupplyRow
from config.database import among, in_chunks, plain_rows
from meters.period import Period
from meters.reading import Usage

_REVERSAL = aliased(BillRow)


@dataclass(frozen=True, slots=True)
class DraftHead:
    """A draft without its lines, as a list shows it."""

    bill_id: int
    account_id: int
    service_point_id: int
    period: Period
    kwh: Decimal
    amount: Money
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A bill that no other cancels, or a draft, which has no number yet, and what it keeps."""

    bill_id: int
    number: str | None
    account_id: int
    service_point_id: int
    period: Period
    facts: dict[str, Any]
    kwh: Decimal

    @property
    def name(self) -> str:
        """What it is called."""
        return f"bill {self.number}" if self.number else f"draft {self.bill_id}"

    @property
    def key(self) -> tuple[int, int]:
        """Whose it is: the account and the service point."""
        return self.account_id, self.service_point_id

    @property
    def usage(self) -> Usage:
        """What it was made on."""
        return Usage.from_facts(self.facts["usage"])


def standing(
    session: Session,
    point_ids: Collection[int],
    *,
    ends: Collection[date] | None = None,
    day: date | None = None,
) -> list[Standing]:
    """
    Return the bills and drafts of service points that no other cancels, in the order of numbers.

    With `ends`, only those whose periods end on one of them; with `day`, those that touch the day.
    """
    query = (
        select(
            BillRow.id,
            BillIssueRow.number,
            BillRow.account_id,
            BillRow.service_point_id,
            BillRow.period_start,
            BillRow.period_end,
            BillRow.facts,
            BillRow.kwh,
        )
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
        .outerjoin(_REVERSAL, _REVERSAL.reverses_id == BillRow.id)
        .where(BillRow.kind == BillKind.REGULAR, _REVERSAL.id.is_(None))
        .order_by(BillIssueRow.number, BillRow.id)
    )
    if ends is not None:
        query = query.where(BillRow.period_end.in_(ends))
    if day is not None:
        query = query.where(BillRow.period_start <= day, BillRow.period_end >= day)
    return [
        Standing(*row[:4], Period(row[4], row[5]), *row[6:])
        for some in in_chunks(sorted(point_ids))
        for row in session.execute(query.where(among(BillRow.service_point_id, some)))
    ]


def bills(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    account_id: int | None = None,
    run_id: int | None = None,
) -> list[IssuedBill]:
    """Return issued bills: those with the ids, or an account's, or a run's; the oldest first."""
    query = _bills().order_by(BillIssueRow.issued_on, BillRow.account_id, BillRow.id)
    if account_id is not None:
        query = query.where(BillRow.account_id == account_id)
    if run_id is not None:
        query = query.where(BillRow.run_id == run_id)
    if ids is None:
        return [_bill(row) for row in session.execute(query)]
    return [
        _bill(row)
        for some in in_chunks(sorted(ids))
        for row in session.execute(query.where(among(BillRow.id, some)))
    ]


def billed_points(session: Session) -> list[int]:
    """Return the service points that were ever billed, in order."""
    return list(
        session.scalars(
            select(BillRow.service_point_id)
            .where(BillRow.service_point_id.is_not(None))
            .distinct()
            .order_by(BillRow.service_point_id)
        )
    )


def find_bill(session: Session, number: str) -> IssuedBill | None:
    """Return the bill that has a number, or none."""
    row = session.execute(_bills().where(BillIssueRow.number == number)).first()
    return None if row is None else _bill(row)


def find_bills(session: Session, numbers: Collection[str]) -> dict[str, IssuedBill]:
    """Return the bills that have these numbers."""
    found: dict[str, IssuedBill] = {}
    for some in in_chunks(sorted(set(numbers))):
        rows = session.execute(_bills().where(among(BillIssueRow.number, some)))
        found |= {row.number: _bill(row) for row in rows}
    return found


def bill_lines(session: Session, bill_ids: Collection[int]) -> dict[int, list[Line]]:
    """Return the lines of each bill or draft, in their order; why they are so, `explain` tells."""
    found: dict[int, list[Line]] = {}
    for some in in_chunks(sorted(bill_ids)):
        table = BillLineRow.__table__.c
        query = (
            select(
                table.bill_id,
                table.code,
                table.text_en,
                table.text_zh,
                table.quantity,
                table.unit,
                table.price,
                table.amount,
            )
            .where(among(table.bill_id, some))
            .order_by(table.bill_id, table.no)
        )
        for bill_id, *values in session.execute(query):
            found.setdefault(bill_id, []).append(Line(*values))
    return found


def bill_facts(session: Session, bill_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return what each bill or draft keeps to be worked out again."""
    found: dict[int, dict[str, Any]] = {}
    for some in in_chunks(sorted(bill_ids)):
        query = select(BillRow.id, BillRow.facts).where(among(BillRow.id, some))
        found |= dict(session.execute(query).all())
    return found


def monthly_bills(
    session: Session, account_ids: Collection[int], *, since: date, until: date
) -> dict[int, list[tuple[date, Decimal, Money]]]:
    """
    Return each account's issued bills that no other cancels: last day, kWh and amount.

    :param since: the bills' periods end on this day or later, and not after `until`.
    """
    found: dict[int, list[tuple[date, Decimal, Money]]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = (
            select(BillRow.account_id, BillRow.period_end, BillRow.kwh, BillRow.amount)
            .join(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
            .outerjoin(_REVERSAL, _REVERSAL.reverses_id == BillRow.id)
            .where(
                among(BillRow.account_id, some),
                BillRow.kind == BillKind.REGULAR,
                BillRow.period_end.between(since, until),
                _REVERSAL.id.is_(None),
            )
            .order_by(BillRow.account_id, BillRow.period_end, BillRow.id)
        )
        newest, own = 0, list[tuple[date, Decimal, Money]]()
        for account_id, last, kwh, amount in plain_rows(session, query):
            if account_id != newest:
                newest, own = account_id, found.setdefault(account_id, [])
            own.append((last, kwh, amount))
    return found


def billed_before(session: Session, bills: Collection[IssuedBill]) -> dict[int, Money]:
    """Return by bill the least that an earlier, cancelled one asked for the same period."""
    earlier = aliased(BillRow)
    query = (
        select(BillRow.id, func.min(earlier.amount).label("least"))
        .join(
            earlier,
            (earlier.service_point_id == BillRow.service_point_id)
            & (earlier.account_id == BillRow.account_id)
            & (earlier.period_start == BillRow.period_start)
            & (earlier.kind == BillRow.kind)
            & (earlier.revision < BillRow.revision),
        )
        .join(BillIssueRow, BillIssueRow.bill_id == earlier.id)
        .group_by(BillRow.id)
    )
    found: dict[int, Money] = {}
    for some in in_chunks(sorted(bill.id for bill in bills)):
        rows = session.execute(query.where(BillRow.id.in_(some)))
        found |= {row.id: row.least for row in rows}
    return found


def bills_on_tariff(session: Session, code: str, *, limit: int) -> list[IssuedBill]:
    """Return the latest bills of supplies that are on a tariff; cancelled ones are left out."""
    query = (
        _bills()
        .join(SupplyRow, SupplyRow.id == BillRow.supply_id)
        .where(SupplyRow.tariff == code, BillRow.kind == BillKind.REGULAR, _REVERSAL.id.is_(None))
        .order_by(BillRow.period_end.desc(), BillRow.id.desc())
        .limit(limit)
    )
    return [_bill(row) for row in session.execute(query)]


def demands_before(
    session: Session, supplies: Collection[tuple[int, int]], *, since: date
) -> dict[tuple[int, int], dict[date, Decimal]]:
    """
    Return the highest demand of the months that were billed, by the first day of each.

    :param supplies: accounts and service points; all of them are in the answer.
    :param since: bills whose periods begin on this day or later; cancelled ones don't count.
    """
    found: dict[tuple[int, int], dict[date, Decimal]] = {key: {} for key in supplies}
    for some in in_chunks(sorted({point for _, point in supplies})):
        query = (
            select(BillRow.account_id, BillRow.service_point_id, BillRow.facts)
            .outerjoin(_REVERSAL, _REVERSAL.reverses_id == BillRow.id)
            .where(
                among(BillRow.service_point_id, some),
                BillRow.kind == BillKind.REGULAR,
                BillRow.period_start >= since,
                _REVERSAL.id.is_(None),
            )
        )
        for account_id, point_id, facts in session.execute(query):
            usage = Usage.from_facts(facts["usage"])
            months = found.get((account_id, point_id))
            if months is not None and usage.demand_kw is not None:
                month = usage.period.start.replace(day=1)
                months[month] = max(usage.demand_kw, months.get(month, usage.demand_kw))
    return found


def used_since(
    session: Session, starts: Mapping[tuple[int, int], Collection[date]]
) -> dict[tuple[int, int], dict[date, Decimal]]:
    """
    Return what was billed from each of some days on, drafts counted and cancelled bills not.

    Of a bill for days before and after such a day, those after it count, as pricing shares them.

    :param starts: the days, by account and service point; all of them are in the answer.
    """
    found = {key: dict.fromkeys(days, Decimal(0)) for key, days in starts.items()}
    first = min((day for days in starts.values() for day in days), default=date.max)
    for some in in_chunks(sorted({point for _, point in starts})):
        query = (
            select(BillRow.account_id, BillRow.service_point_id, BillRow.facts)
            .outerjoin(_REVERSAL, _REVERSAL.reverses_id == BillRow.id)
            .where(
                among(BillRow.service_point_id, some),
                BillRow.kind == BillKind.REGULAR,
                BillRow.period_end > first,
                _REVERSAL.id.is_(None),
            )
        )
        for account_id, point_id, facts in session.execute(query):
            used = found.get((account_id, point_id), {})
            for day in used:
                used[day] += kwh_from(facts, day)
    return found


def draft_heads(
    session: Session, run_id: int, *, after: int = 0, limit: int = 500
) -> list[DraftHead]:
    """Return a run's drafts that aren't issued, in the order of accounts, after one of them."""
    query = (
        select(
            BillRow.id,
            BillRow.account_id,
            BillRow.service_point_id,
            BillRow.period_start,
            BillRow.period_end,
            BillRow.kwh,
            BillRow.amount,
            BillRow.is_estimated,
        )
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
        .where(BillRow.run_id == run_id, BillIssueRow.bill_id.is_(None), BillRow.id > after)
        .order_by(BillRow.id)
        .limit(limit)
    )
    return [
        DraftHead(id_, account_id, point_id, Period(start, end), kwh, amount, is_estimated)
        for id_, account_id, point_id, start, end, kwh, amount, is_estimated in session.execute(
            query
        )
    ]


def billed_kwh(session: Session) -> tuple[int, Decimal, Money]:
    """Return how many bills are issued and stand, their kWh, and what they come to."""
    query = (
        select(func.count(), func.sum(BillRow.kwh), func.sum(BillRow.amount))
        .select_from(BillRow)
        .join(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
    )
    count, kwh, amount = session.execute(query).one()
    return count, Decimal(kwh or 0), int(amount or 0)


def _bills() -> Select[*tuple[Any, ...]]:
    return (
        select(
            BillRow.id,
            BillIssueRow.number,
            BillRow.account_id,
            BillRow.supply_id,
            BillRow.service_point_id,
            BillRow.supply_class,
            BillRow.kind,
            BillRow.revision,
            BillRow.period_start,
            BillRow.period_end,
            BillIssueRow.issued_on,
            BillIssueRow.due_on,
            BillRow.kwh,
            BillRow.amount,
            BillRow.tax,
            BillRow.is_estimated,
            BillRow.run_id,
            BillRow.reverses_id,
            _REVERSAL.id.label("cancelled_by_id"),
        )
        .join(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
        .outerjoin(_REVERSAL, _REVERSAL.reverses_id == BillRow.id)
    )


def _bill(row: Any) -> IssuedBill:
    return IssuedBill(
        id=row.id,
        number=row.number,
        account_id=row.account_id,
        supply_id=row.supply_id,
        service_point_id=row.service_point_id,
        supply_class=SupplyClass(row.supply_class),
        kind=BillKind(row.kind),
        revision=row.revision,
        period=Period(row.period_start, row.period_end),
        issued_on=row.issued_on,
        due_on=row.due_on,
        kwh=row.kwh,
        amount=row.amount,
        tax=row.tax,
        is_estimated=row.is_estimated,
        run_id=row.run_id,
        reverses_id=row.reverses_id,
        cancelled_by_id=row.cancelled_by_id,
    )
