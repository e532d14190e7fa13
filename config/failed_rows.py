"""The refused rows of a batch as a file: mended in a spreadsheet, it can be taken in again."""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy.orm import Session

from config import batch
from config.batch import Verdict
from config.rows import OURS
from config.workbook import Heading, Sheet, Value, write_table

EXTRA = tuple(f"{OURS}{name}" for name in ("row", "code", "message", "remedy"))
"""Our own columns beside those of the file; they are passed over when it comes back."""


def write_failed_rows(
    session: Session, batch_id: int, path: Path, *, leave_out: Collection[str] = ()
) -> int:
    """
    Write the refused rows of a batch under the headings of their file; return how many.

    :param path: ends in .xlsx for a workbook, else CSV is written.
    :param leave_out: codes of rows about which nothing is to be mended.
    """
    found = batch.get(session, batch_id)
    refused = [
        kept.verdict
        for kept in batch.verdicts(session, batch_id, verdict=Verdict.REFUSED)
        if kept.verdict.code not in leave_out
    ]
    known = found.facts.get("headings", ()) if found else ()
    names = list(dict.fromkeys([*known, *(name for one in refused for name in one.raw)]))
    rows: list[list[Value]] = [
        [*(one.raw.get(name, "") for name in names), one.row, one.code, one.message, one.remedy]
        for one in refused
    ]
    headings = [Heading(name) for name in (*names, *EXTRA)]
    write_table(path, Sheet(f"failed rows of batch {batch_id}", headings, rows))
    return len(rows)
