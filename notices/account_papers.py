"""Statements of account, notes of corrections, parts of a month: as a customer reads them."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy.orm import Session, sessionmaker

from billing import advances, books, correcting
from billing import store as master
from billing.account import Account
from billing.advances import Advance
from billing.correcting import IssuedCorrection
from billing.customer import Customer, Language
from billing.ledger import Book, Entry
from billing.money import show
from billing.month import month_of
from billing.statement import Statement, statement_of
from config import settings
from config.database import reading
from config.in_force import market_on
from meters.reading import plain
from meters.store import service_points
from notices import stationery
from notices.figures import day_text, period_text, priced_text
from notices.paper.account import AccountPaper
from notices.paper.labels import label
from notices.paper.press import print_account_paper
from notices.paper.tables import Column
from notices.papers import UnknownPaperError
from notices.supplier import Supplier


def statement(
    sessions: sessionmaker[Session], account_number: str, *, since: date, until: date
) -> bytes:
    """
    Return what changed an account's balance from one day to another, both included, as a PDF.

    :raises UnknownPaperError: if no account has the number.
    """
    with reading(sessions) as session:
        account = master.find_accounts(session, [account_number]).get(account_number)
        if account is None:
            raise UnknownPaperError(f"no account has the number {account_number!r}")
        entries = books.statement(session, account.id)
        ids = {one.bill_id for one in entries if one.bill_id is not None}
        numbers = {one.id: one.number for one in master.bills(session, ids=ids)}
        made = statement_of(entries, since=since, until=until)
        return print_account_paper(_statement_paper(session, account, made, numbers))


def correction(sessions: sessionmaker[Session], number: str) -> bytes:
    """
    Return a credit note, or the bill for what was billed too low, as a PDF.

    :raises UnknownPaperError: if no correction has the number.
    """
    with reading(sessions) as session:
        found = correcting.find_correction(session, number)
        if found is None:
            raise UnknownPaperError(f"no correction has the number {number!r}")
        account = master.accounts(session, [found.account_id])[found.account_id]
        return print_account_paper(_correction_paper(session, account, found))


def part(sessions: sessionmaker[Session], number: str) -> bytes:
    """
    Return what asks for a part of a month before its bill (分次结算), as a PDF.

    :raises UnknownPaperError: if no part has the number.
    """
    with reading(sessions) as session:
        found = advances.find_advance(session, number)
        if found is None:
            raise UnknownPaperError(f"no part of a month has the number {number!r}")
        account = master.accounts(session, [found.account_id], on=found.raised_on)
        return print_account_paper(_part_paper(session, account[found.account_id], found))


def _supplier() -> Supplier:
    return stationery.read(settings.from_environment().config).supplier


def _customer(session: Session, account: Account) -> Customer:
    return master.customers(session, [account.customer_id])[account.customer_id]


def _other(language: str) -> str:
    return Language.ENGLISH if language == Language.CHINESE else Language.CHINESE


def _statement_paper(
    session: Session, account: Account, made: Statement, numbers: Mapping[int, str]
) -> AccountPaper:
    customer = _customer(session, account)
    language = customer.language
    rows = [
        (
            line.entry.posted_on.isoformat(),
            line.entry.value_on.isoformat(),
            _words(line.entry, numbers, language),
            show(line.change) if line.change > 0 else "",
            show(-line.change) if line.change < 0 else "",
            show(line.balance),
        )
        for line in made.lines
    ]
    charged = sum(line.change for line in made.lines if line.change > 0)
    credited = -sum(line.change for line in made.lines if line.change < 0)
    total = ("", "", label("total", language), show(charged), show(credited), show(made.closing))
    currency = market_on(session, made.until).currency
    return AccountPaper(
        supplier=_supplier(),
        language=language,
        title=label("statement", language),
        other_title=label("statement", _other(language)),
        number=account.number,
        day=day_text(made.until, language),
        facts=(
            (label("customer", language), customer.name),
            (label("account", language), account.number),
            (label("item", language), f"{made.since} – {made.until}"),
        ),
        columns=_statement_columns(language),
        rows=tuple(rows),
        total=total,
        sums=(
            (label("opening", language), priced_text(made.opening, currency, language)),
            (label("closing", language), priced_text(made.closing, currency, language)),
        ),
    )


def _statement_columns(language: str) -> tuple[Column, ...]:
    return (
        Column(label("posted", language), 14),
        Column(label("counts_from", language), 14),
        Column(label("line", language), 34),
        Column(label("charged_more", language), 13, is_right=True),
        Column(label("credited", language), 13, is_right=True),
        Column(label("balance", language), 14, is_right=True),
    )


def _words(entry: Entry, numbers: Mapping[int, str], language: str) -> str:
    """Return what an entry is about, as the customer reads it."""
    if entry.reverses_id is not None:
        return label("undone", language).format(_plain_words(entry, numbers, language))
    return _plain_words(entry, numbers, language)


def _plain_words(entry: Entry, numbers: Mapping[int, str], language: str) -> str:
    both = (entry.debit, entry.credit)
    if Book.CASH in both and entry.payment_id is not None:
        is_refund = entry.credit is Book.CASH and entry.reverses_id is None
        number = f"R{entry.payment_id:09d}"
        name = "refund_paid" if is_refund else "payment_no"
        return label(name, language).format(number)
    number = numbers.get(entry.bill_id or 0, "")
    if _is_part_waiver(entry):
        return label("late_waived", language)
    if Book.BAD_DEBT in both:
        return label("written_off" if entry.debit is Book.BAD_DEBT else "recovered", language)
    for book, name in _BY_BOOK.items():
        if book in both:
            return label(name, language).format(number)
    if number:
        return label("bill_tax" if Book.TAX in both else "bill_no", language).format(number)
    return _words_of_no_bill(entry, language)


def _is_part_waiver(entry: Entry) -> bool:
    """Test whether a part of a late charge is waived, or such a waiver undone."""
    return Book.LATE_CHARGE is (entry.debit if entry.reverses_id is None else entry.credit)


_BY_BOOK = {
    Book.LATE_CHARGE: "late_charge",
    Book.DEPOSIT: "security_deposit",
    Book.DISCOUNT: "discount_on",
    Book.INTEREST: "deposit_interest",
}


def _words_of_no_bill(entry: Entry, language: str) -> str:
    number = entry.text.rpartition(" ")[2]
    if Book.ADVANCE in (entry.debit, entry.credit):
        name = "advance_no" if entry.debit is Book.RECEIVABLE else "set_off_no"
        return label(name, language).format(number)
    if "correction " in entry.text:
        return label("correction_no", language).format(number)
    return label("fee", language)


def _part_paper(session: Session, account: Account, found: Advance) -> AccountPaper:
    customer = _customer(session, account)
    language = customer.language
    bills = [master.find_bill(session, number) for number in found.by_bills]
    known = [one for one in bills if one is not None]
    places = service_points(session, {one.service_point_id for one in known})
    currency = market_on(session, found.raised_on).currency
    facts = (
        ("customer", customer.name),
        ("account", account.number),
        ("address", "; ".join(one.address for one in places.values())),
        ("item", label("part_of", language).format(found.no, _month(found.month, language))),
        ("due_on", day_text(found.due_on, language)),
        ("terms", label("part_why", language).format(account.settlements)),
    )
    columns = (("by_bill", 40), ("period", 40), ("amount", 20))
    return AccountPaper(
        supplier=_supplier(),
        language=language,
        title=label("part", language),
        other_title=label("part", _other(language)),
        number=found.number,
        day=day_text(found.raised_on, language),
        facts=tuple((label(name, language), value) for name, value in facts),
        columns=tuple(
            Column(label(name, language), room, is_right=name == "amount") for name, room in columns
        ),
        rows=tuple(
            (one.number, period_text(one.period.start, one.period.end, language), show(one.amount))
            for one in known
        ),
        total=None,
        sums=((label("to_pay", language), priced_text(found.amount, currency, language)),),
    )


def _month(first: date, language: str) -> str:
    return period_text(first, month_of(first).last + timedelta(1), language)


def _correction_paper(session: Session, account: Account, found: IssuedCorrection) -> AccountPaper:
    customer = _customer(session, account)
    language = customer.language
    point = service_points(session, [found.service_point_id])[found.service_point_id]
    title = "credit_note" if found.amount <= 0 else "debit_note"
    currency = market_on(session, found.issued_on).currency
    rows = tuple(_corrected_rows(found, language))
    total = ("", label("total", language), "", "", "", "", show(found.amount))
    facts = [
        (label("customer", language), customer.name),
        (label("account", language), account.number),
        (label("address", language), point.address),
        (label("why", language), f"{label(found.fault, language)}  {found.reason}"),
    ]
    if found.amount > 0:
        facts.append((label("due_on", language), day_text(found.due_on, language)))
    return AccountPaper(
        supplier=_supplier(),
        language=language,
        title=label(title, language),
        other_title=label(title, _other(language)),
        number=found.number,
        day=day_text(found.issued_on, language),
        facts=tuple(facts),
        columns=_correction_columns(language),
        rows=rows,
        total=total,
        sums=(
            (label("tax", language).format(show(found.tax)), ""),
            (
                label("to_pay" if found.amount > 0 else "in_your_favor", language),
                priced_text(abs(found.amount), currency, language),
            ),
        ),
    )


def _correction_columns(language: str) -> tuple[Column, ...]:
    return (
        Column(label("bill", language), 25),
        Column(label("period", language), 27),
        *(
            Column(label(name, language), 12, is_right=True)
            for name in ("as_billed", "as_right", "billed_amount", "right_amount", "difference")
        ),
    )


def _corrected_rows(found: IssuedCorrection, language: str) -> Iterator[tuple[str, ...]]:
    for one in found.bills:
        yield (
            one.number,
            period_text(one.period.start, one.period.end, language),
            plain(one.kwh),
            plain(one.right_kwh),
            show(one.amount),
            show(one.right_amount),
            show(one.right_amount - one.amount),
        )
