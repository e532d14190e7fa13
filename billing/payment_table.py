"""Read the rows of a payments file, CSV or XLSX, as a layout says."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.incoming import Incoming, amount_of
from billing.payment import CHANNEL_MAX, REFERENCE_MAX
from billing.payment_file import MoneyFile
from config.batch import Kind, RowVerdict, Verdict
from config.refusal import Problem
from config.rows import Row
from config.table_file import File, Table, read_table

FILE = "file"
"""The channel of payments whose layout names none."""
ZERO = Decimal(0)
_LENGTHS = {
    "channel": CHANNEL_MAX,
    "reference": REFERENCE_MAX,
    "method": 32,
    "payer": 200,
    "text": 500,
}


def read_payments(file: File, layout: str | None) -> MoneyFile:
    """
    Return the money that a table of payments reports.

    The layout's fields are `reference`, `account` or `bill` (or both), `paid_on` and `amount`, and
    if it likes `channel`, `method`, `payer` and `text`.

    :raises config.refusal.RefusedFileError: if no layout fits, the file breaks off, or its last
        row counts other rows or another sum than there are.
    """
    table = read_table(file, kind=Kind.PAYMENTS, layout=layout)
    rows = list(table.rows())
    _check_trailer(table, rows)
    read = [_read(row) for row in rows]
    return MoneyFile(
        kind=Kind.PAYMENTS,
        name=file.name,
        digest=file.digest,
        layout=table.layout.name,
        rows=[one for one in read if isinstance(one, Incoming)],
        verdicts=[one for one in read if isinstance(one, RowVerdict)],
        raw_of=table.raw,
    )


def _check_trailer(table: Table, rows: Sequence[Row]) -> None:
    trailer = table.layout.trailer
    if trailer is None:
        return
    cells = table.trailer()
    if cells is None:
        what = f"the row {trailer.marker} at the end is missing"
        raise table.file.refuse(Problem(0, "control_total", what, "get the whole file"))
    has = (Decimal(len(rows)), sum((row.fields.get("amount", Decimal(0)) for row in rows), ZERO))
    says = (_number_behind(trailer.count, cells), _number_behind(trailer.total, cells))
    for name, there, said in zip(("rows", "total"), has, says, strict=True):
        if there != said:
            what = f"the last row says {name} {said}, and the file has {there}"
            raise table.file.refuse(Problem(0, "control_total", what, "get the whole file"))


def _number_behind(words: str, cells: Sequence[str]) -> Decimal | None:
    for cell in cells:
        if cell.startswith(words):
            try:
                return Decimal(cell.removeprefix(words).strip())
            except InvalidOperation:
                return None
    return None


def _read(row: Row) -> Incoming | RowVerdict:
    if row.problems:
        first = row.problems[0]
        message = "; ".join(problem.message for problem in row.problems)
        return _refused(row, first.code, message, first.remedy)
    fields: dict[str, Any] = dict(row.fields)
    for name, longest in _LENGTHS.items():
        if len(fields.get(name, "")) > longest:
            what = f"{name} has {len(fields[name])} characters"
            return _refused(row, "field_too_long", what, f"at most {longest} are taken")
    amount = amount_of(fields["amount"])
    if not isinstance(amount, int):
        return _refused(row, *amount)
    return Incoming(
        row=row.number,
        channel=fields.get("channel", FILE),
        reference=fields["reference"],
        amount=amount,
        value_on=fields["paid_on"],
        # A bill says more than an account: whose it is, and what is to be settled first.
        words=tuple((fields[name],) for name in ("bill", "account") if fields.get(name)),
        method=fields.get("method", ""),
        payer=fields.get("payer", ""),
        text=fields.get("text", ""),
    )


def _refused(row: Row, code: str, message: str, remedy: str) -> RowVerdict:
    return RowVerdict(row.number, Verdict.REFUSED, code, message, remedy)
