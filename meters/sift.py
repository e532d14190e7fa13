"""Sift what a file says: match it to meters, judge it, and give every row its verdict."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from config.batch import RowVerdict, Verdict
from meters.day_sift import FreshDay, sift_days
from meters.formats.raw import Columns, RawReading, ReadFile
from meters.intervals import find_places
from meters.judge import (
    DUPLICATE,
    Candidate,
    Judged,
    Meter,
    find_dials,
    find_meter,
    incomplete,
    judge,
)
from meters.plain import Plain, Usual, by_meter, find_plain
from meters.reading import Reading, plain
from meters.readings import active_readings, find_meters, newest_shown, standings
from meters.rules import Doubt, Rules, Severity
from meters.usage import Dial

READINGS_AT_ONCE = 5_000
_LATELY = timedelta(days=70)


class Fresh(NamedTuple):
    """A reading that may be added to a register, and the estimate it replaces if there is one."""

    register_id: int
    candidate: Candidate
    replaces: Reading | None = None


@dataclass(slots=True)
class Sifted:
    """
    What came of a file's rows.

    :param fresh: readings to be added; none of a row that is refused or waits.
    :param plain: those to be added about which there was nothing to say.
    :param days: days of intervals to be added, likewise.
    :param verdicts: one for each row but those that are accepted without a remark.
    :param unknown: numbers of meters that weren't found.
    """

    fresh: list[Fresh] = field(default_factory=list)
    plain: Plain = field(default_factory=Plain)
    days: list[FreshDay] = field(default_factory=list)
    verdicts: list[RowVerdict] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Found:
    """What is being found out, row by row."""

    rules: Rules
    today: date
    doubts: dict[int, list[Doubt]] = field(default_factory=lambda: defaultdict(list))
    fresh: list[Fresh] = field(default_factory=list)
    plain: Plain = field(default_factory=Plain)
    waiting: dict[int, list[Fresh]] = field(default_factory=lambda: defaultdict(list))
    days: list[FreshDay] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def keep(self, register_id: int, judged: Judged) -> None:
        """Note what is to be done with a candidate."""
        row = judged.candidate.row
        one = Fresh(register_id, judged.candidate, judged.replaces)
        if judged.doubts:
            self.doubts[row] += judged.doubts
        if judged.is_fresh:
            self.fresh.append(one)
        elif not any(doubt.code == DUPLICATE for doubt in judged.doubts):
            self.waiting[row].append(one)


def sift(
    session: Session,
    read: ReadFile,
    rules: Rules,
    *,
    office_ids: Collection[int],
    today: date,
    replacing: str | None = None,
) -> Sifted:
    """
    Match a file's readings to registers and judge them; a row is taken whole or not at all.

    :param office_ids: meters of other offices look unknown; of none if this is empty.
    :param replacing: why days of intervals that differ from kept ones take their place.
    """
    found = _Found(rules, today)
    for serials, at in _by_meter(read.readings):
        rest = _leave_plain(session, read.readings, at, serials, office_ids, found)
        chunk = [read.readings[one] for one in rest]
        own = {raw.serial for raw in chunk}
        names = own | {f"{raw.point}/{raw.serial}" for raw in chunk if raw.point}
        meters = find_meters(session, names, office_ids=office_ids)
        found.unknown |= own - meters.keys()
        _sift_chunk(session, chunk, meters, found)
    bad = {row.row: row for row in read.bad_rows}
    named = {row.serial for row in bad.values()}
    places = find_places(session, serials=named, points=named, office_ids=office_ids)
    found.unknown |= named - {name for place in places for name in (place.serial, place.point)}
    days = sift_days(
        session, read.days, rules, office_ids=office_ids, today=today, replacing=replacing
    )
    found.unknown |= days.unknown
    found.days = days.fresh
    for number, doubts in days.doubts.items():
        found.doubts[number] += doubts
    for row in bad.values():
        found.doubts[row.row] += _of_bad_row(row.serial, row.problems, found)
    return _verdicts(read, found)


def _by_meter(readings: Sequence[RawReading]) -> Iterator[tuple[list[str], Sequence[int]]]:
    """
    Yield numbers of meters, and the places of all their readings in the order of these.

    The readings of a meter stand together, for what is said of one may hang on another.
    """
    if isinstance(readings, Columns):
        serials = readings.serials
    else:
        serials = [raw.serial for raw in readings]
    order = array("l", sorted(range(len(serials)), key=serials.__getitem__))
    start = 0
    while start < len(order):
        end = min(start + READINGS_AT_ONCE, len(order))
        while end < len(order) and serials[order[end]] == serials[order[end - 1]]:
            end += 1
        places = order[start:end]
        yield list(dict.fromkeys(map(serials.__getitem__, places))), places
        start = end


def _leave_plain(
    session: Session,
    readings: Sequence[RawReading],
    places: Sequence[int],
    serials: Sequence[str],
    office_ids: Collection[int],
    found: _Found,
) -> Sequence[int]:
    """Note the readings that are plain, and return the places of those that want the checks."""
    if not isinstance(readings, Columns):
        return places
    meters = by_meter(standings(session, serials, office_ids=office_ids))
    ids = [on.register_id for some in meters.values() for on in some.values()]
    first = min(map(readings.days.__getitem__, places))
    lately = newest_shown(session, ids, since=_back(first, _LATELY))
    usual = Usual(found.rules, found.today)
    pairs = list(find_plain(readings, places, meters, lately, usual))
    found.plain.register_ids.extend(id_ for id_, _ in pairs)
    found.plain.places.extend(at for _, at in pairs)
    if len(pairs) == len(places):
        return ()
    taken = {at for _, at in pairs}
    return [at for at in places if at not in taken]


def _sift_chunk(
    session: Session, chunk: Sequence[RawReading], meters: Mapping[str, Meter], found: _Found
) -> None:
    dials: dict[int, Sequence[Dial]] = {}
    candidates: dict[int, list[Candidate]] = defaultdict(list)
    for raw in chunk:
        own = find_dials(raw, meters, found.rules)
        if isinstance(own, Doubt):
            found.doubts[raw.row].append(own)
            continue
        register_id = own[0].register.id
        dials[register_id] = own
        candidates[register_id].append(
            Candidate(raw.row, raw.taken_on, raw.value, raw.kind, raw.says)
        )
    kept = _kept(session, candidates, found.rules)
    for register_id, some in candidates.items():
        own_kept = kept.get(register_id, ())
        for judged in judge(dials[register_id], own_kept, some, found.rules, today=found.today):
            found.keep(register_id, judged)
    _find_incomplete(chunk, meters, candidates, kept, found)


def _kept(
    session: Session, candidates: Mapping[int, Sequence[Candidate]], rules: Rules
) -> dict[int, list[Reading]]:
    """
    Return the readings that the candidates are judged beside.

    The history is nearly always enough; what is older is fetched for those that lack it.
    """
    if not candidates:
        return {}
    first = min(one.taken_on for some in candidates.values() for one in some)
    kept = active_readings(
        session, candidates, since=_back(first, timedelta(days=rules.history_days))
    )
    alone = [
        id_
        for id_, some in candidates.items()
        if id_ not in kept or kept[id_][0].taken_on >= min(one.taken_on for one in some)
    ]
    return kept | active_readings(session, alone)


def _back(day: date, span: timedelta) -> date:
    # A file may claim a day near the beginning of time.
    return day - min(span, day - date.min)


def _find_incomplete(
    chunk: Sequence[RawReading],
    meters: Mapping[str, Meter],
    candidates: Mapping[int, Sequence[Candidate]],
    kept: Mapping[int, Sequence[Reading]],
    found: _Found,
) -> None:
    """Remark on rows of meters that were read without one of their registers."""
    rows: dict[str, dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    for raw in chunk:
        meter = find_meter(raw.serial, raw.point, meters)
        if meter is not None and len(meter.dials) > 1:
            rows[meter.serial][raw.taken_on].add(raw.row)
    for serial, days in rows.items():
        meter = meters[serial]
        read = {day: _read_on(day, meter, candidates, kept) for day in days}
        for day, doubt in incomplete(meter, read, found.rules).items():
            for row in days[day]:
                found.doubts[row].append(doubt)


def _read_on(
    day: date,
    meter: Meter,
    candidates: Mapping[int, Sequence[Candidate]],
    kept: Mapping[int, Sequence[Reading]],
) -> set[int]:
    ids = [dials[0].register.id for dials in meter.dials.values()]
    return {
        id_
        for id_ in ids
        if any(one.taken_on == day for one in candidates.get(id_, ()))
        or any(one.taken_on == day for one in kept.get(id_, ()))
    }


def _of_bad_row(serial: str, problems: Sequence[Any], found: _Found) -> Iterator[Doubt]:
    # A line of totals or a signature has no reading to mend: say first that it is no meter's.
    if serial and serial in found.unknown:
        yield found.rules.doubt(
            "unknown_meter", f"there is no meter {serial}", "check the number, or take the row out"
        )
    for problem in problems:
        yield Doubt(problem.code, Severity.ERROR, problem.message, problem.remedy)


def _verdicts(read: ReadFile, found: _Found) -> Sifted:
    worst = {row: _worst(doubts) for row, doubts in found.doubts.items()}
    fresh_rows = {one.candidate.row for one in found.fresh if one.candidate.row in worst}
    fresh_rows |= {one.raw.row for one in found.days}
    held = {row for row, severity in worst.items() if severity in _HELD}
    sifted = Sifted(plain=found.plain, unknown=found.unknown)
    sifted.days = [one for one in found.days if one.raw.row not in held]
    waiting_days = {one.raw.row: one for one in found.days if one.raw.row in held}
    for one in found.fresh:
        if one.candidate.row not in held:
            sifted.fresh.append(one)
        else:
            found.waiting[one.candidate.row].append(one)
    remarked = {
        row: spoken
        for row, doubts in found.doubts.items()
        if (spoken := _spoken(doubts, is_held=row in held, is_fresh=row in fresh_rows))
    }
    raw = read.raw(remarked)
    for row, doubts in sorted(remarked.items()):
        verdict = _verdict(row, doubts, raw.get(row, {}), found.waiting.get(row, ()))
        if verdict.verdict is Verdict.DOUBTED and row in waiting_days:
            facts = {**verdict.facts, "day": waiting_days[row].facts()}
            verdict = replace(verdict, facts=facts)
        sifted.verdicts.append(verdict)
    return sifted


def _spoken(doubts: Sequence[Doubt], *, is_held: bool, is_fresh: bool) -> list[Doubt]:
    """Return the doubts to speak of: that a row is known already matters if nothing else does."""
    known = [doubt for doubt in doubts if doubt.code == DUPLICATE]
    others = [doubt for doubt in doubts if doubt.code != DUPLICATE]
    spoken = others if is_held or is_fresh or not known else known
    return [doubt for doubt in spoken if doubt.severity is not Severity.OFF]


_HELD = (Severity.ERROR, Severity.DOUBT)
_ORDER = (Severity.ERROR, Severity.DOUBT, Severity.INFO, Severity.OFF)
_VERDICTS = {
    Severity.ERROR: Verdict.REFUSED,
    Severity.DOUBT: Verdict.DOUBTED,
    Severity.INFO: Verdict.ACCEPTED,
}


def _worst(doubts: Sequence[Doubt]) -> Severity:
    """Return what the doubts do to a row; that part of it is known already does nothing."""
    own = [doubt.severity for doubt in doubts if doubt.code != DUPLICATE]
    return min(own or [Severity.OFF], key=_ORDER.index)


def _verdict(
    row: int, doubts: Sequence[Doubt], raw: Mapping[str, str], waiting: Sequence[Fresh]
) -> RowVerdict:
    first, *rest = sorted(doubts, key=lambda doubt: _ORDER.index(doubt.severity))
    more = [doubt.message for doubt in rest if doubt.message != first.message]
    verdict = _VERDICTS[first.severity]
    facts: dict[str, Any] = {}
    if verdict is Verdict.DOUBTED:
        facts["readings"] = [_facts(one) for one in waiting]
        facts["codes"] = [doubt.code for doubt in doubts]
    message = "; ".join([first.message, *dict.fromkeys(more)][:4])
    return RowVerdict(row, verdict, first.code, message, first.remedy, raw, facts)


def _facts(one: Fresh) -> dict[str, Any]:
    return {
        "register_id": one.register_id,
        "taken_on": one.candidate.taken_on.isoformat(),
        "value": plain(one.candidate.value),
        "kind": str(one.candidate.kind),
    }
