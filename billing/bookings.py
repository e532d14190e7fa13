"""What a bank's statements book, payment by payment, each under the name the bank knows it by."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from billing.formats.balanced import ends
from billing.formats.camt import Balance, Booking, Statement, Transaction
from billing.incoming import pieces_of, words_of

_NOT_GIVEN = ("", "NOTPROVIDED", "NONREF", "NOREF", "NONE")
_RUNNING = re.compile(r"\d{1,5}")
"""A reference that is but a running number begins anew with each statement, and names nothing."""
_NAME_MAX = 124

Words = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """
    A payment of a booking: one of several, or the booking as a whole (`at` is 0 then).

    `name` is what the booking is called, the same in whatever file it comes; `words` may name whose
    the money is, the surest first, and are none where several payments can't be told apart.
    """

    statement: Statement
    booking: Booking
    name: str
    at: int
    told: Transaction
    words: Words

    @property
    def reference(self) -> str:
        """What the payment is called."""
        return f"{self.name} {self.at}" if self.at else self.name

    @property
    def also(self) -> tuple[str, ...]:
        """
        What the same money may have been called before.

        A notification tells the parts of what a statement books in one, or the other way round.
        """
        if self.at:
            return (self.name,)
        return tuple(f"{self.name} {at}" for at in range(1, len(self.booking.transactions) + 2))


def parts(statements: Sequence[Statement]) -> Iterator[Part]:
    """Yield each booking, or each of its transactions if those are what it adds up to."""
    for statement, booking, name in _named(statements):
        within = booking.transactions
        if _is_sum(booking):
            for at, one in enumerate(within, start=1):
                yield Part(statement, booking, name, at, one, _words(one, ""))
        else:
            said = {_words(one, booking.additional) for one in within}
            said = said or {_words(_whole(booking), booking.additional)}
            words = next(iter(said)) if len(said) == 1 else ()
            yield Part(statement, booking, name, 0, _whole(booking), words)


def has_name(booking: Booking) -> bool:
    """Test whether the bank gives a reference by which a booking is known again."""
    return _own(booking) != ""


def _is_sum(booking: Booking) -> bool:
    within = booking.transactions
    amounts = [one.amount for one in within if one.amount]
    is_one_way = all(one.is_credit in (None, booking.is_credit) for one in within)
    is_told = len(amounts) == len(within) > 1
    return is_told and is_one_way and sum(amounts) == booking.amount


def _whole(booking: Booking) -> Transaction:
    within = booking.transactions
    first = within[0] if within else Transaction(None, "", "", "", "", "")
    return replace(
        first,
        amount=booking.amount,
        structured=" ".join(one.structured for one in within).strip(),
        unstructured=" ".join(one.unstructured for one in within).strip(),
        return_reason=next((one.return_reason for one in within if one.return_reason), ""),
        additional=" ".join((*(one.additional for one in within), booking.additional)).strip(),
    )


def _words(one: Transaction, more: str) -> Words:
    end_to_end = "" if one.end_to_end in _NOT_GIVEN else one.end_to_end
    texts = (one.structured, end_to_end, one.unstructured, f"{one.additional} {more}")
    groups = [*map(words_of, texts), *map(pieces_of, texts)]
    return tuple(dict.fromkeys(group for group in groups if group))


# --- names ------------------------------------------------------------------------------------


def _named(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Booking, str]]:
    """
    Yield each booking with its name; of those that are called the same, the second is its #2.

    They are counted within a statement, and on where it goes on with the balance at which the one
    before closed. One that stands in the file twice is called the same both times.
    """
    last: dict[str, tuple[Balance | None, Counter[tuple[str, bool]]]] = {}
    seen: set[Statement] = set()
    for statement in statements:
        bare = replace(
            statement, bookings=tuple(replace(one, number=0) for one in statement.bookings)
        )
        opening, closing = ends(statement)
        before, counted = last.get(statement.account, (None, Counter()))
        if opening is None or not _is_same(before, opening) or bare in seen:
            counted = Counter()
        seen.add(bare)
        last[statement.account] = closing, counted
        for booking in statement.bookings:
            name = _name(statement, booking)
            if booking.is_booked:
                counted[name, booking.is_credit] += 1
            no = counted[name, booking.is_credit]
            yield statement, booking, name if no < 2 else f"{name} #{no}"


def _is_same(closing: Balance | None, opening: Balance) -> bool:
    return closing is not None and (closing.amount, closing.currency) == (
        opening.amount,
        opening.currency,
    )


def _name(statement: Statement, booking: Booking) -> str:
    """Return what names a booking at the bank, the same in whatever file it comes."""
    own, day = _own(booking), booking.booked_on or booking.value_on
    if statement.is_swift or not own or _RUNNING.fullmatch(own):
        # A reference of SWIFT may repeat from day to day; with day and amount it seldom does.
        said = own or f"{_customers(booking)} {_digest(booking)}".strip()
        own = f"{day:%Y%m%d} {said} {booking.amount.normalize():f}" if day else ""
    own = own or f"{statement.id}#{booking.number}"
    return f"{statement.account} {own}"[:_NAME_MAX]


def _own(booking: Booking) -> str:
    """Return the bank's own reference: of the booking, else of the one transaction in it."""
    within = booking.transactions
    references = (booking.reference, within[0].reference if len(within) == 1 else "")
    return next((one for one in references if one not in _NOT_GIVEN), "")


def _customers(booking: Booking) -> str:
    return " ".join(one.structured for one in booking.transactions)[: _NAME_MAX // 3]


def _digest(booking: Booking) -> str:
    """Return what tells payments without a reference apart: what all the texts on them say."""
    texts = [booking.additional]
    for one in booking.transactions:
        texts += (one.end_to_end, one.structured, one.unstructured, one.payer, one.additional)
    said = "".join(letter for letter in "".join(texts).casefold() if letter.isalnum())
    return sha256(said.encode()).hexdigest()[:12] if said else ""
