"""Days in a row, of which the last isn't counted: neighbors share an edge and never a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """The days from the start up to the end, without the end itself."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period can't end on {self.end}, before it starts on {self.start}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"

    @property
    def days(self) -> int:
        """The number of days in the period."""
        return (self.end - self.start).days

    def covers(self, other: "Period") -> bool:
        """Test whether every day of another period is in this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Period") -> bool:
        """Test whether a day is in both periods."""
        return max(self.start, other.start) < min(self.end, other.end)

    def overlap(self, other: "Period") -> "Period | None":
        """Return the days that are in both periods, or none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def split(self, edges: Iterable[date]) -> "tuple[Period, ...]":
        """Return this period cut at every edge inside it; no day is lost and none is doubled."""
        inside = sorted({edge for edge in edges if self.start < edge < self.end})
        return tuple(Period(a, b) for a, b in pairwise([self.start, *inside, self.end]))
