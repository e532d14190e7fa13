"""
Green Button: interval data as US utilities give it to their customers.

An Atom feed of ESPI resources (NAESB REQ.21, Energy Services Provider Interface): interval blocks
belong to a meter reading, which names its reading type (unit, direction, power of ten) and its
usage point. Moments are seconds of UTC; the feed may say by which clock its days begin.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from xml.sax import SAXException, SAXNotSupportedException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import Locator

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from config.refusal import Problem
from config.table_file import File
from meters.formats.espi_clock import clock_of
from meters.formats.raw import BadRow, ChannelSum, RawDay, ReadFile
from meters.formats.slots import Slots, Stamped
from meters.interval import MICRO, Flag, zone_of
from meters.reading import RegisterCode

NAME = "green_button"
ESPI = "http://naesb.org/espi"
_ATOM = "http://www.w3.org/2005/Atom"
DEPTH_MAX = 32
"""Elements inside each other; a feed has about eight."""

# The unit's number in ESPI, and how many millionths of a kWh (kvarh) it is.
_UNITS = {"72": "Wh", "73": "VArh", "169": "therm", "42": "m3", "119": "ft3", "132": "Btu"}
_MICRO = {"72": MICRO // 1000, "73": MICRO // 1000}
_ELECTRICITY = ("", "0", "1")
_FORWARD, _REVERSE = ("", "1", "4"), "19"
# The longest day has 25 hours.
_LONGEST = 90_000
# Amounts of an interval; the others are dials or running sums.
_DELTA = ("", "4", "12")
# ESPI QualityOfReading: estimated by a reference day or a line, questionable, projected.
_FLAGS = {"8": Flag.ESTIMATED, "9": Flag.ESTIMATED, "10": Flag.ESTIMATED, "12": Flag.ESTIMATED}
_FLAGS |= {"7": Flag.SUBSTITUTED, "11": Flag.SUBSTITUTED, "13": Flag.SUBSTITUTED}
_FIELDS = {
    *("start", "duration", "value", "quality", "kind", "commodity", "uom", "flowDirection"),
    *(
        "powerOfTenMultiplier",
        "accumulationBehaviour",
        "tzOffset",
        "dstOffset",
        "dstStartRule",
        "dstEndRule",
    ),
}


class _Reading(NamedTuple):
    """An interval reading: where it stands, seconds of UTC, seconds of length, its value."""

    line: int
    start: int
    seconds: int
    value: Decimal
    quality: str

    @property
    def flag(self) -> Flag:
        return _FLAGS.get(self.quality, Flag.ACTUAL)


@dataclass(slots=True)
class _Feed:
    """What a feed has, before its parts are brought together."""

    types: dict[str, dict[str, str]] = field(default_factory=dict)
    type_of: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    readings: dict[str, list[_Reading]] = field(default_factory=dict)
    clock: dict[str, str] | None = None
    problems: list[Problem] = field(default_factory=list)
    is_espi: bool = False


class _Reader(ContentHandler):
    """Gathers the resources of a feed; each entry has links that say what it is part of."""

    def __init__(self, feed: _Feed) -> None:
        super().__init__()
        self._feed = feed
        self._path: list[str] = []
        self._text: list[str] = []
        self._links: dict[str, list[str]] = {}
        self._fields: dict[str, str] = {}
        self._block: list[_Reading] = []
        self._line = 0
        self._at: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802
        """Remember who knows the line."""
        self._at = locator

    def startElementNS(  # noqa: N802
        self, name: tuple[str | None, str], _qname: Any, attrs: Any
    ) -> None:
        """Go into an element."""
        space, tag = name
        self._path.append(tag)
        if len(self._path) > DEPTH_MAX:
            raise SAXNotSupportedException(f"more than {DEPTH_MAX} elements inside each other")
        self._text.clear()
        self._feed.is_espi = self._feed.is_espi or space == ESPI
        if tag == "entry":
            self._links, self._block = {}, []
            self._fields = {}
        elif tag == "link":
            link = attrs.get((None, "rel"), ""), attrs.get((None, "href"), "")
            self._links.setdefault(link[0], []).append(link[1])
        elif tag in ("IntervalReading", "ReadingType", "LocalTimeParameters", "UsagePoint"):
            self._fields = {}
            self._line = self._at.getLineNumber() or 0 if self._at else 0

    def characters(self, content: str) -> None:
        """Go on with the text of an element."""
        self._text.append(content)

    def endElementNS(self, name: tuple[str | None, str], _qname: Any) -> None:  # noqa: N802
        """Leave an element."""
        tag = name[1]
        self._path.pop()
        if tag in _FIELDS:
            self._fields[tag] = "".join(self._text).strip()
        elif tag == "IntervalReading":
            self._take_reading()
        elif tag == "LocalTimeParameters":
            self._feed.clock = dict(self._fields)
        elif tag in ("ReadingType", "UsagePoint", "MeterReading", "IntervalBlock"):
            self._take(tag)
        self._text.clear()

    def _take(self, tag: str) -> None:
        own = self._links.get("self", [""])[0]
        related = self._links.get("related", [])
        match tag:
            case "ReadingType":
                self._feed.types[own] = dict(self._fields)
            case "UsagePoint":
                for link in (own, *related):
                    self._feed.kinds[_before(link, "/MeterReading")] = self._fields.get("kind", "")
            case "MeterReading":
                found = [link for link in related if "/ReadingType" in link]
                self._feed.type_of[own] = found[0] if found else ""
            case "IntervalBlock":
                up = self._links.get("up", [own])[0]
                name = _before(up if "/IntervalBlock" in up else own, "/IntervalBlock")
                self._feed.readings.setdefault(name, []).extend(self._block)
                self._block = []

    def _take_reading(self) -> None:
        fields = self._fields
        numbers = [fields.get(name, "") for name in ("start", "duration", "value")]
        is_right = all(len(n) <= 18 and n.removeprefix("-").isdecimal() for n in numbers)
        if not is_right or not 0 <= int(numbers[0]) < 2**32 or int(numbers[1]) <= 0:
            what = f"the reading has start, duration, value {', '.join(numbers)[:60]!r}"
            remedy = "whole seconds and a whole number are wanted"
            self._feed.problems.append(Problem(self._line, "format", what, remedy))
            return
        quality = fields.get("quality", "")[:4]
        start, seconds, value = map(int, numbers)
        self._block.append(_Reading(self._line, start, seconds, Decimal(value), quality))


def _before(link: str, mark: str) -> str:
    return link.partition(mark)[0]


def is_feed(data: bytes) -> bool:
    """Test whether XML is of this format."""
    return ESPI.encode() in data[:65_536]


def read(file: File, *, zone: str) -> ReadFile:
    """
    Read a Green Button file; each day of a channel is a row, called by its first line.

    :param zone: by whose clock days begin, unless the feed itself says so.
    :raises RefusedFileError: if it isn't one, or something in it can't be read.
    """
    feed = _parse(file)
    if not any(feed.readings.values()) and not feed.problems:
        what = "the feed has no interval readings"
        feed.problems.append(Problem(0, "no_rows", what, "ask for usage, not for bills alone"))
    if feed.problems:
        raise file.refuse(*feed.problems[:1000])
    zone = clock_of(feed.clock or {}) or zone
    days: list[RawDay] = []
    bad: list[BadRow] = []
    sums: list[ChannelSum] = []
    for name, readings in feed.readings.items():
        if not readings:
            continue
        kind = feed.types.get(feed.type_of.get(name, ""), {})
        sums.append(_sum(name, readings, kind))
        point = _before(name, "/MeterReading")
        problem = _unfit(readings, kind, feed.kinds.get(point, ""))
        if problem is not None:
            bad.append(BadRow(readings[0].line, _short(point), (problem,)))
            continue
        found, rest = _days(readings, kind, _short(point), name.rpartition("/")[2], zone)
        days += found
        bad += rest
    return ReadFile(NAME, (), len(days) + len(bad), (), bad, _raw_of(feed, zone), days, sums)


def _raw_of(feed: _Feed, zone: str) -> Callable[[Collection[int]], dict[int, dict[str, str]]]:
    """Return what gives days with all that a feed of them alone has to say; see `mending`."""

    def raw(numbers: Collection[int]) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        for name, readings in feed.readings.items() if numbers else ():
            point = _before(name, "/MeterReading")
            kind = feed.types.get(feed.type_of.get(name, ""), {})
            frame = {
                "MeterReading": name,
                "ReadingType": _lines(kind),
                "kind": _lines({"kind": feed.kinds.get(point, "")}),
                "LocalTimeParameters": _lines(feed.clock or {}),
            }
            whole = readings and _unfit(readings, kind, feed.kinds.get(point, "")) is not None
            for some in [readings] if whole else _by_day(readings, zone):
                first = some[0].line if whole else min(one.line for one in some)
                if first in numbers:
                    found[first] = frame | {"IntervalReading": "\n".join(map(_shown, some))}
        return found

    return raw


def _lines(fields: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in fields.items())


def _shown(one: _Reading) -> str:
    return f"{one.start},{one.seconds},{one.value},{one.quality}"


def _by_day(readings: Sequence[_Reading], zone: str) -> Iterable[list[_Reading]]:
    days: defaultdict[date, list[_Reading]] = defaultdict(list)
    for one in readings:
        days[datetime.fromtimestamp(one.start, zone_of(zone)).date()].append(one)
    return days.values()


def _parse(file: File) -> _Feed:
    feed = _Feed()
    parser = create_parser(forbid_dtd=True)
    parser.setFeature(feature_namespaces, True)
    handler = _Reader(feed)
    handler.setDocumentLocator(parser)  # It knows the line, and says so only when it opens files.
    parser.setContentHandler(handler)
    stream = file.lines()
    try:
        while text := stream.read(1 << 20):
            parser.feed(text)
        parser.close()
    except DefusedXmlException:
        remedy = "don't open it; ask who made it"
        what = "the file declares its own entities"
        raise file.refuse(Problem(0, "xml_dtd", what, remedy)) from None
    except SAXException as problem:
        line = getattr(problem, "getLineNumber", lambda: 0)() or 0
        what = f"the XML is broken: {problem.getMessage()}"
        raise file.refuse(Problem(line, "xml_syntax", what, "ask for the file again")) from None
    return feed


def _short(point: str) -> str:
    """Return what a usage point is called behind the address of its provider."""
    return point.rpartition("/resource/")[2].lstrip("/")


def _power(kind: dict[str, str]) -> int:
    text = kind.get("powerOfTenMultiplier") or "0"
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 4 else 0


def _sum(name: str, readings: Sequence[_Reading], kind: dict[str, str]) -> ChannelSum:
    uom = kind.get("uom", "")
    total = sum((one.value for one in readings), Decimal(0)).scaleb(_power(kind))
    first = min(one.start for one in readings)
    last = max(one.start + one.seconds for one in readings)
    moments = (datetime.fromtimestamp(at, UTC) for at in (first, last))
    return ChannelSum(name, _UNITS.get(uom, f"uom {uom}"), len(readings), total, *moments)


def _unfit(readings: Sequence[_Reading], kind: dict[str, str], service: str) -> Problem | None:
    """Return why a channel can't be taken in at all, or none."""
    line, uom = readings[0].line, kind.get("uom", "")
    unit = _UNITS.get(uom, f"unit {uom or 'unknown'}")
    if service not in _ELECTRICITY or kind.get("commodity", "") not in _ELECTRICITY:
        return Problem(line, "unit", f"it isn't electricity but {unit}", "only Wh are taken in")
    if uom not in _MICRO:
        return Problem(line, "unit", f"{unit} can't be taken in", "send Wh or VArh")
    if kind.get("accumulationBehaviour", "") not in _DELTA:
        what = "the readings are sums that go on, not amounts of an interval"
        return Problem(line, "unit", what, "send them as a table of register readings")
    if kind.get("flowDirection", "") not in (*_FORWARD, _REVERSE):
        what = f"flow direction {kind['flowDirection']} can't be taken in"
        return Problem(line, "unit", what, "1 is energy drawn, 19 energy fed in")
    longest = max(readings, key=lambda one: one.seconds)
    if longest.seconds > _LONGEST:
        what = f"an interval has {longest.seconds // 86_400} days"
        return Problem(longest.line, "interval_length", what, "send intervals of a day or less")
    return None


def _days(
    readings: Sequence[_Reading], kind: dict[str, str], point: str, mark: str, zone: str
) -> tuple[list[RawDay], list[BadRow]]:
    unit = Decimal(_MICRO[kind["uom"]]).scaleb(_power(kind))
    code = RegisterCode.EXPORT if kind.get("flowDirection") == _REVERSE else RegisterCode.TOTAL
    code = RegisterCode.REACTIVE if kind["uom"] == "73" else code
    slots = Slots(point=point, serial="", mark=mark, code=code, zone=zone, is_row=True)
    return slots.days(_stamped(readings, unit))


def _stamped(readings: Sequence[_Reading], unit: Decimal) -> Iterator[Stamped]:
    for one in readings:
        at = datetime.fromtimestamp(one.start, UTC)
        yield Stamped(one.line, at, one.seconds, one.value * unit, one.flag)
