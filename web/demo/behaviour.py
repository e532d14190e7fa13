"""
How the demo's customers pay: by habit, by what they were told, and by whether they are cut off.

Nothing is remembered between days: who pays what today follows from the seed, what is open, and
whom the product has written to. So the simulation can be stopped on any day and go on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

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
    is_energy: bool = True


@dataclass(frozen=True, slots=True)
class Debtor:
    """A subscriber with everything open, and what reached them about it."""

    subscriber: Subscriber
    items: Sequence[OpenItem]
    contacts: Sequence[tuple[date, Contact]] = ()
    usual_amount: int = 0


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
    Payer.SLOW: (23, 58),
    Payer.CHRONIC: (62, 150),
    Payer.BROKE: (240, 600),
    Payer.DISPUTES: (4, 19),
}
# Permille of bills that slip a forgetful mind, and the days after which it comes back by itself.
_FORGOTTEN = 330
_REMEMBERED = (28, 75)
# Permille of people who pay because of a contact, and the days within which they do.
_MOVED: Mapping[Contact, tuple[Mapping[Payer, int], int]] = {
    Contact.SMS: ({Payer.FORGETFUL: 620, Payer.SLOW: 240, Payer.CHRONIC: 40}, 4),
    Contact.LETTER: ({Payer.FORGETFUL: 600, Payer.SLOW: 300, Payer.CHRONIC: 90}, 7),
    Contact.VISIT: (
        {Payer.FORGETFUL: 800, Payer.SLOW: 500, Payer.CHRONIC: 200, Payer.BROKE: 60},
        5,
    ),
    Contact.NOTICE: (
        {
            Payer.FORGETFUL: 900,
            Payer.SLOW: 800,
            Payer.CHRONIC: 640,
            Payer.BROKE: 250,
            Payer.DISPUTES: 700,
            Payer.PROMPT: 900,
            Payer.AHEAD: 900,
        },
        6,
    ),
    Contact.CUT: (
        {
            Payer.FORGETFUL: 950,
            Payer.SLOW: 950,
            Payer.CHRONIC: 900,
            Payer.BROKE: 550,
            Payer.DISPUTES: 900,
            Payer.PROMPT: 950,
            Payer.AHEAD: 950,
        },
        9,
    ),
}
# A bill this many tenths of the usual one is disputed, and held back so many days.
_TOO_HIGH_TENTHS = 14
_HELD_BACK_DAYS = 55
# Money that comes on a day nobody works reaches the supplier on the next one, with its own date.
_VALUE_DAYS = 4
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
    draw = lot(seed, "pays", subscriber.seq, item.raised_on)
    least, most = _HABIT[subscriber.payer]
    days = draw.randint(least, most)
    if subscriber.payer is Payer.FORGETFUL and draw.randrange(1000) < _FORGOTTEN:
        days = draw.randint(*_REMEMBERED)
    if subscriber.payer is Payer.DISPUTES and _seems_too_high(debtor, item):
        days += _HELD_BACK_DAYS
    day = item.raised_on + timedelta(days=days)
    return min([day, *_moved_days(seed, debtor, item)])


def _moved_days(seed: str, debtor: Debtor, item: OpenItem) -> Iterator[date]:
    subscriber = debtor.subscriber
    for told_on, contact in debtor.contacts:
        permille, within = _MOVED[contact]
        if told_on < item.raised_on:
            continue
        draw = lot(seed, "moved", subscriber.seq, contact, told_on)
        if draw.randrange(1000) < permille.get(subscriber.payer, 0):
            yield told_on + timedelta(days=draw.randint(1, within))


def _wish(seed: str, debtor: Debtor, today: date) -> tuple[int, date]:
    """Return how much the subscriber wants to pay by today, and since when."""
    amount, since = 0, today
    for item in debtor.items:
        day = pays_on(seed, debtor, item)
        if day <= today:
            part = _part_of(seed, debtor, item, today - day)
            amount += max(0, part - (item.amount - item.open))
            since = min(since, day)
    if amount and debtor.subscriber.payer is Payer.AHEAD:
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
        way = Way.BANK if draw.randrange(100) < 85 else Way.COUNTER
    else:
        way = Way.COUNTER if draw.randrange(100) < 6 else Way.APP
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
