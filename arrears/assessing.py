"""Assess customers in sets: behaviour from the books, indicators, points, grade."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from arrears import store
from arrears.behaviour import Behaviour, DueBill, month_ends, months_late_on
from arrears.case import Grading
from arrears.credit import Assessed, Grade, Scorecard, Tier, tier_of
from arrears.credit_file import FileItem
from arrears.filing import filed
from arrears.grading import assess, graded
from arrears.indicators import Indicator, indicator, measure, values_of
from arrears.measure import average, share
from arrears.rules import InForce
from arrears.standings import months_in_arrears, protections_of
from billing import books
from billing import store as master
from billing.account import Account
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.supply import Supply

BEHAVIOUR_DAYS = 365
MONTH_ENDS = 12
PEERS = "peer_percentile"
FEWEST_PEERS = 10
MOST_PEERS = 200
"""Among so many peers a customer's place is sure to a few hundredths."""
USAGE_DAYS = 365 + 120
"""Three months, and the same months of the year before, with the reading days between."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the books say of accounts, from which each customer's behaviour is put together."""

    accounts: Mapping[int, Account]
    charges: Mapping[int, Sequence[Charge]]
    settled: Mapping[int, Sequence[books.SettledCharge]]
    bills: Mapping[int, Sequence[tuple[date, Decimal, Money]]]
    supplies: Mapping[int, Sequence[Supply]]
    deposits: Mapping[int, Money]
    broken: Mapping[int, Sequence[date]]
    files: Mapping[int, Sequence[FileItem]]


