"""The indicator catalogue: what a customer's behaviour shows, each a pure function of facts."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from arrears import lateness, on_file, paying, reported, usage_pattern
from arrears.behaviour import Behaviour
from arrears.measure import Better, Measure, Unit


class Indicator(NamedTuple):
    """One thing measured; no value means that there is nothing yet to measure it on."""

    name: str
    value: Decimal | None
    unit: Unit
    source: str


def _protected(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.is_protected)


CATALOGUE: Mapping[str, Measure] = {
    **paying.MEASURES,
    **lateness.MEASURES,
    **usage_pattern.MEASURES,
    **reported.MEASURES,
    **on_file.MEASURES,
    # A fact for whoever decides. Being vulnerable says nothing about paying, so no card that ships
    # gives points for it.
    "protected": Measure(_protected, Unit.TIMES, "the supply's protection", Better.EITHER),
}

_OF = tuple((name, rule.of) for name, rule in CATALOGUE.items())
_OF_OWN = tuple(one for one in _OF if one[0] not in reported.MEASURES)
"""Those that can have a value of whom no other creditor has reported."""
_RULES = tuple((name, rule.of, rule.unit, rule.source) for name, rule in CATALOGUE.items())


def measure(
    behaviour: Behaviour, *, as_of: date, names: Collection[str] = CATALOGUE.keys()
) -> tuple[Indicator, ...]:
    """Return the catalogue, or some of it, measured on a customer's behaviour as of a day."""
    return tuple(
        [
            Indicator(name, of(behaviour, as_of), unit, source)
            for name, of, unit, source in _RULES
            if name in names
        ]
    )


def values_of(behaviour: Behaviour, *, as_of: date) -> dict[str, Decimal]:
    """
    Return what the catalogue measures on a customer's behavior, by name; what has no value is left.

    The same as `measure`, for whoever measures a million customers and asks for nothing else.
    """
    rules = _OF_OWN if behaviour.report is None else _OF
    found = {}
    for name, of in rules:
        value = of(behaviour, as_of)
        if value is not None:
            found[name] = value
    return found


def indicator(name: str, value: Decimal | None) -> Indicator:
    """Return an indicator of the catalogue that was measured before."""
    rule = CATALOGUE[name]
    return Indicator(name, value, rule.unit, rule.source)
