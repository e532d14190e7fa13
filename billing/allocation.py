"""Which charges a customer's money settles, and what late charge falls due when it does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing.discount import Offer
from billing.late_charge import accrued
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.part_waiver import Waivers, waived_of
from config.law import LateCharge


@dataclass(frozen=True, slots=True)
class Credit:
    """
    What is left of a payment, and the day from which it counts.

    `designated` are ids of the charges that it is to settle first.
    """

    payment_id: int
    open: Money
    value_on: date
    designated: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a payment that settles a charge, or a part of one."""

    payment_id: int
    charge_id: int
    amount: Money
    value_on: date


@dataclass(frozen=True, slots=True)
class Discount:
    """What a payment that came early has earned: it is taken off the bill that it settles."""

    payment_id: int
    charge_id: int
    bill_id: int
    amount: Money
    value_on: date


@dataclass(frozen=True, slots=True)
class Waived:
    """What is taken off a late charge because it was waived in part, and why."""

    charge_id: int
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """
    What an account's money does: late charges that fall due, and what is settled in which order.

    The late charges have ids below zero, to be replaced by real ones; allocations name those, and
    so does what is waived of them.
    """

    late_charges: tuple[Charge, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    discounts: tuple[Discount, ...] = ()
    waived: tuple[Waived, ...] = ()


NO_DISCOUNTS: Mapping[int, Money] = {}
NO_OFFERS: Mapping[int, Offer] = {}
NO_WAIVERS: Waivers = {}


def allocate(
    amount: Money,
    charges: Iterable[Charge],
    *,
    order: Sequence[str],
    designated: Sequence[int] = (),
    discounts: Mapping[int, Money] = NO_DISCOUNTS,
) -> tuple[tuple[tuple[int, Money], ...], Money]:
    """
    Share an amount among open charges and return (charge id, amount) pairs and what is left.

    What the customer designated comes first, in the customer's order; then the kinds of charges
    in the market's order, of each the oldest due first (民法典 art. 560 and 561).

    :param order: kinds of charges, such as ("fee", "late_charge", "energy").
    :param discounts: by the charge's id what needn't be paid of it if all the rest is.
    """
    pairs = []
    for charge in in_order(charges, order=order, designated=designated):
        part = min(amount, charge.open - discounts.get(charge.id, 0))
        if part > 0:
            pairs.append((charge.id, part))
            amount -= part
    return tuple(pairs), amount


def in_order(
    charges: Iterable[Charge], *, order: Sequence[str], designated: Sequence[int] = ()
) -> list[Charge]:
    """Return the charges in the order in which money settles them."""
    kinds = {kind: rank for rank, kind in enumerate(order)}
    # What is named twice stands where it was named first.
    first = {charge_id: rank for rank, charge_id in enumerate(dict.fromkeys(designated))}
    return sorted(
        charges,
        key=lambda charge: (
            first.get(charge.id, len(first)),
            kinds.get(charge.kind, len(kinds)),
            charge.due_on,
            charge.raised_on,
            abs(charge.id),
        ),
    )


def settle(
    credits_: Iterable[Credit],
    charges: Iterable[Charge],
    *,
    rule: LateCharge,
    order: Sequence[str],
    posted_on: date,
    designated: Sequence[int] = (),
    offers: Mapping[int, Offer] = NO_OFFERS,
    waivers: Waivers = NO_WAIVERS,
) -> Settlement:
    """
    Settle the open charges of one account with its money, the earliest money first.

    Before money is shared out, every overdue principal is charged for its lateness up to the
    day from which the money counts; so a payment that comes late on paper but was made in time
    costs nothing. Where it completes a bill by the day of an offer, what was offered is taken off.

    :param offers: of open charges, all of whose money so far came in time, by their ids.
    :param waivers: what is still to be waived of what charges cost for their lateness.
    """
    open_charges = {charge.id: charge for charge in charges if charge.open > 0}
    late = _Late([], [], waivers)
    shared: list[tuple[Allocation, Discount | None]] = []
    for credit in sorted(credits_, key=lambda credit: (credit.value_on, credit.payment_id)):
        if not open_charges or credit.open <= 0:
            continue
        new = late.raise_on(open_charges, until=credit.value_on, rule=rule, posted_on=posted_on)
        open_charges |= {charge.id: charge for charge in new if charge.open > 0}
        parts = _shared(credit, open_charges, order, (*credit.designated, *designated), offers)
        open_charges = _left(open_charges, parts)
        shared += parts
    return Settlement(
        tuple(late.raised),
        tuple(allocation for allocation, _ in shared),
        tuple(discount for _, discount in shared if discount is not None),
        tuple(late.waived),
    )


def _left(
    charges: Mapping[int, Charge], parts: Iterable[tuple[Allocation, Discount | None]]
) -> dict[int, Charge]:
    """Return what parts of a payment leave open of charges."""
    left = dict(charges)
    for allocation, discount in parts:
        charge = left[allocation.charge_id]
        off = allocation.amount + (discount.amount if discount else 0)
        left[charge.id] = replace(charge, open=charge.open - off)
    return {key: charge for key, charge in left.items() if charge.open > 0}


def _shared(
    credit: Credit,
    charges: Mapping[int, Charge],
    order: Sequence[str],
    designated: Sequence[int],
    offers: Mapping[int, Offer],
) -> list[tuple[Allocation, Discount | None]]:
    """Return what the money settles, each with the discount that it earns by completing a bill."""
    early = {
        key: one
        for key, one in offers.items()
        if credit.value_on <= one.until and key in charges and charges[key].open > one.amount
    }
    pairs, _ = allocate(
        credit.open,
        charges.values(),
        order=order,
        designated=_with_late_charges(designated, charges),
        discounts={key: one.amount for key, one in early.items()},
    )
    found: list[tuple[Allocation, Discount | None]] = []
    for charge_id, amount in pairs:
        value_on = max(credit.value_on, charges[charge_id].raised_on)
        offer, discount = early.get(charge_id), None
        if offer is not None and charges[charge_id].open == amount + offer.amount:
            discount = Discount(credit.payment_id, charge_id, offer.bill_id, offer.amount, value_on)
        found.append((Allocation(credit.payment_id, charge_id, amount, value_on), discount))
    return found


def late_charges(
    charges: Iterable[Charge],
    *,
    until: date,
    rule: LateCharge,
    posted_on: date,
    waivers: Waivers = NO_WAIVERS,
) -> Settlement:
    """Return what has accrued on the charges of one account, as charges with ids below zero."""
    open_charges = {charge.id: charge for charge in charges if charge.open > 0}
    late = _Late([], [], waivers)
    late.raise_on(open_charges, until=until, rule=rule, posted_on=posted_on)
    return Settlement(tuple(late.raised), waived=tuple(late.waived))


@dataclass(slots=True)
class _Late:
    """The late charges of an account as they are raised, and what is waived of them."""

    raised: list[Charge]
    waived: list[Waived]
    waivers: Waivers

    def raise_on(
        self, charges: dict[int, Charge], *, until: date, rule: LateCharge, posted_on: date
    ) -> list[Charge]:
        """Return what has accrued on charges, and move on the day from which each counts."""
        new: list[Charge] = []
        for charge in in_order(charges.values(), order=()):
            amount = accrued(charge, until=until, rule=rule)
            if amount <= 0:
                continue
            off, left = waived_of(
                self.waivers.get(charge.id, ()), charge, amount=amount, until=until, rule=rule
            )
            id_ = -(len(self.raised) + len(new) + 1)
            self.waived += [Waived(id_, one.amount, one.reason) for one in off]
            self.waivers = {**self.waivers, charge.id: left} if off else self.waivers
            late = _late_charge(charge, amount, id_, until, posted_on)
            new.append(replace(late, open=amount - sum(one.amount for one in off)))
            charges[charge.id] = replace(
                charge, late_from=until, late_charged=charge.late_charged + amount
            )
        self.raised += new
        return new


def _late_charge(charge: Charge, amount: Money, id_: int, until: date, posted_on: date) -> Charge:
    return Charge(
        id=id_,
        account_id=charge.account_id,
        kind=ChargeKind.LATE_CHARGE,
        bill_id=charge.bill_id,
        raised_on=posted_on,
        due_on=posted_on,
        amount=amount,
        open=amount,
        late_from=until,
        supply_class=charge.supply_class,
        for_charge_id=charge.id,
    )


def _with_late_charges(designated: Sequence[int], charges: Mapping[int, Charge]) -> list[int]:
    """Return the designated charges, each after the late charges that stand on it."""
    found: list[int] = []
    for charge_id in designated:
        found += [one.id for one in charges.values() if one.for_charge_id == charge_id]
        found.append(charge_id)
    return found
