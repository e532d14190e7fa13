"""Intervals that a file gives one by one, each put in its place in a day."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from config.refusal import Problem
from meters.formats.raw import BadRow, RawDay
from meters.interval import DAY_MINUTES, Flag, intervals_in, midnight, same_flags, zone_of
from meters.reading import RegisterCode


class Stamped(NamedTuple):
    """
    An interval with the moment at which it begins.

    :param amount: in millionths of a kWh (kvarh), perhaps with a fraction that can't be kept.
    """

    row: int
    start_at: datetime
    seconds: int
    amount: Decimal
    flag: Flag


@dataclass(frozen=True, slots=True)
class Slots:
    """
    Whose intervals they are; `days` puts them in their places.

    :param is_row: whether a day is one row of the file, called by the first line of it.
    """

    point: str
    serial: str
    mark: str
    code: RegisterCode
    zone: str
    is_row: bool = False

    def days(self, stamped: Iterable[Stamped]) -> tuple[list[RawDay], list[BadRow]]:
        """
        Return the days that intervals make, and the rows that have no place in one.

        What is said twice and the same counts once. A place that nothing was said of has the
        flag N.
        """
        by_day: defaultdict[date, list[Stamped]] = defaultdict(list)
        clock = zone_of(self.zone)
        for one in stamped:
            by_day[one.start_at.astimezone(clock).date()].append(one)
        days: list[RawDay] = []
        bad: list[BadRow] = []
        for day, some in sorted(by_day.items()):
            found = self._day(day, some)
            if isinstance(found, RawDay):
                days.append(found)
            else:
                bad += found
        return days, bad

    def _day(self, day: date, some: Sequence[Stamped]) -> RawDay | list[BadRow]:
        usual, _ = Counter(one.seconds for one in some).most_common(1)[0]
        minutes = _minutes(usual)
        start, places = midnight(self.zone, day), intervals_in(self.zone, day, minutes or 1)
        problems = list(_misfits(some, usual, minutes, start))
        if problems:
            of = self.serial or self.point
            return [BadRow(row, of, tuple(problems)) for row in self._rows(some)]
        amounts, flags, overlaps = [0] * places, [Flag.MISSING] * places, 0
        for one in some:
            at = _place(one, start, minutes)
            is_taken = flags[at] is not Flag.MISSING
            overlaps += is_taken and (amounts[at], flags[at]) != (int(one.amount), one.flag)
            amounts[at], flags[at] = int(one.amount), one.flag
        return RawDay(
            rows=self._rows(some),
            serial=self.serial,
            point=self.point,
            mark=self.mark,
            code=self.code,
            zone=self.zone,
            day=day,
            minutes=minutes,
            amounts=amounts,
            flags=same_flags(flags),
            overlaps=overlaps,
        )

    def _rows(self, some: Sequence[Stamped]) -> list[int]:
        rows = sorted({one.row for one in some})
        return rows[:1] if self.is_row else rows


def _minutes(seconds: int) -> int:
    """Return the length that an interval is kept with; none, 0, if it can't be."""
    minutes, rest = divmod(seconds, 60)
    # A day on which clocks change has 23 or 25 hours, and is one interval all the same.
    if minutes in (DAY_MINUTES - 60, DAY_MINUTES + 60):
        return DAY_MINUTES
    fits = minutes and not rest and (60 % minutes == 0 or minutes == DAY_MINUTES)
    return minutes if fits else 0


def _place(one: Stamped, start: datetime, minutes: int) -> int:
    if minutes == DAY_MINUTES:
        return 0
    return int((one.start_at.astimezone(UTC) - start).total_seconds()) // 60 // minutes


def _misfits(
    some: Sequence[Stamped], usual: int, minutes: int, start: datetime
) -> Iterator[Problem]:
    first = some[0].row
    if not minutes:
        what = f"intervals of {usual} seconds can't be taken in"
        yield Problem(first, "interval_length", what, "5, 15, 30 or 60 minutes, or a day")
        return
    other = next((one for one in some if _minutes(one.seconds) != minutes), None)
    if other is not None:
        what = f"a day has intervals of {usual} and of {other.seconds} seconds"
        yield Problem(other.row, "interval_overlap", what, "send the whole day in one length")
    for one in some:
        if minutes < DAY_MINUTES and (one.start_at - start).total_seconds() % (minutes * 60):
            what = f"an interval begins at {one.start_at:%H:%M:%S}, between two others"
            yield Problem(one.row, "interval_overlap", what, "begin each where the last one ends")
            return
        if one.amount % 1:
            what = "an interval has more than 6 decimals of a kWh"
            yield Problem(one.row, "too_many_decimals", what, "send what the meter shows")
            return
