"""
Readings come in: a file becomes a batch, every row of it has a verdict, and doubts wait.

A reading that is kept is never overwritten: a row that says otherwise is refused, and a
correction is an act of its own that names what it replaces, and why.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from config import batch, dated, journal, people
from config.batch import Batch, Kind
from config.database import reading
from config.refusal import Problem, RefusedFileError
from config.table_file import File, open_file
from meters import store
from meters.day_sift import FreshDay
from meters.failed import failed_rows
from meters.formats.raw import ChannelSum, Columns, ReadFile
from meters.formats.read import ZONE, read_file
from meters.gaps import CHECKS, estimate_missing
from meters.intervals import NewDay, add_channels, add_days
from meters.reading import plain
from meters.readings import (
    NewReading,
    add_plain,
    add_readings,
)
from meters.rules import parse_rules
from meters.settling import (
    INSTEAD_OF_ESTIMATE,
    CorrectionError,
    StaleDoubtError,
    correct,
    doubts,
    order_rereading,
    replaced,
    rereadings,
    settle,
)
from meters.sift import Fresh, Sifted, sift

__all__ = (
    "Asked",
    "BusyFileError",
    "CorrectionError",
    "StaleDoubtError",
    "correct",
    "doubts",
    "estimate_missing",
    "failed_rows",
    "inspect",
    "order_rereading",
    "rereadings",
    "settle",
    "take_in",
)

CHANNELS_TOLD = 100
"""So many channels of a file are told of one by one with its batch."""
# Two files with the same reading at once: one comes first, the other looks again.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a file of intervals doesn't say by itself.

    :param zone: the supplier's clock, by which days begin unless the file has a clock of its own.
    :param meter: whose data it is, where the file doesn't name a meter.
    :param replacing: why days that differ from kept ones take their place; else they are refused.
    """

    zone: str = ZONE
    meter: str | None = None
    replacing: str | None = None


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file holds: its rows, its register readings, the sum of each channel of intervals."""

    file: str
    format: str
    rows: int
    readings: int
    channels: tuple[ChannelSum, ...]
    problems: tuple[Problem, ...]


class BusyFileError(Exception):
    """Others take in the same readings again and again; nothing of this file was kept."""


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep Python from searching a million readings for cycles that aren't there."""
    was_awake = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_awake:
            gc.enable()


@_collector_at_rest()
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
    asked: Asked = Asked(),
    folder: Path | None = None,
) -> Batch:
    """
    Take a file of readings in: what is right at once, what is doubted when a person has settled it.

    The same file again changes nothing: its first batch is returned, with `is_repeat`.

    :param layout: a table's layout, and `fmt` the file's format; the content tells them otherwise.
    :param dry_run: only say what would become of each row.
    :param asked: what else is to be known about a file of intervals.
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
        read = _read(file, asked, layout=layout, fmt=fmt, folder=folder)
    except RefusedFileError as refusal:
        if not dry_run:
            _note_refusal(sessions, refusal, by=by, now=now)
        raise
    for _ in range(_TRIES):
        with suppress(IntegrityError), _session(sessions, dry_run=dry_run) as session:
            return _take_in(session, file, read, asked, by=by, today=today, now=now, dry=dry_run)
    raise BusyFileError(f"{file.name}: others take in the same readings; try again in a minute")


def inspect(
    path: Path, *, layout: str | None = None, zone: str = ZONE, folder: Path | None = None
) -> Inspected:
    """
    Say what a file of readings holds, without looking for its meters.

    :raises RefusedFileError: if the file can't be read.
    """
    file = open_file(path)
    read = read_file(file, layout=layout, fmt=None, zone=zone, folder=folder)
    problems = tuple(problem for row in read.bad_rows for problem in row.problems)
    count = len(read.readings)
    return Inspected(file.name, read.layout, read.rows, count, tuple(read.channels), problems)


@contextmanager
def _session(sessions: sessionmaker[Session], *, dry_run: bool) -> Iterator[Session]:
    with reading(sessions) if dry_run else sessions.begin() as session:
        yield session


def _take_in(
    session: Session,
    file: File,
    read: ReadFile,
    asked: Asked,
    *,
    by: str,
    today: date,
    now: datetime,
    dry: bool,
) -> Batch:
    digest, repeat = _find_repeat(session, file)
    if repeat is not None:
        return repeat
    policy = dated.in_force(session, CHECKS, today)
    rules = parse_rules(policy.name, policy.table)
    user = people.find_user(session, by)
    offices = user.office_ids if user else frozenset[int]()
    sifted = sift(session, read, rules, office_ids=offices, today=today, replacing=asked.replacing)
    tallied = batch.tally(
        kind=Kind.READINGS,
        file_name=file.name,
        digest=digest,
        layout=read.layout,
        verdicts=sifted.verdicts,
        others=read.rows - len(sifted.verdicts),
        received_on=today,
        received_by=by,
        facts={"headings": list(read.headings), "checks": policy.digest} | _channels(read),
    )
    if dry:
        return tallied
    kept = batch.add(session, tallied, now=now)
    if isinstance(read.readings, Columns):
        add_plain(session, read.readings, sifted.plain, batch_id=kept.id)
    add_readings(session, _new_readings(sifted.fresh, kept.id))
    _add_days(session, sifted.days, kept.id, asked.replacing)
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


def _read(
    file: File, asked: Asked, *, layout: str | None, fmt: str | None, folder: Path | None
) -> ReadFile:
    read = read_file(file, layout=layout, fmt=fmt, zone=asked.zone, folder=folder)
    return _of_meter(file, read, asked.meter)


def _of_meter(file: File, read: ReadFile, meter: str | None) -> ReadFile:
    """Return what was read as data of a meter that the file doesn't name."""
    if meter is None:
        return read
    named = {(day.point, day.serial) for day in read.days}
    if read.readings or len(named) > 1:
        what = f"the file is about {len(named) + len({one.serial for one in read.readings})} meters"
        raise file.refuse(Problem(0, "several_meters", what, "leave out which meter it is about"))
    days = [day._replace(serial=meter, point="") for day in read.days]
    return replace(read, days=days)


def _channels(read: ReadFile) -> dict[str, list[dict[str, str | int]]]:
    """Return what a file has of each channel, to be kept with the batch; at most a hundred."""
    sums: list[dict[str, str | int]] = [
        {
            "channel": one.name,
            "unit": one.unit,
            "intervals": one.intervals,
            "total": plain(one.total),
            "first_at": one.first_at.isoformat(),
            "last_at": one.last_at.isoformat(),
        }
        for one in read.channels[:CHANNELS_TOLD]
    ]
    return {"channels": sums} if sums else {}


def _add_days(
    session: Session, days: Sequence[FreshDay], batch_id: int | None, reason: str | None
) -> None:
    if not days:
        return
    ids = add_channels(session, [one.channel for one in days])
    add_days(
        session,
        (
            NewDay(
                ids[one.channel.meter_id, one.channel.mark],
                one.raw.day,
                one.raw.minutes,
                one.raw.amounts,
                one.raw.flags,
                batch_id,
                one.raw.row,
                one.replaces,
                (reason or INSTEAD_OF_ESTIMATE) if one.replaces else None,
            )
            for one in days
        ),
    )


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
        yield new if replaces is None else replaced(new, replaces, INSTEAD_OF_ESTIMATE)


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
