"""Assess customers in sets: behaviour from the books, indicators, points, grade."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

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
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.supply import Supply

T = TypeVar("T")

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
    by_customer = master.openings(session, customer_ids)
    ids = [account_id for some in by_customer.values() for account_id, _ in some]
    facts = Facts(
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
        customer_id: _behaviour(customer_id, opened, facts, today)
        for customer_id, opened in by_customer.items()
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
    customer_id: int, opened: Sequence[tuple[int, date]], facts: Facts, today: date
) -> Behaviour:
    ids = [account_id for account_id, _ in opened]
    year_ago = today - timedelta(days=BEHAVIOUR_DAYS)
    charges = _of(ids, facts.charges)
    bills = _bills(charges, _of(ids, facts.settled), year_ago)
    billed = _of(ids, facts.bills)
    supplies, broken = _of(ids, facts.supplies), _of(ids, facts.broken)
    deposits = sum([facts.deposits.get(one, 0) for one in ids])
    return Behaviour(
        customer_since=min(opened_on for _, opened_on in opened),
        bills=bills,
        overdue=sum([charge.open for charge in charges if charge.due_on < today]),
        months_in_arrears=months_in_arrears(charges, today) if charges else 0,
        average_bill=average([amount for ended_on, _, amount in billed if ended_on > year_ago]),
        monthly_kwh=_usage(billed),
        is_protected=bool(protections_of(supplies)),
        months_late=months_late_on(bills, month_ends(today, MONTH_ENDS)),
        broken_plans=sum([day > year_ago for day in broken]),
        capacity_kva=_capacity(supplies),
        classes=frozenset([one.supply_class for one in supplies]),
        **filed(facts.files.get(customer_id, ()), broken, deposits=deposits, on=today),
    )


def _of(account_ids: Sequence[int], facts: Mapping[int, Sequence[T]]) -> Sequence[T]:
    """Return the facts of accounts, one after the other; nearly everybody has one account."""
    if len(account_ids) == 1:
        return facts.get(account_ids[0], ())
    return [one for key in account_ids for one in facts.get(key, ())]


def _usage(bills: Sequence[tuple[date, Decimal, Money]]) -> tuple[tuple[date, Decimal], ...]:
    """Return the usage of each period by its end, all supplies together, in order."""
    usage = {ended_on: kwh for ended_on, kwh, _ in bills}
    if len(usage) < len(bills):
        usage = dict.fromkeys(usage, Decimal(0))
        for ended_on, kwh, _ in bills:
            usage[ended_on] += kwh
    return tuple(sorted(usage.items()))


def _capacity(supplies: Sequence[Supply]) -> Decimal | None:
    known = [one.capacity_kva for one in supplies if one.capacity_kva is not None]
    return sum(known, Decimal(0)) if known else None


def _bills(
    charges: Sequence[Charge], settled: Sequence[books.SettledCharge], year_ago: date
) -> tuple[DueBill, ...]:
    """Return the bills due within the year, and before them what older ones are still open."""
    found = [
        DueBill(charge.due_on, None, is_returned=False, amount=charge.open)
        for charge in charges
        if charge.kind is ChargeKind.ENERGY and charge.due_on < year_ago and charge.open > 0
    ]
    found += [
        DueBill(due_on, settled_on, is_returned, amount)
        for _, due_on, amount, settled_on, is_returned in settled
    ]
    return tuple(found)
