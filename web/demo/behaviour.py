"""
How the demo's customers pay: by habit, by what they were told, and by whether they are cut off.

Nothing is remembered between days: who pays what today follows from the seed, what is open, and
whom the product has written to. So the simulation can be stopped on any day and go on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from web.demo.lots import chance, lot
from web.demo.people import Subscriber
from web.demo.profiles import Payer


class Contact(StrEnum):
    """What a customer got from the supplier, mildest first."""

    SMS = "sms"
    LETTER = "letter"
    VISIT = "visit"
    NOTICE = "notice"  # of disconnection, served
    CUT = "cut"


class Way(StrEnum):
    """How money comes in."""

    COUNTER = "counter"
    APP = "app"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One charge as the customer knows it from the bill: what it was, and what is still open."""

    raised_on: date
    due_on: date
    amount: int
    open: int


@dataclass(frozen=True, slots=True)
class Debtor:
    """
    A subscriber with everything open, and what reached them about it.

    `under_way` is money that they have paid and that has not found its way to the account.
    """

    subscriber: Subscriber
    items: Sequence[OpenItem]
    contacts: Sequence[tuple[date, Contact]] = ()
    usual_amount: int = 0
    under_way: int = 0


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that a subscriber hands over. `reference` is what the payer wrote; it may be wrong."""

    account_number: str
    amount: int
    value_on: date
    way: Way
    reference: str
    payer_name: str
    serial: str


# Days from issue by which the habit pays: least and most.
_HABIT = {
    Payer.PROMPT: (1, 18),
    Payer.AHEAD: (1, 14),
    Payer.FORGETFUL: (3, 19),
    Payer.SLOW: (27, 62),
    Payer.CHRONIC: (85, 260),
    Payer.BROKE: (300, 600),
    Payer.DISPUTES: (4, 19),
}
# Permille of bills that slip a forgetful mind, and the days after which it comes back by itself.
_FORGOTTEN = 360
_REMEMBERED = (30, 90)
# Permille of people who pay because of a contact, and the days within which they do.
_MOVED: Mapping[Contact, tuple[Mapping[Payer, int], int]] = {
    Contact.SMS: ({Payer.FORGETFUL: 400, Payer.SLOW: 60, Payer.CHRONIC: 10}, 4),
    Contact.LETTER: ({Payer.FORGETFUL: 400, Payer.SLOW: 120, Payer.CHRONIC: 30}, 8),
    Contact.VISIT: (
        {Payer.FORGETFUL: 700, Payer.SLOW: 300, Payer.CHRONIC: 100, Payer.BROKE: 30},
        6,
    ),
    Contact.NOTICE: (
        {
            Payer.PROMPT: 900,
            Payer.AHEAD: 900,
            Payer.FORGETFUL: 800,
            Payer.DISPUTES: 600,
            Payer.SLOW: 600,
            Payer.CHRONIC: 330,
            Payer.BROKE: 80,
        },
        7,
    ),
    Contact.CUT: (
        {
            Payer.PROMPT: 950,
            Payer.AHEAD: 950,
            Payer.FORGETFUL: 950,
            Payer.DISPUTES: 900,
            Payer.SLOW: 950,
            Payer.CHRONIC: 780,
            Payer.BROKE: 330,
        },
        12,
    ),
}
# A bill this many tenths of the usual one is disputed, and held back so many days.
_TOO_HIGH_TENTHS = 14
_HELD_BACK_DAYS = 55
# Money that comes on a day nobody works reaches the supplier on the next one, with its own date.
_VALUE_DAYS = 4
# Nobody goes to pay a few yuan that a late charge left over.
_TOO_LITTLE = 5_000
# Permille of chronic payers' payments that are only a part, and the part in percent.
_PART_PAYERS = 500
_PART = 60


def payments(seed: str, debtors: Iterable[Debtor], *, since: date, today: date) -> Iterator[Paid]:
    """
    Yield what comes in today, and on the days without work since the last day of work.

    :param since: the last day whose payments have been taken already.
    """
    for debtor in debtors:
        amount, wished_on = _wish(seed, debtor, today)
        if amount > 0:
            value_on = max(wished_on, since + timedelta(days=1), today - timedelta(_VALUE_DAYS))
            yield _paid(seed, debtor.subscriber, amount, min(value_on, today), today)


def pays_on(seed: str, debtor: Debtor, item: OpenItem) -> date:
    """Return the day on which the subscriber will pay the charge, as things stand now."""
    subscriber = debtor.subscriber
    days = _habit(seed, subscriber.seq, subscriber.payer, item.raised_on)
    if subscriber.payer is Payer.DISPUTES and _seems_too_high(debtor, item):
        days += _HELD_BACK_DAYS
    day = item.raised_on + timedelta(days=days)
    for told_on, contact in debtor.contacts:
        if item.raised_on <= told_on < day:
            moved = _moved(seed, subscriber.seq, subscriber.payer, contact, told_on)
            day = day if moved is None else min(day, told_on + timedelta(days=moved))
    return day


@cache
def _habit(seed: str, seq: int, payer: Payer, raised_on: date) -> int:
    """Return the days after which somebody pays a bill whom nobody urges."""
    draw = lot(seed, "pays", seq, raised_on)
    if payer is Payer.FORGETFUL and draw.randrange(1000) < _FORGOTTEN:
        return draw.randint(*_REMEMBERED)
    return draw.randint(*_HABIT[payer])


@cache
def _moved(seed: str, seq: int, payer: Payer, contact: Contact, told_on: date) -> int | None:
    """Return the days within which a contact makes somebody pay, or none if it doesn't."""
    permille, within = _MOVED[contact]
    draw = lot(seed, "moved", seq, contact, told_on)
    return draw.randint(1, within) if draw.randrange(1000) < permille.get(payer, 0) else None


