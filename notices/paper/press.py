"""The press: values in, the bytes of a PDF out. The same values give the same bytes."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from arrears.readable import Readable
from billing.customer import Language
from notices.paper.account import AccountPaper, draw_account_paper
from notices.paper.batch import Batch, draw_batch
from notices.paper.bill import PrintedBill, draw_bill
from notices.paper.fonts import MissingGlyphsError, describe, fonts
from notices.paper.letter import Letter, draw_letter
from notices.paper.policy import draw_policy
from notices.paper.receipt import PrintedReceipt, draw_receipt
from notices.paper.route import PrintedRoute, draw_route
from notices.paper.sheet import Sheet
from notices.supplier import Supplier

Paper = Letter | PrintedBill | PrintedReceipt


def print_letter(letter: Letter, *, mark: str | None = None) -> bytes:
    """
    Return one letter as a PDF.

    :param mark: a pale word across each page, such as that of a copy.
    :raises MissingGlyphsError: naming every character that no font has.
    """
    refuse_missing(letter, letter.supplier, letter.notice.number)
    sheet = _sheet(letter.supplier, f"{letter.words.title} {letter.notice.number}", mark)
    draw_letter(sheet, letter)
    return sheet.save()


def print_bills(bills: Sequence[PrintedBill], *, mark: str | None = None) -> bytes:
    """
    Return bills as one PDF, each beginning on a page of its own.

    :raises MissingGlyphsError: naming every character that no font has.
    """
    supplier = bills[0].supplier
    for bill in bills:
        refuse_missing(bill, supplier, bill.paper.bill.number)
    title = bills[0].paper.bill.number
    title = title if len(bills) == 1 else f"{title} – {bills[-1].paper.bill.number}"
    sheet = _sheet(supplier, title, mark)
    for at, bill in enumerate(bills):
        if at:
            sheet.new_page()
        draw_bill(sheet, bill)
    return sheet.save()


def print_receipt(receipt: PrintedReceipt, *, mark: str | None = None) -> bytes:
    """
    Return a receipt as a PDF, the customer's copy above the office's.

    :raises MissingGlyphsError: naming every character that no font has.
    """
    refuse_missing(receipt, receipt.supplier, receipt.paper.number)
    sheet = _sheet(receipt.supplier, receipt.paper.number, mark)
    draw_receipt(sheet, receipt)
    return sheet.save()


def print_account_paper(paper: AccountPaper, *, mark: str | None = None) -> bytes:
    """
    Return a statement of account, or a note of what was corrected, as a PDF.

    :raises MissingGlyphsError: naming every character that no font has.
    """
    refuse_missing(paper, paper.supplier, paper.number)
    sheet = _sheet(paper.supplier, f"{paper.title} {paper.number}", mark)
    draw_account_paper(sheet, paper)
    return sheet.save()


def print_batch(batch: Batch, *, mark: str | None = None) -> tuple[bytes, int]:
    """
    Return a batch as a PDF, and how many pages it has, the cover included.

    Letters with a character that no font has must have been left out before: see `missing_in`.

    :raises MissingGlyphsError: naming the first such character.
    """
    sheet = _sheet(batch.supplier, batch.number, mark)
    draw_batch(sheet, batch)
    return sheet.save(), sheet.page


def print_route(route: PrintedRoute) -> bytes:
    """
    Return a route's sheet as a PDF.

    :raises MissingGlyphsError: naming every character that no font has.
    """
    refuse_missing(route, route.supplier, route.code)
    sheet = _sheet(route.supplier, route.code, None)
    draw_route(sheet, route)
    return sheet.save()


def print_policy(policy: Readable, supplier: Supplier, language: Language) -> bytes:
    """
    Return a dunning policy in plain words as a PDF.

    :raises MissingGlyphsError: naming every character that no font has.
    """
    refuse_missing(policy, supplier, policy.name)
    sheet = _sheet(supplier, policy.name, None)
    draw_policy(sheet, policy, supplier, language)
    return sheet.save()


def missing_in(value: Any, supplier: Supplier) -> list[str]:
    """Return the characters anywhere in a value that none of the supplier's fonts has."""
    signs = _signs(value)
    return fonts(supplier.fonts).missing("".join(sorted(signs)))


def why_not(value: Any, supplier: Supplier, where: str) -> str | None:
    """Return why a value can't be drawn, and what helps; none if the fonts have all of it."""
    missing = missing_in(value, supplier)
    return describe(missing, where) if missing else None


def refuse_missing(value: Any, supplier: Supplier, where: str) -> None:
    """
    Refuse to draw a value that has a character which no font has.

    :raises MissingGlyphsError: naming every such character and the paper.
    """
    missing = missing_in(value, supplier)
    if missing:
        raise MissingGlyphsError(missing, where)


def _sheet(supplier: Supplier, title: str, mark: str | None) -> Sheet:
    return Sheet(fonts(supplier.fonts), title=title, author=supplier.en.name, mark=mark)


def _signs(value: Any) -> set[str]:
    """Return the characters in a value, but the supplier's, which were checked when it was read."""
    signs: set[str] = set()
    open_parts = [value]
    while open_parts:
        part = open_parts.pop()
        if isinstance(part, str):
            if not isinstance(part, StrEnum):
                signs.update(part)
        elif isinstance(part, tuple | list | dict | frozenset):
            open_parts += part
        elif not isinstance(part, Supplier):
            kind: Any = type(part)
            open_parts += (getattr(part, name) for name in _names(kind))
    return signs


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the parts of a kind of value; numbers, days and our own words have none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
