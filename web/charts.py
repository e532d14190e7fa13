"""Where the marks of a chart stand: plain numbers that the templates draw as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

TOP = 16.0
"""Room above the tallest column for its value."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of a chart: what it is called, what is written at it, and how it looks."""

    label: str
    value: float
    shown: str = ""
    tone: str = "c0"
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A column of a chart, in the units of its drawing."""

    x: float
    y: float
    width: float
    height: float
    bar: Bar
    shows_label: bool = True

    @property
    def middle(self) -> float:
        """The middle of the column, where its texts stand."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of columns: its size, the marks, and the line on which they stand."""

    title: str
    width: float
    height: float
    floor: float
    marks: tuple[Mark, ...]

    @property
    def has_values(self) -> bool:
        """Test whether there is anything to see."""
        return any(mark.bar.value for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values side by side, and a share of one in the other as a point on a line."""

    label: str
    first: float
    second: float
    share: float | None
    shown_first: str = ""
    shown_second: str = ""
    shown_share: str = ""


@dataclass(frozen=True, slots=True)
class PairMark:
    """A pair of columns, in the units of the drawing."""

    x: float
    width: float
    first_y: float
    first_height: float
    second_y: float
    second_height: float
    share_y: float | None
    pair: Pair

    @property
    def middle(self) -> float:
        """The middle of the pair."""
        return round(self.x + self.width, 2)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A chart of pairs of columns, with a line of shares over them that may go beyond one."""

    title: str
    width: float
    height: float
    floor: float
    top_share: float
    marks: tuple[PairMark, ...]

    def high(self, share: float) -> float:
        """Return the height at which a share of one stands."""
        return _high(share / self.top_share, self.floor, self.floor - TOP)

    @property
    def line(self) -> str:
        """The points of the line of shares."""
        return " ".join(
            f"{mark.middle},{mark.share_y}" for mark in self.marks if mark.share_y is not None
        )


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a bar that shows how a whole is divided."""

    x: float
    width: float
    share: float
    bar: Bar


def columns(
    title: str, bars: Sequence[Bar], *, width: float = 560, height: float = 170, foot: float = 18
) -> Columns:
    """Return a chart of columns; a value below zero counts as nothing."""
    floor, room = height - foot, height - foot - TOP
    most = max((bar.value for bar in bars), default=0) or 1
    step = width / max(1, len(bars))
    body = min(step * 0.72, 64)
    every = max(1, round(len(bars) * 48 / width))
    marks = tuple(
        Mark(
            x=round(at * step + (step - body) / 2, 2),
            y=round(floor - max(0.0, bar.value) / most * room, 2),
            width=round(body, 2),
            height=round(max(0.0, bar.value) / most * room, 2),
            bar=bar,
            shows_label=(len(bars) - 1 - at) % every == 0,
        )
        for at, bar in enumerate(bars)
    )
    return Columns(title, width, height, floor, marks)


def pairs(
    title: str, values: Sequence[Pair], *, width: float = 560, height: float = 170, foot: float = 18
) -> Pairs:
    """Return a chart of pairs of columns with their shares."""
    floor, room = height - foot, height - foot - TOP
    most = max((max(pair.first, pair.second) for pair in values), default=0) or 1
    top = max((pair.share for pair in values if pair.share is not None), default=1.0)
    top = max(1.0, top)
    # Room at the right for what the lines across say.
    step = (width - 40) / max(1, len(values))
    body = min(step * 0.36, 30)

    def tall(value: float) -> float:
        return round(max(0.0, value) / most * room, 2)

    marks = tuple(
        PairMark(
            x=round(at * step + step / 2 - body, 2),
            width=round(body, 2),
            first_y=round(floor - tall(pair.first), 2),
            first_height=tall(pair.first),
            second_y=round(floor - tall(pair.second), 2),
            second_height=tall(pair.second),
            share_y=None if pair.share is None else _high(pair.share / top, floor, room),
            pair=pair,
        )
        for at, pair in enumerate(values)
    )
    return Pairs(title, width, height, floor, top, marks)


def _high(share: float, floor: float, room: float) -> float:
    return round(floor - min(1.0, max(0.0, share)) * room, 2)


def slices(bars: Sequence[Bar], *, width: float = 560) -> list[Slice]:
    """Return how the values divide a bar of the width; nothing has no slice."""
    whole = sum(max(0.0, bar.value) for bar in bars) or 1
    found, x = [], 0.0
    for bar in bars:
        share = max(0.0, bar.value) / whole
        if not share:
            continue
        found.append(Slice(round(x, 2), round(share * width, 2), share, bar))
        x += share * width
    return found
