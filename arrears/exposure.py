"""Exposure: how much a customer could cost us if he never paid again."""

from dataclasses import dataclass

from billing.money import Money


@dataclass(frozen=True, slots=True)
class Exposure:
    """
    What a customer owes and what covers it, all accounts together.

    Electricity is sold on credit: what was used since the last reading is owed although nobody
    has billed it yet.
    """

    open_bills: Money
    unbilled: Money
    deposits: Money
    on_account: Money
    guarantees: Money = 0

    @property
    def amount(self) -> Money:
        """What isn't covered; never less than nothing."""
        cover = self.deposits + self.on_account + self.guarantees
        return max(0, self.open_bills + self.unbilled - cover)


def unbilled_estimate(average_bill: Money | None, *, days: int) -> Money:
    """Return what so many days since the last bill have cost, going by an average monthly bill."""
    return 0 if average_bill is None else average_bill * max(0, days) // 30
