"""
What must always hold between documents and the books; a part of `billing.invariants`.

A bill, a correction, a refund or a demand says in rows of its own what its charge and its entries
say, too: where a hand changes one of them, they part.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing.ledger import Book, ChargeKind
from billing.money import show
from billing.payment_checks import settles, sum_by, touches
from billing.tables import (
    AdvanceRow,
    BillIssueRow,
    BillRow,
    ChargeRow,
    CorrectionRow,
    DepositDemandRow,
    DepositRow,
    DiscountOfferRow,
    EntryRow,
    PaymentRow,
    RefundRow,
    SupplyRow,
    WaiverRow,
)
from config.acts import Act
from config.approval import ApprovalRow
from config.batch import BatchRow, Kind
from config.database import in_chunks
from config.finding import Finding

_BILLS = "a bill is what was posted on it"
_PAYMENTS = "a payment is of the days and the file it came with"
_DEPOSITS = "a deposit answers a demand of its account"
_REFUNDS = "a refund is the money that was given back"
_OTHERS = "a document is what was posted on it"


def _bills_are_what_was_posted(session: Session) -> Iterator[Finding]:
    """What was posted names a bill that was issued, and its charge falls due when the bill says."""
    posted = select(EntryRow.bill_id).where(EntryRow.bill_id.is_not(None)).distinct().subquery()
    drafts = (
        select(posted.c.bill_id)
        .outerjoin(BillIssueRow, BillIssueRow.bill_id == posted.c.bill_id)
        .where(BillIssueRow.bill_id.is_(None))
    )
    for bill_id in session.scalars(drafts):
        yield Finding(_BILLS, f"bill {bill_id}", "entries name it, and it was never issued")
    charges = (
        select(BillIssueRow.number, ChargeRow.id)
        .join(BillRow, BillRow.id == BillIssueRow.bill_id)
        .join(ChargeRow, ChargeRow.bill_id == BillRow.id)
        .where(
            ChargeRow.kind == ChargeKind.ENERGY,
            or_(
                ChargeRow.account_id != BillRow.account_id,
                ChargeRow.supply_class != BillRow.supply_class,
                ChargeRow.amount != BillRow.amount,
                ChargeRow.due_on != BillIssueRow.due_on,
                ChargeRow.raised_on != BillIssueRow.issued_on,
            ),
        )
    )
    for number, charge_id in session.execute(charges):
        what = f"charge {charge_id} has another account, class, amount, day or due day than it"
        yield Finding(_BILLS, f"bill {number}", what)
    yield from _taxes(session)
    yield from _supplies(session)


def _supplies(session: Session) -> Iterator[Finding]:
    supplies = (
        select(BillIssueRow.number)
        .join(BillRow, BillRow.id == BillIssueRow.bill_id)
        .outerjoin(SupplyRow, SupplyRow.id == BillRow.supply_id)
        .where(
            or_(
                SupplyRow.id.is_(None),
                SupplyRow.account_id != BillRow.account_id,
                SupplyRow.service_point_id != BillRow.service_point_id,
            )
        )
    )
    for number in session.scalars(supplies):
        yield Finding(_BILLS, f"bill {number}", "its supply is missing or somebody else's")


def _taxes(session: Session) -> Iterator[Finding]:
    into, back = EntryRow.credit == Book.TAX, EntryRow.debit == Book.TAX
    taxes = sum_by(
        EntryRow.bill_id, case((into, EntryRow.amount), (back, -EntryRow.amount), else_=0)
    )
    query = (
        select(BillIssueRow.number, BillRow.tax, func.coalesce(taxes.c.amount, 0))
        .join(BillRow, BillRow.id == BillIssueRow.bill_id)
        .outerjoin(taxes, taxes.c.id == BillRow.id)
        .where(func.coalesce(taxes.c.amount, 0) != BillRow.tax)
    )
    for number, tax, posted in session.execute(query):
        what = f"its tax is {show(tax)}, and {show(int(posted))} was posted"
        yield Finding(_BILLS, f"bill {number}", what)


def _charges_are_of_their_entries(session: Session) -> Iterator[Finding]:
    """A charge is of the day and the bill of the entry that raised it."""
    raises = and_(
        EntryRow.debit == Book.RECEIVABLE,
        EntryRow.reverses_id.is_(None),
        EntryRow.credit.in_((Book.REVENUE, Book.TAX, Book.LATE_CHARGE, Book.ADVANCE)),
    )
    query = (
        select(ChargeRow.id)
        .join(EntryRow, EntryRow.charge_id == ChargeRow.id)
        .where(
            raises,
            or_(
                EntryRow.posted_on != ChargeRow.raised_on,
                EntryRow.bill_id != func.coalesce(ChargeRow.bill_id, 0),
            ),
        )
        .distinct()
    )
    for charge_id in session.scalars(query):
        what = "it has another day or bill than the entry that raised it"
        yield Finding(_BILLS, f"charge {charge_id}", what)


def _payments_are_of_their_entries(session: Session) -> Iterator[Finding]:
    """A payment has the days of its first entry, and a file's payments come to what it posted."""
    outside = (Book.CASH, Book.REVENUE, Book.TAX, Book.ADVANCE, Book.INTEREST)
    query = (
        select(PaymentRow.id)
        .join(EntryRow, EntryRow.payment_id == PaymentRow.id)
        .where(
            EntryRow.debit.in_(outside),
            EntryRow.credit.in_((Book.ON_ACCOUNT, Book.SUSPENSE, Book.DEPOSIT)),
            EntryRow.reverses_id.is_(None),
            or_(
                EntryRow.posted_on != PaymentRow.posted_on,
                and_(
                    EntryRow.value_on != PaymentRow.value_on,
                    EntryRow.debit == Book.CASH,
                ),
            ),
        )
        .distinct()
    )
    for id_ in session.scalars(query):
        what = "its days are others than those of the entry by which it came"
        yield Finding(_PAYMENTS, f"payment R{id_:09d}", what)
    sums = sum_by(PaymentRow.batch_id, PaymentRow.amount)
    batches = (
        select(BatchRow.id, BatchRow.facts, func.coalesce(sums.c.amount, 0))
        .outerjoin(sums, sums.c.id == BatchRow.id)
        .where(or_(BatchRow.kind.in_((Kind.PAYMENTS, Kind.STATEMENT)), sums.c.id.is_not(None)))
    )
    for id_, facts, amount in session.execute(batches):
        told = int(facts.get("posted", 0)) + int(facts.get("suspense", 0))
        if told != int(amount):
            what = f"it posted {show(told)}, and its payments come to {show(int(amount))}"
            yield Finding(_PAYMENTS, f"batch {id_}", what)


