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
from arrears import proposing, raising
from billing.books import books_digest
from config import business_day
from config.almanac import calendar_named
from config.database import engine_of, reading, sessions
from config.settings import Settings
from migrations import schema
from web.demo import documents, field, files, money, monthly, outcome, staff
from web.demo.diary import Diary
from web.demo.outcome import Outcome
from web.demo.stage import Progress, Stage
from web.demo.telephone import Telephone, telephone
from web.demo.world import world

MARKET = CALENDAR = "cn"
DATABASE = "demo.db"
SEED = "1"


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
) -> Outcome:
    """
    Walk a supplier of so many accounts through so many months, and return what came of it.

    The last month is always October 2026, whatever day it is. A demo of the same folder that was
    stopped goes on where it was.

    :param folder: where the supplier's files, the prints and, by default, the database go.
    :raises OtherDemoError: if the folder holds a demo of another seed or size.
    """
    folder.mkdir(parents=True, exist_ok=True)
    url = database_url or f"sqlite:///{folder / DATABASE}"
    diary = Diary(folder / "diary.txt", {"seed": seed, "accounts": accounts, "months": months})
    maker = sessions(url)
    try:
        schema.upgrade(engine_of(maker))
        stage = Stage(
            world=world(seed, accounts=accounts, months=months),
            sessions=maker,
            folder=folder,
            zone=Settings().zone,
            calendar=calendar_named(CALENDAR),
            diary=diary,
            market=MARKET,
        )
        with telephone(maker) as phone:
            play(stage, phone, progress)
        return _outcome(stage, url, progress)
    finally:
        engine_of(maker).dispose()


def _outcome(stage: Stage, url: str, progress: Progress | None) -> Outcome:
    if progress is not None:
        progress("counting, checking, drawing", 1, 1)
    with reading(stage.sessions) as session:
        digest = books_digest(session)
    checks, findings = outcome.checked(stage, stage.world.last_day)
    return Outcome(
        seed=stage.world.seed,
        accounts=len(stage.world.served),
        months=len(stage.world.months),
        first_day=stage.world.months[0],
        last_day=stage.world.last_day,
        database_url=url,
        folder=stage.folder.resolve(),
        books_digest=digest,
        sections=outcome.sections_of(stage),
        calibration=outcome.calibration_of(stage),
        checks=checks,
        findings=findings,
        documents=documents.written(stage),
        logins=staff.logins(),
        password=staff.PASSWORD,
    )


def play(stage: Stage, phone: Telephone, progress: Progress | None = None) -> None:
    """Do every act that the diary doesn't have, in the order of the timetable."""
    acts = list(timetable(stage, phone))
    for at, act in enumerate(acts):
        line = f"{act.day} {act.name}"
        if not stage.diary.has(line):
            if progress is not None:
                progress(f"{act.day}  {act.name}", at, len(acts))
            act.does(act.day)
            stage.diary.note(line)


def timetable(stage: Stage, phone: Telephone) -> Iterator[Act]:
    """Yield the acts of the demo in the order of their days."""
    opening = stage.world.months[0] - timedelta(days=7)
    yield Act(opening, "people and files", partial(set_up, stage))
    yield Act(opening, "customers", partial(take_customers_in, stage))
    for month in stage.world.months:
        yield from _month(stage, phone, month)
    end = stage.world.last_day
    yield Act(end, "credit", partial(watch_credit, stage))
    yield Act(end, "last day", partial(end_with, stage))


def _month(stage: Stage, phone: Telephone, month: date) -> Iterator[Act]:
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
            yield Act(day, "draw up bills", lambda day: readings().bill(day))
        if day == issued:
            yield Act(day, "issue bills", partial(monthly.issue, stage, month))
        yield Act(day, "crews", partial(field.switch, stage))
        if stage.is_desk_day(day):
            yield from _desk(stage, phone, day)


def _desk(stage: Stage, phone: Telephone, day: date) -> Iterator[Act]:
    yield Act(day, "review", partial(field.review, stage))
    yield Act(day, "approvals", partial(field.decide, stage))
    yield Act(day, "messages", partial(field.tell, stage, phone))
    yield Act(day, "papers", partial(field.print_and_serve, stage))
    yield Act(day, "visits", partial(field.visit, stage))
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


def watch_credit(stage: Stage, day: date) -> None:
    """Raise early warnings and propose limits, as the timetable does each night."""
    now = stage.now(day, time(23))
    raising.scan(stage.sessions, today=day, now=now)
    proposing.propose(stage.sessions, today=day, now=now)


def end_with(stage: Stage, day: date) -> None:
    """Leave the house's business day where the demo ends, for whoever looks at its pages."""
    with stage.sessions.begin() as session:
        business_day.move_to(session, day)
