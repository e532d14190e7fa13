"""Discounts for paying early: what bills offer, and what came of it. A store of the books."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from billing.bill import IssuedBill
from billing.discount import Offer, TakenOn, discount_of, last_day
from billing.energy import KWH
from billing.ledger import Book, ChargeKind
from billing.money import Money
from billing.policy import policy_if_any
from billing.tables import AccountTermRow, BillLineRow, ChargeRow, DiscountOfferRow, EntryRow
from config.almanac import calendar_named
from config.database import add_rows, among, in_chunks
from config.in_force import market_on

_UNDONE = aliased(EntryRow)
_OFFER = (
    DiscountOfferRow.charge_id,
    DiscountOfferRow.bill_id,
    DiscountOfferRow.account_id,
    DiscountOfferRow.percent,
    DiscountOfferRow.until,
    DiscountOfferRow.amount,
)
# Money that counts from a later day settles the bill and earns nothing.
_CAME_LATE = (
    select(EntryRow.id)
    .outerjoin(_UNDONE, _UNDONE.reverses_id == EntryRow.id)
    .where(
        EntryRow.charge_id == DiscountOfferRow.charge_id,
        EntryRow.debit == Book.ON_ACCOUNT,
        EntryRow.credit == Book.RECEIVABLE,
        EntryRow.reverses_id.is_(None),
        _UNDONE.id.is_(None),
        EntryRow.value_on > DiscountOfferRow.until,
    )
)


class Granted(NamedTuple):
    """
    A discount that was earned: a document of its own, as immutable as the entry that it is.

    `taken_back_on` is the day on which the money that had earned it was gone again.
    """

    number: str
    amount: Money
    posted_on: date
    value_on: date
    payment_id: int
    taken_back_on: date | None


def taken_on(session: Session, day: date) -> TakenOn | None:
    """Return what discounts are taken on by the billing policy of a day; none if none are given."""
    policy = policy_if_any(session, day)
    return None if policy is None else policy.discount_on


def offer(session: Session, bills: Sequence[IssuedBill], *, posted_on: date) -> None:
    """Keep what bills that were just posted offer to whoever pays early, by the account's terms."""
    on = taken_on(session, posted_on)
    terms = {} if on is None else _terms(session, {bill.account_id for bill in bills}, posted_on)
    offering_ = [bill for bill in bills if bill.account_id in terms and bill.amount > 0]
    if not offering_:
        return
    charges = _charges(session, [bill.id for bill in offering_])
    energy = _energy(session, [bill.id for bill in offering_]) if on is TakenOn.ENERGY else {}
    due = market_on(session, posted_on).due
    calendar = calendar_named(market_on(session, posted_on).calendar)
    rows = []
    for bill in offering_:
        percent, days = terms[bill.account_id]
        base = bill.amount if on is TakenOn.BILL else min(bill.amount, energy.get(bill.id, 0))
        until = min(due.rolled(last_day(bill.issued_on, days), calendar), bill.due_on)
        amount = discount_of(base, percent)
        made = Offer(charges[bill.id], bill.id, bill.account_id, percent, until, amount)
        if 0 < amount < bill.amount:
            rows.append({column.key: getattr(made, column.key) for column in _OFFER})
    add_rows(session, DiscountOfferRow, rows)


def offers_of(session: Session, account_ids: Collection[int]) -> dict[int, dict[int, Offer]]:
    """Return what can still be earned on open charges of the accounts, by account and charge."""
    found: dict[int, dict[int, Offer]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = (
            select(*_OFFER)
            .join(ChargeRow, ChargeRow.id == DiscountOfferRow.charge_id)
            .where(
                among(DiscountOfferRow.account_id, some), ChargeRow.open > 0, ~_CAME_LATE.exists()
            )
        )
        for row in session.execute(query):
            one = Offer(*row)
            found.setdefault(one.account_id, {})[one.charge_id] = one
    return found


def offering(session: Session, since: Mapping[int, date]) -> set[int]:
    """Return the accounts that had a discount to earn on their day, or later."""
    found: set[int] = set()
    for some in in_chunks(sorted(since)):
        query = (
            select(DiscountOfferRow.account_id, func.max(DiscountOfferRow.until))
            .where(among(DiscountOfferRow.account_id, some))
            .group_by(DiscountOfferRow.account_id)
        )
        found |= {key for key, until in session.execute(query) if until >= since[key]}
    return found


def offers_on_bills(session: Session, bill_ids: Collection[int]) -> dict[int, Offer]:
    """Return what each of the bills offers to whoever pays early, by the bill's id."""
    found: dict[int, Offer] = {}
    for some in in_chunks(sorted(bill_ids)):
        query = select(*_OFFER).where(among(DiscountOfferRow.bill_id, some))
        found |= {one.bill_id: one for one in (Offer(*row) for row in session.execute(query))}
    return found


def early_of(session: Session, bill_id: int) -> tuple[Offer, list[Granted]] | None:
    """Return what a bill offers to whoever pays early, and all that came of it."""
    found = offers_on_bills(session, [bill_id]).get(bill_id)
    return None if found is None else (found, granted_on(session, found.charge_id))


def granted_on(session: Session, charge_id: int) -> list[Granted]:
    """Return the discounts that a charge ever earned, the first first."""
    query = (
        select(EntryRow, _UNDONE.posted_on)
        .outerjoin(_UNDONE, _UNDONE.reverses_id == EntryRow.id)
        .where(
            EntryRow.charge_id == charge_id,
            EntryRow.debit == Book.DISCOUNT,
            EntryRow.reverses_id.is_(None),
        )
        .order_by(EntryRow.id)
    )
    return [
        Granted(
            number_of(row.id), row.amount, row.posted_on, row.value_on, row.payment_id or 0, back_on
        )
        for row, back_on in session.execute(query)
    ]


def number_of(entry_id: int) -> str:
    """Return the number of the document that a discount is."""
    return f"Z{entry_id:09d}"


def _terms(
    session: Session, account_ids: Collection[int], day: date
) -> dict[int, tuple[Decimal, int]]:
    """Return the percentage and the days that accounts have agreed on, if they have."""
    found: dict[int, tuple[Decimal, int]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = (
            select(
                AccountTermRow.account_id,
                AccountTermRow.discount_percent,
                AccountTermRow.discount_days,
            )
            .where(among(AccountTermRow.account_id, some), AccountTermRow.starts_on <= day)
            .order_by(AccountTermRow.starts_on)
        )
        # The newest terms come last, and so are what is kept.
        found |= {key: (percent, days) for key, percent, days in session.execute(query)}
    return {key: agreed for key, agreed in found.items() if agreed[0]}


def _charges(session: Session, bill_ids: Collection[int]) -> dict[int, int]:
    return _by_bill(
        session,
        select(ChargeRow.bill_id, ChargeRow.id).where(ChargeRow.kind == ChargeKind.ENERGY),
        ChargeRow.bill_id,
        bill_ids,
    )


def _energy(session: Session, bill_ids: Collection[int]) -> dict[int, Money]:
    """Return what the lines of bills come to that are by the kWh."""
    query = select(BillLineRow.bill_id, func.sum(BillLineRow.amount)).where(BillLineRow.unit == KWH)
    return _by_bill(session, query.group_by(BillLineRow.bill_id), BillLineRow.bill_id, bill_ids)


def _by_bill(session: Session, query: Any, column: Any, ids: Collection[int]) -> dict[int, int]:
    return {
        key: int(value)
        for some in in_chunks(sorted(ids))
        for key, value in session.execute(query.where(among(column, some)))
    }
