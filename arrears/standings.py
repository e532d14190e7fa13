"""How accounts stand, worked out in sets: one question for each table, not for each account."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from arrears import claims, store
from arrears.case import UNDER_WAY, Case, DisputeState
from arrears.credit import Grade
from arrears.credit_file import cover
from arrears.measure import average
from arrears.standing import (
    NOTHING,
    Contested,
    Debt,
    DutyDone,
    Hold,
    Standing,
    open_debts,
    payment_mode_of,
)
from arrears.step import Step
from billing import books
from billing import store as master
from billing.account import Account
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.supply import Protection, Supply

ONE_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Known:
    """An account as a review sees it: how it stands, its open case, and whose it is."""

    account: Account
    standing: Standing
    case: Case | None
    credit: store.CreditStanding | None
    months_in_arrears: int


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the tables say of a set of accounts, each by account and asked for once."""

    charges: Mapping[int, Sequence[Charge]]
    debts: Mapping[int, tuple[tuple[Debt, ...], tuple[Debt, ...]]]
    cases: Mapping[int, Case]
    steps: Mapping[int, Sequence[Step]]
    holds: Mapping[int, Sequence[Hold]]
    supplies: Mapping[int, Sequence[Supply]]
    bills: Mapping[int, Money]
    security: Mapping[int, Money]
    covered: Mapping[int, Money]
    converting: frozenset[int]
    duties: Mapping[int, Sequence[DutyDone]]
    disputed: frozenset[int]
    barred: Mapping[int, Mapping[int, Money]]
    contested: Mapping[int, tuple[Contested, ...]]


def standings(
    session: Session, account_ids: Collection[int], *, today: date, new_grade: Grade
) -> dict[int, Known]:
    """
    Return how each of the accounts stands today.

    :param new_grade: the grade of a customer who was never assessed.
    """
    accounts = master.accounts(session, account_ids)
    graded = store.credit_standings(session, {one.customer_id for one in accounts.values()})
    facts = _facts(session, accounts, today)
    found = {}
    for account_id, account in accounts.items():
        credit = graded.get(account.customer_id)
        grade = new_grade if credit is None else credit.grade
        found[account_id] = Known(
            account,
            _standing(account, grade, facts),
            facts.cases.get(account_id),
            credit,
            months_in_arrears(facts.charges.get(account_id, ()), today),
        )
    return found


def _facts(session: Session, accounts: Mapping[int, Account], today: date) -> _Facts:
    account_ids = accounts.keys()
    charges = books.open_charges(session, account_ids, as_of=today)
    credit = books.on_account(session, charges, as_of=today)
    disputed = store.resting_charges(session, account_ids, on=today)
    resting = claims.resting(session, charges, today=today)
    late = claims.too_late(session, charges, today=today)
    debts = {
        account_id: open_debts(
            [one for one in some if one.id not in resting.get(account_id, ())],
            credit=credit.get(account_id, 0),
            today=today,
            too_late=late,
        )
        for account_id, some in charges.items()
    }
    owing = [account_id for account_id, (overdue, coming) in debts.items() if overdue or coming]
    cases = store.open_cases(session, account_ids)
    covered = _covered(session, owing, accounts, today)
    waiting = store.conversions(session, states=UNDER_WAY, account_ids=account_ids)
    return _Facts(
        charges=charges,
        debts=debts,
        cases=cases,
        steps=store.steps_in(session, [case.id for case in cases.values()], account_ids),
        holds=store.holds(session, account_ids, on=today),
        supplies=master.supplies_on(session, account_ids, today),
        bills=average_bills(session, owing, today=today),
        security=_security(session, owing, covered, today),
        covered=covered,
        converting=frozenset(one.account_id for one in waiting),
        duties=store.duties_done(session, [case.id for case in cases.values()]),
        disputed=frozenset(
            account_id
            for account_id, some in disputed.items()
            if DisputeState.OPEN in some.values()
        ),
        barred=claims.barred(session, charges, today=today),
        contested=claims.contested(session, charges, today=today),
    )


