"""A part of the machine of the books: what is agreed on paying, from a day on, and taken back."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from billing import retracting, store
from billing.account import AccountTerms
from config.almanac import calendar_named
from config.in_force import market_on

CALENDAR = calendar_named("cn")
NUMBERS = ("A-1", "A-2", "B-1")
numbers = st.sampled_from(NUMBERS)


class Agreed(RuleBasedStateMachine):
    """The credit days of accounts, by a list of (since, days) for each; `today` is the day."""

    @rule(number=numbers, credit_days=st.integers(0, 40))
    def agree_terms(self, number, credit_days):
        if self.terms[number][-1][0] == self.today:
            return
        self.terms[number].append((self.today, credit_days))
        new = AccountTerms(self.accounts[number].id, self.today, credit_days)
        with self.sessions.begin() as session:
            store.add_terms(session, [new])

    @rule(number=numbers)
    def take_terms_back(self, number):
        account_id = self.accounts[number].id
        since, days = self.terms[number][-1]
        with self.sessions.begin() as session:
            newest = store.terms_of(session, account_id)[-1]
            assert (newest.starts_on, newest.credit_days) == (since, days)
            if since != self.today or retracting.billed_since(session, account_id, since):
                return
            act = retracting.Act(account_id, "wang.fang", "mistyped", self.today)
            retracting.take_back_terms(session, newest, act)
        self.terms[number].pop()

    def due_on(self, session, number):
        """Work out when a bill of today is due: so many days on, the first that is worked."""
        account_id = self.accounts[number].id
        account = store.accounts(session, [account_id], on=self.today)[account_id]
        assert account.credit_days == self.terms[number][-1][1]
        day = self.today + timedelta(account.credit_days)
        due_on = market_on(session, self.today).due.rolled(day, CALENDAR)
        between = [day + timedelta(after) for after in range((due_on - day).days)]
        assert CALENDAR.is_business_day(due_on)
        assert not any(map(CALENDAR.is_business_day, between))
        return due_on
