"""What the credit file knows: statements, security, events and peers as indicators."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from arrears.behaviour import Behaviour, Event
from arrears.measure import Better, Measure, Unit, months, share

THREE_MONTHS = 3


def months_between(day: date, as_of: date) -> int:
    """Return how many whole months lie between two days."""
    return months(as_of) - months(day) - (as_of.day < day.day)


def _since(event: Event, what: str) -> Measure:
    def of(behaviour: Behaviour, as_of: date) -> Decimal | None:
        """Measure how long ago it happened last; never has no value."""
        days = [on for kind, on in behaviour.events if kind is event and on <= as_of]
        return Decimal(months_between(max(days), as_of)) if days else None

    return Measure(of, Unit.MONTHS, what, Better.HIGHER)


def _three_late(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure how many month ends ago a bill was three months late; not in a year has no value."""
    late = (at for at, seen in enumerate(behaviour.months_late) if seen >= THREE_MONTHS)
    found = next(late, None)
    return None if found is None else Decimal(found)


def _debt_ratio(behaviour: Behaviour, as_of: date) -> Decimal | None:
    return behaviour.ratios.debt if behaviour.ratios else None


def _current_ratio(behaviour: Behaviour, as_of: date) -> Decimal | None:
    return behaviour.ratios.current if behaviour.ratios else None


def _profit_margin(behaviour: Behaviour, as_of: date) -> Decimal | None:
    return behaviour.ratios.profit if behaviour.ratios else None


def _security_cover(behaviour: Behaviour, as_of: date) -> Decimal | None:
    """Measure how many average bills are covered by what secures them."""
    if not behaviour.average_bill or behaviour.average_bill <= 0:
        return None
    return share(behaviour.security, behaviour.average_bill)


def _blacklisted(behaviour: Behaviour, as_of: date) -> Decimal:
    return Decimal(behaviour.is_blacklisted)


def _capacity(behaviour: Behaviour, as_of: date) -> Decimal | None:
    return behaviour.capacity_kva


def _peer_percentile(behaviour: Behaviour, as_of: date) -> Decimal | None:
    return behaviour.peer_share


_STATEMENT = "the newest financial statement that holds"

MEASURES: Mapping[str, Measure] = {
    "debt_ratio": Measure(
        _debt_ratio, Unit.SHARE, f"{_STATEMENT}: liabilities against assets", Better.LOWER
    ),
    "current_ratio": Measure(
        _current_ratio,
        Unit.SHARE,
        f"{_STATEMENT}: current assets against current liabilities",
        Better.HIGHER,
    ),
    "profit_margin": Measure(
        _profit_margin, Unit.SHARE, f"{_STATEMENT}: profit against revenue", Better.HIGHER
    ),
    "security_cover": Measure(
        _security_cover,
        Unit.BILLS,
        "deposits, guarantees, collateral and insurance against an average bill",
        Better.HIGHER,
    ),
    "months_since_theft": _since(Event.THEFT, "theft of electricity on file"),
    "months_since_breach": _since(Event.BREACH, "other breaches of contract on file"),
    "months_since_court_event": _since(Event.COURT_EVENT, "court events on file"),
    "months_since_broken_promise": _since(Event.BROKEN_PROMISE, "promises to pay that were broken"),
    "months_since_three_late": Measure(
        _three_late, Unit.MONTHS, "the ageing at the last 12 month ends", Better.HIGHER
    ),
    "blacklisted": Measure(_blacklisted, Unit.TIMES, "blacklists on file that hold", Better.LOWER),
    "capacity_kva": Measure(
        _capacity, Unit.POWER, "the supplies of the day, together", Better.EITHER
    ),
    "peer_percentile": Measure(
        _peer_percentile,
        Unit.SHARE,
        "peers of the industry, else of the class, that pay no sooner",
        Better.HIGHER,
    ),
}
