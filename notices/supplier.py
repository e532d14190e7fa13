"""Who writes the notices: the supplier's names, addresses, bank and habits, from its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.customer import Language
from billing.money import MINOR, Money
from config.table import TableReader


class BadSupplierError(Exception):
    """The supplier's file doesn't say who the supplier is; the message lists every problem."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands at the head and in the seal of a paper, in one language."""

    name: str
    short_name: str
    address: str
    seal: str
    seal_use: str
    bank: str


@dataclass(frozen=True, slots=True)
class Supplier:
    """
    Who writes, how to reach and how to pay them.

    `days_to_pay` counts from a reminder's date; `days_to_serve` is what a disconnection notice
    allows for its way to the customer; `daily_cap` is how many messages a number gets in a day.
    """

    zh: Letterhead
    en: Letterhead
    hotline: str
    complaints: str
    account_name: str
    account_number: str
    payment_address: str
    days_to_pay: int
    days_to_serve: int
    has_seal: bool
    daily_cap: int
    recovery_percent: Decimal
    warning_balance: Money
    stop_balance: Money
    fonts: tuple[str, ...]

    def letterhead(self, language: str) -> Letterhead:
        """Return the letterhead in a language."""
        return self.zh if language == Language.CHINESE else self.en


def parse_supplier(name: str, table: Mapping[str, Any]) -> Supplier:
    """
    Return the supplier that a file's table describes.

    :raises BadSupplierError: with every problem of the file, one a line.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    payment, letters = reader.table("payment"), reader.table("letters")
    prepaid, paper = reader.table("prepaid"), reader.table("paper", required=False)
    supplier = Supplier(
        zh=_letterhead(reader.table("zh"), payment.text("bank_zh")),
        en=_letterhead(reader.table("en"), payment.text("bank_en")),
        hotline=reader.text("hotline"),
        complaints=reader.text("complaints"),
        account_name=payment.text("account_name"),
        account_number=payment.text("account_number"),
        payment_address=payment.text("address"),
        days_to_pay=letters.whole("days_to_pay", least=1),
        days_to_serve=letters.whole("days_to_serve", least=0),
        has_seal=letters.flag("print_seal", True),
        daily_cap=letters.whole("messages_a_day", least=1),
        recovery_percent=prepaid.number("recovery_percent"),
        warning_balance=prepaid.minor("warning_balance", digits=MINOR),
        stop_balance=prepaid.minor("stop_balance", digits=MINOR),
        fonts=paper.texts("fonts"),
    )
    for part in (payment, letters, prepaid, paper, reader):
        part.finish()
    if problems:
        raise BadSupplierError("\n".join(problems))
    return supplier


def _letterhead(reader: TableReader, bank: str) -> Letterhead:
    letterhead = Letterhead(
        name=reader.text("name"),
        short_name=reader.text("short_name"),
        address=reader.text("address"),
        seal=reader.text("seal"),
        seal_use=reader.text("seal_use"),
        bank=bank,
    )
    reader.finish()
    return letterhead
