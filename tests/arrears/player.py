"""
Plays a case: an account's bills and payments day by day, with people who do what they are told.

It walks the same road as the doors, with lists in place of tables. Before the day begins the
review looks again at what was decided and decides; then the day's payments come in, what they
touch is looked at once more, and people approve, send, print, serve and cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from arrears.credit import Grade
from arrears.decide import decide, look_again
from arrears.fitting import Rules
from arrears.standing import Contested, DutyDone, Hold, Standing, open_debts
from arrears.step import SECURITY, Step, StepKind, StepState, Track, track_of
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.supply import PaymentMode, Protection, SupplyClass
from config.claims import Bars

ONE_DAY = timedelta(days=1)
ACCOUNT = 1
SLOW = (StepKind.LETTER, StepKind.VISIT, *SECURITY)


@dataclass(frozen=True)
class Bill:
    """A bill as a clerk writes it down."""

    due_on: date
    amount: Money
    raised_on: date
    used: tuple[date, date] | None = None
    billed_before: Money = 0


@dataclass(frozen=True)
class Payment:
    """A payment; a negative one was taken back."""

    on: date
    amount: Money


@dataclass(frozen=True)
class Dispute:
    """A bill, named by its due date, that its customer disputes for a while."""

    due_on: date
    since: date
    until: date
    settled: date | None = None

    def is_on(self, day: date) -> bool:
        """Test whether the bill rests on the day."""
        return self.since <= day <= self.until and not self.is_settled(day)

    def is_settled(self, day: date) -> bool:
        """Test whether a person has settled it by the day."""
        return self.settled is not None and self.settled <= day


@dataclass(frozen=True)
class People:
    """How fast the people of the office are, and what they refuse."""

    approve_after: int = 1
    print_after: int = 0
    serve_after: int = 1
    refuse: frozenset[StepKind] = frozenset()
    never_serve: bool = False
    switch_after: int = 0


@dataclass
class Account:
    """The account being played: what is known of it, and what has been decided so far."""

    rules: Rules
    bills: tuple[Bill, ...]
    payments: tuple[Payment, ...] = ()
    grades: tuple[tuple[date, Grade], ...] = ((date.min, Grade.CC),)
    supply_class: SupplyClass = SupplyClass.RESIDENTIAL
    protection: Protection = Protection.NONE
    payment_mode: PaymentMode = PaymentMode.POSTPAID
    average_bill: Money | None = None
    security: Money = 0
    holds: tuple[Hold, ...] = ()
    people: People = People()
    away: frozenset[date] = frozenset()
    duties: tuple[DutyDone, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    steps: list[Step] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    case_no: int = 0
    log: list[str] = field(default_factory=list)

    def play(self, since: date, until: date) -> list[str]:
        """Play every day from one to another and return what happened, a line each."""
        for today in _days(since, until):
            if today not in self.away:
                self.look(today, booked_until=today - ONE_DAY)
                self.review(today)
            self.look(today, booked_until=today)
            self.act(today)
        return self.log

    def standing(self, today: date, *, booked_until: date) -> Standing:
        """Return how the account stands on a day, with what was booked until another."""
        charges, credit = self.open_charges(booked_until)
        resting = {one.due_on for one in self.disputes if one.is_on(today)}
        is_disputed = any(one.due_on in resting for one in charges)
        late = self._too_late(charges)
        rule = self.rules.market.back_billing
        is_claim = rule is not None and rule.bars is Bars.CLAIM
        barred = late if is_claim else {}
        contested = tuple(self._contested(charges, today, booked_until))
        charges = [one for one in charges if one.due_on not in resting and one.id not in barred]
        overdue, coming = open_debts(charges, credit=credit, today=today, too_late=late)
        return Standing(
            account_id=ACCOUNT,
            grade=max((on, grade) for on, grade in self.grades if on <= today)[1],
            debts=overdue,
            coming=coming,
            is_disputed=is_disputed,
            barred=sum(barred.values()),
            contested=contested,
            duties=tuple(one for one in self.duties if one.done_on <= booked_until),
            classes=frozenset({self.supply_class}),
            payment_mode=self.payment_mode,
            protections=frozenset({self.protection} - {Protection.NONE}),
            average_bill=self.average_bill,
            security=self.security,
            holds=tuple(hold for hold in self.holds if hold.is_on(today)),
            steps=tuple(
                step
                for step in self.steps
                if step.case_id == self.case_no or track_of(step.kind) is Track.SECURITY
            ),
        )

    def _too_late(self, charges: list[Charge]) -> dict[int, Money]:
        rule = self.rules.market.back_billing
        bills = dict(enumerate(self._bills(), start=1))
        found = {}
        for charge in charges:
            bill = bills[charge.id]
            if rule is not None and bill.used is not None:
                found[charge.id] = rule.too_late(
                    *bill.used,
                    bill.raised_on,
                    amount=bill.amount,
                    billed_before=bill.billed_before,
                )
        return {key: amount for key, amount in found.items() if amount}

    def _contested(
        self, charges: list[Charge], today: date, booked_until: date
    ) -> Iterator[Contested]:
        rule = self.rules.market.protest
        open_now = {one.due_on: one for one in charges if one.open}
        for no, one in enumerate(self.disputes, start=1):
            is_open = one.since <= today and not one.is_settled(today)
            if rule is not None and is_open and one.due_on in open_now:
                paid = sum(p.amount for p in self.payments if one.since <= p.on <= booked_until)
                charge = open_now[one.due_on]
                claim = min(charge.amount, charge.open + paid)
                yield Contested(no, rule.wanted(claim, self.average_bill), paid)

    def _bills(self) -> list[Bill]:
        return sorted(self.bills, key=lambda bill: bill.due_on)

    def open_charges(self, booked_until: date) -> tuple[list[Charge], Money]:
        """Return what is open once all that was paid has met the oldest due bills first."""
        paid = sum(payment.amount for payment in self.payments if payment.on <= booked_until)
        found = []
        for no, bill in enumerate(self._bills(), start=1):
            if bill.raised_on > booked_until:
                continue
            met = min(paid, bill.amount)
            paid -= met
            found.append(_charge(no, bill, bill.amount - met))
        return found, paid

    def look(self, today: date, *, booked_until: date) -> None:
        """Look again at what was decided, as the front door does after every posting."""
        standing = self.standing(today, booked_until=booked_until)
        look = look_again(standing, self.rules, today=today)
        for step, _ in look.withdrawn:
            self.log.append(f"{today} {step.kind} withdrawn")
            self._set(step, StepState.WITHDRAWN)
        if look.is_to_reconnect:
            self._add(StepKind.RECONNECTION, "", 0, today, StepState.APPROVED)
            self.log.append(f"{today} reconnection")
        if look.is_over and any(step.case_id == self.case_no for step in self.steps):
            self.case_no += 1

    def act(self, today: date) -> None:
        """Let people and machines do what was decided, each in their time."""
        for step in list(self.steps):
            age = (today - step.proposed_on).days
            if step.state is StepState.PROPOSED and age >= self.people.approve_after:
                is_refused = step.kind in self.people.refuse
                self._set(step, StepState.REFUSED if is_refused else StepState.APPROVED)
                if is_refused:
                    self.log.append(f"{today} {step.kind} refused")
        for step in list(self.steps):
            if step.state is StepState.APPROVED and not self._is_held(step, today):
                self._carry_out(step, today)
        for step in list(self.steps):
            if self._is_to_be_served(step, today):
                self.log.append(f"{today} notice served")
                self._set(step, step.state, served_on=today)

    def review(self, today: date) -> None:
        """Decide before the day begins; what needs nobody's word is approved at once."""
        standing = self.standing(today, booked_until=today - ONE_DAY)
        decision = decide(standing, self.rules, today=today)
        proposed = decision.proposed
        if proposed is None:
            return
        is_cut = proposed.kind is StepKind.DISCONNECTION
        is_waiting = proposed.needs_approval and not is_cut
        state = StepState.PROPOSED if is_waiting else StepState.APPROVED
        self._add(proposed.kind, proposed.level, proposed.amount, today, state)
        self.log.append(f"{today} {proposed.kind}")

    def _carry_out(self, step: Step, today: date) -> None:
        age = (today - step.proposed_on).days
        if step.kind in (StepKind.DISCONNECTION, StepKind.RECONNECTION):
            if age >= self.people.switch_after and self._may_switch(step, today):
                self.log.append(f"{today} {step.kind} done")
                self._set(step, StepState.DONE, done_on=today)
        elif age >= self.people.print_after:
            self._set(step, StepState.DONE, done_on=today)

    def _may_switch(self, step: Step, today: date) -> bool:
        if step.kind is StepKind.RECONNECTION:
            return True
        law = self.rules.market.disconnection_for(self.supply_class)
        own = frozenset({self.protection})
        return law.blackout_on(today, self.rules.calendar, own) is None

    def _is_to_be_served(self, step: Step, today: date) -> bool:
        return (
            step.kind is StepKind.DISCONNECTION_NOTICE
            and step.done_on is not None
            and step.served_on is None
            and not self.people.never_serve
            and (today - step.done_on).days >= self.people.serve_after
        )

    def _is_held(self, step: Step, today: date) -> bool:
        held_for = {one.reason for one in self.holds if one.is_on(today)}
        level = self.rules.policy.level(step.level)
        is_borne = level is not None and held_for <= level.holds
        return step.kind is not StepKind.RECONNECTION and bool(held_for) and not is_borne

    def _add(
        self, kind: StepKind, level: str, amount: Money, today: date, state: StepState
    ) -> None:
        no = len(self.steps) + 1
        self.steps.append(
            Step(no, self.case_no, ACCOUNT, kind, level, today, amount, state, 0, "digest")
        )

    def _set(
        self,
        step: Step,
        state: StepState,
        *,
        done_on: date | None = None,
        served_on: date | None = None,
    ) -> None:
        changed = replace(
            step,
            state=state,
            done_on=done_on or step.done_on,
            served_on=served_on or step.served_on,
        )
        self.steps[self.steps.index(step)] = changed


def _charge(no: int, bill: Bill, left: Money) -> Charge:
    return Charge(
        id=no,
        account_id=ACCOUNT,
        kind=ChargeKind.ENERGY,
        bill_id=no,
        raised_on=bill.raised_on,
        due_on=bill.due_on,
        amount=bill.amount,
        open=left,
        late_from=bill.due_on,
    )


def _days(since: date, until: date) -> Iterator[date]:
    while since <= until:
        yield since
        since += ONE_DAY


def steps_of(log: Iterable[str], *kinds: StepKind) -> list[str]:
    """Return the lines of a log in which one of these steps was proposed."""
    return [line for line in log if line.split(" ", 1)[1] in kinds]
