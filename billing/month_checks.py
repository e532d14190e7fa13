"""What must always hold of months and of the past; a part of `billing.invariants`."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from billing import lookback, months
from billing.ledger import Book
from billing.money import show
from billing.month import control_totals, month_of
from config.finding import Finding

SAMPLED = 6
"""Past days, spread over the books' life, on which what was open is compared with the ledger."""


def _months_are_as_closed(session: Session) -> Iterator[Finding]:
    """A closed month comes to what it was closed with."""
    for month, act in months.newest_acts(session).items():
        if not act.is_closed:
            continue
        before = lookback.movements(session, until=month.first)
        within = lookback.movements(session, since=month.first, until=month.end)
        now = control_totals(before, within)
        if now == act.totals:
            continue
        books = sorted(now.books.keys() | act.totals.books.keys())
        differing = [book for book in books if now.books.get(book) != act.totals.books.get(book)]
        yield Finding(
            "a closed month is as it was closed",
            f"month {month}",
            f"it was closed by {act.done_by} on {act.done_on} with {act.totals.entries} entries "
            f"and now has {now.entries}; the totals of {', '.join(differing) or 'no book'} differ",
        )


def _past_days_agree(session: Session) -> Iterator[Finding]:
    """What was open on past days, account by account, is what stood on the receivable then."""
    for day in _sampled(session):
        charges = lookback.open_on(session, None, as_of=day)
        opened = {key: sum(one.open for one in own) for key, own in charges.items()}
        stood = lookback.balances(session, Book.RECEIVABLE, None, as_of=day)
        for key in sorted(opened.keys() | stood.keys()):
            if opened.get(key, 0) != -stood.get(key, 0):
                yield Finding(
                    "what was open on a past day is the receivable of that day",
                    f"account {key} on {day}",
                    f"{show(opened.get(key, 0))} was open and {show(-stood.get(key, 0))} stood "
                    f"on the receivable",
                )


def _sampled(session: Session) -> list[date]:
    """Return the ends of months and some days between, evenly over the books' life."""
    first, newest = lookback.first_posting(session), lookback.newest_posting(session)
    if first is None or newest is None:
        return []
    span = (newest - first).days
    days = {first + (newest - first) * at // SAMPLED for at in range(1, SAMPLED)}
    return sorted({first, newest, *days, min(newest, month_of(first).last)}) if span else [first]


CHECKS = {
    months.ALL_SEALED: months.unsealed,
    "a closed month is as it was closed": _months_are_as_closed,
    "what was open on a past day is the receivable of that day": _past_days_agree,
}
