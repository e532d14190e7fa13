"""
Bank statements of ISO 20022: camt.052, camt.053 and camt.054, in every version.

The versions differ in namespaces and in where a party's name or a status stands, not in what is
read here, so elements are found by their own names. Amounts are major units, exact.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from config.encoding import xml_encoding_of
from config.refusal import Problem

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DIRECTIONS = {"CRDT": True, "DBIT": False}


class Message(StrEnum):
    """What a bank says with a file, by the element that holds each account's part."""

    REPORT = "Rpt"  # camt.052: the day so far, which the statement repeats
    STATEMENT = "Stmt"  # camt.053
    NOTIFICATION = "Ntfctn"  # camt.054


@dataclass(frozen=True, slots=True)
class Transaction:
    """
    One of the transactions of a booking; `amount` is none where the bank gives none.

    `is_credit` is none where only the booking says which way the money went; `additional` is what
    the bank adds in its own words, `reference` its own name for the transaction, `ultimate` for
    whom the payer paid.
    """

    amount: Decimal | None
    end_to_end: str
    structured: str
    unstructured: str
    payer: str
    return_reason: str
    additional: str = ""
    reference: str = ""
    ultimate: str = ""
    is_credit: bool | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """
    Money that moved on the bank's account: one entry of a statement.

    `reference` is the bank's own, empty where it gives none; `is_reversal` says that it takes back
    an earlier booking.
    """

    number: int
    amount: Decimal
    currency: str
    is_credit: bool
    is_reversal: bool
    is_booked: bool
    booked_on: date | None
    value_on: date | None
    reference: str
    transactions: tuple[Transaction, ...]
    additional: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """What stood on the account, such as OPBD before the first booking and CLBD after the last."""

    code: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """
    What a bank says of one account; `is_swift` if it came as MT940 or MT942.

    `until` is the last day that it tells of, if it says one.
    """

    message: Message
    id: str
    account: str
    balances: tuple[Balance, ...]
    bookings: tuple[Booking, ...]
    is_swift: bool = False
    until: date | None = None


class BadStatementError(Exception):
    """A file is no bank statement that can be read; holds what is wrong with it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse_statements(data: bytes) -> tuple[Statement, ...]:
    """
    Return the statements of a camt file; bookings are numbered through from 1.

    :raises BadStatementError: if it isn't one, or an amount or a day in it cannot be read.
    """
    root = _root(data)
    statements = [
        (message, element)
        for message in Message
        for element in root.iter()
        if _name(element) == message
    ]
    if not statements:
        raise _bad("wrong_type", "there is no bank statement in it", "send a camt.053 file")
    found: list[Statement] = []
    number = 0
    for message, element in statements:
        entries = list(_children(element, "Ntry"))
        bookings = [_booking(entry, at) for at, entry in enumerate(entries, start=number + 1)]
        number += len(bookings)
        found.append(
            Statement(
                message,
                _text(element, "Id"),
                _account(_first(element, "Acct", "Id")),
                tuple(_balance(one) for one in _children(element, "Bal")),
                tuple(bookings),
                until=_until(element, bookings),
            )
        )
    return tuple(found)


def _account(element: Element | None) -> str:
    # The last three stood for `Othr` in the first version.
    names = (("IBAN",), ("Othr", "Id"), ("BBAN",), ("UPIC",), ("PrtryAcct", "Id"))
    return next((text for name in names if (text := _text(element, *name))), "")


def _until(element: Element, bookings: Sequence[Booking]) -> date | None:
    """Return the last day a statement tells of: of its closing, else as its period or head says."""
    closings = [
        one for one in _children(element, "Bal") if _text(one, "Tp", "CdOrPrtry", "Cd") == "CLBD"
    ]
    days = [_day(one, "Dt", 0) for one in closings] or [one.booked_on for one in bookings]
    if known := [day for day in days if day is not None]:
        return max(known)
    said = _text(element, "FrToDt", "ToDtTm") or _text(element, "CreDtTm")
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def _root(data: bytes) -> Element:
    encoding = xml_encoding_of(data)
    if isinstance(encoding, Problem):
        raise BadStatementError(encoding)
    try:
        # As text: the parser itself doesn't know the characters of China.
        root: Element = fromstring(data.decode(encoding).lstrip("\ufeff \t\r\n"), forbid_dtd=True)
    except DefusedXmlException as problem:
        raise _bad(
            "dtd", "the file declares entities of its own", "send it as the bank wrote it"
        ) from problem
    except (ParseError, ValueError) as problem:
        raise _bad("wrong_type", f"the XML breaks off: {problem}", "send it again") from problem
    return root


def _booking(entry: Element, number: int) -> Booking:
    amount, currency = _amount(entry, number)
    return Booking(
        number=number,
        amount=amount,
        currency=currency,
        is_credit=_is_credit(entry, f"booking {number}"),
        is_reversal=_text(entry, "RvslInd") in ("true", "1"),
        is_booked=_status(entry) in ("BOOK", ""),
        booked_on=_day(entry, "BookgDt", number),
        value_on=_day(entry, "ValDt", number),
        reference=_text(entry, "AcctSvcrRef"),
        transactions=tuple(
            _transaction(one, number, currency)
            for details in _children(entry, "NtryDtls")
            for one in _children(details, "TxDtls")
        ),
        additional=_text(entry, "AddtlNtryInf"),
    )


def _is_credit(element: Element, what: str) -> bool:
    word = _text(element, "CdtDbtInd")
    if word not in _DIRECTIONS:
        message = f"{what} doesn't say whether it is CRDT or DBIT, but {word!r}"
        raise _bad("missing", message, "ask the bank for the file again")
    return _DIRECTIONS[word]


def _transaction(element: Element, number: int, currency: str) -> Transaction:
    remittance, parties = _first(element, "RmtInf"), _first(element, "RltdPties")
    said = _first(element, "CdtDbtInd")
    # What the customer's document is called: `CdtrRef` and `RfrdDocNb` in the first version.
    references = (
        *_texts(remittance, "Strd", "CdtrRefInf", "Ref"),
        *_texts(remittance, "Strd", "CdtrRefInf", "CdtrRef"),
        *_texts(remittance, "Strd", "RfrdDocInf", "Nb"),
        *_texts(remittance, "Strd", "RfrdDocNb"),
    )
    free = (*_texts(remittance, "Ustrd"), *_texts(remittance, "Strd", "AddtlRmtInf"))
    returned = _first(element, "RtrInf")
    reason = _text(returned, "Rsn", "Cd") or _text(returned, "Rsn", "Prtry")
    return Transaction(
        amount=_own_amount(element, number, currency),
        end_to_end=_text(element, "Refs", "EndToEndId"),
        structured=" ".join(references),
        unstructured=" ".join(free),
        payer=_party(parties, "Dbtr"),
        return_reason=reason or ("without a reason" if returned is not None else ""),
        additional=_text(element, "AddtlTxInf"),
        reference=_text(element, "Refs", "AcctSvcrRef"),
        ultimate=_party(parties, "UltmtDbtr"),
        is_credit=None if said is None else _is_credit(element, f"a part of booking {number}"),
    )


def _own_amount(element: Element, number: int, currency: str) -> Decimal | None:
    """Return what a transaction is over in the account's currency, if it says."""
    details = ("TxAmt", "CntrValAmt", "InstdAmt")
    for place in (("Amt",), *(("AmtDtls", one, "Amt") for one in details)):
        given = _first(element, *place)
        if given is not None and given.get("Ccy", currency) == currency:
            return _number(given, number)
    return None


