"""What of a file of readings was refused, as a file to be mended and taken in again."""

from pathlib import Path

from sqlalchemy.orm import Session

from config.failed_rows import write_failed_rows
from meters.judge import DUPLICATE


def failed_rows(session: Session, batch_id: int, path: Path) -> int:
    """
    Write the refused rows of a batch, to be mended and taken in; return how many they are.

    Rows that are known already aren't among them: nothing is to be mended about those. The
    file is CSV or XLSX, as the path ends.
    """
    return write_failed_rows(session, batch_id, path, leave_out={DUPLICATE})
