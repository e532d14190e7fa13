"""
Anything may happen to the books in any order, and they stay right.

A plain model keeps what was billed and what came in for each account. After every step the books
say the same, no check finds anything, and what they said of earlier days they still say.
"""

import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from billing import books, closing, correcting, invariants, store
from billing.correction import CorrectedBill, Correction, Fault, Finding
from billing.months import ClosedDayError
from billing.payment import NewPayment
from billing.refunding import Refund
from billing.supply import SupplyClass
from config import approval, database
from config.acts import Act
from config.database import reading
from meters.period import Period
from migrations import schema
from tests.billing import grid, town
from tests.billing.agreed import NUMBERS, Agreed, numbers
from tests.billing.secured import Secured, pay_interest

pytestmark = pytest.mark.slow

NOW = town.at(date(2025, 12, 20))
amounts = st.one_of(st.integers(1, 300), st.integers(5_000, 50_000))


class Books(Agreed, Secured):
    """Bills, payments, returns and cancellations, and what a plain model makes of them."""

    bills = Bundle("bills")
    payments = Bundle("payments")
    unknown = Bundle("unknown")
    corrections = Bundle("corrections")

    @initialize()
    def open_the_books(self):
        schema.metadata()
        self.sessions = database.sessions("sqlite://")
        database.create_all(database.engine_of(self.sessions))
        self.today = date(2025, 12, 20)
        self.serial = 0
        self.billed, self.paid = Counter(), Counter()
        self.hold_nothing()
        self.in_suspense = 0
        self.said = {}
        self.terms = {number: [(town.OPENED, 15)] for number in NUMBERS}
        with self.sessions.begin() as session:
            town.enact(session)
            pay_interest(session)
            self.accounts = town.settle_in(session, "A-1", "A-2")
            self.accounts |= town.settle_in(session, "B-1", supply_class=SupplyClass.INDUSTRIAL)

    def teardown(self):
        if hasattr(self, "sessions"):
            database.engine_of(self.sessions).dispose()

    @rule(days=st.integers(1, 40))
    def time_passes(self, days):
        self.said[self.today] = self._owed(self.today)
        self.today += timedelta(days=days)

    @rule(target=bills, number=numbers, amount=amounts)
    def bill(self, number, amount):
        self.billed[number] += amount
        with self.sessions.begin() as session:
            due_on = self.due_on(session, number)
            made = town.bill(
                session,
                self.accounts[number],
                f"{amount / 100:.2f}",
                tax=f"{amount // 9 / 100:.2f}",
                on=self.today,
                due_on=due_on,
            )
        return number, amount, made

    @rule(target=bills, number=numbers, amount=st.integers(1, 30_000), kwh=st.sampled_from((-9, 9)))
    def bill_less_than_nothing(self, number, amount, kwh):
        self.billed[number] -= amount
        with self.sessions.begin() as session:
            made = town.bill(
                session,
                self.accounts[number],
                f"-{amount / 100:.2f}",
                on=self.today,
                due_on=self.today,
                kwh=kwh,
            )
        return number, -amount, made

    @rule(number=numbers)
    def charge_lateness(self, number):
        with self.sessions.begin() as session:
            books.post_lateness(session, {self.accounts[number].id}, posted_on=self.today)

    @rule(number=numbers)
    def waive(self, number):
        with self.sessions.begin() as session:
            self.serial += 1
            before = self._late_charges(session, number)
            account_id = self.accounts[number].id
            accruing = sum(
                books.late_charges_to(session, [account_id], as_of=self.today)
                .get(account_id, {})
                .values()
            )
            waived = books.waive_late_charges(
                session,
                account_id,
                None,
                approval_id=self._allowed(session),
                by="wang.fang",
                reason="flood",
                posted_on=self.today,
            )
            kinds = [
                one.kind
                for one in books.open_charges(session, [account_id], as_of=self.today).get(
                    account_id, []
                )
            ]
            assert "late_charge" not in kinds
            assert self._late_charges(session, number) <= before + accruing - waived

    @rule(number=numbers, percent=st.integers(1, 100))
    def waive_a_part(self, number, percent):
        with self.sessions.begin() as session:
            account_id = self.accounts[number].id
            before = self._late_charges(session, number)
            accruing = sum(
                books.late_charges_to(session, [account_id], as_of=self.today)
                .get(account_id, {})
                .values()
            )
            open_ = books.open_charges(session, [account_id], as_of=self.today)
            late = [one.open for one in open_.get(account_id, []) if one.kind == "late_charge"]
            amount = (sum(late) + accruing) * percent // 100
            if not amount:
                return
            waived = books.waive_part(
                session,
                account_id,
                amount,
                None,
                approval_id=self._allowed(session),
                by="wang.fang",
                reason="storm",
                posted_on=self.today,
            )
            assert waived == amount
            assert self._late_charges(session, number) == before + accruing - amount

    @rule(number=numbers, part=st.integers(1, 4))
    def refund(self, number, part):
        account = self.accounts[number]
        with self.sessions.begin() as session:
            there = books.on_account(session, [account.id], as_of=self.today).get(account.id, 0)
            amount = there // part
            if not amount:
                return
            approval_id = self._allowed(session)
            made = Refund(
                f"F{approval_id}", account.id, amount, "the payer", self.today, "wang.fang", "asked"
            )
            books.pay_out(session, made, approval_id=approval_id)
        self.paid[number] -= amount

    def _allowed(self, session):
        return approval.ask(
            session,
            act=Act.REFUND,
            subject="-",
            summary="-",
            facts={},
            maker="li.wei",
            now=town.at(self.today),
        )

    @rule(wrong=consumes(bills))
    def cancel(self, wrong):
        number, amount, was = wrong
        self.billed[number] -= amount
        with self.sessions.begin() as session:
            reversal = town.a_bill(
                session,
                self.accounts[number],
                f"{-amount / 100:.2f}",
                tax=f"{-was.tax / 100:.2f}",
                issued_on=self.today,
                due_on=self.today,
                reverses=was,
            )
            books.post_bills(session, [reversal], posted_on=self.today)

    @rule(target=corrections, number=numbers, amount=amounts, is_credit=st.booleans())
    def correct(self, number, amount, is_credit):
        amount = -amount if is_credit else amount
        account = self.accounts[number]
        period = Period(self.today - timedelta(days=31), self.today)
        finding = Finding(Fault.STOPPED, period, (Decimal(1),))
        wrong = CorrectedBill("-", period, Decimal(0), 0, Decimal(31), amount)
        made = Correction((wrong,), Decimal(31), amount, amount // 9)
        with self.sessions.begin() as session:
            ever = books.charges_ever(session, [account.id], until=self.today)
            first = [one for one in ever.get(account.id, []) if one.kind == "energy"][:1]
            charges = [(one.id, one.due_on) for one in first]
            issued = correcting.add_correction(
                session, self._correction_for(session, account), finding, made, charges=charges
            )
        self.billed[number] += amount
        return number, issued

    @rule(wrong=consumes(corrections))
    def cancel_a_correction(self, wrong):
        number, issued = wrong
        with self.sessions.begin() as session:
            what = self._correction_for(session, self.accounts[number])
            correcting.reverse_correction(session, issued, what)
        self.billed[number] -= issued.amount

    def _correction_for(self, session, account):
        self.serial += 1
        approval_id = self._allowed(session)
        return correcting.CorrectionFor(
            account_id=account.id,
            service_point_id=store.supplies_of(session, [account.id])[account.id][
                0
            ].service_point_id,
            supply_class="residential",
            approval_id=approval_id,
            number=f"K{approval_id}",
            issued_on=self.today,
            due_on=self.today + timedelta(days=15),
            issued_by="wang.fang",
            reason="slow meter",
        )

    @rule()
    def close_the_month_before(self):
        """Close every month before this one that is open, the oldest first."""
        for state in reversed(closing.all_months(self.sessions, today=self.today)):
            if state.month.end <= self.today and not state.is_closed:
                self._close(state.month)

    def _close(self, month):
        closing.close_month(
            self.sessions, month, by="li.wei", today=self.today, now=town.at(self.today)
        )
        new = NewPayment(None, "counter", "late", 1, month.last)
        with self.sessions.begin() as session, pytest.raises(ClosedDayError):
            books.receive(session, [new], posted_on=month.last, by="li.wei", now=NOW)

    @rule()
    def open_a_month_again_and_close_it(self):
        closed = [
            one.month
            for one in closing.all_months(self.sessions, today=self.today)
            if one.is_closed
        ]
        if not closed:
            return
        asked = closing.ask_to_reopen(
            self.sessions, closed[0], by="li.wei", reason="late", now=town.at(self.today)
        )
        closing.reopen(
            self.sessions,
            asked,
            by=grid.person("wang.fang"),
            reason="yes",
            today=self.today,
            now=town.at(self.today),
        )
        self._close(closed[0])

    @rule(target=payments, number=numbers, amount=amounts, days_ago=st.integers(0, 30))
    def pay(self, number, amount, days_ago):
        self.paid[number] += amount
        return number, amount, self._receive(self.accounts[number].id, amount, days_ago)

    @rule(target=unknown, amount=amounts, days_ago=st.integers(0, 30))
    def pay_without_a_name(self, amount, days_ago):
        self.in_suspense += amount
        return amount, self._receive(None, amount, days_ago)

    @rule(target=payments, whose=consumes(unknown), number=numbers)
    def assign(self, whose, number):
        amount, payment_id = whose
        self.in_suspense -= amount
        self.paid[number] += amount
        with self.sessions.begin() as session:
            books.assign(session, {payment_id: self.accounts[number].id}, posted_on=self.today)
        return number, amount, payment_id

    @rule(back=consumes(payments))
    def take_back(self, back):
        number, amount, payment_id = back
        self.paid[number] -= amount
        self._reverse(payment_id)

    @rule(back=consumes(unknown))
    def take_back_without_a_name(self, back):
        amount, payment_id = back
        self.in_suspense -= amount
        self._reverse(payment_id)

    @precondition(lambda self: hasattr(self, "sessions"))
    @invariant()
    def the_books_are_right(self):
        owed = self._owed(self.today)
        with reading(self.sessions) as session:
            assert invariants.findings(session, today=self.today) == []
            assert sum(one.amount for one in books.suspense(session)) == self.in_suspense
            credit = books.on_account(session, None, as_of=self.today)
            for number, account in self.accounts.items():
                late = self._late_charges(session, number)
                owes = sum(amount for _, amount in owed.get(account.id, ()))
                has = credit.get(account.id, 0)
                assert has - owes == self.paid[number] - self.billed[number] - late
                assert not (has and owes), "no debt stands beside unused money"
                held = books.deposits_held(session, [account.id], as_of=self.today)
                assert held.get(account.id, 0) == self.held[number]

    @precondition(lambda self: hasattr(self, "sessions"))
    @invariant()
    def the_past_stays_as_it_was(self):
        for day, owed in self.said.items():
            assert self._owed(day) == owed

    def _receive(self, account_id, amount, days_ago):
        self.serial += 1
        new = NewPayment(
            account_id,
            "counter",
            str(self.serial),
            amount,
            self.today - timedelta(days=days_ago),
        )
        with self.sessions.begin() as session:
            received = books.receive(
                session, [new], posted_on=self.today, by="li.wei", now=town.at(self.today)
            )
        return received.payment_ids[0]

    def _reverse(self, payment_id):
        with self.sessions.begin() as session:
            books.reverse_payments(session, [payment_id], posted_on=self.today, reason="returned")

    def _owed(self, day):
        with reading(self.sessions) as session:
            found = books.open_charges(session, None, as_of=day)
        return {key: [(one.id, one.open) for one in charges] for key, charges in found.items()}

    def _late_charges(self, session, number):
        entries = books.statement(session, self.accounts[number].id)
        return sum(
            one.amount if one.credit == "late_charge" else -one.amount
            for one in entries
            if "late_charge" in (one.debit, one.credit)
        )


IS_TRUST = "WATTLEDGER_TRUST" in os.environ
EXAMPLES, STEPS = (100, 50) if IS_TRUST else (10, 20)
Books.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
TestBooks = Books.TestCase
