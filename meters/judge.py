"""Judge the readings of a file beside those that are kept: new, known already, or doubtful."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from meters.check import Case, find_doubts
from meters.formats.raw import RawReading
from meters.reading import (
    CONSUMPTION,
    EXPORTS,
    Reading,
    ReadingKind,
    RegisterCode,
    plain,
    shortest,
)
from meters.rules import Doubt, Rules, Severity
from meters.usage import Dial


@dataclass(frozen=True, slots=True)
class Meter:
    """
    A meter with a dial for each of its registers and installations.

    :param marks: what its files call each register.
    :param points: the numbers of the service points it was ever installed at.
    """

    id: int
    serial: str
    dials: Mapping[RegisterCode, Sequence[Dial]]
    marks: Mapping[str, RegisterCode]
    points: frozenset[str]


class Candidate(NamedTuple):
    """A reading that may be added to a register."""

    row: int
    taken_on: date
    value: Decimal
    kind: ReadingKind
    says: tuple[Decimal, Decimal] | None = None


class Judged(NamedTuple):
    """What is to be done with a candidate; nothing is wrong with it if there are no doubts."""

    candidate: Candidate
    doubts: Sequence[Doubt]
    replaces: Reading | None = None

    @property
    def is_fresh(self) -> bool:
        """Test whether it says something that isn't kept yet and may be."""
        passes = (Severity.INFO, Severity.OFF)
        return all(doubt.severity in passes and doubt.code != DUPLICATE for doubt in self.doubts)


DUPLICATE = "duplicate"


def find_dials(
    raw: RawReading, meters: Mapping[str, Meter], rules: Rules
) -> Sequence[Dial] | Doubt:
    """Return the dials of the register that a row is about, or why there is none."""
    meter = find_meter(raw.serial, raw.point, meters)
    if meter is None:
        return rules.doubt(
            "unknown_meter",
            f"there is no meter {raw.serial}",
            "check the number, or install the meter first",
        )
    code = _code(raw, meter)
    dials = None if code is None else meter.dials.get(code)
    if dials:
        return dials
    wanted = raw.code or raw.mark
    return rules.doubt(
        "unknown_register",
        f"meter {meter.serial} has no register {wanted}",
        f"it has {', '.join(sorted(meter.dials))}",
    )


def find_meter(serial: str, point: str, meters: Mapping[str, Meter]) -> Meter | None:
    """Return the meter; a file that names the service point must name the right one."""
    if not point:
        return meters.get(serial)
    meter = meters.get(f"{point}/{serial}") or meters.get(serial)
    return meter if meter is not None and point in meter.points else None


def _code(raw: RawReading, meter: Meter) -> RegisterCode | None:
    if not raw.mark:
        return raw.code
    for mark in (raw.mark, *reversed(raw.mark.split("/"))):
        if mark in meter.marks:
            return meter.marks[mark]
    if raw.code in meter.dials or raw.code not in (None, RegisterCode.EXPORT):
        return raw.code
    # The file only says that it counts what is drawn, or fed in: clear if one register does.
    own = list(meter.dials.keys() & (CONSUMPTION if raw.code is None else EXPORTS))
    return own[0] if len(own) == 1 else raw.code


def judge(
    dials: Sequence[Dial],
    kept: Sequence[Reading],
    candidates: Iterable[Candidate],
    rules: Rules,
    *,
    today: date,
) -> Iterator[Judged]:
    """
    Judge the candidates of one register, in the order of their days whatever that of their rows.

    What passes is a neighbor to what comes after; what is doubted or refused isn't.

    :param kept: the register's active readings, in the order of their days.
    """
    timeline = list(kept)
    for group in _by_day(candidates):
        first, *more = group
        values = {candidate.value for candidate in group}
        if len(values) > 1:
            yield from (Judged(one, [_conflict_in_file(group, rules)]) for one in group)
            continue
        judged = _judge_one(dials, timeline, first, rules, today)
        yield judged
        if judged.is_fresh and judged.replaces is None:
            reading = Reading(dials[0].register.id, first.taken_on, first.value, first.kind)
            insort(timeline, reading, key=attrgetter("taken_on"))
        for candidate in more:
            what = f"row {first.row} says the same"
            yield Judged(candidate, [rules.doubt(DUPLICATE, what, "nothing is to be done")])


