"""Whether a statement's bookings lead from its opening balance to its closing one."""

from collections.abc import Sequence
from datetime import date

from billing.formats.camt import Message, Statement

_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def out_of_balance(statement: Statement) -> str | None:
    """Return in what a statement contradicts itself, or breaks off; none if it doesn't."""
    opening = [one for code in _OPENING for one in statement.balances if one.code == code]
    closing = [one for one in statement.balances if one.code in _CLOSING]
    named = f"statement {statement.id or 'without a number'} of account {statement.account}"
    if statement.is_swift and statement.message is Message.STATEMENT and opening and not closing:
        return f"{named} has no closing balance: it may have broken off"
    if not opening or not closing:
        return None
    first, last = opening[0], closing[-1]
    if first.currency != last.currency:
        return f"{named} opens in {first.currency} and closes in {last.currency}"
    booked = [one for one in statement.bookings if one.is_booked]
    moved = sum(one.amount if one.is_credit else -one.amount for one in booked)
    off = last.amount - first.amount - moved
    if not off:
        return None
    return (
        f"{named} opens with {first.amount}, moves {moved} and closes with {last.amount}: "
        f"{abs(off)} {'is missing' if off > 0 else 'is too much'}"
    )


def told_until(statements: Sequence[Statement]) -> date | None:
    """Return the last day up to which statements tell of each account, if all of them say one."""
    of_each: dict[str, list[date | None]] = {}
    for one in statements:
        of_each.setdefault(one.account, []).append(one.until)
    newest = [max((day for day in days if day), default=None) for days in of_each.values()]
    days = [day for day in newest if day is not None]
    return min(days) if days and len(days) == len(newest) else None
