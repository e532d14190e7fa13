"""What the journeys share: people at work, the files in force, and days that pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

import arrears.invariants
import billing.invariants
import config.invariants
import meters.invariants
import notices.invariants
from arrears import review
from billing import cashier
from config import approval, people
from config.almanac import calendar_named
from config.database import reading
from config.finding import Finding
from config.people import User
from notices import dispatch, printing
from notices.simulator import Simulator
from notices.sms import TwilioGateway
from web.demo import staff

DAY = timedelta(days=1)
ACCOUNT_SID, TOKEN = f"AC{'0' * 32}", "nobody's"


@dataclass
class House:
    """A house at work: its books, the messages that left it, and the papers it printed."""

    sessions: sessionmaker[Session]
    folder: Path
    zone: str = "Asia/Shanghai"
    calendar: str = "cn"
    simulator: Simulator = field(init=False)
    moment: datetime = field(init=False)
    printed: list[printing.PrintBatch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.simulator = Simulator(
            ACCOUNT_SID, TOKEN, clock=lambda: self.moment, sends_callbacks=False
        )

    def employ(self) -> None:
        """Let a clerk, a cashier, a collector and three who approve come to work."""
        with self.sessions.begin() as session:
            for person in staff.STAFF:
                people.add_user(
                    session,
                    login=person.login,
                    name=person.name,
                    password="of no use",
                    roles=person.roles,
                )

    def at(self, day: date, hour: int = 10) -> datetime:
        """Return a moment of a business day."""
        return datetime.combine(day, time(hour), ZoneInfo(self.zone)).astimezone(UTC)

    def user(self, login: str) -> User:
        """Return one of the people."""
        with reading(self.sessions) as session:
            return staff.found(session, login)

    def pass_days(
        self, first: date, last: date, *, each_day: Callable[[date], None] = lambda _: None
    ) -> None:
        """Let the business days pass, both included: review, write, send, print."""
        calendar = calendar_named(self.calendar)
        days = (first + n * DAY for n in range((last - first).days + 1))
        for day in filter(calendar.is_business_day, days):
            self.moment = self.at(day)
            review.review(self.sessions, today=day, now=self.at(day, 6))
            each_day(day)
            dispatch.prepare(self.sessions, today=day, now=self.moment)
            dispatch.send(self.sessions, self.gateway, today=day, now=self.moment)
            batch = printing.print_due(
                self.sessions, self.folder / "print", today=day, now=self.moment, by=staff.CLERK
            )
            if batch is not None:
                self.printed.append(batch)

    def no_money_came(self, day: date) -> None:
        """Let the cashier say, with an empty list, that no payment came up to a day."""
        path = self.folder / "nothing.csv"
        path.write_text("payment_ref,account_no,bill_no,value_date,amount,method\n", "utf-8")
        told = {"layout": None, "by": staff.CASHIER, "today": day, "now": self.at(day)}
        assert cashier.take_in(self.sessions, path, **told).told_until == day

    @property
    def gateway(self) -> TwilioGateway:
        """The provider's own client, asked to talk to the stand-in."""
        return TwilioGateway(
            ACCOUNT_SID,
            TOKEN,
            f"MG{'1' * 32}",
            callback="http://127.0.0.1/sms/status",
            origin=self.simulator.origin,
        )

    @property
    def messages(self) -> list[str]:
        """The texts that left the house, the oldest first."""
        return [message.body for message in self.simulator.messages]

    def waiting(self) -> list[approval.Approval]:
        """Return what waits for the word of a person."""
        with reading(self.sessions) as session:
            return approval.waiting(session)

    def findings(self, today: date) -> list[Finding]:
        """Return what offends against the invariants of any room."""
        with reading(self.sessions) as session:
            return [
                finding
                for room in (config, meters, billing, arrears, notices)
                for finding in room.invariants.findings(session, today=today)
            ]
