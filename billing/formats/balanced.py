"""Whether statements' bookings lead from their opening balances to their closing ones."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from billing.formats.camt import Balance, Message, Statement

_INTERIM = "ITBD"


def ends(statement: Statement) -> tuple[Balance | None, Balance | None]:
    """
    Return with what balance a statement opens and closes, as far as it says.

    A page of a longer one ends, or begins, in an interim balance (ISO 20022, `ITBD`).
    """
    of = {code: [one for one in statement.balances if one.code == code] for code in _CODES}
    opening, closing, interim = of["OPBD"] or of["PRCD"], of["CLBD"], of[_INTERIM]
    if not opening and (closing or len(interim) > 1):
        opening, interim = interim[:1], interim[1:]
    closing = closing or (interim if opening else [])
    return (opening[0] if opening else None), (closing[-1] if closing else None)


def doubts(statements: Sequence[Statement]) -> list[str]:
    """Return in what statements contradict themselves, break off, or leave one out between."""
    found = [what for one in statements if (what := out_of_balance(one)) is not None]
    return [*found, *_gaps(statements)]


def out_of_balance(statement: Statement) -> str | None:
    """Return in what a statement contradicts itself, or breaks off; none if it doesn't."""
    first, last = ends(statement)
    named = f"statement {statement.id or 'without a number'} of account {statement.account}"
    if statement.is_swift and statement.message is Message.STATEMENT and first and not last:
        return f"{named} has no closing balance: it may have broken off"
    if first is None or last is None:
        return None
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


def identity(statement: Statement) -> str:
    """
    Return what a statement that tells all is known again by, whatever file it comes in.

    That is its account, its last day, and between which balances its bookings lead; nothing of one
    that lacks any of them, moves nothing or doesn't add up.
    """
    first, last = ends(statement)
    if first is None or last is None or statement.until is None or first.amount == last.amount:
        return ""
    if out_of_balance(statement) is not None:
        return ""
    amounts = f"{first.amount.normalize():f} {last.amount.normalize():f} {last.currency}"
    return f"{statement.account} {statement.until} {amounts}"


def _gaps(statements: Sequence[Statement]) -> Iterator[str]:
    """
    Yield for each account with what balance a statement opens at which no other one closes.

    The first of a file opens so. Statements may stand in any order, and one may come twice.
    """
    accounts: dict[tuple[str, str], dict[tuple[Decimal, Decimal], None]] = {}
    for one in statements:
        first, last = ends(one)
        if first is not None and last is not None:
            of = accounts.setdefault((one.account, first.currency), {})
            of[first.amount, last.amount] = None
    for (account, _), pairs in accounts.items():
        opened = Counter(first for first, _ in pairs)
        opened.subtract(last for _, last in pairs)
        lonely = [amount for amount, times in opened.items() for _ in range(times)]
        for amount in lonely[1:]:
            yield (
                f"of account {account}, a statement opens with {amount}, and none closes so: one "
                f"may be missing between"
            )


def told_until(statements: Sequence[Statement]) -> date | None:
    """Return the last day up to which statements tell of each account, if all of them say one."""
    of_each: dict[str, list[date | None]] = {}
    for one in statements:
        of_each.setdefault(one.account, []).append(one.until)
    newest = [max((day for day in days if day), default=None) for days in of_each.values()]
    days = [day for day in newest if day is not None]
    return min(days) if days and len(days) == len(newest) else None


_CODES = ("OPBD", "PRCD", "CLBD", _INTERIM)
