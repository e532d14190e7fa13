"""Claims that the law looks at as such: energy billed too late, disputes paid under protest."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from statistics import mean

from sqlalchemy.orm import Session

from arrears import store
from arrears.case import Dispute
from arrears.standing import Contested
from billing import books
from billing import store as master
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from config.claims import Bars, Protest, months_before
from config.in_force import market_on

Charges = Mapping[int, Sequence[Charge]]
"""The open charges of each account."""


def too_late(session: Session, charges: Charges, *, today: date) -> dict[int, Money]:
    """Return by charge what of it is for energy that was billed too late; none where all may be."""
    rule = market_on(session, today).back_billing
    if rule is None:
        return {}
    own = {
        one.bill_id: one
        for some in charges.values()
        for one in some
        if one.bill_id is not None and one.kind is ChargeKind.ENERGY
    }
    bills = master.bills(session, ids=own)
    before = master.billed_before(session, [bill for bill in bills if bill.revision > 1])
    found = {}
    for bill in bills:
        amount = rule.too_late(
            bill.period.start,
            bill.period.end,
            bill.issued_on,
            amount=bill.amount,
            billed_before=before.get(bill.id, 0),
        )
        if amount > 0:
            found[own[bill.id].id] = amount
    return found


def resting(session: Session, charges: Charges, *, today: date) -> dict[int, set[int]]:
    """
    Return by account the open charges that lead to no step and are not asked for.

    They are in dispute, or were upheld as wrong, or reach back further than may be billed.
    """
    found = {
        key: set(some) for key, some in store.resting_charges(session, charges, on=today).items()
    }
    for account_id, some in barred(session, charges, today=today).items():
        found.setdefault(account_id, set()).update(some)
    return found


def barred(session: Session, charges: Charges, *, today: date) -> dict[int, dict[int, Money]]:
    """Return by account the charges that may not be claimed, and how much of each is too late."""
    rule = market_on(session, today).back_billing
    if rule is None or rule.bars is not Bars.CLAIM:
        return {}
    late = too_late(session, charges, today=today)
    found: dict[int, dict[int, Money]] = {}
    for account_id, some in charges.items():
        own = {one.id: late[one.id] for one in some if one.id in late}
        if own:
            found[account_id] = own
    return found


def contested(
    session: Session, charges: Charges, *, today: date
) -> dict[int, tuple[Contested, ...]]:
    """Return by account the open disputes about which a law says what is paid under protest."""
    rule = market_on(session, today).protest
    if rule is None:
        return {}
    found = {}
    for account_id, some in store.open_disputes(session, list(charges)).items():
        opened = {one.id: one for one in charges[account_id]}
        own = [one for one in some if one.charge_id in opened]
        if own:
            found[account_id] = tuple(
                _contested(session, one, opened[one.charge_id], rule) for one in own
            )
    return found


def _contested(session: Session, dispute: Dispute, charge: Charge, rule: Protest) -> Contested:
    account_id = dispute.account_id
    paid = _paid_since(session, account_id, dispute.opened_on)
    # The months before the contested one: what is contested can't be what is usual.
    bills = master.bills(session, ids=[charge.bill_id] if charge.bill_id else [])
    until = bills[0].period.start if bills else dispute.opened_on
    since = months_before(until, rule.months)
    usual = master.monthly_bills(session, [account_id], since=since, until=until)
    own = [amount for _, _, amount in usual.get(account_id, ())]
    return Contested(
        dispute_id=dispute.id,
        # What was paid since may have met the claim itself; all of it was claimed.
        wanted=rule.wanted(min(charge.amount, charge.open + paid), int(mean(own)) if own else None),
        paid=paid,
    )


def _paid_since(session: Session, account_id: int, day: date) -> Money:
    payments = [one for one in books.payments_of(session, account_id) if one.posted_on >= day]
    gone: Collection[int] = books.reversed_on(session, [one.id for one in payments])
    return sum(one.amount for one in payments if one.id not in gone)
