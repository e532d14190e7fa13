"""The billing room's rows of drafts: what stands billed, what waits to be issued, reversals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, aliased

from billing.bill import BillKind, Draft, IssuedBill
from billing.correcting import uncounted_kwh
from billing.due import Billed
from billing.money import Money
from billing.sanity import History
from billing.supply import SupplyClass
from billing.tables import (
    BillIssueRow,
    BillLineRow,
    BillRow,
    HeldBillRow,
)
from config.database import add_rows, among, in_chunks, next_ids
from meters.period import Period


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that is to be issued."""

    bill_id: int
    account_id: int
    supply_id: int
    service_point_id: int
    supply_class: SupplyClass
    revision: int
    period: Period
    kwh: Decimal
    amount: Money
    tax: Money
    is_estimated: bool
    run_id: int
    fingerprint: int | None
    """Of what its readings were when it was drawn up, if that is kept."""

    def issued(self, number: str, *, issued_on: date, due_on: date) -> IssuedBill:
        """Return the document that the draft becomes."""
        return IssuedBill(
            id=self.bill_id,
            number=number,
            account_id=self.account_id,
            supply_id=self.supply_id,
            service_point_id=self.service_point_id,
            supply_class=self.supply_class,
            kind=BillKind.REGULAR,
            revision=self.revision,
            period=self.period,
            issued_on=issued_on,
            due_on=due_on,
            kwh=self.kwh,
            amount=self.amount,
            tax=self.tax,
            is_estimated=self.is_estimated,
            run_id=self.run_id,
        )


def billed_so_far(
    session: Session, point_ids: Collection[int], *, since: date
) -> dict[tuple[int, int], Billed]:
    """
    Return what was billed, drafts counted and cancelled bills not, by account and service point.

    :param since: bills that end after the day make up the history.
    """
    found: dict[tuple[int, int], Billed] = {}
    newest: dict[tuple[int, int], tuple[int, int]] = {}
    for some in in_chunks(sorted(point_ids)):
        for row in session.execute(_billed(some, since)):
            history = History(row.bills, Decimal(row.kwh or 0), int(row.days or 0))
            key = (row.account_id, row.service_point_id)
            found[key] = Billed(row.period_end, row.year_kwh, history)
            newest[key] = (row.id, (row.period_end - timedelta(1)).year)
    for key, more in uncounted_kwh(session, newest).items():
        found[key] = replace(found[key], year_kwh=found[key].year_kwh + more)
    return found


def _billed(point_ids: Sequence[int], since: date) -> Select[*tuple[Any, ...]]:
    is_recent = BillRow.period_end > since
    sums = (
        select(
            BillRow.account_id,
            BillRow.service_point_id,
            func.max(BillRow.period_end).label("until"),
            func.sum(case((is_recent, 1), else_=0)).label("bills"),
            func.sum(case((is_recent, BillRow.kwh))).label("kwh"),
            func.sum(case((is_recent, BillRow.days))).label("days"),
        )
        .where(among(BillRow.service_point_id, point_ids), *_standing())
        .group_by(BillRow.account_id, BillRow.service_point_id)
        .subquery()
    )
    return (
        select(
            sums.c.account_id,
            sums.c.service_point_id,
            sums.c.bills,
            sums.c.kwh,
            sums.c.days,
            BillRow.id,
            BillRow.period_end,
            BillRow.year_kwh,
        )
        .join(
            BillRow,
            (BillRow.service_point_id == sums.c.service_point_id)
            & (BillRow.account_id == sums.c.account_id)
            & (BillRow.period_end == sums.c.until),
        )
        .where(*_standing())
    )


def billed_up_to(session: Session, account_ids: Collection[int]) -> date | None:
    """Return the day up to which the last bill of some accounts goes, or none if there is none."""
    query = select(func.max(BillRow.period_end)).where(
        among(BillRow.account_id, account_ids), *_standing()
    )
    return session.scalar(query)


