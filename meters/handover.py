"""What the dials of a service point show on the day on which it changes hands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

import meters.store
from config import dated
from meters.gaps import CHECKS
from meters.judge import DUPLICATE, Candidate, Judged, judge
from meters.reading import Reading, ReadingKind, RegisterCode
from meters.readings import NewReading, active_readings, add_readings, by_register, dials_in_place
from meters.rules import Rules, Severity, parse_rules
from meters.settling import INSTEAD_OF_ESTIMATE, replaced
from meters.usage import Dial

# Whoever leaves may have used little of late; and each register is given for itself.
_BELIEVED = {"zero", "low", "incomplete_set", DUPLICATE}


def is_read(session: Session, point_id: int, on: date) -> bool:
    """Test whether every register in place at a service point was read on a day."""
    return meters.store.last_reading_days(session, [point_id], until=on).get(point_id) == on


def keep(
    session: Session,
    point_id: int,
    on: date,
    values: Mapping[RegisterCode, Decimal],
    *,
    today: date,
) -> list[str]:
    """
    Add what the registers of a service point show on a day, if all of it can be.

    Returns everything that stands against it, in sentences that say what would be right; nothing
    is added then. What is kept already is no obstacle.

    :raises config.dated.NothingInForceError: if there is no policy of checks in force.
    """
    there = dials_in_place(session, [point_id], on).get(point_id, [])
    dials = {dial.register.code: dial for dial in there}
    strangers = sorted(set(values) - set(dials))
    if strangers:
        known = ", ".join(sorted(dials)) or "no meter"
        return [f"no register {', '.join(strangers)} is in place on {on}; there is {known}"]
    if len(dials) < len(there):
        return ["several meters with the same registers are in place; take a file of readings in"]
    policy = dated.in_force(session, CHECKS, today)
    judged = _judged(session, dials, on, values, parse_rules(policy.name, policy.table), today)
    problems = [problem for _, one in judged for problem in _problems(one)]
    if not problems:
        add_readings(session, _fresh(judged))
    return problems


def _judged(
    session: Session,
    dials: Mapping[RegisterCode, Dial],
    on: date,
    values: Mapping[RegisterCode, Decimal],
    rules: Rules,
    today: date,
) -> list[tuple[int, Judged]]:
    kept: Mapping[int, Sequence[Reading]] = active_readings(
        session, by_register({0: list(dials.values())})
    )
    found = []
    for row, (code, value) in enumerate(sorted(values.items()), start=1):
        key = dials[code].register.id
        candidate = Candidate(row, on, value, ReadingKind.ACTUAL)
        own = kept.get(key, ())
        found += [(key, one) for one in judge([dials[code]], own, [candidate], rules, today=today)]
    return found


def _problems(judged: Judged) -> Iterator[str]:
    for doubt in judged.doubts:
        is_grave = doubt.severity in (Severity.ERROR, Severity.DOUBT)
        if is_grave and doubt.code not in _BELIEVED:
            yield f"{doubt.message}; {doubt.remedy}"


def _fresh(judged: Sequence[tuple[int, Judged]]) -> Iterator[NewReading]:
    for register_id, one in judged:
        if any(doubt.code == DUPLICATE for doubt in one.doubts):
            continue
        candidate = one.candidate
        new = NewReading(register_id, candidate.taken_on, candidate.value, candidate.kind)
        yield new if one.replaces is None else replaced(new, one.replaces, INSTEAD_OF_ESTIMATE)
