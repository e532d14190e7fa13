"""
The review: once for each business day, look at every account that owes or has a case.

`review` assesses who is due, looks again at what was decided, and decides. `reassess` does the
same for accounts to which something was posted, but proposes nothing new. `ageing` only reports.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from arrears import ageing_report, deadlines, runs, store, switches
from arrears.ageing_report import AgeingReport
from arrears.assessing import assessed
from arrears.carrying import Outcome, carry_out
from arrears.credit import Grade
from arrears.decide import Decision, Stop, has_failed, outcome
from arrears.regrading import assess_due, due
from arrears.rules import InForce, in_force, rules_of
from arrears.runs import Run
from arrears.standings import Known, standings
from arrears.step import StepKind
from arrears.switches import When
from billing import books
from billing import store as master
from billing.money import Money
from config import journal
from config.database import in_chunks, reading
from config.lease import holding
from config.people import POLICY
from config.workers import seldom_collecting
from config.workers import workers as gathered

Progress = Callable[[int, int], None]
"""Called with how many accounts have been looked at, and how many there are to look at."""


class ReviewOrderError(Exception):
    """A later day has been reviewed already; the past can't be decided again."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step proposed, for whom, why, and what stopped the more severe ones."""

    account_id: int
    account_number: str
    kind: StepKind
    level: str
    amount: Money
    overdue: Money
    overdue_days: int
    grade: Grade
    needs_approval: bool
    reasons: tuple[str, ...]
    stopped_by: tuple[Stop, ...]
    level_now: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """An overdue account for which nothing is proposed today, and what stops it."""

    account_id: int
    account_number: str
    overdue: Money
    overdue_days: int
    stopped_by: tuple[Stop, ...]
    level_now: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """
    What a review came to. `is_repeat` if the day had been reviewed before.

    `failed` are accounts about which nothing could be decided; they were left as they are.
    """

    as_of: date
    reviewed: int
    assessed: int
    proposals: tuple[Proposal, ...]
    withdrawn: int
    counts: tuple[tuple[StepKind, int], ...]
    is_repeat: bool = False
    is_dry_run: bool = False
    missed_days: int = 0
    quiet: tuple[Quiet, ...] = ()
    failed: tuple[Quiet, ...] = ()


def review(
    sessions: sessionmaker[Session],
    *,
    today: date,
    now: datetime,
    dry_run: bool = False,
    chunk: int = 2000,
    workers: int = 1,
    progress: Progress | None = None,
) -> Review:
    """
    Review every account that owes or has a case: exactly once for each business day.

    A review that was killed goes on where it stopped; days on which none ran are caught up by
    this one, and no level is skipped. A dry run decides the same and writes nothing.

    :param workers: how many processes measure and grade; the grades are the same for any number.
    :raises ReviewOrderError: if a later day has been reviewed.
    :raises config.lease.BusyError: if a review is running.
    :raises config.dated.NothingInForceError, arrears.rules.LaxPolicyError: if the rules are unfit.
    """
    if dry_run:
        return _dry_run(sessions, today, chunk)
    with holding(sessions, "review"), seldom_collecting(), gathered(workers) as executor:
        run, rules = _begin(sessions, today, now)
        if run.is_done:
            return _review(run, [], is_repeat=True)
        when = When(today, now, POLICY)
        _settle_words(sessions, when)
        assess_due(sessions, run, rules, when, chunk, executor=executor, ahead=2 * workers - 1)
        proposals, failed = _walk(sessions, run, rules, when, chunk, progress)
        return replace(_review(_finish(sessions, run, when), proposals), failed=tuple(failed))


def reassess(
    sessions: sessionmaker[Session],
    account_ids: Collection[int],
    *,
    today: date,
    now: datetime,
    by: str = POLICY,
) -> int:
    """
    Look again at accounts to which something was posted, and return how many steps it ended.

    Who owes nothing overdue is left in peace at once: what was decided is withdrawn, an order to
    cut is recalled, supply that is off is given back. Nothing new is proposed.
    """
    ended = 0
    for some in in_chunks(sorted(set(account_ids)), 2000):
        with sessions.begin() as session:
            ended += look_at(session, some, When(today, now, by))
    return ended