def assessed(
    session: Session, reasons: Mapping[int, str], now: InForce, *, today: date
) -> list[store.NewGrading]:
    """
    Return the assessments of customers as of a day, without keeping them.

    :param reasons: why each customer is assessed: `first`, `calendar` or an event.
    """
    behaviours = with_peers(session, behaviour_of(session, reasons, today=today), now, today)
    adjustments = store.adjustments_on(session, reasons, today)
    previous = store.credit_standings(session, reasons)
    return [
        _grading(
            customer_id,
            behaviour,
            now,
            previous=previous[customer_id].grade if customer_id in previous else None,
            adjustment=adjustments.get(customer_id),
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
    facts = Facts(
        master.accounts(session, ids),
        books.open_charges(session, ids, as_of=today),
        books.payment_behaviour(
            session, ids, since=today - timedelta(days=BEHAVIOUR_DAYS), until=today
        ),
        master.monthly_bills(session, ids, since=today - timedelta(days=USAGE_DAYS), until=today),
        master.supplies_on(session, ids, today),
        books.deposits_held(session, ids, as_of=today),
        store.broken_on(session, ids, until=today),
        store.file_items(session, customer_ids, as_of=today),
    )
    return {
        customer_id: _behaviour(customer_id, account_ids, facts, today)
        for customer_id, account_ids in by_customer.items()
    }


def with_peers(
    session: Session, behaviours: Mapping[int, Behaviour], now: InForce, today: date
) -> dict[int, Behaviour]:
    """
    Return behaviours with their place among peers, for whom the card in force looks at it.

    Peers are of a customer's industry, where there are enough, else of the class of the supply;
    a sample of them is measured by the same rules.
    """
    wanted = [
        key for key, one in behaviours.items() if PEERS in _card_of(one, now.card, today).looks_at
    ]
    if not wanted:
        return dict(behaviours)
    delays: dict[str, list[Decimal]] = {}
    found = dict(behaviours)
    for key, groups in master.peer_groups(session, wanted, on=today).items():
        for group in groups:
            if group not in delays:
                delays[group] = _delays(session, group, today)
        peers = next((delays[one] for one in groups if len(delays[one]) >= FEWEST_PEERS), None)
        found[key] = replace(found[key], peer_share=_share_of(found[key], peers, today))
    return found


def _card_of(behaviour: Behaviour, card: Scorecard, today: date) -> Scorecard:
    is_new = months_later(behaviour.customer_since, card.new_months) > today
    return card.card_for(behaviour, is_new=is_new)


def _delays(session: Session, group: str, today: date) -> list[Decimal]:
    """Return by how many days a sample of a group pays late, by money."""
    sample = master.peers(session, group, on=today, most=MOST_PEERS)
    behaviours = behaviour_of(session, sample, today=today)
    return [delay for one in behaviours.values() if (delay := _delay(one, today)) is not None]


def _delay(behaviour: Behaviour, today: date) -> Decimal | None:
    return measure(behaviour, as_of=today, names=("days_beyond_terms",))[0].value


def _share_of(behaviour: Behaviour, peers: Sequence[Decimal] | None, today: date) -> Decimal | None:
    own = _delay(behaviour, today)
    if own is None or peers is None:
        return None
    return share(sum(other >= own for other in peers), len(peers))


def indicators_from(kept: Mapping[str, Any]) -> tuple[Indicator, ...]:
    """Return the indicators that were kept with an assessment: of each, its value."""
    return tuple(
        indicator(name, None if value is None else Decimal(value)) for name, value in kept.items()
    )


def worked_out(card: Scorecard, kept: Grading) -> Assessed:
    """Return a kept assessment worked out again by the card of the file that it names."""
    return assess(
        card.named(kept.card),
        indicators_from(kept.indicators),
        previous=None if kept.previous is None else Grade(kept.previous),
        is_new=kept.is_new,
        adjusted=kept.adjusted,
    )


@lru_cache(maxsize=4096)
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
    adjustment: store.Adjustment | None,
    reason: str,
    today: date,
) -> store.NewGrading:
    values = values_of(behaviour, as_of=today)
    is_new = months_later(behaviour.customer_since, now.card.new_months) > today
    card = now.card.card_for(behaviour, is_new=is_new)
    notches = 0 if adjustment is None else adjustment.notches
    score, grade = graded(card, values, previous=previous, is_new=is_new, adjusted=notches)
    tier = tier_of(grade)
    return store.NewGrading(
        customer_id=customer_id,
        as_of=today,
        score=score,
        grade=grade,
        tier=tier,
        previous=previous,
        is_new=is_new,
        reason=reason,
        scorecard_digest=now.card_digest,
        # What could not be measured isn't kept: a card takes what is absent as having no value.
        indicators={name: format(value, "f") for name, value in values.items()},
        next_on=_next_on(card, tier, behaviour, adjustment, is_new=is_new, today=today),
        months_in_arrears=behaviour.months_in_arrears,
        card=card.key,
        adjusted=notches,
    )


def _next_on(
    card: Scorecard,
    tier: Tier,
    behaviour: Behaviour,
    adjustment: store.Adjustment | None,
    *,
    is_new: bool,
    today: date,
) -> date:
    """
    Return when to assess again: by the tier's calendar.

    A new customer is assessed anew when the first year ends, an adjusted one when that ends.
    """
    days = [months_later(today, card.months_until_next(tier))]
    if is_new:
        days.append(months_later(behaviour.customer_since, card.new_months))
    if adjustment is not None:
        days.append(adjustment.ends_on + timedelta(days=1))
    return min(days)


def _behaviour(
    customer_id: int, account_ids: Sequence[int], facts: Facts, today: date
) -> Behaviour:
    charges = [charge for one in account_ids for charge in facts.charges.get(one, ())]
    year_ago = today - timedelta(days=BEHAVIOUR_DAYS)
    bills = _bills(account_ids, facts, year_ago)
    usage: dict[date, Decimal] = {}
    amounts: list[Money] = []
    for one in account_ids:
        for ended_on, kwh, amount in facts.bills.get(one, ()):
            usage[ended_on] = usage[ended_on] + kwh if ended_on in usage else kwh
            if ended_on > year_ago:
                amounts.append(amount)
    supplies = [one for key in account_ids for one in facts.supplies.get(key, ())]
    broken = [day for one in account_ids for day in facts.broken.get(one, ())]
    file = facts.files.get(customer_id, ())
    deposits = sum(facts.deposits.get(one, 0) for one in account_ids)
    return Behaviour(
        customer_since=min(facts.accounts[one].opened_on for one in account_ids),
        bills=bills,
        overdue=sum(charge.open for charge in charges if charge.due_on < today),
        months_in_arrears=months_in_arrears(charges, today),
        average_bill=average(amounts),
        monthly_kwh=tuple(sorted(usage.items())),
        is_protected=bool(protections_of(supplies)),
        months_late=months_late_on(bills, month_ends(today, MONTH_ENDS)),
        broken_plans=sum(day > year_ago for day in broken),
        capacity_kva=_capacity(supplies),
        classes=frozenset(one.supply_class for one in supplies),
        **filed(file, broken, deposits=deposits, on=today),
    )


def _capacity(supplies: Sequence[Supply]) -> Decimal | None:
    known = [one.capacity_kva for one in supplies if one.capacity_kva is not None]
    return sum(known, Decimal(0)) if known else None


def _bills(account_ids: Sequence[int], facts: Facts, year_ago: date) -> tuple[DueBill, ...]:
    """Return the bills due within the year, and before them what older ones are still open."""
    found = [
        DueBill(charge.due_on, None, is_returned=False, amount=charge.open)
        for one in account_ids
        for charge in facts.charges.get(one, ())
        if charge.kind is ChargeKind.ENERGY and charge.due_on < year_ago and charge.open > 0
    ]
    for one in account_ids:
        found += [
            DueBill(due_on, settled_on, is_returned, amount)
            for _, due_on, amount, settled_on, is_returned in facts.settled.get(one, ())
        ]
    return tuple(found)
