"""What a credit file says of a customer on a day, as part of his behavior."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import TypedDict

from arrears.behaviour import CreditReport, Event, Ratios
from arrears.credit_file import EVENTS, FileItem, ItemKind, cover, holding
from arrears.file_facts import Statement, report_of, statement_of
from arrears.measure import share
from billing.money import Money


class Filed(TypedDict, total=False):
    """The parts of a behavior that a file fills."""

    report: CreditReport | None
    ratios: Ratios | None
    security: Money
    events: tuple[tuple[Event, date], ...]
    is_blacklisted: bool


def filed(
    items: Sequence[FileItem], broken: Collection[date], *, deposits: Money, on: date
) -> Filed:
    """
    Return what a file says on a day.

    :param broken: the days on which promises to pay were broken.
    """
    promises = tuple((Event.BROKEN_PROMISE, day) for day in broken)
    if not items:
        return {"security": deposits, "events": promises}
    here = {item.kind: item for item in holding(items, on=on)}
    statement, report = here.get(ItemKind.STATEMENT), here.get(ItemKind.CREDIT_REPORT)
    happened = tuple(
        (Event(item.kind), item.holds_from)
        for item in items
        if item.kind in EVENTS and item.holds_from <= on
    )
    return {
        "report": None if report is None else report_of(report),
        "ratios": None if statement is None else ratios_of(statement_of(statement)),
        "security": deposits + cover(items, on=on),
        "events": (*happened, *promises),
        "is_blacklisted": ItemKind.BLACKLISTING in here,
    }


def ratios_of(one: Statement) -> Ratios:
    """Return what a statement comes to; a ratio without both of its figures has no value."""
    debt = current = profit = None
    if one.total_assets and one.total_assets > 0 and one.total_liabilities is not None:
        debt = share(one.total_liabilities, one.total_assets)
    if one.current_liabilities and one.current_liabilities > 0 and one.current_assets is not None:
        current = share(one.current_assets, one.current_liabilities)
    if one.revenue and one.revenue > 0 and one.profit is not None:
        profit = share(one.profit, one.revenue)
    return Ratios(debt, current, profit)