def _deposits_answer_demands(session: Session) -> Iterator[Finding]:
    """What came in as security is known as such, is the payer's, and answers the payer's demand."""
    arrives = (EntryRow.credit == Book.DEPOSIT) & EntryRow.reverses_id.is_(None)
    unknown = (
        select(EntryRow.payment_id)
        .outerjoin(DepositRow, DepositRow.payment_id == EntryRow.payment_id)
        .where(arrives, DepositRow.payment_id.is_(None))
        .distinct()
    )
    for id_ in session.scalars(unknown):
        what = "it came in as security, and no deposit is known of it"
        yield Finding(_DEPOSITS, f"payment R{id_:09d}", what)
    query = (
        select(DepositRow.payment_id)
        .outerjoin(PaymentRow, PaymentRow.id == DepositRow.payment_id)
        .outerjoin(DepositDemandRow, DepositDemandRow.id == DepositRow.demand_id)
        .where(
            or_(
                PaymentRow.id.is_(None),
                PaymentRow.account_id != DepositRow.account_id,
                and_(
                    DepositRow.demand_id.is_not(None),
                    or_(
                        DepositDemandRow.id.is_(None),
                        DepositDemandRow.account_id != DepositRow.account_id,
                        DepositDemandRow.demanded_on > PaymentRow.posted_on,
                    ),
                ),
            )
        )
    )
    for id_ in session.scalars(query):
        what = "it or the demand that it answers is missing, somebody else's or younger"
        yield Finding(_DEPOSITS, f"payment R{id_:09d}", what)


def _refunds_are_given_back(session: Session) -> Iterator[Finding]:
    """What left the customers' money for cash is what refunds say, and somebody approved it."""
    gives = and_(
        EntryRow.debit == Book.ON_ACCOUNT,
        EntryRow.credit == Book.CASH,
        EntryRow.reverses_id.is_(None),
    )
    left = select(EntryRow.account_id, EntryRow.posted_on, func.sum(EntryRow.amount))
    went = {
        (key, day): int(amount)
        for key, day, amount in session.execute(
            left.where(gives).group_by(EntryRow.account_id, EntryRow.posted_on)
        )
    }
    said: dict[tuple[int | None, Any], int] = {}
    query = select(RefundRow, ApprovalRow).join(
        ApprovalRow, ApprovalRow.id == RefundRow.approval_id
    )
    for row, asked in session.execute(query):
        whose = (row.account_id, row.refunded_on)
        said[whose] = said.get(whose, 0) + row.amount
        # A deposit goes back with what it earned meanwhile, a final bill's rest is known by then.
        most = asked.facts.get("amount", row.amount) if asked.act == Act.REFUND else row.amount
        if row.amount > int(most) or asked.state in ("refused", "withdrawn"):
            what = f"{show(row.amount)} was given back, and that isn't what was approved"
            yield Finding(_REFUNDS, f"refund {row.number}", what)
    for key, day in sorted(went.keys() | said.keys(), key=str):
        if went.get((key, day), 0) != said.get((key, day), 0):
            what = (
                f"refunds come to {show(said.get((key, day), 0))}, and "
                f"{show(went.get((key, day), 0))} was given back"
            )
            yield Finding(_REFUNDS, f"account {key} on {day}", what)


