"""Energy by short intervals: a channel of a meter, its days, and what they add up to."""

from array import array
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from math import gcd
from struct import pack as pack_numbers
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from meters.period import Period
from meters.register_code import RegisterCode

K = TypeVar("K", bound=Hashable)

DAY_MINUTES = 1440
PLACES = 6
"""Amounts are whole millionths of a kWh (kvarh)."""
MICRO = 1_000_000
_ONE_DAY = timedelta(days=1)


class Flag(StrEnum):
    """How sure an interval is; the letters are those of AEMO's quality flags."""

    ACTUAL = "A"
    ESTIMATED = "E"
    SUBSTITUTED = "S"
    FINAL = "F"
    MISSING = "N"


@dataclass(frozen=True, slots=True)
class Channel:
    """
    A stream of intervals of a meter.

    :param mark: what files call it, such as E1 or B1.
    :param code: what it counts: `total` is energy drawn, `export` energy fed in.
    :param zone: whose clock says when its days begin; see `zone_of`.
    """

    id: int
    meter_id: int
    serial: str
    mark: str
    code: RegisterCode
    zone: str


@dataclass(frozen=True, slots=True)
class IntervalDay:
    """
    The intervals of a channel's day, from midnight to midnight by the channel's clock.

    A day on which clocks change has 23 or 25 hours of them. What isn't known has the flag N and
    the amount 0, so that every interval has its place.

    :param amounts: in millionths of a kWh (kvarh).
    :param flags: a letter for each interval, or one letter for all of them.
    """

    channel_id: int
    day: date
    minutes: int
    amounts: Sequence[int]
    flags: str
    id: int | None = None
    revision: int = 0
    batch_id: int | None = None
    row: int | None = None

    @property
    def total(self) -> Decimal:
        """What passed in the whole day, in kWh (kvarh)."""
        return Decimal(sum(self.amounts)).scaleb(-PLACES)

    @property
    def missing(self) -> int:
        """How many intervals aren't known."""
        if len(self.flags) == 1:
            return len(self.amounts) if self.flags == Flag.MISSING else 0
        return self.flags.count(Flag.MISSING)

    @property
    def is_actual(self) -> bool:
        """Test whether every interval was measured."""
        return set(self.flags) == {Flag.ACTUAL}

    def each_flag(self) -> str:
        """Return a letter for each interval."""
        return self.flags * len(self.amounts) if len(self.flags) == 1 else self.flags


