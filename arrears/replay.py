"""Replay an account's past under a policy: its real bills and payments, with people who do as told.

Pure. The office is imagined (`Habits`); what customers paid, and when, is what really came.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from arrears.credit import Grade
from arrears.decide import decide, look_again
from arrears.fitting import Rules
from arrears.standing import Hold, Standing, open_debts, payment_mode_of
from arrears.step import IN_PERSON, Step, StepKind, StepState, Track, track_of
from billing.ledger import Charge
from billing.money import Money
from billing.supply import Protection, Supply

ONE_DAY = timedelta(days=1)
NEVER = date.max
SWITCHING = (StepKind.DISCONNECTION, StepKind.RECONNECTION)


class Happening(StrEnum):
    """What can happen to a step in a replay."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    DONE = "done"
    SERVED = "served"


@dataclass(frozen=True, slots=True)
class Move:
    """Money that raised or settled a charge, or, without one, the customer's own money."""

    posted_on: date
    charge_id: int | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Past:
    """What the books and the master data say of an account's past; moves are in their order."""

    account_id: int
    number: str
    charges: tuple[Charge, ...]
    moves: tuple[Move, ...]
    supplies: tuple[Supply, ...]
    grades: tuple[tuple[date, Grade], ...]
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """How many days the imagined office takes for what a policy asks of it."""

    approve_after: int = 1
    carry_out_after: int = 0
    serve_after: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """Something that would have happened to a step."""

    account_id: int
    on: date
    kind: StepKind
    what: Happening
    step: int
    needs_approval: bool


def replay(
    past: Past,
    rules_on: Callable[[date], Rules],
    first: date,
    last: date,
    habits: Habits,
) -> list[Event]:
    """Return what would have happened to an account from one day to another, both included."""
    lead = timedelta(days=rules_on(first).policy.lead_days)
    player = _Player(past, habits, lead)
    day = first
    while day <= last:
        player.live(day, rules_on(day))
        day = player.wakes_after(day)
    return player.events


