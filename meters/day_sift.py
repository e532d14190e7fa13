"""Sift the days of intervals in a file: match them to meters, judge them, remember what is new."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from config.database import in_chunks
from meters.day_check import DUPLICATE, DayCase, judge_day, missing_before
from meters.formats.raw import RawDay
from meters.interval import Channel, IntervalDay, pack
from meters.intervals import (
    NewChannel,
    Place,
    active_days,
    channels_of_meters,
    day_totals,
    find_places,
)
from meters.period import Period
from meters.rules import Doubt, Rules, Severity

DAYS_AT_ONCE = 20_000
_HABIT = timedelta(days=60)
_ONE_DAY = timedelta(days=1)


class FreshDay(NamedTuple):
    """A day that may be added to a channel, and the kept one that it replaces if there is one."""

    channel: NewChannel
    raw: RawDay
    replaces: IntervalDay | None = None

    def facts(self) -> dict[str, Any]:
        """Return the day as JSON can hold it, until a person has decided."""
        return {
            "meter_id": self.channel.meter_id,
            "mark": self.channel.mark,
            "code": str(self.channel.code),
            "zone": self.channel.zone,
            "day": self.raw.day.isoformat(),
            "minutes": self.raw.minutes,
            "amounts": b64encode(pack(self.raw.amounts)).decode(),
            "flags": self.raw.flags,
        }


@dataclass(slots=True)
class SiftedDays:
    """
    What came of a file's days.

    :param doubts: what was found, by row; a day of several rows is called by its first, and what
        keeps it from being taken is said of every row.
    :param fresh: each by its first row.
    """

    doubts: defaultdict[int, list[Doubt]] = field(default_factory=lambda: defaultdict(list))
    fresh: list[FreshDay] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def note(self, raw: RawDay, found: Iterable[Doubt]) -> None:
        """Note what was found about a day."""
        for doubt in found:
            holds = doubt.severity in (Severity.ERROR, Severity.DOUBT)
            for row in raw.rows if holds or doubt.code == DUPLICATE else raw.rows[:1]:
                self.doubts[row].append(doubt)


def sift_days(
    session: Session,
    days: Sequence[RawDay],
    rules: Rules,
    *,
    office_ids: Collection[int],
    today: date,
    replacing: str | None = None,
) -> SiftedDays:
    """
    Match a file's days of intervals to meters and judge them.

    :param office_ids: meters of other offices look unknown; of none if this is empty.
    :param replacing: why days that differ from what is kept take its place.
    """
    sifted = SiftedDays()
    for some in in_chunks(days, DAYS_AT_ONCE):
        places = find_places(
            session,
            serials={name for raw in some for name in _names(raw)},
            points={raw.point for raw in some if raw.point and not raw.serial},
            office_ids=office_ids,
        )
        matched = list(_matched(some, _Places(places), rules, today, sifted))
        _judge(session, matched, rules, today, replacing, sifted)
    return sifted


def _names(raw: RawDay) -> Iterator[str]:
    if raw.serial:
        yield raw.serial
        if raw.point:
            yield f"{raw.point}/{raw.serial}"


class _Places:
    """Where meters are and were, by their numbers and by the points'."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_serial: defaultdict[str, list[Place]] = defaultdict(list)
        self._by_point: defaultdict[str, list[Place]] = defaultdict(list)
        for place in places:
            self._by_serial[place.serial].append(place)
            self._by_point[place.point].append(place)

    def of(self, raw: RawDay) -> list[Place]:
        """Return the places of the meter that a day is of; a file's point must be the right one."""
        if not raw.serial:
            return self._by_point.get(raw.point, [])
        own = self._by_serial.get(f"{raw.point}/{raw.serial}") if raw.point else None
        own = own or self._by_serial.get(raw.serial, [])
        if raw.point and all(place.point != raw.point for place in own):
            return []
        return own


def _matched(
    days: Iterable[RawDay], places: _Places, rules: Rules, today: date, sifted: SiftedDays
) -> Iterator[tuple[RawDay, Place]]:
    for raw in days:
        own = places.of(raw)
        there = [place for place in own if place.is_on(raw.day)]
        if len({place.meter_id for place in there}) == 1:
            yield raw, there[0]
            continue
        if not own:
            sifted.unknown.add(raw.serial or raw.point)
        if own and not there and raw.day > today:
            what = f"{raw.day} is after today, {today}"
            sifted.note(raw, [rules.doubt("future_date", what, "correct the date")])
            continue
        sifted.note(raw, [_unmatched(raw, own, there, rules)])


