"""What the timetable does to the books in the course of a month and at its end."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import time_machine

from billing import advances, books, closing, on_account
from billing import store as billing
from billing.account import AccountTerms
from billing.ledger import Book
from billing.payment import NewPayment
from config import business_day, dated
from tests.billing import grid, secured
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


def test_parts_of_a_month_are_asked_for_by_the_timetable_once(own_office: Office) -> None:
    sessions, day = own_office.sessions, date(2026, 5, 11)
    now = datetime(2026, 5, 11, 0, 40, tzinfo=SHANGHAI)
    with sessions.begin() as session:
        (account,) = billing.find_accounts(session, ["0100000003"]).values()
        terms = AccountTerms(account.id, date(2026, 5, 1), account.credit_days, 3)
        billing.add_terms(session, [terms])
    expected = on_account.look(sessions, today=day)
    assert [one.account_number for one in expected.parts] == ["0100000003"]
    work = Work(sessions, own_office.settings, day, now)

    assert JOBS["on_account"].does(work) == {"asked": 1, "left_out": 0}
    assert JOBS["on_account"].does(work) == {"asked": 0, "left_out": 0}

    with sessions() as session:
        (told,) = advances.advances_of(session, account.id)
        charges = books.open_charges(session, [account.id], as_of=day)[account.id]
    assert told.month == date(2026, 5, 1)
    assert expected.parts[0].amount in [one.open for one in charges]


def test_interest_on_deposits_is_credited_by_the_timetable_once(own_office: Office) -> None:
    sessions = own_office.sessions
    with sessions.begin() as session:
        secured.pay_interest(session, 'credited_on = "05-01"', since=date(2026, 1, 2))
        (account,) = billing.find_accounts(session, ["0100000003"]).values()
        new = NewPayment(account.id, "bank", "D-1", 3_650_000, date(2026, 4, 1))
        books.receive_deposit(
            session,
            new,
            demand_id=None,
            posted_on=date(2026, 4, 30),
            by="cashier",
            now=datetime(2026, 4, 30, 10, tzinfo=SHANGHAI),
        )

    def night(day: date) -> int:
        now = datetime(day.year, day.month, day.day, 0, 50, tzinfo=SHANGHAI)
        came = JOBS["interest"].does(Work(sessions, own_office.settings, day, now))
        return int(came["credited"])

    assert [night(date(2026, 5, day)) for day in (2, 3)] == [1, 0]
    with sessions() as session:
        # 30 days at 4.50 a year.
        assert books.trial_balance(session, as_of=date(2026, 5, 3))[Book.INTEREST] == (13_500, 0)


def test_interest_without_a_rate_waits_and_says_so(own_office: Office) -> None:
    sessions, day = own_office.sessions, date(2026, 5, 2)
    with sessions.begin() as session:
        (account,) = billing.find_accounts(session, ["0100000003"]).values()
        new = NewPayment(account.id, "bank", "D-1", 3_650_000, date(2025, 5, 1))
        at = datetime(2026, 5, 1, 10, tzinfo=SHANGHAI)
        books.receive_deposit(session, new, demand_id=None, posted_on=at.date(), by="li", now=at)
        market = dated.in_force(session, "markets/cn", day)
        law = '[deposit.interest]\ncredited_on = "05-01"\narticle = "an order"\n[deposit.rules]'
        changed = market.text.replace("[deposit.rules]", law)
        grid.enact(session, grid.file_of("markets/cn", date(2026, 4, 1), changed))

    came = JOBS["interest"].does(Work(sessions, own_office.settings, day, at))

    assert came["credited"] == 0
    assert "no rate is known for 2025-05-01" in came["refused"]
