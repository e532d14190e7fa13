"""Tell plain readings at once, by columns of whole numbers; the checks are left to the others."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import NamedTuple

from meters.check import RATIO_MIN
from meters.estimate import HISTORY_DAYS_MIN
from meters.formats.raw import Columns
from meters.interval import MICRO, PLACES
from meters.reading import CONSUMPTION, ReadingKind
from meters.rules import Rules


class Standing(NamedTuple):
    """
    A register during an installation of its meter, in whole numbers.

    :param multiplier: in millionths, as `kwh_per_day_max` is.
    """

    serial: str
    register_id: int
    code: str
    digits: int
    decimals: int
    multiplier: int
    installed_on: date
    removed_on: date | None
    kwh_per_day_max: int


class Shown(NamedTuple):
    """What a register showed on a day, in millionths."""

    register_id: int
    taken_on: date
    revision: int
    value: int
    kind: str


@dataclass(slots=True)
class Plain:
    """Readings that are new and about which no check finds anything: whose, and their places."""

    register_ids: MutableSequence[int] = field(default_factory=lambda: array("q"))
    places: MutableSequence[int] = field(default_factory=lambda: array("l"))


class Usual:
    """The limits of the rules in whole numbers: what they say of nearly every reading."""

    def __init__(self, rules: Rules, today: date) -> None:
        self.today = today
        # Energy is a dial's millionths times the multiplier's.
        self.spike_min = int(rules.spike_kwh_min * MICRO * MICRO)
        self.times = rules.spike_times.as_integer_ratio()

    def is_plain(self, on: Standing, lately: Sequence[Shown], day: date, value: int) -> bool:
        """
        Test whether no check can find anything about a reading.

        It goes on from the newest one about as the use went lately. Nearly every reading does.

        :param lately: the register's newest active readings, in the order of their days.
        :param value: in millionths.
        """
        if not lately or on.code not in CONSUMPTION:
            return False
        last = lately[-1]
        days, turned = (day - last.taken_on).days, value - last.value
        if days <= 0 or turned <= 0 or day > self.today:
            return False
        if value >= 10**on.digits * MICRO or value % 10 ** (PLACES - on.decimals):
            return False
        is_there = on.installed_on <= last.taken_on and _is_there(on, day)
        if not is_there or on.multiplier >= RATIO_MIN * MICRO:
            return False
        energy = turned * on.multiplier
        return energy <= on.kwh_per_day_max * days * MICRO and (
            energy <= self.spike_min * days or self._is_as_lately(on, lately, turned, days)
        )

    def _is_as_lately(self, on: Standing, lately: Sequence[Shown], turned: int, days: int) -> bool:
        if len(lately) < 2:
            return False
        before, last = lately[-2:]
        length = (last.taken_on - before.taken_on).days
        if length < HISTORY_DAYS_MIN or before.taken_on < on.installed_on:
            return False
        if ReadingKind.ESTIMATED in (before.kind, last.kind):
            return False
        way = last.value - before.value
        if way < 0:
            way += 10**on.digits * MICRO
        times, parts = self.times
        return turned * length * parts <= way * days * times


def _is_there(on: Standing, day: date) -> bool:
    return on.removed_on is None or day <= on.removed_on


def by_meter(standings: Iterable[Standing]) -> dict[str, list[Standing]]:
    """Return the registers of each meter by its number."""
    found: defaultdict[str, list[Standing]] = defaultdict(list)
    for on in standings:
        found[on.serial].append(on)
    return found


def find_plain(
    readings: Columns,
    places: Iterable[int],
    meters: Mapping[str, Sequence[Standing]],
    lately: Mapping[int, Sequence[Shown]],
    usual: Usual,
) -> Iterator[tuple[int, int]]:
    """
    Yield the registers and the places of the readings that are plain.

    A meter's are told together: of one day, of each of its registers, and each of them plain. So
    no row is taken in part, and none is incomplete.

    :param places: in the order of the meters' numbers.
    """
    for serial, some in groupby(places, key=readings.serials.__getitem__):
        own, group = meters.get(serial, ()), list(some)
        if len(group) != len(own):
            continue
        by_code = {on.code: on for on in own}
        day = readings.days[group[0]]
        found = []
        for at in group:
            on = by_code.pop(readings.codes[at], None)
            if on is None or readings.days[at] != day:
                break
            if not usual.is_plain(on, lately.get(on.register_id, ()), day, readings.values[at]):
                break
            found.append((on.register_id, at))
        if len(found) == len(group):
            yield from found