@dataclass
class _Player:
    past: Past
    habits: Habits
    lead: timedelta
    steps: list[Step] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    case_no: int = 0
    open: dict[int, Money] = field(default_factory=dict)
    credit: Money = 0
    at: int = 0
    charges: dict[int, Charge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.charges = {charge.id: charge for charge in self.past.charges}

    def live(self, today: date, rules: Rules) -> None:
        """Review in the night on what was booked by then; in the day book, look again and act."""
        if self._due_to_look() > today:
            self._book(today)
            return
        standing = self._look(today, rules)
        self._review(standing, today, rules)
        if self._book(today):
            self._look(today, rules)
        self._act(today, rules)

    def wakes_after(self, today: date) -> date:
        """Return the next day on which anything can happen: most accounts sleep most days."""
        posted_on = self.past.moves[self.at].posted_on if self.at < len(self.past.moves) else NEVER
        return max(today + ONE_DAY, min(posted_on, self._due_to_look()))

    def _due_to_look(self) -> date:
        """Return from which day on something is overdue, about to be, or under way."""
        if any(step.case_id == self.case_no or step.is_pending for step in self.steps):
            return date.min
        due = (self.charges[key].due_on for key, owed in self.open.items() if owed > 0)
        first = min(due, default=NEVER)
        return first if first is NEVER else first - self.lead

    def _book(self, until: date) -> bool:
        """Book what was posted by a day, and tell whether there was anything."""
        before = self.at
        moves = self.past.moves
        while self.at < len(moves) and moves[self.at].posted_on <= until:
            move = moves[self.at]
            if move.charge_id is None:
                self.credit += move.amount
            else:
                self.open[move.charge_id] = self.open.get(move.charge_id, 0) + move.amount
            self.at += 1
        return self.at > before

    def _standing(self, today: date) -> Standing:
        past = self.past
        still = [
            replace(self.charges[key], open=owed) for key, owed in self.open.items() if owed > 0
        ]
        overdue, coming = open_debts(still, credit=self.credit, today=today)
        supplies = [one for one in past.supplies if one.is_on(today)]
        known = [grade for on, grade in past.grades if on <= today]
        return Standing(
            account_id=past.account_id,
            grade=known[-1] if known else past.grades[0][1],
            debts=overdue,
            coming=coming,
            classes=frozenset(one.supply_class for one in supplies),
            payment_mode=payment_mode_of(supplies),
            protections=frozenset(one.protection for one in supplies) - {Protection.NONE},
            average_bill=_average(past.charges, today),
            holds=tuple(one for one in past.holds if one.is_on(today)),
            steps=tuple(self._own_steps()),
        )

    def _own_steps(self) -> Iterator[Step]:
        for step in self.steps:
            if step.case_id == self.case_no or track_of(step.kind) is Track.SECURITY:
                yield step

    def _look(self, today: date, rules: Rules) -> Standing:
        """Look again at what was decided, and return how the account stands then."""
        standing = self._standing(today)
        look = look_again(standing, rules, today=today)
        for step, _ in look.withdrawn:
            self._set(step, StepState.WITHDRAWN)
            self._tell(step, Happening.WITHDRAWN, today, needs_approval=False)
        if look.is_to_reconnect:
            self._add(StepKind.RECONNECTION, "", 0, today, needs_approval=False)
        is_closed = look.is_over and any(step.case_id == self.case_no for step in self.steps)
        self.case_no += is_closed
        is_as_it_was = not (look.withdrawn or look.is_to_reconnect or is_closed)
        return standing if is_as_it_was else self._standing(today)

    def _review(self, standing: Standing, today: date, rules: Rules) -> None:
        proposed = decide(standing, rules, today=today).proposed
        if proposed is not None:
            # Who approved a notice approves the cut it announces.
            is_asked = proposed.needs_approval and proposed.kind is not StepKind.DISCONNECTION
            self._add(
                proposed.kind, proposed.level, proposed.amount, today, needs_approval=is_asked
            )

    def _act(self, today: date, rules: Rules) -> None:
        held_for = {hold.reason for hold in self.past.holds if hold.is_on(today)}
        for step in list(self.steps):
            age = (today - step.proposed_on).days
            if step.state is StepState.PROPOSED and age >= self.habits.approve_after:
                self._set(step, StepState.APPROVED)
        for step in list(self.steps):
            if step.state is StepState.APPROVED and self._may_act(step, today, rules, held_for):
                self._set(step, StepState.DONE, done_on=today)
                self._tell(step, Happening.DONE, today, needs_approval=False)
        for step in list(self.steps):
            if self._is_to_be_served(step, today):
                self._set(step, step.state, served_on=today)
                self._tell(step, Happening.SERVED, today, needs_approval=False)

    def _is_to_be_served(self, step: Step, today: date) -> bool:
        if step.kind is not StepKind.DISCONNECTION_NOTICE or step.served_on is not None:
            return False
        after = self.habits.serve_after
        return step.done_on is not None and (today - step.done_on).days >= after

    def _may_act(self, step: Step, today: date, rules: Rules, held_for: Set[str]) -> bool:
        if step.kind is StepKind.RECONNECTION:
            return True
        if held_for and not self._bears(step, rules, held_for):
            return False
        if (today - step.proposed_on).days < self.habits.carry_out_after:
            return False
        if step.kind in IN_PERSON:
            return rules.calendar.is_business_day(today)
        if step.kind is not StepKind.DISCONNECTION:
            return True
        standing = self._standing(today)
        laws = [rules.market.disconnection_for(one) for one in standing.classes]
        return not any(one.blackout_on(today, rules.calendar, standing.protections) for one in laws)

    def _bears(self, step: Step, rules: Rules, held_for: Set[str]) -> bool:
        level = rules.policy.level(step.level)
        return level is not None and held_for <= level.holds

    def _add(
        self, kind: StepKind, level: str, amount: Money, today: date, *, needs_approval: bool
    ) -> None:
        state = StepState.PROPOSED if needs_approval else StepState.APPROVED
        no = len(self.steps) + 1
        step = Step(
            no, self.case_no, self.past.account_id, kind, level, today, amount, state, 0, ""
        )
        self.steps.append(step)
        self._tell(step, Happening.PROPOSED, today, needs_approval=needs_approval)

    def _set(
        self,
        step: Step,
        state: StepState,
        *,
        done_on: date | None = None,
        served_on: date | None = None,
    ) -> None:
        self.steps[step.id - 1] = replace(
            self.steps[step.id - 1],
            state=state,
            done_on=done_on or step.done_on,
            served_on=served_on or step.served_on,
        )

    def _tell(self, step: Step, what: Happening, on: date, *, needs_approval: bool) -> None:
        self.events.append(Event(step.account_id, on, step.kind, what, step.id, needs_approval))


def _average(charges: Sequence[Charge], today: date) -> Money | None:
    """Return the average of the bills that were raised in the year before a day."""
    year = today - timedelta(days=365)
    amounts = [one.amount for one in charges if one.bill_id and year <= one.raised_on <= today]
    return sum(amounts) // len(amounts) if amounts else None


def in_order(moves: Iterable[Move]) -> tuple[Move, ...]:
    """Return moves in the order in which a replay books them."""
    return tuple(sorted(moves, key=lambda move: move.posted_on))
