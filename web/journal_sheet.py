"""The journal as a sheet for the general ledger, the same from a page and from a command."""

from collections.abc import Sequence

from billing.general_ledger import Chart, JournalLine
from billing.money import major
from config.workbook import Heading, Sheet

MONEY = "#,##0.00"


def journal_sheet(title: str, lines: Sequence[JournalLine], chart: Chart) -> Sheet:
    """
    Return the sheet: a row a line, amounts in major units.

    `amount` is debit less credit, so that the whole column sums to zero.
    """
    headings = (
        Heading("voucher"),
        Heading("date"),
        Heading("account"),
        Heading("name_zh"),
        Heading("name_en"),
        Heading("book"),
        Heading("against"),
        Heading("debit", format=MONEY),
        Heading("credit", format=MONEY),
        Heading("amount", format=MONEY),
        Heading("entries"),
    )
    rows = [
        (
            line.voucher,
            line.posted_on,
            chart[line.book].number,
            chart[line.book].zh,
            chart[line.book].en,
            line.book.value,
            line.other.value,
            major(line.debit),
            major(line.credit),
            major(line.amount),
            line.entries,
        )
        for line in lines
    ]
    return Sheet(title, headings, rows)
