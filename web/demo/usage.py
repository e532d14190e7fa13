"""What the demo's subscribers really use, and what their dials therefore show on a day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from web.demo.calibration import Shape, shapes
from web.demo.lots import chance, lot, one_of
from web.demo.people import Device, Subscriber
from web.demo.profiles import FOUR_RATES, TOTAL, TWO_RATES

# Which hours the meter's clock books on which register. Two rates as in Zhejiang (peak 8 to 22),
# four as in Guangdong since October 2021 (peak 10-12 and 14-19, valley 0-8, sharp the hottest).
_SHARP = frozenset({11, 15, 16})
_PEAK = frozenset({10, 14, 17, 18})
_DAYTIME = frozenset(range(8, 22))
HOURS: Mapping[tuple[str, ...], Mapping[str, frozenset[int]]] = {
    TOTAL: {"total": frozenset(range(24))},
    TWO_RATES: {"peak": _DAYTIME, "valley": frozenset(range(24)) - _DAYTIME},
    FOUR_RATES: {
        "sharp": _SHARP,
        "peak": _PEAK,
        "flat": frozenset(range(8, 24)) - _SHARP - _PEAK,
        "valley": frozenset(range(8)),
    },
}
_WHOLE = 10_000
# Permille of meters that are exchanged within a year, and of homes that stand empty for a month.
_EXCHANGED = 25
_EMPTY_MONTH = 8


@dataclass(slots=True)
class Dials:
    """
    The dials of one subscriber, turned forward month by month.

    Everything but the days without supply follows from the seed, so the same days without supply
    give the same dials whenever they are worked out.
    """

    seed: str
    subscriber: Subscriber
    device: Device
    turned_until: date
    counts: list[int] = field(default_factory=list)  # In Wh, one for each register.

    def turn_to(self, day: date, off: Collection[date] = ()) -> None:
        """Let the dials turn until the beginning of the day, but not on days without supply."""
        while self.turned_until < day:
            month = self.turned_until.replace(day=1)
            until = min(day, next_month(month))
            days = sum(
                self.turned_until + timedelta(days=n) not in off
                for n in range((until - self.turned_until).days)
            )
            for i, wh in enumerate(day_wh(self.seed, self.subscriber, month)):
                self.counts[i] += wh * days
            self.turned_until = until

    def shown(self) -> tuple[int, ...]:
        """Return what each dial shows, in its smallest unit; past its last digit it starts at 0."""
        unit = 1000 * self.device.multiplier // 10**self.device.decimals
        registers = self.device.registers
        turns = {name: wh // unit for name, wh in zip(registers, self.counts, strict=True)}
        # The total dial counts the ticks of those that share it.
        turns["total"] = sum(turns[name] for name in HOURS[registers])
        top = 10 ** (self.device.digits + self.device.decimals)
        pairs = zip(self.device.openings, registers, strict=True)
        return tuple((opening + turns[name]) % top for opening, name in pairs)

    def exchange(self, device: Device) -> None:
        """Put another meter in place."""
        self.device = device
        self.counts = [0] * len(device.registers)


def dials(seed: str, subscriber: Subscriber) -> Dials:
    """Return the dials of a subscriber on the day the meter was installed."""
    device = subscriber.device
    return Dials(seed, subscriber, device, device.from_day, [0] * len(device.registers))


def day_wh(seed: str, subscriber: Subscriber, month: date) -> tuple[int, ...]:
    """Return the Wh (or varh) that each register counts on a day of the month."""
    shape = shape_of(seed, subscriber)
    of_month = shape.months[month.month - 1]
    draw = lot(seed, "usage", subscriber.seq, month)
    # The same household's same month differs from year to year by about a tenth.
    noise = 850 + draw.randrange(151) + draw.randrange(151)
    day = subscriber.day_wh * of_month.day_wh * noise // (shape.year_day_wh * 1000)
    if not subscriber.profile.is_company and draw.randrange(1000) < _EMPTY_MONTH:
        day //= 20
    registers = subscriber.device.registers
    parts = {
        name: day * of_month.share(hours) // _WHOLE for name, hours in HOURS[registers].items()
    }
    parts["total"] = sum(parts.values())
    if "reactive" in registers:
        parts["reactive"] = parts["total"] * _reactive(seed, subscriber) // 1000
    return tuple(parts[name] for name in registers)


def _reactive(seed: str, subscriber: Subscriber) -> int:
    """Return the kvarh for each 1,000 kWh: a power factor between 0.80 and 0.97."""
    return lot(seed, "reactive", subscriber.seq).randrange(250, 750)


def shape_of(seed: str, subscriber: Subscriber) -> Shape:
    """Return the load shape that the subscriber's use follows."""
    draw = lot(seed, "shape", subscriber.seq)
    return shapes()[one_of(draw, subscriber.profile.shape)]


def exchange_of(
    seed: str, subscriber: Subscriber, months: Sequence[date]
) -> tuple[date, Device] | None:
    """Return the day in one of the months on which the meter is exchanged, and the new meter."""
    if not chance(_EXCHANGED, seed, "exchange", subscriber.seq):
        return None
    draw = lot(seed, "exchange day", subscriber.seq)
    day = draw.choice(months) + timedelta(days=draw.randrange(8, 24))
    old = subscriber.device
    scale = 10**old.decimals
    new = Device(
        serial=f"9{old.serial[1:]}",
        digits=max(old.digits, 5),
        decimals=old.decimals,
        multiplier=old.multiplier,
        registers=old.registers,
        openings=tuple(draw.randrange(20) * scale for _ in old.registers),
        from_day=day,
    )
    return day, new


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
