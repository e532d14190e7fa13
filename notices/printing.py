"""Print letters: batches in walking order, reprints of them, and one letter for a look at it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from billing.customer import Language
from config import journal, people, settings
from config.database import in_chunks, reading
from config.in_force import market_on
from config.lease import holding
from notices import stationery, store
from notices.live import mark_done, sort_out
from notices.notice import Channel
from notices.outbox import State
from notices.paper.batch import Batch
from notices.paper.fonts import describe
from notices.paper.labels import label
from notices.paper.letter import Letter
from notices.paper.press import missing_in, print_batch, print_letter
from notices.papers import UnknownPaperError, bill, bills, receipt
from notices.record import KeptBatch, KeptNotice, Queued, Stop
from notices.stationery import Stationery
from notices.walking import stops, walk

__all__ = [
    "LETTERS_MAX",
    "PrintBatch",
    "UnknownPaperError",
    "bill",
    "bills",
    "letter",
    "print_due",
    "receipt",
    "redraw",
    "reprint",
]

LETTERS_MAX = 500
"""Letters in one file: all share its fonts, and a printer can still take it."""


@dataclass(frozen=True, slots=True)
class PrintBatch:
    """
    A batch that was printed to a file.

    `left_out` are notices cancelled at the last moment: paid, or decided anew. `problems` tell of
    letters that wait because they can't be drawn.
    """

    number: str
    path: Path
    letters: int
    pages: int
    left_out: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A letter that may be printed, and where it is carried to."""

    row: Queued
    kept: KeptNotice
    stop: Stop


def print_due(
    sessions: sessionmaker[Session],
    folder: Path,
    *,
    today: date,
    now: datetime,
    by: str,
    office_id: int | None = None,
    limit: int = LETTERS_MAX,
    with_stationery: Stationery | None = None,
) -> PrintBatch | None:
    """
    Print the letters that wait, in walking order, into one file with a cover; none if none wait.

    Each is looked at again in the transaction that says it was printed, so that nobody who has
    paid is written to. The file gets its name only when the batch is in the books.

    :param office_id: only the letters of an office. :param limit: the most letters in a file;
        call again for the next.
    :raises BusyError: if letters are being printed at this moment.
    """
    paper = with_stationery or stationery.read(settings.from_environment().config)
    folder.mkdir(parents=True, exist_ok=True)
    with holding(sessions, "printing of letters"):
        _finish(sessions, folder)
        with sessions.begin() as session:
            ready, gone, problems = _claim(session, office_id, limit, today=today, now=now)
            if not ready:
                return None
            made = _print(session, ready, paper, folder, office_id, by=by, today=today, now=now)
        path = made.path.replace(folder / f"{made.number}.pdf")
    return replace(made, path=path, left_out=gone, problems=tuple(problems))


