"""
Read a tariff file: prices as values, every problem of the file gathered, unknown words refused.

The language is described in docs/formats.md; the nouns are those of `billing.component`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing import tariff_parts as parts
from billing.component import (
    Component,
    Demand,
    Energy,
    Export,
    Fixed,
    Fund,
    LimitsPer,
    Percent,
    PowerFactor,
    Rounding,
    RoundTo,
    UsedBetween,
    Vat,
)
from billing.facts import season_of
from billing.supply import SupplyClass
from billing.tariff_calendar import REGISTER_WORDS, Known, known, occurring
from billing.tariff_energy import energy
from billing.tariff_parts import each, optional
from billing.tariff_two_part import capacity, demand, power_factor
from billing.time_of_use import Calendar
from config.table import TableReader
from meters.period import Period

_TIMED = (Energy, Demand, Export)


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
    bill. Without `classes` the tariff is for everybody. `registers` are those that only this tariff
    has, besides sharp, peak, flat, valley and deep valley.
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
    registers: tuple[str, ...] = ()
    round_to: RoundTo | None = None
    codes: tuple[str, ...] = field(init=False)
    """By which the file names the components, one for each."""
    months_back: int = field(init=False)
    """How many months of demand before a period it looks back at."""
    is_in_order: bool = field(init=False)
    """Whether the lines stand on the bill in the order in which they are worked out."""
    source: str = field(init=False)
    """What every line says last: which file its price is from, and how it is rounded."""

    def season_on(self, day: date) -> Period | None:
        """Return the season of a day over which blocks count, or none."""
        for one in self.components:
            if isinstance(one, Energy) and one.limits_per is LimitsPer.SEASON:
                assert one.season is not None, "limits per season want a season"
                if day.month in one.season.months:
                    return season_of(one.season.months, day)
        return None

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(map(code_of, self.components)))
        demands = (one for one in self.components if isinstance(one, Demand))
        back = (one.ratchet.months for one in demands if one.ratchet is not None)
        object.__setattr__(self, "months_back", max(back, default=0))
        places = [self.order[code] for code in self.codes]
        object.__setattr__(self, "is_in_order", places == sorted(places))
        object.__setattr__(self, "source", f" [{self.name} {self.digest[:12]}; half up]")


def parse_tariff(name: str, table: Mapping[str, Any], *, digest: str = "") -> Tariff:
    """
    Return the tariff that a file's table describes.

    :param name: by which bills quote the file, such as tariffs/residential_beijing/2012-07-01.
    :param table: the file, parsed with exact decimals.
    :raises BadTariffError: with every problem of the file.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    names = known(reader)
    components = _components(reader, names)
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
        round_to=optional(reader, "round_to", parts.round_to),
        registers=tuple(word for word in names.registers if word not in REGISTER_WORDS),
    )
    reader.finish()
    problems += [f"{name}: {problem}" for problem in _contradictions(tariff, names)]
    if problems:
        raise BadTariffError(problems)
    return tariff


def _components(reader: TableReader, names: Known) -> tuple[Component, ...]:
    """Return the parts of a tariff in the order in which they are worked out."""
    minimum = optional(reader, "minimum", parts.minimum)
    return (
        *each(reader, "fixed", lambda part: parts.fixed(part, names)),
        *each(reader, "energy", lambda part: energy(part, names)),
        *each(reader, "demand", lambda part: demand(part, names)),
        *each(reader, "capacity", capacity),
        *each(reader, "benefit", parts.benefit),
        *each(reader, "export", lambda part: parts.export(part, names)),
        *each(reader, "fund", lambda part: Fund(parts.rate(part))),
        *each(reader, "power_factor", power_factor),
        *each(reader, "percent", parts.percent),
        *(() if minimum is None else (minimum,)),
    )


def code_of(component: Component) -> str:
    """Return the code by which a file names the component."""
    if isinstance(component, Energy | Demand | Export | Percent | PowerFactor):
        return component.label.code
    return component.rate.label.code


def _order(reader: TableReader, components: Iterable[Component]) -> dict[str, int]:
    written = reader.texts("order")
    codes = dict.fromkeys(code_of(component) for component in components)
    for code in written:
        if code not in codes:
            reader.wrong("order", f"{code!r} is no component", f"known are {', '.join(codes)}")
    return {code: at for at, code in enumerate(dict.fromkeys([*written, *codes]))}


def _contradictions(tariff: Tariff, names: Known) -> Iterator[str]:
    yield from _twice(tariff.components)
    yield from _not_yet_known(tariff.components)
    for component in tariff.components:
        if isinstance(component, _TIMED) and component.calendar is not None:
            yield from _unpriced(component, component.calendar)
    used = {part.calendar for part in tariff.components if isinstance(part, _TIMED)}
    for calendar in names.calendars.values():
        if calendar not in used:
            where = "name it in [[energy]], [[demand]] or [[export]]"
            yield f"calendar {calendar.name}: nothing goes by it; {where}"


def _twice(components: Iterable[Component]) -> Iterator[str]:
    """Yield codes under which two parts would charge the same days and the same use."""
    seen: dict[str, list[tuple[str | None, UsedBetween | None]]] = {}
    for component in components:
        code, season = code_of(component), getattr(component, "season", None)
        between = component.if_used if isinstance(component, Fixed | Energy) else None
        key = (season and season.name, between)
        if any(_overlap(key, other) for other in seen.get(code, ())):
            yield f"{code}: is there twice; give each part its own code"
        seen.setdefault(code, []).append(key)


def _overlap(
    one: tuple[str | None, UsedBetween | None], other: tuple[str | None, UsedBetween | None]
) -> bool:
    if None not in {one[0], other[0]} and one[0] != other[0]:
        return False
    lower, upper = one[1], other[1]
    if lower is None or upper is None or lower.per is not upper.per:
        return True
    if lower.above > upper.above:
        lower, upper = upper, lower
    return lower.up_to is None or lower.up_to > upper.above


def _not_yet_known(components: Sequence[Component]) -> Iterator[str]:
    """Yield what percentages are taken of that isn't there, or is worked out only later."""
    codes = [code_of(component) for component in components]
    for at, component in enumerate(components):
        if not isinstance(component, Percent | PowerFactor):
            continue
        for code in component.of:
            if code not in codes:
                listed = ", ".join(sorted(set(codes)))
                yield f"{codes[at]}: of: {code!r} is no component; known are {listed}"
            elif code not in codes[:at]:
                listed = ", ".join(dict.fromkeys(codes[:at]))
                yield f"{codes[at]}: of: {code!r} is worked out later; before it come {listed}"


def _unpriced(component: Energy | Demand | Export, calendar: Calendar) -> Iterator[str]:
    """Yield registers that a calendar counts energy in and for which there is no price."""
    if isinstance(component, Demand):
        return  # Demand outside the named windows may cost nothing.
    if isinstance(component, Energy) and component.remainder is not None:
        return
    season = component.season if isinstance(component, Energy) else None
    months = None if season is None else season.months
    for register in sorted(occurring(calendar, months) - set(component.registers)):
        yield (
            f"{code_of(component)}: calendar {calendar.name} counts {register}, which has no "
            "price; give it one, or say which register is the remainder"
        )
