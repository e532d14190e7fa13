"""A row of the customer master: what it says of a customer, an account, a place and a meter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from billing.customer import CustomerKind, Language
from billing.supply import Protection, SupplyClass
from meters.reading import RegisterCode

NUMBER_MAX, NAME_MAX, CREDIT_DAYS_MAX, MARK_MAX = 64, 200, 365, 32
_TEXTS = dict.fromkeys(("customer", "account", "point", "meter", "tariff"), NUMBER_MAX)
_TEXTS = {"customer": NUMBER_MAX, "name": NAME_MAX} | _TEXTS
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a row, and what would be right."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class MasterRow:
    """One supply with all that belongs to it, as a row of a file has it."""

    row: int
    customer: str
    name: str
    kind: CustomerKind
    language: Language
    mobile: str | None
    email: str | None
    industry: str | None
    account: str
    credit_days: int
    address: str
    point: str
    office: str
    office_name: str
    route: str | None
    walk_order: int
    kwh_per_day_max: Decimal
    meter: str
    registers: tuple[RegisterCode, ...]
    marks: tuple[str, ...]
    openings: tuple[Decimal, ...]
    digits: int
    decimals: int
    multiplier: Decimal
    installed_on: date
    supply_class: SupplyClass
    tariff: str
    contracted_kw: Decimal | None
    capacity_kva: Decimal | None
    household_size: int | None
    protection: Protection
    opened_on: date
    starts_on: date


def parse_row(
    number: int, fields: Mapping[str, Any], *, region: str, today: date
) -> MasterRow | tuple[Flaw, ...]:
    """
    Return what a row says, or everything that is wrong with it.

    :param fields: the fields of the layout, read as what their columns hold.
    :param region: the country whose way of writing phone numbers holds, such as CN.
    """
    read = _Reader(fields)
    installed_on, opened_on, starts_on = _days(read, today)
    row = MasterRow(
        row=number,
        **_texts(read),
        **_dial(read),
        kind=CustomerKind(fields["kind"]),
        language=Language(fields["language"]),
        mobile=read.mobile(region),
        email=read.email(),
        credit_days=read.whole("credit_days", 0, CREDIT_DAYS_MAX),
        walk_order=read.whole("walk_order", 0, 10**6),
        kwh_per_day_max=read.number("kwh_per_day_max", positive=True),
        installed_on=installed_on,
        supply_class=SupplyClass(fields["supply_class"]),
        contracted_kw=read.number_or_none("contracted_kw"),
        capacity_kva=read.number_or_none("capacity_kva"),
        household_size=read.whole("household_size", 1, 99) if "household_size" in fields else None,
        protection=Protection(fields["protection"]),
        opened_on=opened_on,
        starts_on=starts_on,
    )
    return tuple(read.flaws) or row


def _days(read: "_Reader", today: date) -> tuple[date, date, date]:
    """Return when the meter was installed, the account opened, and the supply begun."""
    starts_on: date = read.fields["starts_on"]
    installed_on: date = read.fields.get("installed_on") or starts_on
    if installed_on > starts_on:
        what = f"the meter was installed on {installed_on}, after the supply starts on {starts_on}"
        read.flaw("installed_on", what, "the supply starts when its meter is there, or later")
    opened_on: date = read.fields.get("opened_on") or starts_on
    if opened_on > starts_on:
        what = f"the account was opened on {opened_on}, after the supply starts on {starts_on}"
        read.flaw("opened_on", what, "an account is open when its first supply starts")
    if starts_on > today:
        what = f"{starts_on} is after today, {today}"
        read.flaw("date_future", what, "take the supply in when it has begun")
    return installed_on, opened_on, starts_on


def _texts(read: "_Reader") -> dict[str, Any]:
    return {
        **{name: read.text(name) for name in _TEXTS},
        "address": read.fields["address"],
        "industry": read.fields.get("industry"),
        "office": read.fields["office"],
        "office_name": read.fields.get("office_name") or read.fields["office"],
        "route": read.fields.get("route"),
    }


def _dial(read: "_Reader") -> dict[str, Any]:
    digits = read.whole("digits", 1, 12)
    decimals = read.whole("decimals", 0, 6)
    registers, marks = read.registers()
    return {
        "digits": digits,
        "decimals": decimals,
        "registers": registers,
        "marks": marks,
        "openings": read.openings(len(registers), digits, decimals),
        "multiplier": read.number("multiplier", positive=True),
    }


class _Reader:
    """Reads fields that need more than their column's type; gathers what is wrong with them."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.flaws: list[Flaw] = []

    def flaw(self, code: str, message: str, remedy: str) -> None:
        """Add something that is wrong."""
        self.flaws.append(Flaw(code, message, remedy))

    def text(self, name: str) -> str:
        """Return a text that is short enough for its column."""
        text = str(self.fields[name])
        if len(text) > _TEXTS[name]:
            what = f"{name} has {len(text)} characters"
            self.flaw("field_too_long", what, f"at most {_TEXTS[name]} are taken")
        return text

    def whole(self, name: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        number: Decimal = self.fields[name]
        if number != int(number) or not least <= number <= most:
            what = f"{name}: {number} cannot be"
            self.flaw("range", what, f"write a whole number from {least} to {most}")
            return most if number > most else least
        return int(number)

    def number(self, name: str, *, positive: bool = False) -> Decimal:
        """Return a number that is not negative, with six decimals at most."""
        number: Decimal = self.fields[name]
        if number < 0 or (positive and not number):
            self.flaw("range", f"{name}: {number} cannot be", "write a number above nothing")
            return Decimal(1)
        if number != round(number, 6) or number >= 10**9:
            self.flaw("range", f"{name}: {number} cannot be", "write six decimals at most")
            return Decimal(1)
        return number

    def number_or_none(self, name: str) -> Decimal | None:
        """Return a number, or none if its cell is empty."""
        return self.number(name) if name in self.fields else None

    def mobile(self, region: str) -> str | None:
        """Return a mobile number in international form, or none if its cell is empty."""
        text = self.fields.get("mobile")
        if text is None:
            return None
        found = normalized_mobile(text, region)
        if found is None:
            what = f"{text!r} is no mobile number"
            self.flaw("mobile", what, "write it like +8613800138000, or leave the cell empty")
        return found

    def email(self) -> str | None:
        """Return an e-mail address, or none if its cell is empty."""
        text = self.fields.get("email")
        if text is not None and (text.count("@") != 1 or not all(text.split("@")) or " " in text):
            what = f"{text!r} is no e-mail address"
            self.flaw("email", what, "correct it or leave the cell empty")
        return text

    def registers(self) -> tuple[tuple[RegisterCode, ...], tuple[str, ...]]:
        """Return the codes of the meter's registers, and what its files call each, if they say."""
        pairs = [word.partition("=") for word in self.fields["registers"].replace(";", " ").split()]
        words, marks = [word for word, _, _ in pairs], [mark for _, _, mark in pairs]
        known = {str(code): code for code in RegisterCode}
        called = [mark for mark in marks if mark]
        is_each_once = len(set(words)) == len(words) and len(set(called)) == len(called)
        if not words or not known.keys() >= set(words) or not is_each_once:
            what = f"registers: {self.fields['registers']!r} cannot be"
            self.flaw("registers", what, f"write some of {' '.join(known)}, each once, after ;")
            return (), ()
        if max(map(len, marks)) > MARK_MAX:
            what = f"registers: a mark of {max(map(len, marks))} characters"
            self.flaw("registers", what, f"at most {MARK_MAX} are taken, as in peak=E1")
        return tuple(known[word] for word in words), tuple(marks)

    def openings(self, count: int, digits: int, decimals: int) -> tuple[Decimal, ...]:
        """Return what each register showed; one number stands for all only if there is one."""
        words = self.fields["openings"].replace(";", " ").split()
        values = [value for value in map(_decimal, words) if value is not None]
        if count and (len(values) != len(words) or len(values) not in (count, 1 if count else 0)):
            what = f"opening readings: {self.fields['openings']!r} doesn't fit {count} registers"
            self.flaw("openings", what, "write one number for each register, in their order")
            return ()
        if len(values) == 1 and count > 1 and values[0]:
            what = f"opening readings: one number for {count} registers"
            self.flaw("openings", what, "write one number for each register, in their order")
        for value in values:
            if not 0 <= value < 10**digits or value != round(value, decimals):
                what = f"opening readings: {value} isn't on a dial of {digits} + {decimals} digits"
                self.flaw("openings", what, "correct the reading or the digits")
        return tuple(values * count if len(values) == 1 else values)


def normalized_mobile(text: str, region: str) -> str | None:
    """Return a mobile number in international form, or none if it isn't one."""
    try:
        found = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(found) or phonenumbers.number_type(found) not in _MOBILE:
        return None
    return str(phonenumbers.format_number(found, PhoneNumberFormat.E164))


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
