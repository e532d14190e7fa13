"""What the timetable does to the books at the end of a month."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import time_machine

from billing import books, closing
from billing.ledger import Book
from billing.payment import NewPayment
from config import business_day
from tests.web.conftest import Office
from web import store
from web.jobs import Worker
from web.store import RunState
from web.timetable import Work
from web.work import JOBS

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_late_charges_are_posted_on_the_last_day_of_a_month_and_once(own_office: Office) -> None:
    sessions = own_office.sessions
    worker = Worker(sessions, own_office.settings, {"late_charges": JOBS["late_charges"]})

    def night(day: date) -> int:
        with sessions.begin() as session:
            business_day.move_to(session, day)
        with time_machine.travel(datetime(day.year, day.month, day.day, 23, 40, tzinfo=SHANGHAI)):
            worker.tick()
        with sessions() as session:
            run = store.last_run(session, "late_charges")
            moved = books.trial_balance(session, as_of=day)
        assert run is not None
        assert (run.business_date, run.state) == (day, RunState.DONE)
        return moved[Book.LATE_CHARGE][1]

    before = night(date(2026, 5, 29))
    assert night(date(2026, 5, 30)) == before
    at_the_end = night(date(2026, 5, 31))
    assert at_the_end > before
    assert night(date(2026, 6, 1)) == at_the_end


def test_late_charges_of_a_month_whose_end_is_sealed_are_left_to_the_next(
    own_office: Office,
) -> None:
    last = date(2026, 5, 31)
    now = datetime(2026, 6, 1, 10, tzinfo=SHANGHAI)
    with own_office.sessions.begin() as session:
        new = NewPayment(None, "counter", "1", 500, last)
        books.receive(session, [new], posted_on=last, by="cashier", now=now)
    closing.seal_days(own_office.sessions, today=date(2026, 6, 1), now=now)

    came = JOBS["late_charges"].does(Work(own_office.sessions, own_office.settings, last, now))

    assert came["late_charges"] == 0
    assert "closed up to 2026-05-31" in came["closed"]
