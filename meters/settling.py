"""
Doubts are settled: a person accepts a row, refuses it, or sends somebody to look again.

And a kept reading that turns out wrong is corrected, with a reason.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from config import batch, dated, journal
from config.batch import Decision, KeptVerdict, Kind, Verdict
from meters.check import ALONE, Case
from meters.gaps import CHECKS
from meters.interval import unpack
from meters.intervals import NewChannel, NewDay, active_days, add_channels, add_days
from meters.period import Period
from meters.reading import Reading, ReadingKind, RegisterCode, plain
from meters.readings import NewReading, active_readings, add_readings, find_meters
from meters.rules import parse_rules
from meters.usage import Dial

OURS = (Kind.READINGS, Kind.EXCHANGES)
"""The files whose doubts are settled here; those of money are for others."""

INSTEAD_OF_ESTIMATE = "the dial was read after all"
"""Why an actual reading takes the place of an estimate."""


def replaced(new: NewReading, old: Reading, reason: str) -> NewReading:
    """Return the new reading as the next revision of an old one."""
    return replace(new, revision=old.revision + 1, replaces_id=old.id, reason=reason)


class StaleDoubtError(Exception):
    """A doubted reading can no longer be accepted: another one of its day is kept by now."""


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
        settled = batch.settle(
            session, row_id, kinds=OURS, decision=decision, by=by, reason=reason, now=now
        )
        if settled is not None and accept:
            add_readings(session, _settled_readings(session, settled, reason, today))
            _add_settled_day(session, settled, reason)
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
            yield replaced(new, old, reason or INSTEAD_OF_ESTIMATE)
        elif old.value != new.value:
            raise StaleDoubtError(
                f"{plain(old.value)} is kept for {new.taken_on} by now, and the row says "
                f"{plain(new.value)}; refuse the row, or correct the reading with a reason"
            )


def _add_settled_day(session: Session, settled: KeptVerdict, reason: str) -> None:
    facts = settled.verdict.facts.get("day")
    if facts is None:
        return
    day, code = date.fromisoformat(facts["day"]), RegisterCode(facts["code"])
    channel = NewChannel(facts["meter_id"], facts["mark"], code, facts["zone"])
    (channel_id,) = add_channels(session, [channel]).values()
    old = active_days(session, [channel_id], Period(day, day + timedelta(days=1)))
    kept = old[channel_id][0] if channel_id in old else None
    if kept is not None and kept.is_actual:
        raise StaleDoubtError(
            f"other intervals are kept for {day} by now; refuse the row, or take the file in as a "
            f"correction, with a reason"
        )
    new = NewDay(
        channel_id,
        day,
        facts["minutes"],
        unpack(b64decode(facts["amounts"])),
        facts["flags"],
        settled.batch_id,
        settled.verdict.row,
        kept,
        None if kept is None else reason or INSTEAD_OF_ESTIMATE,
    )
    add_days(session, [new])


def _on_day(readings: Sequence[Reading], day: date) -> Reading | None:
    return next((one for one in readings if one.taken_on == day), None)


def order_rereading(
    sessions: sessionmaker[Session], row_id: int, *, by: str, reason: str, now: datetime
) -> KeptVerdict | None:
    """
    Refuse a doubted row and have the meter read again: it stays on the list until it is.

    Returns none if there is no such doubt or somebody has settled it before.
    """
    with sessions.begin() as session:
        return batch.settle(
            session, row_id, kinds=OURS, decision=Decision.REREAD, by=by, reason=reason, now=now
        )


def rereadings(session: Session) -> list[KeptVerdict]:
    """Return the doubts whose meters are to be read again and haven't been since."""
    ordered = batch.verdicts(
        session, verdict=Verdict.DOUBTED, kind=Kind.READINGS, decision=Decision.REREAD
    )
    ids = {one["register_id"] for kept in ordered for one in _readings(kept)}
    readings = active_readings(session, ids)
    return [kept for kept in ordered if not _is_read_again(kept, readings)]


def _readings(kept: KeptVerdict) -> Sequence[Mapping[str, Any]]:
    return list(kept.verdict.facts.get("readings", ()))


def _is_read_again(kept: KeptVerdict, readings: Mapping[int, Sequence[Reading]]) -> bool:
    wanted = _readings(kept)
    return bool(wanted) and all(
        any(
            not reading.is_estimated and reading.taken_on >= date.fromisoformat(one["taken_on"])
            for reading in readings.get(one["register_id"], ())
        )
        for one in wanted
    )


class CorrectionError(Exception):
    """A correction can't be made; the text says why and what would be right."""


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
        add_readings(session, [replaced(new, old, reason)])
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