def _wish(seed: str, debtor: Debtor, today: date) -> tuple[int, date]:
    """Return how much the subscriber wants to pay by today, and since when."""
    amount, billed, since = -debtor.under_way, 0, today
    for item in debtor.items:
        day = pays_on(seed, debtor, item)
        if day <= today:
            part = _part_of(seed, debtor, item, today - day)
            amount += max(0, part - (item.amount - item.open))
            billed += item.amount
            since = min(since, day)
    if amount < _TOO_LITTLE and amount * 20 < billed:
        return 0, today  # What is left over is paid with the next bill.
    if debtor.subscriber.payer is Payer.AHEAD:
        amount = -(-amount // 10_000) * 10_000
    return amount, since


def _part_of(seed: str, debtor: Debtor, item: OpenItem, waited: timedelta) -> int:
    """Return how much of the charge is paid at first; the rest follows three weeks later."""
    subscriber = debtor.subscriber
    in_parts = subscriber.payer in {Payer.CHRONIC, Payer.BROKE} and chance(
        _PART_PAYERS, seed, "in parts", subscriber.seq, item.raised_on
    )
    is_cut = any(contact is Contact.CUT for _, contact in debtor.contacts)
    if not in_parts or is_cut or waited.days > 21:
        return item.amount
    return item.amount * _PART // 100


def _seems_too_high(debtor: Debtor, item: OpenItem) -> bool:
    return item.amount * 10 > debtor.usual_amount * _TOO_HIGH_TENTHS > 0


def _paid(seed: str, subscriber: Subscriber, amount: int, value_on: date, today: date) -> Paid:
    draw = lot(seed, "way", subscriber.seq, today)
    if subscriber.customer.is_company:
        way = Way.BANK if draw.randrange(100) < 93 else Way.COUNTER
    else:
        way = Way.COUNTER if draw.randrange(1000) < 15 else Way.APP
        way = Way.BANK if draw.randrange(100) < 8 else way
    return Paid(
        account_number=subscriber.account_number,
        amount=amount,
        value_on=value_on if way is not Way.COUNTER else today,
        way=way,
        reference=_reference(draw.randrange(1000), subscriber) if way is Way.BANK else "",
        payer_name=subscriber.customer.name,
        serial=f"{today:%y%m%d}{subscriber.seq:06d}",
    )


def _reference(fate: int, subscriber: Subscriber) -> str:
    """Return what the payer writes on the transfer: the account number, or not quite."""
    number = subscriber.account_number
    if fate < 25:
        return "电费"  # Power bill, and not a word more.
    if fate < 40:
        return f"户号{number[:-2]}{number[-1]}{number[-2]}电费"
    if fate < 300:
        return f"{number}"
    return f"户号{number} 电费"
