"""What was refused of a file of intervals, in its own format: mended, it can be taken in again."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

Raw = Mapping[str, str]

ESPI = "http://naesb.org/espi"
ATOM = "http://www.w3.org/2005/Atom"


def record_text(cells: Sequence[str]) -> str:
    """Return a record of NEM12 as a line without its end."""
    line = StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def nem12_text(days: Iterable[Raw]) -> str:
    """
    Return a NEM12 file of some days.

    :param days: each with its records by their indicators, those of one channel in a row.
    """
    lines: list[str] = []
    for header, some in groupby(days, key=lambda raw: raw["100"]):
        lines.append(header)
        for channel, own in groupby(some, key=lambda raw: raw["200"]):
            lines.append(channel)
            for raw in own:
                lines += [raw["300"], *filter(None, raw["400"].split("\n"))]
        lines.append("900")
    return "".join(f"{line}\r\n" for line in lines)


def feed_text(days: Iterable[Raw]) -> str:
    """
    Return a Green Button feed of some days.

    :param days: each with its `MeterReading` and `ReadingType`, the `kind` of its usage point, the
        feed's `LocalTimeParameters`, and its `IntervalReading`s; fields stand as `name=value`.
    """
    entries: list[str] = []
    known: set[str] = set()
    for at, raw in enumerate(days, start=1):
        for link, entry in _frame(raw):
            if link not in known:
                known.add(link)
                entries.append(entry)
        link = f"{raw['MeterReading']}/IntervalBlock/{at}"
        readings = "\n".join(map(_reading, raw["IntervalReading"].split("\n")))
        entries.append(_entry(link, f"<espi:IntervalBlock>\n{readings}\n</espi:IntervalBlock>"))
    inside = "\n".join(entries)
    spaces = f'xmlns="{ATOM}" xmlns:espi="{ESPI}"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<feed {spaces}>\n{inside}\n</feed>\n'


def _frame(raw: Raw) -> Iterator[tuple[str, str]]:
    """Yield the links and entries of what an interval block belongs to."""
    name = raw["MeterReading"]
    point = name.partition("/MeterReading")[0]
    kind = f"<espi:ServiceCategory>{_elements(raw['kind'])}</espi:ServiceCategory>"
    yield point, _entry(point, f"<espi:UsagePoint>{kind}</espi:UsagePoint>")
    type_ = f"{name}/ReadingType"
    yield name, _entry(name, "<espi:MeterReading/>", related=type_)
    yield type_, _entry(type_, _element("ReadingType", raw["ReadingType"]))
    if raw["LocalTimeParameters"]:
        yield "clock", _entry("clock", _element("LocalTimeParameters", raw["LocalTimeParameters"]))


def _entry(link: str, content: str, *, related: str | None = None) -> str:
    links = f'<link rel="self" href={quoteattr(link)}/>'
    if related is not None:
        links += f'<link rel="related" href={quoteattr(related)}/>'
    return f"<entry>{links}<content>{content}</content></entry>"


def _element(tag: str, fields: str) -> str:
    return f"<espi:{tag}>{_elements(fields)}</espi:{tag}>"


def _elements(fields: str) -> str:
    pairs = (field.split("=", 1) for field in fields.split("\n") if field)
    return "".join(f"<espi:{name}>{escape(value)}</espi:{name}>" for name, value in pairs)


def _reading(line: str) -> str:
    start, seconds, value, quality = line.split(",")
    own = f"<espi:ReadingQuality><espi:quality>{quality}</espi:quality></espi:ReadingQuality>"
    period = _elements(f"duration={seconds}\nstart={start}")
    return (
        f"<espi:IntervalReading>{own if quality else ''}<espi:timePeriod>{period}"
        f"</espi:timePeriod><espi:value>{value}</espi:value></espi:IntervalReading>"
    )
