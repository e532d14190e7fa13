"""What an entry of an account's ledger is about, in the person's language."""

from collections.abc import Mapping

from flask_babel import gettext as _

from billing.ledger import Book, Entry
from billing.recount import REASON
from billing.statement import StatementLine, statement_lines

__all__ = ["StatementLine", "entry_words", "statement_lines"]

# A refund, and one whose payment was taken back afterwards.
_REFUND = ((Book.ON_ACCOUNT, Book.CASH), (Book.RECEIVABLE, Book.ON_ACCOUNT))


def entry_words(entry: Entry, bill_numbers: Mapping[int, str]) -> str:
    """Return what an entry is about, in the person's language."""
    if entry.reverses_id is not None:
        return _of_undone(entry)
    if entry.touches(Book.LATE_CHARGE):
        is_raised = entry.credit is Book.LATE_CHARGE
        return _("Late charge") if is_raised else _("Late charge waived in part")
    if (entry.debit, entry.credit) in _REFUND:
        is_paid = entry.credit is Book.CASH
        return _("Refund") if is_paid else _("Refund that is owed again")
    if entry.debit is Book.INTEREST:
        return _("Interest on the deposit")
    number = bill_numbers.get(entry.bill_id or 0)
    if entry.payment_id is not None and entry.debit is not Book.DISCOUNT:
        return _("Payment %(number)s", number=f"R{entry.payment_id:09d}")
    return _of_no_bill(entry) if number is None else _of_bill(entry, number)


def _of_undone(entry: Entry) -> str:
    """Return why something was undone: in a person's own words, unless the books did it."""
    if entry.text == REASON:
        return _("Lateness counted again")
    why, _space, what = entry.text.partition(" ")
    if why == "waived:":
        return _("Late charge waived: %(reason)s", reason=what)
    if why == "reversal":
        return _("By %(number)s", number=what)
    return entry.text


def _of_bill(entry: Entry, number: str) -> str:
    if entry.debit is Book.DISCOUNT:
        return _("Discount for paying bill %(number)s early", number=number)
    if entry.credit is Book.TAX:
        return _("Tax of bill %(number)s", number=number)
    return _("Bill %(number)s", number=number)


def _of_no_bill(entry: Entry) -> str:
    if entry.credit is Book.ADVANCE:
        return _("On account of a bill: %(number)s", number=entry.text.rpartition(" ")[2])
    return entry.text
