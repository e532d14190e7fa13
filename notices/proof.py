"""Proof of service: that a notice reached its customer, which is when the law's days begin."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Method(StrEnum):
    """How a notice was served."""

    DIRECT = "direct"  # into the customer's hands
    LEFT = "left"  # left there before a witness
    REGISTERED = "registered"  # by registered mail
    REFUSED = "refused"  # refused before a witness


WITNESSED = frozenset({Method.LEFT, Method.REFUSED})
"""Ways that prove nothing without a witness."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a notice was served: when, how, by whom, and who saw it."""

    notice_id: int
    served_on: date
    method: Method
    served_by: str
    received_by: str
    witness: str
    note: str
    recorded_at: datetime


def problems(
    *,
    method: Method,
    served_on: date,
    printed_on: date | None,
    today: date,
    received_by: str,
    witness: str,
) -> list[str]:
    """Return everything that is wrong with a proof, as sentences that say what would be right."""
    found = []
    if printed_on is None:
        found.append("it has not been printed; print it, and serve it then")
    elif served_on < printed_on:
        found.append(f"it was printed on {printed_on} and can't have been served on {served_on}")
    if served_on > today:
        found.append(f"{served_on} is in the future; today is {today}")
    if method in WITNESSED and not witness.strip():
        found.append(f"a notice that was {method} wants the name of a witness")
    if method is Method.DIRECT and not received_by.strip():
        found.append("who received it is wanted: the customer, or an adult who lives there")
    return found
