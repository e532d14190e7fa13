"""
The billing run: draw up what is due, let a second person look, issue.

One transaction a chunk holds its drafts, what it parked, and how far the run is; so a run that
was stopped or killed anywhere is gone on with as if nothing had happened. A period of a service
point can't be billed twice: the table says no.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

import meters.store
from billing import books, drafts, runs, store
from billing import held as holds
from billing.bill import Draft, Explanation, RunState, digests_in
from billing.bill import explain as explained
from billing.drawing import Drawn, Rules, draw_up_accounts, rules_on
from billing.issuing import next_issued
from billing.outcome import READINGS_CHANGED, Held, Parked, RunReport
from billing.sharing import drawing
from billing.tariff import Tariff
from billing.tariffs import TariffBook
from config import journal
from config.approval import OwnWorkError
from config.database import reading
from config.lease import holding
from config.workers import in_order, seldom_collecting
from config.workers import workers as gathered

LEASE = "bill run"
CHUNK = 2_000
Progress = Callable[[int, int], None]
"""Is told how many accounts or bills are done, and of how many."""


class NoSuchRunError(Exception):
    """There is no run of that number."""


class NotReadyError(Exception):
    """The run, or the day, isn't where this act can begin."""


class ReadingsChangedError(NotReadyError):
    """A draft can't be accepted, for the readings that it was drawn up on have changed."""


class FollowedError(NotReadyError):
    """A draft can't be left out yet, for later ones go on from it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would make of one account."""

    drafts: tuple[Draft, ...]
    doubts: tuple[str, ...]
    parked: tuple[Parked, ...]


def bill(
    sessions: sessionmaker[Session],
    *,
    cycle: str | None,
    until: date,
    by: str,
    today: date,
    now: datetime,
    chunk: int = CHUNK,
    workers: int = 1,
    progress: Progress | None = None,
) -> RunReport:
    """
    Draw up the bills of all accounts, or of those on a reading route, up to a day.

    A run of the same cycle and day that was stopped is gone on with; one that was drawn up is
    followed by another, which finds only what the first left alone.

    :param cycle: the code of the route; none means all accounts.
    :param workers: how many processes measure and price; the books are the same for any number,
        for this one alone writes.
    :raises BusyError: if another run is at work.
    :raises NotReadyError: if the day hasn't come yet, or there is no such route.
    :raises NothingInForceError: if there is no law or billing policy in force.
    """
    if until > today:
        raise NotReadyError(f"bills up to {until} can't be drawn up on {today}; wait for the day")
    with holding(sessions, LEASE), seldom_collecting(), gathered(workers) as executor:
        begun, rules, points = _begin(sessions, cycle, until, by=by, today=today, now=now)
        run_id, on, done = begun.report.run_id, begun.report.started_on, begun.drawn_up_to
        total, billed = _counts(sessions, points, until, done)
        draw = drawing(executor, sessions, rules, on=on, points=points)
        chunks = _chunks(sessions, points, after=done, until=until, size=chunk)
        for ids, drawn in in_order(executor, draw, chunks, ahead=2 * workers - 1):
            with sessions.begin() as session:
                fresh = _fresh(session, ids, drawn, rules, points)
                _keep(session, run_id, fresh, since=done, to=ids[-1])
            done, billed = ids[-1], billed + len(ids)
            _tell(progress, billed, total)
        return _finish(sessions, run_id, RunState.DRAWN_UP, by=by, now=now)