def _others_are_what_was_posted(session: Session) -> Iterator[Finding]:
    """Advances, offers, waivers and corrections agree with the charges and entries they made."""
    yield from _advances(session)
    yield from _offers(session)
    yield from _waivers(session)
    yield from _corrections(session)


def _advances(session: Session) -> Iterator[Finding]:
    advances = (
        select(AdvanceRow.number)
        .outerjoin(ChargeRow, ChargeRow.id == AdvanceRow.charge_id)
        .outerjoin(PaymentRow, PaymentRow.id == AdvanceRow.payment_id)
        .where(
            or_(
                ChargeRow.id.is_(None),
                ChargeRow.account_id != AdvanceRow.account_id,
                ChargeRow.amount != AdvanceRow.amount,
                ChargeRow.due_on != AdvanceRow.due_on,
                ChargeRow.raised_on != AdvanceRow.raised_on,
                PaymentRow.account_id != AdvanceRow.account_id,
                PaymentRow.amount != AdvanceRow.amount,
            )
        )
    )
    for number in session.scalars(advances):
        what = "its charge, or the money it was set off by, is missing or another"
        yield Finding(_OTHERS, f"advance {number}", what)


def _offers(session: Session) -> Iterator[Finding]:
    offers = (
        select(DiscountOfferRow.charge_id)
        .outerjoin(ChargeRow, ChargeRow.id == DiscountOfferRow.charge_id)
        .where(
            or_(
                ChargeRow.id.is_(None),
                ChargeRow.account_id != DiscountOfferRow.account_id,
                func.coalesce(ChargeRow.bill_id, 0) != DiscountOfferRow.bill_id,
                DiscountOfferRow.amount >= ChargeRow.amount,
                DiscountOfferRow.until > ChargeRow.due_on,
            )
        )
    )
    for charge_id in session.scalars(offers):
        what = "a discount is offered on it that its bill can't have offered"
        yield Finding(_OTHERS, f"charge {charge_id}", what)


def _waivers(session: Session) -> Iterator[Finding]:
    waivers = (
        select(WaiverRow.charge_id)
        .outerjoin(ChargeRow, ChargeRow.id == WaiverRow.charge_id)
        .where(
            or_(
                ChargeRow.id.is_(None),
                ChargeRow.kind != ChargeKind.LATE_CHARGE,
                ChargeRow.open != 0,
                ChargeRow.raised_on > WaiverRow.waived_on,
            )
        )
    )
    for charge_id in session.scalars(waivers):
        what = "it is waived, and is no late charge, still open or younger"
        yield Finding(_OTHERS, f"charge {charge_id}", what)


def _corrections(session: Session) -> Iterator[Finding]:
    """Yield the corrections whose entries come to something else; a reversal has none."""
    own = aliased(CorrectionRow)
    query = select(own.account_id, own.number, own.amount, own.tax).where(own.reverses_id.is_(None))
    rows = {number: (key, amount, tax) for key, number, amount, tax in session.execute(query)}
    posted: dict[str, list[int]] = {}
    into = case(
        (EntryRow.credit.in_((Book.REVENUE, Book.TAX)), EntryRow.amount), else_=-EntryRow.amount
    )
    for some in in_chunks(sorted({key for key, _, _ in rows.values()})):
        texts = [f"{part}correction {number}" for number in rows for part in ("", "tax of ")]
        entries = select(EntryRow.text, EntryRow.credit, EntryRow.debit, into).where(
            EntryRow.account_id.in_(some),
            EntryRow.text.like("%correction %"),
            EntryRow.reverses_id.is_(None),
            or_(touches(Book.REVENUE), touches(Book.TAX)),
            ~settles,
        )
        wanted = set(texts)
        for text, credit, debit, amount in session.execute(entries):
            if text in wanted:
                sums = posted.setdefault(text.rpartition(" ")[2], [0, 0])
                sums[0] += int(amount)
                sums[1] += int(amount) if Book.TAX in (credit, debit) else 0
    for number, (_, amount, tax) in sorted(rows.items()):
        found = tuple(posted.get(number, (0, 0)))
        if found != (amount, tax):
            what = (
                f"it is over {show(amount)} with {show(tax)} of tax; its entries come to "
                f"{show(found[0])} and {show(found[1])}"
            )
            yield Finding(_OTHERS, f"correction {number}", what)


def _all_of_bills(session: Session) -> Iterator[Finding]:
    """What was posted names an issued bill and agrees with it."""
    yield from _bills_are_what_was_posted(session)
    yield from _charges_are_of_their_entries(session)


CHECKS = {
    _BILLS: _all_of_bills,
    _PAYMENTS: _payments_are_of_their_entries,
    _DEPOSITS: _deposits_answer_demands,
    _REFUNDS: _refunds_are_given_back,
    _OTHERS: _others_are_what_was_posted,
}
