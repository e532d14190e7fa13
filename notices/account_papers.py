"""Statements of account and notes of what was corrected, as a customer reads them on paper."""

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy.orm import Session, sessionmaker

from billing import books, correcting
from billing import store as master
from billing.account import Account
from billing.correcting import IssuedCorrection
from billing.customer import Customer, Language
from billing.ledger import Book, Entry
from billing.money import show
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
    if Book.LATE_CHARGE in both:
        return label("late_charge", language)
    if Book.CASH in both and entry.payment_id is not None:
        is_refund = entry.credit is Book.CASH and entry.reverses_id is None
        number = f"R{entry.payment_id:09d}"
        name = "refund_paid" if is_refund else "payment_no"
        return label(name, language).format(number)
    if Book.BAD_DEBT in both:
        return label("written_off" if entry.debit is Book.BAD_DEBT else "recovered", language)
    if Book.DEPOSIT in both:
        return label("security_deposit", language)
    number = numbers.get(entry.bill_id or 0, "")
    if number:
        return label("bill_tax" if Book.TAX in both else "bill_no", language).format(number)
    return _words_of_no_bill(entry, language)


def _words_of_no_bill(entry: Entry, language: str) -> str:
    number = entry.text.rpartition(" ")[2]
    if Book.ADVANCE in (entry.debit, entry.credit):
        name = "advance_no" if entry.debit is Book.RECEIVABLE else "set_off_no"
        return label(name, language).format(number)
    if "correction " in entry.text:
        return label("correction_no", language).format(number)
    return label("fee", language)


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
