"""Read files of customers whose end is known."""

import csv
from pathlib import Path

from arrears import card_debt
from arrears.card_debt import Sample
from config.refusal import Problem
from config.table_file import open_file

SHOWN = 20
"""Problems that are told one by one."""


def read(path: Path) -> list[Sample]:
    """
    Return the customers of a file, each with the behavior that its row describes.

    :raises config.refusal.RefusedFileError: with every row that isn't what it should be.
    """
    file = open_file(path)
    with file.lines() as lines:
        reader = csv.DictReader(lines)
        headings = [heading.strip() for heading in reader.fieldnames or ()]
        reader.fieldnames = headings
        missing = card_debt.missing_headings(headings)
        if missing:
            what = f"the columns {', '.join(missing)} are missing"
            raise file.refuse(Problem(1, "no_heading", what, "see docs/credit.md for the columns"))
        found: list[Sample] = []
        problems: list[Problem] = []
        for row in reader:
            try:
                name = row.get("row") or row.get("ID") or str(reader.line_num)
                found.append(card_debt.sample(name, _whole(row)))
            except ValueError as wrong:
                remedy = "correct the row, or leave it out"
                problems.append(Problem(reader.line_num, "bad_cell", str(wrong), remedy))
    if problems:
        raise file.refuse(*problems[:SHOWN])
    if not found:
        raise file.refuse(Problem(0, "no_rows", "there is no customer in it", "send some"))
    return found


def _whole(row: dict[str, str | None]) -> dict[str, str]:
    if any(value is None for value in row.values()) or None in row:
        raise ValueError("has not as many cells as there are headings")
    return {key: value or "" for key, value in row.items()}