def _standing() -> tuple[Any, ...]:
    """Return the conditions of a bill that charges and that no other cancels."""
    reversal = aliased(BillRow)
    cancelled = select(reversal.id).where(reversal.reverses_id == BillRow.id).exists()
    return (BillRow.kind == BillKind.REGULAR, ~cancelled)


def add_drafts(
    session: Session,
    run_id: int | None,
    drafts: Sequence[tuple[Draft, tuple[str, str] | None]],
    fingerprints: Mapping[tuple[int, Period], int] = MappingProxyType({}),
) -> list[int]:
    """
    Add drafts with their lines, and return their ids in the order given.

    :param drafts: each with the rule that holds it and the reason, or none.
    :param fingerprints: of what was measured, by service point and period, where it is known.
    """
    ids = next_ids(session, BillRow, len(drafts))
    revisions = _revisions(session, [draft for draft, _ in drafts])
    add_rows(
        session,
        BillRow,
        [
            _bill_values(id_, run_id, draft, revisions)
            | {"fingerprint": fingerprints.get((draft.service_point_id, draft.period))}
            for id_, (draft, _) in zip(ids, drafts, strict=True)
        ],
    )
    add_lines(session, zip(ids, (draft for draft, _ in drafts), strict=True))
    add_rows(
        session,
        HeldBillRow,
        [
            {"bill_id": id_, "rule": doubt[0], "message": doubt[1]}
            for id_, (_, doubt) in zip(ids, drafts, strict=True)
            if doubt is not None
        ],
    )
    return ids


def add_lines(session: Session, drafts: Iterable[tuple[int, Draft]]) -> None:
    """Add the lines of bills, given by the bills' ids."""
    add_rows(
        session,
        BillLineRow,
        [
            {
                "bill_id": id_,
                "no": no,
                "code": line.code,
                "text_en": line.text_en,
                "text_zh": line.text_zh,
                "quantity": line.quantity,
                "unit": line.unit,
                "price": line.price,
                "amount": line.amount,
            }
            for id_, draft in drafts
            for no, line in enumerate(draft.lines, start=1)
        ],
    )


def _bill_values(
    id_: int, run_id: int | None, draft: Draft, revisions: Mapping[tuple[int, date], int]
) -> dict[str, Any]:
    start = draft.period.start
    return {
        "id": id_,
        "run_id": run_id,
        "account_id": draft.account_id,
        "supply_id": draft.supply_id,
        "service_point_id": draft.service_point_id,
        "supply_class": draft.supply_class.value,
        "kind": BillKind.REGULAR.value,
        "revision": 1 + revisions.get((draft.service_point_id, start), 0),
        "period_start": start,
        "period_end": draft.period.end,
        "days": draft.period.days,
        "kwh": draft.kwh,
        "year_kwh": draft.year_kwh,
        "is_estimated": draft.is_estimated,
        "amount": draft.amount,
        "tax": draft.tax,
        "reverses_id": None,
        "facts": draft.facts,
    }


def _revisions(session: Session, drafts: Sequence[Draft]) -> dict[tuple[int, date], int]:
    """Return the newest cancelled revision of each service point and period, if there is one."""
    found: dict[tuple[int, date], int] = {}
    for some in in_chunks(sorted({draft.service_point_id for draft in drafts})):
        query = (
            select(BillRow.service_point_id, BillRow.period_start, func.max(BillRow.revision))
            .where(among(BillRow.service_point_id, some), BillRow.kind == BillKind.REVERSAL)
            .group_by(BillRow.service_point_id, BillRow.period_start)
        )
        found |= {(point, start): newest for point, start, newest in session.execute(query)}
    return found


def drafts_to_issue(session: Session, run_id: int, *, after: int, limit: int) -> list[Waiting]:
    """
    Return the next drafts of whole accounts, in the order of accounts; held ones if accepted.

    :param limit: about how many; an account's drafts are never parted.
    """
    query = _to_issue(run_id).where(BillRow.account_id > after)
    rows = [_waiting(row) for row in session.execute(query.limit(limit + 1))]
    if len(rows) <= limit:
        return rows
    next_account = rows[limit].account_id
    whole = [row for row in rows[:limit] if row.account_id != next_account]
    if whole:
        return whole
    only = _to_issue(run_id).where(BillRow.account_id == next_account)
    return [_waiting(row) for row in session.execute(only)]


