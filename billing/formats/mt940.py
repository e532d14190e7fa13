"""
Bank statements of SWIFT: MT940, and MT942 for the day so far.

Read line by line after the SWIFT standard (Category 9, MT940 Customer Statement Message), with the
habits of banks that are well known: blocks around the message or none, `:86:` repeated, a 30th of
February, amounts with zeros before them. Every `:61:` is read or the file is refused with its line:
a movement that is passed over in silence would be money lost.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.formats.camt import (
    BadStatementError,
    Balance,
    Booking,
    Message,
    Statement,
    Transaction,
)
from billing.formats.swift_details import KEYWORDS, details_of
from config.refusal import Problem

_TAG = re.compile(
    r"^\s*:(?P<tag>2[0158]|25P|28C|60[FM]|61|62[FM]|6[45]|86|13D?|34F|90[CD]|NS):(?P<rest>.*)$"
)
"""The fields of MT940 and MT942, and no others: a time in a text may begin a line, too."""
_AMOUNT = r"(?:\d{1,3}(?:\.\d{3})+,\d*|\d+[.,]?\d*|,\d+)"
_MOVEMENT = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?\s*(?P<sign>R?[CD])(?P<funds>[A-Z])?\s*"
    rf"(?P<amount>{_AMOUNT})(?:(?P<kind>[A-Z][A-Z0-9 ]{{3}})(?P<reference>.*)|\s.*|)$"
)
_BALANCE = re.compile(
    rf"(?P<sign>[CD])(?P<day>\d{{6}})(?P<currency>[A-Z]{{3}})(?P<amount>{_AMOUNT})(?!\S)"
)
_SUBFIELD = re.compile(r"^(?:\d{3})?(?P<mark>[?>~<^@*&])\d{2}")
_WRITTEN_BY_SWIFT = re.compile(r"\{[1-5]:")
_OPENING, _CLOSING = ("60F", "60M"), ("62F", "62M")
_NO_REFERENCE = ("NONREF", "NONE", "NOREF")
_OF_REPORTS = {"34F", "13", "13D", "90C", "90D"}


def is_mt940(text: str) -> bool:
    """Test whether a text begins as a SWIFT statement does."""
    head = text.lstrip("\ufeff \r\n")[:2000]
    if _WRITTEN_BY_SWIFT.match(head):
        return True
    begins = re.search(r"^\s*:(20|25P?):", head, re.MULTILINE)
    goes_on = re.search(r"^\s*:(60[FM]|61|62[FM]|28C?|34F|13D?):", head, re.MULTILINE)
    return begins is not None and goes_on is not None


def parse_mt940(text: str) -> tuple[Statement, ...]:
    """
    Return the statements of a file; bookings are numbered through from 1.

    :raises BadStatementError: if there is none, or a movement, day or amount cannot be read.
    """
    found: list[Statement] = []
    number = 0
    for fields in _messages(text):
        made = _statement(fields, number)
        number += len(made.bookings)
        found.append(made)
    if not found:
        raise _bad(0, "wrong_type", "there is no bank statement in it", "send an MT940 file")
    return tuple(found)


@dataclass(slots=True)
class _Field:
    line: int
    tag: str
    texts: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        """The text on the field's own line."""
        return self.texts[0]


def _messages(text: str) -> Iterator[list[_Field]]:
    """Yield the fields of each statement: it begins with :20:, or :25: where that is absent."""
    fields: list[_Field] = []
    for line, raw in enumerate(text.splitlines(), start=1):
        here = raw.rstrip()
        match = _TAG.match(raw)
        if match is None:
            is_frame = here.startswith(("-", "{")) and (here.strip("-") == "" or "{" in here)
            if fields and here and not is_frame:
                fields[-1].texts.append(raw)
            continue
        tag, rest = match["tag"].removesuffix("P"), match["rest"]
        if _begins(tag, fields):
            if any(one.tag != "20" for one in fields):
                yield fields
            fields = []
        fields.append(_Field(line, tag, [rest]))
    if any(one.tag in ("25", "61", *_OPENING, *_CLOSING) for one in fields):
        yield fields


def _begins(tag: str, fields: Sequence[_Field]) -> bool:
    tags = {one.tag for one in fields}
    return (tag == "20" and bool(tags)) or (tag == "25" and "25" in tags)


