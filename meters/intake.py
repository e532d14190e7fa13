"""
Readings come in: a file becomes a batch, every row of it has a verdict, and doubts wait.

A reading that is kept is never overwritten: a row that says otherwise is refused, and a
correction is an act of its own that names what it replaces, and why.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from config import batch, dated, journal, people
from config.batch import Batch, Decision, KeptVerdict, Kind, Verdict
from config.database import reading
from config.failed_rows import write_failed_rows
from config.refusal import RefusedFileError
from config.table_file import File, open_file
from meters import store
from meters.check import ALONE, Case
from meters.formats.raw import ReadFile
from meters.formats.read import read_file
from meters.gaps import CHECKS, estimate_missing
from meters.judge import DUPLICATE
from meters.reading import Reading, ReadingKind, RegisterCode, plain
from meters.readings import NewReading, active_readings, add_readings, find_meters
from meters.rules import parse_rules
from meters.sift import Fresh, Sifted, sift
from meters.usage import Dial

__all__ = (
    "BusyFileError",
    "CorrectionError",
    "StaleDoubtError",
    "correct",
    "doubts",
    "estimate_missing",
    "failed_rows",
    "settle",
    "take_in",
)

# Two files with the same reading at once: one comes first, the other looks again.
_TRIES = 3


class CorrectionError(Exception):
    """A correction can't be made; the text says why and what would be right."""


class BusyFileError(Exception):
    """Others take in the same readings again and again; nothing of this file was kept."""


class StaleDoubtError(Exception):
    """A doubted reading can no longer be accepted: another one of its day is kept by now."""


def take_in(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    layout: str | None = None,
    fmt: str | None = None,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool = False,
    folder: Path | None = None,
) -> Batch:
    """
    Take a file of readings in: what is right at once, what is doubted when a person has settled it.

    The same file again changes nothing: its first batch is returned, with `is_repeat`.

    :param layout: a table's layout; without it the headings tell.
    :param fmt: overrules the format that the content shows: table or nem13.
    :param dry_run: only say what would become of each row.
    :param folder: the supplier's configuration; by default that of WATTLEDGER_CONFIG.
    :raises RefusedFileError: if the file can't be read; nothing of it is kept.
    :raises BusyFileError: if others take in the same readings at this moment, time and again.
    """
    try:
        file = open_file(path)
        with reading(sessions) as session:
            _, repeat = _find_repeat(session, file)
        if repeat is not None:
            return repeat
        read = read_file(file, layout=layout, fmt=fmt, folder=folder)
    except RefusedFileError as refusal:
        if not dry_run:
            _note_refusal(sessions, refusal, by=by, now=now)
        raise
    for _ in range(_TRIES):
        with suppress(IntegrityError), _session(sessions, dry_run=dry_run) as session:
            return _take_in(session, file, read, by=by, today=today, now=now, dry_run=dry_run)
    raise BusyFileError(f"{file.name}: others take in the same readings; try again in a minute")


@contextmanager
def _session(sessions: sessionmaker[Session], *, dry_run: bool) -> Iterator[Session]:
    with reading(sessions) if dry_run else sessions.begin() as session:
        yield session


def _take_in(
    session: Session,
    file: File,
    read: ReadFile,
    *,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool,
) -> Batch:
    digest, repeat = _find_repeat(session, file)
    if repeat is not None:
        return repeat
    policy = dated.in_force(session, CHECKS, today)
    rules = parse_rules(policy.name, policy.table)
    user = people.find_user(session, by)
    offices = user.office_ids if user else frozenset[int]()
    sifted = sift(session, read, rules, office_ids=offices, today=today)
    tallied = batch.tally(
        kind=Kind.READINGS,
        file_name=file.name,
        digest=digest,
        layout=read.layout,
        verdicts=sifted.verdicts,
        received_on=today,
        received_by=by,
        facts={"headings": list(read.headings), "checks": policy.digest},
    )
    if dry_run:
        return tallied
    kept = batch.add(session, tallied, now=now)
    add_readings(session, _new_readings(sifted.fresh, kept.id))
    if offices:
        _note_strangers(session, sifted, kept, by=by, now=now)
    return kept


def _find_repeat(session: Session, file: File) -> tuple[str, Batch | None]:
    """
    Return the digest to keep the file under, and the batch in which it was taken in before.

    A file of which nothing was taken may be tried again under a further digest: what was wrong,
    such as meters that weren't there yet, may have been outside of it.
    """
    digest = file.digest
    while (found := batch.find(session, Kind.READINGS, digest)) is not None:
        if found.accepted or found.doubted:
            return digest, found
        digest = sha256(f"{digest} after batch {found.id}".encode()).hexdigest()
    return digest, None


def _new_readings(fresh: Sequence[Fresh], batch_id: int | None) -> Iterator[NewReading]:
    for register_id, candidate, replaces in fresh:
        new = NewReading(
            register_id,
            candidate.taken_on,
            candidate.value,
            candidate.kind,
            batch_id,
            candidate.row,
        )
        yield new if replaces is None else _replacing(new, replaces, _INSTEAD_OF_ESTIMATE)


_INSTEAD_OF_ESTIMATE = "the dial was read after all"


def _replacing(new: NewReading, old: Reading, reason: str) -> NewReading:
    return replace(new, revision=old.revision + 1, replaces_id=old.id, reason=reason)


