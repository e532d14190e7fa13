"""Bills and receipts on paper: the books' facts as a customer reads them, many at a time."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from billing import advances, books, discounts
from billing import store as master
from billing.account import Account
from billing.bill import BillKind, IssuedBill, digests_in
from billing.customer import Customer, Language
from billing.discount import Offer
from billing.ledger import Book, Charge, ChargeKind, Entry
from billing.line import Line
from billing.tariffs import TariffBook
from config import people, settings
from config.database import in_chunks, reading
from config.in_force import market_on
from meters.reading import Usage
from meters.store import ServicePoint, service_points
from notices import stationery
from notices.notice import Addressee, MonthUsed, NoticeAccount
from notices.paper.bill import PrintedBill
from notices.paper.press import print_bills, print_receipt, why_not
from notices.paper.receipt import PrintedReceipt
from notices.sheets import BillPaper, ReceiptPaper, Settled, facts_of_bill, facts_of_receipt
from notices.stationery import BILL, RECEIPT, Stationery

BILLS_MAX = 500
"""Bills in one file: all share its fonts, and a printer can still take it."""
_YEAR = timedelta(days=366)
_MONTHS = 12


class UnknownPaperError(Exception):
    """No paper has this number."""


@dataclass(frozen=True, slots=True)
class _Books:
    """What the books know of some bills of one day of issue."""

    accounts: Mapping[int, Account]
    customers: Mapping[int, Customer]
    points: Mapping[int, ServicePoint]
    lines: Mapping[int, Sequence[Line]]
    usages: Mapping[int, Usage]
    tariffs: Mapping[int, tuple[str, str]]
    months: Mapping[int, Sequence[tuple[date, Decimal, int]]]
    charges: Mapping[int, Sequence[Charge]]
    offers: Mapping[int, Offer]
    set_off: Mapping[int, Sequence[tuple[str, int]]]
    parts: frozenset[int]


def bill(sessions: sessionmaker[Session], number: str) -> bytes:
    """
    Return a bill as a PDF.

    :raises UnknownPaperError: if no bill has the number.
    :raises MissingGlyphsError: if no font has one of its characters.
    """
    with reading(sessions) as session:
        found = master.find_bill(session, number)
        if found is None:
            raise UnknownPaperError(f"no bill has the number {number!r}; look under Bills")
        return print_bills(_printed(session, [found], _stationery()))


@dataclass(frozen=True, slots=True)
class Printed:
    """The files that the bills of a run became, and why some of the bills are in none."""

    files: tuple[Path, ...]
    left_out: tuple[str, ...]


def bills(
    sessions: sessionmaker[Session], run_id: int, folder: Path, *, at_once: int = BILLS_MAX
) -> Printed:
    """
    Write the bills of a run to files of so many, in the order of their accounts.

    A bill with a character that no font has is left out, and named with what helps.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paper = _stationery()
    written: list[Path] = []
    left_out: list[str] = []
    with reading(sessions) as session:
        issued = [one for one in master.bills(session, run_id=run_id) if one.run_id == run_id]
        for number, some in enumerate(in_chunks(issued, at_once), start=1):
            printable: list[PrintedBill] = []
            for one in _printed(session, some, paper):
                problem = why_not(one, paper.supplier, f"bill {one.paper.bill.number}")
                if problem is None:
                    printable.append(one)
                else:
                    left_out.append(problem)
            if printable:
                path = folder / f"bills-{run_id}-{number:03d}.pdf"
                part = path.with_suffix(".pdf.part")
                part.write_bytes(print_bills(printable))
                written.append(part.replace(path))
    return Printed(tuple(written), tuple(left_out))


def receipt(sessions: sessionmaker[Session], number: str) -> bytes:
    """
    Return the receipt of a payment as a PDF.

    :raises UnknownPaperError: if no payment with an account has the number.
    """
    with reading(sessions) as session:
        paper = _receipt_paper(session, number)
        if paper is None:
            raise UnknownPaperError(
                f"no receipt has the number {number!r}; money in suspense has none yet"
            )
        written = _stationery()
        facts = facts_of_receipt(paper, written.sender(paper.language))
        words = written.words(paper.language, RECEIPT, facts)
        return print_receipt(PrintedReceipt(paper, words, written.supplier))


