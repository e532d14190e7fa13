"""Money that comes in: once, by a channel, under the reference that the channel gives it."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.money import Money

CREDIT_NOTE = "credit_note"
"""The channel of a bill for less than nothing; its number is the reference."""
RELEASED = "deposit_released"
"""The channel of security that became money on account."""
INTEREST = "deposit_interest"
"""The channel of what security has earned."""
SET_OFF = "advance_set_off"
"""The channel of what was asked for before a bill and is set off against it."""
CHANNEL_MAX, REFERENCE_MAX = 32, 140
"""How many characters a channel and a reference have at most, as the database keeps them."""
BACK_DAYS = 92
"""How many days back money may count from: [P] a quarter, within which agents and banks report.
An earlier day is a slip, or a late charge waived by nobody's leave."""
OWN_CHANNELS = frozenset({CREDIT_NOTE, INTEREST, RELEASED, SET_OFF})
"""Channels by which the books themselves raise money; nothing comes in by them."""


def is_own_channel(channel: str) -> bool:
    """Test whether a channel is one of the books' own, however it is written."""
    return channel.strip().casefold() in OWN_CHANNELS


def is_long_ago(value_on: date, *, today: date) -> bool:
    """Test whether a day is too far back for money to count from it."""
    return (today - value_on).days > BACK_DAYS


@dataclass(frozen=True, slots=True)
class NewPayment:
    """
    Money that came in.

    `account_id` is none if nobody knows yet whose it is. `value_on` is the day from which it
    counts. `designated` are ids of the charges the customer wants settled first.
    """

    account_id: int | None
    channel: str
    reference: str
    amount: Money
    value_on: date
    method: str = ""
    payer: str = ""
    text: str = ""
    designated: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment in the books; `open` is what no charge has used, on account or in suspense."""

    id: int
    account_id: int | None
    channel: str
    reference: str
    amount: Money
    open: Money
    value_on: date
    posted_on: date
    method: str
    payer: str
    text: str
    received_by: str
    received_at: datetime
    batch_id: int | None = None

    @property
    def number(self) -> str:
        """The number of the payment's receipt."""
        return f"R{self.id:09d}"

    @property
    def is_in_suspense(self) -> bool:
        """Test whether nobody knows yet whose money it is."""
        return self.account_id is None and self.open > 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    What a customer is given for money: how much of it settled what.

    `settled` are (charge id, amount) pairs; `late_charge` is what of it was paid for lateness,
    `on_account` what is left for the next bill. `account_closed_on` is given where no bill will
    come any more, and somebody must find out whose the money is.
    """

    number: str
    payment_id: int
    account_id: int
    account_number: str
    channel: str
    reference: str
    amount: Money
    settled: tuple[tuple[int, Money], ...]
    late_charge: Money
    on_account: Money
    value_on: date
    posted_on: date
    received_by: str
    account_closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """What came of taking back a payment."""

    number: str
    amount: Money
    account_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewDemand:
    """Security that a customer is to be asked for."""

    account_id: int
    amount: Money
    demanded_on: date
    due_on: date
    demanded_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DepositDemand:
    """Security that a customer was asked for, and how much of it has been paid."""

    id: int
    number: str
    account_id: int
    amount: Money
    paid: Money
    demanded_on: date
    due_on: date
    demanded_by: str
    reason: str

    @property
    def is_met(self) -> bool:
        """Test whether all of it has been paid."""
        return self.paid >= self.amount
