"""Security in the machine of the books: taken, bounced, bearing interest, released."""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from billing import books
from billing.payment import NewPayment
from config import dated, people
from config.people import Role
from tests.billing import town
from tests.billing.agreed import numbers

RISES = date(2026, 2, 1)
POLICY = f"""title = "Review"
reading_age_days_max = 3
history_days = 400
[deposit_interest]
article = "agreement on security"
{{credited_on}}
[[deposit_interest.rate]]
from = 2020-01-01
percent = 3.00
[[deposit_interest.rate]]
from = {RISES}
percent = 4.50
"""


def pay_interest(session, credited_on="", since=town.OPENED):
    """Put a billing policy into force by which deposits bear interest, 3 and then 4.5 percent."""
    maker, checker = (
        people.add_user(session, login=f"int.{no}", name="I", password="x", roles=[role])
        for no, role in ((1, Role.CREDIT_OFFICER), (2, Role.ADMINISTRATOR))
    )
    text = POLICY.format(credited_on=credited_on)
    file = dated.DatedFile("policies/billing", since, text, dated.digest_of(text))
    wanted = dated.propose(session, file, by=maker.login, now=town.at(town.OPENED))
    dated.activate(session, wanted, by=checker, reason="-", now=town.at(town.OPENED))


def interest(amount, since, until):
    """Return what an amount earns, day by day: the plain model, as a fraction of a minor unit."""
    rises = max(min(RISES, until), since)
    per_year = 300 * (rises - since).days + 450 * (until - rises).days
    return Fraction(amount * per_year, 100 * 100 * 365)


class Secured(RuleBasedStateMachine):
    """What a plain model makes of deposits and what they earn."""

    def hold_nothing(self):
        """Begin with no security at all."""
        self.held, self.credited = Counter(), Counter()
        self.layers = defaultdict(dict)

    def _due(self, number):
        """Return the interest that is still to be credited, rounded half up as a whole."""
        earned = sum(
            interest(amount, since, self.today) for amount, since in self.layers[number].values()
        )
        return max(int(earned + Fraction(1, 2)) - self.credited[number], 0)

    @rule(number=numbers, amount=st.one_of(st.integers(1, 300), st.integers(5_000, 50_000_000)))
    def take_security(self, number, amount):
        self.serial += 1
        new = NewPayment(self.accounts[number].id, "counter", str(self.serial), amount, self.today)
        with self.sessions.begin() as session:
            payment_id = books.receive_deposit(
                session, new, demand_id=None, **self._posted_by("li.wei")
            )
        self.held[number] += amount
        self.layers[number][payment_id] = amount, self.today

    @rule(number=numbers)
    def security_bounces(self, number):
        if not self.layers[number]:
            return
        payment_id, (amount, _) = self.layers[number].popitem()
        self.held[number] -= amount
        with self.sessions.begin() as session:
            books.reverse_payments(session, [payment_id], posted_on=self.today, reason="bounced")

    @rule(number=numbers)
    def credit_interest(self, number):
        due, account_id = self._due(number), self.accounts[number].id
        with self.sessions.begin() as session:
            made = books.credit_interest(
                session, [account_id], until=self.today, **self._posted_by("the house")
            )
        assert made == ({account_id: due} if due else {})
        self.credited[number] += due
        self.paid[number] += due

    @rule(number=numbers)
    def release_security(self, number):
        self.serial += 1
        due = self._due(number) if self.held[number] else 0
        with self.sessions.begin() as session:
            made = books.release_deposit(
                session,
                self.accounts[number].id,
                str(self.serial),
                **self._posted_by("wang.fang"),
            )
        assert (made.deposit, made.interest) == (self.held[number], due)
        self.paid[number] += self.held[number] + due
        if self.held[number]:
            self.held[number], self.credited[number] = 0, 0
            self.layers[number].clear()

    def _posted_by(self, by):
        return {"posted_on": self.today, "by": by, "now": town.at(self.today)}
