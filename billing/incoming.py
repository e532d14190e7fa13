"""What is to be made of money that a file reports: whose it is, or why it is not taken."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from unicodedata import normalize

from billing.account import Account
from billing.money import MINOR, Money, money, show
from billing.payment import BACK_DAYS, NewPayment, Payment, is_long_ago, is_own_channel

AMOUNT_MAX = 10**13
"""The largest payment taken from a file, in minor units: beyond it a column has slipped."""

EARLIEST = date(2000, 1, 1)
"""No money of a file counts from an earlier day: the cell is empty or has slipped."""

_WORD_MIN = 3
_ENDS = "/_.-"
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z/_.-]{2,39}", re.ASCII)


class Fate(StrEnum):
    """What becomes of money that came in."""

    POSTED = "posted"
    SUSPENSE = "suspense"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    Money that a row of a file reports.

    `words` may name an account or a bill: each group holds words that are equally sure, the
    surest group first. `also` are references under which the same money may have come before;
    `statement` is what the bank's statement that books it is known again by, if it is.
    """

    row: int
    channel: str
    reference: str
    amount: Money
    value_on: date
    words: tuple[tuple[str, ...], ...]
    method: str = ""
    payer: str = ""
    text: str = ""
    also: tuple[str, ...] = ()
    statement: str = ""


@dataclass(frozen=True, slots=True)
class BillOwed:
    """Whose a bill is, and the charge that it raised."""

    account_id: int
    charge_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """
    What the books know of what a file's rows name.

    `received` are payments by their channel and reference, `barred` accounts of offices that
    whoever brings the file doesn't work in; up to `closed_until` the books take no postings;
    `statements` are the batches in which statements of banks came before, whole.
    """

    accounts: Mapping[str, Account]
    bills: Mapping[str, BillOwed] = field(default_factory=dict)
    received: Mapping[tuple[str, str], Payment] = field(default_factory=dict)
    barred: Collection[int] = ()
    closed_until: date | None = None
    statements: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is made of one row; a code when it needs a remark."""

    row: int
    fate: Fate
    amount: Money
    payment: NewPayment | None = None
    code: str = ""
    message: str = ""
    remedy: str = ""


def judge(rows: Sequence[Incoming], known: Known, *, today: date) -> list[Outcome]:
    """Return what becomes of each row: posted to an account, put into suspense, or refused."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for row in rows:
        found.append(_judge(row, known, today=today, seen=seen))
        seen.setdefault((row.channel, row.reference), row.row)
    return found