def look_at(session: Session, account_ids: Sequence[int], when: When) -> int:
    """Look again at accounts in a transaction of the caller's; return how many steps it ended."""
    with_case = sorted(store.open_cases(session, account_ids))
    if not with_case:
        return 0
    rules = in_force(session, when.today)
    books.lock_accounts(session, with_case)
    switches.settle(session, with_case)
    _, outcomes = _decided(session, with_case, rules, when.today)
    carry_out(session, [_only_look(one) for one in outcomes], when)
    return sum(len(one.look.withdrawn) for one in outcomes)


def sweep(sessions: sessionmaker[Session], *, today: date, now: datetime) -> int:
    """Look again at every account that has a stale step, for instance after a crash."""
    with reading(sessions) as session:
        stale = store.stale_accounts(session)
    return reassess(sessions, stale, today=today, now=now)


def ageing(sessions: sessionmaker[Session], *, as_of: date) -> AgeingReport:
    """Return what every account owed on a day, sorted into buckets; it sums to the receivable."""
    with reading(sessions) as session:
        return ageing_report.report(session, as_of=as_of)


def ageing_workbook(sessions: sessionmaker[Session], path: Path, *, as_of: date) -> AgeingReport:
    """Write the ageing of a day as a workbook whose totals are formulas, and return it."""
    found = ageing(sessions, as_of=as_of)
    ageing_report.write(found, path)
    return found


def _begin(sessions: sessionmaker[Session], today: date, now: datetime) -> tuple[Run, InForce]:
    with sessions.begin() as session:
        last = runs.last(session)
        if last is not None and last.as_of > today:
            raise ReviewOrderError(
                f"{last.as_of} has been reviewed already, so {today} cannot be decided again; "
                f"use a dry run to see what it would have been"
            )
        rules = in_force(session, today)
        newest = max(master.account_ids(session), default=0)
        return runs.begin(session, today, rules, newest_account=newest, now=now), rules


def _finish(sessions: sessionmaker[Session], run: Run, when: When) -> Run:
    with sessions.begin() as session:
        done = runs.finish(session, run.id, now=when.now)
        journal.note(
            session,
            by=POLICY,
            act="review arrears",
            subject=str(when.today),
            facts=done.facts(),
            now=when.now,
        )
        return done


def _settle_words(sessions: sessionmaker[Session], when: When) -> None:
    """Let promises, disputes and unanswered approvals whose time is over come to their end."""
    with sessions.begin() as session:
        deadlines.judge(session, when=when)
        deadlines.lapse(session, when=when)
        deadlines.expire(session, when=when)


def _walk(
    sessions: sessionmaker[Session],
    run: Run,
    rules: InForce,
    when: When,
    chunk: int,
    progress: Progress | None,
) -> tuple[list[Proposal], list[Quiet]]:
    with reading(sessions) as session:
        ids = [one for one in _to_review(session, rules, when.today) if one > run.cursor]
    proposals, failed = list[Proposal](), list[Quiet]()
    for some in in_chunks(ids, chunk):
        with sessions.begin() as session:
            outcomes = _review_chunk(session, run, some, rules, when)
        proposals += _proposals(outcomes, when.today)
        failed += _failed(_quiet(outcomes, when.today))
        if progress is not None:
            progress(ids.index(some[-1]) + 1, len(ids))
    return proposals, failed


def _to_review(session: Session, rules: InForce, today: date) -> list[int]:
    """Return the accounts that owe, or soon will, what the policy looks at, or have a case."""
    until = today + timedelta(days=rules.rules.policy.lead_days)
    is_ahead = until > today
    owing = {
        account_id
        for account_id, charges in books.open_charges(session, None, as_of=today).items()
        if charges[0].due_on < today or (is_ahead and charges[0].due_on <= until)
    }
    return sorted(owing | store.open_cases(session).keys())


def _review_chunk(
    session: Session, run: Run, account_ids: Sequence[int], rules: InForce, when: When
) -> list[Outcome]:
    books.lock_accounts(session, account_ids)
    switches.settle(session, account_ids)
    new, outcomes = _decided(session, account_ids, rules, when.today)
    store.add_assessments(session, new)
    carry_out(session, outcomes, when)
    runs.count(
        session,
        run.id,
        reviewed=len(account_ids),
        assessed=len(new),
        proposed=sum(one.decision.proposed is not None for one in outcomes),
        withdrawn=sum(len(one.look.withdrawn) for one in outcomes),
        cursor=account_ids[-1],
    )
    return outcomes


