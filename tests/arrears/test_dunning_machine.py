"""
Days, payments, holds, promises, disputes and people's words in any order: the invariants stand.

After every step: nobody who owes nothing is pursued, nobody is cut before the law lets it, a case
takes at most one step a track and day, and no check of the room finds anything.
"""

from collections import Counter
from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from arrears import approval, disputes, holds, invariants, promises, review, store
from arrears.case import DisputeState, PromiseState
from arrears.holds import HoldReason
from arrears.rules import in_force
from arrears.step import StepKind, StepState, track_of
from billing import books
from billing import store as master
from config import approval as approvals
from config import database
from migrations import schema
from tests.arrears import street
from tests.billing import town

pytestmark = pytest.mark.slow

DAY = street.DAY
FIRST = date(2026, 3, 2)


class Dunning(RuleBasedStateMachine):
    """An account, the office that deals with it, and a customer who does as he likes."""

    @initialize()
    def open_the_office(self):
        schema.metadata()
        self.sessions = database.sessions("sqlite://")
        database.create_all(database.engine_of(self.sessions))
        self.today = FIRST
        self.serial = 0
        with self.sessions.begin() as session:
            street.enact(session)
            self.account = town.settle_in(session, "A-100")["A-100"]
            street.bill(session, self.account, "300.00", due=FIRST - DAY)

    def teardown(self):
        if hasattr(self, "sessions"):
            database.engine_of(self.sessions).dispose()

    @rule(days=st.integers(1, 12))
    def days_go_by(self, days):
        self.today += days * DAY
        self._review()

    def _review(self):
        done = street.night(self.sessions, self.today)
        again = street.night(self.sessions, self.today)
        assert again.is_repeat, "once for each day"
        assert again.reviewed == done.reviewed

    @rule(cents=st.integers(1_000, 90_000), credit_days=st.integers(0, 20))
    def a_bill_is_issued(self, cents, credit_days):
        due_on = self.today + credit_days * DAY
        with self.sessions.begin() as session:
            street.bill(session, self.account, f"{cents / 100:.2f}", due=due_on, raised=self.today)

    @rule(cents=st.integers(100, 60_000))
    def the_customer_pays(self, cents):
        self.serial += 1
        amount = f"{cents / 100:.2f}"
        reference = f"p{self.serial}"
        self.paid = street.pay(
            self.sessions, self.account, amount, on=self.today, reference=reference
        )

    @precondition(lambda self: getattr(self, "paid", None))
    @rule()
    def the_payment_is_taken_back(self):
        street.take_back(self.sessions, self.paid, self.account, on=self.today)
        self.paid = None

    @rule(days=st.integers(0, 20))
    def the_account_is_held(self, days):
        holds.place(
            self.sessions,
            "A-100",
            reason=HoldReason.HARDSHIP,
            note="drawn",
            ends_on=self.today + days * DAY,
            by="wu.gang",
            today=self.today,
            now=street.at(self.today),
        )

    @rule(days=st.integers(0, 20))
    def the_customer_promises(self, days):
        try:
            promises.take(
                self.sessions,
                "A-100",
                amount=1_000,
                due_on=self.today + days * DAY,
                by="wu.gang",
                today=self.today,
                now=street.at(self.today),
            )
        except promises.BadPromiseError as refused:
            if not any(one in str(refused) for one in ("overdue", "open already", "broken")):
                raise

    @rule(days=st.integers(0, 20), no=st.integers(0, 3))
    def the_customer_disputes(self, days, no):
        with self.sessions() as session:
            bills = master.bills(session, account_id=self.account.id)
        try:
            disputes.dispute(
                self.sessions,
                "A-100",
                bills[no % len(bills)].number,
                note="drawn",
                ends_on=self.today + days * DAY,
                by="wu.gang",
                today=self.today,
                now=street.at(self.today),
            )
        except disputes.BadDisputeError as refused:
            if "bill" not in str(refused):
                raise

    @rule(accept=st.booleans(), no=st.integers(0, 2))
    def somebody_decides(self, accept, no):
        with self.sessions() as session:
            user = street.officer(session, no)
            asked = approvals.waiting(session, user=user)
        door = approval.approve if accept else approval.refuse
        for one in asked[:1]:
            door(
                self.sessions,
                one.id,
                by=user,
                reason="drawn",
                today=self.today,
                now=street.at(self.today),
            )

    @rule()
    def the_office_works(self):
        day = self.today
        street.serve(self.sessions, self.account, day)
        try:
            street.work(self.sessions, day)
        except street.disconnection.MayNotCutError as refused:
            if "no cut on" not in str(refused):
                raise  # Only the day itself may stand against an order.

    @invariant()
    def nobody_who_owes_nothing_is_pursued(self):
        if not hasattr(self, "account"):
            return
        with self.sessions() as session:
            charges = books.open_charges(session, [self.account.id], as_of=self.today)
            owing = any(one.due_on < self.today for one in charges.get(self.account.id, ()))
        pending = [one for one in street.steps(self.sessions, self.account) if one.is_pending]
        if not owing:
            assert all(one.kind is StepKind.RECONNECTION for one in pending)

    @invariant()
    def at_most_one_step_a_track_and_day(self):
        if hasattr(self, "account"):
            steps = street.steps(self.sessions, self.account)
            days = Counter(
                (one.proposed_on, track_of(one.kind))
                for one in steps
                if one.kind is not StepKind.RECONNECTION
            )
            assert all(count == 1 for count in days.values())

    @invariant()
    def nobody_is_cut_before_the_law_lets_it(self):
        if not hasattr(self, "account"):
            return
        steps = street.steps(self.sessions, self.account)
        for cut in steps:
            if cut.kind is not StepKind.DISCONNECTION or cut.state is not StepState.DONE:
                continue
            with self.sessions() as session:
                rules = in_force(session, cut.done_on).rules
            law = rules.market.disconnection_for("residential")
            assert (cut.done_on - cut.facts["oldest_due_on"]).days >= law.min_days_overdue
            assert law.blackout_on(cut.done_on, rules.calendar) is None
            served = [one.served_on for one in steps if one.served_on is not None]
            assert any(
                law.first_cut_day(on, law.notice_days_min, rules.calendar) <= cut.done_on
                and cut.done_on <= law.last_cut_day(on)
                for on in served
            )

    @invariant()
    def no_check_finds_anything(self):
        if hasattr(self, "account"):
            review.sweep(self.sessions, today=self.today, now=street.at(self.today))
            with self.sessions() as session:
                assert invariants.findings(session, today=self.today) == []
                open_ = store.open_promises(session).values()
                assert all(one.state is PromiseState.OPEN for one in open_)
                contested = store.open_disputes(session).values()
                assert all(o.state is DisputeState.OPEN for some in contested for o in some)


Dunning.TestCase.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
TestDunning = Dunning.TestCase
