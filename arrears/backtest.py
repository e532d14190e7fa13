"""
Back-test: replay the supplier's own past under another policy, beside the one in force.

Nothing is written. Both policies meet the same bills, the same payments on the days they really
came, the same holds and grades, and the same imagined office; so they differ by the policy alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.credit import Grade
from arrears.fitting import Rules
from arrears.policy import Policy
from arrears.replay import SWITCHING, Event, Habits, Happening, Move, Past, in_order, replay
from arrears.rules import InForce, in_force
from arrears.step import IN_PERSON, StepKind
from billing import books
from billing import store as master
from billing.money import Money, major
from config.database import in_chunks, reading
from config.workbook import Heading, Sheet, Value, write_workbook

HARD = frozenset({StepKind.DISCONNECTION_NOTICE, StepKind.DISCONNECTION})
"""Kinds of steps that a customer is spared, or not."""
MESSAGES = frozenset({StepKind.COURTESY_REMINDER, StepKind.SMS_REMINDER})
_ONE_DAY = timedelta(days=1)
_WARM_UP = timedelta(days=120)
"""How long before the first day a replay begins, so that it meets cases already under way."""
_SLICE = 10_000

Progress = Callable[[int, int], None]


class BadSpanError(Exception):
    """The days of a back-test can't be replayed; the message says which can."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one of each costs the supplier, in minor units."""

    message: Money = 0
    letter: Money = 0
    visit: Money = 0

    def of(self, kind: StepKind) -> Money:
        """Return what carrying out a step of a kind costs."""
        if kind in MESSAGES:
            return self.message
        if kind in IN_PERSON or kind in SWITCHING:
            return self.visit
        return self.letter


@dataclass(frozen=True, slots=True)
class Tally:
    """
    What a policy would have come to in the span: steps done by kind, their cost, the work.

    `work` is by day what people have to do: letters, visits, approvals, cuts. `first_on` is by
    account the day of its first step, `hard_on` that of its first notice or cut.
    """

    policy: str
    done: Mapping[StepKind, int]
    proposed: Mapping[StepKind, int]
    withdrawn: int
    approvals: int
    cost: Money
    work: Mapping[date, int]
    messages: Mapping[date, int]
    first_on: Mapping[int, date]
    hard_on: Mapping[int, date]

    @property
    def peak(self) -> tuple[date | None, int]:
        """The day with the most work for people, and how much it is."""
        day = max(self.work, key=lambda one: (self.work[one], -one.toordinal()), default=None)
        return day, self.work[day] if day else 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A policy beside the one in force, over the same past."""

    first: date
    last: date
    accounts: int
    ruling: Tally
    tried: Tally

    @property
    def spared(self) -> int:
        """How many customers' accounts get a notice or a cut now, and would not have."""
        return len(self.ruling.hard_on.keys() - self.tried.hard_on.keys())

    @property
    def hit(self) -> int:
        """How many accounts would have got a notice or a cut, and don't now."""
        return len(self.tried.hard_on.keys() - self.ruling.hard_on.keys())

    @property
    def earlier(self) -> int:
        """How many accounts would have met their first step sooner."""
        return self._sooner(self.tried, self.ruling)

    @property
    def later(self) -> int:
        """How many accounts would have met their first step later, or none."""
        return self._sooner(self.ruling, self.tried)

    def _sooner(self, one: Tally, other: Tally) -> int:
        never = date.max
        return sum(on < other.first_on.get(key, never) for key, on in one.first_on.items())


def backtest(
    sessions: sessionmaker[Session],
    policy: Policy,
    *,
    first: date,
    last: date,
    today: date,
    habits: Habits | None = None,
    costs: Costs | None = None,
    chunk: int = 1000,
    progress: Progress | None = None,
) -> Comparison:
    """
    Replay every account's past under a policy and under the one in force, and compare them.

    :raises BadSpanError: if the span is empty or not past.
    :raises config.dated.NothingInForceError, arrears.rules.LaxPolicyError: if no rules hold.
    """
    if not first <= last <= today:
        raise BadSpanError(f"from {first} to {last}: give two days in order, up to {today}")
    with reading(sessions) as session:
        now = in_force(session, last)
        ruling = _rules_on(session, now.rules.policy, first)
        tried = _rules_on(session, policy, first)
        grades = _grades(session, last)
        ids = sorted(master.account_ids(session))
        events: tuple[list[Event], list[Event]] = ([], [])
        for some in in_chunks(ids, chunk):
            for past in _pasts(session, some, grades, now, until=last):
                for rules, told in ((ruling, events[0]), (tried, events[1])):
                    told.extend(replay(past, rules, first - _WARM_UP, last, habits or Habits()))
            if progress is not None:
                progress(ids.index(some[-1]) + 1, len(ids))
    made = partial(_tally, first=first, costs=costs or Costs())
    names = (now.rules.policy.name, policy.name)
    found = [made(name, own) for name, own in zip(names, events, strict=True)]
    return Comparison(first, last, len(ids), *found)


def _rules_on(session: Session, policy: Policy, first: date) -> Callable[[date], Rules]:
    """Return the law and the calendar of each day from one on, with one policy for all."""

    @cache
    def on(day: date) -> Rules:
        held = in_force(session, max(day, first)).rules
        return Rules(policy, held.market, held.calendar)

    return on


