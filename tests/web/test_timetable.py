"""When jobs are due, and that each business date is done once, whatever happens to the workers."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy.orm import Session, sessionmaker

from config import business_day, lease
from config.settings import Settings
from tests.web.conftest import Office, wait_for_work
from web import clock, jobs, store
from web.jobs import Worker
from web.store import JobRun, RequestKind, RunState
from web.timetable import ATTEMPTS_MAX, Job, Work, due_dates, may_try

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 5, 20)


def nothing(work: Work) -> Mapping[str, Any]:
    """Do nothing."""
    return {}


NIGHTLY = Job("nightly", "nightly", nothing, at=time(1, 0), catches_up=True)
MORNING = Job("morning", "morning", nothing, at=time(6, 30))
OFTEN = Job("often", "often", nothing, every=timedelta(minutes=10))
ASKED = Job("asked", "asked", nothing)


def run_of(day: date, state: RunState = RunState.DONE, ended: datetime | None = None) -> JobRun:
    """Return a run of a job for a day."""
    return JobRun(1, "job", day, state, 1, 1, datetime(2026, 1, 1, tzinfo=UTC), ended, {}, None)


def local(text: str) -> datetime:
    """Return a moment on the supplier's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# Which job, the date it was last begun for, how that ended, the hour; and the dates that are due.