@dataclass(frozen=True, slots=True)
class Series:
    """A channel's days in a row: what passed through it in a period."""

    code: RegisterCode
    serial: str
    mark: str
    zone: str
    days: tuple[IntervalDay, ...]

    @property
    def kwh(self) -> Decimal:
        """What passed in all, in kWh (kvarh)."""
        return Decimal(sum(sum(day.amounts) for day in self.days)).scaleb(-PLACES)

    @property
    def is_estimated(self) -> bool:
        """Test whether an interval wasn't measured."""
        return not all(day.is_actual for day in self.days)

    def intervals(self) -> Iterator[tuple[datetime, int, int]]:
        """Yield each interval: when it begins by the channel's clock, its minutes, its amount."""
        for day in self.days:
            starts = starts_of(self.zone, day.day, day.minutes)
            for start, amount in zip(starts, day.amounts, strict=True):
                yield start, day.minutes, amount

    def kwh_by(self, classify: Callable[[datetime], K]) -> dict[K, Decimal]:
        """
        Return what passed by class of time; the classes add up to `kwh`.

        :param classify: says of the moment at which an interval begins, by the channel's clock,
            which class the interval belongs to: a register of a time-of-use tariff, say.
        """
        sums: defaultdict[K, int] = defaultdict(int)
        for start, _, amount in self.intervals():
            sums[classify(start)] += amount
        return {key: Decimal(amount).scaleb(-PLACES) for key, amount in sums.items()}

    def to_facts(self) -> dict[str, Any]:
        """Return the series as JSON can hold it, without the database's own numbers."""
        days = [
            [one.day.isoformat(), one.minutes, b64encode(pack(one.amounts)).decode(), one.flags]
            for one in self.days
        ]
        own = {"code": str(self.code), "serial": self.serial, "mark": self.mark}
        return {**own, "zone": self.zone, "days": days}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return the series that the facts tell of."""
        days = tuple(
            IntervalDay(0, date.fromisoformat(day), minutes, unpack(b64decode(amounts)), flags)
            for day, minutes, amounts, flags in facts["days"]
        )
        code = RegisterCode(facts["code"])
        return cls(code, facts["serial"], facts["mark"], facts["zone"], days)

    def kwh_within(self, start_at: datetime, end_at: datetime) -> Decimal:
        """Return what passed in the intervals that begin from one moment up to another."""
        amounts = (amount for start, _, amount in self.intervals() if start_at <= start < end_at)
        return Decimal(sum(amounts)).scaleb(-PLACES)


@dataclass(frozen=True, slots=True)
class Clocked:
    """
    Energy by the slots of every day.

    :param minutes: how long a slot is.
    :param slots: in millionths of a kWh, from the first day's midnight on.
    :param odd: the days on which the clock changes, and which minute it shows as each of their
        slots begins; other days have 24 hours.
    """

    minutes: int
    slots: tuple[int, ...]
    odd: tuple[tuple[date, tuple[int, ...]], ...] = ()


def by_clock(series: Sequence[Series], period: Period) -> Clocked | None:
    """
    Return what channels had together in each slot of a period's days, and what the clock showed.

    None if there are no intervals, or longer ones than an hour, or if channels go by clocks of
    which only one changes in the period.

    :param period: the days, of which each series may have some.
    """
    minutes = max((day.minutes for one in series for day in one.days), default=0)
    if not minutes or minutes > 60:
        return None
    regular = tuple(range(0, DAY_MINUTES, minutes))
    places: dict[date, int] = {}
    odd, length = [], 0
    for day in (period.start + at * _ONE_DAY for at in range(period.days)):
        shown = {clock_of(zone, day, minutes) for zone in {one.zone for one in series}}
        if len(shown) > 1:
            return None
        [starts] = shown
        odd += [] if starts == regular else [(day, starts)]
        places[day] = length
        length += len(starts)
    slots = [0] * length
    for one in (day for some in series for day in some.days):
        for at, amount in enumerate(one.amounts):
            slots[places[one.day] + at * one.minutes // minutes] += amount
    return Clocked(minutes, tuple(slots), tuple(odd))


def clock_of(zone: str, day: date, minutes: int) -> tuple[int, ...]:
    """
    Return which minute of the day a clock shows as each interval of a day begins.

    On the day that it is put back, an hour's are there twice; on the day that it is put on, an
    hour's are missing.
    """
    return tuple(start.hour * 60 + start.minute for start in starts_of(zone, day, minutes))


def demand_kw(series: Sequence[Series]) -> Decimal | None:
    """
    Return the highest mean power of an interval that channels had together, in kW.

    None if there is no interval.
    """
    together: defaultdict[datetime, int] = defaultdict(int)
    minutes = 0
    for one in series:
        for start, length, amount in one.intervals():
            together[start.astimezone(UTC)] += amount
            minutes = max(minutes, length)
    if not together:
        return None
    return Decimal(max(together.values()) * 60) / (minutes * MICRO)


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """
    Return the clock of a name: a place such as Europe/Berlin, a fixed one such as UTC+10:00, or a
    rule as `ruled_zone` writes it.

    :raises KeyError: if there is no such clock.
    """
    if name.startswith("UTC") and name != "UTC":
        sign = {"+": 1, "-": -1}[name[3:4]]
        hours, _, minutes = name[4:].partition(":")
        return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    return _ruled(name) if name.startswith("<") else ZoneInfo(name)


def _ruled(name: str) -> tzinfo:
    # A file of a time zone (RFC 8536) without a change of its own: its last line is the rule.
    head = b"TZif2" + bytes(15) + pack_numbers(">6I", 0, 0, 0, 0, 1, 4)
    body = pack_numbers(">iBB", 0, 0, 0) + b"UTC\0"
    return ZoneInfo.from_file(_Bytes(2 * (head + body) + f"\n{name}\n".encode()))


class _Bytes:
    """Bytes that are read like a file: the core opens none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes from here on, or all of them."""
        start, self._at = self._at, len(self._data) if size < 0 else self._at + size
        return self._data[start : self._at]

    def seek(self, size: int, whence: int = 0, /) -> int:
        """Go to a place, or so far from here if `whence` is 1."""
        self._at = size + whence * self._at
        return self._at

    def readline(self) -> bytes:
        """Return the rest of the line."""
        return self.read(self._data.index(b"\n", self._at) + 1 - self._at)


def ruled_zone(offset: timedelta, summer: timedelta, start: str, end: str) -> str:
    """
    Return the name of a clock that is put on and back by a rule, as POSIX writes it.

    :param offset: how far standard time is ahead of UTC, and `summer` what is added to it.
    :param start: when it is put on, such as M3.5.0/2:00:00, and `end` when it is put back.
    """
    return f"<STD>{_behind(offset)}<DST>{_behind(offset + summer)},{start},{end}"


def _behind(offset: timedelta) -> str:
    # POSIX counts westward.
    minutes = -int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def fixed_zone(offset: timedelta) -> str:
    """Return the name of a clock that is always so far ahead of UTC."""
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def midnight(zone: str, day: date) -> datetime:
    """Return the moment at which a day begins by a clock, in UTC."""
    return datetime.combine(day, time(), zone_of(zone)).astimezone(UTC)


def minutes_of(zone: str, day: date) -> int:
    """Return how many minutes a day has: 1440, but for the days on which the clock changes."""
    length = midnight(zone, day + _ONE_DAY) - midnight(zone, day)
    return int(length.total_seconds()) // 60


def intervals_in(zone: str, day: date, minutes: int) -> int:
    """Return how many intervals of so many minutes a day has."""
    return max(minutes_of(zone, day) // minutes, 1)


@lru_cache(maxsize=512)
def starts_of(zone: str, day: date, minutes: int) -> tuple[datetime, ...]:
    """Return when each interval of a day begins, by the clock of the zone."""
    clock, first = zone_of(zone), midnight(zone, day)
    step = timedelta(minutes=minutes)
    count = intervals_in(zone, day, minutes)
    return tuple((first + at * step).astimezone(clock) for at in range(count))


def pack(amounts: Sequence[int]) -> bytes:
    """Return amounts in few bytes: two for each where they are metered in Wh; see `unpack`."""
    common = gcd(*amounts)
    places = 0
    while common and places < PLACES and common % 10 == 0:
        common //= 10
        places += 1
    unit = 10**places
    small = [amount // unit for amount in amounts]
    most = max(map(abs, small), default=0)
    kind = next(kind for kind, bits in _KINDS if most < 1 << bits)
    packed = array(kind, small)
    if _IS_BIG:
        packed.byteswap()
    return bytes([places, ord(kind)]) + packed.tobytes()


def unpack(packed: bytes) -> tuple[int, ...]:
    """Return the amounts that `pack` made bytes of."""
    unit, small = 10 ** packed[0], array(chr(packed[1]))
    small.frombytes(packed[2:])
    if _IS_BIG:
        small.byteswap()
    return tuple(small) if unit == 1 else tuple(amount * unit for amount in small)


# Two, four and eight bytes, signed; amounts are below 9 million MWh.
_KINDS = (("h", 15), ("i", 31), ("q", 63))
_IS_BIG = array("h", [1]).tobytes() == b"\x00\x01"


def same_flags(flags: Sequence[str]) -> str:
    """Return one letter if all are the same, else one for each."""
    first = flags[0]
    return first if all(flag == first for flag in flags) else "".join(flags)
