"""Assess customers in sets: behaviour from the books, indicators, points, grade."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from arrears import store
from arrears.behaviour import Behaviour, DueBill, month_ends, months_late_on
from arrears.credit import Assessed, Grade, Scorecard, assess
from arrears.indicators import Indicator, indicator, measure
from arrears.measure import average
from arrears.rules import InForce
from arrears.standings import months_in_arrears, protections_of
from billing import books
from billing import store as master
from billing.account import Account
from billing.ledger import Charge, ChargeKind
from billing.money import Money

BEHAVIOUR_DAYS = 365
MONTH_ENDS = 12
USAGE_DAYS = 365 + 120
"""Three months, and the same months of the year before, with the reading days between."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the books say of accounts, from which each customer's behaviour is put together."""

    accounts: Mapping[int, Account]
    charges: Mapping[int, Sequence[Charge]]
    settled: Mapping[int, Sequence[books.SettledCharge]]
    bills: Mapping[int, Sequence[tuple[date, Decimal, Money]]]
    protected: frozenset[int]


def assessed(
    session: Session, reasons: Mapping[int, str], now: InForce, *, today: date
) -> list[store.NewGrading]:
    """
    Return the assessments of customers as of a day, without keeping them.

    :param reasons: why each customer is assessed: `first`, `calendar` or an event.
    """
    behaviours = behaviour_of(session, reasons, today=today)
    previous = store.credit_standings(session, reasons)
    return [
        _grading(
            customer_id,
            behaviour,
            now,
            previous=previous[customer_id].grade if customer_id in previous else None,
            reason=reasons[customer_id],
            today=today,
        )
        for customer_id, behaviour in behaviours.items()
    ]


def behaviour_of(
    session: Session, customer_ids: Collection[int], *, today: date
) -> dict[int, Behaviour]:
    """Return how customers with accounts behaved, all their accounts together, as of a day."""
    by_customer = master.accounts_of(session, customer_ids)
    ids = [account_id for some in by_customer.values() for account_id in some]
    supplies = master.supplies_on(session, ids, today)
    facts = Facts(
        master.accounts(session, ids),
        books.open_charges(session, ids, as_of=today),
        books.payment_behaviour(
            session, ids, since=today - timedelta(days=BEHAVIOUR_DAYS), until=today
        ),
        master.monthly_bills(session, ids, since=today - timedelta(days=USAGE_DAYS), until=today),
        frozenset(one for one, some in supplies.items() if protections_of(some)),
    )
    return {
        customer_id: _behaviour(account_ids, facts, today)
        for customer_id, account_ids in by_customer.items()
    }


def indicators_from(kept: Mapping[str, Any]) -> tuple[Indicator, ...]:
    """Return the indicators that were kept with an assessment: of each, its value."""
    return tuple(
        indicator(name, None if value is None else Decimal(value)) for name, value in kept.items()
    )


def months_later(day: date, months: int) -> date:
    """Return the day so many months later; the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _grading(
    customer_id: int,
    behaviour: Behaviour,
    now: InForce,
    *,
    previous: Grade | None,
    reason: str,
    today: date,
) -> store.NewGrading:
    indicators = measure(behaviour, as_of=today)
    is_new = months_later(behaviour.customer_since, now.card.new_months) > today
    result: Assessed = assess(now.card, indicators, previous=previous, is_new=is_new)
    return store.NewGrading(
        customer_id=customer_id,
        as_of=today,
        score=result.score,
        grade=result.grade,
        tier=result.tier,
        previous=previous,
        is_new=is_new,
        reason=reason,
        scorecard_digest=now.card_digest,
        # What could not be measured isn't kept: a card takes what is absent as having no value.
        indicators={
            one.name: format(one.value, "f") for one in indicators if one.value is not None
        },
        next_on=_next_on(now.card, result, behaviour, is_new=is_new, today=today),
        months_in_arrears=behaviour.months_in_arrears,
    )


def _next_on(
    card: Scorecard, result: Assessed, behaviour: Behaviour, *, is_new: bool, today: date
) -> date:
    """Return when to assess again: by the tier's calendar, and when a new customer's year ends."""
    by_tier = months_later(today, card.months_until_next(result.tier))
    if not is_new:
        return by_tier
    return min(by_tier, months_later(behaviour.customer_since, card.new_months))


def _behaviour(account_ids: Sequence[int], facts: Facts, today: date) -> Behaviour:
    charges = [charge for one in account_ids for charge in facts.charges.get(one, ())]
    year_ago = today - timedelta(days=BEHAVIOUR_DAYS)
    bills = _bills(account_ids, facts, year_ago)
    usage: dict[date, Decimal] = {}
    for one in account_ids:
        for ended_on, kwh, _ in facts.bills.get(one, ()):
            usage[ended_on] = usage.get(ended_on, Decimal(0)) + kwh
    amounts = [
        amount
        for one in account_ids
        for ended_on, _, amount in facts.bills.get(one, ())
        if ended_on > year_ago
    ]
    return Behaviour(
        customer_since=min(facts.accounts[one].opened_on for one in account_ids),
        bills=bills,
        overdue=sum(charge.open for charge in charges if charge.due_on < today),
        months_in_arrears=months_in_arrears(charges, today),
        average_bill=average(amounts),
        monthly_kwh=tuple(sorted(usage.items())),
        is_protected=not facts.protected.isdisjoint(account_ids),
        months_late=months_late_on(bills, month_ends(today, MONTH_ENDS)),
    )


def _bills(account_ids: Sequence[int], facts: Facts, year_ago: date) -> tuple[DueBill, ...]:
    """Return the bills due within the year, and before them what older ones are still open."""
    older = [
        DueBill(charge.due_on, None, is_returned=False, amount=charge.open)
        for one in account_ids
        for charge in facts.charges.get(one, ())
        if charge.kind is ChargeKind.ENERGY and charge.due_on < year_ago and charge.open > 0
    ]
    return (
        *older,
        *(
            DueBill(settled.due_on, settled.settled_on, settled.is_returned, settled.amount)
            for one in account_ids
            for settled in facts.settled.get(one, ())
        ),
    )
