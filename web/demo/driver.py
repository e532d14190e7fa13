"""
Walk a supplier that does not exist through its months, by the public doors alone.

The driver has the timetable: which act comes on which day. Every act may be done twice, and the
diary keeps which are done; so a demo that was killed goes on where it was when it is started again.
"""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import billing.closing
import billing.customers
from config import business_day
from config.almanac import calendar_named
from config.database import engine_of, sessions
from config.settings import Settings
from migrations import schema
from web.demo import field, files, money, monthly, staff
from web.demo.diary import Diary
from web.demo.stage import Progress, Stage
from web.demo.telephone import Telephone, telephone
from web.demo.world import world

MARKET, CALENDAR = "cn", "cn"
SEED = "yunting"


class Act(NamedTuple):
    """One act of the demo: its day, its name in the diary, and what is done."""

    day: date
    name: str
    does: Callable[[date], None]


def run(
    folder: Path,
    *,
    accounts: int = 2000,
    months: int = 14,
    seed: str = SEED,
    database_url: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Walk."""
    folder.mkdir(parents=True, exist_ok=True)
    url = database_url or f"sqlite:///{folder / 'demo.db'}"
    heading = {"seed": seed, "accounts": accounts, "months": months}
    maker = sessions(url)
    schema.upgrade(engine_of(maker))
    stage = Stage(
        world=world(seed, accounts=accounts, months=months),
        sessions=maker,
        folder=folder,
        zone=Settings().zone,
        calendar=calendar_named(CALENDAR),
        diary=Diary(folder / "diary.txt", heading),
        market=MARKET,
    )
    with telephone(maker) as phone:
        play(stage, phone, progress)


def play(stage: Stage, phone: Telephone, progress: Progress | None = None) -> None:
    """Do every act that the diary doesn't have, in the order of the timetable."""
    acts = list(timetable(stage, phone, progress))
    for at, act in enumerate(acts):
        line = f"{act.day} {act.name}"
        if not stage.diary.has(line):
            if progress is not None:
                progress(f"{act.day}  {act.name}", at, len(acts))
            act.does(act.day)
            stage.diary.note(line)


def timetable(stage: Stage, phone: Telephone, progress: Progress | None) -> Iterator[Act]:
    """Yield the acts of the demo in the order of their days."""
    opening = stage.world.months[0] - timedelta(days=7)
    yield Act(opening, "people and files", partial(set_up, stage))
    yield Act(opening, "customers", partial(take_customers_in, stage))
    for month in stage.world.months:
        yield from _month(stage, phone, month, progress)
    end = stage.world.last_day
    yield Act(end, "last day", partial(end_with, stage))


def _month(stage: Stage, phone: Telephone, month: date, progress: Progress | None) -> Iterator[Act]:
    days = stage.business_days(month)
    read, drawn_up, issued = days[:3]

    @cache
    def readings() -> monthly.Month:
        return monthly.Month(stage, month)

    for day in days:
        if day == read:
            yield Act(day, "readings", lambda day: readings().take_in(day))
            yield Act(day, "mend readings", lambda day: readings().mend(day))
        if day == drawn_up:
            yield Act(day, "draw up bills", lambda day: readings().bill(day, progress))
        if day == issued:
            yield Act(day, "issue bills", partial(monthly.issue, stage, month))
        yield Act(day, "review", partial(field.review, stage))
        yield Act(day, "approvals", partial(field.decide, stage))
        yield Act(day, "messages", partial(field.tell, stage, phone))
        yield Act(day, "papers", partial(field.print_and_serve, stage))
        yield Act(day, "crews", partial(field.switch, stage))
        yield Act(day, "payments", partial(money.take_payments, stage))
        yield Act(day, "security", partial(field.secure, stage))
        yield Act(day, "seal", partial(seal, stage))


def set_up(stage: Stage, day: date) -> None:
    """Employ the people and put tariffs, policies and the law in force."""
    staff.employ(stage.sessions)
    staff.put_in_force(stage.sessions, market=stage.market, now=stage.now(day))


def take_customers_in(stage: Stage, day: date) -> None:
    """Take in the customer list, as the workbook it is kept in."""
    path = files.write_customers(stage.file("customers", "customers.xlsx"), stage.world.served)
    billing.customers.take_in(stage.sessions, path, by=staff.CLERK, today=day, now=stage.now(day))


def seal(stage: Stage, day: date) -> None:
    """Seal the entries of the days before."""
    billing.closing.seal_days(stage.sessions, today=day, now=stage.now(day, time(23)))


def end_with(stage: Stage, day: date) -> None:
    """Leave the house's business day where the demo ends, for whoever looks at its pages."""
    with stage.sessions.begin() as session:
        business_day.move_to(session, day)