def _party(parties: Element | None, role: str) -> str:
    return _text(parties, role, "Nm") or _text(parties, role, "Pty", "Nm")


def _balance(element: Element) -> Balance:
    amount, currency = _amount(element, 0)
    code = _text(element, "Tp", "CdOrPrtry", "Cd")
    is_debit = amount and not _is_credit(element, f"balance {code}")
    return Balance(code, -amount if is_debit else amount, currency)


def _status(entry: Element) -> str:
    # A bare word up to version 7, a code of its own from version 8 on, or the bank's own word.
    places = (("Sts",), ("Sts", "Cd"), ("Sts", "Prtry"))
    return next((word for place in places if (word := _text(entry, *place))), "")


def _amount(element: Element, number: int) -> tuple[Decimal, str]:
    given = _first(element, "Amt")
    if given is None:
        place = f"booking {number}" if number else "a balance"
        raise _bad("missing", f"{place} has no amount", "ask the bank for it again")
    return _number(given, number), given.get("Ccy", "")


def _number(element: Element, number: int) -> Decimal:
    text = (element.text or "").strip()
    if _NUMBER.fullmatch(text) is None or Decimal(text) < 0:
        place = f"booking {number}" if number else "a balance"
        raise _bad("number_format", f"{place}: {text!r} is no amount", "ask the bank")
    return Decimal(text)


def _day(entry: Element, name: str, number: int) -> date | None:
    text = _text(entry, name, "Dt") or _text(entry, name, "DtTm")[:10]
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as problem:
        what = f"booking {number}: there is no day {text!r}"
        raise _bad("date_format", what, "ask the bank for the file again") from problem


def _bad(code: str, message: str, remedy: str) -> BadStatementError:
    return BadStatementError(Problem(0, code, message, remedy))


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from (child for child in element if _name(child) == name)


def _first(element: Element | None, *path: str) -> Element | None:
    for name in path:
        element = next(_children(element, name), None)
    return element


def _text(element: Element | None, *path: str) -> str:
    found = _first(element, *path)
    return "" if found is None else (found.text or "").strip()


def _texts(element: Element | None, *path: str) -> Sequence[str]:
    """Return the texts at the end of every path of such names."""
    here = [] if element is None else [element]
    for name in path:
        here = [child for one in here for child in _children(one, name)]
    return [text for one in here if (text := (one.text or "").strip())]
