"""
The bank's statements: every booking is posted, waits in suspense, or is named with what to do.

Only what is booked counts. Statements are posted (camt.053, MT940), and notifications (camt.054)
where the bank gives a reference by which the statement's booking is known again. A report of the
day so far (camt.052, MT942) is refused: it may still change.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing.formats.balanced import out_of_balance, told_until
from billing.formats.camt import (
    BadStatementError,
    Booking,
    Message,
    Statement,
    Transaction,
    parse_statements,
)
from billing.formats.mt940 import is_mt940, parse_mt940
from billing.incoming import Incoming, amount_of, words_of
from billing.money import Money, money
from billing.payment_file import MoneyFile, of_day, post_file
from billing.returns import RETURN, proposed
from config.batch import OUT_OF_BALANCE, Batch, Kind, RowVerdict, Verdict
from config.database import reading
from config.file_type import FileType
from config.in_force import market_on
from config.refusal import Problem
from config.table_file import File, open_file

BANK = "bank"
"""The channel of what a bank's statement reports."""

_NO_TRANSACTION = Transaction(None, "", "", "", "", "")
_NOT_GIVEN = ("NOTPROVIDED", "NONREF")


def take_in(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool = False,
    name: str | None = None,
    as_of: date | None = None,
) -> Batch:
    """
    Take in a bank statement: camt.053 or camt.054 in any version, or MT940.

    Money is matched by the reference, else by the account's or bill's number in the text; what
    names nobody, or more than one, goes to suspense. Money that left the account is listed as
    doubted, for a person to reverse the payment that it takes back; so is a statement whose
    bookings don't lead from its opening to its closing balance, in a row of its own after them:
    it doesn't tell all until `second_look.accept` says that it does.
    The batch's facts hold, in minor units, `credits` and `debits`, which together are `posted`,
    `suspense`, `refused` and `listed`.

    :param as_of: the last day it tells of, where the statement has neither a day nor a booking.
    :raises config.refusal.RefusedFileError: if it is no statement that can be read.
    """
    with reading(sessions) as session:
        currency = market_on(session, today).currency
    file = of_day(_read(open_file(path, name=name), currency), as_of, today=today)
    with reading(sessions) as session:
        file = replace(file, verdicts=proposed(session, file.verdicts))
    return post_file(sessions, file, by=by, today=today, now=now, dry_run=dry_run)


def _read(file: File, currency: str) -> MoneyFile:
    layout, statements = _parsed(file)
    for statement in statements:
        if statement.message is Message.REPORT:
            what = "it reports the day so far, whose bookings the statement repeats"
            raise file.refuse(Problem(0, "wrong_type", what, "take in the bank's statement"))
    rows: list[Incoming] = []
    verdicts: list[RowVerdict] = []
    named: Counter[str] = Counter()
    for number, (statement, booking, part) in enumerate(_parts(statements), start=1):
        own = _reference(statement, booking)
        if statement.is_swift:
            named[own] += 1
            own = own if named[own] == 1 else f"{own} #{named[own]}"
        made = _incoming(number, (statement, booking, own), part, currency)
        if isinstance(made, Incoming):
            rows.append(made)
        else:
            verdicts.append(made)
    return MoneyFile(
        kind=Kind.STATEMENT,
        name=file.name,
        digest=file.digest,
        layout=layout,
        rows=rows,
        verdicts=[*verdicts, *_lacking(statements, after=len(rows) + len(verdicts))],
        facts=_facts(statements),
        told_until=told_until(statements),
    )


def _lacking(statements: Sequence[Statement], *, after: int) -> Iterator[RowVerdict]:
    """Yield a doubt for each statement that contradicts itself, in rows after its bookings."""
    found = [what for one in statements if (what := out_of_balance(one)) is not None]
    remedy = (
        "ask the bank for what is missing; what is here is posted, and nothing of it twice; if "
        "nothing is missing, another person says so (payments accept-statement)"
    )
    for row, what in enumerate(found, start=after + 1):
        yield RowVerdict(row, Verdict.DOUBTED, OUT_OF_BALANCE, what, remedy)


def _parsed(file: File) -> tuple[str, tuple[Statement, ...]]:
    """Return what the file is, and the statements in it."""
    try:
        if file.type is FileType.XML:
            statements = parse_statements(file.data)
            is_note = any(one.message is Message.NOTIFICATION for one in statements)
            return ("camt.054" if is_note else "camt.053"), statements
        text = _text(file.data)
        if file.type is FileType.TEXT and is_mt940(text):
            return "mt940", parse_mt940(text)
    except BadStatementError as bad:
        raise file.refuse(bad.problem) from bad
    what = f"the file is a {file.type}, and no statement of a bank"
    raise file.refuse(Problem(0, "wrong_type", what, "send the bank's camt.053 or MT940 file"))