def _stationery() -> Stationery:
    return stationery.read(settings.from_environment().config)


def _printed(
    session: Session, issued: Sequence[IssuedBill], written: Stationery
) -> list[PrintedBill]:
    found = []
    for paper in bill_papers(session, issued):
        facts = facts_of_bill(paper, written.sender(paper.language))
        words = written.words(paper.language, BILL, facts)
        found.append(PrintedBill(paper, words, written.supplier))
    return found


def bill_papers(session: Session, issued: Sequence[IssuedBill]) -> Iterator[BillPaper]:
    """Yield what the papers of bills show, in the order of the bills."""
    days = {one.issued_on for one in issued}
    known = {
        day: _books(session, [one for one in issued if one.issued_on == day], day) for day in days
    }
    for one in issued:
        yield _bill_paper(session, one, known[one.issued_on])


def _books(session: Session, issued: Sequence[IssuedBill], day: date) -> _Books:
    ids = [one.id for one in issued]
    account_ids = {one.account_id for one in issued}
    accounts = master.accounts(session, account_ids)
    facts = master.bill_facts(session, ids)
    earliest = min(one.period.end for one in issued) - _YEAR
    latest = max(one.period.end for one in issued)
    return _Books(
        accounts=accounts,
        customers=master.customers(session, {one.customer_id for one in accounts.values()}),
        points=service_points(session, {one.service_point_id for one in issued}),
        lines=master.bill_lines(session, ids),
        usages={key: Usage.from_facts(one["usage"]) for key, one in facts.items() if one},
        tariffs=_tariffs(session, facts),
        months=master.monthly_bills(session, account_ids, since=earliest, until=latest),
        charges=books.open_charges(session, account_ids, as_of=day),
        offers=discounts.offers_on_bills(session, ids),
        set_off=advances.set_off_against(session, ids, as_of=day),
        parts=frozenset(advances.charges_of_months(session, account_ids, before=latest)),
    )


def _tariffs(
    session: Session, facts: Mapping[int, Mapping[str, object]]
) -> dict[int, tuple[str, str]]:
    """Return what the tariffs of each bill are called, in Chinese and in English."""
    digests = {key: sorted(digests_in(one)) for key, one in facts.items() if one}
    wanted = {digest for some in digests.values() for digest in some}
    known = TariffBook().by_digests(session, wanted)
    return {
        key: (
            "、".join(dict.fromkeys(known[digest].zh for digest in some)),
            ", ".join(dict.fromkeys(known[digest].en for digest in some)),
        )
        for key, some in digests.items()
    }


def _bill_paper(session: Session, one: IssuedBill, known: _Books) -> BillPaper:
    account = known.accounts[one.account_id]
    customer = known.customers[account.customer_id]
    point = known.points[one.service_point_id]
    usage = known.usages.get(one.id)
    parts = () if usage is None else usage.parts
    market = market_on(session, one.issued_on)
    zh, en = known.tariffs.get(one.id, ("", ""))
    own = known.charges.get(one.account_id, ())
    earlier = [charge for charge in own if _is_earlier(charge, one, known.parts)]
    meters = tuple(dict.fromkeys(part.serial for part in parts))
    return BillPaper(
        bill=one,
        language=customer.language,
        currency=market.currency,
        customer=Addressee(customer.number, customer.name, customer.address or point.address),
        account=NoticeAccount(account.number, point.address, meters),
        tariff=zh if customer.language == Language.CHINESE else en,
        lines=tuple(known.lines.get(one.id, ())),
        parts=parts,
        usage=_months(known.months.get(one.account_id, ()), one),
        late_rate=market.late_charge.rate_for(one.supply_class),
        earlier=sum(charge.open for charge in earlier),
        earlier_count=len(earlier),
        credit=_credit(one, own),
        offer=known.offers.get(one.id),
        set_off=tuple(known.set_off.get(one.id, ())),
    )


def _is_earlier(charge: Charge, one: IssuedBill, parts: Collection[int]) -> bool:
    """Test whether a charge is older than a bill, though it may be due only now."""
    is_late_charge = charge.kind is ChargeKind.LATE_CHARGE and charge.bill_id != one.id
    return is_late_charge or charge.id in parts or charge.due_on < one.issued_on