def _unmatched(raw: RawDay, own: Sequence[Place], there: Sequence[Place], rules: Rules) -> Doubt:
    named = raw.serial or f"at service point {raw.point}"
    if not own:
        remedy = "check the number, or install the meter first"
        if not raw.serial:
            remedy = "say whose data it is (--meter), or give the service point this number"
        return rules.doubt("unknown_meter", f"there is no meter {named}", remedy)
    if there:
        what = f"there are several meters {named} on {raw.day}"
        return rules.doubt("unknown_meter", what, "ask for a file with the meter's number")
    if all(raw.day < place.installed_on for place in own):
        first = min(place.installed_on for place in own)
        what = f"meter {own[0].serial} was installed on {first}, after {raw.day}"
        return rules.doubt("before_installation", what, "check the date and the meter number")
    what = f"meter {own[-1].serial} was not installed on {raw.day}"
    return rules.doubt("after_removal", what, "check the date and the meter number")


def _judge(
    session: Session,
    matched: Sequence[tuple[RawDay, Place]],
    rules: Rules,
    today: date,
    replacing: str | None,
    sifted: SiftedDays,
) -> None:
    if not matched:
        return
    channels = {
        (one.meter_id, one.mark): one
        for one in channels_of_meters(session, {place.meter_id for _, place in matched})
    }
    groups: defaultdict[tuple[int, str], list[tuple[RawDay, Place]]] = defaultdict(list)
    for raw, place in matched:
        groups[place.meter_id, raw.mark].append((raw, place))
    ids = {channels[key].id for key in groups if key in channels}
    kept, totals = _kept(session, ids, [raw.day for raw, _ in matched])
    for key, group in groups.items():
        channel = channels.get(key)
        own = kept.get(channel.id, {}) if channel else {}
        habit = totals.get(channel.id, {}) if channel else {}
        for raw, place in _alone_on_their_day(group, rules, sifted):
            if channel is not None and (channel.code, channel.zone) != (raw.code, raw.zone):
                sifted.note(raw, [_other_channel(channel, raw, rules)])
                continue
            usual = _usual(habit, raw.day)
            most = place.kwh_per_day_max
            case = DayCase(raw, own.get(raw.day), usual, most, today, replacing)
            _keep(case, NewChannel(*key, raw.code, raw.zone), rules, sifted)
        _find_gaps([raw for raw, _ in group], habit, rules, sifted)


def _kept(
    session: Session, ids: Collection[int], days: Sequence[date]
) -> tuple[dict[int, dict[date, IntervalDay]], dict[int, dict[date, Decimal]]]:
    """Return what is kept of channels on the days, and what passed on those and before."""
    first, last = min(days), min(max(days), date.max - _ONE_DAY)
    period = Period(first, last + _ONE_DAY)
    kept = {
        id_: {one.day: one for one in some}
        for id_, some in active_days(session, ids, period).items()
    }
    since = first - min(_HABIT, first - date.min)
    return kept, day_totals(session, ids, Period(since, period.end))


def _usual(habit: Mapping[date, Decimal], day: date) -> list[Decimal]:
    return [habit[one] for one in sorted(habit) if day - _HABIT <= one < day] if habit else []


def _alone_on_their_day(
    group: Sequence[tuple[RawDay, Place]], rules: Rules, sifted: SiftedDays
) -> Iterator[tuple[RawDay, Place]]:
    """Yield the days of a channel that the file has once; what it has twice is a conflict."""
    by_day: defaultdict[date, list[tuple[RawDay, Place]]] = defaultdict(list)
    for raw, place in group:
        by_day[raw.day].append((raw, place))
    for day, some in sorted(by_day.items()):
        contents = {(tuple(raw.amounts), raw.flags, raw.minutes) for raw, _ in some}
        if len(contents) > 1:
            rows = " and ".join(str(raw.row) for raw, _ in some[:4])
            what = f"the file has two days {day} of channel {some[0][0].mark}, in rows {rows}"
            for raw, _ in some:
                sifted.note(raw, [rules.doubt("conflict", what, "keep the one that is right")])
            continue
        yield some[0]
        for raw, _ in some[1:]:
            what = f"row {some[0][0].row} says the same"
            sifted.note(raw, [rules.doubt(DUPLICATE, what, "nothing is to be done")])


def _other_channel(channel: Channel, raw: RawDay, rules: Rules) -> Doubt:
    what = (
        f"channel {channel.mark} of meter {channel.serial} is known to count {channel.code} by "
        f"the clock {channel.zone}, and the file has {raw.code} by {raw.zone}"
    )
    return rules.doubt("unknown_register", what, "send it as before, or under another mark")


def _keep(case: DayCase, channel: NewChannel, rules: Rules, sifted: SiftedDays) -> None:
    doubts = judge_day(case, rules)
    sifted.note(case.raw, doubts)
    if not any(doubt.code == DUPLICATE for doubt in doubts):
        sifted.fresh.append(FreshDay(channel, case.raw, case.kept))


def _find_gaps(
    days: Sequence[RawDay], habit: Mapping[date, Decimal], rules: Rules, sifted: SiftedDays
) -> None:
    first = {raw.day: raw for raw in days}
    for day, count in missing_before(first, habit).items():
        what = f"{count} days before {day} are missing in channel {first[day].mark}"
        doubt = rules.doubt("missing_days", what, "ask for them; they aren't billed before")
        if doubt.severity is not Severity.OFF:
            sifted.note(first[day], [doubt])