def _decided(
    session: Session, account_ids: Sequence[int], rules: InForce, today: date
) -> tuple[list[store.NewGrading], list[Outcome]]:
    """Return the assessments that events call for, and what to do about each account."""
    knowns = standings(session, account_ids, today=today, new_grade=rules.card.new_grade)
    new = assessed(session, _events(knowns.values()), rules, today=today)
    grades = {one.customer_id: one.grade for one in new}
    outcomes = []
    for known in knowns.values():
        grade = grades.get(known.account.customer_id, known.standing.grade)
        standing = replace(known.standing, grade=grade)
        digest = rules.policy_digest if known.case is None else known.case.policy_digest
        own = rules_of(session, digest, rules)
        look, decision = outcome(standing, own, today=today)
        outcomes.append(Outcome(replace(known, standing=standing), own, digest, look, decision))
    return new, outcomes


def _events(knowns: Iterable[Known]) -> dict[int, str]:
    """Return the customers who are in arrears for more months than when they were assessed."""
    reasons: dict[int, str] = {}
    for known in knowns:
        credit = known.credit
        if credit is None:
            reasons[known.account.customer_id] = "first"
        elif known.months_in_arrears > credit.months_in_arrears:
            reasons[known.account.customer_id] = "arrears"
    return reasons


def _dry_run(sessions: sessionmaker[Session], today: date, chunk: int) -> Review:
    proposals, quiet = list[Proposal](), list[Quiet]()
    reviewed = withdrawn = 0
    with reading(sessions) as session:
        rules = in_force(session, today)
        last = runs.last(session)
        graded = set(due(session, 0 if last is None else last.assessed_to, today))
        for some in in_chunks(_to_review(session, rules, today), chunk):
            new, outcomes = _decided(session, some, rules, today)
            graded |= {one.customer_id for one in new}
            proposals += _proposals(outcomes, today)
            quiet += _quiet(outcomes, today)
            reviewed += len(some)
            withdrawn += sum(len(one.look.withdrawn) for one in outcomes)
    return Review(
        as_of=today,
        reviewed=reviewed,
        assessed=len(graded),
        proposals=tuple(proposals),
        withdrawn=withdrawn,
        counts=_counts(proposals),
        is_dry_run=True,
        quiet=tuple(quiet),
        failed=tuple(_failed(quiet)),
    )


def _only_look(one: Outcome) -> Outcome:
    return replace(one, decision=Decision(None, ()))


def _proposals(outcomes: Iterable[Outcome], today: date) -> list[Proposal]:
    return [
        Proposal(
            account_id=one.known.account.id,
            account_number=one.known.account.number,
            kind=proposed.kind,
            level=proposed.level,
            amount=proposed.amount,
            overdue=one.known.standing.overdue,
            overdue_days=one.known.standing.overdue_days(today),
            grade=one.known.standing.grade,
            needs_approval=proposed.needs_approval,
            reasons=proposed.reasons,
            stopped_by=one.decision.stopped_by,
            level_now=_level_now(one),
        )
        for one in outcomes
        if (proposed := one.decision.proposed) is not None
    ]


def _quiet(outcomes: Iterable[Outcome], today: date) -> list[Quiet]:
    return [
        Quiet(
            one.known.account.id,
            one.known.account.number,
            one.known.standing.overdue,
            one.known.standing.overdue_days(today),
            one.decision.stopped_by,
            _level_now(one),
        )
        for one in outcomes
        if one.decision.proposed is None
        and (
            one.known.standing.debts
            or one.known.standing.barred
            or has_failed(one.decision.stopped_by)
        )
    ]


def _failed(quiet: Iterable[Quiet]) -> list[Quiet]:
    return [one for one in quiet if has_failed(one.stopped_by)]


def _level_now(one: Outcome) -> str:
    """Return the level of the last step that was done in the account's case, if any was."""
    done = [step for step in one.known.standing.steps if step.done_on is not None]
    return max(done, key=lambda step: (step.acted_on, step.id)).level if done else ""


def _counts(proposals: Iterable[Proposal]) -> tuple[tuple[StepKind, int], ...]:
    counted = Counter(one.kind for one in proposals)
    return tuple((kind, counted[kind]) for kind in StepKind if counted[kind])


def _review(run: Run, proposals: Sequence[Proposal], *, is_repeat: bool = False) -> Review:
    return Review(
        as_of=run.as_of,
        reviewed=run.reviewed,
        assessed=run.assessed,
        proposals=tuple(proposals),
        withdrawn=run.withdrawn,
        counts=_counts(proposals),
        is_repeat=is_repeat,
        missed_days=run.missed_days,
    )
