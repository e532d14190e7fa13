"""Judge days of intervals beside what is kept: new, known already, or doubtful."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from meters.formats.raw import RawDay
from meters.interval import DAY_MINUTES, MICRO, PLACES, Flag, IntervalDay
from meters.reading import RegisterCode, plain
from meters.rules import Doubt, Rules, Severity

DUPLICATE = "duplicate"
_ONE_DAY = timedelta(days=1)
# So many days of a channel make a habit.
_HABIT_DAYS = 7


@dataclass(frozen=True, slots=True)
class DayCase:
    """
    A day to be judged, beside what is kept of its channel.

    :param kept: what is kept of the very day.
    :param usual: what passed on each of the days before, as far as they are known.
    :param kwh_per_day_max: the most that the service point can draw in a day.
    :param replacing: why days that differ from what is kept take its place; none if they may not.
    """

    raw: RawDay
    kept: IntervalDay | None
    usual: Sequence[Decimal]
    kwh_per_day_max: Decimal
    today: date
    replacing: str | None = None

    @property
    def total(self) -> Decimal:
        """What the day has in all, in kWh (kvarh)."""
        return Decimal(sum(self.raw.amounts)).scaleb(-PLACES)


Found = Iterator[tuple[str, str, str]]
"""The code of a check, what is wrong and what would be right."""


def judge_day(case: DayCase, rules: Rules) -> list[Doubt]:
    """Return what the checks found about a day; nothing more is asked after an error."""
    doubts: list[Doubt] = []
    for check in (_beside_kept, _alone, _against_power, _against_habit):
        for code, what, remedy in check(case, rules):
            doubt = rules.doubt(code, what, remedy)
            if doubt.severity is not Severity.OFF or code == DUPLICATE:
                doubts.append(doubt)
        if any(doubt.severity is Severity.ERROR for doubt in doubts):
            break
    return doubts


def _beside_kept(case: DayCase, _rules: Rules) -> Found:
    raw, kept = case.raw, case.kept
    if kept is None:
        return
    if _is_same(raw, kept):
        yield DUPLICATE, f"the intervals of {raw.day} are kept already", "nothing is to be done"
    elif case.replacing is not None:
        return
    elif not _improves(raw, kept):
        yield (
            "conflict",
            (
                f"{plain(kept.total)} kWh is kept for {raw.day}, and the row has "
                f"{plain(case.total)}, or other intervals"
            ),
            "if the kept ones are wrong, take the file in as a correction, with a reason",
        )
    elif set(kept.flags) <= {Flag.ACTUAL, Flag.MISSING}:
        what = f"{kept.missing} intervals of {raw.day} were missing, and now came"
        yield "gap_filled", what, "nothing is to be done"
    else:
        yield (
            "estimate_kept",
            f"intervals of {raw.day} were estimated or substituted; the row has other ones",
            "accept it to replace them; if they were billed, the bill must be corrected",
        )


def _is_same(raw: RawDay, kept: IntervalDay) -> bool:
    return (raw.minutes, raw.flags, list(raw.amounts)) == (
        kept.minutes,
        kept.flags,
        list(kept.amounts),
    )


def _improves(raw: RawDay, kept: IntervalDay) -> bool:
    """Test whether what was measured stays as it is, and only what wasn't is replaced."""
    if raw.minutes != kept.minutes or len(raw.amounts) != len(kept.amounts):
        return False
    flags = _flags(raw)
    return all(
        old_flag != Flag.ACTUAL or (old, old_flag) == (new, new_flag)
        for old, old_flag, new, new_flag in zip(
            kept.amounts, kept.each_flag(), raw.amounts, flags, strict=True
        )
    )


def _flags(raw: RawDay) -> str:
    return raw.flags * len(raw.amounts) if len(raw.flags) == 1 else raw.flags


def _alone(case: DayCase, _rules: Rules) -> Found:
    raw = case.raw
    if raw.day > case.today:
        yield "future_date", f"{raw.day} is after today, {case.today}", "correct the date"
    if raw.overlaps:
        what = f"{raw.overlaps} intervals of {raw.day} stand there twice, and not the same"
        yield "interval_overlap", what, "keep those that are right"
    if any(amount < 0 for amount in raw.amounts):
        yield "negative", f"an interval of {raw.day} is below zero", "correct it"
    missing = _flags(raw).count(Flag.MISSING)
    if missing:
        what = f"{missing} of the {len(raw.amounts)} intervals of {raw.day} are missing"
        yield "incomplete_day", what, "take in what is missing; it isn't billed before"


def _against_power(case: DayCase, _rules: Rules) -> Found:
    raw, most = case.raw, case.kwh_per_day_max
    if raw.code is RegisterCode.REACTIVE:
        return
    if case.total > most:
        yield (
            "ceiling",
            f"{plain(case.total)} kWh on {raw.day}, and at most {plain(most)} are believable",
            "check the unit and the service point's kwh_per_day_max",
        )
        return
    highest = Decimal(max(raw.amounts, default=0)) / MICRO
    allowed = most * raw.minutes / DAY_MINUTES
    if highest > allowed:
        yield (
            "above_power",
            (
                f"{plain(highest)} kWh in {raw.minutes} minutes of {raw.day}, and at most "
                f"{plain(_rounded(allowed))} are believable"
            ),
            "compare with the contracted power; accept it if it is so",
        )


def _against_habit(case: DayCase, rules: Rules) -> Found:
    if case.raw.code is not RegisterCode.TOTAL or len(case.usual) < _HABIT_DAYS:
        return
    usual = max(sum(case.usual, Decimal(0)) / len(case.usual), *case.usual[-2:])
    if case.total > rules.spike_kwh_min and case.total > usual * rules.spike_times:
        yield (
            "spike",
            (
                f"{plain(_rounded(case.total))} kWh on {case.raw.day}, where "
                f"{plain(_rounded(usual))} are usual"
            ),
            "compare with the meter; accept it if it is so",
        )


def missing_before(days: Iterable[date], kept: Iterable[date]) -> Mapping[date, int]:
    """
    Return before which of a channel's days others are missing, and how many.

    :param days: the days that a file has of the channel.
    :param kept: the days that are kept of it.
    """
    new = set(days)
    known = sorted(new | set(kept))
    gaps = {}
    for before, day in pairwise(known):
        if day in new and day - before > _ONE_DAY:
            gaps[day] = (day - before).days - 1
    return gaps


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.001"))
