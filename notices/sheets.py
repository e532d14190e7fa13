"""What stands on a bill and on a receipt: facts of the books, ready to be drawn."""

from dataclasses import dataclass
from datetime import date, timedelta

from billing.bill import BillKind, IssuedBill
from billing.discount import Offer
from billing.line import Line
from billing.money import Money
from config.law import LateRate
from meters.reading import Part
from notices.figures import day_text, priced_text
from notices.notice import Addressee, MonthUsed, NoticeAccount, Sender

BILL_NAMES = frozenset(
    {
        "supplier",
        "hotline",
        "complaints",
        "office_address",
        "account",
        "due_on",
        "late_from",
        "late_rate",
        "late_month_rate",
        "earlier",
        "earlier_count",
        "in_favor",
        "estimated",
        "early_by",
        "early_amount",
        "early_discount",
    }
)
"""The $names that the wording of a bill may use."""

RECEIPT_NAMES = frozenset(
    {"supplier", "hotline", "complaints", "office_address", "account", "discount"}
)
"""The $names that the wording of a receipt may use."""


@dataclass(frozen=True, slots=True)
class BillPaper:
    """
    A bill as its paper shows it, with what stood open beside it on the day of issue.

    `late_rate` is by the day or by the month, `earlier` what older charges left open, `credit`
    what was settled at once: by `set_off`, the parts of the month that were asked for before it,
    with their numbers, and from what the customer else had with us; `usage` is the energy of the
    last months, this one last.
    """

    bill: IssuedBill
    language: str
    currency: str
    customer: Addressee
    account: NoticeAccount
    tariff: str
    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    usage: tuple[MonthUsed, ...]
    late_rate: LateRate
    earlier: Money
    earlier_count: int
    credit: Money
    offer: Offer | None = None
    set_off: tuple[tuple[str, Money], ...] = ()

    @property
    def from_credit(self) -> Money:
        """Return what was taken from the customer's credit, besides what was set off."""
        return self.credit - sum(amount for _, amount in self.set_off)

    @property
    def early_amount(self) -> Money:
        """Return what the bill comes to if it is paid by the day of its offer."""
        return 0 if self.offer is None else max(0, self.to_pay - self.offer.amount)

    @property
    def late_by_day(self) -> str:
        """Return what is added for every day of lateness; empty if nothing is."""
        rate = self.late_rate.current_year
        return f"{rate.normalize():f}‰" if rate else ""

    @property
    def late_by_month(self) -> str:
        """Return what is added for every month of lateness; empty if nothing is."""
        rate = self.late_rate.percent_a_month
        return f"{rate.normalize():f}%" if rate else ""

    @property
    def to_pay(self) -> Money:
        """Return what this bill still asks for; nothing when it is a credit."""
        return max(0, self.bill.amount - self.credit)

    @property
    def late_from(self) -> date:
        """Return the first day that costs a late charge."""
        return self.bill.due_on + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """A charge that a payment went to, and how much of it."""

    what: str  # energy, late_charge, fee
    bill: str | None
    start: date | None
    end: date | None
    amount: Money


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A payment that was received, and where it went."""

    number: str
    language: str
    currency: str
    received_on: date
    received_by: str
    customer: Addressee
    account: NoticeAccount
    method: str
    reference: str
    amount: Money
    settled: tuple[Settled, ...]
    discount: Money = 0

    @property
    def credit(self) -> Money:
        """Return what no charge has used, which stays to the customer's credit."""
        return self.amount - sum(part.amount for part in self.settled)


def facts_of_bill(paper: BillPaper, sender: Sender) -> dict[str, str]:
    """Return the facts that the wording of a bill may name; absent ones are empty."""
    language = paper.language
    return _facts_of_sender(sender, paper.account) | {
        "due_on": day_text(paper.bill.due_on, language),
        "late_from": day_text(paper.late_from, language) if paper.to_pay else "",
        "late_rate": paper.late_by_day,
        "late_month_rate": paper.late_by_month,
        "earlier": priced_text(paper.earlier, paper.currency, language) if paper.earlier else "",
        "earlier_count": str(paper.earlier_count) if paper.earlier else "",
        "in_favor": _in_favor(paper),
        "estimated": paper.bill.number if paper.bill.is_estimated else "",
        **_facts_of_offer(paper),
    }


def _in_favor(paper: BillPaper) -> str:
    amount = -paper.bill.amount
    is_credit = amount > 0 and paper.bill.kind is BillKind.REGULAR
    return priced_text(amount, paper.currency, paper.language) if is_credit else ""


def _facts_of_offer(paper: BillPaper) -> dict[str, str]:
    """Return what paying early earns; empty where nothing is offered, or all is paid already."""
    offer, language = paper.offer, paper.language
    if offer is None or not paper.early_amount:
        return dict.fromkeys(("early_by", "early_amount", "early_discount"), "")
    return {
        "early_by": day_text(offer.until, language),
        "early_amount": priced_text(paper.early_amount, paper.currency, language),
        "early_discount": priced_text(offer.amount, paper.currency, language),
    }


def facts_of_receipt(paper: ReceiptPaper, sender: Sender) -> dict[str, str]:
    """Return the facts that the wording of a receipt may name."""
    amount = priced_text(paper.discount, paper.currency, paper.language) if paper.discount else ""
    return _facts_of_sender(sender, paper.account) | {"discount": amount}


def _facts_of_sender(sender: Sender, account: NoticeAccount) -> dict[str, str]:
    return {
        "supplier": sender.name,
        "hotline": sender.hotline,
        "complaints": sender.complaints,
        "office_address": sender.address,
        "account": account.number,
    }
