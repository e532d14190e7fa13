"""
The bank's statements: every booking is posted, waits in suspense, or is named with what to do.

Only what is booked counts. Statements are posted (camt.053, MT940), and notifications (camt.054)
where the bank gives a reference by which the statement's booking is known again. A report of the
day so far (camt.052, MT942) is refused: it may still change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from billing.bookings import Part, has_name, parts
from billing.formats.balanced import doubts, identity, told_until
from billing.formats.camt import (
    BadStatementError,
    Message,
    Statement,
    parse_statements,
)
from billing.formats.mt940 import is_mt940, parse_mt940
from billing.incoming import Incoming, amount_of
from billing.money import Money, money
from billing.payment_file import STATEMENTS, MoneyFile, of_day, post_file
from billing.returns import RETURN, proposed
from config.batch import OUT_OF_BALANCE, Batch, Kind, RowVerdict, Verdict
from config.database import reading
from config.file_type import FileType
from config.in_force import market_on
from config.refusal import Problem
from config.table_file import File, open_file

BANK = "bank"
"""The channel of what a bank's statement reports."""

# Any text can be read so: what banks write beside SWIFT's letters is UTF-8 or their own Latin.
_LATIN = "latin-1"


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
    opened = open_file(path, name=name, otherwise=_LATIN)
    file = of_day(_read(opened, currency), as_of, today=today)
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
    for number, part in enumerate(parts(statements), start=1):
        made = _incoming(number, part, currency)
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
    found = doubts(statements)
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
        text = _text(file)
        if file.type is FileType.TEXT and is_mt940(text):
            return "mt940", parse_mt940(text)
    except BadStatementError as bad:
        raise file.refuse(bad.problem) from bad
    what = f"the file is a {file.type}, and no statement of a bank"
    raise file.refuse(Problem(0, "wrong_type", what, "send the bank's camt.053 or MT940 file"))


def _text(file: File) -> str:
    if file.encoding == "gb18030":
        try:
            return file.data.decode("gb2312")
        except UnicodeDecodeError:
            # Its letters happen to make pairs; they are no Chinese that a bank would write.
            return file.data.decode(_LATIN)
    return file.data.decode(file.encoding)


def _incoming(row: int, part: Part, currency: str) -> Incoming | RowVerdict:
    """Return the money of a booking or of a part of it; or why it is none."""
    booking, told = part.booking, part.told
    facts: dict[str, Any] = {"reference": part.reference}
    if not told.amount:
        what = "the booking is over nothing"
        done = "nothing is to be done"
        return RowVerdict(row, Verdict.ACCEPTED, "range", what, done, facts=facts)
    amount = amount_of(told.amount)
    if not isinstance(amount, int):
        return RowVerdict(row, Verdict.REFUSED, *amount, facts=facts)
    facts["amount"] = amount
    found = _obstacle(part, currency) or _unnamed(part)
    if found is not None:
        return RowVerdict(row, *found, facts=facts | _told(found[1], part))
    days = [day for day in (booking.booked_on, booking.value_on) if day is not None]
    if not days:
        what = "the booking has no day"
        return RowVerdict(row, Verdict.REFUSED, "missing", what, "ask the bank", facts=facts)
    return Incoming(
        row=row,
        channel=BANK,
        reference=part.reference,
        amount=amount,
        # Money that is here counts from the earlier of the two days: the customer has paid it.
        value_on=min(days),
        words=part.words,
        method="transfer",
        payer=(told.payer or told.ultimate)[:200],
        text=(told.unstructured or told.structured or told.additional)[:500],
        also=part.also,
        statement=identity(part.statement),
    )


def _told(code: str, part: Part) -> dict[str, Any]:
    """Return what tells which payment money was taken back of, if it was."""
    day = part.booking.booked_on or part.booking.value_on
    if code != RETURN or day is None:
        return {}
    words = sorted({word for group in part.words for word in group})
    return {"booked_on": day.isoformat(), "payer": part.told.payer[:200], "words": words}


def _unnamed(part: Part) -> tuple[Verdict, str, str, str] | None:
    """Return why a notification can't be posted: nothing tells its booking in the statement."""
    if part.statement.message is not Message.NOTIFICATION or has_name(part.booking):
        return None
    remedy = "take in the bank's statement of the day"
    return Verdict.REFUSED, "pending", "the notification gives no reference of the bank", remedy


def _obstacle(part: Part, currency: str) -> tuple[Verdict, str, str, str] | None:
    """Return why a booking isn't money that came in, if so."""
    booking, reason = part.booking, part.told.return_reason
    if not booking.is_booked:
        remedy = "it comes again once it is booked"
        return Verdict.REFUSED, "pending", "the bank has not booked it yet", remedy
    if booking.currency != currency:
        what = f"the booking is in {booking.currency or 'no currency'}"
        return Verdict.REFUSED, "currency", what, f"only {currency} is kept here"
    if booking.is_reversal or reason or not booking.is_credit:
        is_return = booking.is_reversal or reason
        what = "money was taken back" if is_return else "money left the account"
        if reason:
            what += f" ({reason})"
        remedy = "if it takes back a payment, reverse that one"
        return Verdict.DOUBTED, RETURN if is_return else "debit", what, remedy
    return None


def _facts(statements: Sequence[Statement]) -> dict[str, Any]:
    bookings = [one for statement in statements for one in statement.bookings]

    def total(*, is_credit: bool) -> Money:
        return money(sum(one.amount for one in bookings if one.is_credit is is_credit))

    return {
        "accounts": sorted({statement.account for statement in statements}),
        "credits": total(is_credit=True),
        "debits": total(is_credit=False),
        STATEMENTS: sorted({identity(one) for one in statements} - {""}),
    }