CASES: tuple[tuple[Any, ...], ...] = (
    ("never ran, before its hour: the day before", NIGHTLY, None, "", "00:30", ["2026-05-19"]),
    ("never ran, after its hour: today", NIGHTLY, None, "", "01:00", ["2026-05-20"]),
    ("done yesterday, before its hour: nothing", NIGHTLY, "2026-05-19", "done", "00:59", []),
    ("done yesterday, after its hour: today", NIGHTLY, "2026-05-19", "done", "01:00",
     ["2026-05-20"]),
    ("done today: nothing", NIGHTLY, "2026-05-20", "done", "23:00", []),
    ("three nights off: all of them in order", NIGHTLY, "2026-05-16", "done", "08:00",
     ["2026-05-17", "2026-05-18", "2026-05-19", "2026-05-20"]),
    ("failed two days ago: from there on", NIGHTLY, "2026-05-18", "failed", "08:00",
     ["2026-05-18", "2026-05-19", "2026-05-20"]),
    ("killed in the middle: from there on", NIGHTLY, "2026-05-19", "running", "08:00",
     ["2026-05-19", "2026-05-20"]),
    ("a job that doesn't catch up cares for today only", MORNING, "2026-05-01", "done", "08:00",
     ["2026-05-20"]),
    ("and not before its hour", MORNING, "2026-05-19", "done", "06:00", []),
    ("and tries a failed today again", MORNING, "2026-05-20", "failed", "08:00", ["2026-05-20"]),
    ("what only people ask for is never due", ASKED, None, "", "08:00", []),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_dates_are_due_as_the_table_says(case: tuple[Any, ...]) -> None:
    _says, job, last, state, hour, wanted = case
    run = run_of(date.fromisoformat(last), RunState(state)) if last else None
    found = due_dates(job, run, today=DAY, local=local(f"{DAY} {hour}"))
    assert [str(day) for day in found] == wanted


def test_a_job_that_runs_again_and_again_waits_its_minutes() -> None:
    ended = local(f"{DAY} 10:00")
    run = run_of(DAY, ended=ended)
    for minute, is_due in ((5, False), (9, False), (10, True), (30, True)):
        at = ended + timedelta(minutes=minute)
        assert bool(due_dates(OFTEN, run, today=DAY, local=at)) == is_due, minute
    assert due_dates(OFTEN, run_of(DAY - timedelta(1), ended=ended), today=DAY, local=ended)


def test_an_hour_that_the_clock_skips_or_doubles_is_done_once() -> None:
    # Berlin, 2026: 02:30 is skipped on 29 March and comes twice on 25 October.
    job = Job("half past two", "", nothing, at=time(2, 30), catches_up=True)
    zone = ZoneInfo("Europe/Berlin")
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        last, done = run_of(day - timedelta(1)), 0
        moment = datetime.combine(day, time(0), zone).astimezone(UTC)
        while moment.astimezone(zone).date() == day:
            if due_dates(job, last, today=day, local=moment.astimezone(zone)):
                done, last = done + 1, run_of(day)
            moment += timedelta(minutes=1)
        assert done == 1, day


def test_a_failed_date_is_tried_again_ever_later_and_not_without_end() -> None:
    ended = datetime(2026, 5, 20, 1, tzinfo=UTC)
    for attempts in range(1, ATTEMPTS_MAX + 1):
        run = JobRun(1, "job", DAY, RunState.FAILED, 0, attempts, ended, ended, {}, "no database")
        early, late = timedelta(minutes=5 * attempts - 1), timedelta(minutes=5 * attempts)
        assert not may_try(run, DAY, now=ended + early)
        assert may_try(run, DAY, now=ended + late) == (attempts < ATTEMPTS_MAX)


# --- workers ------------------------------------------------------------------------------------


def worker_of(sessions: sessionmaker[Session], *timetable: Job) -> Worker:
    """Return a worker with a timetable of its own."""
    return Worker(sessions, Settings(), {job.name: job for job in timetable})


def at(day: date, hour: int = 10) -> time_machine.travel:
    """Stop the clock at an hour of a day in Shanghai."""
    return time_machine.travel(datetime.combine(day, time(hour), SHANGHAI), tick=False)


def counting() -> tuple[list[date], Callable[[Work], Mapping[str, Any]]]:
    """Return a job's work that remembers for which dates it was done."""
    done: list[date] = []

    def does(work: Work) -> Mapping[str, Any]:
        done.append(work.business_date)
        return {"days": len(done)}

    return done, does


def test_missed_nights_are_caught_up_in_order_and_each_only_once(
    sessions: sessionmaker[Session],
) -> None:
    done, does = counting()
    worker = worker_of(sessions, Job("nightly", "", does, at=time(1), catches_up=True))
    with at(DAY):
        assert worker.tick() == 1
        assert worker.tick() == 0
    with at(DAY + timedelta(days=3)):
        assert worker.tick() == 3
        assert worker.tick() == 0
    assert done == [DAY + timedelta(days=n) for n in range(4)]


def test_the_business_day_that_was_set_is_the_one_that_counts(
    sessions: sessionmaker[Session],
) -> None:
    done, does = counting()
    worker = worker_of(sessions, Job("nightly", "", does, at=time(1), catches_up=True))
    with sessions.begin() as session:
        business_day.move_to(session, date(2025, 1, 31))
    with at(DAY):
        worker.tick()
    assert done == [date(2025, 1, 31)]


def test_two_workers_at_once_never_do_a_date_twice(sessions: sessionmaker[Session]) -> None:
    done, begun, go_on = [], threading.Event(), threading.Event()

    def slow(work: Work) -> Mapping[str, Any]:
        done.append(work.business_date)
        begun.set()
        assert go_on.wait(30)
        return {}

    first, second = (
        worker_of(sessions, Job("nightly", "", slow, at=time(1), catches_up=True)) for _ in range(2)
    )
    with at(DAY):
        thread = threading.Thread(target=first.tick)
        thread.start()
        assert begun.wait(30)
        assert second.tick() == 0, "the second stands by"
        go_on.set()
        thread.join()
        assert second.tick() == 0, "and finds it done"
    assert done == [DAY]


def test_a_failed_date_stops_the_later_ones_and_the_fault_is_kept(
    sessions: sessionmaker[Session],
) -> None:
    broken = True

    def breaks(work: Work) -> Mapping[str, Any]:
        if broken:
            raise RuntimeError("the disk is full")
        return {"ok": 1}

    other, counts = counting()
    worker = worker_of(
        sessions,
        Job("breaks", "", breaks, at=time(1), catches_up=True),
        Job("other", "", counts, at=time(1), catches_up=True),
    )
    with at(DAY - timedelta(days=2)):
        worker.tick()
    assert other == [DAY - timedelta(days=2)], "one job's fault doesn't stop the others"
    with at(DAY):
        worker.tick()
        with sessions() as session:
            run = store.last_run(session, "breaks")
    assert run is not None
    assert (run.business_date, run.state) == (DAY - timedelta(days=2), RunState.FAILED)
    assert run.problem == "RuntimeError: the disk is full"
    broken = False
    with at(DAY, 12):
        assert worker.tick() == 3
        with sessions() as session:
            run = store.last_run(session, "breaks")
    assert run is not None
    assert (run.business_date, run.state, run.problem) == (DAY, RunState.DONE, None)


def test_a_worker_that_was_killed_in_the_middle_is_followed_by_one_that_goes_on(
    sessions: sessionmaker[Session],
) -> None:
    with at(DAY), sessions.begin() as session:
        store.begin_run(session, "nightly", DAY, now=clock.now())
    done, does = counting()
    worker = worker_of(sessions, Job("nightly", "", does, at=time(1), catches_up=True))
    with at(DAY, 11):
        assert worker.tick() == 1
        with sessions() as session:
            run = store.last_run(session, "nightly")
    assert done == [DAY]
    assert run is not None
    assert run.state is RunState.DONE


def test_a_paused_job_waits_and_then_catches_up(sessions: sessionmaker[Session]) -> None:
    done, does = counting()
    worker = worker_of(sessions, Job("nightly", "", does, at=time(1), catches_up=True))
    with at(DAY):
        worker.tick()
        _ask(sessions, "nightly", RequestKind.PAUSE)
    with at(DAY + timedelta(days=2)):
        assert worker.tick() == 0
        _ask(sessions, "nightly", RequestKind.RESUME)
        assert worker.tick() == 2
    assert done == [DAY + timedelta(days=n) for n in range(3)]


def test_a_job_is_started_by_hand_though_it_is_done_or_paused(
    sessions: sessionmaker[Session],
) -> None:
    done, does = counting()
    worker = worker_of(sessions, Job("nightly", "", does, at=time(1), catches_up=True))
    with at(DAY):
        worker.tick()
        _ask(sessions, "nightly", RequestKind.PAUSE)
        _ask(sessions, "nightly", RequestKind.START)
        assert worker.answer() == 1
        assert worker.answer() == 0
    assert done == [DAY, DAY]


def test_what_was_asked_for_is_told_apart_whether_it_went_well_or_not(
    sessions: sessionmaker[Session],
) -> None:
    def takes(work: Work) -> Mapping[str, Any]:
        if work.facts.get("bad"):
            raise ValueError("no such route")
        return {"by": work.by, "until": work.facts["until"]}

    worker = worker_of(sessions, Job("asked", "", takes))
    _ask(sessions, "asked", RequestKind.START, {"until": "2026-05-01"})
    _ask(sessions, "asked", RequestKind.START, {"bad": True})
    _ask(sessions, "gone", RequestKind.START)
    assert worker.answer() == 3
    with sessions() as session:
        gone, bad, good = store.requests(session, limit=3)
    assert good.outcome == {"by": "clerk", "until": "2026-05-01"}
    assert good.problem is None
    assert bad.problem == "ValueError: no such route"
    assert "no job" in str(gone.problem)


def test_a_worker_stands_by_while_somebody_else_holds_the_timetable(
    sessions: sessionmaker[Session],
) -> None:
    done, does = counting()
    worker = worker_of(sessions, Job("nightly", "", does, at=time(1), catches_up=True))
    with at(DAY):
        with lease.holding(sessions, jobs.LEASE):
            assert worker.tick() == 0
        assert worker.tick() == 1
    assert done == [DAY]


def test_signs_of_life_tell_whether_a_worker_is_alive(sessions: sessionmaker[Session]) -> None:
    worker = worker_of(sessions)
    with at(DAY):
        worker.beat()
        with sessions() as session:
            beat = store.last_beat(session)
        assert beat is not None
        assert jobs.is_alive(beat, clock.now())
        later = clock.now() + timedelta(seconds=jobs.ALIVE_WITHIN_S)
        assert not jobs.is_alive(beat, later)
    assert not jobs.is_alive(None, clock.now())


def _ask(
    sessions: sessionmaker[Session],
    job: str,
    kind: RequestKind,
    facts: Mapping[str, Any] | None = None,
) -> None:
    with sessions.begin() as session:
        store.ask(session, job=job, kind=kind, by="clerk", facts=facts or {}, now=clock.now())


# --- the jobs themselves, and their page --------------------------------------------------------


def test_a_days_work_is_done_by_the_timetable_alone(own_office: Office) -> None:
    from web.work import JOBS

    with own_office.sessions.begin() as session:
        business_day.move_to(session, date(2026, 5, 21))
    inbox = own_office.settings.files / "inbox" / "readings"
    inbox.mkdir(parents=True)
    (inbox / "五月.csv").write_text("meter,date,reading\nM0100000001,2026-05-20,2300\n", "utf-8")
    (inbox / "坏.csv").write_text("what,is,this\n1,2,3\n", "utf-8")
    (inbox / "half.csv.part").write_text("meter,da", "utf-8")
    worker = Worker(own_office.sessions, own_office.settings, JOBS)
    with time_machine.travel(datetime(2026, 5, 21, 10, tzinfo=SHANGHAI), tick=True):
        assert worker.tick() >= 6
    with own_office.sessions() as session:
        runs = {run.job: run for run in store.runs(session)}
    problems = {job: run.problem for job, run in runs.items() if run.problem}
    assert not problems
    assert runs["take_in"].cursor["files"] == 2
    assert runs["review"].cursor["reviewed"] > 0
    left = sorted(path.name for path in inbox.iterdir())
    assert left == ["half.csv.part"]
    files = own_office.settings.files
    assert len(list((files / "taken").iterdir())) == 1
    refused = sorted(path.name for path in (files / "refused").iterdir())
    assert len(refused) == 2
    assert refused[1] == "坏.csv.txt" or "坏.csv.txt" in refused


def test_jobs_are_started_and_paused_on_their_page_by_who_may(own_office: Office) -> None:
    supervisor = own_office.as_("supervisor")
    assert "没有作业进程在运行" in supervisor.get("/jobs").text
    assert supervisor.post("/jobs/review/pause").status_code == 303
    assert "已暂停" in supervisor.get("/jobs/table").text
    assert supervisor.post("/jobs/review/resume").status_code == 303
    assert supervisor.post("/jobs/review/start").status_code == 303
    assert supervisor.post("/jobs/bill/start").status_code == 404
    assert supervisor.post("/jobs/review/destroy").status_code == 404
    assert own_office.as_("clerk").post("/jobs/review/start").status_code == 403
    wait_for_work()


def test_no_job_is_kept_by_the_scheduler_but_only_its_ticks(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    scheduler = jobs.scheduler_of(worker_of(sessions))
    ticks = {job.id: job for job in scheduler.get_jobs()}
    assert sorted(ticks) == ["answer", "beat", "tick"]
    assert str(scheduler.timezone) == "UTC"