def issue(
    sessions: sessionmaker[Session],
    run_id: int,
    *,
    by: str,
    today: date,
    now: datetime,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> RunReport:
    """
    Issue a run's drafts: number them in the order of accounts, date them and post them.

    Drafts that are held wait until somebody has settled them; a later issue of the same run takes
    those up. An issue that was stopped is gone on with, on the day it began.

    :raises OwnWorkError: if the same person started the run.
    :raises NoSuchRunError, NotReadyError: if there is no such run, or it isn't drawn up yet.
    :raises BusyError: if another run is at work.
    """
    with holding(sessions, LEASE), seldom_collecting():
        begun = _begin_issue(sessions, run_id, by=by, today=today, now=now)
        issued_on = begun.report.issued_on
        assert issued_on is not None, "an issue has its day"
        done, number = begun.issued_to, begun.report.issued
        while True:
            with sessions.begin() as session:
                bills = next_issued(session, begun.report, issued_on, done, number, chunk)
                if not bills:
                    break
                drafts.add_issues(session, bills)
                books.post_bills(session, bills, posted_on=issued_on)
                runs.count_issues(session, run_id, since=done, to=bills[-1].account_id, bills=bills)
            done, number = bills[-1].account_id, number + len(bills)
            _tell(progress, number, begun.report.billed)
        return _finish(sessions, run_id, RunState.ISSUED, by=by, now=now)


def settle_held(
    sessions: sessionmaker[Session],
    run_id: int,
    *,
    accept: Collection[int] = (),
    leave_out: Collection[int] = (),
    by: str,
    reason: str,
    now: datetime,
) -> RunReport:
    """
    Let held drafts be issued after all, or take them out of the run.

    :param accept: the ids of drafts that are right.
    :param leave_out: the ids of drafts that are wrong; the next run draws them up anew.
    :raises OwnWorkError: if the same person started the run.
    :raises NotReadyError: without a reason, or if a draft isn't held, or was settled already; as
        FollowedError, if later ones go on from one that is to be left out; as
        ReadingsChangedError, if one to be accepted was so held.
    """
    if not reason.strip():
        raise NotReadyError("say why; the reason is kept with the decision")
    with sessions.begin() as session:
        report = _found(session, run_id).report
        _refuse_own(report, by)
        waiting = {one.bill_id: one for one in holds.held_in(session, run_id, is_open=True)}
        strangers = sorted({*accept, *leave_out} - waiting.keys())
        if strangers or set(accept) & set(leave_out):
            raise NotReadyError(
                f"drafts {strangers or sorted(set(accept) & set(leave_out))} don't wait for one "
                f"answer in run {report.code}; look at the list again"
            )
        _refuse_changed([waiting[id_] for id_ in accept])
        _refuse_followed(session, leave_out)
        holds.accept_held(session, accept, by=by, reason=reason, now=now)
        holds.leave_out(session, run_id, [waiting[id_] for id_ in leave_out], reason=reason)
        facts = {"accepted": sorted(accept), "left out": sorted(leave_out), "reason": reason}
        _note(session, "settle held bills", report, by=by, now=now, **facts)
        return _found(session, run_id).report


def preview(
    sessions: sessionmaker[Session],
    account_number: str,
    *,
    until: date,
    today: date,
    instead: Tariff | None = None,
) -> Preview:
    """
    Return what a run would make of one account; nothing is written.

    :param instead: a tariff to try in the place of those in force.
    :raises KeyError: if there is no such account.
    """
    with reading(sessions) as session:
        account = store.find_accounts(session, [account_number])[account_number]
        rules = rules_on(session, until=until, on=today, instead=instead)
        drawn = draw_up_accounts(session, [account.id], rules, None)
    return Preview(
        tuple(draft for draft, _ in drawn.drafts),
        tuple(held[1] for _, held in drawn.drafts if held is not None),
        drawn.parked,
    )


def report(sessions: sessionmaker[Session], run_id: int) -> RunReport:
    """
    Return how far a run has come.

    :raises NoSuchRunError: if there is no such run.
    """
    with reading(sessions) as session:
        return _found(session, run_id).report


def held(sessions: sessionmaker[Session], run_id: int) -> list[Held]:
    """Return the drafts of a run that wait for a second person."""
    with reading(sessions) as session:
        return holds.held_in(session, run_id, is_open=True)


def explain(sessions: sessionmaker[Session], number: str) -> Explanation:
    """
    Return how a bill came about, worked out again from what it keeps.

    :raises KeyError: if there is no such bill, or the database lost a tariff it was priced by.
    """
    with reading(sessions) as session:
        found = store.find_bill(session, number)
        if found is None:
            raise KeyError(number)
        # A reversal came about as what it reverses did.
        bill_id = found.reverses_id or found.id
        facts = store.bill_facts(session, [bill_id])[bill_id]
        lines = store.bill_lines(session, [bill_id]).get(bill_id, [])
        tariffs = TariffBook().by_digests(session, digests_in(facts))
    return explained(facts, lines, tariffs)


def _begin(
    sessions: sessionmaker[Session],
    cycle: str | None,
    until: date,
    *,
    by: str,
    today: date,
    now: datetime,
) -> tuple[runs.Progress, Rules, frozenset[int] | None]:
    with sessions.begin() as session:
        begun = runs.begin_run(session, cycle=cycle, until=until, by=by, on=today, now=now)
        before, on = begun.report.run_id, begun.report.started_on
        rules = rules_on(session, until=until, on=on, before_run=before)
        points = None if cycle is None else points_of(session, cycle)
        _note(session, "draw up bills", begun.report, by=by, now=now)
    return begun, rules, points


def points_of(session: Session, cycle: str) -> frozenset[int]:
    """
    Return the service points on a route.

    :raises NotReadyError: if there are none.
    """
    points = frozenset(point.id for point in meters.store.points_of_route(session, cycle))
    if not points:
        raise NotReadyError(f"no service point is on a route {cycle!r}; check the route's code")
    return points


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _counts(
    sessions: sessionmaker[Session], points: frozenset[int] | None, until: date, after: int
) -> tuple[int, int]:
    """Return how many accounts there are, and how many of them come up to one."""
    with reading(sessions) as session:
        if points is None:
            total = runs.count_accounts(session, until=until)
            return total, total - runs.count_accounts(session, until=until, after=after)
        ids = runs.accounts_at(session, points)
    return len(ids), sum(id_ <= after for id_ in ids)


def _chunks(
    sessions: sessionmaker[Session],
    points: frozenset[int] | None,
    *,
    after: int,
    until: date,
    size: int,
) -> Iterator[list[int]]:
    """Yield the accounts that come after one, in order."""
    known: list[int] | None = None
    if points is not None:
        with reading(sessions) as session:
            known = [id_ for id_ in runs.accounts_at(session, points) if id_ > after]
    while True:
        if known is not None:
            ids, known = known[:size], known[size:]
        else:
            with reading(sessions) as session:
                ids = runs.accounts_to_bill(session, after=after, until=until, limit=size)
        if not ids:
            return
        yield ids
        after = ids[-1]


def _fresh(
    session: Session,
    ids: Sequence[int],
    drawn: Drawn,
    rules: Rules,
    points: frozenset[int] | None,
) -> Drawn:
    """Return what was drawn, or draw it again if a posting to an account came in between."""
    if books.lock_accounts(session, ids) == drawn.posted_no:
        return drawn
    return draw_up_accounts(session, ids, rules, points)


def _keep(session: Session, run_id: int, drawn: Drawn, *, since: int, to: int) -> None:
    drafts.add_drafts(session, run_id, drawn.drafts, drawn.fingerprints)
    holds.park(session, run_id, drawn.parked)
    made = [draft for draft, _ in drawn.drafts]
    runs.advance(session, run_id, since=since, to=to, drafts=made, parked=len(drawn.parked))


def _begin_issue(
    sessions: sessionmaker[Session], run_id: int, *, by: str, today: date, now: datetime
) -> runs.Progress:
    with sessions.begin() as session:
        begun = _found(session, run_id)
        _refuse_own(begun.report, by)
        if begun.report.state is RunState.DRAWING_UP:
            raise NotReadyError(
                f"run {begun.report.code} isn't drawn up to its end; run bills until "
                f"{begun.report.until} once more, and it goes on"
            )
        if begun.report.state is not RunState.ISSUING:
            runs.begin_issue(session, run_id, by=by, on=today)
        _note(session, "issue bills", begun.report, by=by, now=now)
        return _found(session, run_id)


# --- runs -------------------------------------------------------------------------------------


def _found(session: Session, run_id: int) -> runs.Progress:
    found = runs.find_run(session, run_id)
    if found is None:
        raise NoSuchRunError(f"there is no billing run {run_id}; list them to see which there are")
    return found


def _refuse_own(run: RunReport, by: str) -> None:
    if by == run.started_by:
        raise OwnWorkError(f"{by} started run {run.code}; a second person must do this")


def _refuse_changed(accepted: Sequence[Held]) -> None:
    if changed := sorted(one.bill_id for one in accepted if one.rule == READINGS_CHANGED):
        raise ReadingsChangedError(
            f"the readings of drafts {changed} changed; they can't be accepted: leave them out, "
            "and the next run draws them up again"
        )


def _refuse_followed(session: Session, left_out: Collection[int]) -> None:
    if followed := holds.followed(session, left_out):
        raise FollowedError(
            f"drafts {followed} have later ones that go on from them; leave those out first"
        )


def _finish(
    sessions: sessionmaker[Session], run_id: int, state: RunState, *, by: str, now: datetime
) -> RunReport:
    with sessions.begin() as session:
        runs.set_state(session, run_id, state)
        finished = _found(session, run_id).report
        _note(session, f"bills {state}", finished, by=by, now=now)
        return finished


def _note(
    session: Session, act: str, run: RunReport, *, by: str, now: datetime, **facts: object
) -> None:
    counted = {"billed": run.billed, "parked": run.parked, "issued": run.issued}
    subject = f"run {run.code}"
    journal.note(session, by=by, act=act, subject=subject, facts=counted | facts, now=now)
