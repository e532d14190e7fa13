"""What capacity rests, since when, and when it has to be in use again by the market's law."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

import meters.store
from billing import store
from billing.resting import may_rest_until, rests_of
from config.in_force import market_on


@dataclass(frozen=True, slots=True)
class Rest:
    """
    Capacity of an account that rests at a service point.

    `until` is the day on which it has to be in use again at the latest; none if no law says so.
    """

    account: str
    service_point: str
    since: date
    kva: Decimal
    until: date | None
    is_over: bool


def resting(
    session: Session, *, today: date, account_ids: Collection[int] | None = None
) -> list[Rest]:
    """
    Return what capacity rests today or will, of some accounts or of all, the oldest first.

    :raises dated.NothingInForceError: if no market's law is in force.
    """
    supplies = store.supplies_resting(session, account_ids)
    law = market_on(session, today).suspension
    whose = store.accounts(session, {one.account_id for one in supplies})
    points = meters.store.service_points(session, {one.service_point_id for one in supplies})
    all_of = store.supplies_of(session, whose)
    found = []
    for one in supplies:
        here = [
            each for each in all_of[one.account_id] if each.service_point_id == one.service_point_id
        ]
        *before, now = rests_of(here, today=today)
        until = None
        if law is not None:
            until = may_rest_until(before, now.start, months_max=law.months_a_year_max)
        assert one.suspended_kva is not None, "it was looked for"
        number, point = whose[one.account_id].number, points[one.service_point_id].number
        is_over = until is not None and until < today
        found.append(Rest(number, point, now.start, one.suspended_kva, until, is_over))
    return sorted(found, key=lambda one: (one.since, one.account, one.service_point))