def _standing(account: Account, grade: Grade, facts: _Facts) -> Standing:
    supplies = facts.supplies.get(account.id, ())
    case = facts.cases.get(account.id)
    overdue, coming = facts.debts.get(account.id, ((), ()))
    return Standing(
        account_id=account.id,
        grade=grade,
        debts=overdue,
        coming=coming,
        duties=tuple(facts.duties.get(case.id, ())) if case is not None else (),
        classes=frozenset(one.supply_class for one in supplies),
        payment_mode=payment_mode_of(supplies),
        protections=protections_of(supplies),
        average_bill=facts.bills.get(account.id),
        security=facts.security.get(account.id, 0),
        covered=facts.covered.get(account.id, 0),
        holds=tuple(facts.holds.get(account.id, ())),
        steps=tuple(facts.steps.get(account.id, ())),
        posted_no=account.posted_no,
        is_converting=account.id in facts.converting,
        is_disputed=account.id in facts.disputed,
        barred=sum(facts.barred.get(account.id, NOTHING).values()),
        contested=facts.contested.get(account.id, ()),
    )


def average_bills(
    session: Session, account_ids: Collection[int], *, today: date
) -> dict[int, Money]:
    """Return the average bill of the last year of each account that had one."""
    bills = master.monthly_bills(session, account_ids, since=today - ONE_YEAR, until=today)
    averages = {
        account_id: average([amount for _, _, amount in rows]) for account_id, rows in bills.items()
    }
    return {account_id: amount for account_id, amount in averages.items() if amount is not None}


def protections_of(supplies: Iterable[Supply]) -> frozenset[Protection]:
    """Return why the supplies may not simply be cut, if there are reasons."""
    return frozenset(supply.protection for supply in supplies) - {Protection.NONE}


def months_in_arrears(charges: Collection[Charge], today: date) -> int:
    """Return in how many months there is a bill that is overdue."""
    return len(
        {
            (charge.due_on.year, charge.due_on.month)
            for charge in charges
            if charge.kind is ChargeKind.ENERGY and charge.due_on < today and charge.open > 0
        }
    )


def _security(
    session: Session, account_ids: Collection[int], covered: Mapping[int, Money], today: date
) -> dict[int, Money]:
    """Return the deposits held or demanded but not paid yet, and what others stand for."""
    held = books.deposits_held(session, account_ids, as_of=today)
    for account_id, demands in books.deposit_demands(session, account_ids).items():
        asked = sum(max(0, demand.amount - demand.paid) for demand in demands)
        held[account_id] = held.get(account_id, 0) + asked
    for account_id, part in covered.items():
        held[account_id] = held.get(account_id, 0) + part
    return held


def _covered(
    session: Session, account_ids: Collection[int], accounts: Mapping[int, Account], today: date
) -> dict[int, Money]:
    """
    Return each account's part of what guarantees, collateral and insurance cover.

    They are the customer's, who may have several accounts: each has the part that its average
    bill is of them all, rounded down, so that nothing is counted for two.
    """
    owners = {accounts[key].customer_id for key in account_ids}
    files = store.file_items(session, owners, as_of=today)
    worth = {key: cover(items, on=today) for key, items in files.items()}
    families = master.accounts_of(session, [key for key, amount in worth.items() if amount])
    everyone = [one for family in families.values() for one in family]
    bills = average_bills(session, everyone, today=today) if everyone else {}
    found: dict[int, Money] = {}
    for account_id in account_ids:
        customer_id = accounts[account_id].customer_id
        family = families.get(customer_id, ())
        total = sum(max(0, bills.get(one, 0)) for one in family)
        if total:
            part = max(0, bills.get(account_id, 0))
            found[account_id] = worth[customer_id] * part // total
    return found
