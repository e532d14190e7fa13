"""
The clock of a Green Button feed, by which its days begin.

Source: NAESB REQ.21 (ESPI), LocalTimeParameters: `tzOffset` is how many seconds the standard time
is ahead of UTC, `dstOffset` what summer time adds; `dstStartRule` and `dstEndRule` (DstRuleType)
are 32 bits: month (28-31), operator (25-27), day of the month (20-24), day of the week from Monday
as 1 (17-19), hour (12-16) and seconds (0-11) of the change, by the clock before it.
"""

from collections.abc import Mapping
from datetime import timedelta

from meters.interval import fixed_zone, ruled_zone

# The clocks of North America, known by a name; and their rules since 2007 (Energy Policy Act of
# 2005): from the second Sunday of March, 2 o'clock, to the first of November.
_NAMED = {
    -14400: "America/Halifax",
    -18000: "America/New_York",
    -21600: "America/Chicago",
    -25200: "America/Denver",
    -28800: "America/Los_Angeles",
    -32400: "America/Anchorage",
}
_THEIR_RULES = (("M3.2.0/2:00:00", "M11.1.0/2:00:00"), (None, None))
_MOST = 14 * 3600
# Which week of the month an operator means; 5 is the last.
_WEEKS = {2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 5}


def clock_of(parameters: Mapping[str, str]) -> str | None:
    """Return the clock that a feed's time parameters tell of, or none if they tell of none."""
    offset, summer = _seconds(parameters, "tzOffset"), _seconds(parameters, "dstOffset") or 0
    if offset is None:
        return None
    rules = _rule(parameters.get("dstStartRule", "")), _rule(parameters.get("dstEndRule", ""))
    if summer and offset in _NAMED and rules in _THEIR_RULES:
        return _NAMED[offset]
    start, end = rules
    if summer and start is not None and end is not None:
        return ruled_zone(timedelta(seconds=offset), timedelta(seconds=summer), start, end)
    return fixed_zone(timedelta(seconds=offset))


def _seconds(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name, "")
    is_whole = len(text) <= 6 and text.removeprefix("-").isdecimal()
    return int(text) if is_whole and abs(int(text)) <= _MOST else None


def _rule(text: str) -> str | None:
    """Return when a clock changes as POSIX writes it, such as M3.5.0/2:00:00, or none."""
    try:
        bits = int(text, 16) if len(text) == 8 else 0
    except ValueError:
        return None
    month, operator, day = bits >> 28, bits >> 25 & 7, bits >> 20 & 31
    weekday, hour, second = bits >> 17 & 7, bits >> 12 & 31, bits & 4095
    week = _WEEKS.get(operator)
    if operator == 1 and day and (day - 1) % 7 == 0:
        week = (day - 1) // 7 + 1  # The first such day on or after the 1st, 8th, 15th ...
    if not 1 <= month <= 12 or not weekday or week is None or hour > 23 or second > 3599:
        return None
    return f"M{month}.{week}.{weekday % 7}/{hour}:{second // 60:02}:{second % 60:02}"