def _text(data: bytes) -> str:
    # SWIFT's letters are ASCII; what banks write beside them is UTF-8 or their own Latin.
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _parts(
    statements: Sequence[Statement],
) -> Iterator[tuple[Statement, Booking, tuple[int, Transaction]]]:
    """Yield each booking, or each of its transactions if those are what it adds up to."""
    for statement in statements:
        for booking in statement.bookings:
            parts = booking.transactions
            amounts = [part.amount for part in parts if part.amount]
            if len(parts) > 1 and len(amounts) == len(parts) and sum(amounts) == booking.amount:
                yield from ((statement, booking, at) for at in enumerate(parts, start=1))
            else:
                part = parts[0] if parts else _NO_TRANSACTION
                whole = Transaction(
                    booking.amount,
                    part.end_to_end,
                    " ".join(one.structured for one in parts),
                    " ".join(one.unstructured for one in parts),
                    part.payer,
                    part.return_reason,
                )
                yield statement, booking, (0, whole)


def _incoming(
    row: int,
    booked: tuple[Statement, Booking, str],
    numbered: tuple[int, Transaction],
    currency: str,
) -> Incoming | RowVerdict:
    """Return the money of a booking, which has a name, or of a part of it; or why it is none."""
    statement, booking, own = booked
    at, part = numbered
    reference = f"{own} {at}" if at else own
    amount = amount_of(part.amount or Decimal(0))
    if not isinstance(amount, int):
        return RowVerdict(row, Verdict.REFUSED, *amount, facts={"reference": reference})
    facts: dict[str, Any] = {"reference": reference, "amount": amount}
    found = _obstacle(booking, part, currency) or _unnamed(statement, booking)
    if found is not None:
        return RowVerdict(row, *found, facts=facts | _told(found[1], booking, part))
    days = [day for day in (booking.booked_on, booking.value_on) if day is not None]
    if not days:
        what = "the booking has no day"
        return RowVerdict(row, Verdict.REFUSED, "missing", what, "ask the bank", facts=facts)
    return Incoming(
        row=row,
        channel=BANK,
        reference=reference,
        amount=amount,
        # Money that is here counts from the earlier of the two days: the customer has paid it.
        value_on=min(days),
        words=_words(part),
        method="transfer",
        payer=part.payer[:200],
        text=(part.unstructured or part.structured)[:500],
        # A notification tells the parts of what a statement books in one, or the other way round.
        also=(own,) if at else (f"{own} 1",),
    )


def _told(code: str, booking: Booking, part: Transaction) -> dict[str, Any]:
    """Return what tells which payment money was taken back of, if it was."""
    day = booking.booked_on or booking.value_on
    if code != RETURN or day is None:
        return {}
    words = sorted({word for group in _words(part) for word in group})
    return {"booked_on": day.isoformat(), "payer": part.payer[:200], "words": words}


def _unnamed(statement: Statement, booking: Booking) -> tuple[Verdict, str, str, str] | None:
    """Return why a notification can't be posted: nothing tells its booking in the statement."""
    if statement.message is not Message.NOTIFICATION or booking.reference:
        return None
    remedy = "take in the bank's statement of the day"
    return Verdict.REFUSED, "pending", "the notification gives no reference of the bank", remedy


def _obstacle(
    booking: Booking, part: Transaction, currency: str
) -> tuple[Verdict, str, str, str] | None:
    """Return why a booking isn't money that came in, if so."""
    if not booking.is_booked:
        remedy = "it comes again once it is booked"
        return Verdict.REFUSED, "pending", "the bank has not booked it yet", remedy
    if booking.currency != currency:
        what = f"the booking is in {booking.currency or 'no currency'}"
        return Verdict.REFUSED, "currency", what, f"only {currency} is kept here"
    if booking.is_reversal or part.return_reason or not booking.is_credit:
        is_return = booking.is_reversal or part.return_reason
        what = "money was taken back" if is_return else "money left the account"
        if part.return_reason:
            what += f" ({part.return_reason})"
        remedy = "if it takes back a payment, reverse that one"
        return Verdict.DOUBTED, RETURN if is_return else "debit", what, remedy
    return None


def _words(part: Transaction) -> tuple[tuple[str, ...], ...]:
    end_to_end = "" if part.end_to_end in _NOT_GIVEN else part.end_to_end
    groups = (words_of(part.structured), words_of(end_to_end), words_of(part.unstructured))
    return tuple(group for group in groups if group)


def _reference(statement: Statement, booking: Booking) -> str:
    """Return what names a booking at the bank, the same in whatever file it comes."""
    own = booking.reference
    if statement.is_swift:
        # A reference of SWIFT may repeat from day to day; with day and amount it seldom does.
        day = booking.booked_on or booking.value_on
        said = own or booking.transactions[0].structured
        own = f"{day:%Y%m%d} {said} {booking.amount}" if day else ""
    own = own or f"{statement.id}#{booking.number}"
    return f"{statement.account} {own}"[:124]


def _facts(statements: Sequence[Statement]) -> dict[str, Any]:
    bookings = [one for statement in statements for one in statement.bookings]

    def total(*, is_credit: bool) -> Money:
        return money(sum(one.amount for one in bookings if one.is_credit is is_credit))

    return {
        "accounts": sorted({statement.account for statement in statements}),
        "credits": total(is_credit=True),
        "debits": total(is_credit=False),
    }