def reprint(
    sessions: sessionmaker[Session],
    number: str,
    folder: Path,
    *,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> PrintBatch:
    """
    Print a batch once more, word for word and with a mark on each page; nobody is told anew.

    :raises UnknownPaperError: if no batch has the number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sessions.begin() as session:
        kept = _find(session, number)
        data, pages = redraw(session, kept, mark=label("reprint", kept.language))
        store.add_reprint(session, kept.id, printed_on=today, by=by, reason=reason, now=now)
        journal.note(
            session,
            by=by,
            act="reprint letters",
            subject=f"batch {number}",
            facts={"reason": reason},
            now=now,
        )
        path = folder / f"{number}-reprint-{kept.reprints + 1}.pdf"
        part = _write(path.with_suffix(".pdf.part"), data)
    return PrintBatch(number, part.replace(path), kept.letters, pages)


def redraw(session: Session, kept: KeptBatch, *, mark: str | None = None) -> tuple[bytes, int]:
    """Return a batch's file drawn again from what was kept, and its pages."""
    walked = store.walk_of(session, kept.id)
    notices = store.kept_notices(session, [notice_id for notice_id, _ in walked])
    head = store.letterheads(session, [kept.letterhead_id])[kept.letterhead_id]
    letters = tuple((stop, _letter(notices[notice_id])) for notice_id, stop in walked)
    return print_batch(
        Batch(kept.number, kept.printed_on, kept.printed_by, kept.language, head, letters),
        mark=mark,
    )


def letter(sessions: sessionmaker[Session], number: str) -> bytes:
    """
    Return a notice on paper as it was written, for a look at it.

    :raises UnknownPaperError: if no notice has the number, or it went out as a message.
    """
    with reading(sessions) as session:
        found = store.find_notice(session, number)
        if found is None or found.channel is not Channel.PAPER:
            raise UnknownPaperError(f"no letter has the number {number!r}; look under Notices")
        return print_letter(_letter(store.kept_notices(session, [found.id])[found.id]))


def _print(
    session: Session,
    ready: Sequence[_Waiting],
    paper: Stationery,
    folder: Path,
    office_id: int | None,
    *,
    by: str,
    today: date,
    now: datetime,
) -> PrintBatch:
    """Draw the letters into a file without its name yet, and write down that they are printed."""
    batch_id, number = store.next_batch(session, printed_on=today)
    language = str(market_on(session, today).languages[0])
    letters = _letters(session, [(one.kept, one.stop) for one in ready], language)
    batch = Batch(number, today, by, language, paper.supplier, letters)
    data, pages = print_batch(batch)
    part = _write(folder / f"{number}.pdf.part", data)
    _keep(session, batch_id, batch, ready, data, pages, office_id=office_id, now=now)
    mark_done(session, [one.kept.id for one in ready], by=by, today=today, now=now)
    return PrintBatch(number, part, len(ready), pages)


def _finish(sessions: sessionmaker[Session], folder: Path) -> None:
    """Name the files of batches that a crash left without a name; drop those never kept."""
    parts = {path.name.removesuffix(".pdf.part"): path for path in folder.glob("PB*.pdf.part")}
    if not parts:
        return
    with reading(sessions) as session:
        kept = {one.number: one for one in store.batches(session, numbers=parts)}
    for number, part in parts.items():
        batch = kept.get(number)
        if batch is not None and sha256(part.read_bytes()).hexdigest() == batch.digest:
            part.replace(folder / batch.file_name)
        else:
            part.unlink()


def _claim(
    session: Session, office_id: int | None, limit: int, *, today: date, now: datetime
) -> tuple[list[_Waiting], int, list[str]]:
    """Return the letters to print next, how many were cancelled, and why others must wait."""
    gone = 0
    problems: list[str] = []
    for ids in in_chunks(_due(session, office_id), limit):
        found = sort_out(session, ids, today=today, now=now)
        waiting = _waiting(session, found.live)
        wrong = _problems(waiting)
        gone += len(found.gone)
        problems += wrong.values()
        ready = [one for one in waiting if one.row.outbox_id not in wrong]
        # Some that can't go out must not keep those behind them from being printed.
        if ready:
            return ready, gone, problems
    return [], gone, problems


def _due(session: Session, office_id: int | None) -> list[int]:
    """Return the outbox rows of the letters that wait, in walking order."""
    papers = store.waiting_papers(session)
    where = stops(session, set(papers.values()))
    wanted = [
        (walk(where[notice_id][1], outbox_id), outbox_id)
        for outbox_id, notice_id in papers.items()
        if office_id in (None, where[notice_id][0])
    ]
    return [outbox_id for _, outbox_id in sorted(wanted)]


def _waiting(session: Session, rows: Sequence[Queued]) -> list[_Waiting]:
    ids = [row.notice_id for row in rows]
    kept, where = store.kept_notices(session, ids), stops(session, ids)
    found = [_Waiting(row, kept[row.notice_id], where[row.notice_id][1]) for row in rows]
    return sorted(found, key=lambda one: walk(one.stop, one.row.outbox_id))


def _problems(waiting: Sequence[_Waiting]) -> dict[int, str]:
    """Return by outbox row why a letter can't be drawn; it waits for a font or a correction."""
    found = {}
    for one in waiting:
        missing = missing_in((one.kept.notice, one.kept.words), one.kept.supplier)
        if missing:
            found[one.row.outbox_id] = describe(missing, one.kept.notice.number)
    return found


def _letters(
    session: Session, walked: Sequence[tuple[KeptNotice, Stop]], language: str
) -> tuple[tuple[Stop, Letter], ...]:
    """Return the letters with their stops, the office called by its name."""
    offices = {office.code: office for office in people.offices(session)}
    found = []
    for kept, stop in walked:
        office = offices[stop.office]
        name = office.name_zh if language == Language.CHINESE else office.name_en
        found.append((replace(stop, office=name), _letter(kept)))
    return tuple(found)


def _keep(
    session: Session,
    batch_id: int,
    batch: Batch,
    ready: Sequence[_Waiting],
    data: bytes,
    pages: int,
    *,
    office_id: int | None,
    now: datetime,
) -> None:
    facts = {
        "number": batch.number,
        "office_id": office_id,
        "language": batch.language,
        "printed_on": batch.printed_on,
        "printed_by": batch.printed_by,
        "printed_at": now,
        "letters": len(ready),
        "pages": pages,
        "file_name": f"{batch.number}.pdf",
        "digest": sha256(data).hexdigest(),
        "letterhead_id": store.letterhead_id(session, batch.supplier),
        "walk": [
            [one.kept.id, stop.office, stop.route, stop.order]
            for one, (stop, _) in zip(ready, batch.letters, strict=True)
        ],
    }
    store.add_batch(session, batch_id, facts)
    rows = [one.row.outbox_id for one in ready]
    store.move(session, rows, State.PRINTED, said=batch.number, now=now, batch_id=batch_id)
    journal.note(
        session,
        by=batch.printed_by,
        act="print letters",
        subject=f"batch {batch.number}",
        facts={"letters": len(ready), "pages": pages, "digest": facts["digest"]},
        now=now,
    )


def _letter(kept: KeptNotice) -> Letter:
    return Letter(kept.notice, kept.words, kept.supplier)


def _find(session: Session, number: str) -> KeptBatch:
    found = store.find_batch(session, number)
    if found is None:
        raise UnknownPaperError(f"no print batch has the number {number!r}; look under Notices")
    return found


def _write(path: Path, data: bytes) -> Path:
    """Write a file so that it is on the disk when this returns."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return path
