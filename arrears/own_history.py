"""The supplier's own customers as samples: how they behaved up to a month's end, and what came."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from arrears.assessing import behaviour_of, months_later
from arrears.behaviour import MONTH_DAYS, DueBill, month_ends
from arrears.card_debt import Sample
from billing import books
from billing import store as master
from config.database import in_chunks

AT_ONCE = 2_000
HORIZON_MONTHS = 3
"""So long after the day of a sample it is looked whether the customer failed."""
FAILS_AT_MONTHS = 2
"""Begun months late that are a failure: more than thirty days (product default)."""


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """Samples of older months, to learn from, and of months that a card must not have seen."""

    seen: tuple[Sample, ...]
    unseen: tuple[Sample, ...]
    seen_days: tuple[date, ...]
    unseen_days: tuple[date, ...]


def days_of(until: date, *, months: int, unseen: int) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """
    Return the month ends to learn from and those to judge on, oldest first.

    Between them lies the horizon: what became of the last customers to learn from was known
    before the first day on which others are judged, or the card would have seen into the future.

    :param until: the newest day of which the books know; the last sample ends its horizon there.
    """
    last = months_later(until, -HORIZON_MONTHS)
    ends = month_ends(last, months + HORIZON_MONTHS + unseen + 1)[1:]
    judged = ends[:unseen][::-1]
    learnt = ends[unseen + HORIZON_MONTHS - 1 : unseen + HORIZON_MONTHS - 1 + months][::-1]
    return tuple(learnt), tuple(judged)


def own_history(session: Session, *, until: date, months: int, unseen: int) -> OwnHistory:
    """
    Return the supplier's customers as samples, from what the books said on each month's end.

    A customer has failed who within three months after the day was more than thirty days late
    with a bill that wasn't so late before. Who is so late already, or was never billed, is left
    out: there is nothing to foretell.
    """
    learnt, judged = days_of(until, months=months, unseen=unseen)
    return OwnHistory(
        tuple(one for day in learnt for one in _samples(session, day)),
        tuple(one for day in judged for one in _samples(session, day)),
        learnt,
        judged,
    )


def _samples(session: Session, day: date) -> Iterator[Sample]:
    accounts = master.accounts(session, master.account_ids(session))
    here = sorted({one.customer_id for one in accounts.values() if one.opened_on <= day})
    customers = master.customers(session, here)
    for some in in_chunks(here, AT_ONCE):
        behaviours = {
            key: one
            for key, one in behaviour_of(session, some, today=day).items()
            if one.bills and one.months_late[0] < FAILS_AT_MONTHS
        }
        failed = _failed(session, behaviours, day)
        for key, behaviour in behaviours.items():
            yield Sample(f"{customers[key].number} {day}", behaviour, day, key in failed, {})


def _failed(session: Session, customer_ids: Collection[int], day: date) -> set[int]:
    """Return the customers who became late within the horizon, as the books say at its end."""
    end = months_later(day, HORIZON_MONTHS)
    by_customer = master.accounts_of(session, customer_ids)
    ids = [one for some in by_customer.values() for one in some]
    met = books.payment_behaviour(
        session, ids, since=day - timedelta(days=FAILS_AT_MONTHS * MONTH_DAYS), until=end
    )
    return {
        key
        for key, some in by_customer.items()
        if any(
            _was_late(DueBill(one.due_on, one.settled_on, one.is_returned), day, end)
            for account_id in some
            for one in met.get(account_id, ())
        )
    }


def _was_late(bill: DueBill, day: date, end: date) -> bool:
    """Test whether a bill passed thirty days overdue after the day and not after the end."""
    passed = bill.due_on + timedelta(days=MONTH_DAYS * (FAILS_AT_MONTHS - 1) + 1)
    return day < passed <= end and (bill.settled_on is None or bill.settled_on >= passed)
