"""What flows into a credit file by itself: changes of a customer's service, and how he pays."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from arrears import lateness, paying
from arrears.behaviour import Behaviour
from arrears.indicators import Indicator, measure
from billing import store as master
from billing.supply import Supply
from meters import store as points

TERMS = (
    "supply_class",
    "tariff",
    "contracted_kw",
    "capacity_kva",
    "suspended_kva",
    "household_size",
    "payment_mode",
    "protection",
)
"""What of a supply is a change of service when it changes."""


class Turn(StrEnum):
    """What happened to a service."""

    BEGUN = "service_begun"
    CHANGED = "service_changed"
    ENDED = "service_ended"


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A day on which a service began, ended or changed: of what from what to what."""

    on: date
    service_point_id: int
    what: Turn
    changed: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class FlowedIn:
    """The changes of service up to a day with their points' numbers, and how the bills are paid."""

    services: tuple[tuple[str, ServiceChange], ...]
    paying: tuple[Indicator, ...]


def flowed_in(
    session: Session, customer_id: int, behaviour: Behaviour | None, *, as_of: date
) -> FlowedIn:
    """Return what billing knows of a customer on a day, the newest change of service first."""
    accounts = master.accounts_of(session, [customer_id]).get(customer_id, [])
    supplies = [one for some in master.supplies_of(session, accounts).values() for one in some]
    found = points.service_points(session, {one.service_point_id for one in supplies})
    services = tuple(
        (found[one.service_point_id].number, one) for one in service_changes(supplies, until=as_of)
    )
    names = {**paying.MEASURES, **lateness.MEASURES}
    paid = () if behaviour is None else measure(behaviour, as_of=as_of, names=names)
    return FlowedIn(services, paid)


def service_changes(supplies: Collection[Supply], *, until: date) -> list[ServiceChange]:
    """Return the changes of service up to a day, the newest first."""
    by_point: dict[int, list[Supply]] = {}
    for one in sorted(supplies, key=lambda one: (one.starts_on, one.id)):
        by_point.setdefault(one.service_point_id, []).append(one)
    found = [each for some in by_point.values() for each in _at_point(some)]
    known = [one for one in found if one.on <= until]
    return sorted(known, key=lambda one: (one.on, one.service_point_id), reverse=True)


def _at_point(supplies: list[Supply]) -> Iterator[ServiceChange]:
    first, last = supplies[0], supplies[-1]
    yield ServiceChange(first.starts_on, first.service_point_id, Turn.BEGUN)
    for before, after in pairwise(supplies):
        if before.ends_on == after.starts_on:
            changed = tuple(
                (name, was, now)
                for name in TERMS
                if (was := getattr(before, name)) != (now := getattr(after, name))
            )
            if changed:
                yield ServiceChange(after.starts_on, after.service_point_id, Turn.CHANGED, changed)
        elif before.ends_on is not None:
            yield ServiceChange(before.ends_on, before.service_point_id, Turn.ENDED)
            yield ServiceChange(after.starts_on, after.service_point_id, Turn.BEGUN)
    if last.ends_on is not None:
        yield ServiceChange(last.ends_on, last.service_point_id, Turn.ENDED)
