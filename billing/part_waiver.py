"""
What is waived of a late charge, where not all of it is: an amount, of what accrued up to a day.

It is of the lateness and not of a posting: where lateness is counted again, as much is taken off
what is then charged for the days up to that one, the earliest first, and never more than that. So
a payment that turns out to count from an earlier day leaves the customer nothing to pay for these
days rather than less than nothing; and if the bank takes it back, the whole waiver holds again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing.late_charge import accrued
from billing.ledger import Charge
from billing.money import Money
from config.law import LateCharge


@dataclass(frozen=True, slots=True)
class PartWaiver:
    """What is still to be waived of what a charge costs for its lateness up to a day."""

    charge_id: int
    amount: Money
    late_until: date
    reason: str


Waivers = Mapping[int, Sequence[PartWaiver]]
"""What is still to be waived of the lateness of charges, by their ids, the earliest day first."""


def waived_of(
    waivers: Sequence[PartWaiver], charge: Charge, *, amount: Money, until: date, rule: LateCharge
) -> tuple[list[PartWaiver], list[PartWaiver]]:
    """
    Return what is taken off a late charge of a principal, and what of the waivers is left then.

    :param charge: the principal, as it stands before the late charge is raised.
    :param amount: what the late charge is over: all days up to `until` since it was last counted.
    """
    taken, off, left = 0, [], []
    for one in waivers:
        # A late charge may go on past the day of the waiver: only what accrued by then is meant.
        meant = min(amount, accrued(charge, until=min(one.late_until, until), rule=rule))
        part = max(0, min(one.amount, meant - taken))
        taken += part
        if part:
            off.append(replace(one, amount=part))
        if part < one.amount:
            left.append(replace(one, amount=one.amount - part))
    return off, left


def to_ask(
    waivers: Sequence[PartWaiver], charge: Charge, *, until: date, rule: LateCharge
) -> Money:
    """Return what has accrued on a charge by a day since it was last counted, but for waivers."""
    amount = accrued(charge, until=until, rule=rule)
    if not amount or not waivers:
        return amount
    off, _ = waived_of(waivers, charge, amount=amount, until=until, rule=rule)
    return amount - sum(one.amount for one in off)


def still_to_waive(granted: Sequence[PartWaiver], used: Money) -> list[PartWaiver]:
    """Return what is left of waivers of one charge when so much is used, the earliest first."""
    left = []
    for one in sorted(granted, key=lambda one: one.late_until):
        part = min(used, one.amount)
        used -= part
        if part < one.amount:
            left.append(replace(one, amount=one.amount - part))
    return left