def _note_refusal(
    sessions: sessionmaker[Session], refusal: RefusedFileError, *, by: str, now: datetime
) -> None:
    with sessions.begin() as session:
        journal.note(
            session,
            by=by,
            act="refuse readings file",
            subject=refusal.file_name,
            facts={"code": refusal.code, "problem": str(refusal)[:1000]},
            now=now,
        )


def _note_strangers(
    session: Session, sifted: Sifted, kept: Batch, *, by: str, now: datetime
) -> None:
    """Note meters of other offices: the clerk is told no more than that they are unknown."""
    elsewhere = store.meter_ids(session, sifted.unknown)
    if elsewhere:
        journal.note(
            session,
            by=by,
            act="readings for another office",
            subject=f"batch {kept.id}",
            facts={"meters": sorted(elsewhere)[:100]},
            now=now,
        )


def doubts(session: Session) -> list[KeptVerdict]:
    """Return the doubted rows that wait for a person, oldest first."""
    return batch.verdicts(session, verdict=Verdict.DOUBTED, kind=Kind.READINGS, undecided=True)


def settle(
    sessions: sessionmaker[Session],
    row_id: int,
    *,
    accept: bool,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> KeptVerdict | None:
    """
    Accept or refuse a doubted row; an accepted one is kept, and replaces an estimate of its day.

    Returns none if there is no such doubt or somebody has settled it before.

    :param row_id: the id of the kept verdict.
    :raises StaleDoubtError: if another reading of its day is kept by now; nothing changes.
    """
    decision = Decision.ACCEPTED if accept else Decision.REFUSED
    with sessions.begin() as session:
        settled = batch.settle(session, row_id, decision=decision, by=by, reason=reason, now=now)
        if settled is not None and accept:
            add_readings(session, _settled_readings(session, settled, reason, today))
        return settled


def _settled_readings(
    session: Session, settled: KeptVerdict, reason: str, today: date
) -> Iterator[NewReading]:
    facts = settled.verdict.facts.get("readings", ())
    kept = active_readings(session, {one["register_id"] for one in facts})
    for one in facts:
        new = NewReading(
            one["register_id"],
            date.fromisoformat(one["taken_on"]),
            Decimal(one["value"]),
            ReadingKind(one["kind"]),
            settled.batch_id,
            settled.verdict.row,
        )
        assert new.taken_on <= today, "a reading of the future is refused, not doubted"
        old = _on_day(kept.get(new.register_id, ()), new.taken_on)
        if old is None:
            yield new
        elif old.is_estimated and new.kind is not ReadingKind.ESTIMATED:
            yield _replacing(new, old, reason or _INSTEAD_OF_ESTIMATE)
        elif old.value != new.value:
            raise StaleDoubtError(
                f"{plain(old.value)} is kept for {new.taken_on} by now, and the row says "
                f"{plain(new.value)}; refuse the row, or correct the reading with a reason"
            )


def _on_day(readings: Sequence[Reading], day: date) -> Reading | None:
    return next((one for one in readings if one.taken_on == day), None)


def failed_rows(session: Session, batch_id: int, path: Path) -> int:
    """
    Write the refused rows of a batch, to be mended and taken in; return how many they are.

    Rows that are known already aren't among them: nothing is to be mended about those. The
    file is CSV or XLSX, as the path ends.
    """
    return write_failed_rows(session, batch_id, path, leave_out={DUPLICATE})


def correct(
    sessions: sessionmaker[Session],
    *,
    serial: str,
    register: RegisterCode,
    taken_on: date,
    value: Decimal,
    reason: str,
    by: str,
    today: date,
    now: datetime,
    kind: ReadingKind = ReadingKind.ACTUAL,
) -> Reading:
    """
    Replace a kept reading by the right one, and return that; the wrong one stays on record.

    :raises CorrectionError: if there is none to replace, the value can't be, or no reason is
        given.
    """
    if not reason.strip():
        raise CorrectionError("a correction wants a reason; say why the kept reading is wrong")
    with sessions.begin() as session:
        dial, old = _kept_reading(session, serial, register, taken_on)
        new = NewReading(dial.register.id, taken_on, value, kind)
        _check_correction(session, dial, old, new, today)
        add_readings(session, [_replacing(new, old, reason)])
        journal.note(
            session,
            by=by,
            act="correct reading",
            subject=f"{dial.register} {taken_on}",
            facts={"from": old.value, "to": value, "reason": reason},
            now=now,
        )
        return _kept_reading(session, serial, register, taken_on)[1]


def _check_correction(
    session: Session, dial: Dial, old: Reading, new: NewReading, today: date
) -> None:
    policy = dated.in_force(session, CHECKS, today)
    case = Case.alone(dial, new.taken_on, new.value, today)
    for check in ALONE:
        wrong = check(case, parse_rules(policy.name, policy.table))
        if wrong is not None:
            raise CorrectionError(f"{wrong[0]}; {wrong[1]}")
    if (new.value, new.kind) == (old.value, old.kind):
        raise CorrectionError(f"{plain(new.value)} is kept for {new.taken_on} already")


def _kept_reading(
    session: Session, serial: str, code: RegisterCode, day: date
) -> tuple[Dial, Reading]:
    meter = find_meters(session, [serial]).get(serial)
    dials = meter.dials.get(code, ()) if meter else ()
    dial = next((dial for dial in dials if dial.may_be_read(day)), None)
    if dial is None:
        raise CorrectionError(f"meter {serial} had no register {code} on {day}")
    found = active_readings(session, [dial.register.id], since=day, until=day)
    if not found:
        raise CorrectionError(f"{dial.register} has no reading on {day}; take one in instead")
    return dial, found[dial.register.id][0]