def amount_of(amount: Decimal) -> Money | tuple[str, str, str]:
    """Return a payment's amount as money, or a code, what is wrong with it and what is right."""
    if amount < 0:
        remedy = "what goes out has a way of its own: reverse the payment it takes back"
        return ("negative", f"{amount} is below zero", remedy)
    if amount == 0:
        return ("range", "a payment of nothing is none", "take the row out")
    if amount >= Decimal(AMOUNT_MAX).scaleb(-MINOR):
        return ("range", f"{amount} is more than can be", "look for a column that has slipped")
    if amount != amount.quantize(Decimal(1).scaleb(-MINOR)):
        return ("precision", f"{amount} has part of a cent", f"write {MINOR} decimals at most")
    return money(amount)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text that may name an account or a bill, as they stand."""
    words = _WORD.findall(normalize("NFKC", text))
    return tuple(dict.fromkeys(one for word in words for one in (word, word.rstrip(_ENDS))))


def pieces_of(text: str) -> tuple[str, ...]:
    """Return what stands in the words of a text between slashes, or written small: less sure."""
    words = words_of(text)
    pieces = {
        piece.strip(_ENDS): None
        for word in words
        for piece in (word.upper(), *word.split("/"), *word.upper().split("/"))
    }
    return tuple(one for one in pieces if len(one) >= _WORD_MIN and one not in words)


def _judge(
    row: Incoming, known: Known, *, today: date, seen: Mapping[tuple[str, str], int]
) -> Outcome:
    key = (row.channel, row.reference)
    if row.value_on > today:
        what = f"{row.value_on} is after today, {today}"
        return _refuse(row, "date_future", what, "correct the day, or bring the file later")
    if row.value_on < EARLIEST:
        what = f"{row.value_on} is before {EARLIEST}"
        return _refuse(row, "date_past", what, "correct the day")
    if is_own_channel(row.channel):
        what = f"channel {row.channel} is kept for what the books raise themselves"
        return _refuse(row, "own_channel", what, "name the channel by which the money came")
    if key in seen:
        what = f"reference {row.reference} stands in row {seen[key]} already"
        return _refuse(row, "duplicate", what, "give each payment a reference of its own")
    return _received_before(row, known) or _place(row, known, today)


def _received_before(row: Incoming, known: Known) -> Outcome | None:
    names = (row.reference, *row.also)
    before = next((one for name in names if (one := known.received.get((row.channel, name)))), None)
    if before is not None:
        return _refuse(row, "already_received", received_text(before), "nothing is to be done")
    if row.statement in known.statements:
        # The balances are the same, so all of the money is in the books.
        what = f"batch {known.statements[row.statement]} had this statement, in other words"
        remedy = "compare the two; what the first one lacks is taken at the counter"
        return _refuse(row, "already_received", what, remedy)
    return None


def received_text(payment: Payment) -> str:
    """Return the sentence that tells who took a payment, when, and under which receipt."""
    return (
        f"{payment.channel} {payment.reference} was taken by {payment.received_by} on "
        f"{payment.posted_on} as receipt {payment.number} over {show(payment.amount)}"
    )


def _place(row: Incoming, known: Known, today: date) -> Outcome:
    """Say whose the money is, going by the surest words that name anybody at all."""
    for words in row.words:
        accounts = {known.accounts[word].id for word in words if word in known.accounts}
        bills = [known.bills[word] for word in words if word in known.bills]
        owners = accounts | {bill.account_id for bill in bills}
        if len(owners) > 1:
            what = f"{' '.join(words)} names {len(owners)} accounts"
            return _suspend(row, "ambiguous", what)
        if owners:
            (owner,) = owners
            charges = tuple(bill.charge_id for bill in bills)
            return _give(row, known, owner, charges, today)
    named = " ".join(word for words in row.words for word in words)
    what = f"nobody has the number {named}" if named else "it names no account and no bill"
    return _suspend(row, "suspense", what)


def _give(
    row: Incoming, known: Known, owner: int, charges: tuple[int, ...], today: date
) -> Outcome:
    account = next((one for one in known.accounts.values() if one.id == owner), None)
    if owner in known.barred:
        return _suspend(row, "other_office", "the account belongs to another office")
    if account is not None and account.closed_on is not None:
        what = f"account {account.number} was closed on {account.closed_on}"
        return _suspend(row, "closed_account", what)
    if account is not None and row.value_on < account.opened_on:
        what = f"account {account.number} was opened on {account.opened_on}, after {row.value_on}"
        return _suspend(row, "before_opening", what)
    is_closed = known.closed_until is not None and row.value_on <= known.closed_until
    if is_long_ago(row.value_on, today=today):
        # The money is there, and a person must look before it counts from so long ago.
        what = f"{row.value_on} is more than {BACK_DAYS} days back"
        return _suspend(row, "closed_day" if is_closed else "date_past", what)
    payment = _payment(row, owner, charges)
    if is_closed:
        what = f"{row.value_on} is in days that are closed; it counts from then, posted today"
        return Outcome(
            row.row, Fate.POSTED, row.amount, payment, "closed_day", what, "nothing is to be done"
        )
    return Outcome(row.row, Fate.POSTED, row.amount, payment)


def _suspend(row: Incoming, code: str, message: str) -> Outcome:
    remedy = "the money is in suspense: find out whose it is and assign it"
    payment = _payment(row, None, ())
    return Outcome(row.row, Fate.SUSPENSE, row.amount, payment, code, message, remedy)


def _refuse(row: Incoming, code: str, message: str, remedy: str) -> Outcome:
    return Outcome(row.row, Fate.REFUSED, row.amount, None, code, message, remedy)


def _payment(row: Incoming, account_id: int | None, charges: tuple[int, ...]) -> NewPayment:
    return NewPayment(
        account_id=account_id,
        channel=row.channel,
        reference=row.reference,
        amount=row.amount,
        value_on=row.value_on,
        method=row.method,
        payer=row.payer,
        text=row.text,
        designated=charges,
    )
