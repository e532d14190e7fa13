"""What of a file of readings was refused, as a file to be mended and taken in again."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from config import batch
from config.batch import RowVerdict, Verdict
from config.failed_rows import write_failed_rows
from meters.formats import green_button, nem12
from meters.formats.mending import feed_text, nem12_text
from meters.judge import DUPLICATE

_WRITERS = {nem12.NAME: (nem12_text, ".csv"), green_button.NAME: (feed_text, ".xml")}


def failed_rows(session: Session, batch_id: int, path: Path) -> int:
    """
    Write the refused rows of a batch, to be mended and taken in; return how many they are.

    Rows that are known already aren't among them: nothing is to be mended about those. Days of
    NEM12 and Green Button are written in that format, with all that belongs to them, whatever the
    path; a table is CSV or XLSX, as the path ends.
    """
    found = batch.get(session, batch_id)
    kept = batch.verdicts(session, batch_id, verdict=Verdict.REFUSED)
    own = in_own_format(found.layout, [one.verdict for one in kept]) if found else None
    if own is None:
        return write_failed_rows(session, batch_id, path, leave_out={DUPLICATE})
    text, _ = own
    path.write_bytes(text.encode())
    return sum(one.verdict.code != DUPLICATE for one in kept)


def in_own_format(layout: str, refused: Sequence[RowVerdict]) -> tuple[str, str] | None:
    """
    Return refused days as a file of the format that they came in, and how its name ends.

    None for a table, whose rows are told of beside the cells.
    """
    if layout not in _WRITERS:
        return None
    write, suffix = _WRITERS[layout]
    return write([one.raw for one in refused if one.code != DUPLICATE and one.raw]), suffix
