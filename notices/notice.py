"""A notice: what a customer is told, with the facts as they stood when it was issued."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from billing.money import Money
from notices.capitals import capitals
from notices.figures import (
    article_texts,
    day_text,
    listed,
    priced_text,
    time_text,
)


class NoticeKind(StrEnum):
    """What a notice is for; the arrears steps that tell the customer have the same names."""

    COURTESY_REMINDER = "courtesy_reminder"
    SMS_REMINDER = "sms_reminder"
    LETTER = "letter"
    DEPOSIT_DEMAND = "deposit_demand"
    GUARANTEE_DEMAND = "guarantee_demand"
    PREPAID_CONVERSION = "prepaid_conversion"
    DISCONNECTION_NOTICE = "disconnection_notice"


class Channel(StrEnum):
    """How a notice travels."""

    SMS = "sms"
    PAPER = "paper"


PREFIXES: Mapping[NoticeKind, str] = {
    NoticeKind.COURTESY_REMINDER: "MC",
    NoticeKind.SMS_REMINDER: "MS",
    NoticeKind.LETTER: "RL",
    NoticeKind.DEPOSIT_DEMAND: "DD",
    NoticeKind.GUARANTEE_DEMAND: "GD",
    NoticeKind.PREPAID_CONVERSION: "PC",
    NoticeKind.DISCONNECTION_NOTICE: "DN",
}
"""What the numbers of each kind of notice begin with."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a notice goes to."""

    number: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class NoticeAccount:
    """An account that a notice is about, and where it is supplied."""

    number: str
    address: str
    meters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwedCharge:
    """
    An open charge as the notice lists it.

    `amount` is what was charged, `open` what is left of it; `late_charge` is what had accrued on
    it by the day of issue, from `late_from` on.
    """

    account: str
    what: str  # energy, late_charge, fee
    bill: str | None
    start: date | None
    end: date | None
    kwh: Decimal | None
    amount: Money
    open: Money
    due_on: date
    late_from: date | None
    days: int
    late_charge: Money


@dataclass(frozen=True, slots=True)
class Dunning:
    """An earlier reminder, and how it went out."""

    on: date
    kind: NoticeKind


@dataclass(frozen=True, slots=True)
class PlannedCut:
    """When supply will be cut if nothing is paid."""

    on: date
    from_hour: time
    until_hour: time


@dataclass(frozen=True, slots=True)
class DepositAsked:
    """A deposit that is asked for, how much is held, and what it was worked out from."""

    amount: Money
    held: Money
    average_bill: Money | None
    multiple: Decimal | None


@dataclass(frozen=True, slots=True)
class PrepaidTerms:
    """What a customer on prepayment agrees to: amounts in minor units, share in per cent."""

    debt: Money
    recovery_percent: Decimal
    warning_balance: Money
    stop_balance: Money


@dataclass(frozen=True, slots=True)
class MonthUsed:
    """The energy of a month, named by a day in it."""

    month: date
    kwh: Decimal


@dataclass(frozen=True, slots=True)
class Notice:
    """
    The facts of a notice, all that its words, its tables and its chart show.

    Optional facts are None or empty where a kind of notice doesn't have them.
    """

    number: str
    kind: NoticeKind
    language: str
    issued_on: date
    currency: str
    customer: Addressee
    accounts: tuple[NoticeAccount, ...]
    charges: tuple[OwedCharge, ...]
    late_per_day: Money
    pay_by: date
    dunnings: tuple[Dunning, ...]
    articles: tuple[str, ...]
    reconnection_hours: int
    cut: PlannedCut | None = None
    deposit: DepositAsked | None = None
    prepaid: PrepaidTerms | None = None
    usage: tuple[MonthUsed, ...] = ()
    approved_by: tuple[str, ...] = ()

    @property
    def principal(self) -> Money:
        """Return what is open, late charges that were posted included."""
        return sum(charge.open for charge in self.charges)

    @property
    def late_charge(self) -> Money:
        """Return the late charge that has accrued and isn't posted yet."""
        return sum(charge.late_charge for charge in self.charges)

    @property
    def total(self) -> Money:
        """Return what must be paid to be rid of it all."""
        return self.principal + self.late_charge

    @property
    def reference(self) -> str:
        """Return the account to name in a payment, the first when there are several."""
        return self.accounts[0].number


@dataclass(frozen=True, slots=True)
class Sender:
    """What a notice says of the supplier in the customer's language."""

    name: str
    short_name: str
    address: str
    hotline: str
    complaints: str