def _by_day(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    ordered = sorted(candidates, key=attrgetter("taken_on", "row"))
    group: list[Candidate] = []
    for candidate in ordered:
        if group and candidate.taken_on != group[0].taken_on:
            yield group
            group = []
        group.append(candidate)
    if group:
        yield group


def _conflict_in_file(group: Sequence[Candidate], rules: Rules) -> Doubt:
    said = " and ".join(f"{plain(one.value)} in row {one.row}" for one in group[:4])
    return rules.doubt(
        "conflict",
        f"the file has two readings of {group[0].taken_on}: {said}",
        "keep the one that is right",
    )


def _judge_one(
    dials: Sequence[Dial],
    timeline: Sequence[Reading],
    candidate: Candidate,
    rules: Rules,
    today: date,
) -> Judged:
    day = candidate.taken_on
    at = bisect_left(timeline, day, key=attrgetter("taken_on"))
    same = timeline[at] if at < len(timeline) and timeline[at].taken_on == day else None
    if same is not None and (same.value == candidate.value or not _may_replace(candidate, same)):
        return Judged(candidate, [_known_already(candidate, same, rules)])
    dial = next((dial for dial in dials if dial.may_be_read(day)), None)
    if dial is None:
        doubts = [_not_installed(candidate, dials, rules)] if day <= today else []
        dial = dials[-1]
        case = _case(dial, (), (), candidate, rules, today)
        return Judged(candidate, doubts or find_doubts(case, rules))
    after = at if same is None else at + 1
    case = _case(dial, timeline[:at], timeline[after:], candidate, rules, today)
    doubts = find_doubts(case, rules)
    if same is not None:
        doubts.append(_estimate_kept(candidate, same, rules))
    return Judged(candidate, doubts, same)


def _case(
    dial: Dial,
    before: Sequence[Reading],
    after: Sequence[Reading],
    candidate: Candidate,
    rules: Rules,
    today: date,
) -> Case:
    since = candidate.taken_on - timedelta(days=rules.history_days)
    history = [one for one in before if one.taken_on >= since and dial.may_be_read(one.taken_on)]
    last = before[-1] if before and dial.may_be_read(before[-1].taken_on) else None
    following = after[0] if after and dial.may_be_read(after[0].taken_on) else None
    kwh, days = Decimal(0), 1
    if last is not None:
        turned = shortest(dial.register, last.value, candidate.value)
        kwh = turned * dial.register.multiplier
        days = (candidate.taken_on - last.taken_on).days
    return Case(
        dial,
        candidate.taken_on,
        candidate.value,
        candidate.kind is ReadingKind.ESTIMATED,
        last,
        following,
        history,
        kwh,
        days,
        candidate.says,
        today,
    )


def _may_replace(candidate: Candidate, kept: Reading) -> bool:
    return kept.is_estimated and candidate.kind is not ReadingKind.ESTIMATED


def _known_already(candidate: Candidate, kept: Reading, rules: Rules) -> Doubt:
    if kept.value == candidate.value:
        what = f"the reading {plain(kept.value)} of {kept.taken_on} is kept already"
        return rules.doubt(DUPLICATE, what, "nothing is to be done")
    return rules.doubt(
        "conflict",
        f"{plain(kept.value)} is kept for {kept.taken_on}, and the row says "
        f"{plain(candidate.value)}",
        "if the kept one is wrong, correct it with a reason; else take the row out",
    )


def _estimate_kept(candidate: Candidate, kept: Reading, rules: Rules) -> Doubt:
    return rules.doubt(
        "estimate_kept",
        f"{candidate.taken_on} was estimated at {plain(kept.value)}; the row says "
        f"{plain(candidate.value)}",
        "accept it to replace the estimate; if that was billed, the next bill sets it right",
    )


def _not_installed(candidate: Candidate, dials: Sequence[Dial], rules: Rules) -> Doubt:
    day = candidate.taken_on
    if all(day < dial.installed_on for dial in dials):
        first = min(dial.installed_on for dial in dials)
        what = f"{dials[0].register} was installed on {first}, after {day}"
        return rules.doubt("before_installation", what, "check the date and the meter number")
    what = f"{dials[0].register} was not installed on {day}"
    return rules.doubt("after_removal", what, "check the date and the meter number")


def incomplete(meter: Meter, read: Mapping[date, set[int]], rules: Rules) -> dict[date, Doubt]:
    """
    Return the days on which a meter was read without one of its registers.

    :param read: the ids of the registers of which a reading is known, by day.
    """
    if rules.severities["incomplete_set"] is Severity.OFF:
        return {}
    found = {}
    for day, ids in read.items():
        missing = [
            str(code)
            for code, dials in meter.dials.items()
            if dials[0].register.id not in ids and any(dial.may_be_read(day) for dial in dials)
        ]
        if missing:
            what = f"meter {meter.serial} was read on {day} without {', '.join(missing)}"
            remedy = "take in what is missing; it isn't billed before"
            found[day] = rules.doubt("incomplete_set", what, remedy)
    return found
