"""What became of a file, as a file: every row that was not simply accepted, and why."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from config import batch
from config.batch import Batch, KeptVerdict
from config.database import canonical
from config.workbook import Heading, Sheet, Value, write_workbook

_ABOUT = (
    *("id", "kind", "file_name", "digest", "layout", "rows", "accepted", "doubted", "refused"),
    *("received_on", "received_by"),
)
_ROW = ("row", "verdict", "code", "message", "remedy")
_DECIDED = ("decision", "decided_by", "reason")


class NoSuchBatchError(Exception):
    """There is no such batch."""


def write_report(session: Session, batch_id: int, path: Path) -> int:
    """
    Write the report of a batch; return how many rows are on it.

    :param path: ends in .json for a program, else a workbook is written.
    :raises NoSuchBatchError: if there is no such batch.
    """
    found = batch.get(session, batch_id)
    if found is None:
        raise NoSuchBatchError(f"there is no batch {batch_id}")
    kept = batch.verdicts(session, batch_id)
    if path.suffix.lower() == ".json":
        report = _about(found) | {"rows_told": [_facts(one) for one in kept]}
        path.write_text(json.dumps(json.loads(canonical(report)), ensure_ascii=False, indent=2))
    else:
        write_workbook(path, [_summary(found), _rows(kept)])
    return len(kept)


def _about(found: Batch) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _ABOUT} | {"facts": dict(found.facts)}


def _facts(one: KeptVerdict) -> dict[str, Any]:
    verdict = {name: getattr(one.verdict, name) for name in (*_ROW, "raw")}
    return verdict | {name: getattr(one, name) for name in _DECIDED}


def _summary(found: Batch) -> Sheet:
    rows: list[list[Value]] = [[name, str(fact)] for name, fact in _about(found).items()]
    return Sheet("Batch", [Heading("What", 16), Heading("Is", 60)], rows)


def _rows(kept: list[KeptVerdict]) -> Sheet:
    names = list(dict.fromkeys(name for one in kept for name in one.verdict.raw))
    headings = [Heading(name) for name in (*_ROW, *_DECIDED, *names)]
    rows: list[list[Value]] = [
        [
            *(getattr(one.verdict, name) for name in _ROW),
            *(getattr(one, name) for name in _DECIDED),
            *(one.verdict.raw.get(name, "") for name in names),
        ]
        for one in kept
    ]
    return Sheet("Rows", headings, rows)