_COMMON = frozenset(
    {
        "supplier",
        "sender",
        "hotline",
        "complaints",
        "office_address",
        "number",
        "customer",
        "customer_number",
        "account",
        "address",
        "today",
        "total",
        "principal",
        "late_charge",
        "late_per_day",
        "bills",
        "oldest_due",
        "oldest_days",
        "pay_by",
        "capitals",
        "dunnings",
        "dunning_count",
    }
)
_SECURITY = frozenset(
    {"deposit", "deposit_capitals", "deposit_held", "average_bill", "multiple", "articles"}
)
NAMES: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.COURTESY_REMINDER: _COMMON,
    NoticeKind.SMS_REMINDER: _COMMON,
    NoticeKind.LETTER: _COMMON,
    NoticeKind.DEPOSIT_DEMAND: _COMMON | _SECURITY,
    NoticeKind.GUARANTEE_DEMAND: _COMMON | _SECURITY,
    NoticeKind.PREPAID_CONVERSION: _COMMON
    | {"debt", "recovery_percent", "warning_balance", "stop_balance", "articles"},
    NoticeKind.DISCONNECTION_NOTICE: _COMMON
    | {"cut_on", "cut_from", "cut_until", "reconnection_hours", "articles", "approved_by"},
}
"""The $names that the wording of each kind may use."""

PLACES: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.COURTESY_REMINDER: frozenset(),
    NoticeKind.SMS_REMINDER: frozenset(),
    NoticeKind.LETTER: frozenset({"summary", "charges", "usage", "payment", "signature"}),
    NoticeKind.DEPOSIT_DEMAND: frozenset({"summary", "charges", "payment", "signature"}),
    NoticeKind.GUARANTEE_DEMAND: frozenset({"summary", "charges", "payment", "signature"}),
    NoticeKind.PREPAID_CONVERSION: frozenset({"summary", "charges", "usage", "agreement"}),
    NoticeKind.DISCONNECTION_NOTICE: frozenset(
        {"summary", "charges", "usage", "payment", "signature"}
    ),
}
"""The places that can be drawn in each kind."""


def facts_of(notice: Notice, sender: Sender) -> dict[str, str]:
    """Return the facts that a wording may name, as its language writes them; absent ones empty."""

    def priced(amount: Money | None) -> str:
        if amount is None:
            return ""
        return priced_text(amount, notice.currency, notice.language)

    def day(value: date | None) -> str:
        return "" if value is None else day_text(value, notice.language)

    facts = _general(notice, sender, priced, day)
    facts |= _of_cut(notice, day)
    if notice.deposit is not None:
        facts |= {
            "deposit": priced(notice.deposit.amount),
            "deposit_capitals": _capitals(notice.deposit.amount, notice),
            "deposit_held": priced(notice.deposit.held) if notice.deposit.held else "",
            "average_bill": priced(notice.deposit.average_bill),
            "multiple": _number(notice.deposit.multiple),
        }
    if notice.prepaid is not None:
        facts |= {
            "debt": priced(notice.prepaid.debt) if notice.prepaid.debt else "",
            "recovery_percent": _number(notice.prepaid.recovery_percent),
            "warning_balance": priced(notice.prepaid.warning_balance),
            "stop_balance": priced(notice.prepaid.stop_balance),
        }
    return {name: facts.get(name, "") for name in NAMES[notice.kind]}


def _general(
    notice: Notice,
    sender: Sender,
    priced: Callable[[Money], str],
    day: Callable[[date | None], str],
) -> dict[str, str]:
    oldest = min(notice.charges, key=lambda charge: charge.due_on, default=None)
    accounts = notice.accounts
    return {
        "supplier": sender.name,
        "sender": sender.short_name,
        "hotline": sender.hotline,
        "complaints": sender.complaints,
        "office_address": sender.address,
        "number": notice.number,
        "customer": notice.customer.name,
        "customer_number": notice.customer.number,
        "account": listed([account.number for account in accounts], notice.language),
        "address": listed(
            list(dict.fromkeys(one.address for one in accounts if one.address)), notice.language
        ),
        "today": day(notice.issued_on),
        "total": priced(notice.total),
        "principal": priced(notice.principal),
        "late_charge": priced(notice.late_charge) if notice.late_charge else "",
        "late_per_day": priced(notice.late_per_day) if notice.late_per_day else "",
        "bills": str(len(notice.charges)) if notice.charges else "",
        "oldest_due": day(oldest.due_on if oldest else None),
        "oldest_days": str(oldest.days) if oldest else "",
        "pay_by": day(notice.pay_by),
        "capitals": _capitals(notice.total, notice),
        "dunnings": listed([day(d.on) for d in notice.dunnings], notice.language),
        "dunning_count": str(len(notice.dunnings)) if notice.dunnings else "",
        "articles": listed(article_texts(notice.articles, notice.language), notice.language),
        "approved_by": listed(notice.approved_by, notice.language),
        "reconnection_hours": str(notice.reconnection_hours),
    }


def _of_cut(notice: Notice, day: Callable[[date | None], str]) -> dict[str, str]:
    if notice.cut is None:
        return {}
    return {
        "cut_on": day(notice.cut.on),
        "cut_from": time_text(notice.cut.from_hour),
        "cut_until": time_text(notice.cut.until_hour),
    }


def _capitals(amount: Money, notice: Notice) -> str:
    """Chinese capitals name yuan, jiao and fen, so only amounts of yuan have them."""
    return capitals(amount) if notice.currency == "CNY" else ""


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
