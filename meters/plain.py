"""Tell plain readings at once, by columns of whole numbers; the checks are left to the others."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from meters.check import RATIO_MIN
from meters.estimate import HISTORY_DAYS_MIN
from meters.formats.raw import Columns
from meters.interval import MICRO, PLACES
from meters.reading import CONSUMPTION, EXPORTS, ReadingKind, RegisterCode
from meters.rules import Rules, Severity


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


# Below half and above three times what it was lately, a use may be the transformers' ratio off.
_NEAR_MAX = 3
_RATIO_MIN = RATIO_MIN * MICRO
_SPANS = tuple(10**digits * MICRO for digits in range(13))
_STEPS = tuple(10 ** (PLACES - decimals) for decimals in range(PLACES + 1))


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
        # How far below the use lately: none if nobody asks.
        asks_low = rules.severities["low"] is not Severity.OFF
        self.low_times = rules.low_times.as_integer_ratio() if asks_low else None
        self.low_min = int(rules.low_kwh_min * MICRO * MICRO)
        self.near = min(rules.spike_times, Decimal(_NEAR_MAX)).as_integer_ratio()

    def is_plain(self, on: Standing, lately: Sequence[Shown], day: date, value: int) -> bool:
        """
        Test whether no check can find anything about a reading.

        It goes on from the newest one about as the use went lately. Nearly every reading does.

        :param lately: the register's newest active readings, in the order of their days.
        :param value: in millionths.
        """
        if not lately:
            return False
        _, before, _, shown, _ = lately[-1]
        days, moved, code = (day - before).days, value - shown, on.code
        if days <= 0 or day > self.today or not _can_show(on, before, day, value):
            return False
        if code not in CONSUMPTION:
            return code == RegisterCode.DEMAND or _is_believable(on, moved, days)
        # A total register that stands still is asked about; one of a time of use often does.
        if moved <= 0:
            return moved == 0 and code != RegisterCode.TOTAL
        energy = moved * on.multiplier
        few = on.multiplier < _RATIO_MIN and energy <= self.spike_min * days
        return energy <= on.kwh_per_day_max * days * MICRO and self._is_as_lately(
            on, lately, moved, days, few=few
        )

    def _is_as_lately(
        self, on: Standing, lately: Sequence[Shown], moved: int, days: int, *, few: bool
    ) -> bool:
        """Test whether the use per day is like that between the last two readings."""
        asks_low = self.low_times is not None and on.code == RegisterCode.TOTAL
        if few and not asks_low:
            return True
        if len(lately) < 2:
            return False
        before, last = lately[-2:]
        length = (last.taken_on - before.taken_on).days
        is_guess = ReadingKind.ESTIMATED in (before.kind, last.kind)
        if length < HISTORY_DAYS_MIN or before.taken_on < on.installed_on or is_guess:
            return False
        way = last.value - before.value
        if way < 0:
            way += _SPANS[on.digits]
        now, then = moved * length, way * days
        if asks_low and self._is_low(now, then, way * on.multiplier, length):
            return False
        if on.multiplier < _RATIO_MIN:
            times, parts = self.times
            return few or now * parts <= then * times
        times, parts = self.near
        return now * parts <= then * times and 2 * now >= then

    def _is_low(self, now: int, then: int, energy: int, days: int) -> bool:
        if self.low_times is None or energy < self.low_min * days:
            return False
        times, parts = self.low_times
        return now * times < then * parts


def _can_show(on: Standing, before: date, day: date, value: int) -> bool:
    """Test whether a register was there from a day to another, and its dial can show a value."""
    if not 0 <= value < _SPANS[on.digits] or value % _STEPS[on.decimals]:
        return False
    return on.installed_on <= before and (on.removed_on is None or day <= on.removed_on)


def _is_believable(on: Standing, moved: int, days: int) -> bool:
    """Test what reactive registers and those of what is fed in went on by; these, either way."""
    if on.code in EXPORTS and 2 * abs(moved) <= _SPANS[on.digits]:
        moved = abs(moved)
    return 0 <= moved * on.multiplier <= on.kwh_per_day_max * days * MICRO


def by_meter(standings: Iterable[Standing]) -> dict[str, dict[str, Standing]]:
    """
    Return the registers of each meter by its number and their codes.

    A meter that was installed twice is left out: which installation counts, the day would tell.
    """
    found: defaultdict[str, dict[str, Standing]] = defaultdict(dict)
    twice = set()
    for on in standings:
        own = found[on.serial]
        if on.code in own:
            twice.add(on.serial)
        own[on.code] = on
    return {serial: own for serial, own in found.items() if serial not in twice} if twice else found


def find_plain(
    readings: Columns,
    places: Iterable[int],
    meters: Mapping[str, Mapping[str, Standing]],
    lately: Mapping[int, Sequence[Shown]],
    usual: Usual,
) -> Iterator[tuple[int, int]]:
    """
    Yield the registers and the places of the readings that are plain.

    A meter's are told together: of one day, of each of its registers, and each of them plain. So
    no row is taken in part, and none is incomplete.

    :param places: in the order of the meters' numbers.
    """
    codes, days, values = readings.codes, readings.days, readings.values
    for serial, some in groupby(places, key=readings.serials.__getitem__):
        own, group = meters.get(serial), list(some)
        if own is None or len(group) != len(own):
            continue
        day = days[group[0]]
        found = {}
        for at in group:
            on = own.get(codes[at])
            if on is None or days[at] != day:
                break
            if not usual.is_plain(on, lately.get(on.register_id, ()), day, values[at]):
                break
            found[on.register_id] = at
        if len(found) == len(group):
            yield from found.items()
