"""The chart of accounts: which account of the general ledger each of our books is."""

import tomllib
from pathlib import Path

from billing.general_ledger import Chart, LedgerAccount
from billing.ledger import Book
from config.dated import PACKAGED

FILE = "chart_of_accounts.toml"
_FIELDS = {"number", "zh", "en"}


class BadChartError(Exception):
    """The chart of accounts can't be read; the message says everything that is wrong with it."""


def read(folder: Path | None) -> Chart:
    """
    Return the chart in a supplier's own folder, or else the packaged one.

    :raises BadChartError: if a book has no account, or the file names what isn't a book.
    """
    own = folder / FILE if folder is not None else None
    path = own if own is not None and own.is_file() else PACKAGED / FILE
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadChartError(f"{path}: {problem}; write it as TOML in UTF-8") from problem
    problems = [f"[{book}] is missing" for book in Book if str(book) not in facts]
    for name, fields in facts.items():
        if name not in list(Book):
            problems.append(f"[{name}] is no book; the books are {', '.join(Book)}")
        elif not isinstance(fields, dict) or set(fields) != _FIELDS:
            problems.append(f"[{name}] wants number, zh and en, and nothing else")
        elif not all(isinstance(one, str) and one.strip() for one in fields.values()):
            problems.append(f"[{name}]: write number, zh and en as texts in quotation marks")
    if problems:
        raise BadChartError(f"{path}: {'; '.join(problems)}")
    return {book: LedgerAccount(**facts[str(book)]) for book in Book}
