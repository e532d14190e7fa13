"""The stage that the demo's acts are played on: the world outside, the books, the files between."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

import arrears.review
import billing.store
import meters.store
from config.calendar import Calendar
from config.database import reading
from meters.orders import OrderKind, OrderState, orders
from web.demo.diary import Diary
from web.demo.people import Subscriber
from web.demo.readings import Row
from web.demo.world import Exchanged, World

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how many acts are done, and of how many."""

OPENS = time(9)
# Mondays and Thursdays; readers, crews and the timetable work on every day of business.
_DESK_DAYS = frozenset({0, 3})


@dataclass
class Stage:
    """Everything an act needs; nothing in it but the diary has to outlive the process."""

    world: World
    sessions: sessionmaker[Session]
    folder: Path
    zone: ZoneInfo
    calendar: Calendar
    diary: Diary
    market: str
    _usual: tuple[date, dict[int, int]] | None = None
    _read: dict[date, tuple[dict[str, list[Row]], list[Exchanged]]] = field(default_factory=dict)

    @cached_property
    def subscribers(self) -> dict[int, Subscriber]:
        """Every subscriber by the id of their account, once the customers are taken in."""
        known = self.world.by_account
        with reading(self.sessions) as session:
            found = billing.store.find_accounts(session, list(known))
        return {account.id: known[number] for number, account in found.items()}

    def readings_of(self, month: date) -> tuple[dict[str, list[Row]], list[Exchanged]]:
        """Return what was read at the beginning of a month, and the exchanges of the one before."""
        for each in self.world.months:
            if each <= month and each not in self._read:
                self._read[each] = self.world.read(each, self.without_supply(each))
        return self._read[month]

    def usual_bills(self, day: date) -> dict[int, int]:
        """Return the mean bill of each account over the half year before the month of a day."""
        month = day.replace(day=1)
        if self._usual is None or self._usual[0] != month:
            with reading(self.sessions) as session:
                bills = billing.store.monthly_bills(
                    session,
                    list(self.subscribers),
                    since=month - timedelta(days=183),
                    until=month - timedelta(days=1),
                )
            means = {
                account_id: sum(amount for *_, amount in some) // len(some)
                for account_id, some in bills.items()
            }
            self._usual = (month, means)
        return self._usual[1]

    def now(self, day: date, at: time = OPENS) -> datetime:
        """Return a moment of the business day, in UTC."""
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def file(self, kind: str, name: str) -> Path:
        """Return where a file of a kind (readings, payments, …) lies."""
        return self.folder / kind / name

    def business_days(self, month: date) -> list[date]:
        """Return the month's days of business."""
        days = (month + timedelta(days=n) for n in range(31))
        return [
            day for day in days if day.month == month.month and self.calendar.is_business_day(day)
        ]

    def is_desk_day(self, day: date) -> bool:
        """Test whether the desk takes payments and works its arrears on a day."""
        return day.weekday() in _DESK_DAYS and self.calendar.is_business_day(day)

    def desk_day_before(self, day: date) -> date:
        """Return the last day before on which the desk worked."""
        day -= timedelta(days=1)
        while not self.is_desk_day(day):
            day -= timedelta(days=1)
        return day

    def reassess(self, account_ids: Iterable[int], day: date, at: time = OPENS) -> None:
        """Have the accounts looked at again to which something was posted."""
        touched = sorted(set(account_ids))
        if touched:
            arrears.review.reassess(self.sessions, touched, today=day, now=self.now(day, at))

    def without_supply(self, until: date) -> dict[str, Collection[date]]:
        """Return the days on which each service point was cut off, up to a day."""
        spans: dict[int, list[tuple[date, date]]] = {}
        cut_on: dict[int, date] = {}
        with reading(self.sessions) as session:
            for order in orders(session, states=[OrderState.DONE]):
                point = order.service_point_id
                if order.kind is OrderKind.CUT:
                    cut_on[point] = order.state_on
                elif point in cut_on:
                    spans.setdefault(point, []).append((cut_on.pop(point), order.state_on))
            for point, day in cut_on.items():
                spans.setdefault(point, []).append((day, until))
            numbers = meters.store.service_points(session, spans)
        return {
            numbers[point].number: {
                first + timedelta(days=n)
                for first, last in some
                for n in range((last - first).days)
            }
            for point, some in spans.items()
        }
