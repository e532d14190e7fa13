"""Whether readings still are those that bills were made on: no energy twice, and none lost."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

import meters.store
from billing.billed import Standing, bill_facts, billed_points, standing
from billing.correcting import corrected_periods
from billing.drafts import Waiting
from billing.due import Due
from config.database import in_chunks
from meters.period import Period
from meters.reading import Part, RegisterCode, Usage, plain
from meters.usage import Openings, UsageProblem

OPENING_DIFFERS = "opening_differs"

Key: TypeAlias = tuple[int, int]
"""An account and a service point."""
Measured: TypeAlias = tuple[Due, Usage | UsageProblem]
Usages: TypeAlias = dict[tuple[int, Period], Usage | UsageProblem]
Before: TypeAlias = Mapping[Key, tuple[str, Usage]]
"""What the bill or draft before is called, and what it was made on."""


def changed(session: Session, waiting: Sequence[Waiting]) -> dict[int, str]:
    """
    Return the drafts that can't be issued any more, by their ids, each with the reason.

    What a draft was made on is measured again, but where nothing that was measured is another than
    it was: a reading that was corrected or came since counts. Drafts that go on from such a one
    wait with it, lest its days be lost when it is drawn up anew.
    """
    touched = _touched(session, waiting)
    facts = bill_facts(session, [one.bill_id for one in touched])
    wanted = {(one.service_point_id, one.period) for one in touched}
    now = meters.store.usage_of(session, wanted)
    others = [one for one in touched if _differs(now[one.service_point_id, one.period], facts, one)]
    if others:
        now |= _on_estimates(session, others, now, _before(session, others))
    found: dict[int, str] = {}
    stale: dict[Key, int] = {}
    for one in sorted(waiting, key=lambda one: one.period.start):
        key = (one.account_id, one.service_point_id)
        if key in stale:
            found[one.bill_id] = (
                f"it goes on from draft {stale[key]}, whose readings changed; "
                "leave both out, the later one first, and draw them up again"
            )
        elif one.bill_id in facts and _differs(
            usage := now[one.service_point_id, one.period], facts, one
        ):
            stale[key] = one.bill_id
            was = Usage.from_facts(facts[one.bill_id]["usage"])
            found[one.bill_id] = (
                f"its readings changed since it was drawn up{_how(was, usage)}; "
                "leave it out and draw it up again"
            )
    return found


def _touched(session: Session, waiting: Sequence[Waiting]) -> list[Waiting]:
    """Return the drafts whose readings may be others than they were when they were drawn up."""
    known = {(one.service_point_id, one.period) for one in waiting if one.fingerprint is not None}
    now = meters.store.fingerprints(session, known) if known else {}
    return [
        one
        for one in waiting
        if one.fingerprint is None or now.get((one.service_point_id, one.period)) != one.fingerprint
    ]


def _differs(usage: Usage | UsageProblem, facts: Mapping[int, Any], one: Waiting) -> bool:
    return isinstance(usage, UsageProblem) or usage.to_facts() != facts[one.bill_id]["usage"]


def _how(was: Usage, now: Usage | UsageProblem) -> str:
    if isinstance(now, UsageProblem):
        return f": {now.message}"
    if was.kwh == now.kwh:
        return ""
    return f": {plain(was.kwh)} kWh then, {plain(now.kwh)} now"


def without_breaks(session: Session, measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """
    Return the same, a problem in the place of each usage that doesn't begin where a bill ended.

    Such a bill would charge energy twice or never: a reading was corrected, or took the place of
    another, after the period before was billed on it. Where a correction was issued over the last
    day of that bill, its energy was settled, and the next goes on from the right reading. From an
    estimate that was billed the next goes on though somebody read the dial on that very day: it
    sets right what was guessed, up or down, without a person.
    """
    dues = [due for due, _ in measured]
    before = _before(session, dues)
    usages = {(due.service_point_id, due.period): usage for due, usage in measured}
    usages |= _on_estimates(session, dues, usages, before)
    return tuple(
        (
            due,
            _joined(
                usages[due.service_point_id, due.period],
                before.get((due.account_id, due.service_point_id)),
            ),
        )
        for due in dues
    )


def _on_estimates(
    session: Session, ones: Sequence[Due | Waiting], usages: Usages, before: Before
) -> Usages:
    """Return anew the usages that go on from an estimate that was billed."""
    openings: dict[tuple[int, Period], Openings] = {}
    for one in ones:
        _, earlier = before.get((one.account_id, one.service_point_id), ("", None))
        usage = usages[one.service_point_id, one.period]
        if earlier is None or isinstance(usage, UsageProblem):
            continue
        billed = {
            (closing.serial, closing.code): closing.closing
            for closing, _ in _gaps(earlier, usage)
            if closing.closing.is_estimated
        }
        if billed:
            openings[one.service_point_id, one.period] = billed
    return meters.store.usage_of(session, openings, openings) if openings else {}


def _joined(usage: Usage | UsageProblem, before: tuple[str, Usage] | None) -> Usage | UsageProblem:
    if before is None or isinstance(usage, UsageProblem):
        return usage
    name, earlier = before
    gap = next(_gaps(earlier, usage), None)
    if gap is None:
        return usage
    closing, opening = gap
    reading = f"meter {closing.serial} register {closing.code}"
    return UsageProblem(
        OPENING_DIFFERS,
        f"{reading} shows {plain(opening.opening.value)} on {opening.opening.taken_on}, and "
        f"{name} was made on {plain(closing.closing.value)}",
        f"cancel {name} and bill again, or correct it with `bills correct`"
        if name.startswith("bill ")
        else f"issue the run of {name}: it is held there; leave it out and bill again",
    )


def breaks(session: Session) -> Iterator[tuple[str, str]]:
    """
    Yield the issued bills that aren't what they were made on, and how that shows.

    Nor may one begin elsewhere than where the one before ended.
    """
    for points in in_chunks(billed_points(session)):
        settled = corrected_periods(session, points)
        issued = [one for one in standing(session, points) if one.number is not None]
        issued.sort(key=lambda one: (*one.key, one.period.start))
        measured = {one.bill_id: one.usage for one in issued if "usage" in one.facts}
        for one in issued:
            if not _is_as_measured(one, measured.get(one.bill_id)):
                yield one.name, "its days or its energy are others than those it was made on"
        for before, one in pairwise(issued):
            day = one.period.start
            is_next = before.key == one.key and before.period.end == day
            if not is_next or _is_settled(settled.get(one.key, ()), day):
                continue
            ends, goes_on = measured.get(before.bill_id), measured.get(one.bill_id)
            if ends is None or goes_on is None:
                lacking = before if ends is None else one
                yield lacking.name, "it doesn't keep what it was made on"
                continue
            for closing, opening in _gaps(ends, goes_on):
                begins, ended = plain(opening.opening.value), plain(closing.closing.value)
                dial = f"meter {opening.serial} register {opening.code}"
                yield one.name, f"{dial} began at {begins}, and {before.name} ended at {ended}"


def _is_as_measured(one: Standing, usage: Usage | None) -> bool:
    return usage is None or (usage.period, usage.kwh) == (one.period, one.kwh)


def _gaps(earlier: Usage, later: Usage) -> Iterator[tuple[Part, Part]]:
    """Yield the parts of two neighboring usages whose readings of the day between differ."""
    by_intervals = {(one.serial, one.code) for one in earlier.intervals}
    closings: dict[tuple[str, RegisterCode], Part] = {
        (part.serial, part.code): part
        for part in earlier.parts
        if part.code is not RegisterCode.DEMAND and part.closing.taken_on == earlier.period.end
    }
    for part in later.parts:
        key = (part.serial, part.code)
        closing = closings.get(key)
        if closing is None or key in by_intervals:
            continue
        is_same_day = part.opening.taken_on == closing.closing.taken_on
        if is_same_day and part.opening.value != closing.closing.value:
            yield closing, part


def bills_on(session: Session, serial: str, day: date) -> list[str]:
    """Return the numbers of the bills that stand on a day's reading of a meter, in order."""
    points = meters.store.find_points(session, serial)
    return [
        one.number
        for one in standing(session, points, day=day)
        if one.number is not None
        and any(
            part.serial == serial and day in (part.opening.taken_on, part.closing.taken_on)
            for part in Usage.from_facts(one.facts["usage"]).parts
        )
    ]


def _before(session: Session, dues: Collection[Due | Waiting]) -> Before:
    starts = {(due.account_id, due.service_point_id): due.period.start for due in dues}
    points = {due.service_point_id for due in dues}
    settled = corrected_periods(session, points)
    found: dict[Key, tuple[str, Usage]] = {}
    for one in standing(session, points, ends=set(starts.values())):
        is_settled = _is_settled(settled.get(one.key, ()), one.period.end)
        if starts.get(one.key) == one.period.end and not is_settled:
            found[one.key] = (one.name, one.usage)
    return found


def _is_settled(corrected: Collection[Period], day: date) -> bool:
    """Test whether a correction was issued over the last day before a boundary."""
    return any(day - timedelta(1) in period for period in corrected)
