"""The entries that a settlement is: late charges raised, waived in part, and what is settled."""

from collections.abc import Iterable
from datetime import date

from billing.allocation import Settlement
from billing.ledger import Book, Charge, Entry
from billing.money import Money


def entries_of(settled: Settlement, account_id: int, posted_on: date) -> Iterable[Entry]:
    """Yield the entries of an account's settlement, what is raised before what is settled."""
    for late in settled.late_charges:
        yield Entry(
            account_id=account_id,
            posted_on=posted_on,
            value_on=late.late_from,
            debit=Book.RECEIVABLE,
            credit=Book.LATE_CHARGE,
            amount=late.amount,
            text=f"late charge up to {late.late_from}",
            charge_id=late.id,
            bill_id=late.bill_id,
        )
    yield from _waived(settled, account_id, posted_on)
    for allocation in settled.allocations:
        yield Entry(
            account_id=account_id,
            posted_on=posted_on,
            value_on=allocation.value_on,
            debit=Book.ON_ACCOUNT,
            credit=Book.RECEIVABLE,
            amount=allocation.amount,
            text="settled",
            charge_id=allocation.charge_id,
            payment_id=allocation.payment_id,
        )
    yield from _discounts(settled, account_id, posted_on)


def _discounts(settled: Settlement, account_id: int, posted_on: date) -> Iterable[Entry]:
    """Yield what is taken off bills that are paid early."""
    for discount in settled.discounts:
        yield Entry(
            account_id=account_id,
            posted_on=posted_on,
            value_on=discount.value_on,
            debit=Book.DISCOUNT,
            credit=Book.RECEIVABLE,
            amount=discount.amount,
            text="discount for paying early",
            charge_id=discount.charge_id,
            # Whatever takes the payment back takes back what it has earned.
            payment_id=discount.payment_id,
            bill_id=discount.bill_id,
        )


def _waived(settled: Settlement, account_id: int, posted_on: date) -> Iterable[Entry]:
    """Yield what is waived of the late charges of a settlement."""
    late = {one.id: one for one in settled.late_charges}
    for off in settled.waived:
        yield waiver_entry(
            late[off.charge_id], account_id, off.amount, off.reason, posted_on=posted_on
        )


def waiver_entry(
    late: Charge, account_id: int, amount: Money, reason: str, *, posted_on: date
) -> Entry:
    """Return the entry by which a part of a late charge is waived."""
    return Entry(
        account_id=account_id,
        posted_on=posted_on,
        value_on=late.late_from,
        debit=Book.LATE_CHARGE,
        credit=Book.RECEIVABLE,
        amount=amount,
        text=f"waived in part: {reason}",
        charge_id=late.id,
        bill_id=late.bill_id,
    )