def _to_issue(run_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            BillRow.id,
            BillRow.account_id,
            BillRow.supply_id,
            BillRow.service_point_id,
            BillRow.supply_class,
            BillRow.revision,
            BillRow.period_start,
            BillRow.period_end,
            BillRow.kwh,
            BillRow.amount,
            BillRow.tax,
            BillRow.is_estimated,
            BillRow.run_id,
            BillRow.fingerprint,
        )
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == BillRow.id)
        .outerjoin(HeldBillRow, HeldBillRow.bill_id == BillRow.id)
        .where(
            BillRow.run_id == run_id,
            BillIssueRow.bill_id.is_(None),
            HeldBillRow.bill_id.is_(None) | HeldBillRow.accepted_by.is_not(None),
        )
        .order_by(BillRow.account_id, BillRow.service_point_id, BillRow.period_start)
    )


def _waiting(row: Any) -> Waiting:
    id_, account_id, supply_id, point_id, supply_class, revision, start, end, *rest = row
    period = Period(start, end)
    return Waiting(
        id_, account_id, supply_id, point_id, SupplyClass(supply_class), revision, period, *rest
    )


def add_issues(session: Session, bills: Sequence[IssuedBill]) -> None:
    """Make drafts documents: each has its number, its day of issue and its due day."""
    rows = [
        {
            "bill_id": bill.id,
            "number": bill.number,
            "issued_on": bill.issued_on,
            "due_on": bill.due_on,
        }
        for bill in bills
    ]
    add_rows(session, BillIssueRow, rows)


_SAME = (
    "account_id",
    "supply_id",
    "service_point_id",
    "supply_class",
    "revision",
    "period_start",
    "period_end",
    "days",
    "is_estimated",
)


def add_reversal(
    session: Session, bill: IssuedBill, *, number: str, on: date, reason: str
) -> IssuedBill:
    """Add the document that cancels a bill: everything it asked for, turned round."""
    [id_] = next_ids(session, BillRow, 1)
    reversal = replace(
        bill,
        id=id_,
        number=number,
        kind=BillKind.REVERSAL,
        issued_on=on,
        due_on=on,
        kwh=-bill.kwh,
        amount=-bill.amount,
        tax=-bill.tax,
        run_id=None,
        reverses_id=bill.id,
    )
    original = session.get_one(BillRow, bill.id)
    session.add(
        BillRow(
            id=id_,
            run_id=None,
            kind=BillKind.REVERSAL,
            kwh=reversal.kwh,
            year_kwh=original.year_kwh - original.kwh,
            amount=reversal.amount,
            tax=reversal.tax,
            reverses_id=bill.id,
            facts={"reverses": bill.number, "reason": reason},
            **{name: getattr(original, name) for name in _SAME},
        )
    )
    session.flush()
    lines = session.scalars(select(BillLineRow).where(BillLineRow.bill_id == bill.id)).all()
    add_rows(session, BillLineRow, [_turned(line, id_) for line in lines])
    add_issues(session, [reversal])
    return reversal


def _turned(line: BillLineRow, bill_id: int) -> dict[str, Any]:
    return {
        "bill_id": bill_id,
        "no": line.no,
        "code": line.code,
        "text_en": line.text_en,
        "text_zh": line.text_zh,
        "quantity": -line.quantity,
        "unit": line.unit,
        "price": line.price,
        "amount": -line.amount,
    }


def billed_after(session: Session, bill: IssuedBill) -> list[Period]:
    """Return the periods of the service point that were billed after a bill, drafts counted."""
    query = (
        select(BillRow.period_start, BillRow.period_end)
        .where(
            BillRow.service_point_id == bill.service_point_id,
            BillRow.period_start >= bill.period.end,
            *_standing(),
        )
        .order_by(BillRow.period_start)
    )
    return [Period(start, end) for start, end in session.execute(query)]
