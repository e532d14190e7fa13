"""A month's readings as they reach the supplier: mostly right, a few wrong, a few never."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from random import Random

from web.demo.lots import chance, lot, one_of
from web.demo.people import PROVIDER_OFFICE, Subscriber
from web.demo.profiles import TOTAL
from web.demo.usage import Dials

# Permille of readings: nobody home, and something wrong with the row.
_MISSED = 14
_SPOILT = 5
# Permille of subscribers behind a locked gate, and how often their reading is missed then.
_LOCKED_GATE = 6
_MISSED_BEHIND_IT = 700


class Mishap(StrEnum):
    """What went wrong with a row between the dial and the file."""

    NONE = "none"
    LETTER = "letter"  # a letter O typed for a zero
    SPIKE = "spike"  # the first digit mistyped upward
    BACKWARDS = "backwards"  # two digits swapped so that the dial fell
    UNKNOWN_METER = "unknown meter"  # a serial that nobody has
    TWICE = "twice"  # the same row two times in the file


@dataclass(frozen=True, slots=True)
class Row:
    """One register's reading as the file has it, and what the dial showed."""

    point_number: str
    serial: str
    register: str
    taken_on: date
    value: str
    truth: str
    mishap: Mishap = Mishap.NONE
    previous: str = ""
    previous_on: date | None = None
    written_serial: str = ""
    digits: int = 0

    @property
    def is_wrong(self) -> bool:
        """Say whether the row doesn't say what the dial showed."""
        return self.value != self.truth or self.written_serial != self.serial

    @property
    def mended(self) -> "Row":
        """The row as it should have been."""
        return replace(self, value=self.truth, written_serial=self.serial, mishap=Mishap.NONE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a meter's dials showed on a day."""

    taken_on: date
    values: tuple[str, ...]


def read_route(
    seed: str,
    route: Iterable[Subscriber],
    *,
    taken_on: date,
    dials: Mapping[int, Dials],
    before: Mapping[int, Shown],
) -> list[Row]:
    """
    Return the rows that a reader brings home from a route, in the order of the walk.

    A metering data provider's rows are never mistyped.

    :param dials: of each subscriber by serial number, turned to the day.
    :param before: what each subscriber's dials showed when they were last read.
    """
    rows: list[Row] = []
    for subscriber in sorted(route, key=lambda each: (each.walk_order, each.seq)):
        if is_missed(seed, subscriber, taken_on):
            continue
        rows += _rows_of(seed, subscriber, dials[subscriber.seq], before[subscriber.seq], taken_on)
    return rows


def is_provided(subscriber: Subscriber) -> bool:
    """Say whether a metering data provider reads the meter, and sends it as NEM13."""
    return (
        subscriber.office == PROVIDER_OFFICE
        and subscriber.device.registers == TOTAL
        and subscriber.device.multiplier == 1
    )


def is_missed(seed: str, subscriber: Subscriber, taken_on: date) -> bool:
    """Say whether nobody could read the meter on the day."""
    locked = chance(_LOCKED_GATE, seed, "locked gate", subscriber.seq)
    return chance(
        _MISSED_BEHIND_IT if locked else _MISSED, seed, "missed", subscriber.seq, taken_on
    )


def shown(dials: Dials) -> Shown:
    """Return what the dials show on the day they are turned to, as a person would write it."""
    decimals = dials.device.decimals
    return Shown(dials.turned_until, tuple(dial_text(value, decimals) for value in dials.shown()))


def _rows_of(
    seed: str, subscriber: Subscriber, dials: Dials, before: Shown, taken_on: date
) -> list[Row]:
    device = dials.device
    rows = [
        Row(
            point_number=subscriber.point_number,
            serial=device.serial,
            register=register,
            taken_on=taken_on,
            value=value,
            truth=value,
            previous=previous,
            previous_on=before.taken_on,
            written_serial=device.serial,
            digits=device.digits,
        )
        for register, value, previous in zip(
            device.registers, shown(dials).values, before.values, strict=True
        )
    ]
    draw = lot(seed, "mishap", subscriber.seq, taken_on)
    if draw.randrange(1000) >= _SPOILT or is_provided(subscriber):
        return rows
    at = draw.randrange(len(rows))
    return [*rows[:at], *_spoil(draw, rows[at], device.digits), *rows[at + 1 :]]


def _spoil(draw: Random, row: Row, digits: int) -> list[Row]:
    mishap = one_of(
        draw,
        (
            (Mishap.LETTER, 3),
            (Mishap.SPIKE, 3),
            (Mishap.BACKWARDS, 3),
            (Mishap.UNKNOWN_METER, 2),
            (Mishap.TWICE, 2),
        ),
    )
    wrong = replace(row, mishap=mishap)
    whole, point, rest = row.value.partition(".")
    match mishap:
        case Mishap.LETTER:
            return [replace(wrong, value=(whole.replace("0", "O", 1) or "O") + point + rest)]
        case Mishap.SPIKE:
            bumped = (int(whole) + 10 ** (digits - 1) * draw.randrange(2, 6)) % 10**digits
            return [replace(wrong, value=f"{bumped}{point}{rest}")]
        case Mishap.BACKWARDS:
            fallen = int(row.previous.partition(".")[0]) * draw.randrange(70, 96) // 100
            return [replace(wrong, value=f"{fallen}{point}{rest}")]
        case Mishap.UNKNOWN_METER:
            return [replace(wrong, written_serial=f"{row.serial[:-2]}X{row.serial[-1]}")]
        case _:
            return [wrong, wrong]


def dial_text(value: int, decimals: int) -> str:
    """Return what a dial shows, as a person would write it."""
    if not decimals:
        return str(value)
    whole, rest = divmod(value, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}"