def _statement(fields: Sequence[_Field], number: int) -> Statement:
    texts = {one.tag: one.first.strip() for one in reversed(fields)}
    balances = tuple(_balances(fields))
    currency = balances[0].currency if balances else ""
    bookings: list[Booking] = []
    for at, one in enumerate(fields):
        if one.tag == "61":
            details = _details(fields, at + 1)
            bookings.append(_booking(one, details, currency, number + len(bookings) + 1))
    # A report of the day so far has no closing balance; a statement may say the hour, too.
    is_interim = bool(texts.keys() & _OF_REPORTS) and not texts.keys() & {*_CLOSING}
    return Statement(
        Message.REPORT if is_interim else Message.STATEMENT,
        " ".join(filter(None, (texts.get("20", ""), texts.get("28C", texts.get("28", ""))))),
        texts.get("25", ""),
        balances,
        tuple(bookings),
        is_swift=True,
        until=_until(fields, bookings),
    )


def _balances(fields: Sequence[_Field]) -> Iterator[Balance]:
    for one in fields:
        if one.tag in (*_OPENING, *_CLOSING):
            match = _BALANCE.match(one.first.strip())
            if match is None:
                raise _bad(
                    one.line, "number_format", f"{one.first!r} is no balance", "ask the bank"
                )
            amount = _amount(match["amount"], one.line)
            code = "OPBD" if one.tag in _OPENING else "CLBD"
            yield Balance(code, -amount if match["sign"] == "D" else amount, match["currency"])


def _until(fields: Sequence[_Field], bookings: Sequence[Booking]) -> date | None:
    """Return the day of the closing balance, or else of the last movement."""
    closings = [(one, _BALANCE.match(one.first.strip())) for one in fields if one.tag in _CLOSING]
    days = [_day(match["day"], one.line) for one, match in closings if match is not None]
    moved = [day for one in bookings if (day := one.booked_on or one.value_on) is not None]
    return max(days or moved, default=None)


def _details(fields: Sequence[_Field], start: int) -> list[str]:
    """Return the lines of the :86: fields behind a movement."""
    found: list[str] = []
    for at in range(start, len(fields)):
        if fields[at].tag != "86":
            break
        found += fields[at].texts
    return found


def _booking(one: _Field, details: Sequence[str], currency: str, number: int) -> Booking:
    match, more = _MOVEMENT.match(one.first.strip()), one.texts[1:]
    if match is None and more:
        # Some banks break the line before the amount.
        match, more = _MOVEMENT.match(one.first.strip() + more[0].strip()), more[1:]
    if match is None:
        what = f"{one.first!r} is no movement that can be read"
        raise _bad(one.line, "wrong_type", what, "ask the bank for the file again")
    value_on = _day(match["value"], one.line)
    customers, _, banks = (match["reference"] or "").partition("//")
    sign = match["sign"]
    told = details_of(details)
    own = customers.strip()
    own = "" if own in _NO_REFERENCE or own.rstrip("+") in KEYWORDS else own
    return Booking(
        number=number,
        amount=_amount(match["amount"], one.line),
        currency=currency,
        # RC takes a credit back and RD a debit: money moves the other way.
        is_credit=sign in ("C", "RD"),
        is_reversal=sign.startswith("R"),
        is_booked=True,
        booked_on=_entry_day(match["entry"], value_on, one.line),
        value_on=value_on,
        reference=banks.strip(),
        transactions=(
            Transaction(
                amount=None,
                end_to_end=told.end_to_end,
                structured=" ".join(filter(None, (own, told.structured))),
                unstructured=" ".join(filter(None, (told.purpose, *map(str.strip, more)))),
                payer=told.payer,
                return_reason=told.return_reason,
            ),
        ),
    )


def _day(text: str, line: int) -> date:
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        raise _bad(line, "date_format", f"there is no day {text}", "ask the bank for it again")
    # Banks that count thirty days a month write a 30th of February.
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _entry_day(text: str | None, value_on: date, line: int) -> date | None:
    """Return the day of booking, which has no year: the one that is nearest to the value day."""
    if text is None:
        return None
    years = (value_on.year - 1, value_on.year, value_on.year + 1)
    days = [_day(f"{year % 100:02d}{text}", line) for year in years]
    return min(days, key=lambda one: abs((one - value_on).days))


def _amount(text: str, line: int) -> Decimal:
    if re.fullmatch(r"\d{1,3}\.\d{3}", text):
        what = f"{text!r} may be {text.replace('.', '')} or {text[:-1]}"
        raise _bad(line, "number_format", what, "ask the bank for amounts with a comma")
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    return Decimal(plain)


def _bad(line: int, code: str, message: str, remedy: str) -> BadStatementError:
    return BadStatementError(Problem(line, code, message, remedy))
