"""
A month's energy settled in several parts (分次结算): when each is asked for, and how much.

By 供电营业规则 (2024) who uses much pays several times a month by the bill of a month, and the
meter's reading settles the rest. The parts before the bill are for energy alone, kWh times price;
demand, capacity and power factor stand on the bill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.facts import months_in
from billing.line import Line
from billing.money import Money
from meters.period import Period

MONTH_DAYS = 30
KWH = "kWh"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a month: which, and on which day it is asked for."""

    no: int
    day: date


def parts_by(month: date, settlements: int, *, until: date) -> list[Part]:
    """
    Return the parts of a month that are to be asked for by a day; the last part is the bill.

    :param month: its first day.
    :param settlements: in how many parts it is settled.
    """
    days = (month + timedelta(no * MONTH_DAYS // settlements) for no in range(1, settlements))
    parts = [Part(no, day) for no, day in enumerate(days, start=1)]
    return [part for part in parts if part.day <= until]


def part_of(bills: Iterable[tuple[Period, Sequence[Line]]], settlements: int) -> Money:
    """
    Return what one part comes to by the lines of the last bills: a month's energy, shared out.

    A bill of two months counts by half. What can't be shared out evenly is left for the bill.

    :param bills: the days of each, and its lines.
    """
    a_month = 0
    for period, lines in bills:
        above, below = months_in(period)
        a_month += sum(line.amount for line in lines if line.unit == KWH) * below // above
    return max(0, a_month) // settlements