def _credit(one: IssuedBill, charges: Sequence[Charge]) -> int:
    """Return what was settled on the day of issue: money that the customer had with us."""
    if one.kind is BillKind.REVERSAL or one.amount <= 0:
        return 0
    still_open = sum(
        charge.open
        for charge in charges
        if charge.bill_id == one.id and charge.kind is ChargeKind.ENERGY
    )
    return one.amount - still_open


def _months(billed: Sequence[tuple[date, Decimal, int]], one: IssuedBill) -> tuple[MonthUsed, ...]:
    months: dict[date, Decimal] = {}
    for end, kwh, _ in billed:
        if one.period.end - _YEAR <= end <= one.period.end:
            month = (end - timedelta(days=1)).replace(day=1)
            months[month] = months.get(month, Decimal(0)) + kwh
    return tuple(MonthUsed(month, kwh) for month, kwh in sorted(months.items()))[-_MONTHS:]


def _receipt_paper(session: Session, number: str) -> ReceiptPaper | None:
    digits = number.removeprefix("R")
    payment_id = int(digits) if digits.isascii() and digits.isdigit() else 0
    payment = books.payments(session, [payment_id]).get(payment_id)
    if payment is None or payment.number != number or payment.account_id is None:
        return None
    account = master.accounts(session, [payment.account_id])[payment.account_id]
    customer = master.customers(session, [account.customer_id])[account.customer_id]
    names = {user.login: user.name for user in people.users(session)}
    return ReceiptPaper(
        number=number,
        language=customer.language,
        currency=market_on(session, payment.posted_on).currency,
        received_on=payment.posted_on,
        received_by=names.get(payment.received_by, payment.received_by),
        customer=Addressee(customer.number, customer.name, customer.address or ""),
        account=NoticeAccount(account.number, _address(session, account.id), ()),
        method=payment.method or payment.channel,
        reference=payment.reference,
        amount=payment.amount,
        settled=_settled(session, payment_id, account.id, payment.posted_on),
        discount=_discount(session, payment_id, account.id, payment.posted_on),
    )


def _address(session: Session, account_id: int) -> str:
    supplies = master.supplies_of(session, [account_id]).get(account_id, [])
    if not supplies:
        return ""
    point_id = supplies[-1].service_point_id
    return service_points(session, [point_id])[point_id].address


def _settled(
    session: Session, payment_id: int, account_id: int, posted_on: date
) -> tuple[Settled, ...]:
    """Return what the payment was used for on the day it was received."""
    entries = books.statement(session, account_id)
    own = [entry for entry in entries if entry.payment_id == payment_id]
    held = sum(entry.amount for entry in own if entry.credit is Book.DEPOSIT)
    found = [Settled("security_deposit", None, None, None, held)] if held else []
    amounts: Counter[int] = Counter()
    for entry in own:
        if _uses(entry) and entry.posted_on == posted_on:
            assert entry.charge_id is not None, "what touches the receivable names a charge"
            amounts[entry.charge_id] += entry.amount
    bill_ids = {entry.charge_id: entry.bill_id for entry in entries if entry.bill_id is not None}
    bills_of = {one.id: one for one in master.bills(session, ids=set(bill_ids.values()))}
    late = books.late_charge_ids(session, set(amounts))
    for charge_id, amount in amounts.items():
        one = bills_of.get(bill_ids.get(charge_id, 0))
        kind = ChargeKind.ENERGY if one else ChargeKind.FEE
        found.append(
            _settled_part(ChargeKind.LATE_CHARGE if charge_id in late else kind, one, amount)
        )
    return tuple(found)


def _uses(entry: Entry) -> bool:
    return entry.debit is Book.ON_ACCOUNT and entry.credit is Book.RECEIVABLE


def _discount(session: Session, payment_id: int, account_id: int, posted_on: date) -> int:
    """Return what the payment earned by coming early, on the day it was received."""
    return sum(
        entry.amount
        for entry in books.statement(session, account_id)
        if entry.payment_id == payment_id
        and entry.debit is Book.DISCOUNT
        and entry.posted_on == posted_on
    )


def _settled_part(kind: ChargeKind, one: IssuedBill | None, amount: int) -> Settled:
    return Settled(
        what=kind.value,
        bill=one.number if one else None,
        start=one.period.start if one else None,
        end=one.period.end if one else None,
        amount=amount,
    )
