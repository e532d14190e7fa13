"""Accounts as a list shows them: whose, what for, what is owed, and how far they are trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from arrears import ageing
from arrears import store as arrears
from arrears.ageing import Ageing
from arrears.case import Grading
from billing import books
from billing import store as billing
from billing.money import Money
from billing.supply import Supply
from web.names import Who, who


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of a list."""

    who: Who
    supplies: tuple[Supply, ...]
    ageing: Ageing
    credit: Money
    grading: Grading | None

    @property
    def supply_class(self) -> str:
        """The class of the account's supplies, or nothing if it has none today."""
        return str(self.supplies[0].supply_class) if self.supplies else ""

    @property
    def is_prepaid(self) -> bool:
        """Test whether the account pays before."""
        return any(one.payment_mode == "prepaid" for one in self.supplies)

    @property
    def is_protected(self) -> bool:
        """Test whether the law protects one of its supplies."""
        return any(one.protection != "none" for one in self.supplies)


def account_lines(session: Session, ids: Sequence[int], *, today: date) -> list[AccountLine]:
    """Return the accounts in the order of the ids."""
    whose = who(session, ids)
    supplies = billing.supplies_on(session, ids, today)
    owed = books.open_charges(session, ids, as_of=today)
    credit = books.on_account(session, ids, as_of=today)
    gradings = arrears.assessments(session, {one.customer.id for one in whose.values()})
    return [
        AccountLine(
            whose[key],
            tuple(supplies.get(key, ())),
            ageing.age(owed.get(key, ()), as_of=today),
            credit.get(key, 0),
            gradings.get(whose[key].customer.id),
        )
        for key in ids
        if key in whose
    ]
