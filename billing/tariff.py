"""
Read a tariff file: prices as values, every problem of the file gathered, unknown words refused.

The language is described in docs/formats.md; the nouns are those of `billing.component`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from billing import tariff_parts as parts
from billing.component import (
    Component,
    Demand,
    Energy,
    Export,
    Fund,
    Percent,
    PowerFactor,
    Rounding,
    Vat,
)
from billing.supply import SupplyClass
from billing.tariff_parts import each, optional
from config.table import TableReader


class BadTariffError(Exception):
    """A tariff file does not describe a tariff; the message lists every problem, one a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Tariff:
    """
    The prices in force, in the order in which they are worked out.

    `name` and `digest` are what a bill quotes. `order` is where a component's lines stand on the
    bill. Without `classes` the tariff is for everybody.
    """

    name: str
    digest: str
    en: str
    zh: str
    currency: str
    classes: frozenset[SupplyClass]
    is_example: bool
    rounding: Rounding
    components: tuple[Component, ...]
    order: Mapping[str, int]
    vat: Vat | None


def parse_tariff(name: str, table: Mapping[str, Any], *, digest: str = "") -> Tariff:
    """
    Return the tariff that a file's table describes.

    :param name: by which bills quote the file, such as tariffs/residential_beijing/2012-07-01.
    :param table: the file, parsed with exact decimals.
    :raises BadTariffError: with every problem of the file.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    components = _components(reader)
    tariff = Tariff(
        name=name,
        digest=digest,
        en=reader.text("title_en"),
        zh=reader.text("title_zh"),
        currency=reader.text("currency"),
        classes=frozenset(reader.choices("classes", SupplyClass)),
        is_example=reader.flag("example", default=False),
        rounding=reader.choice("rounding", Rounding, Rounding.LINE),
        components=components,
        order=_order(reader, components),
        vat=optional(reader, "vat", parts.vat),
    )
    reader.finish()
    problems += _contradictions(tariff)
    if problems:
        raise BadTariffError(problems)
    return tariff


def _components(reader: TableReader) -> tuple[Component, ...]:
    """Return the parts of a tariff in the order in which they are worked out."""
    seasons = parts.seasons(reader)
    minimum = optional(reader, "minimum", parts.minimum)
    return (
        *each(reader, "fixed", lambda part: parts.fixed(part, seasons)),
        *each(reader, "energy", lambda part: parts.energy(part, seasons)),
        *each(reader, "demand", lambda part: parts.demand(part, seasons)),
        *each(reader, "capacity", parts.capacity),
        *each(reader, "export", lambda part: Export(parts.rate(part))),
        *each(reader, "power_factor", parts.power_factor),
        *each(reader, "fund", lambda part: Fund(parts.rate(part))),
        *each(reader, "percent", parts.percent),
        *(() if minimum is None else (minimum,)),
    )


def code_of(component: Component) -> str:
    """Return the code by which a file names the component."""
    if isinstance(component, Energy | Demand | Percent | PowerFactor):
        return component.label.code
    return component.rate.label.code


def _order(reader: TableReader, components: Iterable[Component]) -> dict[str, int]:
    written = reader.texts("order")
    codes = dict.fromkeys(code_of(component) for component in components)
    for code in written:
        if code not in codes:
            reader.wrong("order", f"{code!r} is no component", f"known are {', '.join(codes)}")
    return {code: at for at, code in enumerate(dict.fromkeys([*written, *codes]))}


def _contradictions(tariff: Tariff) -> list[str]:
    problems = []
    seen: set[tuple[str, str | None]] = set()
    for component in tariff.components:
        season = getattr(component, "season", None)
        key = (code_of(component), season and season.name)
        if key in seen or (key[0], None) in seen:
            problems.append(f"{tariff.name}: {key[0]}: is there twice; give each part its own code")
        seen.add(key)
    codes = {code for code, _ in seen}
    return problems + [
        f"{tariff.name}: {code_of(component)}: of: {code!r} is no component; "
        f"known are {', '.join(sorted(codes))}"
        for component in tariff.components
        if isinstance(component, Percent | PowerFactor)
        for code in component.of
        if code not in codes
    ]
