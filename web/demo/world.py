"""The demo's world: its window of days, who is served on which route, and what the dials show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from web.demo import readings
from web.demo.people import Device, Subscriber, subscribers
from web.demo.readings import Row, Shown
from web.demo.usage import Dials, dials, exchange_of, next_month

# The demo's last month; it ends on this month's last day, whatever the calendar says today.
LAST_MONTH = date(2026, 10, 1)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A meter that was taken down and the one put up in its place."""

    subscriber: Subscriber
    day: date
    old: Device
    finals: tuple[str, ...]
    new: Device
    openings: tuple[str, ...]


@dataclass
class World:
    """Everything outside the supplier's books. It is the same again for the same seed."""

    seed: str
    served: tuple[Subscriber, ...]
    months: tuple[date, ...]
    first_day: date
    last_day: date
    meters: dict[int, Dials] = field(default_factory=dict)
    shown: dict[int, Shown] = field(default_factory=dict)

    @cached_property
    def routes(self) -> Mapping[str, Sequence[Subscriber]]:
        """Who is on which route, in the order of the routes."""
        found: dict[str, list[Subscriber]] = {}
        for subscriber in self.served:
            found.setdefault(subscriber.route, []).append(subscriber)
        return dict(sorted(found.items()))

    @cached_property
    def by_account(self) -> Mapping[str, Subscriber]:
        """Every subscriber by account number."""
        return {each.account_number: each for each in self.served}

    @cached_property
    def by_point(self) -> Mapping[str, Subscriber]:
        """Every subscriber by the number of the service point."""
        return {each.point_number: each for each in self.served}

    def read(
        self, month: date, off: Mapping[str, Collection[date]]
    ) -> tuple[dict[str, list[Row]], list[Exchanged]]:
        """
        Let the month before turn the dials, and return the readings of its end and the exchanges.

        Months have to be read in their order. `off` has the days without supply by point number.
        The rows come by route; a reading is taken on the first day of the month.
        """
        exchanged = [done for each in self.served if (done := self._turn(each, month, off))]
        rows = {
            route: readings.read_route(
                self.seed, on_it, taken_on=month, dials=self.meters, before=self.shown
            )
            for route, on_it in self.routes.items()
        }
        for each in self.served:
            if not readings.is_missed(self.seed, each, month):
                self.shown[each.seq] = readings.shown(self.meters[each.seq])
        return rows, exchanged

    def _turn(
        self, subscriber: Subscriber, month: date, off: Mapping[str, Collection[date]]
    ) -> Exchanged | None:
        meter = self.meters[subscriber.seq]
        no_supply = off.get(subscriber.point_number, ())
        exchange = exchange_of(self.seed, subscriber, self.months[:-1])
        done = None
        if exchange is not None and meter.turned_until < exchange[0] < month:
            day, new = exchange
            meter.turn_to(day, no_supply)
            finals = readings.shown(meter).values
            old = meter.device
            meter.exchange(new)
            self.shown[subscriber.seq] = readings.shown(meter)
            openings = self.shown[subscriber.seq].values
            done = Exchanged(subscriber, day, old, finals, new, openings)
        meter.turn_to(month, no_supply)
        return done


def world(seed: str, *, accounts: int, months: int) -> World:
    """Return a world of so many accounts whose last of so many months is the demo's last."""
    span = months_until(LAST_MONTH, months)
    first_day = (span[0] - ONE_DAY).replace(day=1)
    served = subscribers(seed, accounts, first_day=first_day)
    meters = {each.seq: dials(seed, each) for each in served}
    return World(
        seed=seed,
        served=served,
        months=span,
        first_day=first_day,
        last_day=next_month(LAST_MONTH) - ONE_DAY,
        meters=meters,
        shown={seq: readings.shown(meter) for seq, meter in meters.items()},
    )


def months_until(last: date, count: int) -> tuple[date, ...]:
    """Return the first days of so many months, the last of which is given."""
    months = [last]
    for _ in range(count - 1):
        months.append((months[-1] - ONE_DAY).replace(day=1))
    return tuple(reversed(months))