def _pasts(
    session: Session,
    account_ids: Sequence[int],
    grades: Mapping[int, Sequence[tuple[date, Grade]]],
    now: InForce,
    *,
    until: date,
) -> Iterator[Past]:
    accounts = master.accounts(session, account_ids)
    charges = books.charges_ever(session, account_ids, until=until)
    moves = books.movements_of(session, account_ids, until=until)
    supplies = master.supplies_of(session, account_ids)
    holds = store.holds_ever(session, account_ids)
    for account_id, account in accounts.items():
        own = charges.get(account_id, [])
        if own:
            known = grades.get(account.customer_id, ())
            yield Past(
                account_id,
                account.number,
                tuple(own),
                in_order(Move(*one) for one in moves.get(account_id, ())),
                tuple(supplies.get(account_id, ())),
                ((date.min, now.card.new_grade), *known),
                tuple(holds.get(account_id, ())),
            )


def _grades(session: Session, until: date) -> dict[int, list[tuple[date, Grade]]]:
    """Return the grades each customer has had, and since when, the oldest first."""
    found: dict[int, list[tuple[date, Grade]]] = {}
    after_id = 0
    while some := store.all_assessments(session, after_id=after_id, limit=_SLICE):
        after_id = some[-1].id
        for one in some:
            if one.as_of <= until:
                found.setdefault(one.customer_id, []).append((one.as_of, Grade(one.grade)))
    return {customer_id: sorted(own) for customer_id, own in found.items()}


def _tally(policy: str, events: Sequence[Event], *, first: date, costs: Costs) -> Tally:
    seen = [one for one in events if one.on >= first]
    done = [one for one in seen if one.what is Happening.DONE]
    asked = [one for one in seen if one.what is Happening.PROPOSED]
    first_on: dict[int, date] = {}
    hard_on: dict[int, date] = {}
    for one in asked:
        if one.kind is not StepKind.RECONNECTION:
            first_on.setdefault(one.account_id, one.on)
        if one.kind in HARD:
            hard_on.setdefault(one.account_id, one.on)
    work = Counter(one.on for one in done if one.kind not in MESSAGES)
    work.update(one.on for one in asked if one.needs_approval)
    return Tally(
        policy=policy,
        done=Counter(one.kind for one in done),
        proposed=Counter(one.kind for one in asked),
        withdrawn=sum(one.what is Happening.WITHDRAWN for one in seen),
        approvals=sum(one.needs_approval for one in asked),
        cost=sum(costs.of(one.kind) for one in done),
        work=work,
        messages=Counter(one.on for one in done if one.kind in MESSAGES),
        first_on=first_on,
        hard_on=hard_on,
    )


def write(found: Comparison, path: Path) -> None:
    """Write a comparison as a workbook: the steps side by side, and the work of each day drawn."""
    write_workbook(path, [_steps(found), _days(found)])


def rows(found: Comparison) -> list[tuple[str, int | None, int | None]]:
    """Return what the two policies came to, a line for each figure; without a figure, none."""
    pair = (found.ruling, found.tried)
    kinds = [kind for kind in StepKind if any(one.done.get(kind) for one in pair)]
    lines: list[tuple[str, int | None, int | None]] = [
        (str(kind), pair[0].done.get(kind, 0), pair[1].done.get(kind, 0)) for kind in kinds
    ]
    lines += [
        ("withdrawn", pair[0].withdrawn, pair[1].withdrawn),
        ("approvals", pair[0].approvals, pair[1].approvals),
        ("accounts_touched", len(pair[0].first_on), len(pair[1].first_on)),
        ("peak_day_work", pair[0].peak[1], pair[1].peak[1]),
        ("spared", None, found.spared),
        ("newly_hit", None, found.hit),
        ("first_step_earlier", None, found.earlier),
        ("first_step_later", None, found.later),
    ]
    return lines


def _steps(found: Comparison) -> Sheet:
    headings = [
        Heading("项目 What", width=28),
        Heading(f"现行 In force: {found.ruling.policy}", format="#,##0"),
        Heading(f"试算 Tried: {found.tried.policy}", format="#,##0"),
    ]
    lines: list[list[Value]] = [list(line) for line in rows(found)]
    cost: list[Value] = ["费用 cost", major(found.ruling.cost), major(found.tried.cost)]
    return Sheet("回测 Back-test", headings, [*lines, cost])


def _days(found: Comparison) -> Sheet:
    headings = [
        Heading("日期 Day", format="yyyy-mm-dd"),
        Heading("现行 In force", format="#,##0"),
        Heading("试算 Tried", format="#,##0"),
        Heading("现行短信 Messages in force", format="#,##0"),
        Heading("试算短信 Messages tried", format="#,##0"),
    ]
    days = [found.first + n * _ONE_DAY for n in range((found.last - found.first).days + 1)]
    pair = (found.ruling, found.tried)
    lines: list[list[Value]] = [
        [
            day,
            *(one.work.get(day, 0) for one in pair),
            *(one.messages.get(day, 0) for one in pair),
        ]
        for day in days
    ]
    return Sheet("每日工作量 Work by day", headings, lines, charted=(2, 3))
